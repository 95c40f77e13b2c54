"""Copies of the trail in buckets: segments that are closed, and heads for a locked one.

What is stored here is not itself in the trail: each copy would be the reason for
the next.
"""

import asyncio
import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.deposits import Held, default_wish
from gateway.trail.collector import Collector
from gateway.trail.entries import moment
from gateway.trail.verifying import HeadOf
from storage.buckets import Buckets
from storage.configurations import Configurations
from storage.errors import InvalidBucketName, NoSuchBucket, PreconditionFailed, StorageError
from storage.garbage import Done, Stopped
from storage.integrity import Promises
from storage.objects import Objects
from storage.preconditions import WriteCondition
from storage.records import Attributes

_log = logging.getLogger(__name__)

PREFIX: Final = "signet-trail/"
_ABSENT: Final = WriteCondition.of_put(None, "*")
_DIGITS: Final = 12


class Shipping:
    """The keeper's."""

    def __init__(
        self,
        collector: Collector,
        buckets: Buckets,
        configurations: Configurations,
        objects: Objects,
        *,
        segments_to: str,
        heads_to: str,
        encrypts: bool,
    ) -> None:
        """Where a name is empty nothing goes; ``encrypts`` what a bucket says nothing of."""
        self._collector = collector
        self._buckets = buckets
        self._configurations = configurations
        self._objects = objects
        self._segments_to = segments_to
        self._heads_to = heads_to
        self._encrypts = encrypts
        self._shipped: set[str] = set()  # names of segments
        self._head = 0  # the number of the last one that was stored
        if segments_to:
            collector.keep_while(self._is_wanted)

    def _is_wanted(self, path: Path) -> bool:
        return path.name not in self._shipped

    async def round(self, stopped: Stopped) -> Done:
        """Store what is not stored yet; what fails is tried again in the next round."""
        done = Done()
        for path in self._collector.closed() if self._segments_to else ():
            if stopped():
                return done
            if self._is_wanted(path):
                key = f"{PREFIX}segments/{path.name}"
                content = await asyncio.to_thread(path.read_bytes)
                if not await self._store(self._segments_to, key, content, "application/x-signet"):
                    done.failed += 1
                    break  # none before those that came before it
                self._shipped.add(path.name)
        last = self._collector.last
        if self._heads_to and last is not None and last.number > self._head:
            head = HeadOf(last.number, last.digest, last.made_ms)
            told = {
                "head": str(head),
                "made": moment(head.made_ms),
                "public_key": last.public.hex(),
            }
            key = f"{PREFIX}heads/{last.number:0{_DIGITS}}.json"
            if await self._store(
                self._heads_to, key, json.dumps(told).encode(), "application/json"
            ):
                self._head = last.number
            else:
                done.failed += 1
        return done

    async def _store(self, bucket: str, key: str, content: bytes, kind: str) -> bool:
        """Whether it is there, perhaps since before."""
        try:
            target = await self._buckets.find(bucket)
            if await self._objects.find(target, key.encode()) is not None:
                return True
            wish = await default_wish(
                self._configurations, self._objects, target, encrypts=self._encrypts
            )
            with suppress(PreconditionFailed):
                await self._objects.put(
                    target,
                    key.encode(),
                    Held(content),
                    attributes=Attributes({"content-type": kind}),
                    owner=target.record.account,
                    promises=Promises(),
                    condition=_ABSENT,
                    wish=wish,
                )
        except (NoSuchBucket, InvalidBucketName):
            _log.warning("the trail waits: there is no bucket %s to copy it into", bucket)
            return False
        except StorageError:
            _log.exception("the trail is copied into %s later", bucket)
            return False
        return True
