"""Which limit a subject has: what was set for it, else the default of its kind.

What was set is read when the epoch of the settings has moved and the revision
of limits too; a store that does not answer leaves what was known.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from storage.errors import StorageError
from storage.limits import KINDS, Limit, Limits

_log = logging.getLogger(__name__)

FOLLOW_PAUSE_S: Final = 0.25  # a quarter of what operators are promised


class Rules:
    """One worker's view of all limits."""

    def __init__(
        self, stored: Limits, epoch: Callable[[], int], defaults: Mapping[str, Limit]
    ) -> None:
        self._stored = stored
        self._epoch = epoch
        self._defaults = {kind: _effective(defaults.get(kind)) for kind in KINDS}
        self._set: dict[str, dict[str, Limit | None]] = {kind: {} for kind in KINDS}
        self.kinds = self._limited()  # of which any subject has a limit
        self._seen_epoch: int | None = None
        self._seen_revision: int | None = None

    def of(self, kind: str, name: str) -> Limit | None:
        """The limit that holds; None if none does."""
        found = self._set[kind]
        return found.get(name, self._defaults[kind]) if found else self._defaults[kind]

    def _limited(self) -> frozenset[str]:
        return frozenset(
            kind for kind in KINDS if self._set[kind] or self._defaults[kind] is not None
        )

    async def refresh(self) -> None:
        """Hear of what was set."""
        epoch = self._epoch()  # before what it vouches for
        if epoch == self._seen_epoch:
            return
        try:
            revision = await self._stored.revision()
            if revision != self._seen_revision:
                self._learn(await self._stored.all())
        except StorageError as error:
            _log.warning("limits cannot be read, those that were known hold: %s", error)
            return
        self._seen_epoch, self._seen_revision = epoch, revision

    async def follow(self) -> None:
        """Go on hearing of it.  Runs until cancelled."""
        while True:
            await asyncio.sleep(FOLLOW_PAUSE_S)
            await self.refresh()

    def _learn(self, found: Mapping[tuple[str, str], Limit]) -> None:
        made: dict[str, dict[str, Limit | None]] = {kind: {} for kind in KINDS}
        for (kind, name), limit in found.items():
            if kind in made:
                made[kind][name] = _effective(limit)
        self._set = made
        self.kinds = self._limited()


def _effective(limit: Limit | None) -> Limit | None:
    return None if limit is None or limit.is_none else limit
