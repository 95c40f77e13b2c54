"""Structures as XML documents: for each a function, its source made from the model.

Source that is compiled takes a third of the time of closures that call each other for every
member, and a listing has some five thousand members.  It is made when it is first needed.

Source: botocore's model of S3; the order of members is S3's (``errata.ORDERS``).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.protocol import errata
from gateway.protocol.classes import Classes
from gateway.protocol.model import Model, Shape
from gateway.protocol.scalars import http_date, iso_date
from gateway.protocol.shapes import attribute, names_of
from gateway.protocol.xml import escape, is_special

Writer = Callable[[Any], str]


class Markup(str):
    """A list that is XML already, element after element, where a member is to be one."""

    __slots__ = ()


_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
_BOUND: Final[dict[str, Any]] = {
    "escape": escape,
    "is_special": is_special,
    "iso_date": iso_date,
    "http_date": http_date,
    "Markup": Markup,
}
# What stands between the tags of a scalar, of a value ``x``.
_SCALARS: Final = {
    "boolean": "{'true' if x else 'false'}",
    "integer": "{x}",
    "long": "{x}",
    "string": "{escape(x) if is_special(x) else x}",
}


class Writers:
    """Writers of the structures."""

    def __init__(self, model: Model, classes: Classes) -> None:
        self._model = model
        self._classes = classes
        self._made: dict[str, Writer] = {}

    def content(self, name: str) -> Writer:
        """What writes the members of a structure that stand in the document, in S3's order."""
        made: Writer | None = None

        def write(value: Any) -> str:
            nonlocal made
            if made is None:
                made = self._content(name)
            return made(value)

        return write

    def _content(self, name: str) -> Writer:
        if name not in self._made:
            self._made[name] = self._compile(name)
        return self._made[name]

    def _compile(self, name: str) -> Writer:
        bound = dict(_BOUND)
        lines = ["def write(value):", " text = ''"]
        members = _in_order(name, self._model.shapes[name]["members"])
        for member, definition in members.items():
            if {"location", "streaming", "xmlAttribute"} & definition.keys():
                continue
            other = errata.INTERLEAVED.get((name, member))
            if other is None:
                said = self._said(member, definition, bound)
            else:
                both = [(member, definition), (other, members[other])]
                said = self._interleaved(both, bound)
            lines += (f" x = value.{attribute(member)}", " if x is not None:", f"  text += {said}")
        lines.append(" return text")
        # The model is ours, and its names are checked: nothing of a request is in the source.
        exec(compile("\n".join(lines), f"<writer of {name}>", "exec"), bound)  # noqa: S102
        write: Writer = bound["write"]
        return write

    def _said(self, member: str, definition: Shape, bound: dict[str, Any]) -> str:
        """The expression for a member that is there."""
        inner = self._model.shapes[definition["shape"]]
        tag, item = names_of(self._model, member, definition)
        if inner["type"] != "list":
            return self._element(definition["shape"], tag, bound)
        one = self._element(inner["member"]["shape"], tag if item is None else item, bound)
        all_of_them = f"(x if type(x) is Markup else ''.join([{one} for x in x]))"
        return all_of_them if item is None else f"'<{tag}>' + {all_of_them} + '</{tag}>'"

    def _interleaved(self, members: Sequence[tuple[str, Shape]], bound: dict[str, Any]) -> str:
        """A list of several kinds of structures, each under its member's name."""
        by_class: dict[type, Writer] = {}
        for member, definition in members:
            item = self._model.shapes[definition["shape"]]["member"]["shape"]
            tag, _ = names_of(self._model, member, definition)
            by_class[self._classes.of(item)] = _within(tag, self._content(item))
        return f"''.join([{_bind(by_class, bound)}[type(x)](x) for x in x])"

    def _element(self, name: str, tag: str, bound: dict[str, Any]) -> str:
        """The expression for a value ``x`` as its element."""
        assert _NAME.match(tag), tag
        shape = self._model.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            if any(one.get("xmlAttribute") for one in shape["members"].values()):
                return f"{_bind(self._with_attributes(name, tag), bound)}(x)"
            inside = f"{{{_bind(self._content(name), bound)}(x)}}"
        elif kind == "timestamp":
            is_header = shape.get("timestampFormat") == "rfc822"
            inside = "{http_date(x)}" if is_header else "{iso_date(x)}"
        else:
            inside = _SCALARS.get(kind, _SCALARS["string"])
        return f'f"<{tag}>{inside}</{tag}>"'

    def _with_attributes(self, name: str, tag: str) -> Writer:
        inside, end = self._content(name), f"</{tag}>"
        attributes = {
            definition["locationName"]: attribute(member)
            for member, definition in self._model.shapes[name]["members"].items()
            if definition.get("xmlAttribute")
        }

        def write(value: Any) -> str:
            opening = f'<{tag} xmlns:xsi="{errata.INSTANCE_NAMESPACE}"'
            for xml_name, source in attributes.items():
                text = getattr(value, source)
                if text is not None:
                    opening += f' {xml_name}="{escape(text)}"'
            return f"{opening}>{inside(value)}{end}"

        return write


def _bind(value: Any, bound: dict[str, Any]) -> str:
    """The name under which the source finds a value."""
    name = f"bound_{len(bound)}"
    bound[name] = value
    return name


def _within(tag: str, inside: Writer) -> Writer:
    start, end = f"<{tag}>", f"</{tag}>"
    return lambda value: start + inside(value) + end


def _in_order(name: str, members: Shape) -> Shape:
    """The members of a structure, in the order in which S3 writes them."""
    return {member: members[member] for member in errata.ORDERS.get(name, ())} | members
