"""aws-chunked, rule by rule: what S3 was recorded to take and to refuse."""

import pytest

from sigv4 import Chunked, SigError
from sigv4.chunked import CHUNK_BYTES_MIN, LINE_BYTES_MAX, ChunkedBody
from tests.sigv4.chunks import CRC, TEXT, unsigned, why_not


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


def test_only_the_last_unsigned_chunk_may_be_small() -> None:
    """As S3 says to the SDKs for C++ (issue 3132 there) and JavaScript (issue 6949)."""
    small = b"6\r\nhello \r\n"
    assert why_not(small + b"5\r\nworld\r\n0\r\n\r\n") == "InvalidChunkSizeError"
    large = b"2000\r\n" + bytes(CHUNK_BYTES_MIN) + b"\r\n"
    wire = large + large + small + b"0\r\n\r\n"
    length = 2 * CHUNK_BYTES_MIN + 6
    assert unsigned(wire, length=length)[0] == bytes(2 * CHUNK_BYTES_MIN) + b"hello "
