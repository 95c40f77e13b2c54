"""Mistakes with the last line: the hash of the body, or what stands for it."""

import base64
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from typing import Final

from sigv4.canonical import EMPTY_SHA256, UNSIGNED_PAYLOAD
from sigv4.explain.case import Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

UNPACKED_MAX: Final = 64 * 1024 * 1024  # bytes; a body that unpacks to more is not looked into

LITERALS: Final = (
    UNSIGNED_PAYLOAD,
    b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    b"",
)
# Bodies that libraries hash where there is none.
NOTHINGS: Final = (b"{}", b"null", b"undefined", b"None", b"\n", UNSIGNED_PAYLOAD)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _line(line: bytes, how: str) -> Change:
    return Change(how, {"payload": line})


def _literal(_: Case, recipe: Recipe) -> Iterator[Change]:
    for literal in LITERALS:
        if literal != recipe.payload:
            shown = literal.decode() or "nothing"
            yield _line(literal, f"{shown} was signed as the hash of the body")


def _other_bodies(_: Case, recipe: Recipe) -> Iterator[Change]:
    if recipe.payload != EMPTY_SHA256:
        yield _line(EMPTY_SHA256, "the hash of an empty body was signed")
    for body in NOTHINGS:
        yield _line(_sha256(body), f"the hash of {body.decode()!r} was signed")


def _written(_: Case, recipe: Recipe) -> Iterator[Change]:
    line = recipe.payload
    for how, other in (
        ("in upper case", line.upper()),
        ("in lower case", line.lower()),
        ("hashed once more", _sha256(line)),
    ):
        if other != line:
            yield _line(other, f"the hash was signed {how}")
    try:
        digest = bytes.fromhex(line.decode())
    except ValueError:
        return
    yield _line(base64.b64encode(digest), "the hash was signed in base64")
    yield _line(_sha256(digest), "the hash was hashed once more")


def _body(case: Case, recipe: Recipe) -> Iterator[Change]:
    """What may have become of the body that was signed; it has to be known."""
    for how, other in related(case.known.body):
        if (line := _sha256(other)) != recipe.payload:
            yield _line(line, f"the hash of {how} was signed")


def related(body: bytes | None) -> Iterator[tuple[str, bytes]]:
    """What a body may have been before something changed it."""
    if body is None:
        return
    yield from (
        ("the body that arrived", body),
        ("the body with a line feed after it", body + b"\n"),
        ("the body without the white space at its end", body.rstrip()),
        ("the body with CR LF line ends", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")),
        ("the body with LF line ends", body.replace(b"\r\n", b"\n")),
        ("the body without line breaks, as curl -d sends a file", _without_breaks(body)),
        ("the body in base64", base64.b64encode(body)),
        ("the body unpacked", _unpacked(body)),
        ("the body as UTF-8 taken for Latin-1", body.decode("latin-1").encode()),
        ("the body without its byte order mark", body.removeprefix(b"\xef\xbb\xbf")),
        ("the body twice", body + body),
        ("the body without its last byte", body[:-1]),
    )


def _without_breaks(body: bytes) -> bytes:
    return body.replace(b"\r", b"").replace(b"\n", b"")


def _unpacked(body: bytes) -> bytes:
    """What a gzip or zlib body holds, itself if it is neither."""
    form = zlib.MAX_WBITS | 32  # either header
    try:
        packed = zlib.decompressobj(form)
        found = packed.decompress(body, UNPACKED_MAX)
    except (zlib.error, gzip.BadGzipFile):
        return body
    return found if packed.eof else body


_CURE: Final = "Hash the bytes that are sent, and put the same text into x-amz-content-sha256."

MISTAKES: Final = (
    Mistake(
        "payload-line",
        "Another word stands in the signature where the body's hash should.",
        "The last line has to equal x-amz-content-sha256; of a presigned URL it is "
        "UNSIGNED-PAYLOAD.",
        _literal,
    ),
    Mistake(
        "payload-of-nothing",
        "The hash of something that is not the body was signed.",
        _CURE,
        _other_bodies,
    ),
    Mistake(
        "payload-hash-written-otherwise",
        "The body's hash was signed in another form than it was sent in.",
        "64 lower-case hexadecimal digits, the same in both places.",
        _written,
    ),
    Mistake(
        "payload-of-another-body",
        "The signed hash is not the one that was sent, but of a related body.",
        _CURE,
        _body,
    ),
)
