"""The few things every conformance test needs."""

from collections.abc import Awaitable
from typing import Any


async def refuses(kind: type[Exception], work: Awaitable[Any]) -> None:
    """Await ``work``, which has to raise ``kind``."""
    try:
        await work
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")


async def succeeds(refusal: type[Exception], work: Awaitable[Any]) -> bool:
    """Await ``work``; False if it raised ``refusal``."""
    try:
        await work
    except refusal:
        return False
    return True
