"""Structures as XML documents, both ways, compiled from the model's shapes."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from gateway.protocol import types
from gateway.protocol.errors import ProtocolError
from gateway.protocol.model import Model, Shape
from gateway.protocol.scalars import (
    iso_date,
    read_boolean,
    read_integer,
    required_time,
    write_boolean,
)
from gateway.protocol.shapes import attribute
from gateway.protocol.xml import Element, escape

Reader = Callable[[Element], Any]
Writer = Callable[[Any, str], str]  # the value and its element's name

_CLASSES: Final = {"Object": "ObjectShape", "Error": "ErrorShape"}


def class_of(shape: str) -> type[msgspec.Struct]:
    """The generated class of a structure."""
    found: type[msgspec.Struct] = getattr(types, _CLASSES.get(shape, shape))
    return found


class Documents:
    """Readers and writers of the structures, each compiled once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._readers: dict[str, Reader] = {}
        self._writers: dict[str, Writer] = {}

    # Reading

    def reader(self, name: str) -> Reader:
        """What reads an element of this shape.

        The reader raises ProtocolError: MalformedXML for what the shape does not allow.
        """
        if name not in self._readers:
            self._readers[name] = self._make_reader(name)
        return self._readers[name]

    def _make_reader(self, name: str) -> Reader:
        shape = self._model.shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure_reader(name, shape)
            case "integer" | "long":
                return lambda element: _strictly(read_integer, element)
            case "boolean":
                return lambda element: _strictly(read_boolean, element)
            case "timestamp":
                return lambda element: _strictly(required_time, element)
        return _text

    def _structure_reader(self, name: str, shape: Shape) -> Reader:
        make = class_of(name)
        fields: dict[str, tuple[str, Reader, bool]] = {}  # by element name: attribute, reader, list
        wrapped: dict[str, tuple[str, Reader, str]] = {}  # lists with an element of their own
        for member, definition in shape["members"].items():
            inner = self._model.shapes[definition["shape"]]
            tag = definition.get("locationName", member)
            field = attribute(member)
            if inner["type"] != "list":
                fields[tag] = (field, self.reader(definition["shape"]), False)
            elif inner.get("flattened"):
                tag = definition.get("locationName", inner["member"].get("locationName", member))
                fields[tag] = (field, self.reader(inner["member"]["shape"]), True)
            else:
                item = inner["member"].get("locationName", "member")
                wrapped[tag] = (field, self.reader(inner["member"]["shape"]), item)
        required = [attribute(member) for member in shape.get("required", ())]

        def read(element: Element) -> msgspec.Struct:
            values: dict[str, Any] = {}
            for child in element.children:
                known = fields.get(child.name)
                if known is not None:
                    field, reader, several = known
                    if several:
                        values.setdefault(field, []).append(reader(child))
                    elif field in values:
                        raise ProtocolError("MalformedXML")
                    else:
                        values[field] = reader(child)
                elif child.name in wrapped:
                    field, reader, item = wrapped[child.name]
                    if field in values or any(one.name != item for one in child.children):
                        raise ProtocolError("MalformedXML")
                    values[field] = [reader(one) for one in child.children]
            if any(values.get(field) is None for field in required):
                raise ProtocolError("MalformedXML")
            return make(**values)

        return read

    # Writing

    def writer(self, name: str) -> Writer:
        """What writes a value of this shape as an element."""
        if name not in self._writers:
            self._writers[name] = self._make_writer(name)
        return self._writers[name]

    def _make_writer(self, name: str) -> Writer:
        shape = self._model.shapes[name]
        match shape["type"]:
            case "structure":
                inside = self.content_writer(name)
                return lambda value, tag: f"<{tag}>{inside(value)}</{tag}>"
            case "boolean":
                return lambda value, tag: f"<{tag}>{write_boolean(value)}</{tag}>"
            case "timestamp":
                return lambda value, tag: f"<{tag}>{iso_date(value)}</{tag}>"
            case "integer" | "long" | "float" | "double":
                return lambda value, tag: f"<{tag}>{value}</{tag}>"
        return lambda value, tag: f"<{tag}>{escape(value)}</{tag}>"

    def content_writer(self, name: str) -> Callable[[Any], str]:
        """What writes the members of a structure that stand in the document, in model order."""
        shape = self._model.shapes[name]
        writers: list[tuple[str, Callable[[Any], str]]] = [
            (attribute(member), self._member_writer(member, definition))
            for member, definition in shape["members"].items()
            if "location" not in definition and not definition.get("streaming")
        ]

        def write(value: Any) -> str:
            parts = []
            for field, writer in writers:
                member = getattr(value, field)
                if member is not None:
                    parts.append(writer(member))
            return "".join(parts)

        return write

    def _member_writer(self, member: str, definition: Shape) -> Callable[[Any], str]:
        inner = self._model.shapes[definition["shape"]]
        tag = definition.get("locationName", member)
        if inner["type"] != "list":
            write = self.writer(definition["shape"])
            return lambda value: write(value, tag)
        item = self.writer(inner["member"]["shape"])
        if inner.get("flattened"):
            name = definition.get("locationName", inner["member"].get("locationName", member))
            return lambda values: "".join([item(value, name) for value in values])
        name = inner["member"].get("locationName", "member")
        return lambda values: f"<{tag}>{''.join([item(value, name) for value in values])}</{tag}>"


def _text(element: Element) -> str:
    if element.children:
        raise ProtocolError("MalformedXML")
    return element.text


def _strictly(read: Callable[[str, str], Any], element: Element) -> Any:
    try:
        return read(_text(element).strip(), element.name)
    except ProtocolError:
        raise ProtocolError("MalformedXML") from None
