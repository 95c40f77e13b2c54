"""curl sends what the explainer reads from its command line."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Final

import pytest

from sigv4.explain.reading import read_raw
from sigv4.explain.reading_curl import read_curl
from tests.clients.catalogue import CLIENTS


def no_files(name: str) -> bytes:
    """No line here names one."""
    raise FileNotFoundError(name)


PATHS: Final = (
    "/",
    "/a",
    "/a/",
    "/a/./b",
    "/a/../b",
    "/../a",
    "/a/..",
    "/a/.",
    "/a//../b",
    "/a/b/../../c",
)


@pytest.mark.parametrize(
    "arguments",
    [
        *([f"http://HERE{path}?q=a%20b"] for path in PATHS),
        ["--path-as-is", "http://HERE/a/../b"],
        ["-X", "DELETE", "-H", "x-amz-date: 1", "-H", "User-Agent: me", "http://HERE/k"],
        ["-A", "agent", "-r", "0-9", "http://HERE/k"],
        ["-d", "a=1", "-d", "b=2", "http://HERE/k"],
        ["-I", "http://HERE/k"],
    ],
    ids=" ".join,
)
def test_curl_sends_what_is_read_from_its_command_line(arguments: list[str]) -> None:
    with listener() as (port, sent):
        words = [word.replace("HERE", f"127.0.0.1:{port}") for word in arguments]
        subprocess.run(
            [CLIENTS["curl"].require(), "-s", "-m", "10", "--noproxy", "*", *words],
            check=False,
            capture_output=True,
        )
    real = read_raw(b"".join(sent))
    line = "curl " + " ".join(f"'{word}'" for word in words)
    found = read_curl(line, no_files)
    assert (found.request.method, found.request.target) == real.request[:2]
    assert (found.body or b"") == real.body
    ours = {(name.lower(), value) for name, value in found.request.headers}
    theirs = {(name.lower(), value) for name, value in real.request.headers}
    assert {n for n, _ in theirs - ours} <= {b"user-agent", b"accept"}
    assert ours <= theirs


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Takes one request and answers nothing much."""
    sent: list[bytes] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)

        def accept() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(10)
                sent.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], sent
        thread.join(10)
