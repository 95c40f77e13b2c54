"""Writers of one key queue in one process, and nothing is left of a lock nobody wants."""

import asyncio

import pytest

from storage.transact import KeyLocks


async def test_writers_of_one_key_go_one_after_another_in_the_order_they_came() -> None:
    locks, order = KeyLocks(), list[str]()

    async def write(name: str) -> None:
        async with locks.hold(b"key"):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(*[write(name) for name in "abc"])
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_writers_of_different_keys_do_not_wait_for_each_other() -> None:
    locks = KeyLocks()
    async with locks.hold(b"one"), asyncio.timeout(1), locks.hold(b"two"):
        assert set(locks._locks) == {b"one", b"two"}


async def test_a_lock_is_forgotten_when_nobody_wants_it() -> None:
    locks = KeyLocks()
    async with locks.hold(b"key"):
        pass
    with pytest.raises(ValueError, match="mine"):
        async with locks.hold(b"key"):
            raise ValueError("mine")
    assert not locks._locks


async def test_who_gives_up_waiting_leaves_the_lock_to_the_others() -> None:
    locks, got = KeyLocks(), list[str]()

    async def write(name: str) -> None:
        async with locks.hold(b"key"):
            got.append(name)

    async with locks.hold(b"key"):
        waiting = [asyncio.create_task(write(name)) for name in "ab"]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert not got
    await asyncio.gather(*waiting, return_exceptions=True)
    assert got == ["b"]
    assert not locks._locks
