"""The identities of all accounts, by kind: what the gateway and the commands talk to."""

from collections.abc import Callable, Container
from functools import partial
from typing import Final

from storage.changes import Trace
from storage.identity.access_keys import AccessKeys
from storage.identity.accounts import Accounts
from storage.identity.attachments import Attachments
from storage.identity.entities import Entities
from storage.identity.groups import Groups
from storage.identity.inlines import Inlines
from storage.identity.ledger import Ledger
from storage.identity.policies import Policies
from storage.identity.providers import Providers
from storage.identity.records import Summary
from storage.identity.roles import Roles
from storage.identity.scoped_keys import ScopedKeys
from storage.identity.tags import Tags
from storage.identity.users import Users
from storage.keyring import Keyring
from storage.meta import MetaStore
from storage.seam import Clock, Randomness


class Directory:
    """Services over one control store.

    ``entities`` finds and lists what has a name; the others change it.
    ``builtin`` has the ARNs of policies that every account may attach.
    """

    def __init__(
        self,
        control: MetaStore,
        keyring: Keyring,
        *,
        clock: Clock,
        randomness: Randomness,
        builtin: Container[str] = (),
        ledger: Ledger | None = None,
    ) -> None:
        """``ledger`` stands in for one over ``control``."""
        ledger = ledger or Ledger(control, clock=clock, randomness=randomness)
        self._made_of = (control, keyring, builtin)
        entities = Entities.of(ledger)
        self._ledger = ledger
        # While it stays the same, nothing has changed; asked before anything is read.
        self.epoch: Final[Callable[[], int]] = partial(control.epoch, settings=True)
        self.entities: Final = entities
        self.inlines: Final = Inlines(ledger, entities)
        self.attachments: Final = Attachments(ledger, entities, builtin)
        parts = (ledger, entities, self.attachments, self.inlines)
        self.users: Final = Users(*parts)
        self.groups: Final = Groups(*parts)
        self.roles: Final = Roles(*parts)
        self.policies: Final = Policies(ledger, entities)
        self.providers: Final = Providers(ledger, entities)
        self.tags: Final = Tags(ledger, entities)
        self.access_keys: Final = AccessKeys(ledger, entities, keyring)
        self.scoped_keys: Final = ScopedKeys(ledger, entities, self.access_keys)
        self.accounts: Final = Accounts(ledger, self.access_keys)

    def traced(self, trace: Trace) -> "Directory":
        """The same in somebody's hands, for whom changes are made."""
        control, keyring, builtin = self._made_of
        ledger = self._ledger.traced(trace)
        clock, randomness = ledger.clock, ledger.randomness
        return Directory(
            control, keyring, clock=clock, randomness=randomness, builtin=builtin, ledger=ledger
        )

    async def summary(self, account: str) -> Summary:
        """How many an account has of each kind."""
        return await self._ledger.summary(account)

    async def revision(self, account: str) -> int:
        """Another one after each change of an account's identities."""
        return await self._ledger.revision(account)
