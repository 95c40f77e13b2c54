"""What a process keeps of the store in memory, and why it stays true.

A current version is kept under the store's epoch: while that stays, nobody
committed anything.  Once it moved, one point read says by the row's revision
whether the decoded version still holds.  A small content is kept under its
name, which is never given twice: it cannot become untrue.
"""

from collections import OrderedDict
from typing import Final

from storage import keys
from storage.meta import MetaStore
from storage.records import decode_version
from storage.rows import Stored

VERSIONS_MAX: Final = 4096  # some 1.5 KB each
CONTENT_BYTES_MAX: Final = 32 * 1024 * 1024
CONTENT_BYTES_EACH: Final = 256  # the name, and the tables' own memory


class Currents:
    """The current versions that were read last."""

    def __init__(self, data: MetaStore, size: int = VERSIONS_MAX) -> None:
        self._data = data
        self._size = size
        self._kept: OrderedDict[bytes, tuple[int, Stored]] = OrderedDict()

    async def get(self, bucket_id: bytes, key: bytes) -> Stored | None:
        """The current version of a key, as of the last commit."""
        row_key = keys.current(bucket_id, key)
        # Asked for before the row: a commit in between makes the entry look old, never new.
        epoch = self._data.epoch()
        known = self._kept.get(row_key)
        if known is not None and known[0] == epoch:
            return known[1]
        row = await self._data.get(row_key)
        if row is None:
            self._kept.pop(row_key, None)
            return None
        if known is not None and known[1].revision == row.revision:
            stored = known[1]
        else:
            stored = Stored(decode_version(row.value), row.revision)
        self._kept[row_key] = (epoch, stored)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return stored


class SmallContents:
    """The inline contents that were read last."""

    def __init__(self, size: int = CONTENT_BYTES_MAX) -> None:
        self._left = size  # bytes
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, content: bytes) -> bytes | None:
        """The content of that name, if it is kept."""
        found = self._kept.get(content)
        if found is not None:
            self._kept.move_to_end(content)
        return found

    def keep(self, content: bytes, data: bytes) -> None:
        """Keep a content; what was not asked for longest goes."""
        if content in self._kept:
            return
        self._kept[content] = data
        self._left -= len(data) + CONTENT_BYTES_EACH
        while self._left < 0:
            _, gone = self._kept.popitem(last=False)
            self._left += len(gone) + CONTENT_BYTES_EACH
