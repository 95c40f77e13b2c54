"""Two identical Completes at once: whichever is faster, both answer the same.

Source: API Reference, CompleteMultipartUpload: it may be asked again.
"""

import pytest

from storage.assembly import Claimed, Wanted
from storage.integrity import NOTHING_PROMISED
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.records import Attributes, Completed
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine
from tests.storage.interrupted import Interrupted

_CONTENT = b"more than is kept inline"


@pytest.mark.parametrize("condition", [UNCONDITIONAL, WriteCondition(if_none_match="*")])
@pytest.mark.parametrize("reclaims", [False, True])
async def test_whenever_another_finishes_both_say_the_same(
    condition: WriteCondition, reclaims: bool
) -> None:
    place = 0
    while True:
        place += 1
        meta = Interrupted()
        engine = Engine(meta)
        other = Engine(meta, engine.blobs, engine.clock, engine.board)
        bucket = await engine.buckets.create("bkt", account="1", region="us-east-1")
        first, second, is_overtaken = await _race(engine, other, bucket, place, condition, reclaims)
        assert first == second
        assert await engine.get(bucket, b"k") == _CONTENT
        assert (await engine.fsck()).findings == []
        if not is_overtaken:
            break
    assert place > 5  # it was, everywhere


async def _race(
    engine: Engine,
    other: Engine,
    bucket: BucketRef,
    place: int,
    condition: WriteCondition,
    reclaims: bool,
) -> tuple[Completed, Completed, bool]:
    """Both answers, the slower one first, and whether it was overtaken at all."""
    meta = engine.meta
    assert isinstance(meta, Interrupted)
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    part, _ = await engine.uploads.put_part(
        bucket, b"k", upload, 1, Body(_CONTENT), NOTHING_PROMISED
    )

    async def complete(process: Engine) -> Completed:
        claimed = [Claimed(1, part.etag)]
        return await process.uploads.complete(bucket, b"k", upload, claimed, Wanted(), condition)

    faster: list[Completed] = []

    async def others() -> None:
        faster.append(await complete(other))
        if reclaims:
            await other.keeper.round()

    meta.interrupt(place, others)
    slower = await complete(engine)
    is_overtaken = meta.stop()
    if not is_overtaken:
        faster.append(await complete(other))
    return slower, faster[0], is_overtaken
