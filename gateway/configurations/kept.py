"""How a document lies in its row: the model's structure as JSON, without what is absent."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

Shape = TypeVar("Shape", bound=msgspec.Struct)


def encode(document: msgspec.Struct) -> bytes:
    """The row's value."""
    return msgspec.json.encode(_present(document))


def decoder_of(shape: type[Shape]) -> Callable[[bytes], Shape]:
    """What reads a row's value; made when it is first used, for that takes its time."""
    return lambda value: cast("Shape", _decoder(shape).decode(value))


@cache
def _decoder(shape: Any) -> Any:
    return msgspec.json.Decoder(shape)


def _present(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {
            name: _present(member)
            for name in value.__struct_fields__
            if (member := getattr(value, name)) is not None
        }
    if isinstance(value, list):
        return [_present(item) for item in value]
    return value
