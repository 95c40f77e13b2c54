"""Strategies for values of the models' shapes: what complies with their constraints."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from gateway.protocol.model import Shape
from gateway.protocol.shapes import attribute
from gateway.query import types_iam, types_sts
from gateway.query.classes import Classes
from gateway.query.constraints import compile_pattern
from gateway.query.plans import service

_XML: Final = st.characters(
    exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\ufffe", "\uffff"]
) | st.sampled_from("\t\n\r&<>\"']")
_SECONDS: Final = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(
    lambda one: one.replace(microsecond=0, tzinfo=UTC)
)
_LENGTH_MAX: Final = 12
_OF_ONE: Final = re.compile(
    r"\^?(\[(?:[^\]\\]|\\.)*\])([+*])\$?"
)  # a class of characters, repeated
_CLASSES: Final = {
    "iam": Classes(service("iam").model, types_iam),
    "sts": Classes(service("sts").model, types_sts),
}


@cache
def values(name: str, shape: str, *, sent: bool) -> st.SearchStrategy[Any]:
    """Values of a shape of a service: inputs (``sent``) comply, outputs need not.

    An empty structure within an input leaves no trace in a form.
    """
    given = service(name).model.shapes[shape]
    match given["type"]:
        case "structure":
            members = {
                member: values(name, one["shape"], sent=sent).filter(_is_there if sent else _any)
                for member, one in given["members"].items()
            }
            required = set(given.get("required", ())) if sent else set[str]()
            return st.fixed_dictionaries(
                {member: one for member, one in members.items() if member in required},
                optional={m: one for m, one in members.items() if m not in required},
            )
        case "list":
            item = values(name, given["member"]["shape"], sent=sent)
            item = item.filter(_is_there) if sent else item
            least = given.get("min", 0) if sent else 0
            return st.lists(item, min_size=least, max_size=max(least, 3))
        case "map":
            key = values(name, given["key"]["shape"], sent=sent)
            value = values(name, given["value"]["shape"], sent=sent)
            return st.dictionaries(key, value, min_size=1, max_size=3)  # none leaves no trace
        case "integer":
            return st.integers(given.get("min", -(2**31)), given.get("max", 2**31 - 1))
        case "boolean":
            return st.booleans()
        case "timestamp":
            return _SECONDS
        case "blob":
            return st.binary(max_size=8)
    return _strings(given, sent=sent)


def _is_there(value: Any) -> bool:
    return bool(value != {})


def _any(_: Any) -> bool:
    return True


def _strings(shape: Shape, *, sent: bool) -> st.SearchStrategy[str]:
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if not sent:
        return st.text(_XML, max_size=8)
    least, most = shape.get("min", 0), shape.get("max", _LENGTH_MAX)
    wanted = min(most, max(least, _LENGTH_MAX))
    if "pattern" not in shape:
        return st.text(_XML, min_size=least, max_size=wanted)
    of_one = _OF_ONE.fullmatch(shape["pattern"])
    if of_one is not None:
        char = st.from_regex(compile_pattern(of_one[1]), fullmatch=True)
        least = max(least, of_one[2] == "+")
        return st.lists(char, min_size=least, max_size=max(wanted, least)).map("".join)
    expression = compile_pattern(shape["pattern"].removesuffix("$"))
    found = st.from_regex(expression, fullmatch=True)
    return found.filter(lambda text: least <= len(text) <= most)


def as_attributes(name: str, shape: str, value: Any) -> Any:
    """A value as botocore has it, in our spelling: attributes, times in milliseconds."""
    given = service(name).model.shapes[shape]
    match given["type"]:
        case "structure":
            return {
                attribute(member): as_attributes(name, given["members"][member]["shape"], one)
                for member, one in value.items()
            }
        case "list":
            return [as_attributes(name, given["member"]["shape"], one) for one in value]
        case "map":
            inner = given["value"]["shape"]
            return {key: as_attributes(name, inner, one) for key, one in value.items()}
        case "timestamp":
            return int(value.timestamp() * 1000)
    return value


def built(name: str, shape: str, value: Any) -> Any:
    """A value as an instance of our classes."""
    given = service(name).model.shapes[shape]
    match given["type"]:
        case "structure":
            members = {
                attribute(member): built(name, given["members"][member]["shape"], one)
                for member, one in value.items()
            }
            return _CLASSES[name].of(shape)(**members)
        case "list":
            return [built(name, given["member"]["shape"], one) for one in value]
        case "map":
            inner = given["value"]["shape"]
            return {key: built(name, inner, one) for key, one in value.items()}
    return as_attributes(name, shape, value)


def plain(value: Any) -> Any:
    """One of our structures as a dictionary of what is set."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    names = getattr(value, "__struct_fields__", None)
    if names is None:
        return value
    return {name: plain(found) for name in names if (found := getattr(value, name)) is not None}
