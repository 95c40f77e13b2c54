"""A bucket that is created with tags has them from its first moment.

Source: API Reference, CreateBucketConfiguration; recordings of S3, LocalStack's
test_create_bucket_with_tags and its neighbours.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from storage import keys
from storage.errors import BucketAlreadyOwnedByYou
from storage.meta import prefix_range
from tests.gateway.inside import ask, make_app, text_of


@pytest.fixture
async def app() -> AsyncIterator[App]:
    made = make_app()
    yield made
    await made.close()


def tags(*pairs: tuple[str, str]) -> bytes:
    inside = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in pairs)
    return f"<CreateBucketConfiguration><Tags>{inside}</Tags></CreateBucketConfiguration>".encode()


async def create(app: App, document: bytes) -> tuple[int, str]:
    reply = await ask(app, "PUT", "/bucket", [document] if document else [])
    return reply.status, text_of(reply)


async def test_its_tags_are_read_back(app: App) -> None:
    reply = await ask(app, "PUT", "/bucket", [tags(("tag1", "value1"))])
    assert reply.status == 200
    assert (b"x-amz-bucket-arn", b"arn:aws:s3:::bucket") in reply.headers
    text = text_of(await ask(app, "GET", "/bucket?tagging"))
    assert "<TagSet><Tag><Key>tag1</Key><Value>value1</Value></Tag></TagSet>" in text


async def test_no_tags_are_no_tag_set(app: App) -> None:
    assert (await create(app, tags()))[0] == 200
    reply = await ask(app, "GET", "/bucket?tagging")
    assert (reply.status, "NoSuchTagSet" in text_of(reply)) == (404, True)


async def test_a_second_creation_with_tags_is_none(app: App) -> None:
    assert (await create(app, tags(("tag1", "value1"))))[0] == 200
    for same_or_other in (tags(("tag1", "value1")), tags(("tag2", "value2"))):
        status, text = await create(app, same_or_other)
        assert (status, "BucketAlreadyOwnedByYou" in text) == (409, True)
    for without in (b"", tags()):
        assert (await create(app, without))[0] == 200
    assert "value1" in text_of(await ask(app, "GET", "/bucket?tagging"))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (tags(("aws:test", "a")), "User-defined tag keys can&#39;t start with"),
        (tags(("test", "a,b")), "The TagValue you have provided is invalid"),
        (tags(("a,b", "c")), "The TagKey you have provided is invalid"),
        (tags(("a", "b"), ("a", "b")), "Cannot provide multiple Tags with the same key"),
    ],
)
async def test_tags_that_nothing_can_have_make_no_bucket(
    app: App, document: bytes, said: str
) -> None:
    status, text = await create(app, document)
    assert (status, "<Code>InvalidTag</Code>" in text) == (400, True)
    assert said in text.replace("'", "&#39;")
    assert (await ask(app, "HEAD", "/bucket")).status == 404


async def test_of_two_creations_at_once_one_leaves_nothing(app: App) -> None:
    buckets = app.services.buckets
    meta = app.stores.meta
    found = await asyncio.gather(
        *(
            buckets.create(
                "bucket", account="000000000001", region="us-east-1", documents={"tagging": text}
            )
            for text in (b"1", b"2")
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in found].count(BucketAlreadyOwnedByYou) == 1
    kept = keys.bucket((await buckets.find("bucket")).id)
    rows = await meta.scan([prefix_range(b"b")], 100)
    assert {row.key[: len(kept)] for row in rows} == {kept}
