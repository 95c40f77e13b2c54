"""The claim in a request: found however badly it is written.

Headers and URLs of Versions 4 and 4A here; forms and Version 2 in ``claims_other``.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from sigv4.canonical import HMAC_SHA256, UNSIGNED_PAYLOAD, Request, fold_headers, split_target
from sigv4.explain.case import Case, Known, Location, Unreadable
from sigv4.explain.claims_other import is_form, read_form_case, read_v2_case
from sigv4.explain.words import credential_of, parameters_of, provided_of
from sigv4.scope import Scope, parse_http_date, parse_timestamp, print_timestamp
from sigv4.sigv2 import MARKS as V2_MARKS
from sigv4.v4a import ECDSA_SHA256

_COMPONENT: Final = re.compile(
    rb"(Credential|SignedHeaders|Signature)[ \t]*=[ \t]*([^,\s]*)", re.IGNORECASE
)
_ALGORITHMS: Final = (HMAC_SHA256, ECDSA_SHA256)


def read_case(request: Request, known: Known, *, signature_sha256: str | None = None) -> Case:
    """Find the claim in a request, however badly it is written.

    ``signature_sha256`` is given where the signature itself was not kept.

    Raises:
        Unreadable
    """
    headers = fold_headers(request.headers)
    parameters = parameters_of(split_target(request.target)[1])
    if is_form(request, headers):
        return read_form_case(request, known, headers, signature_sha256)
    by_lower = {name.lower(): value for name, value in parameters.items()}
    location: Location = "header"
    header = headers.get(b"authorization")
    is_v4 = header is not None or "x-amz-credential" in by_lower
    if not is_v4 and not V2_MARKS.isdisjoint(parameters):
        return read_v2_case(request, known, headers, parameters, signature_sha256)
    algorithm = _algorithm(header or by_lower.get("x-amz-algorithm", "").encode())
    if header is not None:
        if algorithm is None:
            raise Unreadable("the Authorization header is none of AWS4-HMAC-SHA256")
        claim = _from_header(header)
        timestamp = _timestamp(headers)
    elif "x-amz-credential" in by_lower or "x-amz-signature" in by_lower:
        location = "query"
        claim = (
            by_lower.get("x-amz-credential", "").strip(),
            by_lower.get("x-amz-signedheaders", "").strip(),
            by_lower.get("x-amz-signature", ""),
        )
        timestamp = by_lower.get("x-amz-date", "").strip()
    else:
        raise Unreadable("neither an Authorization header nor a presigned URL")
    credential, signed, signature = claim
    algorithm = algorithm or HMAC_SHA256
    access_key, scope = credential_of(credential, algorithm)
    if parse_timestamp(timestamp) is None:
        raise Unreadable("no valid date: neither X-Amz-Date nor Date")
    return Case(
        request,
        location,
        access_key,
        scope,
        timestamp,
        tuple(name.encode() for name in signed.split(";")),
        provided_of(signature, signature_sha256),
        _payload(headers, parameters, location, scope, signed.split(";"), known),
        headers,
        parameters,
        known,
        algorithm,
    )


def _algorithm(text: bytes) -> bytes | None:
    word = text.strip().partition(b" ")[0].upper()
    return next((known for known in _ALGORITHMS if word == known), None)


def _from_header(header: bytes) -> tuple[str, str, str]:
    found = {
        name.lower(): value.decode("utf-8", "replace") for name, value in _COMPONENT.findall(header)
    }
    missing = [n for n in (b"credential", b"signedheaders", b"signature") if not found.get(n)]
    if missing:
        names = ", ".join(name.decode() for name in missing)
        raise Unreadable(f"the Authorization header lacks {names}")
    return found[b"credential"], found[b"signedheaders"], found[b"signature"]


def _timestamp(headers: Mapping[bytes, bytes]) -> str:
    if b"x-amz-date" in headers:
        return headers[b"x-amz-date"].decode("latin-1")
    seconds = parse_http_date(headers.get(b"date", b"").decode("latin-1"))
    return "" if seconds is None else print_timestamp(seconds)


def _payload(
    headers: Mapping[bytes, bytes],
    parameters: Mapping[str, str],
    location: Location,
    scope: Scope,
    signed: list[str],
    known: Known,
) -> bytes:
    """The last line of the canonical request, by the rules of the claim's service."""
    header = headers.get(b"x-amz-content-sha256")
    if location == "query":
        if "X-Amz-Content-Sha256" in parameters:
            return parameters["X-Amz-Content-Sha256"].encode()
        if header is not None and "x-amz-content-sha256" in signed:
            return header
        if scope.service.startswith("s3"):
            return UNSIGNED_PAYLOAD
    elif header is not None:
        return header
    return hashlib.sha256(known.body or b"").hexdigest().encode()
