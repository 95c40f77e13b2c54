"""What the keeper does for the trail: takes records out of spools and change logs into segments.

Each record is in a segment once.  A block is durable before what it was made of
is removed, and nothing else is added before that is: whoever begins again after
a crash finds in the last block what may still have to be removed.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.observe.spool import Spool
from gateway.trail.blocks import LOG, NEXT_KEY, REMOVED, SPOOL, Source
from gateway.trail.buffered import as_piece, whole_pieces
from gateway.trail.records import Committed, Record
from gateway.trail.retention import Retention
from gateway.trail.segments import NONE, Last, Segments
from gateway.trail.signer import KEY, Signer
from storage.changes import PAGE_ROWS, Changes
from storage.errors import MasterKeyMissing, StoreUnavailable
from storage.garbage import Done, Stopped
from storage.keyring import Keyring
from storage.seam import Clock

_log = logging.getLogger(__name__)

BLOCK_BYTES: Final = 4 * 1024 * 1024  # of records; a block is made of so many, or of what there is
SOURCES_MAX: Final = 10_000  # of a block: each is named in its head


class _Load:
    """What a block is to be made of."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.sources: list[Source] = []
        self.size = 0

    def add(self, source: Source, piece: bytes) -> None:
        self.sources.append(source)
        self.pieces.append(piece)
        self.size += len(piece)

    @property
    def is_full(self) -> bool:
        return self.size >= BLOCK_BYTES or len(self.sources) >= SOURCES_MAX


class Collector:
    """Of one data directory; the keeper's, alone."""

    def __init__(
        self,
        folder: Path,
        spool: Spool,
        changes: Changes,
        keyring: Keyring,
        clock: Clock,
        *,
        retention: Retention | None = None,
    ) -> None:
        """``retention`` says for how long segments are kept; without one it is for ever."""
        self._folder = folder
        self._spool = spool
        self._changes = changes
        self._keyring = keyring
        self._clock = clock
        self._retention = retention or Retention(folder)
        self._segments: Segments | None = None
        self._empty: tuple[int, int] | None = None  # the stores' epoch when no log had anything
        self._left: Last | None = None  # what it was made of may have to be removed
        self._is_wanted: Callable[[Path], bool] = _by_nobody

    @property
    def last(self) -> Last | None:
        """The last block, as soon as that is known."""
        return None if self._segments is None else self._segments.last

    def closed(self) -> list[Path]:
        """The segments that do not grow any more."""
        return [] if self._segments is None else self._segments.closed()

    async def round(self, stopped: Stopped) -> Done:
        """Take what there is.

        Raises:
            StoreUnavailable, StoreFull, Uncertain, MasterKeyMissing: the rest is the next round's.
        """
        done = Done()
        try:
            await self._round(done, stopped)
        except OSError as error:
            self.close()  # what was written of it is found out when it is opened again
            raise StoreUnavailable(f"the trail: {error}") from error
        return done

    async def _round(self, done: Done, stopped: Stopped) -> None:
        if self._segments is None:
            self._segments = await asyncio.to_thread(Segments, self._folder, self._clock)
            self._left = self._segments.last
        await self._finish(done)
        load = _Load()
        for name, content in self._spool.waiting():
            load.add(Source(SPOOL, name.encode()), whole_pieces(content))
            if load.is_full:
                await self._write(load, done)
                load = _Load()
            if stopped():
                break
        epoch = self._changes.epoch()
        partitions = await self._changes.partitions() if epoch != self._empty else ()
        if not partitions:
            self._empty = epoch  # as long as nothing is committed nobody has to look
        for partition in partitions:
            if stopped():
                break
            found = await self._changes.read(partition)
            records: list[Record] = [Committed(partition, *one) for one in found]
            if not records:
                continue
            load.add(Source(LOG, partition, found[-1].place), as_piece(records))
            done.more |= len(found) == PAGE_ROWS
            if load.is_full:
                await self._write(load, done)
                load = _Load()
        if load.sources:
            await self._write(load, done)
        await self._forget_old(done)

    async def _write(self, load: _Load, done: Done) -> None:
        assert self._segments is not None, "opened before"
        append, sources = self._segments.append, tuple(load.sources)
        *before, signer = await asyncio.to_thread(self._signers, self._segments.last)
        for old in before:
            named = Source(NEXT_KEY, str(signer.version).encode(), signer.public)
            await asyncio.to_thread(append, old, (named,), b"")
        self._left = await asyncio.to_thread(append, signer, sources, b"".join(load.pieces))
        await self._finish(done)

    def _signers(self, last: Last) -> list[Signer]:
        """Who signs; before him, once, who signed the last block, if that was another one.

        What the older key signs then names the newer: whoever knows the one knows the other.
        An older key that is gone leaves its blocks to those who have kept its public one.
        """
        try:
            newest = Signer(self._keyring.newest(KEY))
            if last.public in (newest.public, NONE.public):
                return [newest]
            older = (Signer(key) for key in self._keyring.list() if key.name == KEY)
            return [one for one in older if one.public == last.public] + [newest]
        except OSError as error:
            raise MasterKeyMissing(f"the key of the trail: {error}") from error

    async def _finish(self, done: Done) -> None:
        """Remove what the last block was made of."""
        if self._left is None:
            return
        for kind, name, upto in ((one.kind, one.name, one.upto) for one in self._left.sources):
            if kind == SPOOL:
                self._spool.remove(name.decode())
            elif kind == LOG:
                rows = await self._changes.read(name)
                gone = [row.place for row in rows if row.place <= upto]
                if gone:
                    await self._changes.remove(name, gone)
                done.rows += len(gone)
        self._left = None

    def keep_while(self, is_wanted: Callable[[Path], bool]) -> None:
        """Keep segments, however old, that somebody still has to have, as long as there is room."""
        self._is_wanted = is_wanted

    async def _forget_old(self, done: Done) -> None:
        """Remove segments that need not be kept, or cannot, and say so in a block."""
        segments, find = self._segments, self._retention.next
        assert segments is not None, "opened before"
        while going := await asyncio.to_thread(find, self._clock.now_ms(), self._is_wanted):
            load = _Load()
            load.add(Source(REMOVED, str(going.number).encode(), going.digest), b"")
            await self._write(load, done)
            segments.remove(going.path)
            done.rows += 1

    def close(self) -> None:
        """Give the file back."""
        if self._segments is not None:
            self._segments.close()
            self._segments = None


def _by_nobody(_path: Path) -> bool:
    return False
