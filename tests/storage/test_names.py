"""Names of buckets, keys, versions, copy sources: what can be one, and what is behind it."""

import os
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import keys
from storage.copysource import CopySource, parse_copy_source
from storage.errors import (
    InvalidArgument,
    InvalidBucketName,
    InvalidStorageClass,
    KeyTooLong,
    MetadataTooLarge,
    NotImplementedHere,
)
from storage.naming import (
    KEY_BYTES_MAX,
    PART_NUMBER_MAX,
    USER_METADATA_BYTES_MAX,
    check_bucket_name,
    check_key,
    check_part_number,
    check_storage_class,
    check_user_metadata,
)
from storage.versioning import VersionId


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("abc", id="three letters"),
        pytest.param("a" * 63, id="sixty-three letters"),
        pytest.param("amzn-s3-demo", id="what a reserved prefix begins with"),
        pytest.param("example.com", id="a domain"),
        pytest.param("www.example-1.com", id="periods and hyphens"),
        pytest.param("123", id="digits"),
        pytest.param("1.2.3", id="three numbers"),
        pytest.param("1.2.3.4.5", id="five numbers"),
        pytest.param("my--bucket", id="two hyphens"),
    ],
)
def test_a_bucket_may_be_called(name: str) -> None:
    """Source: User Guide, "General purpose bucket naming rules"."""
    check_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("ab", id="two letters"),
        pytest.param("a" * 64, id="sixty-four letters"),
        pytest.param("Abc", id="an upper-case letter"),
        pytest.param("a_b", id="an underscore"),
        pytest.param("bücher", id="a letter with a mark"),
        pytest.param("١٢٣", id="digits of another script"),
        pytest.param("abc\n", id="a line's end"),
        pytest.param("-abc", id="a hyphen first"),
        pytest.param("abc-", id="a hyphen last"),
        pytest.param(".abc", id="a period first"),
        pytest.param("abc.", id="a period last"),
        pytest.param("a..b", id="two periods"),
        pytest.param("192.168.5.4", id="an address"),
        pytest.param("xn--abc", id="the prefix xn--"),
        pytest.param("sthree-abc", id="the prefix sthree-"),
        pytest.param("amzn-s3-demo-bucket", id="the prefix amzn-s3-demo-"),
        pytest.param("abc-s3alias", id="the suffix -s3alias"),
        pytest.param("abc--ol-s3", id="the suffix --ol-s3"),
        pytest.param("abc.mrap", id="the suffix .mrap"),
        pytest.param("abc--x-s3", id="the suffix --x-s3"),
        pytest.param("abc--table-s3", id="the suffix --table-s3"),
    ],
)
def test_a_bucket_may_not_be_called(name: str) -> None:
    """Source: User Guide, "General purpose bucket naming rules"."""
    with pytest.raises(InvalidBucketName):
        check_bucket_name(name)


def test_limits_hold_at_their_edges() -> None:
    """Source: User Guide, "Naming Amazon S3 objects", "Working with object metadata"."""
    check_key("é".encode() * (KEY_BYTES_MAX // 2))
    with pytest.raises(KeyTooLong):
        check_key("é".encode() * (KEY_BYTES_MAX // 2) + b"a")
    check_user_metadata({"é": "é" * ((USER_METADATA_BYTES_MAX - 2) // 2)})
    with pytest.raises(MetadataTooLarge):
        check_user_metadata({"é": "é" * (USER_METADATA_BYTES_MAX // 2)})
    for number in (1, PART_NUMBER_MAX):
        check_part_number(number)
    for number in (-1, 0, PART_NUMBER_MAX + 1):
        with pytest.raises(InvalidArgument):
            check_part_number(number)
    check_storage_class("STANDARD")
    for name in ("", "standard", "EXPRESS_ONEZONE", "OUTPOSTS"):
        with pytest.raises(InvalidStorageClass):
            check_storage_class(name)


# Copy sources

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@given(TEXT, st.sampled_from(["", "/"]), st.sampled_from(["", "/"]))
def test_a_quoted_source_is_read_back(key: str, slash: str, safe: str) -> None:
    header = f"{slash}bucket/{quote(key, safe=safe)}"
    assert parse_copy_source(header) == CopySource("bucket", key.encode(), None)


@given(TEXT)
def test_so_is_one_of_urlencoder(key: str) -> None:
    """As AWS's examples in Java make it: all of it, a space as a plus."""
    header = quote_plus(f"bucket/{key}")
    assert parse_copy_source(header) == CopySource("bucket", key.encode(), None)


@pytest.mark.parametrize(
    ("header", "source"),
    [
        pytest.param("b/k", CopySource("b", b"k", None), id="as it is"),
        pytest.param("/b//k", CopySource("b", b"/k", None), id="a key that begins with a slash"),
        pytest.param("b/../k", CopySource("b", b"../k", None), id="a key is no path"),
        pytest.param("b/a+b", CopySource("b", b"a b", None), id="a plus is a space"),
        pytest.param("b/a%2Bb", CopySource("b", b"a+b", None), id="an escaped one is a plus"),
        pytest.param("b/a%2520b", CopySource("b", b"a%20b", None), id="decoded once"),
        pytest.param("b%2Fk", CopySource("b", b"k", None), id="all of it encoded"),
        pytest.param("b/k%3FversionId=x", CopySource("b", b"k?versionId=x", None), id="in the key"),
        pytest.param("b/k?versionId=null", CopySource("b", b"k", "null"), id="the null version"),
    ],
)
def test_a_source(header: str, source: CopySource) -> None:
    assert parse_copy_source(header) == source


@pytest.mark.parametrize(
    "header",
    ["", "/", "b", "b/", "/b", "/b/", "//k", "b/%FF", "b/%2", "b/%zz", "b/k?x=y", "b/k?versionId="],
)
def test_what_names_no_source(header: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_copy_source(header)


def test_sources_that_are_too_long_or_not_of_here() -> None:
    with pytest.raises(KeyTooLong):
        parse_copy_source("b/" + "k" * (KEY_BYTES_MAX + 1))
    with pytest.raises(NotImplementedHere):
        parse_copy_source("arn:aws:s3:us-east-1:1:accesspoint/a/object/k")


# Version ids, and keys of rows


@given(st.integers(0, keys.SEQUENCE_MAX))
def test_a_version_id_is_read_back(sequence: int) -> None:
    made = VersionId.make(sequence, os.urandom)
    text = str(made)
    assert VersionId.parse(text) == made
    assert quote(text, safe="") == text
    for other in (text[:-1], text + "A", "=" + text[1:], ""):
        assert VersionId.parse(other) is None


KEYS = st.binary(max_size=6) | st.lists(
    st.sampled_from([b"\0", b"\1", b"\xff", b"a"]), max_size=5
).map(b"".join)


@given(KEYS, KEYS, st.binary(max_size=4), st.binary(max_size=4))
def test_escaped_keys_keep_their_order_and_are_read_back(
    one: bytes, other: bytes, after_one: bytes, after_other: bytes
) -> None:
    first, second = keys.escape(one) + after_one, keys.escape(other) + after_other
    assert keys.unescape(first) == (one, after_one)
    if one != other:
        assert (first < second) == (one < other)
    assert keys.escape(other).startswith(keys.escape_prefix(one)) == other.startswith(one)


@given(KEYS, st.lists(st.integers(1, 2**40), min_size=2, max_size=5, unique=True))
def test_newer_versions_of_a_key_come_first(key: bytes, sequences: list[int]) -> None:
    rows = sorted(keys.noncurrent(b"b" * 8, key, sequence) for sequence in sequences)
    assert rows == [
        keys.noncurrent(b"b" * 8, key, sequence) for sequence in sorted(sequences, reverse=True)
    ]
    within = keys.noncurrent_of(b"b" * 8, key)
    assert all(within.start <= row < within.end for row in rows)
    assert not within.start <= keys.noncurrent(b"b" * 8, key + b"\0", 1) < within.end
