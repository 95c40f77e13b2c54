"""ACLs, and whose an object is.

Source: User Guide, "Access control list (ACL) overview", "Controlling ownership of objects
and disabling ACLs for your bucket".
"""

from typing import Any, Final

import pytest

from tests.gateway.access.accounts import (
    AUTHENTICATED,
    OTHER_CANONICAL,
    PUBLIC,
    put_policy,
    statement,
)
from tests.gateway.refusals import refused


def test_acls_give_what_their_permissions_mean(
    own: Any, other: Any, nobody: Any, open_bucket: str
) -> None:
    here = {"Bucket": open_bucket}
    with refused("AccessDenied", 403):
        other.list_objects_v2(**here)
    own.put_bucket_acl(**here, GrantRead=f'id="{OTHER_CANONICAL}", uri="{AUTHENTICATED}"')
    other.list_objects_v2(**here)
    for call in (nobody.list_objects_v2, other.get_bucket_acl):
        with refused("AccessDenied", 403):
            call(**here)
    with refused("NoSuchKey", 404):
        other.get_object(**here, Key="none")
    with refused("AccessDenied", 403):
        other.get_object(**here, Key="k")
    own.put_bucket_acl(**here, ACL="public-read-write")
    nobody.list_objects_v2(**here)
    other.put_object(**here, Key="theirs", Body=b"theirs")
    assert own.get_bucket_acl(**here)["Owner"]["ID"] != OTHER_CANONICAL


def test_an_object_is_its_writer_s_until_the_bucket_s_owner_is_enforced(
    own: Any, other: Any, open_bucket: str
) -> None:
    here = {"Bucket": open_bucket, "Key": "theirs"}
    own.put_bucket_acl(Bucket=open_bucket, GrantWrite=f"id={OTHER_CANONICAL}")
    other.put_object(**here, Body=b"theirs")
    for call in (own.get_object, own.get_object_acl):
        with refused("AccessDenied", 403):
            call(**here)
    assert other.get_object_acl(**here)["Owner"]["ID"] == OTHER_CANONICAL
    assert other.get_object(**here)["Body"].read() == b"theirs"
    with refused("AccessDenied", 403):
        other.delete_object(Bucket=open_bucket, Key="k")
    other.put_object(**here, Body=b"shared", ACL="bucket-owner-full-control")
    assert own.get_object(**here)["Body"].read() == b"shared"
    assert own.get_object_acl(**here)["Owner"]["ID"] == OTHER_CANONICAL
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    own.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls=controls)
    other.put_object(**here, Body=b"given", ACL="bucket-owner-full-control")
    assert own.get_object_acl(**here)["Owner"]["ID"] != OTHER_CANONICAL
    other.put_object(**here, Body=b"kept")
    with refused("AccessDenied", 403):
        own.get_object(**here)
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        own.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls=controls)
    own.put_bucket_acl(Bucket=open_bucket, ACL="private")
    own.put_bucket_ownership_controls(Bucket=open_bucket, OwnershipControls=controls)
    assert own.get_object(**here)["Body"].read() == b"kept"
    assert own.get_object_acl(**here)["Owner"]["ID"] != OTHER_CANONICAL
    with refused("AccessDenied", 403):
        other.get_object(**here)
    own.delete_bucket_ownership_controls(Bucket=open_bucket)
    with refused("OwnershipControlsNotFoundError", 404):
        own.get_bucket_ownership_controls(Bucket=open_bucket)


def test_a_policy_allows_nothing_of_what_is_another_account_s(
    own: Any, other: Any, nobody: Any, open_bucket: str
) -> None:
    own.put_bucket_acl(Bucket=open_bucket, GrantWrite=f"id={OTHER_CANONICAL}")
    other.put_object(Bucket=open_bucket, Key="theirs", Body=b"theirs")
    put_policy(own, open_bucket, statement(open_bucket, **PUBLIC))
    nobody.get_object(Bucket=open_bucket, Key="k")
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=open_bucket, Key="theirs")


DOCUMENTS: Final[list[tuple[Any, str, int]]] = [
    ({"Type": "CanonicalUser", "ID": "c" * 64}, "InvalidArgument", 400),
    ({"Type": "CanonicalUser"}, "InvalidArgument", 400),
    ({"Type": "Group", "URI": "http://example.com/"}, "InvalidArgument", 400),
    ({"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b.c"}, "MethodNotAllowed", 405),
    ({"Type": "Robot", "ID": "c"}, "MalformedACLError", 400),
]


@pytest.mark.parametrize(("grantee", "code", "status"), DOCUMENTS)
def test_a_document_with_a_grantee_that_is_none_is_refused(
    own: Any, open_bucket: str, grantee: Any, code: str, status: int
) -> None:
    before = own.get_bucket_acl(Bucket=open_bucket)
    policy = {
        "Owner": before["Owner"],
        "Grants": [{"Grantee": grantee, "Permission": "READ"}],
    }
    with refused(code, status):
        own.put_bucket_acl(Bucket=open_bucket, AccessControlPolicy=policy)
    assert own.get_bucket_acl(Bucket=open_bucket)["Grants"] == before["Grants"]


def test_a_request_gives_one_acl(own: Any, open_bucket: str) -> None:
    here = {"Bucket": open_bucket, "Key": "k"}
    with refused("MissingSecurityHeader", 400):
        own.put_object_acl(**here)
    with refused("InvalidRequest", 400):
        own.put_object_acl(**here, ACL="private", GrantRead=f"id={OTHER_CANONICAL}")
    with refused("InvalidArgument", 400):
        own.put_object_acl(**here, GrantRead="me")
    with refused("MethodNotAllowed", 405):
        own.put_object_acl(**here, GrantRead="emailAddress=a@b.c")
    acl = own.get_object_acl(**here)
    policy = {"Owner": {"ID": OTHER_CANONICAL}, "Grants": acl["Grants"]}
    with refused("AccessDenied", 403):
        own.put_object_acl(**here, AccessControlPolicy=policy)
    policy = {"Owner": acl["Owner"], "Grants": acl["Grants"]}
    with refused("UnexpectedContent", 400):
        own.put_object_acl(**here, ACL="private", AccessControlPolicy=policy)
    policy["Grants"] = acl["Grants"] * 101
    with refused("MalformedACLError", 400):
        own.put_object_acl(**here, AccessControlPolicy=policy)
    policy["Grants"] = []
    own.put_object_acl(**here, AccessControlPolicy=policy)
    assert own.get_object_acl(**here).get("Grants", []) == []


def test_nobody_may_write_into_a_public_bucket_and_what_is_written_is_nobody_s(
    own: Any, nobody: Any, open_bucket: str
) -> None:
    own.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
    nobody.put_object(Bucket=open_bucket, Key="n", Body=b"x")
    found = own.list_objects_v2(Bucket=open_bucket, FetchOwner=True)["Contents"]
    assert {one["Key"]: one["Owner"]["ID"] for one in found}["n"] == (
        "65a011a29cdf8ec533ec3d1ccaae921c"
    )
    with refused("AccessDenied", 403):
        nobody.put_object(Bucket=open_bucket, Key="n", Body=b"x", Tagging="a=b")
