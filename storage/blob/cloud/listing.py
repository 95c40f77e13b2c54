"""Blobs out of the names of objects, in the order of names."""

from collections.abc import AsyncIterator
from typing import Final

from storage.blob import BlobId, BlobInfo
from storage.blob.cloud import naming
from storage.blob.cloud.calls import Calls, Found

# A claim without bytes is a large blob that is being written, or was when its writer died.
# Azure, too, forgets blocks that nobody committed after a week.
CLAIM_MAX_S: Final = 7 * 86_400.0


async def blobs(calls: Calls, after: BlobId | None, now_s: float) -> AsyncIterator[BlobInfo]:
    """Every blob after one; a claim whose writer must be dead counts as an empty one.

    Raises:
        StoreUnavailable
    """
    own: tuple[BlobId, Found] | None = None  # an object of a blob's own name
    start = naming.large(after) if after is not None else None
    async for page in calls.list(start):
        for found in page:
            name = naming.read(found.name)
            if name is None:
                continue
            blob, is_large = name
            stands_alone = own is not None and not (is_large and own[0] == blob)
            if own is not None and stands_alone and (info := _alone(*own, now_s)) is not None:
                yield info
            if is_large:
                yield BlobInfo(blob, found.size)
                own = None
            else:
                own = blob, found
    if own is not None and (info := _alone(*own, now_s)) is not None:
        yield info


def _alone(blob: BlobId, found: Found, now_s: float) -> BlobInfo | None:
    """An object of a blob's own name with none of its bytes beside it."""
    if found.size or now_s - found.modified_s > CLAIM_MAX_S:
        return BlobInfo(blob, found.size)
    return None
