"""User metadata beyond US-ASCII, however it is sent; and system metadata, which is another matter.

Source: User Guide, "Working with object metadata"; recordings of S3 of February
2026 in LocalStack's test_s3.snapshot.json, named below.
"""

from email.header import decode_header, make_header
from typing import Any

import pytest
from botocore.handlers import validate_ascii_metadata

from tests.gateway.forms import post, signed
from tests.gateway.server.wire import ask
from tests.serving import Server

_TEXT = "ÄMÄZÕÑ S3"
_WORD = "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="


def _meta(server: Server, target: str) -> bytes | None:
    found = ask(server, "HEAD", target)
    assert found.status == 200
    return found.header("x-amz-meta-a")


@pytest.mark.parametrize(
    "value", [_TEXT.encode(), _TEXT.encode("latin-1"), _WORD.encode()], ids=str
)
def test_a_header_in_utf_8_in_iso_8859_1_or_in_words(
    server: Server, bucket: str, value: bytes
) -> None:
    """test_user_metadata_rfc2047_encoded; that raw UTF-8 comes back: botocore pull request 3536."""
    target = f"/{bucket}/k"
    assert ask(server, "PUT", target, headers=[(b"x-amz-meta-a", value)]).status == 200
    assert _meta(server, target) == _WORD.encode()


def test_boto3_without_its_own_check(server: Server, bucket: str) -> None:
    s3 = server.client()
    s3.meta.events.unregister("before-parameter-build.s3.PutObject", validate_ascii_metadata)
    long = "naïve " * 60
    s3.put_object(Bucket=bucket, Key="k", Metadata={"a": "日本", "b": long})
    kept = s3.head_object(Bucket=bucket, Key="k")["Metadata"]
    assert kept["a"] == "=?UTF-8?B?5pel5pys?="
    assert str(make_header(decode_header(kept["b"]))) == long.strip()


def test_a_presigned_url(server: Server, bucket: str) -> None:
    """test_put_unicode_metadata_with_sig_s3."""
    target = f"/{bucket}/k"
    query = "x-amz-meta-a=%C3%84M%C3%84Z%C3%95%C3%91%20S3"
    assert ask(server, "PUT", f"{target}?{query}").status == 200
    assert _meta(server, target) == _WORD.encode()


def test_a_form(server: Server, s3: Any, bucket: str) -> None:
    """test_post_object_with_unicode_metadata: its fields are text, words among them too."""
    fields = {
        "x-amz-meta-nonascii": _TEXT,
        "x-amz-meta-q-encoded": "=?UTF-8?Q?actually-ascii?=",
        "x-amz-meta-utf-8": "\x00\x01\x02\x03\x04",
        "Content-Disposition": 'filename="test_—_file%E2%80%94_é_2-.pdf"',
        "Cache-Control": "non-ascii-%E2%80%94_—_é_",
    }
    assert post(server, bucket, signed(bucket, "k", fields)).status == 204
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["Metadata"] == {
        "nonascii": _WORD,
        "q-encoded": "=?UTF-8?Q?actually-ascii?=",
        "utf-8": "=?UTF-8?B?AAECAwQ=?=",
    }
    assert head["ContentDisposition"] == 'filename="test_ _file%E2%80%94_é_2-.pdf"'
    assert head["CacheControl"] == "non-ascii-%E2%80%94_ _é_"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_system_metadata_comes_back_byte_by_byte(
    server: Server, bucket: str, encoding: str
) -> None:
    """test_system_metadata_with_unicode."""
    target, value = f"/{bucket}/k", _TEXT.encode(encoding)
    assert ask(server, "PUT", target, headers=[(b"cache-control", value)]).status == 200
    assert ask(server, "HEAD", target).header("cache-control") == value


def test_a_copy_keeps_the_text(server: Server, s3: Any, bucket: str) -> None:
    target = f"/{bucket}/k"
    assert ask(server, "PUT", target, headers=[(b"x-amz-meta-a", _TEXT.encode())]).status == 200
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert _meta(server, f"/{bucket}/copy") == _WORD.encode()


def test_the_limit_counts_the_text(server: Server, bucket: str) -> None:
    """User Guide: the bytes of the UTF-8 encoding of each key and value."""
    for size, status in ((682, 200), (683, 400)):  # three bytes each, and one for the name
        value = ("—" * size).encode()
        found = ask(server, "PUT", f"/{bucket}/k", headers=[(b"x-amz-meta-a", value)])
        assert found.status == status
    assert found.code == "MetadataTooLarge"
