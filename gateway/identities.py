"""Whose access key it is: what is declared, and of what is stored a cache that knows its age.

A stored key is known under the epoch of the settings, which moves with every
change on any worker: while it stays, nothing is read.  When it has moved, one
request of all that come with a key looks whether its account's identities have
changed, and reads them anew if so; the others wait for it.

Temporary keys come with a token that says whose they are, and under which the
same is known of them (``sessions``).

When the store does not answer, or not soon, a known key goes on with what was
last known of it for as long as is configured, and is marked; of an unknown one
nobody knows whether it is valid, so it is refused with 503, never 403.
"""

import asyncio
import logging
import math
from collections.abc import Coroutine, Iterable
from typing import Any, Final, NamedTuple

from gateway.entitlements import Entitlements
from gateway.iam.accounts import Account, Principal
from gateway.sessions.holders import Holders
from gateway.sessions.tokens import Kind, NotAToken, Token, Tokens, account_of
from sigv4 import errors as sig_errors
from storage.errors import Busy, StorageError, StoreUnavailable
from storage.identity import Directory
from storage.identity.names import is_access_key_id
from storage.retention import DAY_MS
from storage.seam import Clock

_log = logging.getLogger(__name__)

KNOWN_MAX: Final = 20_000  # keys of one worker; then it begins anew
FLIGHTS_MAX: Final = 256  # keys being read at once; more new ones wait for another time
WAIT_S: Final = 1.0  # for the store, from when the first began to wait for a key
LOOK_S: Final = 0.5  # for accounts and root keys that are new
COMPOSED_MAX: Final = 8  # rounds of reading rows that change meanwhile
# How long a key goes on whose account is changed all the time: a change is seen within a second,
# and whoever makes changes without end must not keep what was taken from him.
HEEDED_MS: Final = 1000
# How exact "last used" is.  IAM User Guide, "Refine permissions in AWS using last accessed
# information", promises less.
LAST_USED_MS: Final = 10 * 60 * 1000

_FOREVER: Final = math.inf


class Known:
    """A key that is valid as far as is known; its secret stays out of reprs."""

    __slots__ = (
        "due_ms",
        "ends_ms",
        "epoch",
        "is_stale",
        "noted",
        "principal",
        "revision",
        "secret",
        "token",
        "valid_ms",
    )

    def __init__(
        self,
        secret: str,
        principal: Principal,
        *,
        ends_ms: float = _FOREVER,
        noted: str = "",
        token: str | None = None,
    ) -> None:
        self.secret = secret
        self.principal = principal
        self.noted = noted  # what was used when it is: a stored key or a role's id; "" nothing
        self.token = token  # without which it is not valid
        self.ends_ms = ends_ms  # from when on it is not valid any more
        self.due_ms = _FOREVER  # from when on its use is to be noted
        self.epoch = 0  # of the settings, when it was last seen to be so
        self.revision = 0  # of its account's identities
        self.valid_ms: float = 0  # when it was last known to be so
        self.is_stale = False  # the store does not say whether it still is

    def __repr__(self) -> str:
        return f"Known({self.principal.access_key!r})"


class _Flight(NamedTuple):
    """A key being read, for all who wait for it."""

    task: "asyncio.Task[Known | None]"
    began: float


class _Session(NamedTuple):
    """A token, and what it holds."""

    text: str
    token: Token


class Identities:
    """Finds who comes with an access key."""

    def __init__(
        self,
        declared: Iterable[Account],
        directory: Directory,
        entitlements: Entitlements,
        tokens: Tokens,
        clock: Clock,
        *,
        region: str,
        grace_s: int,
        max_age_days: int = 0,
    ) -> None:
        """``grace_s``: how long known keys go on without the store; a key's age 0 is any."""
        self._declared: dict[str, Known] = {}
        self._directory = directory
        self._entitlements = entitlements
        self._tokens = tokens
        self._holders = Holders(directory, entitlements)
        self._clock = clock
        self._region = region
        self._grace_ms = grace_s * 1000
        self._max_age_ms = max_age_days * DAY_MS or _FOREVER
        self._epoch = directory.epoch
        self._declarations = 0  # how often what is declared has changed
        self._known: dict[str, Known] = {}
        self._missing: dict[str, int] = {}  # the epoch under which there was no such key
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_away = False
        for account in declared:
            for key in account.access_keys:
                self.declare(Known(key.secret, Principal(account, key.id)))

    def declare(self, known: Known) -> None:
        """Let a key be valid that is not stored, and its sessions for as long as it is."""
        key_id = known.principal.access_key
        self._declared[key_id] = known
        self._forget_sessions(key_id)

    def withdraw(self, key_id: str) -> None:
        """Let a declared key be valid no more, nor any session that was begun with it."""
        self._declared.pop(key_id, None)
        self._forget_sessions(key_id)

    def _forget_sessions(self, key_id: str) -> None:
        """Read anew who comes with a session that was begun with a key; no row tells of it."""
        self._declarations += 1
        gone = [name for name, known in self._known.items() if _parent_of(known) == key_id]
        for name in gone:
            del self._known[name]
        # Another worker may have known the key before this one, and have given sessions out.
        for name in [name for name in self._missing if not is_access_key_id(name)]:
            del self._missing[name]

    def cached(self, key_id: str, now_ms: int, token: str | None = None) -> Known | None:
        """What is known without waiting; None: ask ``find``."""
        known = self._at_hand(key_id, now_ms)
        return known if known is not None and known.token == token else None

    def _at_hand(self, key_id: str, now_ms: int) -> Known | None:
        known = self._declared.get(key_id)
        if known is None:
            known = self._known.get(key_id)
            if known is None or known.epoch != self._epoch():
                return None
            known.valid_ms = now_ms
        return known if now_ms < known.ends_ms else None

    def secret(self, key_id: str) -> str | None:
        """The secret of a key that is known without waiting."""
        known = self._at_hand(key_id, self._clock.now_ms())
        return None if known is None else known.secret

    async def find(self, key_id: str, now_ms: int, token: str | None = None) -> Known | None:
        """Whose a key is; None if it is nobody's, or not valid (any more).

        Raises:
            SigError: InvalidToken, ExpiredToken
            StoreUnavailable: nobody knows.
        """
        session = None
        if token is not None:
            session = await self._opened(key_id, token, now_ms)
        known = self._declared.get(key_id)
        if known is None and (session is not None or is_access_key_id(key_id)):
            if self._missing.get(key_id, _FOREVER) == self._epoch():
                return None
            try:
                known = await self._read(key_id, session)
                self._is_away = False
            except (StorageError, TimeoutError) as error:
                known = self._go_on(self._last_known(key_id, session), now_ms, error)
        return known if known is not None and now_ms < known.ends_ms else None

    async def _opened(self, key_id: str, token: str, now_ms: int) -> _Session:
        """What a token holds that came with a key.

        Raises:
            SigError: it is no token, or not this key's; it is over
            StoreUnavailable
        """
        try:
            opened = await self._tokens.open(token)
        except NotAToken:
            raise sig_errors.invalid_token(token) from None
        if opened.access_key != key_id:
            raise sig_errors.invalid_token(token)
        if now_ms >= opened.expires_ms:
            raise sig_errors.expired_token(token)
        return _Session(token, opened)

    async def account_of(self, key_id: str) -> str | None:
        """The account that an access key is of, valid or not; None if there is no such key.

        Raises:
            UnreadableIdentities, StoreUnavailable
        """
        known = self._declared.get(key_id)
        if known is not None:
            return known.principal.account.id
        if is_access_key_id(key_id):
            return await self._account_of(key_id)
        return account_of(key_id)

    def used(self, known: Known, now_ms: int, service: str) -> None:
        """Note that a key is used: now and then, beside the request."""
        known.due_ms = now_ms + LAST_USED_MS
        if known.noted:
            self._beside(self._note(known.noted, service))

    async def watch_accounts(self) -> None:
        """Know of accounts soon after they are made, for who names them.  Runs until cancelled."""
        seen = None
        while True:
            epoch = self._epoch()
            if epoch != seen:
                try:
                    await self._entitlements.learn_accounts()
                    seen = epoch
                except StorageError as error:
                    _log.warning("accounts cannot be read: %s %s", type(error).__name__, error)
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        """Wait for what is under way."""
        tasks = [*self._tasks, *(flight.task for flight in self._flights.values())]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, key_id: str, session: _Session | None) -> Known | None:
        """Read a key, or wait for whoever reads it.

        Raises:
            StorageError, TimeoutError
        """
        now = asyncio.get_running_loop().time()
        flight = self._flights.get(key_id)
        if flight is None:
            # Of what is known the changes are looked for, whoever sends keys that are not.
            is_known = self._last_known(key_id, session) is not None
            if len(self._flights) >= FLIGHTS_MAX and not is_known:
                raise StoreUnavailable("too many identities are being read")
            flight = _Flight(asyncio.create_task(self._refresh(key_id, session)), now)
            self._flights[key_id] = flight
            flight.task.add_done_callback(lambda task: self._landed(key_id, task))
        left = flight.began + WAIT_S - now
        # Shielded: whoever waits may give up, the others want to know.
        return await asyncio.wait_for(asyncio.shield(flight.task), left)

    def _landed(self, key_id: str, task: "asyncio.Task[Known | None]") -> None:
        del self._flights[key_id]
        if not task.cancelled():
            task.exception()  # which those who waited have heard of, if any still did

    async def _refresh(self, key_id: str, session: _Session | None) -> Known | None:
        # Each is read before what it vouches for: a change in between makes it look old.
        epoch = self._epoch()
        before = self._last_known(key_id, session)
        if before is not None:
            revision = await self._directory.revision(before.principal.account.id)
            if revision == before.revision:
                return self._fresh(before, epoch)
        known = await self._compose(key_id, session)
        if known is None:
            self._known.pop(key_id, None)
            if len(self._missing) >= KNOWN_MAX:
                self._missing.clear()
            self._missing[key_id] = epoch
            return None
        known.due_ms = 0 if before is None else before.due_ms
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[key_id] = known
        return self._fresh(known, epoch)

    def _last_known(self, key_id: str, session: _Session | None) -> Known | None:
        """What was last known of a key with its token: ids of temporary keys are drawn by lot."""
        known = self._known.get(key_id)
        token = None if session is None else session.text
        return known if known is not None and known.token == token else None

    def _fresh(self, known: Known, epoch: int) -> Known:
        known.epoch = epoch
        known.valid_ms = self._clock.now_ms()
        known.is_stale = False
        return known

    async def _compose(self, key_id: str, session: _Session | None) -> Known | None:
        """What the rows say now: all of them between two changes of the account.

        Raises:
            Busy: it is changed all the time
        """
        account = session.token.account if session is not None else await self._account_of(key_id)
        if account is None:
            return None
        revision_of = self._directory.revision
        for _ in range(COMPOSED_MAX):
            revision, declarations = await revision_of(account), self._declarations
            if session is None:
                known = await self._composed(key_id)
            else:
                known = await self._composed_session(session)
            if await revision_of(account) == revision and declarations == self._declarations:
                if known is not None:
                    known.revision = revision
                return known
        raise Busy

    async def _account_of(self, key_id: str) -> str | None:
        found = await self._directory.access_keys.find(key_id)
        return None if found is None else found.account

    async def _composed(self, key_id: str) -> Known | None:
        found = await self._directory.access_keys.find(key_id)
        if found is None or not found.active:
            return None
        principal = await self._entitlements.of(found)
        if principal is None:
            return None
        secret = await self._directory.access_keys.secret(found)
        ends_ms = min(found.created_ms + self._max_age_ms, found.expires_ms or _FOREVER)
        return Known(secret, principal, ends_ms=ends_ms, noted=key_id)

    async def _composed_session(self, session: _Session) -> Known | None:
        token, ends_ms = session.token, _FOREVER

        async def parent(key_id: str) -> Principal | None:
            nonlocal ends_ms
            known = self._declared.get(key_id) or await self._composed(key_id)
            if known is None or self._clock.now_ms() >= known.ends_ms:
                return None
            ends_ms = known.ends_ms
            return known.principal

        principal = await self._holders.of(token, parent)
        if principal is None:
            return None
        noted = token.issuer if token.kind is Kind.ROLE else token.parent
        if noted in self._declared:
            noted = ""
        return Known(
            token.secret,
            principal,
            ends_ms=min(token.expires_ms, ends_ms),
            noted=noted,
            token=session.text,
        )

    def _go_on(self, known: Known | None, now_ms: int, error: Exception) -> Known:
        """What was last known of a key.

        Raises:
            StoreUnavailable: nothing, or too long ago.
        """
        grace_ms = self._grace_ms
        if isinstance(error, Busy):
            grace_ms = min(grace_ms, HEEDED_MS)
        if not self._is_away:
            self._is_away = True
            why = f"{type(error).__name__} {error}"
            _log.warning("identities cannot be read, known keys go on for a while: %s", why)
        if known is None or now_ms - known.valid_ms >= grace_ms:
            raise StoreUnavailable("identities cannot be read") from error
        known.is_stale = True
        return known

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note(self, used: str, service: str) -> None:
        directory = self._directory
        note = directory.access_keys.used if is_access_key_id(used) else directory.roles.used
        try:
            await note(used, service, self._region)
        except StorageError as error:
            _log.warning("that %s was used is not noted: %s", used, error)


def _parent_of(known: Known) -> str:
    """The key that a session ends with; "" of what is none, and of a role's."""
    session = known.principal.session
    return "" if session is None else session.parent
