"""What is kept of a refused request: enough to explain it, nothing that could be used.

The signature is kept as a hash, which recognises it and replays nothing; so
is a canonical request with secrets in it.  Tokens, keys of SSE-C, cookies
and passwords are not kept.
"""

import base64
import hashlib
import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from gateway.exchange import Exchange
from gateway.observe.ring import RECORD_BYTES_MAX
from sigv4 import Form, Request, SigError
from sigv4.canonical import origin_form, split_target
from sigv4.explain import Known, Refused, Unreadable, read_case
from sigv4.explain.books import recipe_of
from sigv4.explain.hidden import (
    HIDDEN,
    SECRET_FORM_PARAMETERS,
    SECRET_HEADERS,
    SECRET_PARAMETERS,
)

# Of a request that is too large to be kept whole.
PATH_BYTES_MAX: Final = 512
TEXT_MAX: Final = 128  # characters of a message or a field
FIELDS_MAX: Final = 8
_ESCAPED: Final = 6  # bytes of one character at most, as JSON writes it

assert (FIELDS_MAX + 1) * TEXT_MAX * _ESCAPED + PATH_BYTES_MAX * 2 < RECORD_BYTES_MAX

_SECRET_HEADERS: Final = frozenset((*SECRET_HEADERS, b"cookie", b"proxy-authorization"))
# In a piece of a query whose separators were escaped.  A list of signed headers names keys of
# customers too, so that only what has a value counts.
_WITHIN: Final = tuple(
    name + b"=" if name.endswith(b"customer-key") else name
    for name in (*SECRET_PARAMETERS, b"x-amz-signature")
)
_NEEDED: Final = frozenset(
    (b"host", b"authorization", b"content-type", b"date", b"x-amz-date", b"x-amz-content-sha256")
)
_NEEDED_FIELDS: Final = frozenset(
    (
        *("key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"),
        *("awsaccesskeyid", "signature"),
    )
)
_SIGNATURE: Final = re.compile(rb"(Signature[ \t]*=[ \t]*)[^,\s]*", re.IGNORECASE)
_OF_SIGNATURES: Final = (b"x-amz-signature", b"signature")
# Fields of an answer that repeat what was sent, or what was signed.
_NOT_KEPT: Final = frozenset(
    (
        *("SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes"),
        *("Token-0", "ArgumentValue"),
    )
)
_ALGORITHM_LINES: Final = 1  # of a string to sign: it tells a chunk from a request


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refused request."""

    request_id: str
    at_ms: int  # Unix time
    remote: str
    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    code: str
    status: int
    message: str
    fields: list[tuple[str, str]]
    signature_sha256: str = ""
    canonical_sha256: str = ""
    is_partial: bool = False  # something that is not kept was signed
    hidden: list[str] = []  # what was there and is not kept
    form: list[tuple[str, str]] = []  # the fields of a browser's form

    def request(self) -> Request:
        """The request, with what is hidden hidden."""
        return Request(self.method, self.target, self.headers)

    def as_form(self) -> Form | None:
        """The form, with what is hidden hidden."""
        return Form(tuple(self.form), None, 0) if self.form else None

    def refused(self) -> Refused:
        """Why it was refused, for the explainer."""
        error = SigError(self.code, self.status, self.message, self.fields)
        canonical = self.canonical_sha256 if self.is_partial else ""
        return Refused(error, self.signature_sha256, canonical)


def record_of(
    exchange: Exchange,
    error: SigError,
    *,
    request_id: str,
    now_ms: int,
    form: Form | None = None,
) -> Record:
    """What is kept of a request."""
    target = origin_form(exchange.target)
    whole = Request(exchange.method, target, exchange.headers)
    hidden: list[str] = []
    headers = [_shown(name, value, hidden) for name, value in exchange.headers]
    shown = Request(exchange.method, _shown_target(target, hidden), headers)
    signature, canonical = _digests(whole, form)
    fields = [_shown_field(name, value, hidden) for name, value in form.fields] if form else []
    shown_form = form._replace(fields=tuple(fields)) if form else None
    return Record(
        request_id=request_id,
        at_ms=now_ms,
        remote=exchange.remote,
        method=exchange.method,
        target=shown.target,
        headers=headers,
        code=error.code,
        status=error.status,
        message=error.message,
        fields=_shown_fields(error),
        signature_sha256=signature,
        canonical_sha256=canonical,
        is_partial=canonical != _digests(shown, shown_form)[1],
        hidden=hidden,
        form=fields,
    )


def _digests(request: Request, form: Form | None) -> tuple[str, str]:
    """Of the signature, and of the canonical request by the book."""
    try:
        case = read_case(request, Known(form=form))
    except Unreadable:
        return "", ""
    canonical = recipe_of(case, "").canonical()
    return case.provided.sha256, hashlib.sha256(canonical).hexdigest()


def _shown(name: bytes, value: bytes, hidden: list[str]) -> tuple[bytes, bytes]:
    lower = name.lower()
    if lower == b"authorization":
        scheme, _, rest = value.partition(b" ")
        if scheme.startswith(b"AWS4-"):
            return name, scheme + b" " + _SIGNATURE.sub(rb"\1" + HIDDEN, rest)
        return name, scheme + b" " + HIDDEN if rest else HIDDEN
    if lower in _SECRET_HEADERS:
        hidden.append(lower.decode("latin-1"))
        return name, HIDDEN
    return name, value


def shown_target(target: bytes) -> bytes:
    """A target for others to read: without its signature and token."""
    return _shown_target(target, []) if b"?" in target or b"%" in target else target


def _shown_target(target: bytes, hidden: list[str]) -> bytes:
    """The target without its signature and token, however damaged it is."""
    path, query = split_target(target)
    for mark in (
        *SECRET_PARAMETERS,
        _OF_SIGNATURES[0],
    ):  # the query may have been escaped into the path
        at = _unescaped(path).find(mark)
        if at >= 0:
            hidden.append(mark.decode())
            path = HIDDEN
    if not query:
        return path
    return path + b"?" + b"&".join(_shown_piece(piece, hidden) for piece in query.split(b"&"))


def _shown_piece(piece: bytes, hidden: list[str]) -> bytes:
    name, equals, _ = piece.partition(b"=")
    plain = _unescaped(name)
    if plain.endswith(_OF_SIGNATURES) and equals:
        return name + equals + HIDDEN
    if plain.endswith((*SECRET_PARAMETERS, *SECRET_FORM_PARAMETERS)) and equals:
        hidden.append(plain.decode("utf-8", "replace"))
        return name + equals + HIDDEN
    if any(mark in _unescaped(piece) for mark in _WITHIN):
        hidden.append("a part of the query")
        return HIDDEN
    return piece


def _shown_field(name: str, value: str, hidden: list[str]) -> tuple[str, str]:
    """A field of a form, without its signature, a token or a key of SSE-C."""
    lower = name.lower().encode()
    if lower in _OF_SIGNATURES:
        return name, HIDDEN.decode()
    if lower in _SECRET_HEADERS or (lower == b"policy" and _holds_secrets(value)):
        hidden.append(name)
        return name, HIDDEN.decode()
    return name, value


def _holds_secrets(policy: str) -> bool:
    """Whether a policy names what is secret, or cannot be looked into."""
    try:
        text = base64.b64decode(policy).lower()
    except ValueError:
        return True
    return b"\\" in text or any(name in text for name in SECRET_HEADERS)


def _unescaped(text: bytes) -> bytes:
    """Decoded twice, for text that was encoded twice."""
    return unquote_to_bytes(unquote_to_bytes(text)).lower()


def _shown_fields(error: SigError) -> list[tuple[str, str]]:
    kept = []
    for name, value in error.fields:
        if name == "StringToSign":
            kept.append((name, "\n".join(value.split("\n")[:_ALGORITHM_LINES]) + "\n"))
        elif name not in _NOT_KEPT:
            kept.append((name, value))
    return kept


def encode(record: Record) -> bytes:
    """The record as bytes that fit a slot: less of it if it must be."""
    for smaller in (lambda r: r, _without_headers, _without_query):
        record = smaller(record)
        found = msgspec.json.encode(record)
        if len(found) <= RECORD_BYTES_MAX:
            return found
    raise AssertionError("a record without headers and query fits")


def _without_headers(record: Record) -> Record:
    """Only the headers without which there is nothing to explain."""
    kept = [pair for pair in record.headers if pair[0].lower() in _NEEDED]
    gone = {name.decode("latin-1").lower() for name, _ in record.headers} - {
        name.decode("latin-1").lower() for name, _ in kept
    }
    hidden = [*record.hidden, *sorted(gone)[:FIELDS_MAX]]
    form = [pair for pair in record.form if pair[0].lower() in _NEEDED_FIELDS]
    return msgspec.structs.replace(
        record, headers=kept, hidden=hidden, is_partial=record.is_partial or not form, form=form
    )


def _without_query(record: Record) -> Record:
    target = record.target.partition(b"?")[0][:PATH_BYTES_MAX]
    hidden = ["most of the request"]
    fields = [(name, value[:TEXT_MAX]) for name, value in record.fields[:FIELDS_MAX]]
    return msgspec.structs.replace(
        record,
        target=target,
        headers=[],
        form=[],
        hidden=hidden,
        message=record.message[:TEXT_MAX],
        fields=fields,
        canonical_sha256="",
    )


def decode(raw: bytes) -> Record | None:
    """A record; None if it is of another version's form."""
    try:
        return msgspec.json.decode(raw, type=Record)
    except msgspec.DecodeError:
        return None
