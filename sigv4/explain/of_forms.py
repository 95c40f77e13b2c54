"""Mistakes with the policy of a browser's form, which is all that its signature covers."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from sigv4.explain.case import FORMS, WITH_SCOPE, Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import BARE, Change, Recipe

FORM: Final = FORMS & WITH_SCOPE
_MIME_LINE: Final = 76  # characters, as base64 is wrapped for mail
_PEM_LINE: Final = 64


def _signed(text: bytes, how: str) -> Change:
    return Change(f"{how} was signed", {"payload": text})


def _document(policy: bytes) -> bytes | None:
    """The document in the policy, if it is one."""
    try:
        found = base64.b64decode(policy.replace(b" ", b"+"))
    except binascii.Error:
        return None
    return found if found.lstrip().startswith(b"{") else None


def _not_the_field(case: Case, recipe: Recipe) -> Iterator[Change]:
    """The right policy, but not as the form carries it."""
    policy = recipe.payload
    document = _document(policy)
    if document is not None:
        yield _signed(document, "the policy's JSON, not its base64,")
    digest = hashlib.sha256(policy).hexdigest().encode()
    yield _signed(digest, "the hash of the policy")
    text = b"\n".join((case.algorithm, case.timestamp.encode(), str(case.scope).encode(), digest))
    yield _signed(text, "a string to sign around the policy, as of a request,")
    yield _signed(quote(policy, safe="").encode(), "the policy, percent-encoded,")


def _white_space(_: Case, recipe: Recipe) -> Iterator[Change]:
    policy = recipe.payload
    bare = b"".join(policy.split())
    for how, text in (
        ("the policy with a line feed after it", policy + b"\n"),
        ("the policy with LF where CR LF arrived", policy.replace(b"\r\n", b"\n")),
        ("the policy with CR LF where LF arrived", policy.replace(b"\n", b"\r\n")),
        ("the policy without white space around it", policy.strip()),
        ("the policy without line breaks", policy.replace(b"\r", b"").replace(b"\n", b"")),
        ("the policy with + where a space arrived", policy.replace(b" ", b"+")),
        ("the policy in lines, as of mail,", _wrapped(bare, _MIME_LINE, b"\n")),
        ("the policy in lines that end with CR LF", _wrapped(bare, _MIME_LINE, b"\r\n")),
        ("the policy in lines without a last line feed", _wrapped(bare, _MIME_LINE, b"\n")[:-1]),
        ("the policy in lines of 64 characters", _wrapped(bare, _PEM_LINE, b"\n")),
    ):
        if text != policy:
            yield _signed(text, how)


def _wrapped(text: bytes, width: int, end: bytes) -> bytes:
    lines = [text[n : n + width] for n in range(0, len(text), width)]
    return b"".join(line + end for line in lines)


def _encoded_otherwise(_: Case, recipe: Recipe) -> Iterator[Change]:
    """The same document in another base64, or the same members written otherwise."""
    policy = recipe.payload
    document = _document(policy)
    for how, text in (
        ("the policy in the base64 of URLs", policy.replace(b"+", b"-").replace(b"/", b"_")),
        ("the policy without the = at its end", policy.rstrip(b"=")),
        ("the policy with = at its end", policy + b"=" * (-len(policy) % 4)),
    ):
        if text != policy:
            yield _signed(text, how)
    if document is None:
        return
    for how, text in _documents(document):
        if (encoded := base64.b64encode(text)) != policy:
            yield _signed(encoded, f"the base64 of {how}")
            yield _signed(text, how)


def _documents(document: bytes) -> Iterator[tuple[str, bytes]]:
    yield "the policy with a line feed after its JSON", document + b"\n"
    yield "the policy without white space around its JSON", document.strip()
    yield "the policy with LF for CR LF in its JSON", document.replace(b"\r\n", b"\n")
    yield "the policy with CR LF for LF in its JSON", document.replace(b"\n", b"\r\n")
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return
    compact = (",", ":")
    for how, text in (
        ("with a space after its marks", json.dumps(found)),
        ("without white space", json.dumps(found, separators=compact)),
        ("with a space after its marks, not escaped,", json.dumps(found, ensure_ascii=False)),
        (
            "without white space, not escaped,",
            json.dumps(found, separators=compact, ensure_ascii=False),
        ),
        ("indented by 2", json.dumps(found, indent=2)),
        ("indented by 4", json.dumps(found, indent=4)),
        (
            "without white space, slashes escaped,",
            json.dumps(found, separators=compact).replace("/", "\\/"),
        ),
    ):
        yield f"the policy's JSON, written {how}", text.encode("utf-8", "surrogatepass")


def _as_of_the_other_version(case: Case, _: Recipe) -> Iterator[Change]:
    """A signature of Version 2 among the fields of Version 4, and the reverse."""
    if case.scheme == "form":
        fields = {"derivation": BARE, "hash": "sha1"}
        yield Change("the policy was signed as by Version 2, in hexadecimal", fields)
        yield Change("the policy was signed as by Version 2", {**fields, "writing": "in base64"})
        return
    yield Change("the policy was signed by HMAC-SHA256", {"hash": "sha256"})
    fields = {"hash": "sha256", "writing": "as documented"}
    yield Change("the policy was signed by HMAC-SHA256, in hexadecimal", fields)


_AS_SENT: Final = "Sign exactly the text of the field `policy`: the base64, once it is complete."

MISTAKES: Final = (
    Mistake(
        "policy-signed-in-another-form",
        "Not the text of the field `policy` was signed, but what it was made of, or more.",
        _AS_SENT,
        _not_the_field,
        schemes=FORMS,
    ),
    Mistake(
        "policy-with-other-white-space",
        "White space or line breaks in the policy differ between what was signed and what arrived.",
        "Write the policy's base64 in one line; browsers turn line feeds of a form into CR LF.",
        _white_space,
        schemes=FORMS,
    ),
    Mistake(
        "policy-encoded-again",
        "The policy was encoded a second time for the form, and not as the first time.",
        f"Serialise and encode the policy once. {_AS_SENT}",
        _encoded_otherwise,
        schemes=FORMS,
    ),
    Mistake(
        "policy-signed-by-another-version",
        "The fields are of one signature version, and the signature is of the other.",
        "Take all fields from one signer.",
        _as_of_the_other_version,
        schemes=FORMS,
    ),
)
