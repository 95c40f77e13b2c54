"""Writing an answer: headers and a small body at once, files by the kernel.

aiohttp's own response objects are passed by: an answer is bytes already.
"""

import asyncio
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from aiohttp import web

from gateway.exchange import Reply, Stretches
from gateway.headers import lines_of
from gateway.server.begun import RawRequest
from gateway.server.taking import Taking
from storage.blob import BlobReader, FileSlice

SENDFILE_BYTES_MIN: Final = 256 * 1024  # below, copying costs less than asking a thread
SENDFILE_BYTES_MAX: Final = 4 * 1024 * 1024  # at once, so that threads are shared fairly
READ_BYTES: Final = 512 * 1024
ONE_WRITE_BYTES_MAX: Final = 256 * 1024  # headers and body are joined up to this size

_pool: Final = ThreadPoolExecutor(16, thread_name_prefix="sendfile")
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
# A website's redirect may have any code: one that nobody has named has no phrase.
_LINES: Final = {
    code: f"HTTP/1.1 {code} {_REASONS.get(code, '')}\r\n".encode() for code in range(100, 600)
}
_WITHOUT_BODY: Final = (204, 304)


class _Date:
    """The Date header, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._text = b""

    def line(self) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._text = f"date: {formatdate(now, usegmt=True)}\r\nserver: Signet\r\n".encode()
        return self._text


_date: Final = _Date()


class Written:
    """What aiohttp takes for a response: it writes itself in ``prepare``."""

    __slots__ = ("_below", "_idle_s", "_reply", "_taking", "keep_alive", "sent", "status")

    def __init__(
        self, reply: Reply, *, idle_s: float, below: asyncio.Transport | None = None
    ) -> None:
        """``below`` is what carries the encrypted bytes, under TLS."""
        self._reply = reply
        self._below = below
        self._idle_s = idle_s
        self._taking: Taking | None = None  # most answers are taken at once
        self.status = reply.status
        self.keep_alive = not reply.close
        self.sent = 0

    async def prepare(self, request: web.BaseRequest | RawRequest) -> None:
        """Write the answer, and close its body in any case.

        Raises:
            ConnectionError: the client is gone.
        """
        whole = False
        try:
            transport = request.transport
            try:
                if transport is None or transport.is_closing():
                    raise ConnectionResetError
                await self._write(request, transport)
            finally:
                # Whatever became of it: what is open holds back all reclaiming.
                if not isinstance(self._reply.body, bytes):
                    await self._reply.body.aclose()
            if self._left(transport) or transport.is_closing():
                await self._flush(request, transport)
            whole = True
        finally:
            if self._reply.on_end is not None:
                self._reply.on_end(self.sent, whole)

    async def _write(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport
    ) -> None:
        message = request._message  # noqa: SLF001 - whether the client keeps the connection
        if message.should_close:
            self.keep_alive = False
        old = message.version < (1, 1)
        body = self._reply.body
        if isinstance(body, bytes):
            head = self._head(len(body), old=old, head=message.method == "HEAD")
            if len(body) <= ONE_WRITE_BYTES_MAX:
                transport.write(head + body)
            else:
                transport.write(head)
                transport.write(body)
            self.sent = len(body)
        elif isinstance(body, Stretches):
            transport.write(self._head(body.size, old=old, head=False))
            await self._send_stretches(request, transport, body)
        else:
            if old:
                self.keep_alive = False
            transport.write(self._head(None, old=old, head=False))
            async for piece in body:
                size = f"{len(piece):x}\r\n".encode()
                transport.write(piece if old else size + piece + b"\r\n")
                self.sent += len(piece)
                await self._drain(request, transport)
            if not old:
                transport.write(b"0\r\n\r\n")

    async def write_eof(self) -> None:
        """Everything is written."""

    def _head(self, size: int | None, *, old: bool, head: bool) -> bytes:
        reply = self._reply
        block, length = lines_of(reply.added), b""
        if reply.prepared is not None:
            block = reply.prepared.lines + block
        # No value holds a line's end, so this is the beginning of a line.
        elif (
            b"\r\ncontent-length: " not in block
            and not block.startswith(b"content-length: ")
            and reply.status not in _WITHOUT_BODY
        ):
            if size is None:
                length = b"" if old else b"transfer-encoding: chunked\r\n"
            elif not head or size:
                length = b"content-length: %d\r\n" % size
        connection = b""
        if not self.keep_alive:
            connection = b"connection: close\r\n"
        elif old:
            connection = b"connection: keep-alive\r\n"
        return b"".join((_LINES[reply.status], _date.line(), block, length, connection, b"\r\n"))

    async def _drain(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport
    ) -> None:
        """Wait until the client has taken most of what was written.

        Raises:
            ConnectionError: it is gone, or too slow.
        """
        helper = request.protocol._drain_helper()  # noqa: SLF001 - aiohttp's back-pressure
        await self._wait(asyncio.ensure_future(helper), transport)

    async def _wait(self, ready: asyncio.Future[None], transport: asyncio.Transport) -> None:
        if self._taking is None:
            self._taking = Taking(self._idle_s, self._below)
        await self._taking.wait(ready, transport, self.sent)

    async def _flush(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport
    ) -> None:
        """Wait until the kernel has all of it: nobody would wait for what is left here.

        Raises:
            ConnectionError: as above; a transport that has failed has nothing left either.
        """
        if self._left(transport):
            await self._wait_for_rest(request, transport)
        if transport.is_closing():
            raise ConnectionResetError

    def _left(self, transport: asyncio.Transport) -> int:
        """Bytes that the kernel has not taken."""
        size = transport.get_write_buffer_size()
        return size if self._below is None else size + self._below.get_write_buffer_size()

    async def _wait_for_rest(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport
    ) -> None:
        layers = (transport,) if self._below is None else (transport, self._below)
        while self._left(transport) and not transport.is_closing():
            # Each time: TLS says that it is done when the layer below has got what it kept.
            for layer in layers:
                layer.set_write_buffer_limits(high=0)
            await self._drain(request, transport)
        if not transport.is_closing():
            for layer in layers:
                layer.set_write_buffer_limits()

    async def _until_writable(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, out: int
    ) -> None:
        """Wait until the socket takes more.

        Raises:
            ConnectionResetError: the client is too slow.
        """
        ready: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        loop.add_writer(out, wake)
        try:
            await self._wait(ready, transport)
        finally:
            loop.remove_writer(out)

    async def _send_stretches(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport, body: Stretches
    ) -> None:
        try:
            async for reader in body:
                try:
                    await self._send_reader(request, transport, reader)
                finally:
                    await reader.close()
        except ConnectionError:
            raise
        except Exception:
            # The status is sent: only a broken connection can say that the rest is missing.
            transport.abort()
            raise

    async def _send_reader(
        self,
        request: web.BaseRequest | RawRequest,
        transport: asyncio.Transport,
        reader: BlobReader,
    ) -> None:
        slice_ = reader.file_slice()
        if (
            slice_ is not None
            and slice_.length >= SENDFILE_BYTES_MIN
            and transport.get_extra_info("sslcontext") is None
        ):
            await self._send_file(request, transport, slice_)
            return
        while piece := await reader.read(READ_BYTES):
            if transport.is_closing():
                raise ConnectionResetError
            transport.write(piece)
            self.sent += len(piece)
            if transport.get_write_buffer_size():
                await self._drain(request, transport)

    async def _send_file(
        self, request: web.BaseRequest | RawRequest, transport: asyncio.Transport, piece: FileSlice
    ) -> None:
        """The kernel copies from the file to the socket; a thread waits for cold pages."""
        loop = asyncio.get_running_loop()
        await self._flush(request, transport)
        raw: socket.socket = transport.get_extra_info("socket")
        out = os.dup(raw.fileno())
        try:
            os.set_blocking(out, False)
            offset, left = piece.offset, piece.length
            while left:
                if transport.is_closing():
                    raise ConnectionResetError
                wanted = min(left, SENDFILE_BYTES_MAX)
                try:
                    count = await loop.run_in_executor(
                        _pool, os.sendfile, out, piece.fd, offset, wanted
                    )
                except BlockingIOError:
                    await self._until_writable(loop, transport, out)
                    continue
                if count == 0:
                    transport.abort()  # the file is shorter than it should be
                    raise ConnectionResetError
                offset += count
                left -= count
                self.sent += count
        except BrokenPipeError:
            raise ConnectionResetError from None
        finally:
            os.close(out)
