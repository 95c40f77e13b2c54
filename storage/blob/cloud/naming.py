"""Names of objects, below the prefix.  Part of the format."""

import re
from typing import Final

from storage.blob import BLOB_ID_BYTES, BlobId

MARK: Final = "signet-store"  # whose store it is
PROBE: Final = "signet-probe-"  # made and removed when a server starts
# Sorts right after the blob's own name: no other name begins with that.
_LARGE: Final = ".large"
_NAME: Final = re.compile(rf"([0-9a-f]{{{2 * BLOB_ID_BYTES}}})({re.escape(_LARGE)})?\Z", re.ASCII)


def small(blob: BlobId) -> str:
    """The object of a small blob, or the claim of a large one, which is empty."""
    return blob.hex()


def large(blob: BlobId) -> str:
    """The bytes of a large blob."""
    return blob.hex() + _LARGE


def read(name: str) -> tuple[BlobId, bool] | None:
    """Which blob it is of, and whether its bytes as a large one; None for what is foreign."""
    found = _NAME.match(name)
    if found is None:
        return None
    return BlobId(bytes.fromhex(found[1])), found[2] is not None
