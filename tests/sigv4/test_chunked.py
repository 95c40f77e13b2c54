"""aws-chunked, rule by rule: what S3 was recorded to take and to refuse."""

import hashlib
import re
import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import Chunked, SigError
from sigv4.chunked import (
    CHUNK_BYTES_MIN,
    JUNK_BYTES_MAX,
    LINE_BYTES_MAX,
    TRAILER_BYTES_MAX,
    ChunkedBody,
    ExactBody,
    UnsignedBody,
)
from tests.sigv4.signing import (
    SIGNED,
    SIGNED_4A,
    SIGNED_4A_TRAILER,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    accept,
    body_refusal,
    by_header,
    run_body,
    streaming,
    upload,
)

CRC: tuple[str, str] = ("x-amz-checksum-crc32", "DUoRhQ==")  # of "hello world"
TEXT = b"hello world"
BIG = bytes(range(256)) * 40  # 10,240 bytes


def unsigned(
    wire: bytes, *, length: int = len(TEXT), trailers: tuple[str, ...] = ()
) -> tuple[bytes, dict[str, str]]:
    return run_body(ChunkedBody(Chunked(False, True, length, trailers), None), [wire])


def why_not(wire: bytes, *, length: int = len(TEXT), trailers: tuple[str, ...] = ()) -> str:
    with pytest.raises(SigError) as caught:
        unsigned(wire, length=length, trailers=trailers)
    return caught.value.code


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"b\r\nhello world\r\n0\r\n\r\n", id="the plain form"),
        pytest.param(b"B\r\nhello world\r\n0\r\n\r\n", id="upper-case digits"),
        pytest.param(b"0000000000000000000b\r\nhello world\r\n0\r\n\r\n", id="leading zeros"),
        pytest.param(b"b\r\nhello world\r\n0000\r\n\r\n", id="several zeros at the end"),
        pytest.param(b"b\r\nhello world\r\n0\r\n", id="no blank line at the end"),
        pytest.param(b"b\r\nhello world\r\n0\r\n\r\njunk", id="junk after the blank line"),
        pytest.param(
            b"b;chunk-signature=00\r\nhello world\r\n0\r\n\r\n", id="a needless signature"
        ),
        pytest.param(b"b ; a = b\r\nhello world\r\n0\r\n\r\n", id="any extension"),
    ],
)
def test_an_unsigned_body_is_taken_apart(wire: bytes) -> None:
    assert unsigned(wire) == (TEXT, {})


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"b\r\nhello world\r\n", id="no zero chunk"),
        pytest.param(b"b\r\nhello wor", id="cut in a chunk"),
        pytest.param(b"b\r\nhello world\r\n0", id="cut in the last header"),
        pytest.param(b"b\r\nhello world\r\n0\r\n\r", id="a lone CR at the end"),
        pytest.param(b"b\nhello world\n0\n\n", id="LF alone"),
        pytest.param(b"b\r\nhello world0\r\n\r\n", id="no line end after the data"),
        pytest.param(b"b\r\nhello worldxx0\r\n\r\n", id="other bytes for the line end"),
        pytest.param(b"b\r\nhello world!\r\n0\r\n\r\n", id="more data than the size says"),
        pytest.param(b"a\r\nhello world\r\n0\r\n\r\n", id="less size than data"),
        pytest.param(b"-b\r\nhello world\r\n0\r\n\r\n", id="a negative size"),
        pytest.param(b"+b\r\nhello world\r\n0\r\n\r\n", id="a signed size"),
        pytest.param(b"0xb\r\nhello world\r\n0\r\n\r\n", id="a prefixed size"),
        pytest.param(b"1_1\r\nhello world\r\n0\r\n\r\n", id="Python's underscore"),
        pytest.param(b"\r\nhello world\r\n0\r\n\r\n", id="no size"),
        pytest.param(b" b\r\nhello world\r\n0\r\n\r\n", id="a leading space"),
        pytest.param(b"g\r\nhello world\r\n0\r\n\r\n", id="no digit"),
        pytest.param("１１\r\nhello world\r\n0\r\n\r\n".encode(), id="digits of another script"),
        pytest.param(b"1" * 17 + b"\r\nhello world\r\n0\r\n\r\n", id="a size beyond 64 bits"),
        pytest.param(b"c\r\nhello world!\r\n0\r\n\r\n", id="more than the decoded length"),
        pytest.param(b"5\r\nhello\r\n0\r\n\r\n", id="less than the decoded length"),
        pytest.param(b"b;" + b"a" * LINE_BYTES_MAX + b"\r\nhello world\r\n0\r\n", id="a long line"),
        pytest.param(b"0" * LINE_BYTES_MAX, id="a line without end"),
    ],
)
def test_a_malformed_body_is_incomplete(wire: bytes) -> None:
    assert why_not(wire) == "IncompleteBody"


# Limits of ours, which S3 does not publish: written as numbers, so that none changes unseen.


def test_a_line_without_end_is_not_kept() -> None:
    body = ChunkedBody(Chunked(False, True, 1, ()), None)
    body.feed(b"0" * 4095)
    with pytest.raises(SigError, match="IncompleteBody"):
        body.feed(b"0")


def test_junk_without_end_is_not_drained_for_ever() -> None:
    body = ChunkedBody(Chunked(False, True, 0, ()), None)
    body.feed(b"0\r\n\r\n" + bytes(8192 + 65_536 - 2))
    with pytest.raises(SigError, match="MalformedTrailerError"):
        body.feed(b"x")


def test_a_line_has_at_most_four_kib() -> None:
    after = b"hello world\r\n0\r\n\r\n"
    line = b"b;" + b"a" * 4092 + b"\r\n"
    assert len(line) == 4096
    assert unsigned(line + after) == (TEXT, {})
    assert why_not(b"0" + line + after) == "IncompleteBody"


def test_trailers_have_at_most_eight_kib() -> None:
    tail = b"x-amz-checksum-crc32:" + b"A" * (8192 - 25) + b"\r\n\r\n"
    assert len(tail) == 8192
    head = b"b\r\nhello world\r\n0\r\n"
    _, trailers = unsigned(head + tail, trailers=(CRC[0],))
    assert trailers == {CRC[0]: "A" * (8192 - 25)}
    longer = tail.replace(b":", b": ")
    assert why_not(head + longer, trailers=(CRC[0],)) == "MalformedTrailerError"


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"\r\n", id="a line that says nothing"),
        pytest.param(b"b\r\nhello worldxx", id="other bytes for the line end"),
    ],
)
def test_what_is_wrong_is_refused_when_it_arrives(wire: bytes) -> None:
    """And not when the rest has come, which may be much and late."""
    body = ChunkedBody(Chunked(False, True, 11, ()), None)
    with pytest.raises(SigError, match="IncompleteBody"):
        body.feed(wire)


def test_no_piece_is_empty() -> None:
    """One would end what reads pieces until there is nothing left."""
    body = ChunkedBody(Chunked(False, True, 11, ()), None)
    wire = b"b\r\nhello world\r\n0\r\n\r\n"
    pieces = [bytes(piece) for byte in wire for piece in body.feed(bytes([byte]))]
    assert pieces == [bytes([byte]) for byte in TEXT]


def test_a_wrong_length_names_both_counts() -> None:
    with pytest.raises(SigError) as caught:
        unsigned(b"4\r\nhell\r\n0\r\n\r\n7\r\no world\r\n0\r\n\r\n")
    assert caught.value.fields == (("NumberBytesExpected", "11"), ("NumberBytesProvided", "4"))


def test_more_than_was_announced_is_refused_before_it_is_passed_on() -> None:
    body = ChunkedBody(Chunked(False, True, 10, ()), None)
    with pytest.raises(SigError, match="IncompleteBody"):
        body.feed(b"fffffffffff\r\n")


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


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_the_encoder_makes_what_the_decoder_takes(mode: bytes) -> None:
    trailers = None if mode == SIGNED else [CRC]
    request, pieces = streaming(mode, [BIG, BIG, TEXT], trailers)
    assert upload(request, b"".join(pieces)) == (BIG + BIG + TEXT, dict(trailers or ()))


def test_minio_go_ends_a_signed_trailer_with_lf_crlf() -> None:
    request, pieces = streaming(SIGNED_TRAILER, [TEXT], [CRC])
    wire = b"".join(pieces).replace(b"DUoRhQ==\r\n", b"DUoRhQ==\n\r\n") + b"\r\n"
    assert upload(request, wire) == (TEXT, dict([CRC]))


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


MISMATCH = "SignatureDoesNotMatch"


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


def test_only_the_last_unsigned_chunk_may_be_small() -> None:
    """As S3 says to the SDKs for C++ (issue 3132 there) and JavaScript (issue 6949)."""
    small = b"6\r\nhello \r\n"
    assert why_not(small + b"5\r\nworld\r\n0\r\n\r\n") == "InvalidChunkSizeError"
    large = b"2000\r\n" + bytes(CHUNK_BYTES_MIN) + b"\r\n"
    wire = large + large + small + b"0\r\n\r\n"
    length = 2 * CHUNK_BYTES_MIN + 6
    assert unsigned(wire, length=length)[0] == bytes(2 * CHUNK_BYTES_MIN) + b"hello "


def test_a_chunk_of_the_least_size_is_no_small_one() -> None:
    """S3 API Reference, "Transferring Payload in Multiple Chunks": at least 8 KB."""
    request, pieces = streaming(SIGNED, [bytes(8192), TEXT])
    assert upload(request, b"".join(pieces))[0] == bytes(8192) + TEXT


@pytest.mark.parametrize("mode", [SIGNED, UNSIGNED_TRAILER])
def test_an_empty_body_is_a_zero_chunk(mode: bytes) -> None:
    request, pieces = streaming(mode, [], None if mode == SIGNED else [])
    assert upload(request, b"".join(pieces)) == (b"", {})


def test_trailers_announced_for_a_body_that_has_none_are_missed() -> None:
    request, pieces = streaming(SIGNED, [TEXT], announced=CRC[0])
    assert body_refusal(request, b"".join(pieces)).code == "MalformedTrailerError"
    for payload in (hashlib.sha256(TEXT).hexdigest().encode(), b"UNSIGNED-PAYLOAD"):
        plain = by_header("PUT", headers=[(b"x-amz-trailer", CRC[0].encode())], payload=payload)
        assert body_refusal(plain, TEXT).code == "MalformedTrailerError"


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


# However it is cut


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_cut_in_two_at_every_byte_it_says_the_same(mode: bytes) -> None:
    trailers = None if mode == SIGNED else [CRC]
    request, pieces = streaming(mode, [TEXT], trailers)
    verified, wire = accept(request), b"".join(pieces)
    for cut in range(len(wire) + 1):
        found = run_body(verified.body(), [wire[:cut], wire[cut:]])
        assert found == (TEXT, dict(trailers or ()))
    for cut in range(len(wire) - 2):
        with pytest.raises(SigError):
            run_body(verified.body(), [wire[:cut]])


@settings(max_examples=150, deadline=None)
@given(
    mode=st.sampled_from([SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]),
    sizes=st.lists(st.integers(CHUNK_BYTES_MIN, CHUNK_BYTES_MIN + 300), max_size=3),
    last=st.binary(max_size=50),
    cuts=st.lists(st.integers(0, 40_000), max_size=12),
    kind=st.sampled_from([bytes, bytearray, memoryview]),
)
def test_cut_anywhere_in_any_buffer_it_says_the_same(
    mode: bytes, sizes: list[int], last: bytes, cuts: list[int], kind: type
) -> None:
    chunks = [
        *(bytes([index]) * size for index, size in enumerate(sizes)),
        *([last] if last else []),
    ]
    trailers = None if mode == SIGNED else [CRC]
    request, pieces = streaming(mode, chunks, trailers)
    wire = b"".join(pieces)
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    parts = [kind(wire[start:end]) for start, end in pairwise(edges)]
    assert run_body(accept(request).body(), parts) == (b"".join(chunks), dict(trailers or ()))


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=120), signed=st.booleans(), length=st.integers(0, 40))
def test_noise_is_refused_or_decoded_and_never_fails_otherwise(
    data: bytes, signed: bool, length: int
) -> None:
    request, _ = streaming(SIGNED_TRAILER if signed else UNSIGNED_TRAILER, [], length=length)
    body = accept(request).body()
    try:
        content, _ = run_body(body, [data])
    except SigError as error:
        refusal: SigError | None = error
    else:
        refusal = None
        assert len(content) == length
    assert refusal is None or 400 <= refusal.status < 500


@settings(max_examples=200, deadline=None)
@given(
    position=st.integers(0),
    bit=st.integers(0, 7),
    mode=st.sampled_from([SIGNED, SIGNED_TRAILER]),
)
def test_no_bit_of_a_signed_body_can_be_flipped(position: int, bit: int, mode: bytes) -> None:
    trailers = None if mode == SIGNED else [CRC]
    request, pieces = streaming(mode, [BIG, TEXT], trailers)
    wire = bytearray(b"".join(pieces))
    wire[position % len(wire)] ^= 1 << bit
    try:
        found = upload(request, bytes(wire))
    except SigError:
        return
    # White space and capitals of framing are no content: what is passed on is the same.
    assert found == (BIG + TEXT, dict(trailers or ()))


# Bounds


def test_many_chunks_cost_no_more_than_their_number() -> None:
    """CVE-2025-69229: a parser that copied what was left at every chunk."""

    def seconds(count: int) -> float:
        chunk = b"2000\r\n" + bytes(CHUNK_BYTES_MIN) + b"\r\n"
        wire = chunk * count + b"0\r\n\r\n"
        body = ChunkedBody(Chunked(False, True, count * CHUNK_BYTES_MIN, ()), None)
        started = time.process_time()
        assert len(body.feed(wire)) == count
        body.finish()
        return time.process_time() - started

    few, many = (min(seconds(count) for _ in range(3)) for count in (300, 3_000))
    assert many < 40 * few


def test_a_large_chunk_is_never_held() -> None:
    piece, count = bytes(64 * 1024), 400
    body = ChunkedBody(Chunked(False, True, len(piece) * count, ()), None)
    tracemalloc.start()
    try:
        body.feed(b"%x\r\n" % (len(piece) * count))
        assert sum(len(p) for _ in range(count) for p in body.feed(piece)) == len(piece) * count
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    body.feed(b"\r\n0\r\n\r\n")
    assert body.finish() == {}


# Bodies that are not chunked


def test_an_exact_body_is_what_was_hashed() -> None:
    body = ExactBody(hashlib.sha256(TEXT).hexdigest())
    assert run_body(body, [TEXT[:4], TEXT[4:]]) == (TEXT, {})


def test_a_hash_in_capitals_is_the_same_hash() -> None:
    """S3 was recorded to take it; what is signed is the text as it was sent."""
    digest = hashlib.sha256(TEXT).hexdigest().upper()
    request = by_header("PUT", payload=digest.encode())
    assert upload(request, TEXT) == (TEXT, {})
    error = body_refusal(request, b"other")
    assert dict(error.fields)["ClientComputedContentSHA256"] == digest


def test_another_body_than_was_hashed_names_both_hashes() -> None:
    claimed, computed = (hashlib.sha256(text).hexdigest() for text in (TEXT, b"other"))
    with pytest.raises(SigError) as caught:
        run_body(ExactBody(claimed), [b"other"])
    assert (caught.value.code, caught.value.status) == ("XAmzContentSHA256Mismatch", 400)
    assert caught.value.fields == (
        ("ClientComputedContentSHA256", claimed),
        ("S3ComputedContentSHA256", computed),
    )


def test_an_unsigned_body_is_passed_on_as_it_is() -> None:
    assert run_body(UnsignedBody(), [TEXT, b""]) == (TEXT, {})


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
