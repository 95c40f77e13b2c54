"""Compile the plans: the model and its errata, at start, in some 10 ms.

An operation that is implemented is compiled whole; the others are only routed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from operator import attrgetter
from typing import Any, Final

import msgspec

from gateway.protocol import errata
from gateway.protocol.classes import Classes
from gateway.protocol.documents import Documents
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.model import Model, Shape, load
from gateway.protocol.plan import Convert, Member, Plan, Route
from gateway.protocol.routes import Plans
from gateway.protocol.scalars import (
    http_date,
    iso_date,
    read_boolean,
    read_integer,
    read_long,
    read_time,
    required_time,
    write_boolean,
)
from gateway.protocol.shapes import OPERATIONS, attribute, is_streaming
from gateway.protocol.values import READERS
from gateway.protocol.writers import Writers
from gateway.protocol.xml import ELEMENTS_MAX, Element, XmlError, parse

__all__ = ["Member", "Plan", "Plans", "Route", "compile_plans", "input_members"]

_TARGET: Final = re.compile(r"(/[^?]*)(?:\?(.*))?\Z")
_PROLOG: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_FROM_TEXT: Final[dict[str, Convert]] = {
    "integer": read_integer,
    "long": read_long,
    "boolean": read_boolean,
}
_TO_TEXT: Final[dict[str, Callable[[Any], str]]] = {
    "boolean": write_boolean,
    "integer": str,
    "long": str,
    "string": str,
}


@cache
def compile_plans(operations: frozenset[str] = frozenset(OPERATIONS)) -> Plans:
    """The plans of all operations; those of ``operations`` whole.

    Others than the default are compiled by tests, which hold every operation
    of the model against botocore.
    """
    compiler = _Compiler(load())
    names = [name for name in compiler.model.operations if name not in errata.SHADOWED]
    plans = [compiler.compile(name, whole=name in operations) for name in names]
    return Plans([*plans, _form_of(next(plan for plan in plans if plan.name == "PutObject"))])


def _form_of(put: Plan) -> Plan:
    """A browser's form, of which the model knows nothing: PutObject by another carrier."""
    route = Route("POST", "bucket", frozenset(), frozenset(), frozenset())
    return replace(put, name=errata.POST_OBJECT, route=route, is_form=True)


def input_members(plan: Plan) -> tuple[Member, ...]:
    """The members of an operation's input, and where each is found."""
    return plan.members


class _Compiler:
    """Turns operations of the model into plans."""

    def __init__(self, model: Model) -> None:
        self.model: Final = model
        self._classes = Classes(model)
        self._documents = Documents(model, self._classes)
        self._writers = Writers(model, self._classes)

    def compile(self, name: str, *, whole: bool) -> Plan:
        definition = self.model.operations[name]
        shape = self.model.input_of(name) or {"members": {}}
        members = tuple(self._members(shape))
        plan = Plan(name, _route(name, definition["http"], shape, members), members)
        plan.status = errata.STATUSES.get(name, definition["http"].get("responseCode", 200))
        plan.streaming_input = any(member.location == "stream" for member in members)
        checksum = definition.get("httpChecksum", {})
        plan.checksum_required = (
            bool(checksum.get("requestChecksumRequired")) and name not in errata.CHECKSUM_OPTIONAL
        )
        plan.checksum_of_body = "requestAlgorithmMember" in checksum
        plan.document_bytes_max = errata.DOCUMENTS_BYTES_MAX.get(name, plan.document_bytes_max)
        if whole:
            self._compile_input(plan, definition, shape)
            self._compile_output(plan, definition)
        return plan

    def _members(self, shape: Shape) -> list[Member]:
        found = []
        for name, definition in shape["members"].items():
            location = definition.get("location", "body")
            if location == "body" and is_streaming(shape, definition, self.model):
                location = "stream"
            wire_name = definition.get("locationName", name)
            found.append(Member(name, attribute(name), location, wire_name))
        return found

    # What comes in

    def _compile_input(self, plan: Plan, definition: Shape, shape: Shape) -> None:
        reference = definition.get("input")
        plan.make = self._classes.of(reference["shape"]) if reference else msgspec.Struct
        prefixes = []
        for member in plan.members:
            convert = self._converter(shape["members"][member.name]["shape"], member)
            if member.location == "querystring":
                plan.query[member.wire_name] = (member.attribute, convert)
            elif member.location == "header":
                header = member.wire_name.lower()
                plan.headers[header.encode()] = (member.attribute, convert, header)
            elif member.location == "headers":
                prefixes.append((member.wire_name.lower().encode(), member.attribute))
        plan.prefixes = tuple(prefixes)
        for name, message in errata.FORBIDDEN.get(plan.name, {}).items():
            plan.query[name] = ("", _refusing(message))
        for name in _unheeded(plan):
            plan.headers.setdefault(name.lower().encode(), ("", _not_implemented, name))
        if reference and any(member.location == "body" for member in plan.members):
            self._compile_document(plan, reference, shape)

    def _converter(self, name: str, member: Member) -> Convert | None:
        if name in READERS:
            return READERS[name]
        kind = self.model.shapes[name]["type"]
        if kind == "timestamp":
            return read_time if name in errata.IGNORABLE_DATES else required_time
        if kind == "list" and member.location == "header":
            return _split_list
        return _FROM_TEXT.get(kind)

    def _compile_document(self, plan: Plan, reference: Shape, shape: Shape) -> None:
        payload = shape.get("payload")
        if payload is None:  # the members themselves are the document
            root = str(reference.get("locationName", reference["shape"]))
            read = self._documents.member_reader(reference["shape"])
            plan.document = _xml_reader(plan.name, {root}, read)
            plan.document_required = True
            return
        name = shape["members"][payload]["shape"]
        plan.document_required = (
            payload in shape.get("required", ()) or plan.name in errata.MISSING_DOCUMENTS
        )
        plan.document_missing = errata.MISSING_DOCUMENTS.get(plan.name, plan.document_missing)
        target = attribute(payload)
        if self.model.shapes[name]["type"] == "string":
            plan.document = _text_reader(target)
            return
        read_payload = self._documents.reader(name)
        root = shape["members"][payload].get("locationName", name)
        roots = {root, *errata.OTHER_ROOTS.get(plan.name, ())}
        plan.document = _xml_reader(
            plan.name, roots, lambda element: {target: read_payload(element)}
        )

    # What goes out

    def _compile_output(self, plan: Plan, definition: Shape) -> None:
        reference = definition.get("output")
        if reference is None:
            return
        shape = self.model.shapes[reference["shape"]]
        plan.give = self._classes.of(reference["shape"])
        headers, prefixes, has_document = [], [], False
        for name, member in shape["members"].items():
            match member.get("location"):
                case "header":
                    wire_name = member["locationName"].encode()
                    headers.append((attribute(name), wire_name, self._printer(member["shape"])))
                case "headers":
                    prefixes.append((attribute(name), member["locationName"]))
                case None if self._is_stream(shape, member):
                    plan.streaming_output = True
                case None:
                    has_document = True
        plan.out_headers = tuple(headers)
        if headers:
            plan.out_values = _values_of([name for name, _, _ in headers])
        plan.out_prefixes = tuple(prefixes)
        if has_document:
            self._compile_answer(plan, reference["shape"], shape)

    def _is_stream(self, shape: Shape, member: Shape) -> bool:
        events = bool(self.model.shapes[member["shape"]].get("eventstream"))
        return events or is_streaming(shape, member, self.model)

    def _printer(self, name: str) -> Callable[[Any], str]:
        shape = self.model.shapes[name]
        if shape["type"] == "timestamp":
            return iso_date if shape.get("timestampFormat") == "iso8601" else http_date
        return _TO_TEXT[shape["type"]]

    def _compile_answer(self, plan: Plan, name: str, shape: Shape) -> None:
        payload = shape.get("payload")
        if plan.name == "GetBucketLocation":
            plan.out_body = _location
        elif payload is None:
            root = errata.ROOTS.get(plan.name, name)
            plan.out_body = _whole_writer(root, self._writers.content(name))
        elif self.model.shapes[shape["members"][payload]["shape"]]["type"] == "string":
            plan.out_body = _text_writer(attribute(payload))
            plan.content_type = b"application/json"  # a bucket policy, the only such document
        else:
            inner = shape["members"][payload]["shape"]
            root = errata.ROOTS.get(plan.name, inner)
            write = _whole_writer(root, self._writers.content(inner))
            plan.out_body = _payload_writer(attribute(payload), write)


def _values_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """All these attributes of an output at once."""
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda output: (get(output),)


def _route(name: str, http: Shape, shape: Shape, members: Sequence[Member]) -> Route:
    match = _TARGET.match(http["requestUri"])
    assert match is not None, "a path, perhaps with a query"
    path, query = match.groups()
    level = "object" if "{Key" in path else "bucket" if "{Bucket" in path else "service"
    static = {piece.partition("=")[0] for piece in (query or "").split("&")} - {""}
    required = set(shape.get("required", ()))
    in_query = {m.wire_name for m in members if m.location == "querystring" and m.name in required}
    in_headers = {
        m.wire_name.lower().encode()
        for m in members
        if m.location == "header" and m.name in required
    }
    return Route(
        http["method"],
        errata.LEVELS.get(name, level),
        frozenset(static - errata.NO_SUBRESOURCES | in_query & errata.SUBRESOURCE_PARAMETERS),
        frozenset(in_query),
        frozenset(in_headers),
    )


def _refusing(message: str) -> Convert:
    def refuse(text: str, name: str) -> None:
        raise invalid_argument(message, name, text)

    return refuse


def _unheeded(plan: Plan) -> tuple[str, ...]:
    """Headers that an operation must not be sent, though another has them."""
    others = errata.REFUSED_HEADERS.get(plan.name, ())
    writes = plan.route.level == "object" and plan.route.method not in ("GET", "HEAD")
    return (*others, *errata.CONDITIONS) if writes else others


def _not_implemented(_text: str, name: str) -> None:
    raise ProtocolError("NotImplemented", Header=name)


def _split_list(text: str, _name: str) -> list[str]:
    return [piece.strip() for piece in text.split(",") if piece.strip()]


def _xml_reader(
    operation: str, roots: set[str], read: Callable[[Element], dict[str, Any]]
) -> Callable[[bytes], dict[str, Any]]:
    elements_max = errata.ELEMENTS_MAX.get(operation, ELEMENTS_MAX)

    def document(body: bytes) -> dict[str, Any]:
        try:
            element = parse(body, elements_max)
        except XmlError:
            raise ProtocolError("MalformedXML") from None
        if element.name not in roots:
            raise ProtocolError("MalformedXML")
        return read(element)

    return document


def _text_reader(target: str) -> Callable[[bytes], dict[str, Any]]:
    def document(body: bytes) -> dict[str, Any]:
        try:
            return {target: body.decode()}
        except UnicodeDecodeError:
            raise ProtocolError("MalformedPolicy") from None

    return document


def _whole_writer(root: str, write: Callable[[Any], str]) -> Callable[[Any], bytes]:
    start = f'{_PROLOG}<{root} xmlns="{errata.NAMESPACE}">'
    end = f"</{root}>"
    return lambda value: f"{start}{write(value)}{end}".encode()


def _payload_writer(name: str, write: Callable[[Any], bytes]) -> Callable[[Any], bytes | None]:
    def render(output: Any) -> bytes | None:
        value = getattr(output, name)
        return None if value is None else write(value)

    return render


def _text_writer(name: str) -> Callable[[Any], bytes | None]:
    def render(output: Any) -> bytes | None:
        value = getattr(output, name)
        return None if value is None else str(value).encode()

    return render


def _location(output: Any) -> bytes:
    """The one document whose root is the value itself; us-east-1 is shown as nothing.

    Source: API Reference, GetBucketLocation.
    """
    region = output.location_constraint or ""
    namespace = errata.NAMESPACE
    text = f'{_PROLOG}<LocationConstraint xmlns="{namespace}">{region}</LocationConstraint>'
    return text.encode()
