"""Strategies for values of the model's shapes, as a client would give them."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from gateway.protocol.shapes import is_streaming
from tests.gateway.protocol.reference import MODEL

# What XML 1.0 can hold; ``\r`` only if the writer escapes it, which the client's does not.
_XML: Final = st.characters(
    exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\ufffe", "\uffff"]
) | st.sampled_from("\t\n&<>\"']")
_XML_OUT: Final = _XML | st.just("\r")
# Visible characters and inner spaces: what stands in a header and comes out again.
_HEADER: Final = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12
)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


_ANY: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_TOKEN: Final = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8)
_WHOLE_SECONDS: Final = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(
    lambda one: one.replace(microsecond=0, tzinfo=UTC)
)
_BUCKETS: Final = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=6)
_KEYS: Final = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
# Members of which not every text is one.
_LATIN: Final = st.text(
    st.characters(max_codepoint=0xFF, exclude_categories=["Cc"]) | st.just("\t"), max_size=8
)
_OF_A_FORM: Final = {
    "AccountId": st.text("0123456789", min_size=12, max_size=12),
    "ObjectVersionId": st.just("null") | st.binary(min_size=24, max_size=24).map(_base64),
    "ResponseCacheControl": _LATIN,
    "ResponseContentDisposition": _LATIN,
    "ResponseContentEncoding": _LATIN,
    "ResponseContentLanguage": _LATIN,
    "ResponseContentType": _LATIN,
    "WebsiteRedirectLocation": _HEADER.map(lambda path: f"/{path}"),
}


@cache
def values(shape_name: str, *, sent: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs (``sent``) or outputs of an operation, by the name of their shape."""
    return _structure(shape_name, sent=sent, top=True)


def _structure(name: str, *, sent: bool, top: bool) -> st.SearchStrategy[dict[str, Any]]:
    shape = MODEL.shapes[name]
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for member, definition in shape["members"].items():
        if is_streaming(shape, definition, MODEL) or _is_stream_of_events(definition):
            continue
        where = definition.get("location", "body")
        strategy = _member(definition, where, sent=sent, top=top)
        (required if _is_always(shape, member, sent=sent) else optional)[member] = strategy
    return st.fixed_dictionaries(required, optional=optional)


def _is_always(shape: dict[str, Any], member: str, *, sent: bool) -> bool:
    if sent:
        return member in shape.get("required", ())
    # botocore reads an answer's missing document or metadata as an empty one.
    is_map = MODEL.shapes[shape["members"][member]["shape"]]["type"] == "map"
    return member == shape.get("payload") or is_map


def _is_stream_of_events(definition: dict[str, Any]) -> bool:
    return bool(MODEL.shapes[definition["shape"]].get("eventstream"))


def _member(
    definition: dict[str, Any], where: str, *, sent: bool, top: bool
) -> st.SearchStrategy[Any]:
    name = definition["shape"]
    shape = MODEL.shapes[name]
    if sent and where in ("header", "querystring") and name in _OF_A_FORM:
        return _OF_A_FORM[name]
    if where == "uri":
        return _BUCKETS if name == "BucketName" else _KEYS
    if shape["type"] == "structure":
        return st.deferred(lambda: _structure(name, sent=sent, top=False))
    if shape["type"] == "list":
        item = _member(shape["member"], where, sent=sent, top=False)
        # An empty list that has no element of its own leaves no trace.
        bare = shape.get("flattened") or definition.get("flattened") or where == "header"
        return st.lists(item, min_size=1 if bare or not top else 0, max_size=3)
    if shape["type"] == "map":
        return st.dictionaries(_TOKEN, _HEADER, min_size=1, max_size=3)
    if definition.get("hostLabel"):
        return _TOKEN
    if name == "Policy":
        return st.text(_XML, min_size=1)  # the body itself, which must not be empty
    if definition.get("xmlAttribute"):
        return st.sampled_from(shape["enum"])
    return _SCALARS[shape["type"]](shape, where, sent)


def _string(shape: dict[str, Any], where: str, sent: bool) -> st.SearchStrategy[str]:
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if where == "header":
        return _HEADER
    if where == "querystring":
        return _ANY
    return st.text(_XML if sent else _XML_OUT, max_size=8)


_SCALARS: Final[dict[str, Callable[[dict[str, Any], str, bool], st.SearchStrategy[Any]]]] = {
    "string": _string,
    "integer": lambda *_: st.integers(-(2**31), 2**31 - 1),
    "long": lambda *_: st.integers(-(2**63), 2**63 - 1),
    "boolean": lambda *_: st.booleans(),
    "timestamp": lambda *_: _WHOLE_SECONDS,
}
