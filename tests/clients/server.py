"""Start the server that the clients talk to: the product's own command line, in a process."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .endpoint import Endpoint

ROOT: Final = Path(__file__).parent.parent.parent
ACCESS_KEY: Final = "SIGNETCLIENTMATRIX01"
SECRET_KEY: Final = "client+matrix/secret+of+no+value/0000001"  # signs nothing outside a test
DOMAIN: Final = "s3.test"  # resolved by the clients' own means: no name server knows it

_START_S: Final = 60.0
_DRAIN_S: Final = 60.0
_POLL_S: Final = 0.05


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    directory: Path, *, scheme: str = "http", arguments: Sequence[str] = (), ca: Path | None = None
) -> Iterator[Endpoint]:
    """A server with two workers and its data in ``directory``; drained at the end.

    Raises AssertionError with the server's own words when it does not become
    ready, does not end with status 0 on SIGTERM, or has logged a traceback.
    """
    endpoint = Endpoint(f"{scheme}://127.0.0.1:{free_port()}", ACCESS_KEY, SECRET_KEY, ca=ca)
    log = directory / "server.log"
    command = [
        *(sys.executable, "-m", "gateway.cli", "serve", "--workers", "2"),
        *("--listen", endpoint.authority, "--data-dir", str(directory / "data")),
        *arguments,
    ]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")},
        "SIGNET_ROOT_ACCESS_KEY_ID": ACCESS_KEY,
        "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET_KEY,
        "SIGNET_DOMAINS": DOMAIN,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_ready(endpoint, process, log)
        yield endpoint
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(_DRAIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
    said = log.read_text(errors="replace")
    assert status == 0, f"the server ended with status {status}:\n{said[-4000:]}"
    assert "Traceback" not in said, f"the server logged a traceback:\n{said[-8000:]}"


def _wait_until_ready(endpoint: Endpoint, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when /-/ready answers 200."""
    # /-/ready is asked in the clear: over TLS an open port is enough, for workers listen last.
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _is_ready(endpoint):
            return
        time.sleep(_POLL_S)  # another process is starting: there is nothing to wait on but time
    raise AssertionError(f"the server did not become ready:\n{log.read_text(errors='replace')}")


def _is_ready(endpoint: Endpoint) -> bool:
    if endpoint.url.startswith("https"):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", endpoint.port)) == 0
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{endpoint.url}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
