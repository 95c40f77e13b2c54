"""Bodies in chunks for several tests: contents, a trailer, and how an unsigned one is read."""

import pytest

from sigv4 import Chunked, SigError
from sigv4.chunked import ChunkedBody
from tests.sigv4.signing import run_body

CRC: tuple[str, str] = ("x-amz-checksum-crc32", "DUoRhQ==")  # of "hello world"
TEXT = b"hello world"
BIG = bytes(range(256)) * 40  # 10,240 bytes
MISMATCH = "SignatureDoesNotMatch"


def unsigned(
    wire: bytes, *, length: int = len(TEXT), trailers: tuple[str, ...] = ()
) -> tuple[bytes, dict[str, str]]:
    return run_body(ChunkedBody(Chunked(False, True, length, trailers), None), [wire])


def why_not(wire: bytes, *, length: int = len(TEXT), trailers: tuple[str, ...] = ()) -> str:
    with pytest.raises(SigError) as caught:
        unsigned(wire, length=length, trailers=trailers)
    return caught.value.code
