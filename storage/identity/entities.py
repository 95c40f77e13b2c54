"""Finding and listing what has a name in an account: users, groups, roles, policies, providers."""

from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

from storage.identity import layout
from storage.identity.errors import EntityAlreadyExists, NoSuchEntity
from storage.identity.ledger import Draft, Ledger, decoded
from storage.identity.names import PREFIXES, check_name, check_path, folded, unique_id
from storage.identity.records import (
    Group,
    ManagedPolicy,
    OidcProvider,
    Role,
    User,
    decode_group,
    decode_policy,
    decode_provider,
    decode_role,
    decode_user,
)
from storage.meta import SCAN_ROWS_MAX, Range

Entity = TypeVar("Entity", User, Group, Role, ManagedPolicy, OidcProvider)
# What policies are attached to.
Holder = User | Group | Role


class Page(NamedTuple, Generic[Entity]):
    """Some of a kind, in order of name."""

    items: list[Entity]
    after: str | None  # ask for what comes after this name; None: that was all


class Named(Generic[Entity]):
    """Those of one kind."""

    def __init__(self, ledger: Ledger, kind: str, decode: Callable[[bytes], Entity]) -> None:
        self.ledger: Final = ledger
        self.kind: Final = kind
        self._decode: Callable[[bytes], Entity] = decode

    async def find(self, account: str, name: str) -> Entity | None:
        """The one of that name, whatever its capitals; None if there is none."""
        return await self.ledger.read(layout.named(account, self.kind, name), self._decode)

    async def get(self, account: str, name: str) -> Entity:
        """The one of that name.

        Raises:
            NoSuchEntity
        """
        found = await self.find(account, name)
        if found is None:
            raise NoSuchEntity.of(self.kind, name)
        return found

    async def by_id(self, account: str, entity_id: str) -> Entity | None:
        """The one of a unique id, None if there is none any more."""
        name = await self.ledger.text(layout.by_id(account, entity_id))
        if name is None or not name.startswith(f"{self.kind}/"):
            return None
        found = await self.find(account, name.partition("/")[2])
        # Between the two it may have been renamed, and another have taken the name.
        return found if found is not None and getattr(found, "id", "") == entity_id else None

    async def list(
        self, account: str, *, path_prefix: str = "/", after: str = "", limit: int
    ) -> Page[Entity]:
        """Up to ``limit`` whose path begins so, in order of name without its capitals.

        ``after`` is what a page before said.
        """
        everything = layout.all_named(account, self.kind)
        start = everything.start + folded(after).encode() + b"\x00" if after else everything.start
        page: Page[Entity] = Page([], None)
        # One more than is asked for says whether there are more.
        while True:
            rows = await self.ledger.scan(
                Range(start, everything.end), min(limit + 1, SCAN_ROWS_MAX)
            )
            for row in rows:
                found = decoded(row, self._decode)
                if not _path(found).startswith(path_prefix):
                    continue
                if len(page.items) == limit:
                    return page._replace(after=_name(page.items[-1]))
                page.items.append(found)
            if len(rows) <= limit and len(rows) < SCAN_ROWS_MAX:
                return page
            start = rows[-1].key + b"\x00"

    async def begin(self, draft: Draft, name: str, path: str, limit: int) -> str:
        """Take a free name; the unique id of what will have it.

        Raises:
            ValidationError, EntityAlreadyExists, LimitExceeded
        """
        check_name(self.kind, name)
        check_path(path)
        if await self.find(draft.account, name) is not None:
            raise EntityAlreadyExists(self._taken(name))
        await draft.count(_plural(self.kind), +1, limit)
        entity_id = unique_id(self.kind, self.ledger.randomness)
        self.index(draft, entity_id, name)
        return entity_id

    def index(self, draft: Draft, entity_id: str, name: str) -> None:
        """Let it be found by its id."""
        row = f"{self.kind}/{folded(name)}"
        draft.batch.put[layout.by_id(draft.account, entity_id)] = row.encode()

    def put(self, draft: Draft, found: Entity) -> None:
        """Write it as it is now."""
        draft.put(layout.named(draft.account, self.kind, _name(found)), found)

    async def end(self, draft: Draft, found: User | Group | Role | ManagedPolicy) -> None:
        """Take it away."""
        draft.delete(layout.named(draft.account, self.kind, found.name))
        draft.delete(layout.by_id(draft.account, found.id))
        await draft.count(_plural(self.kind), -1)

    async def rename(
        self, draft: Draft, found: Entity, name: str | None, path: str | None
    ) -> tuple[str, str]:
        """Give it another name or path; what it is called now, for the caller to put.

        Raises:
            ValidationError, EntityAlreadyExists
        """
        name, path = name or _name(found), path or _path(found)
        check_name(self.kind, name)
        check_path(path)
        if folded(name) != folded(_name(found)):
            if await self.find(draft.account, name) is not None:
                raise EntityAlreadyExists(self._taken(name))
            draft.delete(layout.named(draft.account, self.kind, _name(found)))
        return name, path

    def _taken(self, name: str) -> str:
        if self.kind == "policy":
            return f"A policy called {name} already exists. Duplicate names are not allowed."
        return f"{self.kind.capitalize()} with name {name} already exists."


class Entities(NamedTuple):
    """All kinds."""

    users: Named[User]
    groups: Named[Group]
    roles: Named[Role]
    policies: Named[ManagedPolicy]
    providers: Named[OidcProvider]

    @classmethod
    def of(cls, ledger: Ledger) -> "Entities":
        """Over one ledger."""
        return cls(
            Named(ledger, "user", decode_user),
            Named(ledger, "group", decode_group),
            Named(ledger, "role", decode_role),
            Named(ledger, "policy", decode_policy),
            Named(ledger, "provider", decode_provider),
        )

    async def holder(self, account: str, kind: str, name: str) -> Holder:
        """A user, group or role.

        Raises:
            NoSuchEntity
        """
        if kind == "user":
            return await self.users.get(account, name)
        if kind == "group":
            return await self.groups.get(account, name)
        assert kind == "role", "nothing else holds policies"
        return await self.roles.get(account, name)

    async def holder_by_id(self, account: str, entity_id: str) -> Holder | None:
        """The same by its unique id, of which the beginning tells the kind."""
        if entity_id.startswith(PREFIXES["user"]):
            return await self.users.by_id(account, entity_id)
        if entity_id.startswith(PREFIXES["group"]):
            return await self.groups.by_id(account, entity_id)
        return await self.roles.by_id(account, entity_id)

    def put_holder(self, draft: Draft, found: Holder) -> None:
        """Write one as it is now."""
        draft.put(layout.named(draft.account, kind_of(found), found.name), found)


def kind_of(found: Holder) -> str:
    """What it is."""
    if isinstance(found, User):
        return "user"
    return "group" if isinstance(found, Group) else "role"


def _name(found: User | Group | Role | ManagedPolicy | OidcProvider) -> str:
    return found.url if isinstance(found, OidcProvider) else found.name


def _path(found: User | Group | Role | ManagedPolicy | OidcProvider) -> str:
    return "/" if isinstance(found, OidcProvider) else found.path


def _plural(kind: str) -> str:
    return "policies" if kind == "policy" else f"{kind}s"
