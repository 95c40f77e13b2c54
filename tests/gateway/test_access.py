"""Who may do what: two accounts and nobody in particular, against policies, ACLs and blocks.

Source: User Guide, "How Amazon S3 authorizes a request", "Access control list
(ACL) overview", "Blocking public access to your Amazon S3 storage",
"Controlling ownership of objects and disabling ACLs for your bucket".
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.clients import certificates
from tests.gateway.refusals import refused
from tests.serving import KEY, SECRET, Server, serving

OTHER: Final = ("AKIAOTHEROTHEROTHER1", "other/secret+other/secret+other/secret+")
OTHER_ID: Final = "222222222222"
OTHER_CANONICAL: Final = "b" * 64
ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
ACCOUNTS: Final = f"""
[[accounts]]
id = "{OTHER_ID}"
canonical_id = "{OTHER_CANONICAL}"
display_name = "other"
access_keys = [{{ id = "{OTHER[0]}", secret = "{OTHER[1]}" }}]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("access")
    config = folder / "signet.toml"
    config.write_text(ACCOUNTS)
    with serving(folder / "data", "--workers", "1", "--config", str(config)) as started:
        yield started


def client(server: Server, key: tuple[str, str] | None) -> Any:
    signing: dict[str, Any] = {} if key else {"signature_version": UNSIGNED}
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=key[0] if key else None,
        aws_secret_access_key=key[1] if key else None,
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **signing
        ),
    )


@pytest.fixture(scope="module")
def own(server: Server) -> Any:
    return client(server, (KEY, SECRET))


@pytest.fixture(scope="module")
def other(server: Server) -> Any:
    return client(server, OTHER)


@pytest.fixture(scope="module")
def nobody(server: Server) -> Any:
    return client(server, None)


_numbers = iter(range(10_000))


@pytest.fixture
def bucket(own: Any) -> str:
    """As AWS makes one: nothing public, no ACLs."""
    name = f"closed-{next(_numbers)}"
    own.create_bucket(Bucket=name)
    own.put_object(Bucket=name, Key="k", Body=b"content")
    return name


@pytest.fixture
def open_bucket(own: Any) -> str:
    """With ACLs, and without a block."""
    name = f"open-{next(_numbers)}"
    own.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    own.delete_public_access_block(Bucket=name)
    own.put_object(Bucket=name, Key="k", Body=b"content")
    return name


def statement(bucket: str, **changes: Any) -> dict[str, Any]:
    made = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER_ID},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return {**made, **changes}


def put_policy(own: Any, bucket: str, *statements: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    own.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


# What a new bucket is


def test_a_new_bucket_is_its_owner_s_alone_and_says_so(
    own: Any, other: Any, nobody: Any, bucket: str
) -> None:
    block = own.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    rules = own.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    for who in (other, nobody):
        with refused("AccessDenied", 403):
            who.get_object(Bucket=bucket, Key="k")
        with refused("AccessDenied", 403):
            who.list_objects_v2(Bucket=bucket)
        with refused("NoSuchBucket", 404):
            who.get_object(Bucket="nobody-has-made-it", Key="k")
    with refused("AccessDenied", 403):
        nobody.create_bucket(Bucket="of-nobody")
    with refused("NoSuchBucketPolicy", 404):
        own.get_bucket_policy(Bucket=bucket)
    with refused("NoSuchBucketPolicy", 404):
        own.get_bucket_policy_status(Bucket=bucket)


def test_acls_are_shown_and_have_no_effect_where_the_owner_is_enforced(
    own: Any, bucket: str
) -> None:
    for answer in (
        own.get_bucket_acl(Bucket=bucket),
        own.get_object_acl(Bucket=bucket, Key="k"),
    ):
        (grant,) = answer["Grants"]
        assert grant["Permission"] == "FULL_CONTROL"
        assert grant["Grantee"]["ID"] == answer["Owner"]["ID"]
    for canned in ("private", "public-read", "authenticated-read"):
        with refused("AccessControlListNotSupported", 400):
            own.put_object(Bucket=bucket, Key="k", Body=b"", ACL=canned)
        with refused("AccessControlListNotSupported", 400):
            own.put_object_acl(Bucket=bucket, Key="k", ACL=canned)
        with refused("AccessControlListNotSupported", 400):
            own.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", ACL=canned)
        with refused("AccessControlListNotSupported", 400):
            own.create_multipart_upload(Bucket=bucket, Key="k", ACL=canned)
    with refused("AccessControlListNotSupported", 400):
        own.put_bucket_acl(Bucket=bucket, ACL="private")
    own.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")
    with refused("InvalidArgument", 400):
        own.put_object(Bucket=bucket, Key="k", Body=b"", ACL="nonsense")
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        own.create_bucket(Bucket="with-acl", ACL="public-read")
    with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
        own.create_bucket(Bucket="with-acl", ACL="public-read", ObjectOwnership="ObjectWriter")


# Policies


def test_a_policy_gives_what_it_says_and_takes_it_away_again(
    own: Any, other: Any, nobody: Any, bucket: str
) -> None:
    put_policy(own, bucket, statement(bucket))
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        other.put_object(Bucket=bucket, Key="k", Body=b"")
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="k", VersionId="null")
    assert own.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    own.delete_bucket_policy(Bucket=bucket)
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="k")


def test_a_policy_comes_back_as_it_was_put_and_a_refused_one_changes_nothing(
    own: Any, bucket: str
) -> None:
    text = json.dumps({"Version": "2008-10-17", "Statement": statement(bucket)}, indent=1)
    own.put_bucket_policy(Bucket=bucket, Policy=text)
    assert own.get_bucket_policy(Bucket=bucket)["Policy"] == text
    with refused("MalformedPolicy", 400) as fields:
        own.put_bucket_policy(Bucket=bucket, Policy="{}")
    assert fields["Message"] == "Missing required field Statement"
    assert own.get_bucket_policy(Bucket=bucket)["Policy"] == text


def test_what_a_policy_denies_is_denied_to_the_owner_but_for_the_policy_itself(
    own: Any, bucket: str
) -> None:
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    deny = statement(bucket, Effect="Deny", Principal="*", Action="s3:*", Resource=everything)
    put_policy(own, bucket, deny)
    with refused("AccessDenied", 403):
        own.get_object(Bucket=bucket, Key="k")
    for call in (own.list_objects_v2, own.get_bucket_acl, own.delete_bucket):
        with refused("AccessDenied", 403):
            call(Bucket=bucket)
    assert "Deny" in own.get_bucket_policy(Bucket=bucket)["Policy"]
    put_policy(own, bucket, deny)
    own.delete_bucket_policy(Bucket=bucket)
    assert own.get_object(Bucket=bucket, Key="k")["Body"].read() == b"content"


def test_a_policy_is_of_the_owner_s_account_whomever_it_allows(
    own: Any, other: Any, bucket: str
) -> None:
    put_policy(own, bucket, statement(bucket, Action="s3:*", Resource=f"arn:aws:s3:::{bucket}*"))
    with refused("MethodNotAllowed", 405):
        other.get_bucket_policy(Bucket=bucket)
    with refused("MethodNotAllowed", 405):
        other.delete_bucket_policy(Bucket=bucket)
    own.delete_bucket_policy(Bucket=bucket)
    with refused("AccessDenied", 403):
        other.get_bucket_policy(Bucket=bucket)


def test_seaweedfs_10444_who_may_put_objects_may_not_put_the_policy(
    own: Any, other: Any, bucket: str
) -> None:
    put_policy(own, bucket, statement(bucket, Action="s3:PutObject"))
    with refused("AccessDenied", 403):
        put_policy(other, bucket, statement(bucket, Action="s3:*"))


def test_a_key_that_is_not_there_is_told_to_whoever_may_list(
    own: Any, other: Any, bucket: str
) -> None:
    put_policy(own, bucket, statement(bucket))
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="none")
    listing = statement(bucket, Action="s3:ListBucket", Resource=f"arn:aws:s3:::{bucket}")
    put_policy(own, bucket, statement(bucket), listing)
    with refused("NoSuchKey", 404):
        other.get_object(Bucket=bucket, Key="none")
    limited = {**listing, "Condition": {"StringLike": {"s3:prefix": "open/*"}}}
    put_policy(own, bucket, statement(bucket), limited)
    with refused("NoSuchKey", 404):
        other.get_object(Bucket=bucket, Key="open/none")
    with refused("AccessDenied", 403):
        other.get_object(Bucket=bucket, Key="none")


def test_seaweedfs_9793_of_many_keys_each_is_decided(own: Any, other: Any, bucket: str) -> None:
    for key in ("mine/a", "theirs/a"):
        own.put_object(Bucket=bucket, Key=key, Body=b"")
    theirs = f"arn:aws:s3:::{bucket}/theirs/*"
    put_policy(own, bucket, statement(bucket, Action="s3:DeleteObject", Resource=theirs))
    objects = [{"Key": "mine/a"}, {"Key": "theirs/a"}, {"Key": "theirs/a", "VersionId": "null"}]
    answer = other.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [one["Key"] for one in answer["Deleted"]] == ["theirs/a"]
    failed = [(one["Key"], one.get("VersionId"), one["Code"]) for one in answer["Errors"]]
    assert failed == [
        ("mine/a", None, "AccessDenied"),
        ("theirs/a", "null", "AccessDenied"),
    ]
    own.head_object(Bucket=bucket, Key="mine/a")


def test_versitygw_what_is_sent_with_an_object_needs_permissions_of_its_own(
    own: Any, other: Any, bucket: str
) -> None:
    put_policy(own, bucket, statement(bucket, Action="s3:PutObject"))
    other.put_object(Bucket=bucket, Key="n", Body=b"")
    other.put_object(Bucket=bucket, Key="n", Body=b"", ACL="bucket-owner-full-control")
    for extra in ({"Tagging": "a=b"}, {"ACL": "private"}):
        with refused("AccessDenied", 403):
            other.put_object(Bucket=bucket, Key="n", Body=b"", **extra)
        with refused("AccessDenied", 403):
            other.create_multipart_upload(Bucket=bucket, Key="n", **extra)
    more = ["s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl"]
    put_policy(own, bucket, statement(bucket, Action=more))
    other.put_object(Bucket=bucket, Key="n", Body=b"", Tagging="a=b")
    with refused("AccessControlListNotSupported", 400):
        other.put_object(Bucket=bucket, Key="n", Body=b"", ACL="private")
    owner = own.get_object_acl(Bucket=bucket, Key="n")["Owner"]["ID"]
    assert owner == own.list_buckets()["Owner"]["ID"] != OTHER_CANONICAL


def test_a_copy_needs_its_source_and_the_tags_that_it_takes_along(
    own: Any, other: Any, bucket: str
) -> None:
    other.create_bucket(Bucket=f"to-{bucket}")
    own.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    copy = {"Bucket": f"to-{bucket}", "Key": "c", "CopySource": f"{bucket}/k"}
    with refused("AccessDenied", 403):
        other.copy_object(**copy)
    put_policy(own, bucket, statement(bucket))
    with refused("AccessDenied", 403):
        other.copy_object(**copy)  # the tags
    other.copy_object(**copy, TaggingDirective="REPLACE")
    put_policy(own, bucket, statement(bucket, Action=["s3:GetObject", "s3:GetObjectTagging"]))
    other.copy_object(**copy)
    with refused("AccessDenied", 403):
        other.copy_object(**{**copy, "CopySource": f"{bucket}/none"})


CONDITIONS: Final[list[tuple[str, dict[str, Any], bool]]] = [
    ("get_object", {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
    ("get_object", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
    ("get_object", {"Bool": {"aws:SecureTransport": "false"}}, True),
    ("get_object", {"Bool": {"aws:SecureTransport": "true"}}, False),
    ("get_object", {"StringEquals": {"aws:PrincipalAccount": OTHER_ID}}, True),
    ("get_object", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER_ID}:root"}}, True),
    ("get_object", {"StringEquals": {"aws:PrincipalType": "Account"}}, True),
    ("get_object", {"StringEquals": {"aws:userid": OTHER_ID}}, True),
    ("get_object", {"StringLike": {"aws:UserAgent": "Boto3/*"}}, True),
    ("get_object", {"Null": {"aws:Referer": "true"}}, True),
    ("get_object", {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
    ("get_object", {"NumericLessThan": {"aws:EpochTime": "1577836800"}}, False),
    ("get_object", {"StringEquals": {"s3:authType": "REST-HEADER"}}, True),
    ("get_object", {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, False),
    ("get_object", {"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, True),
    ("get_object", {"NumericLessThan": {"s3:signatureAge": "600000"}}, True),
    ("get_object", {"NumericGreaterThan": {"s3:signatureAge": "600000"}}, False),
    ("get_object", {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}, True),
    ("get_object", {"StringEquals": {"s3:ExistingObjectTag/class": "shut"}}, False),
    ("get_object", {"Null": {"aws:SourceVpc": "true"}}, True),
    ("get_object", {"StringEquals": {"s3:ResourceAccount": "000000000001"}}, True),
    ("put_object", {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}, True),
    ("put_object", {"StringEquals": {"s3:x-amz-storage-class": "STANDARD"}}, False),
    ("put_object", {"StringEquals": {"s3:RequestObjectTag/a": "b"}}, True),
    ("put_object", {"StringEquals": {"s3:RequestObjectTag/a": "c"}}, False),
    ("put_object", {"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a"]}}, True),
    ("put_object", {"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": ["c"]}}, False),
    ("put_object_tagging", {"StringEquals": {"s3:RequestObjectTag/a": "b"}}, True),
    ("put_object_tagging", {"StringEquals": {"s3:RequestObjectTag/a": "c"}}, False),
    ("list_objects_v2", {"StringEquals": {"s3:prefix": "p/"}}, True),
    ("list_objects_v2", {"StringEquals": {"s3:prefix": "q/"}}, False),
    ("list_objects_v2", {"StringEquals": {"s3:delimiter": "/"}}, True),
    ("list_objects_v2", {"NumericLessThanEquals": {"s3:max-keys": "10"}}, True),
    ("list_objects_v2", {"NumericLessThanEquals": {"s3:max-keys": "9"}}, False),
]
ASKED: Final[dict[str, dict[str, Any]]] = {
    "get_object": {"Key": "k"},
    "put_object": {"Key": "n", "StorageClass": "STANDARD_IA", "Tagging": "a=b"},
    "put_object_tagging": {"Key": "k", "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}},
    "list_objects_v2": {"Prefix": "p/", "Delimiter": "/", "MaxKeys": 10},
}


@pytest.mark.parametrize(("method", "condition", "wanted"), CONDITIONS)
def test_a_condition_key_has_its_value(
    own: Any, other: Any, bucket: str, method: str, condition: dict[str, Any], wanted: bool
) -> None:
    own.put_object_tagging(
        Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "class", "Value": "open"}]}
    )
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    put_policy(
        own, bucket, statement(bucket, Action="s3:*", Resource=resources, Condition=condition)
    )
    if wanted:
        getattr(other, method)(Bucket=bucket, **ASKED[method])
    else:
        with refused("AccessDenied", 403):
            getattr(other, method)(Bucket=bucket, **ASKED[method])


@pytest.mark.parametrize(
    "retention",
    [
        {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=20)},
        {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 20}},
        {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Years": 1}},
    ],
)
def test_a_limit_of_retention_holds_for_event_holds_too(
    own: Any, other: Any, bucket: str, retention: dict[str, Any]
) -> None:
    """Source: User Guide, "Locking objects", on limiting retention by bucket policies."""
    locked = f"locked-{bucket}"
    own.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    own.put_object(Bucket=locked, Key="k", Body=b"", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    allow = statement(locked, Action="s3:*")
    beyond = {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}}
    deny = statement(locked, Effect="Deny", Action="s3:PutObjectRetention", Condition=beyond)
    put_policy(own, locked, allow, deny)
    with refused("AccessDenied", 403):
        other.put_object_retention(Bucket=locked, Key="k", Retention=retention)
    short = {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 5}}
    other.put_object_retention(Bucket=locked, Key="k", Retention=short)


def test_who_may_write_by_a_policy_gives_lists_only_if_it_says_so(
    own: Any, other: Any, server: Server, bucket: str
) -> None:
    """Source: API Reference, PutObject, "Permissions": s3:PutObjectAcl."""
    lists = f"lists-{bucket}"
    own.create_bucket(Bucket=lists, ObjectOwnership="ObjectWriter")
    own.delete_public_access_block(Bucket=lists)
    put_policy(own, lists, statement(lists, Action="s3:PutObject"))
    other.put_object(Bucket=lists, Key="k", Body=b"")
    for given in ({"ACL": "public-read"}, {"GrantRead": f'uri="{ALL_USERS}"'}):
        with refused("AccessDenied", 403):
            other.put_object(Bucket=lists, Key="k", Body=b"", **given)
        with refused("AccessDenied", 403):
            other.create_multipart_upload(Bucket=lists, Key="k", **given)
    owner = own.list_buckets()["Owner"]["ID"]
    other.put_object(Bucket=lists, Key="k", Body=b"", GrantFullControl=f"id={owner}")
    other.put_object(Bucket=lists, Key="k", Body=b"", ACL="bucket-owner-full-control")
    allow = statement(lists, Action=["s3:PutObject", "s3:PutObjectAcl"])
    put_policy(own, lists, allow)
    other.put_object(Bucket=lists, Key="k", Body=b"", ACL="public-read")


def test_nobody_in_particular_begins_an_upload_in_parts(
    own: Any, server: Server, bucket: str
) -> None:
    anybody = f"anybody-{bucket}"
    own.create_bucket(Bucket=anybody)
    own.delete_public_access_block(Bucket=anybody)
    put_policy(own, anybody, statement(anybody, Principal="*", Action="s3:PutObject"))
    nobody = client(server, None)
    nobody.put_object(Bucket=anybody, Key="k", Body=b"")
    with refused("AccessDenied", 403):
        nobody.create_multipart_upload(Bucket=anybody, Key="k")


def test_each_of_many_deletions_has_its_own_condition(own: Any, other: Any, bucket: str) -> None:
    """Source: User Guide, "Enforce conditional deletes": by s3:if-match in a bucket policy."""
    etag = own.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    unconditional = {"Null": {"s3:if-match": "true"}}
    allow = statement(bucket, Action="s3:DeleteObject")
    deny = statement(bucket, Effect="Deny", Action="s3:DeleteObject", Condition=unconditional)
    put_policy(own, bucket, allow, deny)

    def sent_in_vain(request: Any, **_: Any) -> None:
        request.headers["If-Match"] = etag

    other.meta.events.register("before-sign.s3.DeleteObjects", sent_in_vain)
    answer = other.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})
    other.meta.events.unregister("before-sign.s3.DeleteObjects", sent_in_vain)
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    wanted = {"Objects": [{"Key": "k", "ETag": etag}]}
    # Else ETags could be tried by who may not read.  User Guide, "conditional deletes".
    answer = other.delete_objects(Bucket=bucket, Delete=wanted)
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    with refused("AccessDenied", 403):
        other.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    allow["Action"] = ["s3:DeleteObject", "s3:GetObject"]
    put_policy(own, bucket, allow, deny)
    assert other.delete_objects(Bucket=bucket, Delete=wanted)["Deleted"][0]["Key"] == "k"


def test_the_tags_that_a_copy_takes_along_are_those_that_a_policy_sees(
    own: Any, other: Any, bucket: str
) -> None:
    """What a copy sends of tags has no effect unless it replaces the source's, nor for a policy."""
    source = f"tagged-{bucket}"
    other.create_bucket(Bucket=source)
    other.put_object(Bucket=source, Key="s", Body=b"", Tagging="class=secret")
    only = {"StringEquals": {"s3:RequestObjectTag/class": "open"}}
    actions = ["s3:PutObject", "s3:PutObjectTagging"]
    put_policy(own, bucket, statement(bucket, Action=actions, Condition=only))
    copy = {"Bucket": bucket, "Key": "c", "CopySource": f"{source}/s", "Tagging": "class=open"}
    for directive in ({}, {"TaggingDirective": "COPY"}):
        with refused("AccessDenied", 403):
            other.copy_object(**copy, **directive)
    other.copy_object(**copy, TaggingDirective="REPLACE")
    never = {"StringEquals": {"s3:RequestObjectTag/class": "secret"}}
    deny = statement(bucket, Effect="Deny", Action=actions, Condition=never)
    put_policy(own, bucket, statement(bucket, Action=actions), deny)
    with refused("AccessDenied", 403):
        other.copy_object(Bucket=bucket, Key="c", CopySource=f"{source}/s")


def test_a_copy_source_has_one_name_however_it_is_spelled(
    own: Any, other: Any, bucket: str
) -> None:
    own.put_object(Bucket=bucket, Key="open/a b", Body=b"")
    other.create_bucket(Bucket=f"for-{bucket}")
    only = {"StringNotLike": {"s3:x-amz-copy-source": f"{bucket}/open/*"}}
    put_policy(own, bucket, statement(bucket))
    deny = statement(
        f"for-{bucket}", Effect="Deny", Principal="*", Action="s3:PutObject", Condition=only
    )
    put_policy(other, f"for-{bucket}", deny)
    for spelled in (f"/{bucket}/open/a b", f"{bucket}/open/a b"):
        other.copy_object(Bucket=f"for-{bucket}", Key="c", CopySource=spelled)
    for spelled in (f"/{bucket}/k", f"{bucket}/k"):
        with refused("AccessDenied", 403):
            other.copy_object(Bucket=f"for-{bucket}", Key="c", CopySource=spelled)


# Blocks


PUBLIC: Final = {"Principal": "*"}


def test_block_public_policy_refuses_one_that_is_public(own: Any, bucket: str) -> None:
    with refused("AccessDenied", 403):
        put_policy(own, bucket, statement(bucket, **PUBLIC))
    network = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    put_policy(own, bucket, statement(bucket, **PUBLIC, Condition=network))


def test_restrict_public_buckets_leaves_of_a_public_policy_only_the_owner_s_account(
    own: Any, other: Any, nobody: Any, bucket: str
) -> None:
    own.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        own.get_public_access_block(Bucket=bucket)
    put_policy(own, bucket, statement(bucket, **PUBLIC), statement(bucket))
    assert own.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    for who in (other, nobody):
        who.get_object(Bucket=bucket, Key="k")
    block = {"RestrictPublicBuckets": True}
    own.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    for who in (other, nobody):
        with refused("AccessDenied", 403):
            who.get_object(Bucket=bucket, Key="k")
    own.get_object(Bucket=bucket, Key="k")


def test_block_public_acls_refuses_them_and_ignore_public_acls_does_not_count_them(
    own: Any, other: Any, nobody: Any, open_bucket: str
) -> None:
    own.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
    nobody.get_object(Bucket=open_bucket, Key="k")
    block = {"BlockPublicAcls": True}
    own.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    nobody.get_object(Bucket=open_bucket, Key="k")
    for canned in ("public-read", "public-read-write", "authenticated-read"):
        with refused("AccessDenied", 403):
            own.put_object_acl(Bucket=open_bucket, Key="k", ACL=canned)
        with refused("AccessDenied", 403):
            own.put_bucket_acl(Bucket=open_bucket, ACL=canned)
        with refused("AccessDenied", 403):
            own.put_object(Bucket=open_bucket, Key="k", ACL=canned)
    block = {"IgnorePublicAcls": True}
    own.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=open_bucket, Key="k")
    own.put_object_acl(Bucket=open_bucket, Key="k", ACL="authenticated-read")
    with refused("AccessDenied", 403):
        other.get_object(Bucket=open_bucket, Key="k")
    own.put_object_acl(Bucket=open_bucket, Key="k", GrantRead=f"id={OTHER_CANONICAL}")
    other.get_object(Bucket=open_bucket, Key="k")


# ACLs and ownership


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


def test_who_begins_an_upload_may_look_at_it_and_end_it(own: Any, other: Any, bucket: str) -> None:
    put_policy(own, bucket, statement(bucket, Action="s3:PutObject"))
    theirs = {"Bucket": bucket, "Key": "n"}
    theirs["UploadId"] = other.create_multipart_upload(**theirs)["UploadId"]
    mine = {"Bucket": bucket, "Key": "m"}
    mine["UploadId"] = own.create_multipart_upload(**mine)["UploadId"]
    listed = other.list_parts(**theirs)
    assert listed["Initiator"]["ID"] == OTHER_CANONICAL != listed["Owner"]["ID"]
    for call in (other.list_parts, other.abort_multipart_upload):
        with refused("AccessDenied", 403):
            call(**mine)
    other.abort_multipart_upload(**theirs)
    own.abort_multipart_upload(**mine)


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


@pytest.mark.parametrize(("operator", "wanted"), [("NumericLessThan", 403), ("NumericEquals", 404)])
def test_the_version_of_tls_is_the_connection_s(tmp_path: Path, operator: str, wanted: int) -> None:
    pair = certificates.make(tmp_path)
    arguments = ("--workers", "1", "--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with serving(tmp_path / "data", *arguments) as server:
        own = boto3.client(
            "s3",
            endpoint_url=server.endpoint.replace("http:", "https:"),
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
            verify=str(pair.authority),
            config=Config(s3={"addressing_style": "path"}),
        )
        own.create_bucket(Bucket="bkt")
        # "Less than 9" denies whoever comes over TLS at all, "is 9" nobody.
        old = {operator: {"s3:TlsVersion": "9"}}
        put_policy(own, "bkt", statement("bkt", Effect="Deny", Principal="*", Condition=old))
        with refused("AccessDenied" if wanted == 403 else "NoSuchKey", wanted):
            own.get_object(Bucket="bkt", Key="k")
