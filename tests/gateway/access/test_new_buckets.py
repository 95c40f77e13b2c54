"""A bucket as AWS makes one: its owner's alone, without ACLs.

Source: User Guide, "Blocking public access to your Amazon S3 storage", "Controlling
ownership of objects and disabling ACLs for your bucket".
"""

from typing import Any

from tests.gateway.refusals import refused


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
