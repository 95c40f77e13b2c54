"""A bucket's tags.

Source: API Reference, PutBucketTagging; User Guide, "Using cost allocation S3 bucket tags".
"""

from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from storage.tags import check_tags

BUCKET_TAGS_MAX: Final = 50


def check(document: t.Tagging) -> None:
    """Refuse tags that no bucket can have.

    Raises:
        ProtocolError: MalformedXML
        InvalidTag, TooManyTags
    """
    if document.tag_set is None:
        raise ProtocolError("MalformedXML")
    check_tags(
        ((tag.key or "", tag.value or "") for tag in document.tag_set),
        tags_max=BUCKET_TAGS_MAX,
        of="Bucket",
    )
