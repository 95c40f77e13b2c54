"""Stores as the three providers have them, started on this machine.

Signet itself and moto speak S3; Azurite is Microsoft's emulator of Azure.
"""

import base64
import contextlib
import hmac
import http
import http.client
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from tests.clients.catalogue import TOOLS
from tests.serving import KEY, PATIENCE_S, SECRET, serving, until

EMULATORS_PYTHON: Final = TOOLS / "emulators-venv" / "bin" / "python"
AZURITE: Final = (
    TOOLS / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
)

BUCKET: Final = "contents"
# Azurite documentation, "Default Storage Account": of every Azurite, and known to everybody.
_ACCOUNT: Final = "devstoreaccount1"
_ACCOUNT_KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True, slots=True)
class Emulator:
    """One that runs."""

    place: str  # the URL without a prefix
    options: str  # what follows the prefix

    def url(self, prefix: str, bucket: str = BUCKET) -> str:
        """A place in it."""
        return f"{self.place.replace(BUCKET, bucket)}/{prefix}{self.options}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return True


@contextlib.contextmanager
def _running(command: Sequence[object], port: int, log: Path) -> Iterator[None]:
    """The program, from its first answer on."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: process.poll() is not None or _answers(port), log.read_text)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)


@contextlib.contextmanager
def signet(directory: Path) -> Iterator[Emulator]:
    """Another Signet."""
    with serving(directory / "signet", "--workers", "1") as server:
        server.client().create_bucket(Bucket=BUCKET)
        secret = quote(SECRET, safe="")
        yield Emulator(f"s3://{KEY}:{secret}@{BUCKET}", f"?endpoint={server.endpoint}")


@contextlib.contextmanager
def moto(directory: Path) -> Iterator[Emulator]:
    """S3, as moto has it."""
    port = _free_port()
    command = [EMULATORS_PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port, directory / "moto.log"):
        _ask(port, "PUT", f"/{BUCKET}")
        yield Emulator(f"s3://some:secret@{BUCKET}", f"?endpoint=http://127.0.0.1:{port}")


@contextlib.contextmanager
def azurite(directory: Path) -> Iterator[Emulator]:
    """Azure, as Azurite has it."""
    port, node = _free_port(), shutil.which("node")
    assert node is not None
    command = [node, AZURITE, "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    options = ["--silent", "--skipApiVersionCheck", "--location", directory / "azurite"]
    with _running([*command, *options], port, directory / "azurite.log"):
        endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
        _make_container(port)
        yield Emulator(
            f"az://{_ACCOUNT}:{quote(_ACCOUNT_KEY, safe='')}@{BUCKET}", f"?endpoint={endpoint}"
        )


def _make_container(port: int) -> None:
    """Microsoft, "Create Container" and "Authorize with Shared Key"."""
    path = f"/{_ACCOUNT}/{BUCKET}"
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    signed = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    # The account stands twice: once as such, once because an emulator has it in its path.
    text = "PUT" + 12 * "\n" + signed + f"/{_ACCOUNT}{path}\nrestype:container"
    made = hmac.digest(base64.b64decode(_ACCOUNT_KEY), text.encode(), "sha256")
    signature = base64.b64encode(made).decode()
    headers |= {"Authorization": f"SharedKey {_ACCOUNT}:{signature}", "Content-Length": "0"}
    _ask(port, "PUT", f"{path}?restype=container", headers)


def _ask(
    port: int, method: str, path: str, headers: Mapping[str, str] = MappingProxyType({})
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request(method, path, headers=dict(headers))
    answer = connection.getresponse()
    assert answer.status in (http.HTTPStatus.OK, http.HTTPStatus.CREATED), answer.read()
    connection.close()


Start = Callable[[Path], contextlib.AbstractContextManager[Emulator]]

# With the program that has to be installed.
ALL: Final[Mapping[str, tuple[Start, Path | None]]] = {
    "signet": (signet, None),
    "moto": (moto, EMULATORS_PYTHON),
    "azurite": (azurite, AZURITE),
}
