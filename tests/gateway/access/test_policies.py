"""What a bucket's policy allows and denies, to whom, and who may change it.

Source: User Guide, "How Amazon S3 authorizes a request".
"""

import json
from typing import Any

from tests.gateway.access.accounts import (
    ALL_USERS,
    OTHER_CANONICAL,
    put_policy,
    statement,
)
from tests.gateway.refusals import refused


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
    for call in (other.get_bucket_policy, other.delete_bucket_policy) * 2:
        with refused("MethodNotAllowed", 405):
            call(Bucket=bucket)
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


def test_who_may_write_by_a_policy_gives_lists_only_if_it_says_so(
    own: Any, other: Any, bucket: str
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


def test_nobody_in_particular_begins_an_upload_in_parts(own: Any, nobody: Any, bucket: str) -> None:
    anybody = f"anybody-{bucket}"
    own.create_bucket(Bucket=anybody)
    own.delete_public_access_block(Bucket=anybody)
    put_policy(own, anybody, statement(anybody, Principal="*", Action="s3:PutObject"))
    nobody.put_object(Bucket=anybody, Key="k", Body=b"")
    with refused("AccessDenied", 403):
        nobody.create_multipart_upload(Bucket=anybody, Key="k")


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
