"""Trailers of aws-chunked bodies: what S3 was recorded to take and to refuse."""

import hashlib

import pytest

from sigv4.chunked import (
    JUNK_BYTES_MAX,
    TRAILER_BYTES_MAX,
)
from tests.sigv4.chunks import CRC, TEXT, unsigned, why_not
from tests.sigv4.signing import (
    SIGNED,
    SIGNED_4A_TRAILER,
    SIGNED_TRAILER,
    body_refusal,
    by_header,
    streaming,
    upload,
)


@pytest.mark.parametrize(
    ("tail", "trailers"),
    [
        pytest.param(b"x-amz-checksum-crc32:DUoRhQ==\r\n\r\n", {CRC}, id="the plain form"),
        pytest.param(b"x-amz-checksum-crc32: DUoRhQ== \r\n\r\n", {CRC}, id="white space around"),
        pytest.param(b"X-Amz-Checksum-CRC32:DUoRhQ==\r\n\r\n", {CRC}, id="a name in capitals"),
        pytest.param(b"x-amz-checksum-crc32:DUoRhQ==\n\r\n\r\n", {CRC}, id="minio-go's LF CRLF"),
        pytest.param(
            b"x-amz-checksum-crc32:DUoRhQ==\n\r\n\r\n\r\n\r\n", {CRC}, id="and more lines"
        ),
        pytest.param(b"x-amz-checksum-crc32:DUoRhQ==\r\n", {CRC}, id="no blank line"),
        pytest.param(b"x-amz-checksum-crc32:DUoRhQ==\r\n\r\na:b\r\n", {CRC}, id="more after it"),
        pytest.param(
            b"x-amz-checksum-crc32:DUoRhQ==\r\nx-amz-trailer-signature:00\r\n\r\n",
            {CRC},
            id="a needless signature",
        ),
    ],
)
def test_trailers_are_read(tail: bytes, trailers: set[tuple[str, str]]) -> None:
    wire = b"b\r\nhello world\r\n0\r\n" + tail
    assert unsigned(wire, trailers=(CRC[0],)) == (TEXT, dict(trailers))


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        pytest.param(b"\r\n", "MalformedTrailerError", id="announced and not sent"),
        pytest.param(b"", "MalformedTrailerError", id="announced and not even a blank line"),
        pytest.param(
            b"\r\n" + b"x-amz-checksum-crc32:A\r\n", "MalformedTrailerError", id="too late"
        ),
        pytest.param(b"x-amz-checksum-sha1:A\r\n\r\n", "MalformedTrailerError", id="another"),
        pytest.param(
            b"x-amz-checksum-crc32:A\r\na:b\r\n\r\n", "MalformedTrailerError", id="one more"
        ),
        pytest.param(
            b"x-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:A\r\n\r\n",
            "MalformedTrailerError",
            id="the same twice",
        ),
        pytest.param(b"x-amz-checksum-crc32\r\n\r\n", "MalformedTrailerError", id="no colon"),
        pytest.param(b":A\r\n\r\n", "MalformedTrailerError", id="no name"),
        pytest.param(b"x-amz-checksum-crc32:\xff\r\n\r\n", "MalformedTrailerError", id="no ASCII"),
        pytest.param(
            b"x-amz-checksum-crc32:A\nb:c\r\n\r\n", "MalformedTrailerError", id="LF within"
        ),
        pytest.param(b"x-amz-checksum-crc32:A", "IncompleteBody", id="cut in a line"),
        pytest.param(b"x-amz-checksum-crc32:A\n", "IncompleteBody", id="LF alone"),
        pytest.param(b"x-amz-checksum-crc32:A\r", "IncompleteBody", id="CR alone"),
        pytest.param(
            b"x-amz-checksum-crc32:" + b"A" * TRAILER_BYTES_MAX + b"\r\n\r\n",
            "MalformedTrailerError",
            id="too long",
        ),
        pytest.param(
            b"\r\n" + b"a" * (TRAILER_BYTES_MAX + JUNK_BYTES_MAX),
            "MalformedTrailerError",
            id="junk without end",
        ),
    ],
)
def test_trailers_are_refused(tail: bytes, code: str) -> None:
    assert why_not(b"b\r\nhello world\r\n0\r\n" + tail, trailers=(CRC[0],)) == code


def test_a_trailer_nobody_announced_is_refused() -> None:
    wire = b"b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:A\r\n\r\n"
    assert why_not(wire) == "MalformedTrailerError"


def test_trailers_are_read_from_before_much_junk() -> None:
    wire = b"b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n" + b"x" * 20_000
    assert unsigned(wire, trailers=(CRC[0],)) == (TEXT, dict([CRC]))


def test_minio_go_ends_a_signed_trailer_with_lf_crlf() -> None:
    request, pieces = streaming(SIGNED_TRAILER, [TEXT], [CRC])
    wire = b"".join(pieces).replace(b"DUoRhQ==\r\n", b"DUoRhQ==\n\r\n") + b"\r\n"
    assert upload(request, wire) == (TEXT, dict([CRC]))


def test_trailers_announced_for_a_body_that_has_none_are_missed() -> None:
    request, pieces = streaming(SIGNED, [TEXT], announced=CRC[0])
    assert body_refusal(request, b"".join(pieces)).code == "MalformedTrailerError"
    for payload in (hashlib.sha256(TEXT).hexdigest().encode(), b"UNSIGNED-PAYLOAD"):
        plain = by_header("PUT", headers=[(b"x-amz-trailer", CRC[0].encode())], payload=payload)
        assert body_refusal(plain, TEXT).code == "MalformedTrailerError"


@pytest.mark.parametrize("mode", [SIGNED_TRAILER, SIGNED_4A_TRAILER])
def test_of_too_little_content_and_no_trailers_signature_the_latter_is_told(mode: bytes) -> None:
    """As it was recorded on S3; with the signature, the number of bytes is."""
    request, pieces = streaming(mode, [b"hello"], [], length=6)
    error = body_refusal(request, b"".join(pieces))
    assert (error.code, dict(error.fields)) == (
        "IncompleteBody",
        {"NumberBytesExpected": "6", "NumberBytesProvided": "5"},
    )
    without = b"".join(pieces).partition(b"x-amz-trailer-signature")[0] + b"\r\n"
    error = body_refusal(request, without)
    assert (error.code, error.fields) == ("IncompleteBody", ())
