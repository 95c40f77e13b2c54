"""An object that changes between its permission and its reading: what is read is what was judged.

At each place where a request waits for the metadata, somebody else replaces the
object; whoever was let in because there was none, or because of the tags of the
one before, gets nothing of the new one.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway import stores
from gateway.app import App
from gateway.exchange import Reply
from sigv4 import Credentials
from storage.errors import Rejudge
from storage.records import Attributes, Bucket, ObjectVersion
from storage.rows import BucketRef, Judged
from tests.gateway.inside import ask, make_app
from tests.gateway.users import BUCKET_OBJECTS, allow, new_user
from tests.storage.interrupted import Interrupted

SECRET = b"secret that nobody may read"
PLAIN = b"plain"
READS = {"StringEquals": {"s3:ExistingObjectTag/open": "yes"}}
ALL_OF_BUCKET = "arn:aws:s3:::bucket"
OWN = "arn:aws:s3:::bucket/own/*"

# What reads an object, and what it may say to somebody who may list the bucket but not read.
REQUESTS = [
    ("GET", "/bucket/k", ()),
    ("HEAD", "/bucket/k", ()),
    ("GET", "/bucket/k?tagging=", ()),
    ("GET", "/bucket/k?partNumber=1", ()),
    ("GET", "/bucket/k?attributes=", ((b"x-amz-object-attributes", b"ETag,ObjectSize"),)),
    ("GET", "/bucket/k", ((b"if-none-match", b"*"),)),
    ("PUT", "/bucket/own/copy", ((b"x-amz-copy-source", b"/bucket/k"),)),
]


def interrupted_app(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> tuple[App, Interrupted]:
    monkeypatch.setattr(stores, "MemoryMeta", Interrupted)
    app = make_app(**settings)
    meta = app.stores.meta
    assert isinstance(meta, Interrupted)
    return app, meta


def body_of(reply: Reply) -> bytes:
    assert isinstance(reply.body, bytes), "it is small"
    return reply.body


async def at_every_place(
    meta: Interrupted,
    before: Callable[[], Awaitable[object]],
    meanwhile: Callable[[], Awaitable[None]],
    send: Callable[[], Awaitable[Reply]],
) -> list[Reply]:
    """The answers to a request, each interrupted at another place."""
    replies, place = [], 0
    while True:
        place += 1
        await before()
        meta.interrupt(place, meanwhile)
        replies.append(await send())
        if not meta.stop():
            return replies


@pytest.mark.parametrize(("method", "target", "headers"), REQUESTS)
async def test_who_may_only_know_that_an_object_is_not_there_never_reads_it_once_it_is(
    method: str,
    target: str,
    headers: tuple[tuple[bytes, bytes], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, meta = interrupted_app(monkeypatch)
    assert (await ask(app, "PUT", "/bucket")).status == 200
    key = await new_user(
        *(app, "ann", allow("s3:ListBucket", resource=ALL_OF_BUCKET)),
        allow("s3:PutObject", "s3:PutObjectTagging", resource=OWN),
    )

    async def remove() -> None:
        await ask(app, "DELETE", "/bucket/k")
        await ask(app, "DELETE", "/bucket/own/copy")

    async def add() -> None:
        await ask(app, "PUT", "/bucket/k", [SECRET], headers=((b"x-amz-tagging", b"a=secret"),))

    async def send() -> Reply:
        return await ask(app, method, target, headers=headers, key=key)

    replies = await at_every_place(meta, remove, add, send)
    assert {reply.status for reply in replies} == {403, 404}
    for reply in replies:
        assert b"secret" not in body_of(reply)
    await app.close()


async def tagged_reader(app: App) -> Credentials:
    assert (await ask(app, "PUT", "/bucket")).status == 200
    return await new_user(
        app, "ann", allow("s3:GetObject", resource=BUCKET_OBJECTS, Condition=READS)
    )


async def test_the_tags_that_let_somebody_in_are_those_of_what_he_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, meta = interrupted_app(monkeypatch)
    key = await tagged_reader(app)

    async def open_one() -> None:
        await ask(app, "PUT", "/bucket/k", [PLAIN], headers=((b"x-amz-tagging", b"open=yes"),))

    async def secret_one() -> None:
        await ask(app, "PUT", "/bucket/k", [SECRET])

    replies = await at_every_place(
        meta, open_one, secret_one, lambda: ask(app, "GET", "/bucket/k", key=key)
    )
    answers = {(reply.status, body_of(reply) if reply.status == 200 else b"") for reply in replies}
    assert answers == {(200, PLAIN), (403, b"")}
    await app.close()


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("DELETE", "/bucket/k?tagging=", ()),
        ("PUT", "/bucket/k?acl=", ((b"x-amz-acl", b"authenticated-read"),)),
        ("DELETE", "/bucket/k", ()),
    ],
)
async def test_the_tags_that_let_somebody_in_are_those_of_what_he_changes(
    method: str,
    target: str,
    headers: tuple[tuple[bytes, bytes], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings: dict[str, Any] = {
        "default_object_ownership": "ObjectWriter",
        "default_public_access_block": "off",
    }
    app, meta = interrupted_app(monkeypatch, **settings)
    assert (await ask(app, "PUT", "/bucket")).status == 200
    actions = ("s3:PutObjectAcl", "s3:DeleteObject", "s3:DeleteObjectTagging")
    key = await new_user(app, "ann", allow(*actions, resource=BUCKET_OBJECTS, Condition=READS))

    other = make_app(beside=app, **settings)

    async def open_one() -> None:
        await ask(app, "PUT", "/bucket/k", [PLAIN], headers=((b"x-amz-tagging", b"open=yes"),))

    async def secret_one() -> None:
        """By another worker, for whom nobody of this one has to wait."""
        await ask(other, "PUT", "/bucket/k", [SECRET], headers=((b"x-amz-tagging", b"a=b"),))

    statuses, place = set(), 0
    while True:
        place += 1
        await open_one()
        meta.interrupt(place, secret_one)
        status = (await ask(app, method, target, headers=headers, key=key)).status
        if not meta.stop():
            break
        statuses.add(status)
        # Before the request or after it: what has other tags is as it was put.
        assert b"<Key>a</Key>" in body_of(await ask(app, "GET", "/bucket/k?tagging="))
        assert b"AuthenticatedUsers" not in body_of(await ask(app, "GET", "/bucket/k?acl="))
    assert status < 300
    assert 403 in statuses
    await app.close()


async def test_one_open_object_in_the_place_of_another_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, meta = interrupted_app(monkeypatch)
    key = await tagged_reader(app)
    tags = ((b"x-amz-tagging", b"open=yes"),)

    async def first() -> None:
        await ask(app, "PUT", "/bucket/k", [PLAIN], headers=tags)

    async def second() -> None:
        await ask(app, "PUT", "/bucket/k", [PLAIN * 2], headers=tags)

    replies = await at_every_place(
        meta, first, second, lambda: ask(app, "GET", "/bucket/k", key=key)
    )
    assert {(reply.status, body_of(reply)) for reply in replies} == {
        (200, PLAIN),
        (200, PLAIN * 2),
    }
    await app.close()


def version(**more: object) -> ObjectVersion:
    return ObjectVersion(1, "v", 0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("judged", "found", "is_same"),
    [
        pytest.param(None, None, True, id="there is still none"),
        pytest.param(None, version(delete_marker=True), True, id="a marker is none"),
        pytest.param(None, version(), False, id="there is one now"),
        pytest.param(version(), None, False, id="it is gone"),
        pytest.param(version(), version(size=5, etag="e"), True, id="another content"),
        pytest.param(version(owner="1"), version(owner="2"), False, id="another owner"),
        pytest.param(
            version(attributes=Attributes(tags={"a": "1"})), version(), False, id="other tags"
        ),
        pytest.param(version(attributes=Attributes(acl=())), version(), False, id="another list"),
    ],
)
def test_what_is_judged_is_that_it_is_there_its_owner_its_list_and_its_tags(
    judged: ObjectVersion | None, found: ObjectVersion | None, is_same: bool
) -> None:
    bucket = BucketRef(b"b", 1, Bucket("b", "a", 0, "r")).judged_by(Judged(b"k", None, judged))
    assert bucket.judged is not None
    bucket.judged.check(b"other", None, version(owner="3"))
    bucket.judged.check(b"k", "its id", version(owner="3"))
    assert bucket.traced(None).judged is bucket.judged
    if is_same:
        bucket.judged.check(b"k", None, found)
    else:
        with pytest.raises(Rejudge):
            bucket.judged.check(b"k", None, found)
