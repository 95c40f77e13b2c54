"""What can go wrong with identities, in IAM's words; a class's name is IAM's code.

Source: IAM API Reference, "Errors" of each operation; the sentences are those
that its SDKs and tools know.
"""

from dataclasses import dataclass
from typing import Final

from storage.errors import StorageError

_ARTICLES: Final = {
    "user": "The user with name {} cannot be found.",
    "group": "The group with name {} cannot be found.",
    "role": "The role with name {} cannot be found.",
    "policy": "Policy {} was not found.",
    "access key": "The Access Key with id {} cannot be found.",
    "provider": "OpenIDConnect Provider not found for arn {}",
    "account": "The account with id {} cannot be found.",
    "alias": "The account alias {} cannot be found.",
}


@dataclass
class IdentityError(StorageError):
    """A refusal; nothing was written."""

    message: str


class NoSuchEntity(IdentityError):
    """There is no user, group, role, policy or whatever of that name."""

    @classmethod
    def of(cls, kind: str, name: str) -> "NoSuchEntity":
        """In the words for a kind."""
        return cls(_ARTICLES[kind].format(name))


class EntityAlreadyExists(IdentityError):
    """The name is taken, perhaps with other capitals."""


class DeleteConflict(IdentityError):
    """Something hangs on it that has to go first."""


class LimitExceeded(IdentityError):
    """A quota is reached."""

    @classmethod
    def of(cls, quota: str, limit: int) -> "LimitExceeded":
        """In the words for a quota."""
        return cls(f"Cannot exceed quota for {quota}: {limit}")


class InvalidInput(IdentityError):
    """A value that does not fit."""


class ValidationError(IdentityError):
    """A name or a path that is none."""
