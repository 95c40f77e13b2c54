"""Structures out of XML documents, compiled from the model's shapes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from gateway.protocol import errata
from gateway.protocol.classes import Classes
from gateway.protocol.errors import ProtocolError
from gateway.protocol.model import Model, Shape
from gateway.protocol.scalars import (
    read_boolean,
    read_integer,
    read_long,
    required_time,
)
from gateway.protocol.shapes import attribute, names_of
from gateway.protocol.xml import Element

Reader = Callable[[Element], Any]

_SCALARS: dict[str, Callable[[str, str], Any]] = {
    "integer": read_integer,
    "long": read_long,
    "boolean": read_boolean,
    "timestamp": required_time,
}


class _Field(NamedTuple):
    """How an element is read: into which attribute, by what, and in which kind of list."""

    attribute: str
    read: Reader
    repeats: bool = False  # the element itself is there once for each item
    item: str | None = None  # the name of the elements of the list within


class Documents:
    """Readers of the structures, each compiled once."""

    def __init__(self, model: Model, classes: Classes) -> None:
        self._model = model
        self._classes = classes
        self._readers: dict[str, Reader] = {}

    def reader(self, name: str) -> Reader:
        """What reads an element of this shape.

        The reader raises ProtocolError: MalformedXML for what the shape does not allow.
        """
        if name not in self._readers:
            self._readers[name] = self._make_reader(name)
        return self._readers[name]

    def _make_reader(self, name: str) -> Reader:
        shape = self._model.shapes[name]
        if shape["type"] == "structure":
            return self._structure_reader(name)
        if shape["type"] in _SCALARS:
            return _scalar_reader(_SCALARS[shape["type"]])
        if "enum" in shape and name not in errata.OPEN_ENUMERATIONS:
            return _choice_reader(frozenset(shape["enum"]))
        return _text

    def _structure_reader(self, name: str) -> Reader:
        make = self._classes.of(name)
        read_members = self.member_reader(name)

        def read(element: Element) -> msgspec.Struct:
            return make(**read_members(element))

        return read

    def member_reader(self, name: str) -> Callable[[Element], dict[str, Any]]:
        """What reads the members of a structure that stand in the document, by attribute.

        An element that the shape does not have is refused: S3 holds documents against
        its schema, and what it does not know might be a condition (aws-sdk-js-v3 issue
        6857: MalformedXML to an ETag in DeleteObjects, until S3 knew it).
        """
        shape = self._model.shapes[name]
        fields: dict[str, _Field] = {}  # by the element's name
        attributes: dict[str, str] = {}  # by the XML attribute's local name
        for member, definition in shape["members"].items():
            if definition.get("xmlAttribute"):
                attributes[definition["locationName"].rpartition(":")[2]] = attribute(member)
            elif "location" not in definition:
                tag, known = self._field(member, definition)
                fields[tag] = known
        required = [
            attribute(member)
            for member in shape.get("required", ())
            if "location" not in shape["members"][member]
        ]

        def read(element: Element) -> dict[str, Any]:
            values: dict[str, Any] = {}
            for child in element.children:
                known = fields.get(child.name)
                if known is None:
                    raise ProtocolError("MalformedXML")
                _read_child(child, known, values)
            for xml_name, target in attributes.items():
                if xml_name in element.attributes:
                    values[target] = element.attributes[xml_name]
            for target in required:
                if values.get(target) is None:
                    raise ProtocolError("MalformedXML")
            return values

        return read

    def _field(self, member: str, definition: Shape) -> tuple[str, _Field]:
        inner = self._model.shapes[definition["shape"]]
        target = attribute(member)
        tag, item = names_of(self._model, member, definition)
        if inner["type"] != "list":
            return tag, _Field(target, self.reader(definition["shape"]))
        read = self.reader(inner["member"]["shape"])
        if item is None:
            return tag, _Field(target, read, repeats=True)
        return tag, _Field(target, read, item=item)


def _read_child(child: Element, known: _Field, values: dict[str, Any]) -> None:
    if known.repeats:
        values.setdefault(known.attribute, []).append(known.read(child))
        return
    if known.attribute in values:
        raise ProtocolError("MalformedXML")
    if known.item is None:
        values[known.attribute] = known.read(child)
        return
    if any(item.name != known.item for item in child.children):
        raise ProtocolError("MalformedXML")  # passed over, it would have been left out
    values[known.attribute] = [known.read(item) for item in child.children]


def _text(element: Element) -> str:
    if element.children:
        raise ProtocolError("MalformedXML")
    return element.text


def _scalar_reader(read: Callable[[str, str], Any]) -> Reader:
    def read_scalar(element: Element) -> Any:
        try:
            value = read(_text(element).strip(), element.name)
        except ProtocolError:
            raise ProtocolError("MalformedXML") from None
        if value is None:
            raise ProtocolError("MalformedXML")
        return value

    return read_scalar


def _choice_reader(choices: frozenset[str]) -> Reader:
    def read_choice(element: Element) -> str:
        text = _text(element).strip()
        if text not in choices:
            raise ProtocolError("MalformedXML")
        return text

    return read_choice
