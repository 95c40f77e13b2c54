"""Documents are held whole, so each has a limit, and all of them together."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from gateway.documents import Budget
from gateway.observe.observation import Observation
from gateway.pipeline import Pipeline
from storage.naming import KEY_BYTES_MAX
from tests.gateway.inside import Listed, ask, furnished, text_of

MIB = 1024 * 1024
UPLOAD = "/bucket/k?uploadId=none"
CHECKED = [(b"x-amz-checksum-crc32", b"AAAAAA==")]  # of something else, which is seen later


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket") as made:
        yield made


class Slow(Listed):
    """A document of spaces whose pieces come when the test lets them."""

    def __init__(self, target: str, pieces: int) -> None:
        content = [b" " * MIB] * pieces
        sha256 = hashlib.sha256(b"".join(content)).hexdigest().encode()
        super().__init__("POST", target.encode(), content, sha256)
        self.reads = 0
        self.let: asyncio.Semaphore = asyncio.Semaphore(0)

    async def read(self) -> bytes:
        self.reads += 1
        await self.let.acquire()
        return await super().read()


@pytest.mark.parametrize(
    ("method", "target", "limit"),
    [
        pytest.param("POST", UPLOAD, 8 * MIB, id="Complete"),
        pytest.param("POST", "/bucket?delete", 6_656_000, id="DeleteObjects"),
        pytest.param("PUT", "/bucket/k?tagging", MIB // 4, id="tags"),
        pytest.param("PUT", "/other", MIB // 4, id="a new bucket"),
        pytest.param("GET", "/bucket", MIB // 4, id="a body that means nothing"),
    ],
)
async def test_a_document_has_the_limit_of_its_operation(
    app: App, method: str, target: str, limit: int
) -> None:
    within = await ask(app, method, target, [b" " * limit], headers=CHECKED)
    assert "MaxMessageLengthExceeded" not in text_of(within)
    beyond = await ask(app, method, target, [b" " * limit, b" "], headers=CHECKED)
    assert beyond.status == 400
    assert "<Code>MaxMessageLengthExceeded</Code>" in text_of(beyond)
    assert f"<MaxMessageLengthBytes>{limit}</MaxMessageLengthBytes>" in text_of(beyond)


async def test_a_document_of_unknown_length_has_it_too(app: App) -> None:
    pieces = [b" " * (MIB // 8)] * 3
    sent = Listed("PUT", b"/bucket/k?tagging", pieces, b"UNSIGNED-PAYLOAD", CHECKED)
    sent.content_length = None
    assert "MaxMessageLengthExceeded" in text_of(await app.serve(sent))


async def test_a_thousand_of_the_longest_keys_can_be_deleted_however_escaped(app: App) -> None:
    """API Reference, DeleteObjects: up to 1,000 keys, of 1,024 bytes each."""
    key = "&quot;" * KEY_BYTES_MAX
    one = f"  <Object>\n    <Key>{key}</Key>\n    <VersionId>null</VersionId>\n  </Object>\n"
    document = f"<Delete>\n<Quiet>true</Quiet>\n{one * 1000}</Delete>".encode()
    assert (await ask(app, "POST", "/bucket?delete", [document])).status == 200


def pipeline_of(app: App, budget: Budget) -> Pipeline:
    def unseen(_: Observation) -> None:
        """Nobody asks."""

    return Pipeline(app.services, unseen, budget)


async def test_documents_have_one_budget_for_all(app: App) -> None:
    budget = Budget(6 * MIB)
    pipeline = pipeline_of(app, budget)
    sent = [Slow(UPLOAD, 3), Slow(UPLOAD, 3)]
    under_way = [asyncio.ensure_future(pipeline.serve(one)) for one in sent]
    for one in sent:
        one.let.release()
        one.let.release()
    while budget.used < 4 * MIB:
        await asyncio.sleep(0)
    late = Slow(UPLOAD, 3)
    refused = await pipeline.serve(late)
    assert (refused.status, refused.close) == (503, True)
    assert "<Code>SlowDown</Code>" in text_of(refused)
    assert late.reads == 0, "it is told before it sends anything"
    assert (await ask(pipeline, "PUT", "/bucket/k", [b"x" * 7 * MIB])).status == 200, "a content"
    for one in sent:
        one.let.release()
        one.let.release()
    for answer in await asyncio.gather(*under_way):
        assert "MalformedXML" in text_of(answer)
    assert budget.used == 0
    assert "MalformedXML" in text_of(await ask(pipeline, "POST", UPLOAD, [b" " * 3 * MIB]))


async def test_whoever_outgrows_the_budget_gives_back_what_it_held(app: App) -> None:
    """What was announced is not held, so that nobody holds what he does not send."""
    budget = Budget(4 * MIB)
    pipeline = pipeline_of(app, budget)
    sent = [Slow(UPLOAD, 3), Slow(UPLOAD, 3)]
    under_way = [asyncio.ensure_future(pipeline.serve(one)) for one in sent]
    # Piece by piece, for each is hashed beside the loop: neither may be done before the other.
    for piece in range(4):
        while not all(
            one.reads > piece or task.done() for one, task in zip(sent, under_way, strict=True)
        ):
            await asyncio.sleep(0)
        for one in sent:
            one.let.release()
    answers = await asyncio.gather(*under_way)
    assert sorted(answer.status for answer in answers) == [400, 503]
    assert budget.used == 0


async def test_a_client_that_goes_away_gives_back_what_it_held(app: App) -> None:
    budget = Budget(4 * MIB)
    sent = Slow(UPLOAD, 3)
    under_way = asyncio.ensure_future(pipeline_of(app, budget).serve(sent))
    sent.let.release()
    while sent.reads < 2:
        await asyncio.sleep(0)
    assert budget.used == MIB
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert budget.used == 0
