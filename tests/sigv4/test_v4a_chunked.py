"""aws-chunked bodies whose chunks and trailers are signed by ECDSA."""

import re

import pytest
from hypothesis import settings

from sigv4 import (
    ECDSA_SHA256,
    Request,
    SigError,
    Signer,
)
from sigv4.v4a import PADDED_DIGITS, pad, unpad
from tests.sigv4.signing import (
    KEYS,
    SIGNED_4A,
    SIGNED_4A_TRAILER,
    SIGNER_4A,
    accept,
    body_refusal,
    by_header,
    run_body,
    streaming,
    upload,
)

MISMATCH = ("SignatureDoesNotMatch", 403)
BIG = bytes(range(256)) * 40
CRC: tuple[str, str] = ("x-amz-checksum-crc32", "DUoRhQ==")
FEW = settings(max_examples=150, deadline=None)


def signed(**changes: object) -> Request:
    return by_header(signer=SIGNER_4A, **changes)  # type: ignore[arg-type]  # by_header's own


def in_regions(region_set: str) -> Signer:
    return Signer(KEYS, region_set, algorithm=ECDSA_SHA256)


@pytest.mark.parametrize("mode", [SIGNED_4A, SIGNED_4A_TRAILER])
def test_the_encoder_makes_what_the_decoder_takes(mode: bytes) -> None:
    trailers = None if mode == SIGNED_4A else [CRC]
    request, pieces = streaming(mode, [BIG, BIG, b"end"], trailers)
    assert upload(request, b"".join(pieces)) == (BIG + BIG + b"end", dict(trailers or ()))
    assert all(
        len(piece.partition(b"=")[2].partition(b"\r\n")[0]) == PADDED_DIGITS for piece in pieces[:4]
    )


def test_signatures_without_their_padding_are_taken_too() -> None:
    request, pieces = streaming(SIGNED_4A_TRAILER, [BIG], [CRC])
    wire = re.sub(rb"\*+\r\n", b"\r\n", b"".join(pieces))
    assert upload(request, wire) == (BIG, dict([CRC]))


def test_a_signature_is_padded_in_full_or_not_at_all() -> None:
    assert unpad(pad(b"ab")) == b"ab"
    assert unpad(b"ab**") == b"ab**"
    assert pad(b"a" * PADDED_DIGITS) == b"a" * PADDED_DIGITS
    request, pieces = streaming(SIGNED_4A, [b"x" * number for number in [8192] * 8])
    wire = b"".join(pieces)
    assert b"*\r\n" in wire, "of nine signatures none is shorter than the longest"
    assert body_refusal(request, wire.replace(b"*\r\n", b"\r\n", 1)).code == MISMATCH[0]
    assert body_refusal(request, wire.replace(b"*\r\n", b"**\r\n", 1)).code == MISMATCH[0]


def test_cut_in_two_at_every_byte_it_says_the_same() -> None:
    request, pieces = streaming(SIGNED_4A_TRAILER, [b"hello world"], [CRC])
    verified, wire = accept(request), b"".join(pieces)
    for cut in range(len(wire) + 1):
        found = run_body(verified.body(), [wire[:cut], wire[cut:]])
        assert found == (b"hello world", dict([CRC]))
    for cut in range(len(wire) - 2):
        with pytest.raises(SigError):
            run_body(verified.body(), [wire[:cut]])


def test_no_byte_of_a_chunked_body_can_be_changed() -> None:
    """But the case of a size or a name, and what follows the end."""
    request, pieces = streaming(SIGNED_4A_TRAILER, [b"hello world"], [CRC])
    verified, wire = accept(request), b"".join(pieces)
    for position in range(len(wire) - 2):
        for flip in (1, 0x20, 0x80):
            changed = bytearray(wire)
            changed[position] ^= flip
            if bytes(changed).lower() == wire.lower() and wire[position : position + 1].isalpha():
                before = wire[:position].rpartition(b"\r\n")[2]
                if b"=" not in before and b":" not in before:
                    continue
            try:
                found = run_body(verified.body(), [bytes(changed)])
            except SigError as error:
                refused_with = error.status
            else:
                pytest.fail(f"{bytes(changed)!r} was taken for {found!r}")
            assert refused_with in (400, 403)


def test_a_chunks_refusal_shows_what_was_signed() -> None:
    request, pieces = streaming(SIGNED_4A, [b"hello"])
    error = body_refusal(request, b"".join(pieces).replace(b"hello", b"hellO"))
    fields = dict(error.fields)
    assert error.code == MISMATCH[0]
    assert fields["StringToSign"].startswith("AWS4-ECDSA-P256-SHA256-PAYLOAD\n20260821T101112Z\n")
    assert fields["CanonicalRequest"].startswith("PUT\n/bkt/key\n")  # of the request: recorded


def test_chunks_of_one_request_do_not_fit_another() -> None:
    one, _ = streaming(SIGNED_4A, [BIG])
    _, pieces = streaming(SIGNED_4A, [BIG, b"other"])
    assert body_refusal(one, b"".join(pieces)).code == MISMATCH[0]
