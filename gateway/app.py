"""The composition root: settings in, a served application out.  No logic."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import gateway.operations  # noqa: F401 - fills the registry
from gateway.addressing import Addressing
from gateway.authority import Access
from gateway.call import Services
from gateway.config import Config
from gateway.deliveries import Deliveries
from gateway.entitlements import Entitlements
from gateway.exchange import Exchange, Reply
from gateway.iam import builtin
from gateway.iam.accounts import ROOT_ACCOUNT, Account, Accounts
from gateway.iam.ownership import NAMES, Defaults
from gateway.identities import Identities
from gateway.limits.gate import Gate
from gateway.limits.page import LimitPage
from gateway.limits.rules import Rules
from gateway.observe.observation import Observation, Observe
from gateway.observe.ring import Ring
from gateway.observe.spool import FolderSpool, MemorySpool, Spool
from gateway.operations.lifecycle import compile_document
from gateway.pipeline import Pipeline
from gateway.protocol.errors import ProtocolError
from gateway.protocol.plans import compile_plans
from gateway.refusals import Refusals
from gateway.refusals import file_of as refusals_file
from gateway.rootwatch import RootWatch
from gateway.server.fetching import HttpsFetch
from gateway.sessions.tokens import Tokens
from gateway.stores import Stores
from gateway.trail.collector import Collector
from gateway.trail.opening import RECORDS_PAUSE_S, collector_of, records_of
from gateway.trail.recorder import Recorder
from gateway.trail.services import ByServices
from gateway.trail.shipping import Shipping
from gateway.webidentity.providers import Providers
from sigv4 import KeyCache
from storage.aging import Aging
from storage.buckets import Buckets
from storage.changes import Changes
from storage.configurations import Configurations
from storage.content import Contents
from storage.copying import Copies
from storage.deeds import Deeds
from storage.errors import StorageError, StoreUnavailable
from storage.garbage import Done, Stopped
from storage.identity import Directory
from storage.intake import Names
from storage.keyring import Keyring
from storage.kms import KeyNames, Kms, LocalKms
from storage.lifecycle import Lifecycle
from storage.limits import OF_ACCOUNT, OF_ADDRESS, OF_BUCKET, OF_KEY, Limits
from storage.meta import MetaStore
from storage.objects import Objects
from storage.pages import Listings
from storage.protection import Protection
from storage.reads import BoardReads, ReadsBoard
from storage.reclaim import Keeper
from storage.records import Ownership, PublicAccessBlock
from storage.retention import DAY_MS
from storage.seam import Clock, Randomness, SystemClock, SystemRandomness
from storage.uploads import Uploads

_log = logging.getLogger(__name__)

KEEPER_PAUSE_S: Final = 2.0
AGING_PAUSE_S: Final = 60.0
AGING_PER_DAY: Final = 40  # at least, where days are short
SWEEP_PAUSE_S: Final = 6 * 3600.0


class App:
    """One process's application."""

    def __init__(
        self,
        config: Config,
        accounts: Sequence[Account],
        stores: Stores,
        board: ReadsBoard,
        slot: int,
        observe: Observe | None = None,
        limits: LimitPage | None = None,
    ) -> None:
        clock, randomness = SystemClock(), SystemRandomness()
        self.stores = stores
        self.addressing = Addressing(config.domains, config.website_domains)
        known = Accounts(accounts)
        self._protection = protection_of(config, clock, randomness)
        reads = BoardReads(board, slot)
        stored = _stored(config, stores, reads, clock, randomness, self._protection)
        keyring = self._protection.keyring
        directory = Directory(
            stores.meta, keyring, clock=clock, randomness=randomness, builtin=builtin.POLICIES
        )
        tokens = Tokens(keyring, randomness)
        self._fetch = HttpsFetch(http_to_loopback=config.testing_web_identities_over_http == "on")
        self._identities = identities = Identities(
            accounts,
            directory,
            Entitlements(directory, known, builtin.POLICIES),
            tokens,
            clock,
            region=config.region,
            grace_s=config.identity_grace_s,
            max_age_days=config.access_key_max_age_days,
        )
        self._root_watch = _root_watch(config, accounts, identities)
        self._log_delivery_s = config.log_delivery_s
        access_log = _spool(config, slot, clock)
        self._records = records_of(config, slot, clock)
        changes = Changes(stores.meta, stores.meta)
        self._collector = collector_of(config, slot, changes, keyring, clock)
        configurations = Configurations(stored.buckets, stores.meta)
        self.services = Services(
            access_log=access_log,
            accounts=known,
            addressing=self.addressing,
            authority=Access(known, configurations, stored.objects, stored.uploads),
            buckets=stored.buckets,
            clock=clock,
            configurations=configurations,
            copies=stored.copies,
            day_ms=day_ms_of(config),
            defaults=_defaults(config),
            directory=directory,
            encrypts=config.encrypt_at_rest == "on",
            gate=_gate(config, stores.meta, limits, slot),
            host_id=randomness.bytes(24).hex(),
            identities=identities,
            key_cache=KeyCache(),
            listings=Listings(stores.meta),
            objects=stored.objects,
            plans=compile_plans(),
            providers=Providers(self._fetch, clock),
            public_hosts=tuple(host.encode() for host in config.public_hosts),
            refusals=_refusals(config, identities, slot),
            region=config.region,
            regions=(config.region,),
            sigv2=config.sigv2 == "on",
            sse_c_without_tls=config.sse_c_without_tls == "on",
            trail=Recorder(self._records),
            tokens=tokens,
            uploads=stored.uploads,
        )
        self._pipeline = Pipeline(self.services, observe or _unseen)
        # In memory nothing reads the logs, and nothing is written into them.
        read = changes if self._collector is not None else None
        by_services = ByServices(clock) if read is not None and config.trail == "on" else None
        self._keeper = _keeper(self.services, stores, board, read, by_services)
        self._aging_pause_s = min(AGING_PAUSE_S, self.services.day_ms / 1000 / AGING_PER_DAY)
        self._deliveries = _deliveries(self.services, by_services)
        self._shipping = _shipping(config, self._collector, self.services)

    def serve(self, exchange: Exchange) -> Coroutine[Any, Any, Reply]:
        """Answer one request."""
        return self._pipeline.serve(exchange)

    def refuse(self, exchange: Exchange, error: ProtocolError) -> Reply:
        """Answer what is no request."""
        return self._pipeline.refuse(exchange, error)

    async def keep(self, stopping: asyncio.Event) -> None:
        """The keeper's life: rounds without pause while there is work, a sweep now and then."""
        async with asyncio.TaskGroup() as all_of_it:
            all_of_it.create_task(_repeat(self._keeper.round, KEEPER_PAUSE_S, stopping))
            all_of_it.create_task(_repeat(self._keeper.age, self._aging_pause_s, stopping))
            all_of_it.create_task(_repeat(self._keeper.sweep, SWEEP_PAUSE_S, stopping))
            pause_s = float(self._log_delivery_s)
            all_of_it.create_task(_repeat(self._deliveries.round, pause_s, stopping))
            if self._collector is not None:
                all_of_it.create_task(_repeat(self._collector.round, KEEPER_PAUSE_S, stopping))
            if self._shipping is not None:
                all_of_it.create_task(_repeat(self._shipping.round, pause_s, stopping))

    async def follow_limits(self) -> None:
        """Hear of limits that are set.  Runs until cancelled."""
        await self.services.gate.rules.follow()

    async def hand_logs_over(self) -> None:
        """Let what this process has logged be delivered.  Runs until cancelled."""
        while True:
            await asyncio.sleep(self._log_delivery_s)
            self.services.access_log.set_aside()

    async def hand_records_over(self) -> None:
        """Let the trail have what this process has recorded.  Runs until cancelled."""
        while self._records is not None:
            await asyncio.sleep(RECORDS_PAUSE_S)
            self._records.set_aside()

    async def watch_accounts(self) -> None:
        """Know of accounts that are made.  Runs until cancelled."""
        await self._identities.watch_accounts()

    async def watch_root_key(self) -> None:
        """Heed a rotation of the root key.  Runs until cancelled."""
        if self._root_watch is not None:
            await self._root_watch.run()

    async def close(self) -> None:
        """Finish and release."""
        if self._records is not None:
            self._records.set_aside()
        if self._collector is not None:
            self._collector.close()
        self.services.access_log.set_aside()
        self.services.refusals.close()
        await self._identities.close()
        await self._protection.kms.close()
        await self._fetch.close()
        await self.stores.close()


def protection_of(config: Config, clock: Clock, randomness: Randomness) -> Protection:
    """What encrypts and decrypts, by the keys that the settings name."""
    data_dir = config.data_dir if config.meta != "memory:" else None
    keyring = Keyring(data_dir, clock=clock, randomness=randomness)
    kms: Kms
    if config.kms == "local:":
        kms = LocalKms(keyring, config.kms_keys, config.region, randomness)
    else:
        from gateway.server.transit import TransitKms

        url = config.kms.removeprefix("transit:")
        names = KeyNames(config.kms_keys, config.region)
        kms = TransitKms(url, config.kms_token, names, clock, randomness)
    return Protection(keyring, kms, clock, randomness)


class _Stored(NamedTuple):
    """The services over the two ports that stand on each other."""

    buckets: Buckets
    objects: Objects
    copies: Copies
    uploads: Uploads


def _stored(
    config: Config,
    stores: Stores,
    reads: BoardReads,
    clock: Clock,
    randomness: Randomness,
    protection: Protection,
) -> _Stored:
    meta, blobs, inline_max = stores.meta, stores.blobs, config.inline_max_bytes
    buckets = Buckets(meta, meta, clock=clock, randomness=randomness)
    objects = Objects(
        buckets=buckets,
        data=meta,
        blobs=blobs,
        contents=Contents(meta, blobs, reads, protection),
        clock=clock,
        randomness=randomness,
        inline_max=inline_max,
    )
    copies = Copies(
        objects=objects,
        data=meta,
        blobs=blobs,
        names=Names(clock, randomness),
        inline_max=inline_max,
    )
    uploads = Uploads(
        objects=objects,
        buckets=buckets,
        data=meta,
        blobs=blobs,
        clock=clock,
        randomness=randomness,
        inline_max=inline_max,
    )
    return _Stored(buckets, objects, copies, uploads)


def _keeper(
    services: Services,
    stores: Stores,
    board: ReadsBoard,
    changes: Changes | None,
    by_services: ByServices | None,
) -> Keeper:
    aging = Aging(
        deeds=Deeds(
            services.objects,
            services.uploads,
            by_services.of_deed if by_services is not None else None,
        ),
        data=stores.meta,
        clock=services.clock,
        compiled=partial(_rules_of, day_ms=services.day_ms),
    )
    return Keeper(
        buckets=services.buckets,
        data=stores.meta,
        blobs=stores.blobs,
        board=board,
        clock=services.clock,
        aging=aging,
        changes=changes,
    )


def _shipping(config: Config, collector: Collector | None, services: Services) -> Shipping | None:
    if collector is None:
        return None
    return Shipping(
        collector,
        services.buckets,
        services.configurations,
        services.objects,
        segments_to=config.trail_to,
        heads_to=config.trail_heads_to,
        encrypts=services.encrypts,
    )


def _deliveries(services: Services, by_services: ByServices | None) -> Deliveries:
    return Deliveries(
        services.access_log,
        services.accounts,
        services.buckets,
        services.configurations,
        services.objects,
        encrypts=services.encrypts,
        services=by_services,
    )


def _gate(config: Config, control: MetaStore, page: LimitPage | None, slot: int) -> Gate:
    """Where nobody shares a page, one process alone keeps to the limits."""
    defaults = {
        OF_ADDRESS: config.limit_address,
        OF_KEY: config.limit_key,
        OF_ACCOUNT: config.limit_account,
        OF_BUCKET: config.limit_bucket,
    }
    rules = Rules(Limits(control), partial(control.epoch, settings=True), defaults)
    return Gate(LimitPage(1), 0, rules) if page is None else Gate(page, slot, rules)


def _spool(config: Config, slot: int, clock: Clock) -> Spool:
    if config.meta == "memory:":
        return MemorySpool(clock)
    return FolderSpool(config.data_dir, slot, config.workers, clock)


def day_ms_of(config: Config) -> int:
    """How long a day is, for lifecycles and restores."""
    return config.testing_lifecycle_day_seconds * 1000 or DAY_MS


def _rules_of(document: bytes, *, day_ms: int) -> Lifecycle:
    """What a bucket's lifecycle means to the keeper."""
    return replace(compile_document(document), day_ms=day_ms)


def _unseen(_: Observation) -> None:
    """Nobody wants to know: the keeper answers nobody."""


def _defaults(config: Config) -> Defaults:
    """What new buckets begin with."""
    blocked = PublicAccessBlock() if config.default_public_access_block == "on" else None
    ownership = NAMES.get(config.default_object_ownership, Ownership.UNSAID)
    return Defaults(ownership, blocked)


def _root_watch(
    config: Config, accounts: Sequence[Account], identities: Identities
) -> RootWatch | None:
    """Unless the root key is given, and so not kept."""
    roots = [one for one in accounts if one.id == ROOT_ACCOUNT]
    if config.meta == "memory:" or config.root_access_key_id or not roots:
        return None
    watch = RootWatch(config.data_dir, roots[0], identities)
    watch.look()  # it may have been rotated since the server started, of which this is a part
    return watch


def _refusals(config: Config, identities: Identities, slot: int) -> Refusals:
    """Of a worker; the keeper answers nobody."""
    ring = None
    if config.meta != "memory:" and slot < config.workers:
        try:
            ring = Ring(refusals_file(config.data_dir), slot, config.workers)
        except OSError as error:
            _log.warning("refused requests are not kept: %s", error)
    return Refusals(
        ring,
        identities,
        regions=(config.region,),
        hosts=known_hosts(config),
        in_answer=config.explain_in_answer == "on",
    )


def known_hosts(config: Config) -> tuple[str, ...]:
    """The names by which clients may know this server."""
    listening = (place for place in config.listen if not place.startswith("unix:"))
    return (*config.public_hosts, *config.domains, *listening)


async def _repeat(
    work: Callable[[Stopped], Awaitable[Done]], pause_s: float, stopping: asyncio.Event
) -> None:
    """Work, and again after a pause; sooner if there is more to do or the store refused.

    What fails is logged and tried again: beside it is other work that must go on.
    """
    while not stopping.is_set():
        pause = pause_s
        try:
            if (await work(stopping.is_set)).more:
                pause = 0.0
        except StoreUnavailable as error:
            _log.warning("the keeper tries again: %s", error)
            pause = KEEPER_PAUSE_S
        except StorageError:
            _log.exception("the keeper tries again")
            pause = KEEPER_PAUSE_S
        except Exception:  # noqa: BLE001 - a bug, or damage: logged whole
            _log.exception("the keeper tries again later")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
