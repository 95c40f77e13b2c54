"""Writing a blob: one conditional request if it is small, else a claim and an upload in parts.

What the answer of a conditional request was lost to is found out: the object says
who wrote it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Final

from storage.blob import BlobId, Buffer
from storage.blob.cloud import naming
from storage.blob.cloud.calls import BYTES_PER_S, CALL_S, Calls
from storage.blob.cloud.failures import Absent, Taken
from storage.blob.cloud.room import Room
from storage.errors import BlobExists, StorageError, StoreUnavailable

# A part of 8 MiB, the AWS CLI's, fits into one request, also when it is encrypted.
# S3 takes parts from 5 MiB on, and 10,000 of them: User Guide, "multipart upload limits".
PART_BYTES: Final = 8 * 1024 * 1024 + 512 * 1024
PARTS_HELD: Final = 3  # gathered, handed over, under way
_TOKEN_BYTES: Final = 16

SMALL_BYTES_MAX: Final = PART_BYTES

assert SMALL_BYTES_MAX <= PART_BYTES
assert PART_BYTES >= 5 * 1024 * 1024
assert 10_000 * PART_BYTES > 50 * 1024**3


class Aborted(Exception):
    """Ends an upload; never leaves this package."""


async def claim(calls: Calls, name: str, data: bytes, writer: str) -> None:
    """Make an object where there is none, or find that it was made by us.

    Raises:
        BlobExists: by somebody else.
        StoreFull, StoreUnavailable
    """
    try:
        await calls.create(name, data, writer)
    except Taken:
        # The library asks again when it got no answer, and is then told that it exists.
        with contextlib.suppress(Absent):
            if (await calls.head(name)).writer == writer:
                return
        raise BlobExists from None
    except StoreUnavailable:
        with contextlib.suppress(Absent):
            if (await calls.head(name)).writer == writer:
                return
        raise


class _Upload:
    """The parts of one large blob on their way."""

    def __init__(self, calls: Calls, blob: BlobId, part_bytes: int) -> None:
        self._calls = calls
        self._name = naming.large(blob)
        self._parts: asyncio.Queue[bytes | Aborted | None] = asyncio.Queue(1)
        self._sent = 0
        self._within_s = CALL_S + part_bytes / BYTES_PER_S
        self._task = asyncio.create_task(calls.upload(self._name, self._stream(), part_bytes))

    async def _stream(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            if isinstance(part, Aborted):
                raise part
            yield part

    async def put(self, part: bytes | None) -> None:
        """Hand a part over; None: that was all.

        Raises:
            StoreFull, StoreUnavailable
        """
        handing = asyncio.ensure_future(self._parts.put(part))
        try:
            await asyncio.wait(
                {handing, self._task}, timeout=self._within_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not handing.done():
                if self._task.done():
                    self._task.result()
                raise StoreUnavailable(f"a part was not taken for {self._within_s:.0f} s")
        finally:
            handing.cancel()
        self._sent += len(part) if part is not None else 0

    async def finish(self) -> None:
        """Wait until the object is there.

        Raises:
            StoreFull, StoreUnavailable
        """
        await self.put(None)
        done, _ = await asyncio.wait({self._task}, timeout=2 * self._within_s)
        try:
            if not done:
                raise StoreUnavailable(f"an upload was not finished for {2 * self._within_s:.0f} s")
            self._task.result()
        except StoreUnavailable:
            with contextlib.suppress(Absent):  # the answer may have been lost
                if (await self._calls.head(self._name)).size == self._sent:
                    return
            raise

    async def end(self) -> None:
        """Let it come to nothing; nobody waits for long."""
        if not self._task.done():
            with contextlib.suppress(asyncio.QueueEmpty):
                self._parts.get_nowait()
            self._parts.put_nowait(Aborted())
            await asyncio.wait({self._task}, timeout=self._within_s)
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class CloudWriter:
    """Takes the bytes of one blob in order."""

    def __init__(
        self, calls: Calls, room: Room, blob: BlobId, small_bytes: int, part_bytes: int
    ) -> None:
        self._calls = calls
        self._room = room
        self._blob = blob
        self._small_bytes = small_bytes
        self._part_bytes = part_bytes
        self._token = token_hex(_TOKEN_BYTES)
        self._gathered = bytearray()
        self._held = 0  # bytes of the room
        self._upload: _Upload | None = None
        self._claimed = False
        self._taken = False  # by another writer: the rest is for nothing
        self._over: StorageError | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is an upload in parts by now."""
        return self._claimed

    async def write(self, data: Buffer) -> None:
        """Gather; a full part is handed over when more comes.

        Raises:
            StoreFull, StoreUnavailable
        """
        self._check()
        view = memoryview(data).cast("B")
        try:
            while view and not self._taken:
                gathered, is_small = len(self._gathered), self._upload is None
                if is_small and gathered == self._small_bytes and not await self._begin():
                    return
                if gathered == self._part_bytes:
                    await self._hand_over()
                most = self._part_bytes if self._upload is not None else self._small_bytes
                piece = view[: most - len(self._gathered)]
                if self._upload is None:
                    await self._take(len(piece))
                self._gathered += piece
                view = view[len(piece) :]
        except StorageError as error:
            self._over = error
            raise

    async def _take(self, size: int) -> None:
        await self._room.take(size)
        self._held += size

    async def _hand_over(self) -> None:
        assert self._upload is not None
        part, self._gathered = bytes(self._gathered), bytearray()
        await self._upload.put(part)

    async def _begin(self) -> bool:
        """Claim the name and begin the upload; False if another has it."""
        await self._take(PARTS_HELD * self._part_bytes - self._held)
        try:
            await claim(self._calls, naming.small(self._blob), b"", self._token)
        except BlobExists:
            self._taken = True
            self._gathered.clear()
            return False
        self._claimed = True
        self._upload = _Upload(self._calls, self._blob, self._part_bytes)
        return True

    async def commit(self) -> None:
        """Make it durable and readable: the store's answer says that it is.

        Raises:
            BlobExists, StoreFull, StoreUnavailable
        """
        self._check()
        self._over = StoreUnavailable("the writer did not finish")
        try:
            await self._finish()
        except StorageError as error:
            self._over = error
            raise
        self._over = StoreUnavailable("the writer is closed")
        self._upload = None
        self._claimed = False
        self._release()

    async def _finish(self) -> None:
        if self._taken:
            raise BlobExists
        if self._gathered and self._upload is None:
            data = bytes(self._gathered)
            await claim(self._calls, naming.small(self._blob), data, self._token)
            return
        # Also an empty one: an empty object of the blob's own name is always a claim.
        if self._upload is None and not await self._begin():
            raise BlobExists
        assert self._upload is not None
        if self._gathered:
            await self._hand_over()
        await self._upload.finish()

    async def abort(self) -> None:
        """Forget what was written; nothing to do after the commit or another abort."""
        self._over = self._over or StoreUnavailable("the writer was aborted")
        self._gathered.clear()
        upload, self._upload = self._upload, None
        claimed, self._claimed = self._claimed, False
        try:
            if upload is not None:
                await asyncio.shield(upload.end())
            if claimed:
                # The bytes first.  What is left is listed some day, and swept.
                with contextlib.suppress(StorageError):
                    await self._calls.delete([naming.large(self._blob)])
                    await self._calls.delete([naming.small(self._blob)])
        finally:
            self._release()

    def _release(self) -> None:
        self._gathered = bytearray()
        held, self._held = self._held, 0
        if held:
            self._room.give_back(held)

    def _check(self) -> None:
        # A hole must not become a blob because a caller went on regardless.
        if self._over is not None:
            raise self._over
