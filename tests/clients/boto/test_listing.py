"""Listing: both versions, every parameter, against the obvious program as oracle."""

from typing import Any, Final
from urllib.parse import quote_plus

import pytest

from tests.clients.refusals import refused

KEYS: Final = sorted(
    [
        *(f"folder/{number:03}" for number in range(25)),
        *("a", "a/b", "a/b/c", "a//b", "a.txt", "b", "folder", "folder-2/x", "zeta", "z/1", "z/2"),
        *("ünï/çödé", "space here/and there", "plus+sign", "per%cent", "quote'\"<&>"),
    ],
    key=str.encode,
)


@pytest.fixture(scope="module")
def listed(s3: Any, new_bucket: Any) -> str:
    """A bucket with KEYS."""
    bucket: str = new_bucket()
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def _expected(prefix: str, delimiter: str, after: str = "") -> list[str]:
    """Keys and common prefixes in UTF-8 order: no pages, no cleverness."""
    found = set()
    for key in KEYS:
        if key.startswith(prefix) and key.encode() > after.encode():
            head, separator, _ = key[len(prefix) :].partition(delimiter or "\0")
            found.add(prefix + head + separator if separator else key)
    return sorted(found, key=str.encode)


def _entries(page: dict[str, Any]) -> list[str]:
    keys = [entry["Key"] for entry in page.get("Contents", [])]
    groups = [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    assert keys == sorted(keys, key=str.encode)
    assert groups == sorted(groups, key=str.encode)
    return sorted([*keys, *groups], key=str.encode)


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("page_size", [1, 3, 1000], ids="pages of {}".format)
@pytest.mark.parametrize(
    ("prefix", "delimiter"),
    [
        pytest.param("", "", id="everything"),
        pytest.param("", "/", id="folders"),
        pytest.param("folder/", "/", id="within a folder"),
        pytest.param("folder", "/", id="a prefix that is not a folder"),
        pytest.param("a/", "/", id="an empty name within"),
        pytest.param("", "er", id="a delimiter of two letters"),
        pytest.param("ü", "ç", id="beyond ASCII"),
        pytest.param("nothing", "/", id="no match"),
    ],
)
def test_pages_join_up_to_the_whole_listing(
    s3: Any, listed: str, version: str, page_size: int, prefix: str, delimiter: str
) -> None:
    found: list[str] = []
    pages = s3.get_paginator(version).paginate(
        Bucket=listed,
        Prefix=prefix,
        Delimiter=delimiter,
        PaginationConfig={"PageSize": page_size},
    )
    for page in pages:
        entries = _entries(page)
        assert len(entries) == page_size or not page["IsTruncated"]
        if version == "list_objects_v2":
            assert page["KeyCount"] == len(entries)
        found += entries
    assert found == _expected(prefix, delimiter)


@pytest.mark.parametrize("after", ["", "a", "a/", "folder/010", "folder/", "zzz", "\u00fc"])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_start_after_a_key_that_need_not_exist(
    s3: Any, listed: str, after: str, delimiter: str
) -> None:
    page = s3.list_objects_v2(Bucket=listed, StartAfter=after, Delimiter=delimiter)
    expected = _expected("", delimiter, after)
    if delimiter:  # a common prefix that is itself after is not repeated
        expected = [entry for entry in expected if entry.encode() > after.encode()]
    assert _entries(page) == expected


def test_version_1_names_the_next_marker_only_with_a_delimiter(s3: Any, listed: str) -> None:
    plain = s3.list_objects(Bucket=listed, MaxKeys=2)
    assert plain["IsTruncated"]
    assert "NextMarker" not in plain
    grouped = s3.list_objects(Bucket=listed, MaxKeys=2, Delimiter="/")
    assert grouped["NextMarker"] == _entries(grouped)[-1]


def test_an_entry_has_size_etag_time_and_the_owner_if_asked(s3: Any, listed: str) -> None:
    plain = s3.list_objects_v2(Bucket=listed, Prefix="zeta")["Contents"][0]
    assert plain["Size"] == len("zeta")
    assert plain["ETag"] == s3.head_object(Bucket=listed, Key="zeta")["ETag"]
    assert (
        plain["LastModified"].replace(microsecond=0)
        == (s3.head_object(Bucket=listed, Key="zeta")["LastModified"])
    )
    assert "Owner" not in plain
    owned = s3.list_objects_v2(Bucket=listed, Prefix="zeta", FetchOwner=True)["Contents"][0]
    assert owned["Owner"]["ID"]
    assert s3.list_objects(Bucket=listed, Prefix="zeta")["Contents"][0]["Owner"]["ID"]


def test_keys_are_encoded_for_xml_when_asked(s3: Any, listed: str) -> None:
    # boto3 asks for encoding-type=url and decodes, unless the caller asks for it herself.
    page = s3.list_objects_v2(Bucket=listed, EncodingType="url", Prefix="per%", Delimiter="/")
    assert page["EncodingType"] == "url"
    assert [entry["Key"] for entry in page["Contents"]] == [quote_plus("per%cent")]
    assert page["Prefix"] == quote_plus("per%")


def test_no_more_than_a_thousand_are_given(s3: Any, listed: str) -> None:
    page = s3.list_objects_v2(Bucket=listed, MaxKeys=5000)
    assert page["MaxKeys"] == 1000
    assert len(page["Contents"]) == len(KEYS)


def test_none_may_be_asked_for(s3: Any, listed: str) -> None:
    page = s3.list_objects_v2(Bucket=listed, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"]) == (0, False)


def test_a_token_that_is_none_is_refused(s3: Any, listed: str) -> None:
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=listed, ContinuationToken="")
