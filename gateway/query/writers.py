"""From an operation's output to XML: compiled from the model's shapes, each once.

Source: smithy.io, "AWS query protocol", "Response serialization".
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gateway.protocol.model import Model
from gateway.protocol.scalars import write_boolean
from gateway.protocol.shapes import attribute
from gateway.protocol.xml import escape_readably

Writer = Callable[[Any], str]  # a value -> what stands in its element


class Writers:
    """The writers of a model's shapes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: dict[str, Writer] = {}

    def of(self, name: str) -> Writer:
        """The writer of a shape; none of the models' contains itself."""
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(name)
        return found

    def _make(self, name: str) -> Writer:
        shape = self._model.shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure(shape["members"])
            case "list":
                item = self.of(shape["member"]["shape"])
                return lambda value: "".join([f"<member>{item(one)}</member>" for one in value])
            case "map":
                return _map(self.of(shape["key"]["shape"]), self.of(shape["value"]["shape"]))
            case "boolean":
                return write_boolean
            case "timestamp":
                return iso_second
            case "blob":
                return lambda value: b64encode(value).decode()
            case "integer" | "long":
                return str
        return escape_readably

    def _structure(self, members: dict[str, Any]) -> Writer:
        fields = [
            (attribute(member), f"<{member}>", f"</{member}>", self.of(definition["shape"]))
            for member, definition in members.items()
        ]

        def write(value: Any) -> str:
            pieces = []
            for name, start, end, inner in fields:
                found = getattr(value, name)
                if found is not None:
                    pieces.append(f"{start}{inner(found)}{end}")
            return "".join(pieces)

        return write


def _map(key: Writer, value: Writer) -> Writer:
    def write(given: Any) -> str:
        entries = [
            f"<entry><key>{key(name)}</key><value>{value(one)}</value></entry>"
            for name, one in given.items()
        ]
        return "".join(entries)

    return write


def iso_second(moment_ms: int) -> str:
    """A time as IAM and STS show it: whole seconds of UTC."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
