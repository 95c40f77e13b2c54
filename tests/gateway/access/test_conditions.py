"""Keys of conditions in a bucket's policy: each has its value, of the request that is decided.

Source: Service Authorization Reference, "Actions, resources, and condition keys for
Amazon S3".
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from tests.clients import certificates
from tests.gateway.access.accounts import OTHER_ID, put_policy, statement
from tests.gateway.refusals import refused
from tests.serving import KEY, SECRET, serving

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
