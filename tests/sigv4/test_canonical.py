"""Targets and paths, a row each."""

import pytest

from sigv4 import GENERIC, S3
from sigv4.canonical import canonical_path, canonical_query, origin_form, split_target


@pytest.mark.parametrize(
    ("target", "origin"),
    [
        (b"/a", b"/a"),
        (b"", b""),
        (b"*", b"*"),
        (b"http://h/a", b"/a"),
        (b"https://h/a?b=/c", b"/a?b=/c"),
        (b"HTTP://H:80/a//b", b"/a//b"),
        (b"http://h", b"/"),
        (b"http://h/", b"/"),
        (b"http://h?a", b"/?a"),
        (b"http://h?a/b", b"/?a/b"),
        (b"http://h/a?b", b"/a?b"),
        (b"http:///a", b"/a"),
        (b"http://?a", b"/?a"),
        (b"http://", b"/"),
        (b"ftp://h/a", b"ftp://h/a"),
        (b"/http://h/a", b"/http://h/a"),
    ],
)
def test_of_an_absolute_form_the_origin_form_is_signed(target: bytes, origin: bytes) -> None:
    """RFC 9112, section 3.2.2."""
    assert origin_form(target) == origin


@pytest.mark.parametrize(
    ("path", "of_s3", "of_others"),
    [
        (b"", b"/", b"/"),
        (b"/", b"/", b"/"),
        (b"//", b"//", b"/"),
        (b"//a//", b"//a//", b"/a/"),
        (b"/a/.", b"/a/.", b"/a/"),
        (b"/a/..", b"/a/..", b"/"),
        (b"/a/b/..", b"/a/b/..", b"/a/"),
        (b"/../a", b"/../a", b"/a"),
        (b"/a%20b", b"/a%20b", b"/a%2520b"),
        (b"/a b", b"/a%20b", b"/a%20b"),
        (b"/~%7e", b"/~~", b"/~%257e"),
    ],
)
def test_a_path_of_s3_and_of_others(path: bytes, of_s3: bytes, of_others: bytes) -> None:
    assert (canonical_path(path, S3), canonical_path(path, GENERIC)) == (of_s3, of_others)


def test_an_empty_query_has_nothing_to_sign() -> None:
    assert split_target(b"/a?") == split_target(b"/a") == (b"/a", b"")
    assert split_target(b"/a?b?c") == (b"/a", b"b?c")
    assert canonical_query(b"") == canonical_query(b"", stable=True) == b""


def test_equal_names_keep_their_order_only_if_asked() -> None:
    """As minio-java and Go's url.Values do."""
    assert canonical_query(b"b=1&a=2&a=1") == b"a=1&a=2&b=1"
    assert canonical_query(b"b=1&a=2&a=1", stable=True) == b"a=2&a=1&b=1"
