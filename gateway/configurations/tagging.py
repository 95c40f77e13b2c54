"""A bucket's tags.

Source: API Reference, PutBucketTagging; User Guide, "Using cost allocation S3 bucket tags";
recordings of S3, LocalStack's test_tagging_validation and test_create_bucket_with_tags_exc.
"""

from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from storage.tags import check_tags

BUCKET_TAGS_MAX: Final = 50
KIND: Final = "tagging"
_OF_A_NEW_BUCKET: Final = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. '
    'Remove "aws:" from your tag keys and try again.'
)


def check(document: t.Tagging) -> None:
    """Refuse tags that no bucket can have.

    Raises:
        ProtocolError: MalformedXML, InvalidTag
        InvalidTag, TooManyTags
    """
    if document.tag_set is None:
        raise ProtocolError("MalformedXML")
    key = _system_key(document.tag_set)
    if key is not None:
        text = "System tags cannot be added/updated by requester"
        raise ProtocolError("InvalidTag", text, TagKey=key)
    _check(document.tag_set)


def check_new(document: t.Tagging) -> None:
    """The same for a bucket that is created with them; S3 has other words there.

    Raises:
        ProtocolError: InvalidTag
        InvalidTag, TooManyTags
    """
    tags = document.tag_set or []
    if _system_key(tags) is not None:
        raise ProtocolError("InvalidTag", _OF_A_NEW_BUCKET)
    _check(tags)


def _system_key(tags: list[t.Tag]) -> str | None:
    return next((tag.key for tag in tags if (tag.key or "").lower().startswith("aws:")), None)


def _check(tags: list[t.Tag]) -> None:
    check_tags(
        ((tag.key or "", tag.value or "") for tag in tags),
        tags_max=BUCKET_TAGS_MAX,
        of="Bucket",
    )
