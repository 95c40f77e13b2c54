"""Tags of identities.  Source: IAM User Guide, "Tags for IAM resources"."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from storage.identity.entities import Entities
from storage.identity.errors import InvalidInput, LimitExceeded, NoSuchEntity
from storage.identity.ledger import Draft, Ledger
from storage.identity.quotas import TAGS_PER_ENTITY_MAX
from storage.identity.records import ManagedPolicy, OidcProvider, Role, User

TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256
_TEXT: Final = re.compile(r"[\w\s.:/=+\-@]*\Z")

Tagged = User | Role | ManagedPolicy | OidcProvider


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags, if they may be: keys that differ in case alone are one.

    Raises:
        InvalidInput, LimitExceeded
    """
    if len({key.lower() for key in tags}) < len(tags):
        raise InvalidInput(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    for key, value in tags.items():
        if not 0 < len(key) <= TAG_KEY_MAX or not _TEXT.match(key):
            raise InvalidInput(f"The tag key {key!r} is invalid.")
        if len(value) > TAG_VALUE_MAX or not _TEXT.match(value):
            raise InvalidInput(f"The value of the tag {key!r} is invalid.")
        if key.lower().startswith("aws:"):
            raise InvalidInput("Tag keys that start with aws: are reserved for internal use.")
    if len(tags) > TAGS_PER_ENTITY_MAX:
        raise LimitExceeded(
            f"The number of tags has reached the maximum limit of {TAGS_PER_ENTITY_MAX}."
        )
    return dict(tags)


class Tags:
    """Tags and untags users, roles, policies and providers."""

    def __init__(self, ledger: Ledger, entities: Entities) -> None:
        self._ledger = ledger
        self._entities = entities

    async def put(self, account: str, kind: str, name: str, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values.

        Raises:
            NoSuchEntity, InvalidInput, LimitExceeded, and what ``Ledger.change`` raises
        """
        new = check_tags(tags)

        async def decide(draft: Draft) -> None:
            found = await self._find(account, kind, name)
            gone = {key.lower() for key in new}
            kept = {key: value for key, value in found.tags.items() if key.lower() not in gone}
            self._put(draft, msgspec.structs.replace(found, tags=check_tags({**kept, **new})))

        await self._ledger.change(account, decide)

    async def remove(self, account: str, kind: str, name: str, keys: Iterable[str]) -> None:
        """Take tags away; those that are not there are none the less gone.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """
        gone = {key.lower() for key in keys}

        async def decide(draft: Draft) -> None:
            found = await self._find(account, kind, name)
            kept = {key: value for key, value in found.tags.items() if key.lower() not in gone}
            self._put(draft, msgspec.structs.replace(found, tags=kept))

        await self._ledger.change(account, decide)

    async def _find(self, account: str, kind: str, name: str) -> Tagged:
        entities = self._entities
        finders = {
            "user": entities.users.find,
            "role": entities.roles.find,
            "policy": entities.policies.find,
            "provider": entities.providers.find,
        }
        found: Tagged | None = await finders[kind](account, name)
        if found is None:
            raise NoSuchEntity.of(kind, name)
        return found

    def _put(self, draft: Draft, found: Tagged) -> None:
        entities = self._entities
        if isinstance(found, User):
            entities.users.put(draft, found)
        elif isinstance(found, Role):
            entities.roles.put(draft, found)
        elif isinstance(found, ManagedPolicy):
            entities.policies.put(draft, found)
        else:
            entities.providers.put(draft, found)
