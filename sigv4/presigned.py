"""What a presigned URL claims.

Source: S3 API Reference, "Authenticating Requests: Using Query Parameters".
"""

import re
from functools import lru_cache
from typing import Final

from sigv4 import errors
from sigv4.canonical import HMAC_SHA256, UNSIGNED_PAYLOAD
from sigv4.claimed import Claim, Reading
from sigv4.credential import ALGORITHMS, read_credential, read_signed_headers, read_token
from sigv4.encoding import decode
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
_BY_LOWER: Final = {name.lower(): name for name in AUTH_PARAMETERS}

Pairs = list[tuple[str, bytes]]  # the names, decoded, and the values, raw
Parameters = dict[str, list[tuple[str, str]]]  # lower-case name -> spellings and values


def read_usual_url(reading: Reading, query: bytes) -> Claim | None:
    """A presigned URL as SDKs write them, read in a third of the time.

    None is no judgement: whatever is unusual, wrong or out of time is read again, in full.
    """
    headers = reading.headers
    found = None if b"authorization" in headers else _usual_parameters(query)
    if found is None:
        return None
    try:
        scope, access_key, expires_s, signed = _kept_parts(
            found[b"X-Amz-Algorithm"],
            found[b"X-Amz-Credential"],
            found[b"X-Amz-Expires"],
            found[b"X-Amz-SignedHeaders"],
            reading.regions,
            reading.service,
        )
        timestamp = found[b"X-Amz-Date"].decode()
        signature = found[b"X-Amz-Signature"]
    except (KeyError, UnicodeDecodeError, errors.SigError):
        return None
    seconds = parse_timestamp(timestamp)
    if seconds is None or scope.date != timestamp[:8] or not signature.isalnum():
        return None
    if not seconds - errors.MAX_SKEW_S <= reading.now <= seconds + expires_s:
        return None
    line = reading.body_sha256
    if b"X-Amz-Content-Sha256" in found:
        line = decode(found[b"X-Amz-Content-Sha256"]).encode()
    elif b"x-amz-content-sha256" in signed:
        return None
    token = found.get(b"X-Amz-Security-Token")
    return Claim(
        reading.request,
        "query",
        access_key,
        decode(token) if token is not None else read_token(headers, signed, reading.profile),
        scope,
        timestamp,
        signed,
        signature,
        seconds + expires_s,
        line or UNSIGNED_PAYLOAD,
        read_presigned_payload(line),
        headers,
        {},
        HMAC_SHA256,
        reading.profile,
    )


def _usual_parameters(query: bytes) -> dict[bytes, bytes] | None:
    """Names and values, raw; None if a name is repeated, or might be authentication unseen."""
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
    return found


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
