"""Signed aws-chunked bodies: what S3 was recorded to take and to refuse."""

import re

import pytest

from sigv4 import SigError
from tests.sigv4.chunks import BIG, CRC, MISMATCH, TEXT
from tests.sigv4.signing import (
    SIGNED,
    SIGNED_4A,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    accept,
    body_refusal,
    run_body,
    streaming,
    upload,
)


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_the_encoder_makes_what_the_decoder_takes(mode: bytes) -> None:
    trailers = None if mode == SIGNED else [CRC]
    request, pieces = streaming(mode, [BIG, BIG, TEXT], trailers)
    assert upload(request, b"".join(pieces)) == (BIG + BIG + TEXT, dict(trailers or ()))


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        pytest.param(rb";chunk", b" ; chunk", id="spaces around the semicolon"),
        pytest.param(rb"signature=", b"signature = ", id="spaces around the equals sign"),
        pytest.param(rb"\r\n\r\n\Z", b"\r\n", id="no blank line at the end"),
        pytest.param(rb"\Z", b"whatever", id="junk after the end"),
    ],
)
def test_quirks_that_s3_takes_of_a_signed_body(pattern: bytes, replacement: bytes) -> None:
    request, pieces = streaming(SIGNED, [TEXT])
    assert upload(request, re.sub(pattern, replacement, b"".join(pieces))) == (TEXT, {})


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_4A])
def test_a_signed_body_without_trailers_that_is_too_short_names_both_counts(mode: bytes) -> None:
    """Each of its signatures is right: somebody left out chunks and said so."""
    request, pieces = streaming(mode, [b"hello"], length=6)
    error = body_refusal(request, b"".join(pieces))
    assert error.code == "IncompleteBody"
    assert error.fields == (("NumberBytesExpected", "6"), ("NumberBytesProvided", "5"))


@pytest.mark.parametrize(
    ("pattern", "replacement", "code"),
    [
        pytest.param(rb"hello", b"hellO", MISMATCH, id="other data"),
        pytest.param(rb"=[0-9a-f]", b"=g", MISMATCH, id="another signature"),
        pytest.param(rb"=([0-9a-f]+)", rb"=\g<1>0", MISMATCH, id="a longer signature"),
        pytest.param(rb"=([0-9a-f]+)", rb"=\g<1>" + b"*" * 80, MISMATCH, id="the padding of 4A's"),
        pytest.param(rb"(?<==)([0-9a-f]{64})", lambda m: m[1].upper(), MISMATCH, id="capitals"),
        pytest.param(rb"chunk-", b"x=y;chunk-", MISMATCH, id="an extension before"),
        pytest.param(rb"([0-9a-f]{64})", rb"\g<1>;x=y", "IncompleteBody", id="an extension after"),
        pytest.param(rb";chunk-signature=[0-9a-f]+", b"", "IncompleteBody", id="no signature"),
        pytest.param(rb"=[0-9a-f]+", b"=", "IncompleteBody", id="a blank signature"),
        pytest.param(rb"\r\n0;.*", b"\r\n", "IncompleteBody", id="no last chunk"),
        pytest.param(rb"\r\n\r\n\Z", b"\r\n\r", "IncompleteBody", id="a lone CR at the end"),
    ],
)
def test_a_signed_body_that_was_changed(pattern: bytes, replacement: bytes, code: str) -> None:
    request, pieces = streaming(SIGNED, [TEXT])
    wire = re.sub(pattern, replacement, b"".join(pieces), flags=re.DOTALL)
    error = body_refusal(request, wire)
    assert error.code == code
    if code == MISMATCH:
        fields = dict(error.fields)
        assert fields["StringToSign"].startswith("AWS4-HMAC-SHA256-PAYLOAD\n")
        assert fields["CanonicalRequest"].startswith("PUT\n/bkt/key\n")  # of the request: recorded


@pytest.mark.parametrize(
    ("pattern", "replacement", "code"),
    [
        pytest.param(rb"DUoR", b"DUoS", MISMATCH, id="another value"),
        pytest.param(rb"(trailer-signature:)[0-9a-f]{64}", rb"\g<1>00", MISMATCH, id="forged"),
        pytest.param(rb"x-amz-trailer-signature:.*", b"", "IncompleteBody", id="unsigned"),
        pytest.param(rb"x-amz-checksum.*?\r\n", b"", "MalformedTrailerError", id="left out"),
    ],
)
def test_a_signed_trailer_that_was_changed(pattern: bytes, replacement: bytes, code: str) -> None:
    request, pieces = streaming(SIGNED_TRAILER, [TEXT], [CRC])
    wire = re.sub(pattern, replacement, b"".join(pieces), flags=re.DOTALL)
    assert body_refusal(request, wire).code == code


@pytest.mark.parametrize("size", [1, 8191])
def test_only_the_last_signed_chunk_may_be_small(size: int) -> None:
    request, pieces = streaming(SIGNED, [BIG, bytes(size), TEXT])
    error = body_refusal(request, b"".join(pieces))
    assert (error.code, error.status) == ("InvalidChunkSizeError", 403)
    assert error.fields == (("Chunk", "3"), ("BadChunkSize", str(size)))


def test_a_chunk_of_the_least_size_is_no_small_one() -> None:
    """S3 API Reference, "Transferring Payload in Multiple Chunks": at least 8 KB."""
    request, pieces = streaming(SIGNED, [bytes(8192), TEXT])
    assert upload(request, b"".join(pieces))[0] == bytes(8192) + TEXT


@pytest.mark.parametrize("mode", [SIGNED, UNSIGNED_TRAILER])
def test_an_empty_body_is_a_zero_chunk(mode: bytes) -> None:
    request, pieces = streaming(mode, [], None if mode == SIGNED else [])
    assert upload(request, b"".join(pieces)) == (b"", {})


def test_after_a_refusal_nothing_more_is_taken() -> None:
    request, pieces = streaming(SIGNED, [TEXT])
    wire = b"".join(pieces)
    body = accept(request).body()
    with pytest.raises(SigError, match=MISMATCH):
        body.feed(wire.replace(b"hello", b"hellO"))
    with pytest.raises(SigError, match="IncompleteBody"):
        body.feed(wire)
    with pytest.raises(SigError, match="IncompleteBody"):
        body.finish()


def test_each_reader_of_a_request_begins_anew() -> None:
    request, pieces = streaming(SIGNED, [BIG, TEXT])
    verified = accept(request)
    assert run_body(verified.body(), pieces) == run_body(verified.body(), pieces)
