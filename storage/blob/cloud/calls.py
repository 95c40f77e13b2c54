"""Every call of the store: its deadline, what its failure means, and whether it is made at all.

The library tries again by itself, in pauses that grow and vary, what it may (reads,
answers of 5xx), within a time that is shorter than ours.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, NamedTuple

import obstore

from storage.blob.cloud import naming
from storage.blob.cloud.breaker import Breaker
from storage.blob.cloud.failures import TROUBLES, Absent, judged
from storage.errors import StorageError, StoreFull, StoreUnavailable

CALL_S: Final = 12.0
BYTES_PER_S: Final = 1024 * 1024  # a call gets one second more for so many that it moves
LOOK_S: Final = 3.0
DELETES_AT_ONCE: Final = 10  # where the store has no call for many
LIST_PAGE: Final = 1000  # S3, ListObjectsV2, "MaxKeys"
# A word that Azure takes, too: no hyphens.  Source: "Naming rules for metadata".
_WRITER: Final = "signetwriter"


class Found(NamedTuple):
    """An object, as the store tells of it."""

    name: str
    size: int
    modified_s: float  # seconds since 1970, by the store's clock
    writer: str  # what its writer called itself; empty if the store does not keep that


class Calls:
    """The objects of one place."""

    def __init__(self, store: Any, name: str, *, bulk: bool, attributes: bool) -> None:
        """``bulk``: it deletes many at once, also missing ones.  ``attributes``: it keeps some."""
        self._store = store
        self._bulk = bulk
        self._attributes = attributes
        self.breaker = Breaker(name, self._look)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await obstore.head_async(self._store, naming.MARK)
        except TimeoutError:
            raise StoreUnavailable(f"no answer for {LOOK_S:.0f} s") from None
        except TROUBLES as error:
            failure = judged(error)
            if isinstance(failure, StorageError):
                raise failure from None

    async def _run(
        self, call: Callable[[], Coroutine[Any, Any, Any]], within_s: float = CALL_S
    ) -> Any:
        """One call.

        Raises:
            Absent, Taken, OutOfRange, Unsupported, StoreFull, StoreUnavailable
        """
        self.breaker.check()
        try:
            async with asyncio.timeout(within_s):
                result = await call()
        except TimeoutError:
            failure: Exception = StoreUnavailable(f"no answer for {within_s:.0f} s")
        except TROUBLES as error:
            failure = judged(error)
        else:
            self.breaker.succeeded()
            return result
        if isinstance(failure, StoreUnavailable):
            self.breaker.failed(str(failure))
        else:
            self.breaker.succeeded()
        raise failure

    async def create(self, name: str, data: bytes, writer: str) -> None:
        """Make an object where there is none; ``writer`` is how its maker knows it again.

        Raises:
            Taken, StoreFull, StoreUnavailable
        """
        about: Mapping[str, str] | None = {_WRITER: writer} if self._attributes else None

        def call() -> Coroutine[Any, Any, Any]:
            return obstore.put_async(  # type: ignore[no-any-return]
                self._store, name, data, mode="create", attributes=about, use_multipart=False
            )

        await self._run(call, CALL_S + len(data) / BYTES_PER_S)

    async def upload(self, name: str, parts: AsyncIterator[bytes], part_bytes: int) -> None:
        """Make an object out of parts, whatever there is; what ``parts`` raises ends it.

        Without a deadline: the parts come when they come.

        Raises:
            StoreFull, StoreUnavailable
        """
        self.breaker.check()
        try:
            await obstore.put_async(
                self._store,
                name,
                parts,
                use_multipart=True,
                chunk_size=part_bytes,
                max_concurrency=1,
            )
        except TROUBLES as error:
            failure = judged(error)
            if not isinstance(failure, StoreFull):
                self.breaker.failed(str(failure))
                raise StoreUnavailable(str(failure)) from None
            raise failure from None
        self.breaker.succeeded()

    async def head(self, name: str) -> Found:
        """What is known of an object.

        Raises:
            Absent, StoreUnavailable
        """

        async def call() -> Any:
            return await obstore.get_async(self._store, name, options={"head": True})

        got = await self._run(call)
        return _found(got.meta, got.attributes.get(_WRITER, ""))

    async def get(self, name: str, offset: int, length: int) -> Any:
        """A stretch of an object, begun: obstore's result, and the object's whole size.

        Raises:
            Absent, OutOfRange, StoreUnavailable
        """
        options = {"range": (offset, offset + length)}
        return await self._run(lambda: obstore.get_async(self._store, name, options=options))

    async def whole(self, got: Any, size: int) -> bytes:
        """All that a begun stretch has.

        Raises:
            StoreUnavailable
        """
        return bytes(await self._run(got.bytes_async, CALL_S + size / BYTES_PER_S))

    async def next_piece(self, stream: Any) -> bytes:
        """The next bytes of a stream; empty at its end.

        Raises:
            StoreUnavailable
        """

        async def call() -> bytes:
            try:
                return bytes(await anext(stream))
            except StopAsyncIteration:
                return b""

        piece: bytes = await self._run(call)
        return piece

    async def copy(self, source: str, target: str, size: int, *, overwrite: bool) -> None:
        """Copy an object on the store's side.

        Raises:
            Absent, Taken, Unsupported, StoreFull, StoreUnavailable
        """

        def call() -> Coroutine[Any, Any, Any]:
            return obstore.copy_async(self._store, source, target, overwrite=overwrite)  # type: ignore[no-any-return]

        await self._run(call, CALL_S + size / BYTES_PER_S)

    async def delete(self, names: Sequence[str]) -> None:
        """Remove objects; those that are gone already count as removed.

        Raises:
            StoreUnavailable
        """
        if self._bulk:
            await self._run(lambda: obstore.delete_async(self._store, list(names)))
            return
        at_once = asyncio.Semaphore(DELETES_AT_ONCE)

        async def remove(name: str) -> None:
            async with at_once:
                try:
                    await self._run(lambda: obstore.delete_async(self._store, name))
                except Absent:
                    return

        for failure in await asyncio.gather(*map(remove, names), return_exceptions=True):
            if failure is not None:
                raise failure

    async def list(self, after: str | None) -> AsyncIterator[Sequence[Found]]:
        """Pages of objects in the order of their names.

        Raises:
            StoreUnavailable
        """
        stream = obstore.list(self._store, offset=after, chunk_size=LIST_PAGE)

        async def call() -> Any:
            try:
                return await anext(stream)
            except StopAsyncIteration:
                return None

        while (page := await self._run(call)) is not None:
            # Not every store that takes the name to begin after heeds it.
            yield [_found(one, "") for one in page if after is None or one["path"] > after]


def _found(meta: Mapping[str, Any], writer: str) -> Found:
    return Found(meta["path"], meta["size"], meta["last_modified"].timestamp(), writer)
