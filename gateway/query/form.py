"""A form's parameters as a tree: ``Tags.member.1.Key`` is a path of names.

Two parameters of one name are refused, and one that is both a value and a
beginning of others: a reader that took the other one would see another
request.

Source: smithy.io, "AWS query protocol", "Request serialization"; WHATWG URL,
"application/x-www-form-urlencoded parsing".
"""

import re
from functools import partial
from typing import Final, Union
from urllib.parse import unquote_to_bytes

from gateway import threads
from gateway.query.errors import QueryError

PARAMETERS_MAX: Final = 10_000  # a simulation of a hundred actions with all their context has 2,000
UNSIGNED_PARAMETERS_MAX: Final = 100  # a web identity with as many policies as may be has 20
DEPTH_MAX: Final = 16  # the deepest input of the models has 7

Node = Union[str, dict[str, "Node"]]  # noqa: UP007  # a name of itself cannot be in ``|``

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def malformed(text: str) -> QueryError:
    """What came is no form, or not one of the query API."""
    return QueryError("MalformedInput", text)


async def read_form(query: bytes, body: bytes, *, signed: bool) -> dict[str, str]:
    """The parameters of a request; what anybody can send holds nobody up for long.

    Raises:
        QueryError: MalformedInput
    """
    most = PARAMETERS_MAX if signed else UNSIGNED_PARAMETERS_MAX
    if len(query) + len(body) < threads.PARSE_BYTES_MIN:
        return parse_form(query, body, most=most)
    return await threads.beside(threads.parsing, partial(parse_form, query, body, most=most))


def parse_form(*bodies: bytes, most: int = PARAMETERS_MAX) -> dict[str, str]:
    """The parameters of a query and of a body, in their order.

    Raises:
        QueryError: MalformedInput
    """
    found: dict[str, str] = {}
    for body in bodies:
        for pair in body.split(b"&"):
            if not pair:
                continue
            name, _, value = pair.partition(b"=")
            key = _decode(name)
            if key in found:
                raise malformed(f"The parameter {key} is given twice")
            found[key] = _decode(value)
            if len(found) > most:
                raise malformed("Too many parameters")
    return found


def _decode(raw: bytes) -> str:
    raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        if _BAD_ESCAPE.search(raw):
            raise malformed("A parameter is not URL-encoded")
        raw = unquote_to_bytes(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise malformed("A parameter is not UTF-8") from None


def as_tree(parameters: dict[str, str]) -> dict[str, Node]:
    """The parameters by the parts of their names.

    Raises:
        QueryError: MalformedInput
    """
    root: dict[str, Node] = {}
    for name, value in parameters.items():
        if "." not in name:
            _put(root, name, value, name)
            continue
        parts = name.split(".", DEPTH_MAX)
        if len(parts) > DEPTH_MAX:
            raise malformed("A parameter is nested too deep")
        node = root
        for part in parts[:-1]:
            inner = node.setdefault(part, {})
            if isinstance(inner, str):
                raise malformed(f"The parameter {name} contradicts another")
            node = inner
        _put(node, parts[-1], value, name)
    return root


def _put(node: dict[str, Node], part: str, value: str, name: str) -> None:
    if part in node:
        raise malformed(f"The parameter {name} contradicts another")
    node[part] = value
