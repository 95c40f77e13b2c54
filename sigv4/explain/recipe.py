"""How a signature is made, with every ingredient exchangeable.

A hypothesis replaces ingredients; whether the result is the client's signature
is then computed, not judged.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sigv4.canonical import HMAC_SHA256
from sigv4.explain.case import Provided
from sigv4.keys import Key, ecdsa_key
from sigv4.scope import TERMINAL, Scope
from sigv4.sigv2 import string_to_sign

BARE: Final = "not at all: with the secret itself"
# Where no canonical request is signed.
VERSION_2: Final = "of Version 2, as documented"
POLICY: Final = "a form's policy"
ITSELF: Final = "that text itself"


class Recipe(NamedTuple):
    """All that goes into a signature."""

    secret: str
    derivation: str  # of DERIVATIONS
    key_scope: Scope
    timestamp: bytes
    scope: bytes
    method: bytes
    path: bytes
    query: bytes
    values: Mapping[bytes, bytes | None]  # of the signed headers; None has no line
    signed: tuple[bytes, ...]  # in the order of the lines
    payload: bytes
    layout: str = "as documented"  # of LAYOUTS
    text_layout: str = "as documented"  # of TEXT_LAYOUTS
    writing: str = "as documented"  # of WRITINGS
    digest: bytes = b""  # of the canonical request, where it alone was kept
    algorithm: bytes = HMAC_SHA256
    access_key: str = ""  # which makes 4A's keys together with the secret
    hash: str = "sha256"  # of the HMAC

    def canonical(self) -> bytes:
        """The canonical request; the text that is signed where there is none."""
        return (LAYOUTS.get(self.layout) or TEXTS[self.layout])(self)

    def string_to_sign(self) -> bytes:
        """What is signed."""
        if self.text_layout == ITSELF:
            return self.canonical()
        return TEXT_LAYOUTS[self.text_layout](self, self.canonical())

    def makes(self, provided: Provided) -> bool:
        """Whether this very signature comes of it.

        One of 4A, of which there are many to a text, has to be at hand itself.
        """
        text = self.string_to_sign()
        if self.algorithm != HMAC_SHA256:
            given = provided.text or b""
            return _pair(self.access_key, self.secret).verifies(text, given)
        key = derive(self.derivation, self.secret, self.key_scope)
        return provided.is_made_by(_writing(self.writing)(hmac.digest(key, text, self.hash)))

    def inputs(self) -> tuple[bytes, bytes, str]:
        """What makes one signature differ from another."""
        text = self.string_to_sign()
        if self.algorithm != HMAC_SHA256:
            return self.secret.encode(), text, ""
        key = derive(self.derivation, self.secret, self.key_scope)
        return key, text, f"{self.hash} {self.writing}"


class Change(NamedTuple):
    """Ingredients to replace, and how a person says it; never with a secret in it."""

    detail: str
    fields: Mapping[str, Any] = {}
    values: Mapping[bytes, bytes | None] = {}  # of signed headers

    def touches(self) -> frozenset[object]:
        """What it replaces: two changes that share none may both have happened."""
        return frozenset(self.fields) | frozenset(self.values)

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe with this change."""
        if self.values:
            recipe = recipe._replace(values={**recipe.values, **self.values})
        return recipe._replace(**self.fields) if self.fields else recipe


# Deriving the key


def _chain(secret: bytes, pieces: tuple[str, ...]) -> bytes:
    for piece in pieces:
        secret = hmac.digest(secret, piece.encode(), "sha256")
    return secret


def _hex_chain(secret: bytes, pieces: tuple[str, ...]) -> bytes:
    for piece in pieces:
        secret = hmac.digest(secret, piece.encode(), "sha256").hex().encode()
    return secret


def _steps(scope: Scope) -> tuple[str, ...]:
    return (scope.date, scope.region, scope.service, TERMINAL)


Derivation = Callable[[bytes, Scope], bytes]
DERIVATIONS: Final[dict[str, Derivation]] = {
    "as documented": lambda secret, scope: _chain(b"AWS4" + secret, _steps(scope)),
    "without AWS4 before the secret": lambda secret, scope: _chain(secret, _steps(scope)),
    "in hexadecimal from step to step": lambda secret, scope: _hex_chain(
        b"AWS4" + secret, _steps(scope)
    ),
    "with service and region exchanged": lambda secret, scope: _chain(
        b"AWS4" + secret, (scope.date, scope.service, scope.region, TERMINAL)
    ),
    "without the last step, aws4_request": lambda secret, scope: _chain(
        b"AWS4" + secret, _steps(scope)[:-1]
    ),
    BARE: lambda secret, _: secret,
    "not at all: with AWS4 and the secret": lambda secret, _: b"AWS4" + secret,
}


@lru_cache(maxsize=4096)
def derive(derivation: str, secret: str, scope: Scope) -> bytes:
    """The signing key, or what a mistaken client takes for it."""
    return DERIVATIONS[derivation](secret.encode(), scope)


@lru_cache(maxsize=256)
def _pair(access_key: str, secret: str) -> Key:
    return ecdsa_key(access_key, secret)


# Putting the canonical request together


def header_lines(recipe: Recipe) -> bytes:
    """A line for each signed header that has a value."""
    lines = []
    for name in recipe.signed:
        value = recipe.values.get(name)
        if value is not None:
            lines.append(name + b":" + value + b"\n")
    return b"".join(lines)


def _canonical(recipe: Recipe, headers: bytes) -> bytes:
    return b"\n".join(
        (
            recipe.method,
            recipe.path,
            recipe.query,
            headers,
            b";".join(recipe.signed),
            recipe.payload,
        )
    )


def _documented(recipe: Recipe) -> bytes:
    return _canonical(recipe, header_lines(recipe))


LAYOUTS: Final[dict[str, Callable[[Recipe], bytes]]] = {
    "as documented": _documented,
    "without the blank line after the headers": lambda r: _canonical(
        r, header_lines(r).removesuffix(b"\n")
    ),
    "with two blank lines after the headers": lambda r: _canonical(r, header_lines(r) + b"\n"),
    "with a line break at its end": lambda r: _documented(r) + b"\n",
    "with CR LF between its lines": lambda r: _documented(r).replace(b"\n", b"\r\n"),
    "with a space after each header's colon": lambda r: _canonical(
        r,
        b"".join(
            name + b": " + value + b"\n"
            for name in r.signed
            if (value := r.values.get(name)) is not None
        ),
    ),
    "without the line of the query": lambda r: b"\n".join(
        (r.method, r.path, header_lines(r), b";".join(r.signed), r.payload)
    ),
    "without the line of the payload": lambda r: _documented(r).rpartition(b"\n")[0],
    "without the list of signed headers": lambda r: b"\n".join(
        (r.method, r.path, r.query, header_lines(r), r.payload)
    ),
    "with commas in the list of signed headers": lambda r: b"\n".join(
        (r.method, r.path, r.query, header_lines(r), b",".join(r.signed), r.payload)
    ),
}


def _version_2(recipe: Recipe) -> bytes:
    headers = {n: value for n in recipe.signed if (value := recipe.values.get(n)) is not None}
    resource = recipe.path + (b"?" + recipe.query if recipe.query else b"")
    method, date = recipe.method.decode("latin-1"), recipe.timestamp.decode("latin-1")
    return string_to_sign(method, date, headers, resource)


def _without_amz(recipe: Recipe) -> bytes:
    kept = tuple(name for name in recipe.signed if not name.startswith(b"x-amz-"))
    return _version_2(recipe._replace(signed=kept))


TEXTS: Final[dict[str, Callable[[Recipe], bytes]]] = {
    POLICY: lambda r: r.payload,
    VERSION_2: _version_2,
    "of Version 2, with a line feed at its end": lambda r: _version_2(r) + b"\n",
    "of Version 2, in lines with CR LF": lambda r: _version_2(r).replace(b"\n", b"\r\n"),
    "of Version 2, without empty lines": lambda r: re.sub(b"\n+", b"\n", _version_2(r)),
    "of Version 2, without x-amz-* headers": _without_amz,
}


# Putting the string to sign together


def _text(recipe: Recipe, digest: bytes) -> bytes:
    return b"\n".join((recipe.algorithm, recipe.timestamp, recipe.scope, digest))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


TEXT_LAYOUTS: Final[dict[str, Callable[[Recipe, bytes], bytes]]] = {
    "as documented": lambda r, c: _text(r, r.digest or _sha256(c)),
    "with the canonical request itself, not its hash": _text,
    "with the hash in upper case": lambda r, c: _text(r, _sha256(c).upper()),
    "with the hash in base64": lambda r, c: _text(r, base64.b64encode(hashlib.sha256(c).digest())),
    "with the hash of the hash": lambda r, c: _text(r, _sha256(_sha256(c))),
    "with a line break at its end": lambda r, c: _text(r, _sha256(c)) + b"\n",
    "with CR LF between its lines": lambda r, c: _text(r, _sha256(c)).replace(b"\n", b"\r\n"),
    "without the line of the algorithm": lambda r, c: _text(r, _sha256(c)).partition(b"\n")[2],
    "without the line of the date": lambda r, c: b"\n".join((r.algorithm, r.scope, _sha256(c))),
    "without the line of the scope": lambda r, c: b"\n".join(
        (r.algorithm, r.timestamp, _sha256(c))
    ),
    "not at all: the canonical request was signed": lambda _, c: c,
    "not at all: the hash of the canonical request was signed": lambda _, c: _sha256(c),
}


# Writing the signature down

WRITINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "as documented": lambda digest: digest.hex().encode(),
    "in upper case": lambda digest: digest.hex().upper().encode(),
    "in base64": base64.b64encode,
    "in base64, escaped for a URL": lambda digest: (
        base64.b64encode(digest).replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")
    ),
    "with its last digit missing": lambda digest: digest.hex().encode()[:-1],
    "with quotes around it": lambda digest: b'"' + digest.hex().encode() + b'"',
}
# Of Version 2, whose signature is in base64.
WRITINGS_2: Final[dict[str, Callable[[bytes], bytes]]] = {
    "with + in the URL, which reads as a space": lambda digest: base64.b64encode(digest).replace(
        b"+", b" "
    ),
    "with a line feed after it": lambda digest: base64.b64encode(digest) + b"\n",
    "without the = at its end": lambda digest: base64.b64encode(digest).rstrip(b"="),
    "in the base64 of URLs": base64.urlsafe_b64encode,
}


def _writing(name: str) -> Callable[[bytes], bytes]:
    return WRITINGS.get(name) or WRITINGS_2[name]
