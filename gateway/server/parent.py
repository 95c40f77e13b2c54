"""The parent: no event loop, no threads.  It opens, forks, watches, and ends in order.

It keeps every listening socket, so that what waits for a worker survives it.
"""

import contextlib
import ctypes
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from gateway import registry, rootkey
from gateway.config import Config, ConfigError
from gateway.iam.accounts import Accounts
from gateway.observe.metrics import Board
from gateway.protocol.plans import compile_plans
from gateway.server import sockets
from gateway.server.http import check_parser
from gateway.server.tls import Certificates
from gateway.server.worker import Shared, run_keeper, run_worker
from storage import format as data_format
from storage.durable import make_directories
from storage.errors import FormatError
from storage.files import RealFiles
from storage.meta.epoch import SharedEpoch
from storage.reads import ReadsBoard

_log = logging.getLogger(__name__)

RESTART_PAUSE_S: Final = 1.0  # for a process that died soon after its start
SOON_S: Final = 5.0
KILL_AFTER_S: Final = 5.0  # beyond the drain timeout
START_TIMEOUT_S: Final = 60.0
_PR_SET_PDEATHSIG: Final = 1
_WATCHED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

Announce = Callable[[rootkey.RootKey, Sequence[str]], None]


class Parent:
    """Starts the processes and replaces those that die."""

    def __init__(self, config: Config, announce: Announce) -> None:
        self._config = config
        self._announce = announce
        self._children: dict[int, int] = {}  # pid -> number; the keeper's is `workers`
        self._began: dict[int, float] = {}
        self._ready_read, self._ready_write = os.pipe()
        self._locks: list[int] = []

    def run(self) -> int:
        """Serve until SIGTERM; the exit status.

        Raises:
            ConfigError: it cannot start; the text says what to do.
        """
        config = self._config
        check_parser()
        if config.meta != "memory:":
            self._claim_directory()
        certificates = None
        if config.tls_cert:
            certificates = Certificates(config.tls_cert, config.tls_key)
        key = rootkey.find(
            None if config.meta == "memory:" else config.data_dir,
            config.root_access_key_id,
            config.root_secret_access_key,
        )
        accounts = (rootkey.root_account(key.key), *config.accounts)
        try:
            Accounts(accounts)
        except ValueError as error:
            raise ConfigError(f"accounts: {error}") from None
        opened = sockets.open_all(config.listen, config.workers)
        compile_plans()
        board = Board(sorted(registry.OPERATIONS), config.workers)
        shared = Shared(config, accounts, board, ReadsBoard(), SharedEpoch(), certificates)
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        gc.collect()
        gc.freeze()
        for number in range(self._processes()):
            self._fork(shared, number, opened)
        self._wait_until_ready()
        self._announce(key, [_shown(one) for one in opened[0]])
        _notify("READY=1")
        self._watch(shared, opened)
        for group in opened:
            for one in group:
                one.close()
        _notify("STOPPING=1")
        return self._end()

    def _processes(self) -> int:
        """Workers, and a keeper where they are several."""
        return self._config.workers + (self._config.meta != "memory:")

    def _claim_directory(self) -> None:
        directory = self._config.data_dir
        try:
            make_directories(RealFiles(), directory)
            fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._locks.append(fd)
            data_format.claim(directory)
        except BlockingIOError:
            raise ConfigError(f"data_dir: {directory} is in use by another signet") from None
        except (FormatError, OSError) as error:
            raise ConfigError(f"data_dir: {error}") from None

    def _fork(self, shared: Shared, number: int, opened: list[list[socket.socket]]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._children[pid] = number
            self._began[pid] = time.monotonic()
            return
        status = 1
        try:
            _die_with_parent()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
            if number == self._config.workers:
                status = run_keeper(shared, self._say_ready)
            else:
                status = run_worker(shared, number, opened[number], self._say_ready)
        except BaseException:
            logging.getLogger(__name__).exception("process %d ended", number)
        finally:
            logging.shutdown()
            os._exit(status)

    def _say_ready(self) -> None:
        os.write(self._ready_write, b"r")

    def _wait_until_ready(self) -> None:
        """All processes have said so; a child that dies first is the reason for not starting."""
        os.set_blocking(self._ready_read, False)
        said, limit = 0, time.monotonic() + START_TIMEOUT_S
        while said < self._processes():
            with contextlib.suppress(BlockingIOError):
                said += len(os.read(self._ready_read, 1024))
                continue
            found = signal.sigtimedwait(_WATCHED, 0.02)
            if found is not None and found.si_signo in (signal.SIGTERM, signal.SIGINT):
                self._end()
                raise ConfigError("stopped while starting")
            if self._reap() or time.monotonic() > limit:
                self._end()
                raise ConfigError("a process did not start; the log says why")

    def _reap(self) -> list[tuple[int, int, float]]:
        """Children that ended: number, status, how long they lived in seconds."""
        ended = []
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            number = self._children.pop(pid)
            lived = time.monotonic() - self._began.pop(pid)
            ended.append((number, status, lived))
        return ended

    def _watch(self, shared: Shared, opened: list[list[socket.socket]]) -> None:
        """Replace what dies; pass SIGHUP on; return on SIGTERM."""
        while True:
            found = signal.sigwaitinfo(_WATCHED)
            if found.si_signo in (signal.SIGTERM, signal.SIGINT):
                return
            if found.si_signo == signal.SIGHUP:
                self._signal_all(signal.SIGHUP)
            for number, status, lived in self._reap():
                what = "keeper" if number == self._config.workers else f"worker {number}"
                how = os.waitstatus_to_exitcode(status)
                _log.error("%s ended with status %d and is replaced", what, how)
                shared.reads.clear(number)
                if lived < SOON_S:
                    time.sleep(RESTART_PAUSE_S)
                self._fork(shared, number, opened)

    def _signal_all(self, number: int) -> None:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _end(self) -> int:
        """SIGTERM to all, SIGKILL to those that do not end; 0 if all ended by themselves."""
        self._signal_all(signal.SIGTERM)
        limit = time.monotonic() + self._config.drain_timeout_s + KILL_AFTER_S
        status = 0
        while self._children:
            self._reap()
            if self._children and time.monotonic() > limit:
                self._signal_all(signal.SIGKILL)
                limit, status = float("inf"), 1
            if self._children:
                signal.sigtimedwait(_WATCHED, 0.1)
        for path in (one.removeprefix("unix:") for one in self._config.listen):
            if f"unix:{path}" in self._config.listen:
                Path(path).unlink(missing_ok=True)
        return status


def _shown(one: socket.socket) -> str:
    if one.family == socket.AF_UNIX:
        return f"unix:{one.getsockname()}"
    host, port = one.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _die_with_parent() -> None:
    """A killed parent takes its children along, so that a new one can start at once."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _notify(text: str) -> None:
    """Tell a service manager; sd_notify(3)."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one, contextlib.suppress(OSError):
        one.connect("\0" + path[1:] if path.startswith("@") else path)
        one.sendall(text.encode())
