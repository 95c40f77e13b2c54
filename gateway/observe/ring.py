"""A file of slots that its writers go round in: the last records, bounded, without a lock.

Each writer has slots of its own, so nobody waits; a reader takes what is
whole, which a checksum says.  Nothing is synced: what a power cut takes from
here is no loss.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SLOTS: Final = 512
SLOT_BYTES: Final = 8 * 1024
_HEAD: Final = struct.Struct("<QII")  # ordinal of the record, its checksum, its length
RECORD_BYTES_MAX: Final = SLOT_BYTES - _HEAD.size
_MODE: Final = 0o600


class Ring:
    """One writer's share of the file."""

    def __init__(self, path: Path, writer: int, writers: int) -> None:
        """Raises OSError if the file cannot be opened."""
        self._share = max(SLOTS // writers, 1)
        self._first = writer * self._share
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        self._next = self._newest() + 1

    def _newest(self) -> int:
        """The ordinal to go on from after a restart."""
        found = 0
        for number in range(self._first, self._first + self._share):
            head = os.pread(self._fd, _HEAD.size, number * SLOT_BYTES)
            if len(head) == _HEAD.size:
                found = max(found, _HEAD.unpack(head)[0])
        return found

    def put(self, record: bytes) -> None:
        """Write a record over this writer's oldest.

        Raises:
            OSError
        """
        assert len(record) <= RECORD_BYTES_MAX, "the caller cuts it"
        number = self._first + self._next % self._share
        head = _HEAD.pack(self._next, zlib.crc32(record), len(record))
        os.pwrite(self._fd, head + record, number * SLOT_BYTES)
        self._next += 1

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


def records(path: Path) -> Iterator[bytes]:
    """Every whole record of the file, in no order; none if there is no file."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        while slot := file.read(SLOT_BYTES):
            if len(slot) < _HEAD.size:
                return
            _, checksum, length = _HEAD.unpack_from(slot)
            record = slot[_HEAD.size : _HEAD.size + length]
            if length and len(record) == length and zlib.crc32(record) == checksum:
                yield record
