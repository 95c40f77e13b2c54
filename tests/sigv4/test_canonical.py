"""Targets, paths and headers, a row each."""

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sigv4 import GENERIC, S3
from sigv4.canonical import (
    authority,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_value,
    fold_headers,
    origin_form,
    split_target,
)


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
    ("target", "host"),
    [
        (b"/a", None),
        (b"*", None),
        (b"http://h/a", b"h"),
        (b"HTTPS://H:80/a//b", b"H:80"),
        (b"http://h?a/b", b"h"),
        (b"http://h", b"h"),
        (b"http:///a", b""),
        (b"ftp://h/a", None),
        (b"/http://h/a", None),
    ],
)
def test_an_absolute_form_names_the_host(target: bytes, host: bytes | None) -> None:
    """RFC 9112, section 3.2.2: it counts, and not what the Host header says."""
    assert authority(target) == host


@pytest.mark.parametrize("values", [("  a  ",), ("a", " b "), ("\ta\t", "b", "  c"), ("", " ")])
def test_each_of_several_values_is_trimmed_before_they_are_joined(values: tuple[str, ...]) -> None:
    request = AWSRequest("GET", "https://h/")
    for value in values:
        request.headers.add_header("X-A", value)
    botocore = SigV4Auth(Credentials("a", "b"), "s3", "us-east-1")
    theirs = botocore.canonical_headers(botocore.headers_to_sign(request))
    folded = fold_headers([(b"x-A", value.encode()) for value in values])
    ours = canonical_headers({b"host": b"h", **folded}, [b"host", b"x-a"])
    assert ours.decode() == theirs + "\n"


@pytest.mark.parametrize(
    ("value", "usual", "spaces_only"),
    [
        (b"a b", b"a b", b"a b"),
        (b"a   b", b"a b", b"a b"),
        (b"a  b     c", b"a b c", b"a b c"),
        (b"a \t  b", b"a b", b"a \t b"),
        (b"a\tb", b"a b", b"a\tb"),
        (b"a\xa0b", b"a\xa0b", b"a\xa0b"),
    ],
)
def test_runs_of_white_space_as_most_clients_take_it_and_as_smithy_rs_does(
    value: bytes, usual: bytes, spaces_only: bytes
) -> None:
    assert canonical_value(value) == usual
    assert canonical_value(value, spaces_only=True) == spaces_only


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
