"""What policies and blocks see of an upload in parts, and of conditions on an ETag.

Source: User Guide, "How to prevent object overwrites with conditional writes",
"Blocking public access to your Amazon S3 storage"; of encryption, what clients that
upload in parts test against S3 (Mountpoint's write_with_sse_settings_test); of ACLs,
what they report (boto3's issue 2525, aws-cli's 1674).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from tests.gateway.refusals import refused
from tests.serving import Server, serving

OTHER: Final = ("AKIAOTHEROTHEROTHER1", "other/secret+other/secret+other/secret+")
OTHER_ID: Final = "222222222222"
ACCOUNTS: Final = f"""
[[accounts]]
id = "{OTHER_ID}"
access_keys = [{{ id = "{OTHER[0]}", secret = "{OTHER[1]}" }}]
"""
SSE: Final = "x-amz-server-side-encryption"
KMS_KEY: Final = "arn:aws:kms:us-east-1:000000000000:key/key-1"
SECOND_KEY: Final = "arn:aws:kms:us-east-1:000000000000:key/key-2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("uploads")
    config = folder / "signet.toml"
    config.write_text(ACCOUNTS)
    keys = ("--kms-keys", KMS_KEY, "--kms-keys", SECOND_KEY)
    settings = ("--workers", "1", "--sse-c-without-tls", "on", "--config", str(config))
    with serving(folder / "data", *settings, *keys) as started:
        yield started


@pytest.fixture(scope="module")
def own(server: Server) -> Any:
    return server.client()


@pytest.fixture(scope="module")
def other(server: Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=OTHER[0],
        aws_secret_access_key=OTHER[1],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


_numbers = iter(range(10_000))


@pytest.fixture
def bucket(own: Any) -> str:
    name = f"policies-{next(_numbers)}"
    own.create_bucket(Bucket=name)
    return name


def put_policy(own: Any, bucket: str, *statements: dict[str, Any]) -> None:
    """Each statement is about the other account and every object, unless it says otherwise."""
    common = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER_ID},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    document = {"Version": "2012-10-17", "Statement": [common | one for one in statements]}
    own.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def add_header(client: Any, operation: str, name: str, value: str) -> None:
    """Send one more header with an operation, signed."""

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"][name] = value

    client.meta.events.register(f"before-call.s3.{operation}", add, unique_id=f"added-{operation}")


def remove_header(client: Any, operation: str) -> None:
    client.meta.events.unregister(f"before-call.s3.{operation}", unique_id=f"added-{operation}")


def upload(client: Any, bucket: str, source: str | None = None, **begun: Any) -> dict[str, Any]:
    """Begin, send one part (or copy one), complete, and complete again."""
    place = {"Bucket": bucket, "Key": "k"}
    began = client.create_multipart_upload(**place, **begun)
    part = {**place, "UploadId": began["UploadId"], "PartNumber": 1}
    if source is None:
        etag = client.upload_part(**part, Body=b"content")["ETag"]
    else:
        etag = client.upload_part_copy(**part, CopySource=source)["CopyPartResult"]["ETag"]
    ending = {**place, "UploadId": began["UploadId"]}
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    first = client.complete_multipart_upload(**ending, MultipartUpload=parts)
    again = client.complete_multipart_upload(**ending, MultipartUpload=parts)
    assert again["ETag"] == first["ETag"]
    found: dict[str, Any] = first
    return found


# Encryption, which only the beginning of an upload can say


DENIALS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "any": (
        {"Null": {f"s3:{SSE}": "true"}},
        {"ServerSideEncryption": "AES256"},
        {},
    ),
    "AES256": (
        {"StringNotEquals": {f"s3:{SSE}": "AES256"}},
        {"ServerSideEncryption": "AES256"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KMS_KEY},
    ),
    "aws:kms": (
        {"StringNotEquals": {f"s3:{SSE}": "aws:kms"}},
        {"ServerSideEncryption": "aws:kms"},
        {"ServerSideEncryption": "AES256"},
    ),
    "one key": (
        {"StringNotEquals": {f"s3:{SSE}-aws-kms-key-id": KMS_KEY}},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KMS_KEY},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": SECOND_KEY},
    ),
}


@pytest.mark.parametrize("name", DENIALS)
def test_parts_of_an_upload_that_began_encrypted_pass_a_policy_that_wants_it(
    own: Any, other: Any, bucket: str, name: str
) -> None:
    condition, asked, wrong = DENIALS[name]
    put_policy(own, bucket, {}, {"Effect": "Deny", "Condition": condition})
    upload(other, bucket, **asked)
    for refusals in (wrong, {}):
        with refused("AccessDenied", 403):
            other.create_multipart_upload(Bucket=bucket, Key="k", **refusals)


def test_a_copied_part_passes_too_and_its_source_is_decided_by_its_own_policy(
    own: Any, other: Any, bucket: str
) -> None:
    other.create_bucket(Bucket=f"{bucket}-source")
    other.put_object(Bucket=f"{bucket}-source", Key="s", Body=b"content")
    condition = {"Null": {f"s3:{SSE}": "true"}}
    put_policy(own, bucket, {}, {"Effect": "Deny", "Condition": condition})
    upload(other, bucket, f"{bucket}-source/s", ServerSideEncryption="AES256")


def test_parts_of_an_upload_begun_without_are_not_let_in_by_a_header_of_their_own(
    own: Any, other: Any, bucket: str
) -> None:
    """Not by what the bucket encrypts by itself either: nobody asked for it."""
    place = {"Bucket": bucket, "Key": "k"}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    own.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    put_policy(own, bucket, {})
    began = other.create_multipart_upload(**place)
    condition = {"Null": {f"s3:{SSE}": "true"}}
    put_policy(own, bucket, {}, {"Effect": "Deny", "Condition": condition})
    part = {**place, "UploadId": began["UploadId"], "PartNumber": 1}
    with refused("AccessDenied", 403):
        other.upload_part(**part, Body=b"content")
    add_header(other, "UploadPart", SSE, "AES256")
    try:
        with refused("AccessDenied", 403):
            other.upload_part(**part, Body=b"content")
    finally:
        remove_header(other, "UploadPart")


def test_what_a_bucket_encrypts_by_itself_is_not_taken_for_asked(
    own: Any, other: Any, bucket: str
) -> None:
    """A policy may forbid to choose: the parts of who has not chosen pass."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    own.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    condition = {"Null": {f"s3:{SSE}": "false"}}
    put_policy(own, bucket, {}, {"Effect": "Deny", "Condition": condition})
    assert upload(other, bucket)["ServerSideEncryption"] == "AES256"


def test_an_upload_with_a_key_of_the_customer_passes_a_policy_that_wants_one(
    own: Any, other: Any, bucket: str
) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    condition = {"Null": {f"s3:{SSE}-customer-algorithm": "true"}}
    put_policy(own, bucket, {}, {"Effect": "Deny", "Condition": condition})
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    began = other.create_multipart_upload(**place, **key)
    part = {**place, "UploadId": began["UploadId"], "PartNumber": 1}
    etag = other.upload_part(**part, **key, Body=b"content")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    other.complete_multipart_upload(
        **place, UploadId=began["UploadId"], MultipartUpload=parts, **key
    )


# Headers that an operation does not read


UNREAD: Final = {
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-acl": "bucket-owner-full-control",
    "x-amz-website-redirect-location": "/elsewhere",
}


@pytest.mark.parametrize("header", UNREAD)
def test_a_header_that_an_operation_does_not_read_meets_no_condition(
    own: Any, other: Any, bucket: str, header: str
) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    put_policy(own, bucket, {})
    began = other.create_multipart_upload(**place)
    part = {**place, "UploadId": began["UploadId"], "PartNumber": 1, "Body": b"content"}
    add_header(other, "UploadPart", header, UNREAD[header])
    try:
        other.upload_part(**part)
        put_policy(own, bucket, {"Condition": {"StringEquals": {f"s3:{header}": UNREAD[header]}}})
        with refused("AccessDenied", 403):
            other.upload_part(**part)
    finally:
        remove_header(other, "UploadPart")


def test_a_condition_on_what_an_operation_reads_is_met(own: Any, other: Any, bucket: str) -> None:
    condition = {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}
    put_policy(own, bucket, {"Condition": condition})
    other.put_object(Bucket=bucket, Key="k", StorageClass="STANDARD_IA")
    other.create_multipart_upload(Bucket=bucket, Key="k", StorageClass="STANDARD_IA")
    with refused("AccessDenied", 403):
        other.put_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    ("key", "pattern"), [("aws:UserAgent", "Boto3/*"), ("aws:Referer", "https://marked.example/*")]
)
def test_headers_of_every_request_meet_conditions_of_every_operation(
    own: Any, other: Any, bucket: str, key: str, pattern: str
) -> None:
    put_policy(own, bucket, {"Condition": {"StringLike": {key: pattern}}})
    for operation in ("CreateMultipartUpload", "UploadPart"):
        add_header(other, operation, "Referer", "https://marked.example/page")
    try:
        began = other.create_multipart_upload(Bucket=bucket, Key="k")
        part = {"Bucket": bucket, "Key": "k", "UploadId": began["UploadId"], "PartNumber": 1}
        other.upload_part(**part, Body=b"content")
    finally:
        for operation in ("CreateMultipartUpload", "UploadPart"):
            remove_header(other, operation)


# Public ACLs that are blocked meanwhile


def test_an_upload_with_a_public_acl_is_not_completed_once_those_are_blocked(own: Any) -> None:
    bucket = f"blocked-{next(_numbers)}"
    place = {"Bucket": bucket, "Key": "k"}
    own.create_bucket(Bucket=bucket, ObjectOwnership="ObjectWriter")
    own.delete_public_access_block(Bucket=bucket)
    ids = {
        canned: own.create_multipart_upload(**place, ACL=canned)["UploadId"]
        for canned in ("public-read", "private")
    }
    block = {"BlockPublicAcls": True}
    own.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    for canned, upload_id in ids.items():
        part = {**place, "UploadId": upload_id, "PartNumber": 1}
        etag = own.upload_part(**part, Body=b"content")["ETag"]
        ending = {
            **place,
            "UploadId": upload_id,
            "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]},
        }
        if canned == "private":
            own.complete_multipart_upload(**ending)
            continue
        with refused("AccessDenied", 403):
            own.complete_multipart_upload(**ending)
        own.delete_public_access_block(Bucket=bucket)
        own.complete_multipart_upload(**ending)
        own.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)


# Conditions on an ETag


def test_a_write_that_depends_on_an_etag_needs_what_reading_needs(
    own: Any, other: Any, bucket: str
) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    etag = own.put_object(**place, Body=b"old")["ETag"]
    put_policy(own, bucket, {})
    began = other.create_multipart_upload(**place)
    part = {**place, "UploadId": began["UploadId"], "PartNumber": 1}
    parts = {"Parts": [{"PartNumber": 1, "ETag": other.upload_part(**part, Body=b"x")["ETag"]}]}
    ending = {**place, "UploadId": began["UploadId"], "MultipartUpload": parts}
    other.create_bucket(Bucket=f"{bucket}-source")
    other.put_object(Bucket=f"{bucket}-source", Key="s", Body=b"content")
    copying = {**place, "CopySource": f"{bucket}-source/s"}
    for condition in (etag, '"0123"'):  # neither is told from the other
        with refused("AccessDenied", 403):
            other.put_object(**place, Body=b"new", IfMatch=condition)
        with refused("AccessDenied", 403):
            other.complete_multipart_upload(**ending, IfMatch=condition)
        with refused("AccessDenied", 403):
            other.copy_object(**copying, IfMatch=condition)
    with refused("PreconditionFailed", 412):
        other.put_object(**place, Body=b"new", IfNoneMatch="*")
    put_policy(own, bucket, {"Action": ["s3:PutObject", "s3:GetObject"]})
    etag = other.put_object(**place, Body=b"new", IfMatch=etag)["ETag"]
    etag = other.copy_object(**copying, IfMatch=etag)["CopyObjectResult"]["ETag"]
    with refused("PreconditionFailed", 412):
        other.put_object(**place, Body=b"new", IfMatch='"0123"')
    other.complete_multipart_upload(**ending, IfMatch=etag)
