"""What a bucket's documents add to an answer, when it cannot be added."""

import re

import pytest

from gateway import logged
from gateway.exchange import Stretches
from gateway.observe.observation import Observation
from storage import keys
from storage.meta import Batch
from tests.gateway.inside import ask, furnished, make_app, put_document, text_of

LOGGING = (
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>bucket</TargetBucket><TargetPrefix/>"
    "</LoggingEnabled></BucketLoggingStatus>"
)


async def test_a_bucket_whose_row_is_damaged_is_answered_500() -> None:
    """The answer to the failure looks for the bucket once more, and meets the same damage."""
    async with furnished("/bucket", "/bucket/k") as app:
        row_key = keys.bucket((await app.services.buckets.find("bucket")).id)
        await app.stores.meta.commit(Batch(row_key, put={row_key: b"\xff"}))
        reply = await ask(app, "GET", "/bucket/k")
        assert (reply.status, re.findall("<Code>(.*)</Code>", text_of(reply))) == (
            500,
            ["InternalError"],
        )


async def test_a_content_that_was_opened_is_closed_if_its_answer_comes_to_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Observation] = []
    closed: list[Stretches] = []
    close = Stretches.aclose

    async def noted(self: Stretches) -> None:
        closed.append(self)
        await close(self)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    app = make_app(seen.append)
    await ask(app, "PUT", "/bucket")
    await ask(app, "PUT", "/bucket/k", [b"x" * 1_000_000])
    assert (await put_document(app, "/bucket?logging", LOGGING)).status == 200
    monkeypatch.setattr(Stretches, "aclose", noted)
    monkeypatch.setattr(logged, "note", fail)
    before = len(seen)
    with pytest.raises(RuntimeError):
        await ask(app, "GET", "/bucket/k")
    assert len(closed) == 1
    assert [(one.status, one.whole) for one in seen[before:]] == [(0, False)]
    await app.close()
