"""Keys in a Transit engine: a small one of our own answers as OpenBao's documentation says."""

import asyncio
import gzip
import json
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.server import transit
from gateway.server.transit import ANSWER_BYTES_MAX, TransitKms
from storage.errors import KmsKeyNotFound, KmsKeyUnusable, KmsUnavailable, StorageError
from storage.kms import AWS_MANAGED, KeyNames
from storage.protection import DSSE, KMS, Protection, Wish
from storage.seam import SystemRandomness
from tests.storage.engine import Engine, StoppedClock

TOKEN: Final = "s.token"
NAMES: Final = ("key-1", "key-2", "rsa", "gone", f"{AWS_MANAGED}=key-1")


class Transit:
    """As much of an engine as is asked for."""

    def __init__(self) -> None:
        self.keys = {"key-1": os.urandom(32), "key-2": os.urandom(32)}
        self.asked: list[str] = []
        self.answer: Callable[[], Awaitable[web.StreamResponse]] | None = None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.answer is not None:
            return await self.answer()
        if request.headers.get("X-Vault-Token") != TOKEN:
            return web.json_response({"errors": ["permission denied"]}, status=403)
        _, _, verb, name = request.path.split("/")
        if verb == "keys" and name == "rsa":
            return web.json_response({"data": {"name": name, "type": "rsa-2048"}})
        if name not in self.keys:
            if verb == "keys":
                return web.json_response({"errors": []}, status=404)
            return web.json_response({"errors": ["encryption key not found"]}, status=400)
        if verb == "keys":
            return web.json_response({"data": {"name": name, "type": "aes256-gcm96"}})
        return web.json_response(self._crypt(verb, name, await request.json()))

    def _crypt(self, verb: str, name: str, asked: dict[str, str]) -> dict[str, Any]:
        key, bound = AESGCM(self.keys[name]), b64decode(asked["associated_data"])
        if verb == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + key.encrypt(nonce, b64decode(asked["plaintext"]), bound)
            return {"data": {"ciphertext": f"vault:v1:{b64encode(sealed).decode()}"}}
        sealed = b64decode(asked["ciphertext"].removeprefix("vault:v1:"))
        try:
            plain = key.decrypt(sealed[:12], sealed[12:], bound)
        except InvalidTag:
            raise web.HTTPBadRequest(
                text='{"errors": ["cipher: message authentication failed"]}'
            ) from None
        return {"data": {"plaintext": b64encode(plain).decode()}}


class House:
    """The engine, its address, and a client."""

    def __init__(self, engine: Transit, url: str) -> None:
        self.engine = engine
        self.url = url
        self.clock = StoppedClock()
        self.kms = self.client()

    def client(self, token: str = TOKEN) -> TransitKms:
        names = KeyNames(NAMES, "us-east-1")
        return TransitKms(self.url, token, names, self.clock, SystemRandomness())


@pytest.fixture
async def house() -> AsyncIterator[House]:
    engine = Transit()
    server = web.Server(engine.handle)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made = House(engine, f"http://127.0.0.1:{runner.addresses[0][1]}/transit/")
    yield made
    await made.kms.close()
    await runner.cleanup()


async def test_a_data_key_is_wrapped_there_for_one_use(house: House) -> None:
    made = await house.kms.generate_data_key("key-1", b"use")
    assert len(made.plain) == 32
    assert made.wrapped.startswith(b"vault:v1:")
    assert await house.kms.unwrap("key-1", made.wrapped, b"use") == made.plain
    for key, bound_to in (("key-1", b"another"), ("key-2", b"use")):
        with pytest.raises(KmsKeyUnusable, match="cannot be used"):
            await house.kms.unwrap(key, made.wrapped, bound_to)


async def test_a_key_is_described_once_in_a_while(house: House) -> None:
    for _ in range(3):
        assert await house.kms.describe("key-1") == "key-1"
        assert await house.kms.describe(AWS_MANAGED) == "key-1"
    assert house.engine.asked == ["GET /transit/keys/key-1"]
    house.clock.ms += transit.DESCRIBED_MS
    await house.kms.describe("key-1")
    assert len(house.engine.asked) == 2
    house.clock.ms -= 2 * transit.DESCRIBED_MS
    await house.kms.describe("key-1")
    assert len(house.engine.asked) == 3, "a clock that is set back does not make it last"


@pytest.mark.parametrize(
    ("key", "kind", "said"),
    [
        ("gone", KmsKeyNotFound, "Key 'gone' does not exist"),
        ("undeclared", KmsKeyNotFound, "Invalid keyId 'undeclared'"),
        ("rsa", KmsKeyUnusable, "rsa is not a symmetric key"),
    ],
)
async def test_a_key_that_cannot_be_used_is_refused(
    house: House, key: str, kind: type[StorageError], said: str
) -> None:
    with pytest.raises(kind) as refusal:
        await house.kms.describe(key)
    assert said in str(getattr(refusal.value, "message", ""))


async def test_s3s_own_key_is_there_if_it_is_declared(house: House) -> None:
    kms = TransitKms(house.url, TOKEN, KeyNames((), "r"), house.clock, SystemRandomness())
    with pytest.raises(KmsKeyNotFound):
        await kms.describe(AWS_MANAGED)
    await kms.close()


async def test_a_key_that_is_gone_meanwhile_is_not_found(house: House) -> None:
    made = await house.kms.generate_data_key("key-1", b"")
    del house.engine.keys["key-1"]
    with pytest.raises(KmsKeyNotFound):
        await house.kms.unwrap("key-1", made.wrapped, b"")


async def test_a_wrong_token_is_our_trouble_not_the_clients(house: House) -> None:
    kms = house.client("another")
    with pytest.raises(KmsUnavailable, match="403: permission denied"):
        await kms.describe("key-1")
    await kms.close()


def answering(status: int, body: bytes) -> Callable[[], Awaitable[web.StreamResponse]]:
    async def answer() -> web.StreamResponse:
        return web.Response(status=status, body=body)

    return answer


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"data": []}'),
        (200, b'{"data": {"plaintext": 1}}'),
        (200, b'{"data": {"plaintext": "!"}}'),
        (200, b'{"data": {"plaintext": "YWJj"}}'),
        (200, b"[" * 10_000),
        (200, b'{"data": "' + b"x" * ANSWER_BYTES_MAX + b'"}'),
        (302, b""),
        (500, b'{"errors": ["internal error"]}'),
        (503, b'{"errors": null}'),
    ],
)
async def test_an_answer_that_is_none_is_as_no_answer(
    house: House, status: int, body: bytes
) -> None:
    house.engine.answer = answering(status, body)
    with pytest.raises(KmsUnavailable):
        await house.kms.unwrap("key-1", b"vault:v1:x", b"")


@pytest.mark.parametrize(
    "ciphertext",
    ["", "x", "vault:v1:", "vault:v1:x", "vault:v1:" + "A" * 60, "vault:v0:" + "A" * 80, "\ud800"],
)
async def test_what_cannot_be_unwrapped_again_is_not_taken(house: House, ciphertext: str) -> None:
    body = json.dumps({"data": {"ciphertext": ciphertext}}).encode()
    house.engine.answer = answering(200, body)
    with pytest.raises(KmsUnavailable):
        await house.kms.generate_data_key("key-1", b"use")


async def test_a_compressed_answer_is_not_made_large(house: House) -> None:
    async def answer() -> web.StreamResponse:
        body = gzip.compress(b" " * 1_000_000 + b'{"data": {"type": "aes256-gcm96"}}')
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    house.engine.answer = answer
    with pytest.raises(KmsUnavailable, match="no JSON"):
        await house.kms.describe("key-1")


async def test_silence_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transit, "TIMEOUT_S", 0.05)
    told = asyncio.Event()

    async def never() -> web.StreamResponse:
        await told.wait()
        return web.Response()

    house.engine.answer = never
    with pytest.raises(KmsUnavailable, match="Timeout"):
        await house.kms.describe("key-1")
    told.set()


async def test_where_nobody_listens_nothing_is_promised() -> None:
    names = KeyNames(NAMES, "r")
    kms = TransitKms("http://127.0.0.1:9/x", TOKEN, names, StoppedClock(), SystemRandomness())
    with pytest.raises(KmsUnavailable):
        await kms.describe("key-1")
    await kms.close()


async def test_objects_are_encrypted_under_keys_of_the_engine(house: House) -> None:
    engine = Engine()
    protection = Protection(engine.protection.keyring, house.kms, house.clock, SystemRandomness())
    for algorithm in (KMS, DSSE):
        sealing = await protection.begin(b"bucket..", Wish(algorithm, "key-1", '{"a":"b"}'))
        assert await protection.open(b"bucket..", sealing.record, None) == sealing


async def test_a_bucket_key_is_asked_for_once_in_a_while(house: House) -> None:
    engine = Engine()
    protection = Protection(engine.protection.keyring, house.kms, house.clock, SystemRandomness())
    wish = Wish(KMS, "key-1", bucket_key=True)
    made = [await protection.begin(b"bucket..", wish) for _ in range(5)]
    for one in made:
        assert await protection.open(b"bucket..", one.record, None) == one
    assert house.engine.asked == ["POST /transit/encrypt/key-1"]
    house.clock.ms += 5 * 60 * 1000
    assert await protection.open(b"bucket..", made[0].record, None) == made[0]
    assert house.engine.asked[1:] == ["POST /transit/decrypt/key-1"]
    house.clock.ms -= 24 * 3600 * 1000
    await protection.begin(b"bucket..", wish)
    assert await protection.open(b"bucket..", made[0].record, None) == made[0]
    assert len(house.engine.asked) == 4, "a clock that is set back does not make them last"
