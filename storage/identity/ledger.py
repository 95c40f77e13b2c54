"""Changes of an account's identities, one after the other: each expects that there was no other.

Deleting a user expects that nobody attached anything to it meanwhile, a quota
that nobody created one more, and so on: instead of naming the rows of each such
rule, every change of an account counts one row up and expects it as it was.
Identities change rarely; of the work of requests nothing stands here.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from storage import keys
from storage.changes import Trace, What, note
from storage.errors import UnreadableIdentities
from storage.identity import layout
from storage.identity.errors import LimitExceeded
from storage.identity.records import Summary, decode_summary
from storage.meta import ABSENT, Batch, Delta, MetaStore, Range, Row
from storage.records import UNDECODABLE, encode
from storage.seam import Clock, Randomness
from storage.transact import KeyLocks, transact

Record = TypeVar("Record")
Result = TypeVar("Result")
Decode = Callable[[bytes], Record]


class Draft:
    """One change on its way: what was read is what is expected, and what will be written."""

    def __init__(self, ledger: "Ledger", account: str, batch: Batch) -> None:
        self.ledger: Final = ledger
        self.account: Final = account
        self.now_ms: Final = ledger.clock.now_ms()
        self.batch: Final = batch
        self.access_key = ""  # that is made, changed or taken away

    def put(self, key: bytes, record: msgspec.Struct) -> None:
        """Write a record."""
        self.batch.put[key] = encode(record)

    def delete(self, key: bytes) -> None:
        """Take a row away."""
        self.batch.delete.add(key)

    @property
    def subject(self) -> bytes:
        """What the change log has of it."""
        return "\0".join(filter(None, (self.account, self.access_key))).encode()

    def take(self, key: bytes) -> None:
        """Expect that nobody has a key that others than this account might take."""
        self.batch.expect[key] = ABSENT

    async def count(self, kind: str, by: int, limit: int = 0) -> None:
        """One more of a kind, or one less.

        Raises:
            LimitExceeded
        """
        key = layout.summary(self.account)
        found = await self.ledger.summary(self.account)
        number = getattr(found, kind) + by
        if by > 0 and number > limit:
            raise LimitExceeded.of(f"{kind.capitalize()}PerAccount", limit)
        self.put(key, msgspec.structs.replace(found, **{kind: number}))


Decide = Callable[[Draft], Awaitable[Result]]


class Ledger:
    """Reads rows of identities, and changes them."""

    def __init__(
        self,
        control: MetaStore,
        *,
        clock: Clock,
        randomness: Randomness,
        locks: KeyLocks | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._control = control
        self._locks = locks or KeyLocks()
        self._trace = trace
        self.clock: Final = clock
        self.randomness: Final = randomness

    def traced(self, trace: Trace) -> "Ledger":
        """The same in somebody's hands: its changes are told of in the control partition's log."""
        clock, randomness = self.clock, self.randomness
        return Ledger(
            self._control, clock=clock, randomness=randomness, locks=self._locks, trace=trace
        )

    async def read(self, key: bytes, decode: Decode[Record]) -> Record | None:
        """A row's record, None if there is no row.

        Raises:
            UnreadableIdentities, StoreUnavailable
        """
        row = await self._control.get(key)
        return None if row is None else decoded(row, decode)

    async def text(self, key: bytes) -> str | None:
        """The same of a row that is a text."""
        return await self.read(key, bytes.decode)

    async def scan(self, rows: Range, limit: int) -> list[Row]:
        """Up to ``limit`` rows."""
        return list(await self._control.scan([rows], limit))

    async def summary(self, account: str) -> Summary:
        """How many an account has of each."""
        return await self.read(layout.summary(account), decode_summary) or Summary()

    async def revision(self, account: str) -> int:
        """Another one after each change of an account's identities."""
        row = await self._control.get(layout.revision(account))
        return row.revision if row else ABSENT

    async def change(self, account: str, decide: Decide[Result]) -> Result:
        """Commit what ``decide`` puts into its draft, all or nothing; nothing if it stays empty.

        Raises:
            Busy, StoreFull, StoreUnavailable, Uncertain; what ``decide`` raises
        """
        key = layout.revision(account)
        last = Batch(keys.CONTROL)

        async def attempt() -> tuple[Batch | None, Result]:
            nonlocal last
            last = Batch(keys.CONTROL, expect={key: await self.revision(account)})
            draft = Draft(self, account, last)
            result = await decide(draft)
            if not last.put and not last.delete:
                return None, result
            last.add[key] = Delta(1)
            note(last, self._trace, What.IDENTITY, self.clock.now_ms(), draft.subject)
            return last, result

        async def happened(_: Result) -> bool:
            for row_key, value in last.put.items():
                row = await self._control.get(row_key)
                if row is None or row.value != value:
                    return False
            return not any([await self._control.get(row_key) for row_key in last.delete])

        async with self._locks.hold(key):
            return await transact(self._control, attempt, happened=happened, trace=self._trace)

    async def note(self, key: bytes, record: msgspec.Struct) -> None:
        """Write a row that nothing is decided by: nobody has to read anything anew.

        Raises:
            StoreFull, StoreUnavailable, Uncertain
        """
        await self._control.commit(Batch(keys.CONTROL, put={key: encode(record)}, routine=True))


def decoded(row: Row, decode: Callable[[bytes], Any]) -> Any:
    """A row's record.

    Raises:
        UnreadableIdentities
    """
    try:
        return decode(row.value)
    except UNDECODABLE as error:
        raise UnreadableIdentities(f"{row.key!r} is damaged: signet fsck") from error
