"""Requests that were damaged as text: what mends them, proven by the signature then being right."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from sigv4.canonical import Request, split_target
from sigv4.presigned import AUTH_PARAMETERS

_ENDS: Final = re.compile(rb"(?:%0[AaDd9]|%20|%22|%27|[\s\"'<>.,;)\\\]])+\Z")
_BREAKS: Final = re.compile(rb"%0[AaDd]|[\r\n]")
_SPELLED: Final = {name.lower().encode(): name.encode() for name in AUTH_PARAMETERS}


class Repair(NamedTuple):
    """What happened to the request's text, what cures it, and the target it would have had."""

    name: str
    says: str
    cure: str
    mend: Callable[[bytes], bytes]


def _spelled(target: bytes) -> bytes:
    path, query = split_target(target)
    pieces = (piece.partition(b"=") for piece in query.split(b"&"))
    named = ((_SPELLED.get(n.lower(), n), equals, value) for n, equals, value in pieces)
    return path + b"?" + b"&".join(b"".join(piece) for piece in named)


def _decoded_once(target: bytes) -> bytes:
    path, query = split_target(target)
    return path + b"?" + re.sub(rb"%25([0-9A-Fa-f]{2})", rb"%\1", query)


def _decoded_whole(target: bytes) -> bytes:
    return re.sub(rb"%25([0-9A-Fa-f]{2})", rb"%\1", target)


def _marks_decoded(target: bytes) -> bytes:
    """``?``, ``&`` and ``=`` had been escaped with the rest."""
    at = target.upper().find(b"%3F")
    if at < 0:
        return target
    return target[:at] + unquote_to_bytes(target[at:])


REPAIRS: Final = (
    Repair(
        "url-escaped-for-html",
        "The URL was escaped for HTML or XML: &amp; stands where & should.",
        "Unescape the URL when taking it out of a document.",
        lambda target: target.replace(b"&amp;", b"&").replace(b"&#38;", b"&"),
    ),
    Repair(
        "url-escaped-for-json",
        "The URL was escaped for JSON: \\u0026 stands where & should.",
        "Read the JSON with a parser, not with string functions.",
        lambda target: target.replace(b"\\u0026", b"&").replace(b"\\u003d", b"="),
    ),
    Repair(
        "url-escaped-for-a-shell",
        "Backslashes for a shell were left in the URL.",
        "Put the URL in single quotes.",
        lambda target: target.replace(b"\\", b"").replace(b"%5C", b""),
    ),
    Repair(
        "url-encoded-twice",
        "The query of the URL was percent-encoded once more after signing.",
        "Use the URL as it is; tell the HTTP library that it is encoded already.",
        _decoded_once,
    ),
    Repair(
        "url-encoded-twice-as-a-whole",
        "The whole URL was percent-encoded once more after signing.",
        "Use the URL as it is; tell the HTTP library that it is encoded already.",
        _decoded_whole,
    ),
    Repair(
        "url-encoded-as-a-path",
        "The question mark of the URL, and what follows, were encoded as a part of the path.",
        "Give the HTTP library the URL as a whole, not as a path.",
        _marks_decoded,
    ),
    Repair(
        "url-with-something-after-it",
        "White space, a quote or punctuation was taken for a part of the URL.",
        "Trim the URL; a line read from a file ends with a line feed.",
        lambda target: _ENDS.sub(b"", target),
    ),
    Repair(
        "url-with-line-breaks",
        "Line breaks came into the URL.",
        "Do not wrap the URL: mail and terminals do.",
        lambda target: _BREAKS.sub(b"", target),
    ),
    Repair(
        "url-parameters-in-another-case",
        "The names of the signature's parameters were written in another case.",
        "Send them as they were made: X-Amz-Signature, and so on.",
        _spelled,
    ),
)


def mended(request: Request, repair: Repair) -> Request | None:
    """The request as it would have been; None if this repair finds nothing to mend."""
    target = repair.mend(request.target)
    return request._replace(target=target) if target != request.target else None
