"""All of the trail, oldest first: its segments, and then what the keeper has not taken yet.

What waits is read before the segments, so that nothing is missed that is taken
meanwhile; what turns out to have been taken is passed over.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.observe.spool import FolderSpool
from gateway.trail.blocks import LOG, SPOOL, Block
from gateway.trail.buffered import as_piece, pieces, whole_pieces
from gateway.trail.entries import Entry, entries_of
from gateway.trail.records import Committed, Record, decode_records
from gateway.trail.segments import Reading, paths
from storage.changes import Changes

_log = logging.getLogger(__name__)


class Waiting(NamedTuple):
    """What the keeper has not taken yet."""

    kind: str
    name: bytes
    upto: bytes  # of a log
    content: bytes  # pieces


async def waiting(spool: FolderSpool, changes: Changes) -> list[Waiting]:
    """What waits now.

    Raises:
        StoreUnavailable, OSError
    """
    found = [
        Waiting(SPOOL, name.encode(), b"", whole_pieces(content)) for name, content in spool.look()
    ]
    for partition in await changes.partitions():
        after = b""
        while page := await changes.read_after(partition, after):
            records: list[Record] = [Committed(partition, *one) for one in page]
            after = page[-1].place
            found.append(Waiting(LOG, partition, after, as_piece(records)))
    return found


def entries(folder: Path, rest: Sequence[Waiting] = (), *, since_ms: int = 0) -> Iterator[Entry]:
    """Every entry of the segments, then of what waited; those of blocks made before are left out.

    Raises:
        Damaged, OSError
    """
    taken = _Taken()
    for path in paths(folder):
        blocks = Reading(path)
        for block in blocks:
            taken.add(block)
            # A block is younger than all that is in it.
            if block.head.made_ms >= since_ms:
                for piece in pieces(block.records()):
                    yield from entries_of(decode_records(piece))
        if blocks.is_harmed:
            _log.warning("%s is damaged, what follows in it is left out: %s", path, blocks.end)
    for one in rest:
        for piece in pieces(one.content):
            records = decode_records(piece)
            yield from entries_of([record for record in records if not taken.has(one, record)])


class _Taken:
    """What the blocks that were read are made of."""

    def __init__(self) -> None:
        self._files: set[bytes] = set()
        self._logs: dict[bytes, bytes] = {}

    def add(self, block: Block) -> None:
        for source in block.head.sources:
            if source.kind == SPOOL:
                self._files.add(source.name)
            elif source.kind == LOG:
                self._logs[source.name] = source.upto

    def has(self, one: Waiting, record: Record) -> bool:
        if one.kind == SPOOL:
            return one.name in self._files
        assert isinstance(record, Committed), "a log has changes"
        return record.place <= self._logs.get(one.name, b"")
