"""The Python class of each structure of IAM's and STS's models.

Those of operations that are implemented are generated, so that mypy sees them
(``types_iam.py``, ``types_sts.py``); the others are made when someone asks.
"""

from types import ModuleType
from typing import Any

import msgspec

from gateway.protocol.model import Model
from gateway.protocol.shapes import attribute, class_name


class Classes:
    """Classes by the name of their shape."""

    def __init__(self, model: Model, generated: ModuleType) -> None:
        self._model = model
        self._generated = generated
        self._made: dict[str, type[msgspec.Struct]] = {}

    def of(self, shape: str) -> type[msgspec.Struct]:
        """The class of a structure."""
        found: type[msgspec.Struct] | None = getattr(self._generated, class_name(shape), None)
        if found is None:
            found = self._made.get(shape)
        if found is None:
            members = self._model.shapes[shape]["members"]
            fields = [(attribute(member), Any, None) for member in members]
            found = msgspec.defstruct(class_name(shape), fields, kw_only=True)
            self._made[shape] = found
        return found
