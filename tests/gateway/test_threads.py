"""What takes long is computed beside the event loop, and comes to the same."""

import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from gateway.app import App
from gateway.operations import multipart
from gateway.protocol.plan import Plan
from gateway.threads import HASH_BYTES_MIN, PARSE_BYTES_MIN, PARSE_ITEMS_MIN
from sigv4 import Chunked
from sigv4.chunked import ChunkedBody, ChunkSigner, ExactBody, UnsignedBody
from sigv4.keys import HmacKey
from tests.gateway.inside import ask, begun, furnished, text_of

Spy = Callable[[Any, str], list[bool]]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket") as made:
        yield made


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    """For each call of a function, whether it was beside the loop's thread."""
    main = threading.get_ident()

    def watch(owner: Any, name: str) -> list[bool]:
        seen: list[bool] = []
        real = getattr(owner, name)

        def called(*arguments: Any) -> Any:
            seen.append(threading.get_ident() != main)
            return real(*arguments)

        monkeypatch.setattr(owner, name, called)
        return seen

    yield watch
    monkeypatch.undo()


SMALL, LARGE = bytes(HASH_BYTES_MIN - 1), bytes(HASH_BYTES_MIN)


async def test_large_pieces_are_hashed_beside_the_loop(app: App, spy: Spy) -> None:
    seen = spy(ExactBody, "feed")
    whole = SMALL + LARGE + SMALL
    reply = await ask(app, "PUT", "/bucket/k", [SMALL, LARGE, SMALL])
    assert (b"ETag", f'"{hashlib.md5(whole).hexdigest()}"'.encode()) in reply.headers
    assert seen == [False, True, False]


async def test_what_is_hashed_beside_the_loop_is_held_against_its_promise(app: App) -> None:
    wrong = hashlib.sha256(b"else").hexdigest().encode()
    reply = await ask(app, "PUT", "/bucket/k", [LARGE], wrong)
    assert reply.status == 400
    assert "<Code>XAmzContentSHA256Mismatch</Code>" in text_of(reply)


async def test_nothing_is_gained_where_nothing_is_hashed(app: App, spy: Spy) -> None:
    seen = spy(UnsignedBody, "feed")
    reply = await ask(app, "PUT", "/bucket/k", [LARGE, LARGE], b"UNSIGNED-PAYLOAD")
    assert reply.status == 200
    assert seen == [False, False]


@pytest.mark.parametrize("signed", [True, False])
def test_of_chunks_only_signed_ones_are_hashed(signed: bool) -> None:
    signer = ChunkSigner(HmacKey(bytes(32)), b"", b"", b"", "") if signed else None
    assert ChunkedBody(Chunked(signed, False, 0, ()), signer).hashes is signed


@pytest.mark.parametrize("size", [PARSE_BYTES_MIN - 1, PARSE_BYTES_MIN])
async def test_large_documents_are_parsed_beside_the_loop(app: App, spy: Spy, size: int) -> None:
    seen = spy(Plan, "read_body")
    start, end = b"<Delete><Object><Key>k</Key></Object><!--", b"--></Delete>"
    document = start + b"x" * (size - len(start) - len(end)) + end
    reply = await ask(app, "POST", "/bucket?delete", [document])
    assert reply.status == 200
    assert "<Deleted><Key>k</Key></Deleted>" in text_of(reply)
    assert seen == [size >= PARSE_BYTES_MIN]


async def test_what_is_parsed_beside_the_loop_is_refused_as_ever(app: App) -> None:
    document = b"<Delete><Object><Key>k</Key></Object>" + b"<X/>" * 50_000 + b"</Delete>"
    reply = await ask(app, "POST", "/bucket?delete", [document])
    assert reply.status == 400
    assert "<Code>MalformedXML</Code>" in text_of(reply)


@pytest.mark.parametrize("count", [PARSE_ITEMS_MIN - 1, PARSE_ITEMS_MIN])
async def test_many_parts_are_read_beside_the_loop(app: App, spy: Spy, count: int) -> None:
    seen = spy(multipart, "_claimed")
    upload = await begun(app, "/bucket/k")
    parts = "".join(
        f"<Part><PartNumber>{n}</PartNumber><ETag>x</ETag></Part>" for n in range(1, count + 1)
    )
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    reply = await ask(app, "POST", f"/bucket/k?uploadId={upload}", [document])
    assert "<Code>InvalidPart</Code>" in text_of(reply)
    assert seen == [count >= PARSE_ITEMS_MIN]
