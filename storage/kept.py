"""What a process keeps of the store in memory, and why it stays true.

A current version is kept under the store's epoch: while that stays, nobody
committed anything.  Once it moved, or where it may be late to move, one point
read says by the row's revision whether the decoded version still holds.  A
small content is kept under its name, which is never given twice: it cannot
become untrue.
"""

from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

from storage import keys
from storage.meta import MetaStore
from storage.records import decode_version
from storage.rows import Stored

VERSIONS_BYTES_MAX: Final = 16 * 1024 * 1024
DECODED_TIMES: Final = 4  # as large as the row: strings and dictionaries of their own
CONTENT_BYTES_MAX: Final = 32 * 1024 * 1024
BYTES_EACH: Final = 256  # the name, and the tables' own memory

Value = TypeVar("Value")


class LastUsed(Generic[Value]):
    """What was asked for last, up to a number of bytes."""

    def __init__(self, size: int) -> None:
        self._left = size  # bytes
        self._kept: OrderedDict[bytes, tuple[Value, int]] = OrderedDict()

    def get(self, name: bytes) -> Value | None:
        """The value of that name, if it is kept."""
        found = self._kept.get(name)
        if found is None:
            return None
        self._kept.move_to_end(name)
        return found[0]

    def keep(self, name: bytes, value: Value, size: int) -> None:
        """Keep a value of so many bytes; what was not asked for longest goes."""
        self.drop(name)
        self._kept[name] = value, size
        self._left -= size + len(name) + BYTES_EACH
        while self._left < 0:
            self.drop(next(iter(self._kept)))

    def drop(self, name: bytes) -> None:
        """Keep it no longer."""
        gone = self._kept.pop(name, None)
        if gone is not None:
            self._left += gone[1] + len(name) + BYTES_EACH


class _Known(NamedTuple):
    epoch: int
    stored: Stored


class Currents:
    """The current versions that were read last."""

    def __init__(self, data: MetaStore, size: int = VERSIONS_BYTES_MAX) -> None:
        self._data = data
        self._is_late = data.staleness_s > 0
        self._kept = LastUsed[_Known](size)

    def known(self, bucket_id: bytes, key: bytes) -> Stored | None:
        """The same if it can be said without waiting; None: ask ``get``."""
        if self._is_late:
            return None
        known = self._kept.get(keys.current(bucket_id, key))
        return known.stored if known is not None and known.epoch == self._data.epoch() else None

    async def get(self, bucket_id: bytes, key: bytes) -> Stored | None:
        """The current version of a key, as of the last commit."""
        row_key = keys.current(bucket_id, key)
        # Asked for before the row: a commit in between makes the entry look old, never new.
        epoch = self._data.epoch()
        known = self._kept.get(row_key)
        if known is not None and known.epoch == epoch and not self._is_late:
            return known.stored
        row = await self._data.get(row_key)
        if row is None:
            self._kept.drop(row_key)
            return None
        if known is not None and known.stored.revision == row.revision:
            stored = known.stored
        else:
            stored = Stored(decode_version(row.value), row.revision)
        self._kept.keep(row_key, _Known(epoch, stored), DECODED_TIMES * len(row.value))
        return stored


class SmallContents:
    """The inline contents that were read last."""

    def __init__(self, size: int = CONTENT_BYTES_MAX) -> None:
        self._kept = LastUsed[bytes](size)

    def get(self, content: bytes) -> bytes | None:
        """The content of that name, if it is kept."""
        return self._kept.get(content)

    def keep(self, content: bytes, data: bytes) -> None:
        """Keep a content."""
        self._kept.keep(content, data, len(data))
