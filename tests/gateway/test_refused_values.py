"""Values that S3 refuses in words of its own.

Source: recordings of S3 of February 2026 in LocalStack's snapshots, where no other is named.
"""

from typing import Any

import pytest

from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

_NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented"


@pytest.mark.parametrize("text", ["0000", "0000000000020", "abcd", "aa000000000$"])
def test_an_expected_owner_is_an_accounts_id(server: Server, bucket: str, text: str) -> None:
    """test_get_bucket_policy_invalid_account_id, test_put_bucket_policy_invalid_account_id."""
    header = [(b"x-amz-expected-bucket-owner", text.encode())]
    found = ask(server, "GET", f"/{bucket}/k", headers=header)
    assert (found.status, found.code) == (400, "InvalidBucketOwnerAWSAccountID")
    assert found.field("Message") == (
        f"The value of the expected bucket owner parameter must be an AWS Account ID... [{text}]"
    )


def test_another_owner_is_denied(s3: Any, bucket: str) -> None:
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="000000000002")


@pytest.mark.parametrize("text", ["x", "ftp://x", "http:/x"])
def test_a_redirect_leads_somewhere(s3: Any, bucket: str, text: str) -> None:
    """The words: aws-cli issue 1130; the full stop: Arsenal pull request 212."""
    with refused("InvalidRedirectLocation", 400) as fields:
        s3.put_object(Bucket=bucket, Key="k", WebsiteRedirectLocation=text)
    assert fields["Message"] == (
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
    )


@pytest.mark.parametrize("place", ["us-east-1", "aws-global", "foo"])
def test_a_place_that_s3_does_not_have(s3: Any, place: str) -> None:
    """test_create_bucket_with_invalid_location_constraint, test_bucket_constraint_aws_global."""
    with refused("InvalidLocationConstraint", 400) as fields:
        s3.create_bucket(
            Bucket="never-made", CreateBucketConfiguration={"LocationConstraint": place}
        )
    assert fields["Message"] == "The specified location-constraint is not valid"
    assert fields["LocationConstraint"] == place


def test_a_place_that_is_not_here(s3: Any) -> None:
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(
            Bucket="never-made", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )


@pytest.mark.parametrize("text", ["__invalid__", "000", "not base64", "MTIz", "dGVzdC1zdHJpbmc="])
def test_a_digest_that_cannot_be_one_is_shown(server: Server, bucket: str, text: str) -> None:
    """test_s3_invalid_content_md5."""
    header = [(b"content-md5", text.encode())]
    found = ask(server, "PUT", f"/{bucket}/k", b"x", headers=header)
    assert (found.status, found.code) == (400, "InvalidDigest")
    assert found.field("Content-MD5") == text


def test_a_wrong_digest_of_a_part_is_shown_as_sent(server: Server, bucket: str) -> None:
    """test_s3_invalid_content_md5: of an object in hexadecimal, of a part in base64."""
    header = [(b"content-md5", b"CYketZBSTjX8czcs3cXVlg==")]
    upload = ask(server, "POST", f"/{bucket}/k?uploads").field("UploadId")
    whole = ask(server, "PUT", f"/{bucket}/k", b"something", headers=header)
    part = ask(
        server, "PUT", f"/{bucket}/k?partNumber=1&uploadId={upload}", b"something", headers=header
    )
    for found, expected in (
        (whole, "09891eb590524e35fc73372cddc5d596"),
        (part, "CYketZBSTjX8czcs3cXVlg=="),
    ):
        assert (found.status, found.code) == (400, "BadDigest")
        assert found.field("ExpectedDigest") == expected
        assert found.field("CalculatedDigest") == "Q3uTDbhLgHnC3YBKcZNrXw=="


@pytest.mark.parametrize("algorithm", [b"CRC32", b"sha256"])
@pytest.mark.parametrize("query", ["", "?partNumber=1&uploadId="])
def test_an_algorithm_without_a_checksum(
    server: Server, bucket: str, query: str, algorithm: bytes
) -> None:
    """versitygw issue 1593."""
    header = [(b"x-amz-sdk-checksum-algorithm", algorithm)]
    if query:
        query += ask(server, "POST", f"/{bucket}/k?uploads").field("UploadId") or ""
    found = ask(server, "PUT", f"/{bucket}/k{query}", b"x", headers=header)
    assert (found.status, found.code) == (400, "InvalidRequest")
    assert found.field("Message") == (
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
        "x-amz-trailer headers were found."
    )


@pytest.mark.parametrize(
    "name", ["cache-control", "content-disposition", "content-encoding", "content-language",
             "content-type"]
)  # fmt: skip
@pytest.mark.parametrize("value", ["%E6%97%A5", "a%0D%0AX-Evil:%201", "%00"])
def test_a_header_of_the_answer_is_one(
    server: Server, s3: Any, bucket: str, name: str, value: str
) -> None:
    """test_get_response_overrides_unicode_metadata_with_sig_s3."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    found = ask(server, "GET", f"/{bucket}/k?response-{name}={value}")
    assert (found.status, found.code) == (400, "InvalidArgument")
    assert found.field("Message") == "Header value cannot be represented using ISO-8859-1."
    assert found.field("ArgumentName") == f"response-{name}"


@pytest.mark.parametrize("name", ["content-disposition", "content-type"])
def test_a_header_of_the_answer_is_in_iso_8859_1(
    server: Server, s3: Any, bucket: str, name: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    found = ask(server, "GET", f"/{bucket}/k?response-{name}=%C3%BC")
    assert (found.status, found.header(name)) == (200, b"\xfc")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_key_too_long_is_that_whatever_is_asked(server: Server, bucket: str, method: str) -> None:
    found = ask(server, method, f"/{bucket}/{'x' * 1025}")
    assert found.status == 400
    if method != "HEAD":
        assert (found.code, found.field("MaxSizeAllowed")) == ("KeyTooLongError", "1024")


_BOTH = "Multiple conditional request headers present in the request"
_VALUE = "We don't accept the provided value of {} header for this API"


@pytest.mark.parametrize(
    ("headers", "named", "more"),
    [
        pytest.param({"If-None-Match": '"x"'}, "If-None-Match", _VALUE, id="not a star"),
        pytest.param({"If-Match": "*"}, "If-Match", _VALUE, id="a star"),
        pytest.param(
            {"If-Match": '"x"', "If-None-Match": "*"}, "If-Match,If-None-Match", _BOTH, id="both"
        ),
        pytest.param(
            {"If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
            "If-Unmodified-Since",
            None,
            id="a date",
        ),
        pytest.param(
            {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
            "If-Modified-Since",
            None,
            id="another date",
        ),
    ],
)
@pytest.mark.parametrize("source", [None, "from"])
def test_conditions_that_a_write_does_not_have(
    server: Server,
    s3: Any,
    bucket: str,
    headers: dict[str, str],
    named: str,
    more: str | None,
    source: str | None,
) -> None:
    """test_put_object_if_match_validation, test_put_object_if_none_match_validation,
    test_put_object_if_match_and_if_none_match_validation,
    test_copy_object_precondition_write_validation.
    """
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_object(Bucket=bucket, Key="from", Body=b"after")
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if source is not None:
        sent.append((b"x-amz-copy-source", f"{bucket}/{source}".encode()))
    found = ask(server, "PUT", f"/{bucket}/k", b"", headers=sent)
    assert (found.status, found.code) == (501, "NotImplemented")
    assert (found.field("Message"), found.field("Header")) == (_NOT_IMPLEMENTED, named)
    assert found.field("additionalMessage") == (more and more.format(named))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"before"


@pytest.mark.parametrize("name", ["If-None-Match", "If-Modified-Since", "If-Unmodified-Since"])
@pytest.mark.parametrize("query", ["", "?tagging"])
def test_conditions_that_a_delete_does_not_have(
    server: Server, s3: Any, bucket: str, name: str, query: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    found = ask(server, "DELETE", f"/{bucket}/k{query}", headers=[(name.lower().encode(), b"*")])
    assert (found.status, found.code, found.field("Header")) == (501, "NotImplemented", name)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"before"


def test_a_copy_has_no_range(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    sent = [
        (b"x-amz-copy-source", f"{bucket}/k".encode()),
        (b"x-amz-copy-source-range", b"bytes=0-3"),
    ]
    found = ask(server, "PUT", f"/{bucket}/to", headers=sent)
    assert (found.status, found.field("Header")) == (501, "x-amz-copy-source-range")


@pytest.mark.parametrize("tag", ["*", '"x"'])
def test_a_conditional_delete_of_what_is_not_there(s3: Any, bucket: str, tag: str) -> None:
    """Measured against S3: ministack issue 1475, pull request 1458."""
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=bucket, Key="none", IfMatch=tag)
    objects = [{"Key": "none", "ETag": tag}]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [error["Code"] for error in done["Errors"]] == ["NoSuchKey"]
