"""Keys of SSE-KMS in the Transit engine of OpenBao or Vault, over HTTP.

Data keys are made here and encrypted there, with what they are for as
associated data: a ciphertext is good for nothing else.

Source: OpenBao's and Vault's documentation, "Transit secrets engine (API)":
Read key, Encrypt data, Decrypt data.
"""

import json
import re
from base64 import b64decode, b64encode
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from storage.encryption import KEY_BYTES
from storage.errors import KmsKeyNotFound, KmsKeyUnusable, KmsUnavailable
from storage.kms import AWS_MANAGED, DataKey, KeyNames
from storage.seam import Clock, Randomness

TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 * 1024
REQUESTS_AT_ONCE: Final = 32
DESCRIBED_MS: Final = 60_000  # how long a key is believed to be there
_DESCRIBED_MAX: Final = 1000
# Encrypt data, "ciphertext": the version of the key that made it, and what it made.
_WRAPPED: Final = re.compile(r"vault:v[1-9][0-9]*:([A-Za-z0-9+/]+={0,2})\Z", re.ASCII)
_TAG_BYTES: Final = 16  # of every type of _TYPES

# Types of keys that authenticate associated data.
_TYPES: Final = ("aes256-gcm96", "aes128-gcm96", "chacha20-poly1305", "xchacha20-poly1305")


class TransitKms:
    """A client; implements ``storage.kms.Kms``."""

    def __init__(
        self, url: str, token: str, names: KeyNames, clock: Clock, randomness: Randomness
    ) -> None:
        """``url`` ends with the engine's path; ``names`` are those that requests may use."""
        self._url = url.rstrip("/")
        self._token = token
        self._names = names
        self._clock = clock
        self._randomness = randomness
        self._described: dict[str, int] = {}  # until when
        self._session: aiohttp.ClientSession | None = None

    async def describe(self, key_id: str) -> str:
        """The key that an id, an alias or an ARN means."""
        key = self._names.find(key_id)
        if key == AWS_MANAGED:
            raise KmsKeyNotFound(f"Alias {AWS_MANAGED} is not found.")
        now = self._clock.now_ms()
        # Set back, a clock must not make it believed for longer.
        if not now < self._described.get(key, 0) <= now + DESCRIBED_MS:
            told = await self._ask("GET", f"keys/{_path_of(key)}", None, key)
            if told.get("type") not in _TYPES:
                raise KmsKeyUnusable(f"{key} is not a symmetric key that authenticates data.")
            if len(self._described) >= _DESCRIBED_MAX:
                self._described.clear()
            self._described[key] = now + DESCRIBED_MS
        return key

    async def generate_data_key(self, key: str, bound_to: bytes) -> DataKey:
        """A data key."""
        plain = self._randomness.bytes(KEY_BYTES)
        return DataKey(plain, await self.wrap(key, plain, bound_to))

    async def wrap(self, key: str, plain: bytes, bound_to: bytes) -> bytes:
        """A data key that was made elsewhere, wrapped."""
        asked = {"plaintext": _text(plain), "associated_data": _text(bound_to)}
        told = await self._ask("POST", f"encrypt/{_path_of(key)}", asked, key)
        wrapped = _member(told, "ciphertext")
        if not _is_wrapped(wrapped):  # kept, it would be the end of what it protects
            raise KmsUnavailable("the ciphertext is none")
        return wrapped.encode()

    async def unwrap(self, key: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """A data key again."""
        asked = {"ciphertext": wrapped.decode(), "associated_data": _text(bound_to)}
        told = await self._ask("POST", f"decrypt/{_path_of(key)}", asked, key)
        try:
            plain = b64decode(_member(told, "plaintext"), validate=True)
        except ValueError:
            raise KmsUnavailable("the plaintext is not base64") from None
        if len(plain) != KEY_BYTES:
            raise KmsUnavailable("the plaintext is not a data key")
        return plain

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self, method: str, path: str, asked: dict[str, str] | None, key: str
    ) -> dict[str, Any]:
        """The member ``data`` of an answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=REQUESTS_AT_ONCE),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                auto_decompress=False,  # nobody asked for it, and what is small may become large
            )
        try:
            async with self._session.request(
                method,
                f"{self._url}/{path}",
                json=asked,
                headers={
                    "X-Vault-Token": self._token,
                    "X-Vault-Request": "true",
                    "Accept-Encoding": "identity",
                },
                allow_redirects=False,
            ) as answer:
                return _data_of(answer.status, await _body_of(answer), key)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise KmsUnavailable(f"{type(error).__name__}: {error}") from error


async def _body_of(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    while len(body) <= ANSWER_BYTES_MAX:
        piece = await answer.content.read(ANSWER_BYTES_MAX)
        if not piece:
            return body
        body += piece
    raise KmsUnavailable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")


def _data_of(status: int, body: bytes, key: str) -> dict[str, Any]:
    if status == 404:
        raise KmsKeyNotFound(f"Key '{key}' does not exist")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise KmsUnavailable(f"an answer of {status} that is no JSON") from None
    told = told if isinstance(told, dict) else {}
    if status == 200 and isinstance(told.get("data"), dict):
        data: dict[str, Any] = told["data"]
        return data
    errors = told.get("errors")
    said = "; ".join(str(one) for one in errors) if isinstance(errors, list) else ""
    if status == 400 and "encryption key not found" in said:
        raise KmsKeyNotFound(f"Key '{key}' does not exist")
    if status == 400:
        raise KmsKeyUnusable(f"{key} cannot be used for this: {said[:200]}")
    raise KmsUnavailable(f"an answer of {status}: {said[:200]}")


def _member(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise KmsUnavailable(f"an answer without {name}")
    return value


def _is_wrapped(text: str) -> bool:
    """Whether it can be a data key that was encrypted and authenticated."""
    found = _WRAPPED.match(text)
    if found is None:
        return False
    try:
        return len(b64decode(found[1], validate=True)) >= KEY_BYTES + _TAG_BYTES
    except ValueError:
        return False


def _path_of(key: str) -> str:
    return quote(key, safe="")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
