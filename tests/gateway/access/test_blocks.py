"""What is public and blocked is not public.

Source: User Guide, "Blocking public access to your Amazon S3 storage".
"""

from typing import Any

from gateway.iam.principals import ANONYMOUS_ID
from tests.gateway.access.accounts import OTHER_CANONICAL, PUBLIC, put_policy, statement
from tests.gateway.refusals import refused


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


def test_who_is_nobody_is_everybody_by_his_canonical_id_too(
    own: Any, nobody: Any, bucket: str, open_bucket: str
) -> None:
    with refused("AccessDenied", 403):
        put_policy(own, bucket, statement(bucket, Principal={"CanonicalUser": ANONYMOUS_ID}))
    own.put_object_acl(Bucket=open_bucket, Key="k", GrantRead=f"id={ANONYMOUS_ID}")
    nobody.get_object(Bucket=open_bucket, Key="k")
    block = {"IgnorePublicAcls": True, "BlockPublicAcls": True}
    own.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    with refused("AccessDenied", 403):
        nobody.get_object(Bucket=open_bucket, Key="k")
    with refused("AccessDenied", 403):
        own.put_object_acl(Bucket=open_bucket, Key="k", GrantRead=f"id={ANONYMOUS_ID}")


def test_what_nobody_writes_is_his_own_also_where_public_lists_are_blocked(
    own: Any, nobody: Any, open_bucket: str
) -> None:
    everybody = statement(open_bucket, **PUBLIC, Action=["s3:PutObject", "s3:PutObjectAcl"])
    put_policy(own, open_bucket, everybody)
    block = {"BlockPublicAcls": True}
    own.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=block)
    for canned in ("private", "bucket-owner-full-control"):
        nobody.put_object(Bucket=open_bucket, Key="theirs", Body=b"", ACL=canned)
    with refused("AccessDenied", 403):
        nobody.put_object(Bucket=open_bucket, Key="theirs", Body=b"", ACL="public-read")
