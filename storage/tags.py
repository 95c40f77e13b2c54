"""Tag sets of objects: their limits and the query form of x-amz-tagging.

Source: User Guide, "Categorizing your objects using tags"; API Reference,
PutObjectTagging and S3 Control's Tag, which has the pattern;
recordings of S3, LocalStack's test_tagging_validation and
test_object_tagging_exc.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from storage.errors import InvalidArgument, InvalidTag, TooManyTags

OBJECT_TAGS_MAX: Final = 10
TAG_KEY_CHARS_MAX: Final = 128  # in UTF-16, as the User Guide counts
TAG_VALUE_CHARS_MAX: Final = 256

_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.:/=+\-@]*\Z", re.ASCII)
_SIGNS: Final = frozenset("_.:/=+-@")
_KINDS: Final = "LNZ"  # letters, numbers and separators, of any script
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_tags(
    pairs: Iterable[tuple[str, str]], *, tags_max: int = OBJECT_TAGS_MAX, of: str = "Object"
) -> dict[str, str]:
    """The tags as a mapping, if S3 would take them: of an object, or of what has more of them.

    Raises:
        InvalidTag, TooManyTags
    """
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not key or not _is_tag(key, TAG_KEY_CHARS_MAX):
            raise InvalidTag("The TagKey you have provided is invalid", key)
        if not _is_tag(value, TAG_VALUE_CHARS_MAX):
            raise InvalidTag("The TagValue you have provided is invalid", key, value)
        if key.lower().startswith("aws:"):
            raise InvalidTag("Your TagKey cannot be prefixed with aws:", key)
        if key in tags:
            raise InvalidTag("Cannot provide multiple Tags with the same key", key)
        tags[key] = value
    if len(tags) > tags_max:
        raise TooManyTags(f"{of} tags cannot be greater than {tags_max}")
    return tags


def _is_tag(text: str, chars_max: int) -> bool:
    if _PLAIN.match(text):
        return len(text) <= chars_max
    return len(text.encode("utf-16-le")) <= 2 * chars_max and all(
        char in _SIGNS or unicodedata.category(char)[0] in _KINDS for char in text
    )


def parse_tagging(header: str) -> dict[str, str]:
    """The tags of an x-amz-tagging header, encoded as URL query parameters.

    Raises:
        InvalidArgument: a name comes twice, or is missing, or the text is no query string.
        InvalidTag, TooManyTags
    """
    pairs: list[tuple[str, str]] = []
    for piece in header.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        if not name or "=" in value or _BAD_ESCAPE.search(piece):
            raise _malformed(header)
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
