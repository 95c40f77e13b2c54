"""What is read of a request the fast way and the full way, side by side."""

from collections.abc import Sequence
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from sigv4 import Request, SigError, read
from tests.sigv4.signing import NOW, REGION


class Closing(NamedTuple):
    """What to put in whose place so that nothing is read the fast way."""

    module: ModuleType
    name: str
    value: object


def outcome(
    request: Request, *, now: int = NOW, regions: Sequence[str] = (REGION,), **options: Any
) -> object:
    """The claim, or everything that the refusal says; the options are those of ``read``."""
    try:
        return read(request, now=now, regions=regions, **options)
    except SigError as error:
        return (error.code, error.status, error.message, tuple(error.fields))


def both_ways(request: Request, closing: Closing, **options: Any) -> tuple[object, object]:
    """What is read, and what the full way reads."""
    fast = outcome(request, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*closing)
        return fast, outcome(request, **options)


def two_bytes_changed(chance: Random, text: bytes, others: bytes) -> bytes:
    """The text with one of ``others`` put twice somewhere, before a byte or in its place."""
    value = bytearray(text)
    for _ in range(2):
        position = chance.randrange(len(value))
        value[position : position + chance.randrange(2)] = bytes([chance.choice(others)])
    return bytes(value)
