"""A worker's life: open the stores, serve, drain.  And the keeper's."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import uvloop

from gateway.app import App
from gateway.config import Config, ConfigError
from gateway.forwarding import Forwarding
from gateway.iam.accounts import Account
from gateway.limits.page import LimitPage
from gateway.observe.metrics import Board
from gateway.observe.observation import Observation, Observe
from gateway.server.helpers import Helpers
from gateway.server.http import S3Server
from gateway.server.limits import give_memory_back
from gateway.server.proxied import AcceptingListener
from gateway.server.service import ServicePages
from gateway.server.tls import Certificates
from gateway.stores import Epoch, Stores
from storage.errors import StorageError
from storage.meta.place import is_postgres
from storage.reads import ReadsBoard

_log = logging.getLogger(__name__)

HEALTH_PAUSE_S: Final = 0.5
LAST_ACCEPT_S: Final = 0.05  # for connections that the kernel has taken already
WATCHED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
UNHEALTHY_DRAIN_S: Final = 1.0  # requests that only read may finish
UNHEALTHY_DEADLINE_S: Final = 5.0  # for an orderly end, the drain included
# Exit statuses; 1 is an error that ended the process.
UNHEALTHY: Final = 3  # of a worker whose store stopped writing
HELPLESS: Final = 4  # of one whose work beside the requests failed
# New objects that may be alive before cycles are looked for.  Python's own 700 is passed
# by a few dozen requests under way, of which none is garbage yet.
COLLECT_AT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What the parent made before the fork."""

    config: Config
    accounts: Sequence[Account]
    metrics: Board
    reads: ReadsBoard
    epoch: Epoch
    certificates: Certificates | None
    limits: LimitPage | None = None


def run_worker(
    shared: Shared, number: int, sockets: Sequence[socket.socket], ready: Callable[[], None]
) -> int:
    """Serve until SIGTERM; the exit status."""
    return uvloop.run(_work(shared, number, sockets, ready))


async def _work(
    shared: Shared, number: int, sockets: Sequence[socket.socket], ready: Callable[[], None]
) -> int:
    config = shared.config
    stopping = _on_signals(shared.certificates)
    stores = await _open(shared, number)
    observe = _observer(shared, number)
    app = App(config, shared.accounts, stores, shared.reads, number, observe, shared.limits)
    pages = ServicePages(app.serve, app.addressing, shared.metrics, lambda: stores.trouble)
    server = S3Server(
        pages.serve,
        app.refuse,
        body_idle_s=config.body_idle_timeout_s,
        header_s=config.header_timeout_s,
        keepalive_s=config.keepalive_timeout_s,
        connections_max=config.connections_max,
        forwarding=Forwarding(config.trusted_proxies, config.forwarded_header),
    )
    await app.services.gate.rules.refresh()
    listeners = [await _listen(shared, server, one) for one in sockets]
    # memory: is of one process, which then keeps too.
    helpers = Helpers(stopping)
    helpers.start(server.sweep())
    helpers.start(give_memory_back())
    helpers.start(app.hand_logs_over())
    helpers.start(app.follow_limits())
    helpers.start(app.hand_records_over())
    helpers.start(app.watch_accounts())
    helpers.start(app.watch_root_key())
    if config.meta == "memory:":
        helpers.start(app.keep(stopping))
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AT)
    ready()
    status = await _until_stopped(stopping, stores)
    if status == 0:
        await asyncio.sleep(LAST_ACCEPT_S)
    for listener in listeners:
        listener.close()
    await server.drain(config.drain_timeout_s if status == 0 else UNHEALTHY_DRAIN_S)
    await helpers.cancel()
    await app.close()
    return HELPLESS if status == 0 and helpers.failed else status


async def _open(shared: Shared, number: int) -> Stores:
    """The stores.

    Raises:
        ConfigError: they cannot be opened; the text says why.
    """
    try:
        return await Stores.open(shared.config, shared.epoch, number)
    except (StorageError, OSError) as error:
        raise ConfigError(
            f"{'meta' if is_postgres(shared.config.meta) else 'data_dir'}: {error}"
        ) from error


async def _listen(
    shared: Shared, server: S3Server, one: socket.socket
) -> asyncio.Server | AcceptingListener:
    """Accept on a socket; TLS is not for unix sockets."""
    config = shared.config
    context = None
    if shared.certificates is not None and one.family != socket.AF_UNIX:
        context = shared.certificates.context
    if context is None and not config.proxy_protocol_from:
        return await asyncio.get_running_loop().create_server(server, sock=one)
    # Handshakes are counted and timed, too: nothing else waits for what is no connection yet.
    peers, header_s = config.proxy_protocol_from, config.header_timeout_s
    return AcceptingListener(server, one, context, peers, header_s=header_s)


async def _until_stopped(stopping: asyncio.Event, stores: Stores) -> int:
    """0 after SIGTERM, UNHEALTHY when a store stopped writing: a new start recovers it."""
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), HEALTH_PAUSE_S)
        if not stores.healthy:
            _log.error("a store stopped writing: this worker restarts through recovery")
            _end_in_any_case()
            return UNHEALTHY
    return 0


def _end_in_any_case() -> None:
    """End the process, should its orderly end hang: on a disk, say, that answers no more.

    Nothing is lost by it: what a killed process had not committed, it had not promised.
    """
    timer = threading.Timer(UNHEALTHY_DEADLINE_S, os._exit, (UNHEALTHY,))
    timer.daemon = True
    timer.start()


def _on_signals(certificates: Certificates | None) -> asyncio.Event:
    """What SIGTERM sets.  The parent blocked the signals: one that came earlier comes now."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    reload = certificates.reload if certificates is not None else _nothing
    loop.add_signal_handler(signal.SIGHUP, reload)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    return stopping


def _nothing() -> None:
    """SIGHUP where there are no certificates must not end the process."""


def _observer(shared: Shared, number: int) -> Observe:
    def observe(seen: Observation) -> None:
        shared.metrics.count(number, seen)
        if seen.status >= 500 and seen.status not in (501, 505) and not seen.limited:
            _log.warning("%s answered %d, request %s", seen.operation, seen.status, seen.request_id)

    return observe


def run_keeper(shared: Shared, ready: Callable[[], None]) -> int:
    """Keep until SIGTERM; the exit status."""
    os.nice(5)
    return uvloop.run(_keep(shared, ready))


async def _keep(shared: Shared, ready: Callable[[], None]) -> int:
    stopping = _on_signals(None)
    stores = await _open(shared, shared.config.workers)
    app = App(shared.config, shared.accounts, stores, shared.reads, shared.config.workers)
    ready()
    keeping = asyncio.ensure_future(app.keep(stopping))
    watching = asyncio.ensure_future(_until_stopped(stopping, stores))
    await asyncio.wait((keeping, watching), return_when=asyncio.FIRST_COMPLETED)
    stopping.set()  # also if the keeping failed: nobody else would end the watching
    try:
        await keeping
    finally:
        status = await watching
        await app.close()
    return status
