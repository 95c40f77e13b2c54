"""A started server, as a person would start it: a process, a port, a data directory."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config

KEY = "AKIATESTTESTTESTTEST"
SECRET = "test/secret+test/secret+test/secret+tes"
PATIENCE_S: Final = 60.0  # with what is bound to come, on a machine however slow
_POLL_S: Final = 0.02  # another process is at work: there is nothing else to wait on
_PLACE = re.compile(r"signet answers on (\S+?)[,;]")


def until(happens: Callable[[], bool], what: Callable[[], str] = str) -> None:
    """Wait for something that is bound to come; ``what`` tells why it did not."""
    limit = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < limit, what()
        time.sleep(_POLL_S)


class Server:
    """The process and where it answers."""

    def __init__(
        self,
        data_dir: Path,
        arguments: Sequence[str] = (),
        program: Sequence[str] = ("gateway.cli",),
    ) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SIGNET_"))}
        environment |= {
            "SIGNET_ROOT_ACCESS_KEY_ID": KEY,
            "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET,
            "PYTHONUNBUFFERED": "1",
        }
        listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                *program,
                "serve",
                "--data-dir",
                str(data_dir),
                *listen,
                *arguments,
            ],
            cwd=Path(__file__).parent.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.log: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line)
            found = _PLACE.search(line)
            if found:
                self.place = found[1]
                break
        else:
            raise AssertionError("the server did not start:\n" + "".join(self.log))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line)

    @property
    def endpoint(self) -> str:
        return f"http://{self.place}"

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.place.rpartition(":")
        return host.strip("[]"), int(port)

    def workers(self) -> list[int]:
        """The processes that the parent forked, in that order: the keeper is the last."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in found.read_text().split()]

    def client(self, **settings: object) -> "boto3.client":
        """boto3, path style, without retries that would hide a failure."""
        options: dict[str, object] = {
            "s3": {"addressing_style": "path"},
            "max_pool_connections": 64,
            "retries": {"total_max_attempts": 1},  # max_attempts counts those after the first
        }
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
            config=Config(**(options | settings)),
        )

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.terminate()
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def kill(self) -> None:
        """kill -9 of everything at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def serving(
    data_dir: Path, *arguments: str, program: Sequence[str] = ("gateway.cli",)
) -> Iterator[Server]:
    """A server that is killed at the end if it still runs."""
    server = Server(data_dir, arguments, program)
    try:
        yield server
    finally:
        server.kill()
