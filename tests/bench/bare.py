"""What aiohttp can do at most: a bare ``web.Server`` that answers 4 KiB from memory.

``python tests/bench/bare.py PORT PROCESSES``
"""

import asyncio
import os
import socket
import sys

import uvloop
from aiohttp import web

BODY = os.urandom(4096)


async def answer(request: web.BaseRequest) -> web.Response:
    """The body is read, so that a PUT costs its transfer."""
    await request.read()
    return web.Response(body=BODY if request.method == "GET" else b"")


async def serve(port: int) -> None:
    """Until killed."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("127.0.0.1", port))
    server = web.Server(answer, access_log=None)
    await asyncio.get_running_loop().create_server(server, sock=one, backlog=1024)
    await asyncio.Event().wait()


def main() -> None:
    """Fork all but one."""
    port, processes = int(sys.argv[1]), int(sys.argv[2])
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    uvloop.run(serve(port))


if __name__ == "__main__":
    main()
