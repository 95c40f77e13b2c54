"""A request is answered where its bytes arrive, as far as nothing has to be waited for.

aiohttp wakes a task for each request, which before Python 3.12 makes another: three turns of the
loop.  Most small reads wait for nothing at all.  A coroutine is begun at once instead, as if by the
connection's own task; if it has to wait, that task goes on with it.

Source: Python's documentation, "Extending asyncio", on ``_enter_task``.
"""

from asyncio import AbstractEventLoop, Task, tasks
from collections.abc import Coroutine, Generator
from typing import Any

from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler


class RawRequest:
    """What is asked of aiohttp's BaseRequest here, and no more: it costs three times as much."""

    __slots__ = ("_message", "content", "protocol")

    def __init__(
        self, message: RawRequestMessage, content: StreamReader, protocol: RequestHandler
    ) -> None:
        self._message = message
        self.content = content
        self.protocol = protocol

    @property
    def transport(self) -> Any:
        """None once the connection has ended."""
        return self.protocol.transport

    @property
    def version(self) -> Any:
        """Of HTTP."""
        return self._message.version

    @property
    def secure(self) -> bool:
        """Whether it came over TLS that ends here."""
        return self.protocol.ssl_context is not None


class Begun:
    """A coroutine that has to wait; who awaits this goes on with it."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, None], first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        """Wait for what it waits for, and hand on all that comes of it."""
        awaited = self._first
        while True:
            try:
                try:
                    sent = yield awaited
                except GeneratorExit:
                    self._coroutine.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever it is, it is the coroutine's
                    awaited = self._coroutine.throw(error)
                else:
                    awaited = self._coroutine.send(sent)
            except StopIteration:
                return


def begin(
    loop: AbstractEventLoop, task: Task[Any], coroutine: Coroutine[Any, Any, None]
) -> Begun | None:
    """Run it in the name of ``task``, which waits, until it ends (None) or has to wait.

    Raises:
        whatever it raises
    """
    tasks._enter_task(loop, task)  # noqa: SLF001 - documented
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    finally:
        tasks._leave_task(loop, task)  # noqa: SLF001
    return Begun(coroutine, awaited)
