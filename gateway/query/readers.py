"""From a form's tree to an operation's input: compiled from the model's shapes, each once.

What has another form than its shape is MalformedInput; what has it and does
not comply is told together, as a ValidationError.

Source: smithy.io, "AWS query protocol", "Request serialization".
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.protocol.model import Model, Shape
from gateway.protocol.scalars import read_time
from gateway.protocol.shapes import attribute
from gateway.query.classes import Classes
from gateway.query.constraints import Problems, checks_of, own_words
from gateway.query.form import Node, malformed

Reader = Callable[[Node, str, Problems], Any]  # node, its path, what is wrong -> value
Convert = Callable[[str, str], Any]  # text, its path -> value

ENTRIES_MAX: Final = 10_000  # of one list; the parameters of a form are bounded, too

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}\Z", re.ASCII)
_INDEX: Final = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
_INTEGERS: Final = range(-(2**31), 2**31)


class _Field(NamedTuple):
    wire_name: str
    attribute: str
    shown: str  # as errors name it
    read: Reader
    required: bool


class Readers:
    """The readers of a model's shapes."""

    def __init__(self, model: Model, classes: Classes) -> None:
        self._model = model
        self._classes = classes
        self._made: dict[str, Reader] = {}

    def of(self, name: str) -> Reader:
        """The reader of a shape."""
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(name, self._model.shapes[name])
        return found

    def _make(self, name: str, shape: Shape) -> Reader:
        match shape["type"]:
            case "structure":
                return self._structure(name, shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        return _scalar(shape)

    def _structure(self, name: str, shape: Shape) -> Reader:
        required = frozenset(shape.get("required", ()))
        make = self._classes.of(name)
        fields = tuple(
            _Field(
                member,
                attribute(member),
                member[0].lower() + member[1:],
                self.of(definition["shape"]),
                member in required,
            )
            for member, definition in shape["members"].items()
        )

        def read(node: Node, path: str, problems: Problems) -> Any:
            if isinstance(node, str):
                raise malformed(f"{path} is not a structure")
            values: dict[str, Any] = {}
            for wire_name, target, shown, read_member, is_required in fields:
                child = node.get(wire_name)
                own = f"{path}.{shown}" if path else shown
                if child is not None:
                    values[target] = read_member(child, own, problems)
                elif is_required:
                    problems.add("null", own, "Member must not be null")
            return make(**values)

        return read

    def _list(self, shape: Shape) -> Reader:
        inner = self._model.shapes[shape["member"]["shape"]]
        read_item = self.of(shape["member"]["shape"])
        checks = checks_of(shape)
        of_items = () if inner["type"] == "structure" else checks_of(inner)

        def read(node: Node, path: str, problems: Problems) -> list[Any]:
            nodes = _items(node, path)
            # Items that are no structures are told of as a whole.
            inside = problems if not of_items else Problems()
            found = [read_item(one, f"{path}.{n}.member", inside) for n, one in nodes]
            wrong = [text for check in checks if (text := check(found))]
            if any(check(one) for one in found for check in of_items):
                asked = ", ".join(_all_of(inner))
                wrong.append(f"Member must satisfy constraint: [{asked}]")
            for text in wrong:
                problems.add(f"'{_shown(found)}'", path, text)
            return found

        return read

    def _map(self, shape: Shape) -> Reader:
        read_key, read_value = self.of(shape["key"]["shape"]), self.of(shape["value"]["shape"])
        checks = checks_of(shape)

        def read(node: Node, path: str, problems: Problems) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for n, entry in _items(node, path, "entry"):
                if isinstance(entry, str) or "key" not in entry:
                    raise malformed(f"{path}.{n} has no key")
                key = read_key(entry["key"], f"{path}.{n}.key", problems)
                found[key] = read_value(entry.get("value", ""), f"{path}.{n}.value", problems)
            for check in checks:
                if text := check(found):
                    problems.add(f"'{_shown(found)}'", path, text)
            return found

        return read


def _items(node: Node, path: str, step: str = "member") -> list[tuple[int, Node]]:
    """The items of a list, or a map's entries, by their numbers."""
    if node == "":
        return []  # as clients write an empty one
    inner = node.get(step) if isinstance(node, dict) else None
    if inner == "":
        return []
    if not isinstance(inner, dict) or len(inner) > ENTRIES_MAX:
        raise malformed(f"{path} is not a list")
    if not all(_INDEX.match(index) for index in inner):
        raise malformed(f"{path} has an item without a number")
    numbered = {int(index): one for index, one in inner.items()}
    if len(numbered) < len(inner):
        raise malformed(f"{path} has two items of one number")
    return [(number, numbered[number]) for number in sorted(numbered)]


def _scalar(shape: Shape) -> Reader:
    convert = _CONVERT.get(shape["type"])
    checks, is_secret = checks_of(shape), bool(shape.get("sensitive"))

    def read(node: Node, path: str, problems: Problems) -> Any:
        if not isinstance(node, str):
            raise malformed(f"{path} is not a single value")
        value = node if convert is None else convert(node, path)
        for check in checks:
            text = check(value)
            if text is None:
                continue
            own = own_words(shape, path) if "regular expression" in text else None
            if own is not None:
                problems.add_own(own)
            else:
                problems.add(None if is_secret else f"'{node}'", path, text)
        return value

    return read


def _all_of(shape: Shape) -> list[str]:
    """Everything that is asked of a list's items, in AWS's words and order."""
    found = []
    if "max" in shape:
        found.append(f"Member must have length less than or equal to {shape['max']}")
    if "min" in shape:
        found.append(f"Member must have length greater than or equal to {shape['min']}")
    if "enum" in shape:
        found.append(f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]")
    if "pattern" in shape:
        found.append(f"Member must satisfy regular expression pattern: {shape['pattern']}")
    return found


def _shown(value: Any) -> str:
    """Lists and structures as AWS shows them, more or less: as Java does."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(one)}" for key, one in value.items()) + "}"
    names = getattr(value, "__struct_fields__", None)
    if names is not None:
        members = ", ".join(f"{name}={_shown(getattr(value, name))}" for name in names)
        return f"{type(value).__name__}({members})"
    return "null" if value is None else str(value)


def _integer(text: str, path: str) -> int:
    if not _INTEGER.match(text) or int(text) not in _INTEGERS:
        raise malformed(f"{path} is not an integer")
    return int(text)


def _boolean(text: str, path: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
    raise malformed(f"{path} is neither true nor false")


def _time(text: str, path: str) -> int:
    found = read_time(text)
    if found is None:
        raise malformed(f"{path} is not a time")
    return found


def _blob(text: str, path: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise malformed(f"{path} is not base64") from None


_CONVERT: Final[dict[str, Convert]] = {
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _time,
    "blob": _blob,
}
