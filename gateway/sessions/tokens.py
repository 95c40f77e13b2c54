"""Session tokens: all that is known of temporary credentials, sealed, so that nothing is stored.

AES-256-GCM under a master key of the data directory: every gateway that has the
folder of keys reads what another one gave out, and nobody else makes or reads
one.  The secret of the credentials lies inside.

What a caller says himself (policies, tags) is compressed, each call's by itself
and never together with a secret, so that lengths tell nothing about one.

Source: IAM User Guide, "Temporary security credentials in IAM"; STS API
Reference, AssumeRole, "PackedPolicySize".
"""

import asyncio
import base64
import binascii
import re
import zlib
from enum import StrEnum
from typing import Final

import msgspec

from storage.errors import MasterKeyMissing
from storage.identity import names
from storage.keyring import Keyring
from storage.records import encode
from storage.seam import Randomness

MASTER_KEY: Final = "sessions"  # of the keyring
ACCESS_KEY: Final = "ASIA"  # what temporary keys begin with.  IAM User Guide, "IAM identifiers"
TOKEN_MAX: Final = 5120  # characters; S3 takes 8192 of all headers together
# Bytes of policies and tags, compressed.  STS API Reference, AssumeRole: "AWS compresses the passed
# inline session policy, managed policy ARNs, and session tags into a packed binary format that has
# a separate limit", which is not told.
PACKED_MAX: Final = 2048
_UNPACKED_MAX: Final = 256 * 1024
_VERSION: Final = b"\x01"
_BOUND_TO: Final = b"signet session token 1"
_MESSAGE: Final = b"signet authorization message 1"
_ACCOUNT_BYTES: Final = 5  # twelve digits are less than 2^40
_CHANCE_BYTES: Final = 5
_OURS: Final = re.compile(r"ASIA[A-Z2-7]{16}\Z", re.ASCII)


class Kind(StrEnum):
    """By what credentials were given out."""

    ROLE = "role"  # AssumeRole and its like
    USER = "user"  # GetSessionToken
    FEDERATED = "federated"  # GetFederationToken


class Passed(msgspec.Struct, frozen=True, array_like=True):
    """What a caller said who asked for credentials."""

    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether he said nothing."""
        return not (self.policy or self.policy_arns or self.tags)


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What a session token holds.  Times are Unix milliseconds."""

    kind: Kind
    access_key: str
    secret: str
    account: str
    issuer: str  # id of the role or the user, or the account
    name: str  # of the session, or of the federated user
    issued_ms: int
    expires_ms: int
    parent: str = ""  # the access key that asked for it, with which it ends; "" for roles
    packed: bytes = b""  # a Passed
    handed_on: bytes = b""  # the same of tags that sessions before had
    transitive: tuple[str, ...] = ()  # keys of tags that further sessions get
    source_identity: str = ""
    provider: str = ""  # aws:FederatedProvider
    claims: dict[str, tuple[str, ...]] = {}  # condition keys of a web identity

    def __repr__(self) -> str:
        return f"Token({self.access_key!r})"

    @property
    def passed(self) -> Passed:
        """What its caller said."""
        return unpack(self.packed)

    @property
    def tags(self) -> dict[str, str]:
        """All of the session's."""
        return {**unpack(self.handed_on).tags, **self.passed.tags}


class NotAToken(Exception):
    """Nobody who has our keys made it."""


class TooLong(Exception):
    """A token of more characters than one may have; how many."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class Tokens:
    """Makes tokens, and opens them."""

    def __init__(self, keyring: Keyring, randomness: Randomness) -> None:
        self._keyring = keyring
        self._randomness = randomness
        # Of those who look for a version that is not at hand: forged tokens name any.
        self._looking = asyncio.Lock()

    def new_key(self, account: str) -> tuple[str, str]:
        """An id and a secret, which nobody has yet; the id tells the account."""
        number = int(account).to_bytes(_ACCOUNT_BYTES, "big")
        digits = base64.b32encode(number + self._randomness.bytes(_CHANCE_BYTES)).decode()
        return ACCESS_KEY + digits, names.secret(self._randomness)

    async def seal(self, token: Token) -> str:
        """As its holder sends it.

        Raises:
            TooLong: what is not compressed is bounded, too: keys of tags, claims
            MasterKeyMissing, StoreUnavailable
        """
        text = await self._sealed(encode(token), _BOUND_TO)
        if len(text) > TOKEN_MAX:
            raise TooLong(len(text))
        return text

    async def seal_message(self, message: bytes) -> str:
        """A message of ours for nobody but ourselves: why something was refused.

        Raises:
            MasterKeyMissing, StoreUnavailable
        """
        return await self._sealed(message, _MESSAGE)

    async def open_message(self, text: str) -> bytes:
        """The same again.

        Raises:
            NotAToken
            StoreUnavailable
        """
        return await self._opened(text, _MESSAGE)

    async def _sealed(self, plain: bytes, bound_to: bytes) -> str:
        sealed = await self._keyring.wrap(MASTER_KEY, plain, bound_to)
        return base64.urlsafe_b64encode(_VERSION + sealed).decode().rstrip("=")

    async def open(self, text: str) -> Token:
        """What a token holds; whether it is still valid is for the caller to see.

        Raises:
            NotAToken
            StoreUnavailable: the folder of keys does not read
        """
        if len(text) > TOKEN_MAX:
            raise NotAToken
        return _decode(await self._opened(text, _BOUND_TO))

    async def _opened(self, text: str, bound_to: bytes) -> bytes:
        sealed = _decoded(text)[len(_VERSION) :]
        if self._keyring.knows(MASTER_KEY, sealed):
            return await self._unsealed(sealed, bound_to)
        async with self._looking:
            return await self._unsealed(sealed, bound_to)

    async def _unsealed(self, sealed: bytes, bound_to: bytes) -> bytes:
        try:
            return await self._keyring.unseal(MASTER_KEY, sealed, bound_to)
        except MasterKeyMissing as error:
            raise NotAToken from error


_decode: Final = msgspec.msgpack.Decoder(Token).decode
_decode_passed: Final = msgspec.msgpack.Decoder(Passed).decode


def _decoded(text: str) -> bytes:
    """The bytes that exactly this text stands for.

    Raises:
        NotAToken
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NotAToken from None
    # The decoder passes over what is no digit, and over the last bits.
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != text or raw[:1] != _VERSION:
        raise NotAToken
    return raw


def account_of(access_key: str) -> str | None:
    """The account that a temporary key's id tells; None if it is none of ours."""
    if not _OURS.match(access_key):
        return None
    raw = base64.b32decode(access_key.removeprefix(ACCESS_KEY))
    account = f"{int.from_bytes(raw[:_ACCOUNT_BYTES], 'big'):012}"
    return account if names.is_account(account) else None


def pack(passed: Passed) -> bytes:
    """What a caller said, as short as may be."""
    return b"" if passed.is_empty else zlib.compress(encode(passed), 9)


def unpack(packed: bytes) -> Passed:
    """The same again."""
    if not packed:
        return Passed()
    return _decode_passed(zlib.decompressobj().decompress(packed, _UNPACKED_MAX))


def percent(token: Token) -> int:
    """How much of the room for policies and tags is taken, in percent; more than 100: too much."""
    return -(-100 * (len(token.packed) + len(token.handed_on)) // PACKED_MAX)
