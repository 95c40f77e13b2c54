"""Random requests, by cells: what carries the signature, payload, path and headers.

Targets are encoded as S3 documents it, for signers of S3 take them as they are given.
"""

import hashlib
import random
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from sigv4 import ECDSA_SHA256, HMAC_SHA256, Credentials, Request

NOW: Final = 1_787_307_072  # 2026-08-21T10:11:12Z
REGION: Final = "us-east-1"
HOST: Final = "s3.example.com"
SECRET: Final = "wJalrXUtnFEMI+K7MDENG/bPxRfiCYEXAMPLEKEY"
EXPIRES_S: Final = 3600

CARRIERS: Final = ("header", "query", "header-4a", "query-4a")
PATHS: Final = ("plain", "reserved", "utf-8", "escapes", "slashes")
HEADERS: Final = ("none", "meta", "spaces", "repeated", "many")
_STREAMS: Final = {
    "unsigned-trailer": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "chunks": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "chunks-trailer": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "chunks-4a": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "chunks-trailer-4a": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
}
PAYLOADS: Final = {
    "header": ("exact", "unsigned", "unsigned-trailer", "chunks", "chunks-trailer"),
    "query": ("unsigned",),
    "header-4a": ("exact", "unsigned", "unsigned-trailer", "chunks-4a", "chunks-trailer-4a"),
    "query-4a": ("unsigned",),
}


class Cell(NamedTuple):
    """Where a request is counted."""

    carrier: str
    payload: str
    path: str
    headers: str

    def __str__(self) -> str:
        return f"{self.carrier} {self.payload} {self.path} {self.headers}"


CELLS: Final = tuple(
    Cell(carrier, payload, path, headers)
    for carrier in CARRIERS
    for payload in PAYLOADS[carrier]
    for path in PATHS
    for headers in HEADERS
)


class Unsigned(NamedTuple):
    """A request for a signer."""

    cell: Cell
    method: str
    target: str
    headers: Sequence[tuple[str, str]]  # without Host
    body: bytes
    payload: str  # the last canonical line
    token: str | None

    @property
    def in_query(self) -> bool:
        """Whether it is to be presigned."""
        return self.cell.carrier.startswith("query")

    @property
    def algorithm(self) -> bytes:
        """What it is to be signed by."""
        return ECDSA_SHA256 if self.cell.carrier.endswith("4a") else HMAC_SHA256

    @property
    def keys(self) -> Credentials:
        """Whose it is."""
        return Credentials("AKIDEXAMPLE", SECRET, self.token)

    def request(self) -> Request:
        """As our signer takes it."""
        pairs = [(b"Host", HOST.encode())]
        pairs += [(name.encode(), value.encode()) for name, value in self.headers]
        return Request(self.method, self.target.encode(), pairs)


_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
_RESERVED: Final = "!*'();:@&=+$,/?#[] \"<>\\^`{|}"
_OTHERS: Final = "éßñ漢字кл🪣😀\u0301\u200b"
_PARAMETERS: Final = (
    "acl",
    "prefix",
    "versionId",
    "list-type",
    "uploadId",
    "x-id",
    "Key",
    "é",
    "a b",
)


def _text(draw: random.Random, letters: str, most: int = 12) -> str:
    return "".join(draw.choices(letters, k=draw.randint(1, most)))


def _key(draw: random.Random, kind: str) -> str:
    """An encoded key of its class."""
    plain = _text(draw, _LETTERS)
    if kind == "reserved":
        return quote(plain + _text(draw, _RESERVED + _LETTERS), safe="/~")
    if kind == "utf-8":
        return quote(plain + _text(draw, _OTHERS + _LETTERS), safe="/~")
    if kind == "escapes":  # of text that looks like escapes, and of bytes that are no text
        raw = bytes(draw.randrange(256) for _ in range(draw.randint(1, 6)))
        return quote(plain + "%" + _text(draw, "%0123456789ABCDEFabcdef"), safe="~") + quote(raw)
    if kind == "slashes":
        pieces = draw.choices(("", ".", "..", plain, "a", "...", "-"), k=draw.randint(2, 6))
        return "/".join(pieces) + draw.choice(("", "/"))
    return plain


def _query(draw: random.Random) -> str:
    names = draw.sample(_PARAMETERS, draw.choice((0, 0, 1, 2, 3)))
    letters = _LETTERS + _RESERVED + _OTHERS
    pairs = [(name, draw.choice(("", _text(draw, letters, 8)))) for name in names]
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _headers(draw: random.Random, kind: str) -> list[tuple[str, str]]:
    if kind == "none":
        return []
    names = [f"x-amz-meta-{_text(draw, 'abcdefghij0123456789-')}" for _ in range(2)]
    word = _text(draw, _LETTERS + "!*'();:@&=+$/?[]{}|%")
    if kind == "spaces":
        gap = " " * draw.randint(2, 5)
        return [(names[0], word + gap + word), (names[1] + "q", f'"{word}{gap}{word}"')]
    if kind == "repeated":
        return [(names[0], word), (names[0], _text(draw, _LETTERS)), (names[0], "0")]
    found = {names[0]: word, names[1]: _text(draw, _LETTERS)}
    if kind == "many":
        found |= {f"X-Amz-Meta-Many-{number}": str(number) for number in range(6)}
        found["Content-Type"] = draw.choice(("text/plain", "text/plain; charset=utf-8"))
        found["Cache-Control"] = "max-age=1"
    return list(found.items())


def case(draw: random.Random, cell: Cell) -> Unsigned:
    """A random request of a cell."""
    body = bytes(draw.randrange(256) for _ in range(draw.randint(0, 24)))
    query = _query(draw)
    target = f"/bkt/{_key(draw, cell.path)}" + (f"?{query}" if query else "")
    headers = _headers(draw, cell.headers)
    method = draw.choice(("GET", "PUT", "DELETE", "HEAD", "POST"))
    payload = _STREAMS.get(cell.payload, "UNSIGNED-PAYLOAD")
    if cell.payload in _STREAMS:
        method = "PUT"
        headers.append(("x-amz-decoded-content-length", str(len(body))))
        if "trailer" in cell.payload:
            headers.append(("x-amz-trailer", "x-amz-checksum-crc32"))
    elif cell.payload == "exact":
        payload = hashlib.sha256(body).hexdigest()
    token = _text(draw, _LETTERS + "+/=", 40) if draw.random() < 0.2 else None
    return Unsigned(cell, method, target, headers, body, payload, token)
