"""The head of an answer: nothing that was stored ends a line of it."""

import pytest

from gateway.exchange import Reply
from gateway.server.writing import Written


def head(headers: list[tuple[bytes, bytes]], status: int = 200) -> list[bytes]:
    """The lines of the head, but for the date and the server's name."""
    written = Written(Reply(status, headers), idle_s=1.0)
    lines = written._head(0, old=False, head=False).split(b"\r\n")
    return [lines[0], *lines[3:]]


def test_a_head_has_its_headers_in_order_and_a_length() -> None:
    assert head([(b"etag", b'"a"'), (b"x", b"y z")]) == [
        b"HTTP/1.1 200 OK",
        b'etag: "a"',
        b"x: y z",
        b"content-length: 0",
        b"",
        b"",
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_length_that_is_given_is_given_once(place: int) -> None:
    headers = [(b"etag", b'"a"'), (b"x-meta", b"content-length: 3")]
    headers.insert(place, (b"content-length", b"7"))
    assert [line for line in head(headers) if line.startswith(b"content-length")] == [
        b"content-length: 7"
    ]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b"])
def test_a_value_cannot_end_its_line(value: bytes) -> None:
    lines = head([(b"x-amz-meta-a", value), (b"etag", b'"a"')])
    assert len(lines) == 6
    assert not any(byte in b"".join(lines) for byte in (b"\r", b"\n", b"\0"))


@pytest.mark.parametrize("name", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"\r\n"])
def test_a_name_that_could_end_its_line_is_not_written(name: bytes) -> None:
    with pytest.raises(ValueError, match="no name of a header"):
        head([(b"etag", b'"a"'), (b"x-amz-meta-" + name, b"1")])
