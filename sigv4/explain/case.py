"""What is known of a refused request: read leniently, for nothing is accepted here.

A claim that the verifier refuses for its grammar or its time still says what
its signer meant, and that is what an explanation starts from.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from sigv4.canonical import (
    GENERIC,
    HMAC_SHA256,
    S3,
    UNSIGNED_PAYLOAD,
    Profile,
    Request,
    fold_headers,
    split_target,
)
from sigv4.keys import Credentials
from sigv4.scope import Scope, is_date, parse_http_date, parse_timestamp, print_timestamp
from sigv4.v4a import ECDSA_SHA256

Location = Literal["header", "query"]

_COMPONENT: Final = re.compile(
    rb"(Credential|SignedHeaders|Signature)[ \t]*=[ \t]*([^,\s]*)", re.IGNORECASE
)
_ALGORITHMS: Final = (HMAC_SHA256, ECDSA_SHA256)
_STAND_INS: Final = {b"expect": b"100-continue"}  # as the verifier supplies it


class Known(NamedTuple):
    """What whoever asks knows besides the request."""

    credentials: tuple[Credentials, ...] = ()
    regions: tuple[str, ...] = ("us-east-1",)
    service: str = "s3"
    hosts: tuple[str, ...] = ()  # names by which clients may know the server
    body: bytes | None = None
    targets: tuple[bytes, ...] = ()  # that the client may have signed instead


class Provided(NamedTuple):
    """The client's signature, or only its SHA-256: enough to recognise it, useless to replay."""

    sha256: str
    text: bytes | None = None

    def is_made_by(self, signature: bytes) -> bool:
        """Whether this very signature was provided."""
        if self.text is not None:
            return hmac.compare_digest(self.text, signature)
        return hmac.compare_digest(hashlib.sha256(signature).hexdigest(), self.sha256)


class Case(NamedTuple):
    """A request, and what it says of its signature."""

    request: Request
    location: Location
    access_key: str
    scope: Scope
    timestamp: str  # yyyymmddThhmmssZ, if the signer wrote it so
    signed: tuple[bytes, ...]
    provided: Provided
    payload: bytes
    headers: Mapping[bytes, bytes]  # by lower-case name, as the verifier folds them
    parameters: Mapping[str, str]  # of the query, decoded; the last of several
    known: Known
    algorithm: bytes = HMAC_SHA256

    @property
    def seconds(self) -> int:
        """The request's date, Unix seconds."""
        found = parse_timestamp(self.timestamp)
        assert found is not None, "read_case looked"
        return found

    @property
    def path(self) -> bytes:
        """The path as it was received."""
        return split_target(self.request.target)[0]

    @property
    def query(self) -> bytes:
        """The query as it was received."""
        return split_target(self.request.target)[1]

    @property
    def profile(self) -> Profile:
        """How the service makes the canonical path."""
        return S3 if self.scope.service.startswith("s3") else GENERIC

    @property
    def credentials(self) -> Credentials | None:
        """The pair that the request names, if it is known."""
        pairs = self.known.credentials
        return next((pair for pair in pairs if pair.access_key == self.access_key), None)

    def value(self, name: bytes) -> bytes | None:
        """A header as the verifier sees it; a presigned URL may carry it in its query."""
        found = self.headers.get(name)
        if found is None and name.startswith(b"x-amz-"):
            for parameter, text in self.parameters.items():
                if parameter.lower() == name.decode("latin-1"):
                    return text.encode()
        return found if found is not None else _STAND_INS.get(name)


class Unreadable(Exception):
    """There is no claim of Signature Version 4 to explain; the text says what is missing."""


def read_case(request: Request, known: Known, *, signature_sha256: str | None = None) -> Case:
    """Find the claim in a request, however badly it is written.

    ``signature_sha256`` is given where the signature itself was not kept.

    Raises:
        Unreadable
    """
    headers = fold_headers(request.headers)
    parameters = _parameters(split_target(request.target)[1])
    by_lower = {name.lower(): value for name, value in parameters.items()}
    location: Location = "header"
    header = headers.get(b"authorization")
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
    access_key, scope = _credential(credential, algorithm)
    if parse_timestamp(timestamp) is None:
        raise Unreadable("no valid date: neither X-Amz-Date nor Date")
    text = signature.encode() if signature_sha256 is None else None
    return Case(
        request,
        location,
        access_key,
        scope,
        timestamp,
        tuple(name.encode() for name in signed.split(";")),
        Provided(signature_sha256 or hashlib.sha256(signature.encode()).hexdigest(), text),
        _payload(headers, parameters, location, scope, signed.split(";"), known),
        headers,
        parameters,
        known,
        algorithm,
    )


def _algorithm(text: bytes) -> bytes | None:
    word = text.strip().partition(b" ")[0].upper()
    return next((known for known in _ALGORITHMS if word == known), None)


def _parameters(query: bytes) -> dict[str, str]:
    pairs = (piece.partition(b"=") for piece in query.split(b"&") if piece)
    return {decode(name): decode(value) for name, _, value in pairs}


def decode(raw: bytes) -> str:
    """A query's name or value."""
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def _from_header(header: bytes) -> tuple[str, str, str]:
    found = {
        name.lower(): value.decode("utf-8", "replace") for name, value in _COMPONENT.findall(header)
    }
    missing = [n for n in (b"credential", b"signedheaders", b"signature") if not found.get(n)]
    if missing:
        names = ", ".join(name.decode() for name in missing)
        raise Unreadable(f"the Authorization header lacks {names}")
    return found[b"credential"], found[b"signedheaders"], found[b"signature"]


def _credential(text: str, algorithm: bytes) -> tuple[str, Scope]:
    names_region = algorithm == HMAC_SHA256
    parts = text.rsplit("/", 4 if names_region else 3)
    if len(parts) != (5 if names_region else 4) or not is_date(parts[1]):
        form = "KEY/YYYYMMDD/REGION/SERVICE" if names_region else "KEY/YYYYMMDD/SERVICE"
        raise Unreadable(f"the credential is not {form}/aws4_request")
    region = parts[2] if names_region else ""
    return parts[0], Scope(parts[1], region, parts[-2], names_region)


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
