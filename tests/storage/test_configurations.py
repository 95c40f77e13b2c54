"""Documents of a bucket: each change is one commit with the bucket's row."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from storage import configurations, keys
from storage.configurations import COMPILED_TIMES, PER_KIND_MAX, Configurations
from storage.errors import InvalidRequest, NoSuchBucket, TooManyConfigurations
from storage.meta import Batch
from storage.records import Bucket, Versioning
from storage.rows import BucketRef
from tests.storage.engine import Engine


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made = Engine()
    await made.buckets.create("bucket", account="1", region="r")
    yield made
    await made.meta.close()


@pytest.fixture
def configured(engine: Engine) -> Configurations:
    return Configurations(engine.buckets, engine.meta)


async def bucket_of(engine: Engine) -> BucketRef:
    return await engine.buckets.find("bucket")


async def test_a_document_comes_back_as_it_was_put_until_it_is_taken_away(
    engine: Engine, configured: Configurations
) -> None:
    assert await configured.read(await bucket_of(engine), "cors") is None
    await configured.put(await bucket_of(engine), "cors", b"one")
    await configured.put(await bucket_of(engine), "cors", b"two")
    await configured.put(await bucket_of(engine), "website", b"three")
    bucket = await bucket_of(engine)
    assert bucket.record.documents == ("cors", "website")
    assert await configured.read(bucket, "cors") == b"two"
    assert await configured.remove(bucket, "cors")
    assert not await configured.remove(bucket, "cors")
    bucket = await bucket_of(engine)
    assert bucket.record.documents == ("website",)
    assert await configured.read(bucket, "cors") is None


async def test_a_bucket_without_documents_costs_no_read(
    engine: Engine, configured: Configurations, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = await bucket_of(engine)
    monkeypatch.delattr(type(engine.meta), "get")
    assert await configured.compiled(bucket, "policy", len) is None


async def test_a_document_is_compiled_once_for_each_change(
    engine: Engine, configured: Configurations
) -> None:
    made: list[bytes] = []

    def make(document: bytes) -> int:
        made.append(document)
        return len(document)

    await configured.put(await bucket_of(engine), "cors", b"one")
    for _ in range(3):
        assert await configured.compiled(await bucket_of(engine), "cors", make) == 3
    await configured.put(await bucket_of(engine), "cors", b"seven")
    assert await configured.compiled(await bucket_of(engine), "cors", make) == 5
    assert made == [b"one", b"seven"]


async def test_what_is_compiled_takes_no_more_than_so_much_memory(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many buckets have documents, and however large these are."""
    made: list[bytes] = []
    monkeypatch.setattr(configurations, "COMPILED_BYTES_MAX", 40 * COMPILED_TIMES * 1000)
    configured = Configurations(engine.buckets, engine.meta)
    names = [f"bucket{n}" for n in range(60)]
    for name in names:
        bucket = await engine.buckets.create(name, account="1", region="r")
        await configured.put(bucket, "cors", name.encode() + bytes(1000))
    for name in (*names, *names[-30:], names[0]):
        await configured.compiled(await engine.buckets.find(name), "cors", made.append)
    assert [one.rstrip(b"\0").decode() for one in made] == [*names, names[0]]


async def test_a_document_made_of_the_one_before_is_made_of_what_it_replaces(
    engine: Engine, configured: Configurations
) -> None:
    bucket = await bucket_of(engine)
    letters = [b"%c" % letter for letter in range(97, 105)]

    def added(letter: bytes) -> Callable[[bytes | None], bytes]:
        return lambda before: (before or b"") + letter

    await asyncio.gather(*[configured.put(bucket, "cors", added(one)) for one in letters])
    found = await configured.read(await bucket_of(engine), "cors")
    assert found is not None
    assert sorted(found) == sorted(b"".join(letters))


async def test_an_object_commit_that_began_before_a_change_is_decided_anew(
    engine: Engine, configured: Configurations
) -> None:
    before = await bucket_of(engine)
    await configured.change(
        before, lambda record: msgspec.structs.replace(record, versioning=Versioning.ENABLED)
    )
    put = await engine.put(before, b"key", b"content")
    assert put.version_id != ""


async def test_documents_of_one_kind_are_told_apart_by_their_identities(
    engine: Engine, configured: Configurations
) -> None:
    for identity in ("b", "a", "c"):
        await configured.put(await bucket_of(engine), "metrics", identity.encode() * 3, identity)
    bucket = await bucket_of(engine)
    assert bucket.record.documents == ("metrics",)
    assert await configured.read(bucket, "metrics", "b") == b"bbb"
    assert await configured.list(bucket, "metrics", limit=2) == [("a", b"aaa"), ("b", b"bbb")]
    assert await configured.list(bucket, "metrics", after="b", limit=2) == [("c", b"ccc")]
    for identity in ("a", "b"):
        assert await configured.remove(bucket, "metrics", identity)
    assert (await bucket_of(engine)).record.documents == ("metrics",)
    assert await configured.remove(bucket, "metrics", "c")
    assert (await bucket_of(engine)).record.documents == ()


async def test_a_bucket_has_a_thousand_documents_of_a_kind_and_no_more(
    engine: Engine, configured: Configurations
) -> None:
    bucket = await bucket_of(engine)
    await configured.put(bucket, "metrics", b"x", "0")
    rows = {keys.document(bucket.id, "metrics", str(n)): b"x" for n in range(1, PER_KIND_MAX)}
    await engine.meta.commit(Batch(keys.bucket(bucket.id), put=rows))
    await configured.put(bucket, "metrics", b"y", "0")
    with pytest.raises(TooManyConfigurations):
        await configured.put(bucket, "metrics", b"x", "one more")


async def test_a_change_that_refuses_writes_nothing(
    engine: Engine, configured: Configurations
) -> None:
    def refuse(_: Bucket) -> Bucket:
        raise InvalidRequest("not in this state")

    bucket = await bucket_of(engine)
    with pytest.raises(InvalidRequest):
        await configured.put(bucket, "cors", b"x", change=refuse)
    assert await bucket_of(engine) == bucket


async def test_documents_put_at_once_are_all_there(
    engine: Engine, configured: Configurations
) -> None:
    bucket = await bucket_of(engine)
    kinds = [f"kind{n}" for n in range(8)]
    await asyncio.gather(*[configured.put(bucket, kind, kind.encode()) for kind in kinds])
    bucket = await bucket_of(engine)
    assert bucket.record.documents == tuple(kinds)
    assert bucket.record.config_revision == len(kinds)
    assert [await configured.read(bucket, kind) for kind in kinds] == [k.encode() for k in kinds]


async def test_a_bucket_of_that_name_made_anew_has_none_of_the_documents(
    engine: Engine, configured: Configurations
) -> None:
    old = await bucket_of(engine)
    await configured.put(old, "cors", b"x")
    await engine.buckets.delete(await bucket_of(engine))
    await engine.buckets.create("bucket", account="2", region="r")
    assert await configured.read(await bucket_of(engine), "cors") is None
    with pytest.raises(NoSuchBucket):
        await configured.put(old, "cors", b"y")
