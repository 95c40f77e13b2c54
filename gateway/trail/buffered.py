"""A worker's records of requests that changed nothing, some hundred at a time into its spool.

What a worker holds when it is killed is lost, and what it has written when the
power fails: a read is not worth a sync.  What cannot be written, or is too much,
is counted, and the count is a record.

A spool's file is pieces: four bytes that say how long, then a list of records.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from gateway.observe.spool import Fate, Spool
from gateway.trail.records import Lost, Record, Row, encode_records
from storage.seam import Clock

RECORDS_AT_ONCE: Final = 256
_LENGTH_BYTES: Final = 4


class Buffered:
    """One worker's."""

    def __init__(self, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._held: list[Record | Row] = []
        self._written = 0  # requests that the file tells of that is being filled
        self._lost = 0

    def put(self, record: Row) -> None:
        """Take one; never fails."""
        self._held.append(record)
        if len(self._held) >= RECORDS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        held, self._held = self._held, []
        if self._lost:
            why = "they could not be written, or nobody took them"
            held.append(Lost(self._clock.now_ms(), self._lost, why))
        if not held:
            return
        count = len(held) - (1 if self._lost else 0)
        match self._spool.put(as_piece(held)):
            case Fate.KEPT:
                self._lost, self._written = 0, self._written + count + self._lost
            case Fate.SET_ASIDE:
                self._lost = self._written = 0
            case Fate.LOST:
                self._lost += count
            case Fate.ALL_LOST:
                self._lost, self._written = self._lost + self._written + count, 0

    def set_aside(self) -> None:
        """Let what was put be taken."""
        self.flush()
        if not self._spool.set_aside():
            self._lost += self._written
        self._written = 0


def as_piece(records: Sequence[Record | Row]) -> bytes:
    """Records as they are written."""
    try:
        encoded = encode_records(records)
    except UnicodeEncodeError:
        # One has half a surrogate pair of some client's: it must not cost the others.
        plain = msgspec.to_builtins(records, builtin_types=(bytes,))
        encoded = encode_records(_as_text(plain))
    return len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded


def _as_text(found: Any) -> Any:
    """The same, with question marks where texts are none."""
    if isinstance(found, str):
        return found.encode("utf-8", "replace").decode()
    if isinstance(found, list | tuple):
        return [_as_text(one) for one in found]
    return found


def whole_pieces(content: bytes) -> bytes:
    """The content without a piece at its end that was written by half."""
    at = 0
    while at + _LENGTH_BYTES <= len(content):
        following = at + _LENGTH_BYTES + _length(content, at)
        if following > len(content):
            break
        at = following
    return content[:at]


def pieces(content: bytes) -> Iterator[bytes]:
    """The encoded lists of records."""
    at = 0
    while at < len(content):
        start = at + _LENGTH_BYTES
        at = start + _length(content, at)
        yield content[start:at]


def _length(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + _LENGTH_BYTES], "big")
