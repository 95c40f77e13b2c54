"""Server access logs, delivered as objects into the buckets that were asked for.

At least once: a file of records goes when all of its logs are objects, or can
never be any.  What is delivered again has the keys that it had, and is found there.

Source: User Guide, "Logging requests with server access logging", "How log
delivery works?".
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from gateway.authority import POLICY, compiled
from gateway.configurations import logs
from gateway.configurations.logs import Origin, Place
from gateway.deposits import deposit
from gateway.iam import acl, blocks
from gateway.iam.accounts import Accounts
from gateway.iam.bucket_policy import arn_of
from gateway.iam.evaluate import Effect, Request, Source, evaluate
from gateway.iam.keys import Facts
from gateway.iam.ownership import has_lists
from gateway.iam.principals import service_of
from gateway.observe.spool import Spool, time_of
from gateway.trail.services import ByServices
from storage.buckets import Buckets
from storage.configurations import Configurations
from storage.errors import (
    InvalidBucketName,
    KmsKeyDisabled,
    KmsKeyNotFound,
    KmsKeyUnusable,
    NoSuchBucket,
    PreconditionFailed,
    StorageError,
)
from storage.garbage import Done, Stopped
from storage.objects import Objects
from storage.preconditions import WriteCondition
from storage.records import UNDECODABLE, Attributes, Bucket, Grant
from storage.rows import BucketRef

_log = logging.getLogger(__name__)

_HEADERS: Final = {"content-type": "text/plain"}
_ABSENT: Final = WriteCondition.of_put(None, "*")
_UNIQUE_DIGITS: Final = 16
_SERVICE: Final = service_of(acl.LOG_DELIVERY_SERVICE)
# What only the owner of the target can mend.
_NO_KEY: Final = (KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable)


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A line, and where it goes: as it was configured when the request was answered."""

    place: Place
    origin: Origin
    event_ms: int
    line: str


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Record).decode


def encode(record: Record) -> bytes:
    """The record for a spool."""
    return _encode(record)


class Deliveries:
    """What the keeper does with the records."""

    def __init__(
        self,
        spool: Spool,
        accounts: Accounts,
        buckets: Buckets,
        configurations: Configurations,
        objects: Objects,
        *,
        encrypts: bool,
        services: ByServices | None = None,
    ) -> None:
        """``encrypts`` what goes into a bucket that says nothing of it.

        ``services`` tell the trail of it.
        """
        self._services = services
        self._spool = spool
        self._accounts = accounts
        self._configurations = configurations
        self._buckets = buckets
        self._encrypts = encrypts
        self._objects = objects

    async def round(self, stopped: Stopped) -> Done:
        """Deliver what was set aside; what fails is tried again in the next round."""
        self._spool.set_aside()  # of a process that answers, too
        done = Done()
        for name, content in self._spool.waiting():
            if stopped():
                break
            failed = await self._deliver_all(name, content)
            done.failed += failed
            if not failed:
                self._spool.remove(name)
        return done

    async def _deliver_all(self, name: str, content: bytes) -> int:
        """Deliver each log of a file; how many of them have to be tried again."""
        failed = 0
        for (place, origin, day), lines in _grouped(content).items():
            body = "".join(f"{line}\n" for line in lines).encode()
            try:
                await self._deliver(name, place, origin, day, body)
            except _NO_KEY as error:
                # Waiting for its owner, it would take the room of everybody's logs.
                _log.warning(
                    "the log of %s is dropped: %s wants a key that there is not: %s",
                    *(origin.bucket, place.bucket, error.message),
                )
            except (StorageError, *UNDECODABLE):
                _log.exception("logs of %s are delivered later", origin.bucket)
                failed += 1  # others may go where these cannot
        return failed

    async def _deliver(
        self, name: str, place: Place, origin: Origin, day: int, body: bytes
    ) -> None:
        try:
            target = await self._buckets.find(place.bucket)
        except (NoSuchBucket, InvalidBucketName):
            _log.warning("the log of %s is dropped: no bucket %s", origin.bucket, place.bucket)
            return
        account = target.record.account
        if account != origin.account:
            # The bucket was deleted, and another account took the name.
            _log.warning("the log of %s is dropped: %s is foreign", origin.bucket, place.bucket)
            return
        told = _encode([name, place, origin, day])
        unique = hashlib.sha256(told).hexdigest()[:_UNIQUE_DIGITS].upper()
        key = logs.key_of(place, origin, day, time_of(name), unique)
        if await self._is_denied(target, key, origin):
            _log.warning("the log of %s is dropped: %s denies it", origin.bucket, place.bucket)
            return
        if await self._objects.find(target, key.encode()) is not None:
            return  # it was delivered before: a file is tried again for one of its logs
        if self._services is not None:
            target = target.traced(self._services.of_log(target, key.encode()))
        attributes = Attributes(_HEADERS, acl=self._list_of(target.record, place))
        with suppress(PreconditionFailed):
            await deposit(
                self._configurations,
                self._objects,
                target,
                key.encode(),
                body,
                attributes,
                encrypts=self._encrypts,
                condition=_ABSENT,
            )

    async def _is_denied(self, target: BucketRef, key: str, origin: Origin) -> bool:
        """Whether the target's policy denies it; within an account nothing has to allow it.

        Source: User Guide, "Permissions for log delivery".
        """
        found = await self._configurations.compiled(target, POLICY, compiled)
        if found is None:
            return False
        known = Facts(who=_SERVICE, secure=True, region=origin.region, owner=origin.account)
        own = {
            "aws:sourceaccount": (origin.account,),
            "aws:sourcearn": (arn_of(origin.bucket),),
        }
        request = Request(
            _SERVICE,
            "s3:PutObject",
            arn_of(target.record.name, key),
            lambda name: own.get(name) or known.value(name),
        )
        verdict = evaluate((Source("bucket", found.policy),), request)
        return verdict.effect is Effect.DENY

    def _list_of(self, target: Bucket, place: Place) -> tuple[Grant, ...] | None:
        """The ACL of a log: its owner's, and whom the configuration names.

        It is held against the target as it is now: the configuration may be older.
        """
        given = tuple(Grant(*one) for one in place.grants)
        if blocks.refuses_lists(target):
            given = acl.without_public(given)
        if not given or not has_lists(target):
            return None
        return (*acl.of_owner(self._accounts.account(target.account).canonical_id), *given)


def _grouped(content: bytes) -> dict[tuple[Place, Origin, int], list[str]]:
    """The lines of each log; what a killed worker wrote by halves is left out."""
    found: dict[tuple[Place, Origin, int], list[str]] = {}
    for record in _records(content):
        group = record.place, record.origin, logs.day_of(record.place, record.event_ms)
        found.setdefault(group, []).append(record.line)
    return found


def _records(content: bytes) -> Iterator[Record]:
    for raw in content.split(b"\n"):
        if not raw:
            continue
        try:
            yield _decode(raw)
        except msgspec.DecodeError:
            _log.warning("a request's log was written by half, and is dropped")
