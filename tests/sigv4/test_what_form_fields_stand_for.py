"""What the fields of a form stand for: the key, the file's name, the object's headers."""

import pytest

from sigv4 import Credentials, FormFile, Signer
from tests.sigv4.forms import (
    ARGUMENT,
    BUCKET,
    CONTENT,
    DENIED,
    LATER,
    accept,
    refused,
    resigned,
    signed,
    upload,
)
from tests.sigv4.signing import KEYS, REGION


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("f.txt", "user/f.txt"),
        ("C:\\Program Files\\d\\f.txt", "user/f.txt"),
        ("a/b/f.txt", "user/f.txt"),
        ("..", "user/.."),
        ("", "user/"),
        ("ä b.txt", "user/ä b.txt"),
        ("${filename}", "user/${filename}"),
        (None, "user/${filename}"),  # recorded on S3: without a name nothing is replaced
    ],
)
def test_the_files_name_is_put_where_it_is_asked_for(filename: str | None, key: str) -> None:
    fields = signed(
        {"x-amz-meta-name": "${filename}-${filename}"},
        [["starts-with", "$x-amz-meta-name", ""]],
        key="user/${filename}",
    )
    payload = accept(fields, filename=filename).payload
    assert isinstance(payload, FormFile)
    assert payload.fields["key"] == key
    name = key.removeprefix("user/")
    assert payload.fields["x-amz-meta-name"] == f"{name}-{name}"


def test_in_fields_of_the_signature_nothing_is_replaced() -> None:
    """What is signed is what was sent."""
    credentials = Credentials(KEYS.access_key, KEYS.secret_key, "a${filename}")
    fields = signed(signer=Signer(credentials, REGION))
    payload = accept(fields).payload
    assert isinstance(payload, FormFile)
    assert payload.fields["x-amz-security-token"] == "a${filename}"


def test_conditions_see_the_name_in_its_place() -> None:
    fields = signed(key="user/${filename}")
    signing = [name for name in fields if name.startswith("x-amz-") and "signature" not in name]
    conditions = [{"bucket": BUCKET}, ["eq", "$key", "user/f.txt"]]
    conditions += [["starts-with", f"${name}", ""] for name in signing]
    form = resigned({"expiration": LATER, "conditions": conditions}, fields)
    assert upload(form) == CONTENT
    assert refused(form, filename="g.txt") == DENIED


def test_headers_are_those_of_the_object() -> None:
    given = {
        "acl": "private",
        "Content-Type": " text/plain ",
        "Cache-Control": "no-cache",
        "Expires": "Fri, 21 Aug 2026 11:11:12 GMT",
        "Content-Disposition": 'attachment; filename="ä"',
        "x-amz-meta-A": "ü",
        "x-amz-storage-class": "STANDARD",
        "success_action_status": "201",
        "if-match": "*",
        "tagging": "<Tagging/>",
        "host": "evil",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-meta-b": "\x00",
        "x-amz-copy-source": "/other/key",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    verified = accept(signed(given, [["starts-with", f"${name}", ""] for name in given]))
    assert verified.headers == {
        b"x-amz-acl": b"private",
        b"content-type": b"text/plain",
        b"cache-control": b"no-cache",
        b"expires": b"Fri, 21 Aug 2026 11:11:12 GMT",
        b"content-disposition": 'attachment; filename="ä"'.encode(),
        b"x-amz-meta-a": "ü".encode(),
        b"x-amz-meta-b": b"\x00",
        b"x-amz-storage-class": b"STANDARD",
    }
    assert verified.signed_headers == verified.headers.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-meta-a", "a\r\nSet-Cookie: b"),
        ("content-type", "a\nb"),
        ("content-type", "\x00"),
        ("x-amz-meta-a b", "a"),
        ("x-amz-meta-ä", "a"),
        ("x-amz-meta-a:", "a"),
    ],
)
def test_what_no_header_can_have_is_refused(name: str, value: str) -> None:
    assert refused(signed({name: value}, [["starts-with", f"${name}", ""]])) == ARGUMENT
    assert refused({"key": "a", name: value}) == ARGUMENT


def test_an_acl_has_one_name() -> None:
    assert refused({"key": "a", "acl": "private", "x-amz-acl": "public-read"}) == ARGUMENT


def test_a_key_may_have_any_character() -> None:
    assert upload(signed(key="a\r\n\0ä/../b")) == CONTENT
