"""Where identities live: the part ``ci`` of the control partition, in byte order.

============================  =================================================
``cia`` account               Account, if it was made by command
``cib`` alias                 the account that has an alias
``cic`` canonical id          the account of one that was made by command
``ci#`` account               counts the changes of an account's identities
``cik`` access key            AccessKey
``cil`` access key or role    LastUsed
an account's own
``cie`` account ``s``         Summary
``cie`` account ``u`` name    User
``cie`` account ``g`` name    Group
``cie`` account ``r`` name    Role
``cie`` account ``p`` name    ManagedPolicy
``cie`` account ``k`` key     that an access key with a scope is the account's or a user's
``cie`` account ``n`` id      kind and name of what has an id
``cie`` account ``m`` ids     that a group (the first id) has a user (the second)
``cie`` account ``i`` id name an inline policy's document
``cie`` account ``d`` id n    the document of a managed policy's version
``cie`` account ``t`` arn id  that a policy is attached to something
``cie`` account ``y`` arn id  that a policy is something's boundary
``cie`` account ``o`` url     OidcProvider
============================  =================================================

Names and ARNs are in lower case here: they are not distinguished by it.
"""

from typing import Final

from storage.identity.names import folded
from storage.meta import Range, prefix_range

_NUL: Final = b"\x00"
_OWN: Final = b"cie"
_OF_ACCOUNT: Final = len(_OWN) + 12
ACCOUNTS: Final = b"cia"
ACCESS_KEYS: Final = b"cik"
TAGS: Final = {"user": b"u", "group": b"g", "role": b"r", "policy": b"p", "provider": b"o"}


def revision(account: str) -> bytes:
    """Moves with every change of an account's identities."""
    return b"ci#" + account.encode()


def account(account_id: str) -> bytes:
    return ACCOUNTS + account_id.encode()


def accounts() -> Range:
    return prefix_range(ACCOUNTS)


def alias(name: str) -> bytes:
    return b"cib" + name.encode()


def canonical(canonical_id: str) -> bytes:
    return b"cic" + canonical_id.encode()


def access_key(key_id: str) -> bytes:
    return ACCESS_KEYS + key_id.encode()


def all_access_keys() -> Range:
    return prefix_range(ACCESS_KEYS)


def last_used(name: str) -> bytes:
    """Of an access key's id or a role's."""
    return b"cil" + name.encode()


def own(account_id: str) -> Range:
    """Everything that an account has of its own."""
    return prefix_range(_OWN + account_id.encode())


def summary(account_id: str) -> bytes:
    return _OWN + account_id.encode() + b"s"


def named(account_id: str, kind: str, name: str) -> bytes:
    """A user, group, role, policy or provider."""
    return _OWN + account_id.encode() + TAGS[kind] + folded(name).encode()


def all_named(account_id: str, kind: str) -> Range:
    return prefix_range(_OWN + account_id.encode() + TAGS[kind])


def by_id(account_id: str, unique_id: str) -> bytes:
    return _OWN + account_id.encode() + b"n" + unique_id.encode()


def member(account_id: str, group_id: str, user_id: str) -> bytes:
    return _members(account_id, group_id) + user_id.encode()


def members(account_id: str, group_id: str) -> Range:
    return prefix_range(_members(account_id, group_id))


def scoped_key(account_id: str, key_id: str) -> bytes:
    return _OWN + account_id.encode() + b"k" + key_id.encode()


def scoped_keys(account_id: str) -> Range:
    return prefix_range(_OWN + account_id.encode() + b"k")


def key_of_scoped(key: bytes) -> str:
    """The access key's id."""
    return key[_OF_ACCOUNT + 1 :].decode()


def _members(account_id: str, group_id: str) -> bytes:
    return _OWN + account_id.encode() + b"m" + group_id.encode() + _NUL


def inline(account_id: str, unique_id: str, name: str) -> bytes:
    """An inline policy; of these, names are what they are."""
    return _inlines(account_id, unique_id) + name.encode()


def inlines(account_id: str, unique_id: str) -> Range:
    return prefix_range(_inlines(account_id, unique_id))


def _inlines(account_id: str, unique_id: str) -> bytes:
    return _OWN + account_id.encode() + b"i" + unique_id.encode() + _NUL


def document(account_id: str, policy_id: str, number: int) -> bytes:
    return _OWN + account_id.encode() + b"d" + policy_id.encode() + number.to_bytes(4, "big")


def attachment(account_id: str, arn: str, unique_id: str) -> bytes:
    return _OWN + account_id.encode() + b"t" + folded(arn).encode() + _NUL + unique_id.encode()


def attachments(account_id: str, arn: str) -> Range:
    return prefix_range(_OWN + account_id.encode() + b"t" + folded(arn).encode() + _NUL)


def boundary(account_id: str, arn: str, unique_id: str) -> bytes:
    return _OWN + account_id.encode() + b"y" + folded(arn).encode() + _NUL + unique_id.encode()


def boundaries(account_id: str, arn: str) -> Range:
    return prefix_range(_OWN + account_id.encode() + b"y" + folded(arn).encode() + _NUL)


def last_part(key: bytes) -> str:
    """What follows the last NUL: an id, or an inline policy's name."""
    return key.rpartition(_NUL)[2].decode()
