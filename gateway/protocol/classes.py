"""The Python class of each structure of the model.

The structures of implemented operations have generated classes that mypy sees
(``types.py``); those of the others are made when someone asks, so that every
operation can be parsed and rendered, and start-up pays for none of them.
"""

from typing import Any

import msgspec

from gateway.protocol import types
from gateway.protocol.model import Model
from gateway.protocol.shapes import attribute, class_name, is_streaming


class Classes:
    """Classes by the name of their shape."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: dict[str, type[msgspec.Struct]] = {}

    def of(self, shape: str) -> type[msgspec.Struct]:
        """The class of a structure."""
        found: type[msgspec.Struct] | None = getattr(types, class_name(shape), None)
        if found is None:
            found = self._made.get(shape)
        if found is None:
            found = self._made[shape] = self._make(shape)
        return found

    def _make(self, name: str) -> type[msgspec.Struct]:
        shape = self._model.shapes[name]
        fields = [
            (attribute(member), Any, None)
            for member, definition in shape["members"].items()
            if not is_streaming(shape, definition, self._model)
        ]
        return msgspec.defstruct(class_name(name), fields, kw_only=True)
