"""The port to a key management service, and one that keeps its keys in the data directory.

A service is asked for little: to say which key a name means, to wrap a data key
for a use, to unwrap it for the same.  To wrap it by another key is to do both.

Source: KMS API Reference, GenerateDataKey, Encrypt, Decrypt, DescribeKey, and their words
for what is not there.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from storage.encryption import KEY_BYTES
from storage.errors import KmsKeyNotFound
from storage.keyring import Keyring
from storage.seam import Randomness

# The key that S3 takes if none is named, and makes when it is first needed.
AWS_MANAGED: Final = "alias/aws/s3"
KEY_ID_MAX: Final = 2048  # KMS API Reference, GenerateDataKey, "KeyId"

_ARN: Final = re.compile(
    r"arn:aws[-a-z0-9]*:kms:(?P<region>[-a-z0-9]*):(?P<account>[0-9]{12}):"
    r"(key/(?P<key>.+)|(?P<alias>alias/.+))\Z",
    re.ASCII,
)
_KEYRING: Final = "kms:"  # before the names that local keys have in the keyring


class DataKey(NamedTuple):
    """A new data key."""

    plain: bytes
    wrapped: bytes

    def __repr__(self) -> str:
        return "DataKey(...)"


class Kms(Protocol):
    """A key management service.

    Each method raises:
        KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable
    """

    async def describe(self, key_id: str) -> str:
        """The key that an id, an alias or an ARN means, by the name that answers show."""
        ...

    async def generate_data_key(self, key: str, bound_to: bytes) -> DataKey:
        """A data key that only ``unwrap`` with the same ``bound_to`` gives again.

        ``key`` is what ``describe`` gave.
        """
        ...

    async def wrap(self, key: str, plain: bytes, bound_to: bytes) -> bytes:
        """A data key that was made elsewhere, wrapped."""
        ...

    async def unwrap(self, key: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """A data key again."""
        ...

    async def close(self) -> None:
        """Release everything."""
        ...


class Arn(NamedTuple):
    """What the ARN of a key says."""

    region: str
    account: str
    name: str  # a key's id, or an alias with "alias/"


def parse_arn(text: str) -> Arn | None:
    """An ARN of a key or an alias; None if it is none."""
    found = _ARN.match(text)
    if found is None:
        return None
    return Arn(found["region"], found["account"], found["key"] or found["alias"])


class KeyNames:
    """Which keys there are, by all names that a request may give them.

    ``declared`` are ids, ARNs, or ``alias/NAME=ID``.
    """

    def __init__(self, declared: Iterable[str], region: str) -> None:
        self._region = region
        self._keys: dict[str, str] = {AWS_MANAGED: AWS_MANAGED}
        for one in declared:
            name, _, target = one.partition("=")
            key = target or name
            self._keys[name] = key
            self._keys.setdefault(key, key)
            arn = parse_arn(name)
            if arn is not None:
                self._keys.setdefault(arn.name, key)

    def find(self, key_id: str) -> str:
        """The key's own name.

        Raises:
            KmsKeyNotFound
        """
        found = self._keys.get(key_id)
        if found is not None:
            return found
        arn = parse_arn(key_id)
        if arn is None:
            raise KmsKeyNotFound(f"Invalid keyId '{key_id}'")
        if arn.region != self._region:
            raise KmsKeyNotFound(f"Invalid arn {arn.region}")
        if arn.name not in self._keys:
            raise KmsKeyNotFound(f"Key '{key_id}' does not exist")
        return self._keys[arn.name]


class LocalKms:
    """Keys that a setting declares, in the keyring of the data directory."""

    def __init__(
        self, keyring: Keyring, declared: Iterable[str], region: str, randomness: Randomness
    ) -> None:
        self._keyring = keyring
        self._names = KeyNames(declared, region)
        self._randomness = randomness

    async def describe(self, key_id: str) -> str:
        """The key that an id, an alias or an ARN means."""
        return self._names.find(key_id)

    async def generate_data_key(self, key: str, bound_to: bytes) -> DataKey:
        """A data key."""
        plain = self._randomness.bytes(KEY_BYTES)
        return DataKey(plain, await self.wrap(key, plain, bound_to))

    async def wrap(self, key: str, plain: bytes, bound_to: bytes) -> bytes:
        """A data key that was made elsewhere, wrapped."""
        self._names.find(key)
        return await self._keyring.wrap(_KEYRING + key, plain, bound_to)

    async def unwrap(self, key: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """A data key again; its key is to be declared still."""
        self._names.find(key)
        return await self._keyring.unwrap(_KEYRING + key, wrapped, bound_to)

    async def close(self) -> None:
        """Nothing is open."""


def keyring_name(key: str) -> str:
    """What a local key is called in the keyring."""
    return _KEYRING + key
