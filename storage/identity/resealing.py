"""Secrets of access keys under the newest version of their master key, after it was rotated.

Each row tells by which version it was sealed, so that whoever was cut short
begins again and finds what is left.  A row is written only if nobody has changed
it; who writes one meanwhile with what he read before puts an older seal back,
which is why the rows are gone through until none is left.  No secret changes:
nobody has to read anything anew.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from storage import keys
from storage.errors import Conflict, MasterKeyMissing
from storage.garbage import pages
from storage.identity import layout
from storage.identity.access_keys import MASTER_KEY
from storage.identity.ledger import decoded
from storage.identity.records import decode_access_key
from storage.keyring import Keyring, version_of
from storage.meta import Batch, MetaStore, Row
from storage.records import encode

PASSES_MAX: Final = 10  # of all rows; the second finds what others put back during the first


@dataclass(slots=True)
class Resealed:
    """What became of secrets that were under older versions."""

    done: int = 0
    left: dict[str, str] = field(default_factory=dict)  # by access key: why it stays as it is


class Resealing:
    """Goes through the access keys of all accounts, beside a server or without one."""

    def __init__(self, control: MetaStore, keyring: Keyring) -> None:
        self._control = control
        self._keyring = keyring

    async def run(self) -> Resealed:
        """Seal what is under an older version; again it does nothing.

        Raises:
            UnreadableIdentities, MasterKeyMissing, StoreFull, StoreUnavailable, Uncertain
        """
        found = Resealed()
        newest = version_of(await self._keyring.wrap(MASTER_KEY, b"", b""))
        for _ in range(PASSES_MAX):
            before, found.left = found.done, {}
            async for page in pages(self._control, layout.all_access_keys()):
                for row in page:
                    await self._look(row, newest, found)
            if found.done == before:
                break
        return found

    async def _look(self, row: Row, newest: int, found: Resealed) -> None:
        key = decoded(row, decode_access_key)
        if version_of(key.sealed) >= newest:
            return
        bound_to = key.id.encode()
        try:
            secret = await self._keyring.unseal(MASTER_KEY, key.sealed, bound_to)
        except MasterKeyMissing as error:
            found.left[key.id] = str(error)
            return
        sealed = await self._keyring.wrap(MASTER_KEY, secret, bound_to)
        value = encode(msgspec.structs.replace(key, sealed=sealed))
        batch = Batch(
            keys.CONTROL, expect={row.key: row.revision}, put={row.key: value}, routine=True
        )
        try:
            await self._control.commit(batch)
        except Conflict:
            found.left[key.id] = "it was changed meanwhile"
            return
        found.done += 1
