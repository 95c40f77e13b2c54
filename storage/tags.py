"""Tag sets: their limits and the query form of x-amz-tagging.

Source: User Guide, "Categorizing your objects using tags"; API Reference,
PutObjectTagging, PutBucketTagging and Tag.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from storage.errors import InvalidArgument, InvalidTag, TooManyTags

OBJECT_TAGS_MAX: Final = 10
BUCKET_TAGS_MAX: Final = 50
TAG_KEY_CHARS_MAX: Final = 128
TAG_VALUE_CHARS_MAX: Final = 256

# Letters, marks, numbers and white space of any script, and + - = . _ : / @
_ALLOWED: Final = re.compile(r"[\w\s+\-=.:/@]*\Z", re.UNICODE)


def check_tags(pairs: Iterable[tuple[str, str]], *, limit: int = OBJECT_TAGS_MAX) -> dict[str, str]:
    """The tags as a mapping, if S3 would take them.

    Raises:
        InvalidTag, TooManyTags
    """
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not key or len(key) > TAG_KEY_CHARS_MAX:
            raise InvalidTag("The TagKey you have provided is invalid", key)
        if len(value) > TAG_VALUE_CHARS_MAX:
            raise InvalidTag("The TagValue you have provided is invalid", key, value)
        if not _ALLOWED.match(key):
            raise InvalidTag("The TagKey you have provided is invalid", key)
        if not _ALLOWED.match(value):
            raise InvalidTag("The TagValue you have provided is invalid", key, value)
        if key.lower().startswith("aws:"):
            raise InvalidTag("System tags cannot be added/updated by requester", key)
        if key in tags:
            raise InvalidTag("Cannot provide multiple Tags with the same key", key)
        tags[key] = value
    if len(tags) > limit:
        kind = "Object" if limit == OBJECT_TAGS_MAX else "Bucket"
        raise TooManyTags(f"{kind} tags cannot be greater than {limit}")
    return tags


def parse_tagging(header: str) -> dict[str, str]:
    """The tags of an x-amz-tagging header, encoded as URL query parameters.

    Raises:
        InvalidArgument: a name comes twice, or the text is no query string.
        InvalidTag, TooManyTags
    """
    pairs: list[tuple[str, str]] = []
    for piece in header.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        try:
            pairs.append(
                (unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict"))
            )
        except UnicodeDecodeError:
            raise _malformed(header) from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise _malformed(header)
    return check_tags(pairs)


def _malformed(header: str) -> InvalidArgument:
    text = (
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "
        "URL query parameters without tag name duplicates."
    )
    return InvalidArgument(text, "x-amz-tagging", header)
