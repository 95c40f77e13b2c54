"""Copies of the trail in buckets: segments that are closed, and heads for a locked one.

What is stored here is not itself in the trail: each copy would be the reason for
the next.  The buckets are the root account's: another account that takes their
name, before they are made or after they are gone, gets nothing.
"""

import asyncio
import json
import logging
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.deposits import deposit
from gateway.iam.accounts import ROOT_ACCOUNT
from gateway.trail.collector import Collector
from gateway.trail.entries import moment
from gateway.trail.verifying import HeadOf
from storage.buckets import Buckets
from storage.configurations import Configurations
from storage.errors import InvalidBucketName, NoSuchBucket, StorageError
from storage.garbage import Done, Stopped
from storage.integrity import Promises
from storage.objects import Objects
from storage.records import Attributes

_log = logging.getLogger(__name__)

PREFIX: Final = "signet-trail/"
_ALGORITHM: Final = "SHA256"
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
        """Whether it is there, perhaps since before.

        What is there of another content was put there by somebody else, who must not
        keep the trail from being copied by that.
        """
        try:
            target = await self._buckets.find(bucket)
            if target.record.account != ROOT_ACCOUNT:
                _log.warning("the trail waits: the bucket %s is not the root account's", bucket)
                return False
            found = await self._objects.find(target, key.encode())
            digest = await asyncio.to_thread(_digest_of, content)
            if found is not None and found.checksum is not None and not found.delete_marker:
                if (found.checksum.algorithm, found.checksum.value) == (_ALGORITHM, digest):
                    return True
                _log.warning("%s in %s was not the trail's: it is stored anew", key, bucket)
            await deposit(
                self._configurations,
                self._objects,
                target,
                key.encode(),
                content,
                Attributes({"content-type": kind}),
                encrypts=self._encrypts,
                promises=Promises(algorithm=_ALGORITHM, value=digest),
            )
        except (NoSuchBucket, InvalidBucketName):
            _log.warning("the trail waits: there is no bucket %s to copy it into", bucket)
            return False
        except StorageError:
            _log.exception("the trail is copied into %s later", bucket)
            return False
        return True


def _digest_of(content: bytes) -> str:
    """As S3 shows the checksum of an object."""
    return b64encode(sha256(content).digest()).decode()
