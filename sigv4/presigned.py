"""What a presigned URL claims.

Source: S3 API Reference, "Authenticating Requests: Using Query Parameters".
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from sigv4 import errors
from sigv4.canonical import HMAC_SHA256, UNSIGNED_PAYLOAD
from sigv4.claimed import Claim, Reading
from sigv4.credential import ALGORITHMS, read_credential, read_signed_headers, read_token
from sigv4.encoding import CANONICAL_VALUE, decode
from sigv4.hoisting import hoist
from sigv4.kept import KEPT_BYTES_MAX
from sigv4.payload import read_presigned_payload
from sigv4.scope import Scope, parse_timestamp, print_iso
from sigv4.v4a import ECDSA_SHA256

EXPIRES_MAX_S: Final = 604_800  # a week

_EXPIRES: Final = re.compile(r"[0-9]{1,10}\Z")
_REQUIRED: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
AUTH_PARAMETERS: Final = frozenset(
    (*_REQUIRED, "X-Amz-Security-Token", "X-Amz-Content-Sha256", "X-Amz-Region-Set")
)
# Of the fast way through a usual URL.  4A's set of regions is not usual.
_USUAL: Final = frozenset(name.encode() for name in AUTH_PARAMETERS - {"X-Amz-Region-Set"})
_NO_AUTHENTICATION: Final = re.compile(rb"(?!(?i:x-amz-)|(?:Signature|AWSAccessKeyId)\Z)[^%+]+\Z")
# A query in its canonical order and encoding, as nearly all SDKs write it.
_SORTED: Final = re.compile(
    rb"X-Amz-Algorithm=(AWS4-HMAC-SHA256)"
    rb"(?:&X-Amz-Content-Sha256=(UNSIGNED-PAYLOAD))?"
    rb"&X-Amz-Credential=(" + CANONICAL_VALUE + rb")"
    rb"&X-Amz-Date=([0-9TZ]+)"
    rb"&X-Amz-Expires=([0-9]+)"
    rb"(?:&X-Amz-Security-Token=(" + CANONICAL_VALUE + rb"))?"
    rb"(&X-Amz-Signature=[0-9a-f]+)?"
    rb"&X-Amz-SignedHeaders=(" + CANONICAL_VALUE + rb")"
    rb"(?:&x-id=[A-Za-z]+)?"
    rb"(&X-Amz-Signature=[0-9a-f]+)?\Z"
)
_BEFORE_SIGNATURE: Final = len(b"&X-Amz-Signature=")
_BY_LOWER: Final = {name.lower(): name for name in AUTH_PARAMETERS}

Pairs = list[tuple[str, bytes]]  # the names, decoded, and the values, raw
Parameters = dict[str, list[tuple[str, str]]]  # lower-case name -> spellings and values


class _Usual(NamedTuple):
    """The parameters of a usual URL, raw."""

    algorithm: bytes
    credential: bytes
    date: bytes
    expires: bytes
    signed_headers: bytes
    signature: bytes
    token: bytes | None
    sha256: bytes | None
    query_line: bytes | None = None  # as of a Claim


def read_usual_url(reading: Reading, query: bytes) -> Claim | None:
    """A presigned URL as SDKs write them, read in a third of the time.

    None is no judgement: whatever is unusual, wrong or out of time is read again, in full.
    """
    request, headers, now, regions, service, profile, body_sha256 = reading
    found = None if b"authorization" in headers else _sorted(query) or _in_any_order(query)
    if found is None:
        return None
    algorithm, credential, date, expires, names, signature, token, sha256, query_line = found
    try:
        scope, access_key, expires_s, signed = _kept_parts(
            algorithm, credential, expires, names, regions, service
        )
        timestamp = date.decode()
    except (UnicodeDecodeError, errors.SigError):
        return None
    seconds = parse_timestamp(timestamp)
    if seconds is None or scope.date != timestamp[:8] or not signature.isalnum():
        return None
    if not seconds - errors.MAX_SKEW_S <= now <= seconds + expires_s:
        return None
    if sha256 is not None:
        body_sha256 = decode(sha256).encode()
    elif b"x-amz-content-sha256" in signed:
        return None
    return Claim(
        request,
        "query",
        access_key,
        decode(token) if token is not None else read_token(headers, signed, profile),
        scope,
        timestamp,
        signed,
        signature,
        seconds + expires_s,
        body_sha256 or UNSIGNED_PAYLOAD,
        read_presigned_payload(body_sha256),
        headers,
        {},
        HMAC_SHA256,
        profile,
        None if profile.omit_session_token else query_line,
    )


def _sorted(query: bytes) -> _Usual | None:
    """Of a query that is in canonical order, and what is left to sign of it."""
    found = _SORTED.match(query)
    if found is None:
        return None
    algorithm, sha256, credential, date, expires, token, early, names, late = found.groups()
    if early is None:
        early, late = late, None
    if early is None or late is not None:
        return None
    signature = early[_BEFORE_SIGNATURE:]
    line = query.replace(early, b"")
    return _Usual(algorithm, credential, date, expires, names, signature, token, sha256, line)


def _in_any_order(query: bytes) -> _Usual | None:
    """None if a name is absent or repeated, or might be authentication unseen."""
    found: dict[bytes, bytes] = {}
    pieces = query.split(b"&")
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        found[name] = value
    if len(found) != len(pieces):
        return None
    if not _USUAL.issuperset(found) and not all(
        map(_NO_AUTHENTICATION.match, found.keys() - _USUAL)
    ):
        return None
    try:
        return _Usual(
            found[b"X-Amz-Algorithm"],
            found[b"X-Amz-Credential"],
            found[b"X-Amz-Date"],
            found[b"X-Amz-Expires"],
            found[b"X-Amz-SignedHeaders"],
            found[b"X-Amz-Signature"],
            found.get(b"X-Amz-Security-Token"),
            found.get(b"X-Amz-Content-Sha256"),
        )
    except KeyError:
        return None


@lru_cache(maxsize=1024)  # the same in a client's URLs of a day
def _kept_parts(
    algorithm: bytes,
    credential: bytes,
    expires: bytes,
    signed_headers: bytes,
    regions: tuple[str, ...],
    service: str,
) -> tuple[Scope, str, int, tuple[bytes, ...]]:
    """What all but the date and the signature say.

    Raises:
        SigError: one of them is wrong, or long, or not for this reader.
    """
    given = len(credential) + len(signed_headers)
    expires_s = _read_expires(decode(expires))
    if algorithm != HMAC_SHA256 or not expires_s or given > KEPT_BYTES_MAX:
        raise errors.query_incomplete()
    names = read_signed_headers(decode(signed_headers).encode(), errors.QUERY)
    raw = decode(credential).encode()
    return *read_credential(raw, errors.QUERY, regions, service), expires_s, names


def split_pairs(query: bytes) -> Pairs:
    """A query's parameters, in order."""
    pairs = []
    for piece in query.split(b"&"):
        name, _, value = piece.partition(b"=")
        pairs.append((decode(name), value))
    return pairs


def auth_parameters(pairs: Pairs) -> Parameters:
    """The parameters that look like authentication."""
    found: Parameters = {}
    for name, value in pairs:
        lower = name.lower()
        if lower in _BY_LOWER:
            found.setdefault(lower, []).append((name, decode(value)))
    return found


def hoisted_headers(pairs: Pairs) -> dict[bytes, bytes]:
    """Headers that a client put into the query: x-amz-acl, x-amz-meta-* ..."""
    found: dict[bytes, bytes] = {}
    for name, raw_value in pairs:
        lower = name.lower()
        if lower.startswith("x-amz-") and lower not in _BY_LOWER:
            hoist(found, name, decode(raw_value))
    return found


def read_url(reading: Reading, pairs: Pairs, parameters: Parameters) -> Claim:
    """What these parameters claim of their request.

    Raises:
        SigError: bad grammar, another scope, out of time.
    """
    values = _one_of_each(parameters)
    algorithm, region_set = _read_algorithm(values)
    credential = values["X-Amz-Credential"].encode()
    regions, service, headers = reading.regions, reading.service, reading.headers
    scope, access_key = read_credential(credential, errors.QUERY, regions, service, region_set)
    timestamp = values["X-Amz-Date"]
    seconds = parse_timestamp(timestamp)
    if seconds is None:
        raise errors.query_date()
    if scope.date != timestamp[:8]:
        raise errors.QUERY.other_date(scope.date, timestamp[:8])
    expires_s = _read_expires(values["X-Amz-Expires"])
    signed = read_signed_headers(values["X-Amz-SignedHeaders"].encode(), errors.QUERY)
    _check_time(reading.now, seconds, expires_s)
    line = reading.body_sha256
    if "X-Amz-Content-Sha256" in values:
        line = values["X-Amz-Content-Sha256"].encode()
    elif b"x-amz-content-sha256" in signed:
        line = headers.get(b"x-amz-content-sha256", line)
    return Claim(
        reading.request,
        "query",
        access_key,
        values.get("X-Amz-Security-Token", read_token(headers, signed, reading.profile)),
        scope,
        timestamp,
        signed,
        values["X-Amz-Signature"].encode(),
        seconds + expires_s,
        line or UNSIGNED_PAYLOAD,
        read_presigned_payload(line),
        headers,
        hoisted_headers(pairs),
        algorithm,
        reading.profile,
    )


def _one_of_each(parameters: Parameters) -> dict[str, str]:
    """The values by name, of which none is repeated, spelled otherwise or missing."""
    values: dict[str, str] = {}
    for lower, spellings in parameters.items():
        # One that is checked and another that is used: CVE-2022-2385.
        if len(spellings) > 1 or spellings[0][0] != _BY_LOWER[lower]:
            raise errors.query_repeated(_BY_LOWER[lower])
        values[_BY_LOWER[lower]] = spellings[0][1]
    # An empty Expires is there, and no number.
    if any(not values.get(name) for name in _REQUIRED[:-1]) or _REQUIRED[-1] not in values:
        raise errors.query_incomplete()
    return values


def _read_algorithm(values: dict[str, str]) -> tuple[bytes, str | None]:
    """With 4A's set of regions."""
    algorithm = values["X-Amz-Algorithm"].encode()
    if algorithm not in ALGORITHMS:
        raise errors.query_algorithm()
    if algorithm != ECDSA_SHA256:
        return algorithm, None
    region_set = values.get("X-Amz-Region-Set")
    if not region_set:
        raise errors.query_without_region_set()
    return algorithm, region_set


def _read_expires(text: str) -> int:
    if text.startswith("-") and _EXPIRES.match(text[1:]):
        raise errors.expires_negative()
    if not _EXPIRES.match(text):
        raise errors.expires_not_a_number()
    if int(text) > EXPIRES_MAX_S:
        raise errors.expires_too_large()
    return int(text)


def _check_time(now: int, seconds: int, expires_s: int) -> None:
    if now < seconds - errors.MAX_SKEW_S:
        raise errors.not_yet_valid()
    # S3 API Reference, "Using Query Parameters": the least value is 1 second.
    if now > seconds + expires_s or expires_s == 0:
        raise errors.expired(expires_s, print_iso(seconds + expires_s), print_iso(now))
