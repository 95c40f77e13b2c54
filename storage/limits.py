"""How much a key, an account, a bucket or a source address may ask for: rows of the control store.

Who keeps to it, and how, is the gateway's; here stands what an operator set.
Rates are per second and hold for all workers of a machine together.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from storage import keys
from storage.changes import Trace, What, note
from storage.errors import InvalidArgument
from storage.meta import ABSENT, SCAN_ROWS_MAX, Batch, Delta, MetaStore, Range, Row, prefix_range
from storage.records import UNDECODABLE, encode
from storage.seam import Clock
from storage.transact import transact

OF_ADDRESS: Final = "address"
OF_KEY: Final = "key"
OF_ACCOUNT: Final = "account"
OF_BUCKET: Final = "bucket"
KINDS: Final = (OF_ADDRESS, OF_KEY, OF_ACCOUNT, OF_BUCKET)

LIMITS_MAX: Final = 20_000  # rows; each worker has all of them in memory
# Of an access key's id, a bucket's name, an address; the ARN of a role, whose path and name have
# up to 576 letters (IAM API Reference, Role).
SUBJECT_BYTES_MAX: Final = 1024
# More is no limit on any machine; below it nothing of the arithmetic is inexact.
VALUE_MAX: Final = 10**12


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """Up to how much; 0 is no limit."""

    requests: int = 0  # per second
    bytes: int = 0  # per second, of content in both directions
    concurrency: int = 0  # requests at a time

    @property
    def is_none(self) -> bool:
        """Whether it limits nothing."""
        return self == NO_LIMIT


NO_LIMIT: Final = Limit()

Subject = tuple[str, str]  # kind and name

decode_limit = msgspec.msgpack.Decoder(Limit).decode


class Limits:
    """Sets, removes and lists limits."""

    def __init__(
        self, control: MetaStore, *, clock: Clock | None = None, trace: Trace | None = None
    ) -> None:
        """``trace`` tells of changes, by the ``clock``."""
        assert trace is None or clock is not None, "what is told of has a time"
        self._control = control
        self._clock = clock
        self._trace = trace

    async def revision(self) -> int:
        """Another one after each change of any limit."""
        row = await self._control.get(keys.LIMITS_REVISION)
        return row.revision if row else ABSENT

    async def all(self) -> Mapping[Subject, Limit]:
        """Every limit that was set; a damaged row is none, and ``signet fsck`` tells of it.

        Raises:
            StoreUnavailable
        """
        found: dict[Subject, Limit] = {}
        start, end = prefix_range(keys.LIMITS)
        while rows := await self._control.scan([Range(start, end)], SCAN_ROWS_MAX):
            for row in rows:
                if row.key != keys.LIMITS_REVISION:
                    _take(found, row)
            start = rows[-1].key + b"\x00"
        return found

    async def set(self, kind: str, subject: str, limit: Limit) -> None:
        """Let this hold from now on, in place of the default of its kind.

        Also a limit of nothing: it frees a subject of the default.

        Raises:
            InvalidArgument: no such kind or subject, or there are too many
            Busy, StoreFull, StoreUnavailable, Uncertain
        """
        check(kind, subject, limit)
        found = await self.all()
        if (kind, subject) not in found and len(found) >= LIMITS_MAX:
            raise InvalidArgument(f"there are {LIMITS_MAX} limits already")
        row_key, value = keys.limit(kind, subject), encode(limit)

        async def decide() -> tuple[Batch, None]:
            batch = Batch(keys.CONTROL, put={row_key: value})
            self._count(batch)
            return batch, None

        async def happened(_: None) -> bool:
            row = await self._control.get(row_key)
            return row is not None and row.value == value

        await transact(self._control, decide, happened=happened, trace=self._trace)

    async def remove(self, kind: str, subject: str) -> bool:
        """Let the default hold again; False if nothing was set.

        Raises:
            Busy, StoreFull, StoreUnavailable, Uncertain
        """
        row_key = keys.limit(kind, subject)

        async def decide() -> tuple[Batch | None, bool]:
            row = await self._control.get(row_key)
            if row is None:
                return None, False
            batch = Batch(keys.CONTROL, expect={row_key: row.revision}, delete={row_key})
            self._count(batch)
            return batch, True

        async def happened(_: bool) -> bool:
            return await self._control.get(row_key) is None

        return await transact(self._control, decide, happened=happened, trace=self._trace)

    def _count(self, batch: Batch) -> None:
        batch.add[keys.LIMITS_REVISION] = Delta(1)
        if self._clock is not None:
            note(batch, self._trace, What.LIMITS, self._clock.now_ms())


def check(kind: str, subject: str, limit: Limit) -> None:
    """Raises InvalidArgument."""
    if kind not in KINDS:
        raise InvalidArgument(f"{kind!r} is not one of {', '.join(KINDS)}")
    if not subject or "\0" in subject or len(subject.encode()) > SUBJECT_BYTES_MAX:
        raise InvalidArgument(f"{subject!r} is no {kind}")
    for value in (limit.requests, limit.bytes, limit.concurrency):
        if not 0 <= value <= VALUE_MAX:
            raise InvalidArgument(f"{value} is not 0 to {VALUE_MAX}")


def _take(found: dict[Subject, Limit], row: Row) -> None:
    kind, _, subject = row.key[len(keys.LIMITS) :].partition(b"\x00")
    try:
        found[kind.decode(), subject.decode()] = decode_limit(row.value)
    except UNDECODABLE:
        return
