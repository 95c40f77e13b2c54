"""What to do with each operation, compiled from the model at start.

Interpreting the model costs as much as three requests; a plan costs a few
dictionary lookups: it walks the parameters and headers that were sent, not the
members that are possible.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from gateway.protocol import errata
from gateway.protocol.documents import Documents, class_of
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.model import Model, Shape, load
from gateway.protocol.query import Query
from gateway.protocol.scalars import (
    http_date,
    read_boolean,
    read_integer,
    read_time,
    write_boolean,
)
from gateway.protocol.shapes import OPERATIONS, attribute, is_streaming
from gateway.protocol.xml import XmlError, parse

_TARGET: Final = re.compile(r"(/[^?]*)(?:\?(.*))?\Z")

Convert = Callable[[str, str], Any]
_FROM_TEXT: Final[dict[str, Convert]] = {
    "integer": read_integer,
    "long": read_integer,
    "boolean": read_boolean,
    "timestamp": read_time,
}
_TO_TEXT: Final[dict[str, Callable[[Any], str]]] = {
    "boolean": write_boolean,
    "timestamp": http_date,
    "integer": str,
    "long": str,
    "string": str,
}


class Member(NamedTuple):
    """A member of an operation's input: where it is found, and the attribute it becomes."""

    name: str
    attribute: str
    location: str  # uri, querystring, header, headers (a prefix), body, stream
    wire_name: str


class Route(NamedTuple):
    """What distinguishes an operation among those of its method and level."""

    method: str
    level: str  # service, bucket, object
    subresources: frozenset[str]  # names in the query that say what it is about
    parameters: frozenset[str]  # required names in the query
    headers: frozenset[bytes]  # required headers


@dataclass(slots=True)
class Plan:
    """One operation.  ``make`` is None where nothing implements it."""

    name: str
    route: Route
    members: tuple[Member, ...]
    status: int = 200
    streaming_input: bool = False
    checksum_required: bool = False
    checksum_of_body: bool = False  # x-amz-checksum-* is of the body, not of an object
    document: Callable[[bytes], tuple[str, Any]] | None = None  # body -> attribute, value
    document_required: bool = False
    make: type[msgspec.Struct] | None = None
    _query: dict[str, tuple[str, Convert | None]] = field(default_factory=dict)
    _headers: dict[bytes, tuple[str, Convert | None, str]] = field(default_factory=dict)
    _prefixes: tuple[tuple[bytes, str], ...] = ()
    _out_headers: tuple[tuple[str, bytes, Callable[[Any], str]], ...] = ()
    _out_prefixes: tuple[tuple[str, str], ...] = ()
    _out_body: Callable[[Any], bytes | None] | None = None

    def parse(
        self, bucket: str | None, key: str | None, query: Query, headers: Mapping[bytes, bytes]
    ) -> Any:
        """Path, query and headers as the operation's input.

        Raises:
            ProtocolError: InvalidArgument
        """
        assert self.make is not None
        values: dict[str, Any] = {}
        if bucket is not None:
            values["bucket"] = bucket
            if key is not None:
                values["key"] = key
        if self._query:
            for name in query:
                known = self._query.get(name)
                if known is not None:
                    text = query.get(name) or ""
                    values[known[0]] = text if known[1] is None else known[1](text, name)
        for header, raw in headers.items():
            found = self._headers.get(header)
            if found is not None:
                text = _text(raw)
                values[found[0]] = text if found[1] is None else found[1](text, found[2])
        for prefix, name in self._prefixes:
            cut = len(prefix)
            group = {
                _text(header[cut:]): _text(raw)
                for header, raw in headers.items()
                if header.startswith(prefix)
            }
            if group:
                values[name] = group
        return self.make(**values)

    def read_body(self, ask: Any, body: bytes) -> None:
        """The document that belongs to the input, into ``ask``.

        Raises:
            ProtocolError: MalformedXML, MissingRequestBodyError
        """
        assert self.document is not None
        if not body:
            if self.document_required:
                raise ProtocolError("MissingRequestBodyError")
            return
        name, value = self.document(body)
        setattr(ask, name, value)

    def render(self, output: Any) -> tuple[list[tuple[bytes, bytes]], bytes | None]:
        """Headers and document of an output; None if it has no document."""
        headers: list[tuple[bytes, bytes]] = []
        for name, header, write in self._out_headers:
            value = getattr(output, name)
            if value is not None:
                headers.append((header, write(value).encode("utf-8", "surrogateescape")))
        for name, prefix in self._out_prefixes:
            for key, value in (getattr(output, name) or {}).items():
                headers.append(((prefix + key).encode(), value.encode()))
        body = self._out_body(output) if self._out_body is not None else None
        return headers, body

    def describe(self) -> str:
        """The plan in words, so that it is no magic."""
        route = self.route
        lines = [
            f"{self.name}: {route.method} on the {route.level}"
            + "".join(f" ?{name}" for name in sorted(route.subresources)),
            f"  answers {self.status}" + ("" if self.make else "; not implemented"),
        ]
        lines += [
            f"  {member.location:12} {member.wire_name:45} -> {member.attribute}"
            for member in self.members
        ]
        return "\n".join(lines)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Plans:
    """All operations: by name, and by what a request looks like."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.by_name: Final = {plan.name: plan for plan in plans}
        self.subresources: Final = frozenset().union(*(plan.route.subresources for plan in plans))
        self._routes: dict[tuple[str, str, frozenset[str]], list[Plan]] = {}
        self._levels: dict[tuple[str, frozenset[str]], set[str]] = {}
        for plan in plans:
            method, level, subresources = plan.route[:3]
            self._routes.setdefault((method, level, subresources), []).append(plan)
            self._levels.setdefault((level, subresources), set()).add(method)
        for candidates in self._routes.values():
            # The most demanding first: CopyObject before PutObject.
            candidates.sort(key=lambda plan: -len(plan.route.parameters | plan.route.headers))

    def route(self, method: str, level: str, query: Query, headers: Mapping[bytes, bytes]) -> Plan:
        """The operation a request means.

        An unknown parameter is ignored, as S3 does; the name of a
        sub-resource never is, so that ``DELETE ?accelerate`` is not
        DeleteBucket.

        Raises:
            ProtocolError: MethodNotAllowed, InvalidArgument, NotImplemented
        """
        found = _NONE
        if query:
            found = frozenset(name for name in query if name in self.subresources)
            if "list-type" in found and query.get("list-type") != "2":
                text = "Invalid List Type specified in Query"
                raise invalid_argument(text, "list-type", query.get("list-type") or "")
        candidates = self._routes.get((method, level, found))
        if candidates is None:
            raise self._no_route(method, level, found)
        if len(candidates) == 1:
            return candidates[0]
        for plan in candidates:
            route = plan.route
            if route.headers <= headers.keys() and all(name in query for name in route.parameters):
                return plan
        return candidates[-1]

    def _no_route(self, method: str, level: str, found: frozenset[str]) -> ProtocolError:
        if len(found) > 1:
            names = sorted(found)
            return invalid_argument(
                "Conflicting query string parameters: " + ", ".join(names),
                "ResourceType",
                names[0],
            )
        allowed = self._levels.get((level, found))
        if allowed is None:
            # A sub-resource of another level: of an object, asked of a bucket.
            return ProtocolError(
                "NotImplemented",
                "This operation is not implemented.",
                Resource="?" + next(iter(found), ""),
            )
        kind = next(iter(found), {"service": "SERVICE"}.get(level, level.upper()))
        return ProtocolError("MethodNotAllowed", Method=method, ResourceType=kind.upper())


_NONE: Final[frozenset[str]] = frozenset()


@cache
def compile_plans() -> Plans:
    """Compile every operation of the model."""
    model = load()
    documents = Documents(model)
    plans = [
        _compile(model, documents, name) for name in model.operations if name not in errata.SHADOWED
    ]
    form = Route("POST", "bucket", _NONE, _NONE, frozenset())
    plans.append(Plan(errata.POST_OBJECT, form, ()))
    return Plans(plans)


def _compile(model: Model, documents: Documents, name: str) -> Plan:
    definition = model.operations[name]
    shape = model.input_of(name) or {"members": {}}
    members = tuple(_members(model, shape))
    plan = Plan(name, _route(definition["http"], shape, members), members)
    plan.status = errata.STATUSES.get(name, definition["http"].get("responseCode", 200))
    plan.streaming_input = any(member.location == "stream" for member in members)
    plan.checksum_required = bool(
        definition.get("httpChecksum", {}).get("requestChecksumRequired")
        or definition.get("httpChecksumRequired")
    )
    plan.checksum_of_body = "requestAlgorithmMember" in definition.get("httpChecksum", {})
    if name in OPERATIONS:
        _compile_input(model, documents, plan, definition, shape)
        _compile_output(model, documents, plan)
    return plan


def _members(model: Model, shape: Shape) -> list[Member]:
    found = []
    for name, definition in shape["members"].items():
        location = definition.get("location", "body")
        if location == "body" and is_streaming(shape, definition, model):
            location = "stream"
        wire_name = definition.get("locationName", name)
        found.append(Member(name, attribute(name), location, wire_name))
    return found


def _route(http: Shape, shape: Shape, members: Sequence[Member]) -> Route:
    match = _TARGET.match(http["requestUri"])
    assert match is not None
    path, query = match.groups()
    level = "object" if "{Key" in path else "bucket" if "{Bucket" in path else "service"
    static = {piece.partition("=")[0] for piece in (query or "").split("&")} - {"", "x-id"}
    required = set(shape.get("required", ()))
    in_query = {m.wire_name for m in members if m.location == "querystring" and m.name in required}
    static |= in_query & errata.SUBRESOURCE_PARAMETERS
    in_headers = {
        m.wire_name.lower().encode()
        for m in members
        if m.location == "header" and m.name in required
    }
    return Route(
        http["method"], level, frozenset(static), frozenset(in_query), frozenset(in_headers)
    )


def _compile_input(
    model: Model, documents: Documents, plan: Plan, definition: Shape, shape: Shape
) -> None:
    reference = definition.get("input")
    plan.make = class_of(reference["shape"]) if reference else msgspec.Struct
    prefixes = []
    for member in plan.members:
        kind = model.shapes[shape["members"][member.name]["shape"]]["type"]
        convert = _FROM_TEXT.get(kind)
        if kind == "list" and member.location == "header":
            convert = _split_list
        if member.location == "querystring":
            plan._query[member.wire_name] = (member.attribute, convert)  # noqa: SLF001 - its maker
        elif member.location == "header":
            header = member.wire_name.lower()
            plan._headers[header.encode()] = (member.attribute, convert, header)  # noqa: SLF001
        elif member.location == "headers":
            prefixes.append((member.wire_name.lower().encode(), member.attribute))
    plan._prefixes = tuple(prefixes)  # noqa: SLF001
    payload = shape.get("payload")
    if payload and not plan.streaming_input:
        payload_shape = shape["members"][payload]["shape"]
        read = documents.reader(payload_shape)
        root = shape["members"][payload].get("locationName", payload_shape)
        roots = {root, *errata.OTHER_ROOTS.get(plan.name, ())}
        name = attribute(payload)

        def document(body: bytes) -> tuple[str, Any]:
            try:
                element = parse(body)
            except XmlError:
                raise ProtocolError("MalformedXML") from None
            if element.name not in roots:
                raise ProtocolError("MalformedXML")
            return name, read(element)

        plan.document = document
        plan.document_required = payload in shape.get("required", ()) or (
            plan.name == "CompleteMultipartUpload"
        )


def _split_list(text: str, _name: str) -> list[str]:
    return [piece.strip() for piece in text.split(",") if piece.strip()]


def _compile_output(model: Model, documents: Documents, plan: Plan) -> None:
    reference = model.operations[plan.name].get("output")
    if reference is None:
        return
    shape = model.shapes[reference["shape"]]
    headers, prefixes, has_document = [], [], False
    for name, definition in shape["members"].items():
        kind = model.shapes[definition["shape"]]["type"]
        match definition.get("location"):
            case "header":
                wire_name = definition["locationName"].encode()
                headers.append((attribute(name), wire_name, _TO_TEXT[kind]))
            case "headers":
                prefixes.append((attribute(name), definition["locationName"]))
            case None:
                has_document |= not is_streaming(shape, definition, model)
    plan._out_headers = tuple(headers)  # noqa: SLF001
    plan._out_prefixes = tuple(prefixes)  # noqa: SLF001
    if has_document:
        plan._out_body = _body_writer(documents, plan.name, reference["shape"], shape)  # noqa: SLF001


def _body_writer(
    documents: Documents, operation: str, name: str, shape: Shape
) -> Callable[[Any], bytes | None]:
    payload = shape.get("payload")
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if operation == "GetBucketLocation":
        return lambda output: _location(start, output)
    if payload is None:
        write = documents.content_writer(name)
        root = errata.ROOTS.get(operation, name)
        field_name = None
    else:
        payload_shape = shape["members"][payload]["shape"]
        write = documents.content_writer(payload_shape)
        root = errata.ROOTS.get(operation, payload_shape)
        field_name = attribute(payload)
    opening = f'{start}<{root} xmlns="{errata.NAMESPACE}">'

    def render(output: Any) -> bytes | None:
        value = output if field_name is None else getattr(output, field_name)
        if value is None:
            return None
        return f"{opening}{write(value)}</{root}>".encode()

    return render


def _location(start: str, output: Any) -> bytes:
    """The one document whose root is the value itself; us-east-1 is shown as nothing.

    Source: API Reference, GetBucketLocation.
    """
    region = output.location_constraint or ""
    namespace = errata.NAMESPACE
    text = f'{start}<LocationConstraint xmlns="{namespace}">{region}</LocationConstraint>'
    return text.encode()
