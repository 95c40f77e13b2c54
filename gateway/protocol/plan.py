"""What to do with one operation: parse its request, read its document, render its answer.

A plan is compiled once from the model (``plans.py``).  It walks the parameters
and headers that were sent, not the members that are possible: interpreting the
model instead costs as much as three requests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from gateway.protocol import errata, words
from gateway.protocol.errors import ProtocolError
from gateway.protocol.query import Query
from gateway.protocol.scalars import header_text

Convert = Callable[[str, str], Any]  # text and the name it came under -> value
XML: Final = b"application/xml"


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


def _no_values(_output: Any) -> tuple[Any, ...]:
    return ()


@dataclass(slots=True)
class Plan:
    """One operation.  ``make`` is None where nothing implements it: it is routed, no more."""

    name: str
    route: Route
    members: tuple[Member, ...]
    status: int = 200
    streaming_input: bool = False
    streaming_output: bool = False
    checksum_required: bool = False
    checksum_of_body: bool = False  # x-amz-checksum-* is of the body, not of an object
    is_form: bool = False  # its input stands in the fields of a form
    document: Callable[[bytes], dict[str, Any]] | None = None  # body -> attributes
    document_bytes_max: int = errata.OTHER_DOCUMENTS_BYTES_MAX  # of a body that is no content
    document_required: bool = False
    document_missing: tuple[str, ...] = ("MissingRequestBodyError",)  # code, perhaps message
    content_type: bytes = XML  # of the rendered document
    make: type[msgspec.Struct] | None = None
    give: type[msgspec.Struct] | None = None
    query: dict[str, tuple[str, Convert | None]] = field(default_factory=dict)
    headers: dict[bytes, tuple[str, Convert | None, str]] = field(default_factory=dict)
    prefixes: tuple[tuple[bytes, str], ...] = ()
    out_headers: tuple[tuple[str, bytes, Callable[[Any], str]], ...] = ()
    out_values: Callable[[Any], tuple[Any, ...]] = _no_values  # of the out_headers, in order
    out_prefixes: tuple[tuple[str, str], ...] = ()
    out_body: Callable[[Any], bytes | None] | None = None

    def parse(
        self,
        bucket: str | None,
        key: str | None,
        query: Query,
        headers: Mapping[bytes, bytes],
        refused: frozenset[str] = frozenset(),
    ) -> Any:
        """Path, query and headers as the operation's input.

        ``headers`` are those a handler may see, by lower-case name.
        ``refused`` names the attributes that would have no effect.

        Raises:
            ProtocolError: InvalidArgument; NotImplemented, a refused one was sent
        """
        assert self.make is not None, "not implemented"
        values: dict[str, Any] = {}
        if bucket is not None:
            values["bucket"] = bucket
            if key is not None:
                values["key"] = key
        if query.values:
            self._parse_query(query, values)
        if not self.headers.keys().isdisjoint(headers):
            self._parse_headers(headers, values)
        for prefix, attribute in self.prefixes:
            self._parse_prefix(prefix, attribute, headers, values)
        if refused and not refused.isdisjoint(values):
            raise self._refusal(refused & values.keys())
        return self.make(**values)

    def _parse_query(self, query: Query, values: dict[str, Any]) -> None:
        known_names = self.query
        for name, text in query.values.items():
            found = known_names.get(name)
            if found is not None:
                attribute, convert = found
                values[attribute] = text if convert is None else convert(text, name)
        for name in query.repeated or ():
            if name in known_names:
                raise query.refusal(name)

    def _parse_headers(self, headers: Mapping[bytes, bytes], values: dict[str, Any]) -> None:
        known_headers = self.headers
        for header, raw in headers.items():
            found = known_headers.get(header)
            if found is not None:
                attribute, convert, name = found
                text = header_text(raw)
                values[attribute] = text if convert is None else convert(text, name)

    def _parse_prefix(
        self, prefix: bytes, attribute: str, headers: Mapping[bytes, bytes], values: dict[str, Any]
    ) -> None:
        cut = len(prefix)
        read = header_text if self.is_form else _words  # the fields of a form are text already
        group = {
            header_text(header[cut:]): read(raw)
            for header, raw in headers.items()
            if header.startswith(prefix)
        }
        if group:
            values[attribute] = group

    def _refusal(self, refused: frozenset[str]) -> ProtocolError:
        names = [member.wire_name for member in self.members if member.attribute in refused]
        return ProtocolError("NotImplemented", Header=names[0])

    def read_body(self, ask: Any, body: bytes) -> None:
        """The document that belongs to the input, into ``ask``.

        Raises:
            ProtocolError: MalformedXML; MissingRequestBodyError or what stands for it
        """
        assert self.document is not None, "takes no document"
        if not body:
            if self.document_required:
                raise ProtocolError(*self.document_missing)
            return
        for attribute, value in self.document(body).items():
            setattr(ask, attribute, value)

    def render(self, output: Any) -> tuple[list[tuple[bytes, bytes]], bytes | None]:
        """Headers and document of an output; None if it has no document, or a stream."""
        headers = [
            (header, write(value).encode())
            for value, (_, header, write) in zip(
                self.out_values(output), self.out_headers, strict=True
            )
            if value is not None
        ]
        for name, prefix in self.out_prefixes:
            for key, value in (getattr(output, name) or {}).items():
                headers.append(((prefix + key).encode(), value.encode()))
        body = self.out_body(output) if self.out_body is not None else None
        return headers, body

    def describe(self) -> str:
        """The plan in words, so that it is no magic."""
        route = self.route
        needs = [f"?{name}" for name in sorted(route.subresources | route.parameters)]
        needs += [name.decode() for name in sorted(route.headers)]
        lines = [
            " ".join((f"{self.name}: {route.method} on the {route.level}", *needs)),
            f"  answers {self.status}" + ("" if self.make else "; routed only, no class generated"),
        ]
        if self.document is not None:
            lines.append(f"  document {'required' if self.document_required else 'optional'}")
        lines += [
            f"  {member.location:12} {member.wire_name:45} -> {member.attribute}"
            for member in self.members
        ]
        lines += [
            f"  {'answers in':12} {header.decode():45} <- {name}"
            for name, header, _ in self.out_headers
        ]
        return "\n".join(lines)


def _words(raw: bytes) -> str:
    return words.decode(header_text(raw))
