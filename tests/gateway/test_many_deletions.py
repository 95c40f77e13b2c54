"""Of many keys that are deleted at once, each has its own end."""

import asyncio
import re

import pytest

from gateway.call import Call
from gateway.operations import objects
from gateway.protocol import types as t
from storage import keys
from storage.meta import Batch
from tests.gateway.inside import ask, furnished, text_of

NAMES = [f"k{n}" for n in range(40)]
DOCUMENT = "".join(f"<Object><Key>{name}</Key></Object>" for name in NAMES)
DELETE = f"<Delete>{DOCUMENT}</Delete>".encode()


async def test_a_key_whose_row_is_damaged_is_told_and_the_others_are_deleted() -> None:
    async with furnished("/bucket", *(f"/bucket/{name}" for name in NAMES)) as app:
        bucket = await app.services.buckets.find("bucket")
        row_key = keys.current(bucket.id, b"k7")
        await app.stores.meta.commit(Batch(keys.bucket(bucket.id), put={row_key: b"\xff"}))
        text = text_of(await ask(app, "POST", "/bucket?delete", [DELETE]))
        assert re.findall("<Error><Key>(.*?)</Key>.*?<Code>(.*?)</Code>", text) == [
            ("k7", "InternalError")
        ]
        assert text.count("<Deleted>") == len(NAMES) - 1


async def test_nothing_is_deleted_any_more_once_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = []
    delete = objects._delete_one

    async def broken(call: Call, item: t.ObjectIdentifier, *, bypass: bool) -> object:
        if item.key == NAMES[0]:
            raise RuntimeError("a bug")
        made = await delete(call, item, bypass=bypass)
        ended.append(item.key or "")
        return made

    monkeypatch.setattr(objects, "_delete_one", broken)
    async with furnished("/bucket", *(f"/bucket/{name}" for name in NAMES)) as app:
        assert (await ask(app, "POST", "/bucket?delete", [DELETE])).status == 500
        assert sorted(ended) == sorted(NAMES[1:])


async def test_others_are_heard_while_many_keys_are_decided_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = 0
    at: list[int] = []

    async def decided(_call: Call, item: t.ObjectIdentifier, *, bypass: bool) -> object:
        del bypass
        at.append(turns)
        return t.DeletedObject(key=item.key)

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(objects, "_delete_one", decided)
    async with furnished("/bucket") as app:
        beside = asyncio.create_task(other())
        assert (await ask(app, "POST", "/bucket?delete", [DELETE])).status == 200
        beside.cancel()
    assert len(set(at)) == len(at) == len(NAMES), "no two are decided in one go"
