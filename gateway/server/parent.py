"""The parent: no event loop, no threads.  It opens, forks, watches, and ends in order.

It keeps every listening socket, so that what waits for a worker survives it.
"""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from gateway import datadir, registry, rootkey
from gateway.config import Config, ConfigError
from gateway.iam.accounts import Accounts
from gateway.limits.page import LimitPage
from gateway.observe.metrics import Board
from gateway.protocol.plans import compile_plans
from gateway.query.registry import labels as query_labels
from gateway.server import sockets
from gateway.server.apart import apart
from gateway.server.children import Children, Ended
from gateway.server.http import check_parser
from gateway.server.limits import forbid_cores, raise_descriptors
from gateway.server.tls import Certificates
from gateway.server.worker import WATCHED, Shared, run_keeper, run_worker
from gateway.stores import Epoch, prepare, settle
from storage.blob.place import is_cloud
from storage.errors import StorageError
from storage.meta.epoch import FILE as EPOCH
from storage.meta.epoch import SharedEpoch
from storage.meta.place import is_postgres
from storage.meta.slots import Slots
from storage.reads import ReadsBoard

_log = logging.getLogger(__name__)

KILL_AFTER_S: Final = 5.0  # beyond the drain timeout
START_TIMEOUT_S: Final = 60.0
START_POLL_S: Final = 0.02  # processes say on a pipe that they are ready
_PR_SET_PDEATHSIG: Final = 1

Announce = Callable[[rootkey.RootKey, Sequence[str]], None]


class Parent:
    """Starts the processes and replaces those that die."""

    def __init__(self, config: Config, announce: Announce) -> None:
        self._config = config
        self._announce = announce
        self._lock: int | None = None

    def run(self) -> int:
        """Serve until SIGTERM; the exit status.

        Raises:
            ConfigError: it cannot start; the text says what to do.
        """
        # From here on a signal waits until somebody looks for it.
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        config = self._config
        check_parser()
        _check_clock(time.time())
        forbid_cores()
        too_few = raise_descriptors(config.connections_max)
        if config.meta != "memory:":
            self._lock = datadir.take(config.data_dir, in_use="is in use by another signet")
        if is_cloud(config.blobs):
            _settle(config)
        if is_postgres(config.meta):
            _prepare(config)
        certificates = None
        if config.tls_cert:
            certificates = Certificates(config.tls_cert, config.tls_key)
        key = self._find_key()
        accounts = (rootkey.root_account(key.key), *config.accounts)
        try:
            Accounts(accounts)
        except ValueError as error:
            raise ConfigError(f"accounts: {error}") from None
        opened = sockets.open_all(config.listen, config.workers)
        # Now that it starts: a mistake that ends it is one line.
        warnings = [too_few]
        if self._lock is not None:
            warnings.append(datadir.open_to_others(config.data_dir))
            warnings.append(rootkey.note_idle(config.data_dir, key.key))
        for warning in filter(None, warnings):
            _log.warning("%s", warning)
        compile_plans()
        board = Board([*sorted(registry.OPERATIONS), *query_labels()], config.workers)
        limits = LimitPage(config.workers)
        shared = Shared(config, accounts, board, ReadsBoard(), self._epoch(), certificates, limits)
        gc.collect()
        gc.freeze()
        children = Children(partial(_live, shared, opened), range(self._processes()))
        started = partial(self._announce, key, [_shown(one) for one in opened[0]])
        try:
            self._watch(children, shared, started)
        except ConfigError:
            self._end(children)
            raise
        for group in opened:
            for one in group:
                one.close()
        _notify("STOPPING=1")
        return self._end(children)

    def _find_key(self) -> rootkey.RootKey:
        config = self._config
        try:
            return rootkey.find(
                None if config.meta == "memory:" else config.data_dir,
                config.root_access_key_id,
                config.root_secret_access_key,
            )
        except OSError as error:
            raise ConfigError(f"root key: {error}") from None

    def _epoch(self) -> Epoch:
        """Of a data directory it is a file: commands find it there."""
        if is_postgres(self._config.meta):
            return Slots(self._processes())
        if self._lock is None:
            return SharedEpoch()
        try:
            return SharedEpoch(self._config.data_dir / EPOCH)
        except OSError as error:
            raise ConfigError(f"data_dir: {error}") from None

    def _processes(self) -> int:
        """Workers, and a keeper where they are several."""
        return self._config.workers + (self._config.meta != "memory:")

    def _watch(self, children: Children, shared: Shared, started: Callable[[], None]) -> None:
        """Start all, say so, replace what dies, pass SIGHUP on; return on SIGTERM.

        Raises:
            ConfigError: the first start failed.
        """
        limit: float | None = time.monotonic() + START_TIMEOUT_S
        while True:
            children.start_due()
            found = _wait(children.next_due_s() if limit is None else START_POLL_S)
            if found in (signal.SIGTERM, signal.SIGINT):
                return
            if found == signal.SIGHUP:
                if shared.certificates is not None:
                    shared.certificates.reload()
                children.signal_all(signal.SIGHUP)
            for ended in children.reap():
                self._note(ended, children, shared, is_starting=limit is not None)
            if limit is not None and self._is_started(children, limit):
                limit = None
                started()
                _notify("READY=1")

    def _note(self, ended: Ended, children: Children, shared: Shared, *, is_starting: bool) -> None:
        """A process ended that should not have.

        Raises:
            ConfigError: at the first start, and not because somebody killed it.
        """
        number, code = ended
        what = "keeper" if number == self._config.workers else f"worker {number}"
        was_killed = code < 0 and children.was_any_ready
        why = children.why()
        if is_starting and not was_killed and not children.was_ready(number):
            raise ConfigError(why or f"{what} did not start; the log says why")
        because = f" ({why})" if why else ""
        _log.error("%s ended with status %d%s and is replaced", what, code, because)
        shared.reads.clear(number)
        if shared.limits is not None:
            shared.limits.clear(number)

    def _is_started(self, children: Children, limit: float) -> bool:
        if children.were_all_ready():
            return True
        if time.monotonic() < limit:
            return False
        if not children.was_any_ready:
            raise ConfigError(f"no process was ready within {START_TIMEOUT_S:.0f} seconds")
        _log.error("not all processes were ready within %.0f seconds", START_TIMEOUT_S)
        return True

    def _end(self, children: Children) -> int:
        """SIGTERM to all, SIGKILL to those that do not end; 0 if all ended by themselves."""
        children.signal_all(signal.SIGTERM)
        limit = time.monotonic() + self._config.drain_timeout_s + KILL_AFTER_S
        status = 0
        while children.any_living():
            children.reap()
            if children.any_living() and time.monotonic() > limit:
                children.signal_all(signal.SIGKILL)
                limit, status = float("inf"), 1
            if children.any_living():
                _wait(0.1)
        for path in (one.removeprefix("unix:") for one in self._config.listen):
            if f"unix:{path}" in self._config.listen:
                Path(path).unlink(missing_ok=True)
        return status


def _prepare(config: Config) -> None:
    """Once for all processes, on a loop that is gone before the fork.

    Raises:
        ConfigError: the text says what to do.
    """
    try:
        asyncio.run(prepare(config))
    except (StorageError, OSError) as error:
        raise ConfigError(f"meta: {error}") from None


def _settle(config: Config) -> None:
    """Once for all processes, and not in this one: obstore has threads.

    Raises:
        ConfigError: the text says what to do.
    """

    def work() -> str | None:
        try:
            asyncio.run(settle(config))
        except (StorageError, OSError) as error:
            return str(error)
        return None

    if (why := apart(work)) is not None:
        raise ConfigError(f"blobs: {why}")


def _live(
    shared: Shared,
    opened: Sequence[Sequence[socket.socket]],
    number: int,
    ready: Callable[[], None],
) -> int:
    """A child's life; the exit status.

    The sockets of others are inherited too: kept open here, they would go on taking
    connections when their workers have closed them, and nobody would answer.
    """
    _die_with_parent()
    for owner, group in enumerate(opened):
        if owner != number:
            for one in group:
                one.close()
    if number == shared.config.workers:
        return run_keeper(shared, ready)
    return run_worker(shared, number, opened[number], ready)


def _check_clock(now_s: float) -> None:
    """No signature and no name of a content can be of a time before 1970.

    Raises:
        ConfigError
    """
    if now_s < 0:
        raise ConfigError("the machine's clock says that it is before 1970: set it, then start")


def _wait(timeout_s: float | None) -> int | None:
    """The next signal; None when the time is over first."""
    if timeout_s is None:
        return signal.sigwaitinfo(WATCHED).si_signo
    found = signal.sigtimedwait(WATCHED, timeout_s)
    return None if found is None else found.si_signo


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
