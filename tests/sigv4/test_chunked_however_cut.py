"""aws-chunked bodies mean the same however they are cut, and are never held."""

import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import Chunked, SigError
from sigv4.chunked import CHUNK_BYTES_MIN, ChunkedBody
from tests.sigv4.chunks import BIG, CRC, TEXT
from tests.sigv4.signing import (
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    accept,
    run_body,
    streaming,
    upload,
)


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
