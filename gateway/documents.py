"""Documents on their way in: each within its operation's limit, all of a process within one.

A document is held whole, and what is parsed of it is larger; so what many
clients send at once is bounded, and one too many is told to come later.
"""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

from gateway.bodies import VerifiedBody
from gateway.protocol.errors import ProtocolError
from gateway.protocol.xml import DOCUMENT_BYTES_MAX
from storage.digests import Digests
from storage.integrity import Promises

DOCUMENTS_BYTES_MAX: Final = 64 * 1024 * 1024  # of one process

assert DOCUMENTS_BYTES_MAX >= DOCUMENT_BYTES_MAX  # the largest must find room when alone


class Budget:
    """What the documents of one process may take together, in bytes."""

    def __init__(self, bytes_max: int = DOCUMENTS_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self.used = 0

    @property
    def left(self) -> int:
        """Bytes that nobody holds."""
        return self._bytes_max - self.used


class Room:
    """One request's share of a budget: it grows by what arrives, and is given back at the end.

    The end is the handler's, or that of the work it was handed over to.

    What is merely announced takes nothing, or a client could hold what it
    never sends; but it has to fit at that moment, so that a refusal comes
    before the client sends (and before a 100 Continue).
    """

    __slots__ = ("_budget", "_held")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back(self._take_out())

    def hand_over(self, work: asyncio.Future[Any]) -> None:
        """Hold what is held until ``work`` has ended, which may outlive the request.

        Without this what the work keeps of a document would be counted nowhere.
        """
        held = self._take_out()
        work.add_done_callback(lambda _: self._give_back(held))

    def _take_out(self) -> int:
        held, self._held = self._held, 0
        return held

    def _give_back(self, size: int) -> None:
        self._budget.used -= size

    def check(self, size: int) -> None:
        """Refuse what would not fit now.

        Raises:
            ProtocolError: SlowDown
        """
        if size > self._budget.left:
            raise ProtocolError("SlowDown")

    def grow(self, size: int) -> None:
        """Hold as many bytes more.

        Raises:
            ProtocolError: SlowDown
        """
        self.check(size)
        self._budget.used += size
        self._held += size


async def read_document(
    body: VerifiedBody, promises: Promises, *, bytes_max: int, room: Room
) -> bytes:
    """A whole document, checked against what was promised of it.

    Raises:
        ProtocolError: MaxMessageLengthExceeded; SlowDown
        BadDigest, ChecksumMismatch; what the body raises
    """
    announced = bytes_max if body.size is None else body.size
    if announced > bytes_max:
        raise _too_large(bytes_max)
    room.check(announced)
    document = bytearray()
    while piece := await body.read():
        if len(document) + len(piece) > bytes_max:
            raise _too_large(bytes_max)
        room.grow(len(piece))
        document += piece
    if promises.content_md5 is not None or promises.value is not None:
        digests = Digests(promises.algorithms())
        await digests.update(document)
        promises.check(digests.finish(), body.trailers())
    return bytes(document)


def _too_large(bytes_max: int) -> ProtocolError:
    return ProtocolError("MaxMessageLengthExceeded", MaxMessageLengthBytes=str(bytes_max))
