"""The root keys of a running worker: as the data directory keeps them, looked at twice a second.

A rotation by command needs no restart and no signal.  A file that is gone or
damaged changes nothing: the keys that were read last go on.
"""

import asyncio
import logging
from pathlib import Path

from gateway import rootkey
from gateway.config import ConfigError
from gateway.iam.accounts import AccessKey, Account, Principal
from gateway.identities import LOOK_S, Identities, Known

_log = logging.getLogger(__name__)


class RootWatch:
    """Of one worker; not for one whose root key is given by its settings."""

    def __init__(self, data_dir: Path, root: Account, identities: Identities) -> None:
        """``root``: the account as it was when the server started."""
        self._data_dir = data_dir
        self._root = root
        self._identities = identities
        self._seen: tuple[int, int] | None = None
        self._declared = {key.id for key in root.access_keys}

    def look(self) -> None:
        """Read the file if it is another one."""
        try:
            found = (self._data_dir / rootkey.FILE).stat()
            seen = found.st_ino, found.st_mtime_ns
            if seen == self._seen:
                return
            kept = rootkey.kept_with_before(self._data_dir)
            self._seen = seen
        except (OSError, ConfigError) as error:
            if self._seen is not None:
                _log.warning("root keys stay as they were: %s", error)
            self._seen = None
            return
        if kept is not None:
            self._take(kept)

    def _take(self, kept: rootkey.Kept) -> None:
        keys: dict[AccessKey, float] = {kept.key: float("inf")}
        if kept.before is not None:
            keys[kept.before] = kept.until_ms
        for key_id in self._declared - {key.id for key in keys}:
            self._identities.withdraw(key_id)
        for key, ends_ms in keys.items():
            principal = Principal(self._root, key.id)
            self._identities.declare(Known(key.secret, principal, ends_ms=ends_ms))
        self._declared = {key.id for key in keys}

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)
