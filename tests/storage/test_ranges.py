"""Which bytes a Range asks for.

Source: versitygw's table (tests/integration/GetObject.go), held against S3 by its authors;
RFC 9110, section 14.1.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.errors import InvalidArgument, InvalidRange
from storage.ranges import Span, parse_copy_range, parse_range

SIZE = 100


@pytest.mark.parametrize(
    "header",
    [
        "bytes=,",
        "bytes= -1",
        "bytes=--1",
        "bytes=0 -1",
        "bytes=0--1",
        "bytes=10-5",
        "bytes=abc",
        "bytes=a-z",
        "bytes=100-x",
        "bytes=0-0,1-2",
        "bytes=102-0",
        "bytes=-",
        "bytes=0-1 ",
        "bytes",
        "items=0-1",
        "",
    ],
)
def test_what_is_no_range_is_ignored(header: str) -> None:
    assert parse_range(header, SIZE) is None


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=00-01", 0, 1),
        ("bytes=-1", 99, 99),
        ("bytes=-100", 0, 99),
        ("bytes=-101", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=0-100", 0, 99),
        ("bytes=50-", 50, 99),
        ("bytes=99-99", 99, 99),
        ("Bytes=0-1", 0, 1),
        ("BYTES=-1", 99, 99),
        ("bytes=50-18446744073709551616", 50, 99),
        ("bytes=-18446744073709551616", 0, 99),
        (f"bytes=50-{'9' * 5000}", 50, 99),
        (f"bytes={'0' * 5000}50-50", 50, 50),
    ],
)
def test_a_range_is_cut_to_what_there_is(header: str, first: int, last: int) -> None:
    assert parse_range(header, SIZE) == Span(first, last - first + 1)


@pytest.mark.parametrize(
    "header", ["bytes=-0", "bytes=100-100", "bytes=100-", f"bytes={'9' * 5000}-", "bytes=200-300"]
)
def test_no_byte_of_the_object(header: str) -> None:
    with pytest.raises(InvalidRange):
        parse_range(header, SIZE)


def test_the_last_bytes_of_nothing_are_all_there_is() -> None:
    """RFC 9110, section 14.1.2: a suffix that is not zero can always be satisfied."""
    assert parse_range("bytes=-5", 0) is None
    for header in ("bytes=-0", "bytes=0-", "bytes=0-5"):
        with pytest.raises(InvalidRange):
            parse_range(header, 0)


@given(st.integers(0, 2**80), st.integers(0, 2**80), st.integers(1, 2**43))
@example(10**18 + 1, 10**18, 1)
@example(10**18, 10**18 + 1, 1)
def test_as_slices_would_have_it(first: int, last: int, size: int) -> None:
    found: tuple[int, int] | None
    try:
        span = parse_range(f"bytes={first}-{last}", size)
        found = (span.offset, span.offset + span.length) if span else None
    except InvalidRange:
        found = (0, 0)
    wanted = slice(first, last + 1).indices(size)
    if first > last:
        assert found is None
    else:
        assert found == ((0, 0) if wanted[0] == size else wanted[:2])


@pytest.mark.parametrize(
    "header", ["bytes=0-", "bytes=-1", "0-1", "bytes=0-100", f"bytes=0-{'9' * 5000}", "bytes=2-1"]
)
def test_the_range_of_a_copy_lies_within_its_source(header: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_copy_range(header, SIZE)
    assert parse_copy_range("bytes=0-99", SIZE) == Span(0, 100)
