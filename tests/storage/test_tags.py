"""What may be a tag.

Source: versitygw's table of x-amz-tagging (tests/integration/PutObject.go); recordings of
S3 in LocalStack's test_s3_api.snapshot.json (test_tagging_validation,
test_object_tagging_exc); the pattern of S3 Control's Tag.
"""

import pytest

from storage.errors import InvalidArgument, InvalidTag, TooManyTags
from storage.tags import check_tags, parse_tagging

_KEY = "The TagKey you have provided is invalid"
_VALUE = "The TagValue you have provided is invalid"


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("&", {}),
        ("&&&", {}),
        ("key", {"key": ""}),
        ("key&", {"key": ""}),
        ("key=&", {"key": ""}),
        ("key=val&", {"key": "val"}),
        ("key1&key2", {"key1": "", "key2": ""}),
        ("key@=val@", {"key@": "val@"}),
        ("key-key_key.key/key=value-value", {"key-key_key.key/key": "value-value"}),
        ("key%2E=value%2F", {"key.": "value/"}),
        ("key++key=value%20value", {"key  key": "value value"}),
        ("key%2D=value%2B%3D", {"key-": "value+="}),
        ("%C3%A9=%E6%97%A5%C2%BD", {"é": "日½"}),
    ],
)
def test_a_header_of_tags(header: str, tags: dict[str, str]) -> None:
    assert parse_tagging(header) == tags


@pytest.mark.parametrize(
    "header",
    ["=", "=v", "key%", "key=%0", "key=val&key=val", "key1=val1,key2=val2", "a=b=c", "a=%FF"],
)
def test_what_is_no_query_of_tags(header: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        parse_tagging(header)
    assert (refusal.value.name, refusal.value.value) == ("x-amz-tagging", header)


@pytest.mark.parametrize(
    "odd", [*"?(*$#!,;<\"'\\\t\n\r\x00\x7f", "€", "😀", "\u0301", "\u200b", "\u2028\u200b"]
)
def test_a_character_that_no_tag_has(odd: str) -> None:
    with pytest.raises(InvalidTag) as refusal:
        check_tags([(f"k{odd}", "v")])
    assert refusal.value == InvalidTag(_KEY, f"k{odd}")
    with pytest.raises(InvalidTag) as refusal:
        check_tags([("k", f"v{odd}v")])
    assert refusal.value == InvalidTag(_VALUE, "k", f"v{odd}v")


@pytest.mark.parametrize("letter", ["k", "é", "日", "\u00a0", "²"])
def test_lengths(letter: str) -> None:
    assert check_tags([(letter * 128, letter * 256)])
    with pytest.raises(InvalidTag, match=_KEY):
        check_tags([(letter * 129, "")])
    with pytest.raises(InvalidTag, match=_VALUE):
        check_tags([("k", letter * 257)])


def test_lengths_are_counted_in_utf_16() -> None:
    """User Guide: a character may take two positions."""
    letter = "\U0001d538"
    assert check_tags([(letter * 64, letter * 128)])
    with pytest.raises(InvalidTag, match=_KEY):
        check_tags([(letter * 65, "")])


def test_the_prefix_of_systems() -> None:
    with pytest.raises(InvalidTag, match="Your TagKey cannot be prefixed with aws:"):
        check_tags([("aws:a", "")])


def test_how_many_and_none_twice() -> None:
    ten = [(str(number), "") for number in range(10)]
    assert check_tags(ten) == dict(ten)
    with pytest.raises(TooManyTags):
        check_tags([*ten, ("more", "")])
    with pytest.raises(InvalidTag, match="Cannot provide multiple Tags with the same key"):
        check_tags([*ten, ("1", "")])
