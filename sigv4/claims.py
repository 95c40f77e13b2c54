"""What a request says of itself: Authorization header or presigned URL.

A claim proves nothing.  Its access key is called unverified, and only the
verifier turns a claim into something a handler accepts.  Anything that looks
like authentication must be a claim or an error; only its complete absence is
anonymous.

Source: S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from sigv4 import errors, sigv2
from sigv4.canonical import (
    HMAC_SHA256,
    S3,
    UNSIGNED_PAYLOAD,
    Profile,
    Request,
    fold_headers,
    split_target,
)
from sigv4.encoding import decode
from sigv4.hoisting import hoist
from sigv4.payload import Payload, Unsigned, read_payload, read_presigned_payload
from sigv4.scope import (
    TERMINAL,
    Scope,
    is_date,
    parse_http_date,
    parse_timestamp,
    print_iso,
    print_timestamp,
)
from sigv4.v4a import ECDSA_SHA256, covers

EXPIRES_MAX_S: Final = 604_800  # a week

_ALGORITHMS: Final = (HMAC_SHA256, ECDSA_SHA256)
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
# No HTTP server lets these through; but the suites for other services have them in targets.
_NOT_IN_TARGET: Final = bytes(range(0x21)) + b"\x7f#"
_COMMA: Final = ord(",")  # of which bytes are asked quicker than of b","
_HMAC_BYTES: Final = 64  # hexadecimal digits of a signature
_BEFORE_SIGNATURE: Final = (b",Signature=", b", Signature=")
_KEPT_BYTES_MAX: Final = 512  # of a header, in what is remembered of it
_EXPIRES: Final = re.compile(r"[0-9]{1,10}\Z")
_NAMES: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+(?:;[!#$%&'*+\-.^_`|~0-9a-z]+)*\Z")

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
_PRESIGN_MARKS: Final = frozenset(("x-amz-algorithm", "x-amz-credential", "x-amz-signature"))
# With none of the marks and no header these are the rest of a presigned URL, not its absence.
_PRESIGN_REMAINS: Final = frozenset(("x-amz-date", "x-amz-signedheaders", "x-amz-expires"))
# Queries without such a name hold no authentication; an escape may hide one.
_SUSPICIOUS: Final = re.compile(rb"(?:^|&)(?:[Xx]-[Aa][Mm][Zz]-|Signature|AWSAccessKeyId|[^=&%]*%)")


class Anonymous(NamedTuple):
    """Nothing in the request looks like authentication."""

    request: Request
    headers: dict[bytes, bytes]
    payload: Payload
    hoisted: dict[bytes, bytes]  # as of a Claim


class Claim(NamedTuple):
    """A well-formed claim within its time, of which nothing is proven yet."""

    request: Request
    location: Literal["header", "query"]
    unverified_access_key: str
    session_token: str | None
    scope: Scope
    timestamp: str  # yyyymmddThhmmssZ
    signed_headers: tuple[bytes, ...]
    signature: bytes
    expires_at: int | None  # Unix seconds; of a presigned URL
    payload_line: bytes  # the last line of the canonical request
    payload: Payload
    headers: dict[bytes, bytes]  # all of the request's, by lower-case name
    hoisted: dict[bytes, bytes]  # x-amz-* parameters of the query, as headers
    algorithm: bytes = HMAC_SHA256
    profile: Profile = S3


def read(
    request: Request,
    *,
    now: int,
    regions: Sequence[str],
    service: str = "s3",
    profile: Profile = S3,
    body_sha256: bytes | None = None,
    v2_bucket_of_host: sigv2.BucketOfHost | None = None,
) -> Claim | sigv2.ClaimV2 | Anonymous:
    """Find out what the request claims, checking all that needs no key.

    ``now`` in Unix seconds.  The first of ``regions`` is the one that an
    error names as expected.  Services other than S3 sign the SHA-256 of the
    body even if no header has it: ``body_sha256``, in hexadecimal.
    ``v2_bucket_of_host`` allows URLs of Signature Version 2, which signs the
    bucket that a host name stands for.

    Raises:
        SigError: two mechanisms, bad grammar, another scope, out of time.
    """
    if request.target != request.target.translate(None, _NOT_IN_TARGET) and (
        profile == S3 or _CONTROL.search(request.target)
    ):
        raise errors.target_invalid()
    headers = fold_headers(request.headers)
    host = headers.get(b"host")
    if not host or _COMMA in host:  # several were joined by a comma, which no host name has
        raise errors.host_invalid()
    header = headers.get(b"authorization")
    if header is not None and len(headers) != len(request.headers):
        _check_one_authorization(request, header)
    _, query = split_target(request.target)
    hoisted: dict[bytes, bytes] = {}
    if query and _SUSPICIOUS.search(query):
        usual = _read_usual_query(
            request, query, headers, now, regions, service, profile, body_sha256
        )
        if usual is not None:
            return usual
        pairs = _pairs(query)
        parameters = _auth_parameters(pairs)
        presigned = not _PRESIGN_MARKS.isdisjoint(parameters)
        v2 = any(name in sigv2.MARKS for name, _ in pairs)
        if (header is not None) + presigned + v2 > 1:
            raise errors.two_mechanisms((header or b"").decode("utf-8", "replace"))
        if v2:
            if v2_bucket_of_host is None:
                raise errors.please_use_v4()
            return sigv2.read_url(request, headers, now=now, bucket_of_host=v2_bucket_of_host)
        if presigned or (header is None and not _PRESIGN_REMAINS.isdisjoint(parameters)):
            return _read_query(
                request, pairs, parameters, headers, now, regions, service, profile, body_sha256
            )
        hoisted = _hoisted(pairs)
    if header is not None:
        return _read_header(
            request, header, headers, hoisted, now, regions, service, profile, body_sha256
        )
    value = headers.get(b"x-amz-content-sha256")
    payload = read_payload(value, headers) if value is not None else Unsigned()
    return Anonymous(request, headers, payload, hoisted)


def _check_one_authorization(request: Request, header: bytes) -> None:
    """Two that were joined could read as one."""
    if sum(name.lower() == b"authorization" for name, _ in request.headers) > 1:
        raise errors.two_mechanisms(header.decode("utf-8", "replace"))


# The Authorization header


def _read_header(
    request: Request,
    header: bytes,
    headers: dict[bytes, bytes],
    hoisted: dict[bytes, bytes],
    now: int,
    regions: Sequence[str],
    service: str,
    profile: Profile,
    body_sha256: bytes | None,
) -> Claim:
    algorithm, names = HMAC_SHA256, b""
    usual = _usual_header(header, tuple(regions), service)
    if usual is not None:
        scope, access_key, signed, signature = usual
    else:
        algorithm, credential, names, signature = _read_authorization(header)
        region_set: str | None = None
        if algorithm == ECDSA_SHA256:
            region_set = headers.get(b"x-amz-region-set", b"").decode("latin-1")
            if not region_set:
                raise errors.region_set_missing()
        scope, access_key = read_credential(credential, errors.HEADER, regions, service, region_set)
    timestamp, seconds = _header_timestamp(headers)
    if scope.date != timestamp[:8]:
        raise errors.HEADER.other_date(scope.date, timestamp[:8])
    if abs(now - seconds) > errors.MAX_SKEW_S:
        raise errors.skewed(timestamp, print_iso(now))
    value = headers.get(b"x-amz-content-sha256", body_sha256)
    if value is None:
        raise errors.sha256_missing()
    if usual is None:
        signed = _read_signed_headers(names, errors.HEADER)
    return Claim(
        request,
        "header",
        access_key,
        _token(headers, signed, profile),
        scope,
        timestamp,
        signed,
        signature,
        None,
        value,
        read_payload(value, headers, algorithm),
        headers,
        hoisted,
        algorithm,
        profile,
    )


def _usual_header(
    header: bytes, regions: tuple[str, ...], service: str
) -> tuple[Scope, str, tuple[bytes, ...], bytes] | None:
    """Scope, access key, signed headers and signature of a header as SDKs write it.

    None is no judgement: whatever is unusual or wrong is read again, in full.
    """
    head, signature = header[:-_HMAC_BYTES], header[-_HMAC_BYTES:]
    if not head.endswith(_BEFORE_SIGNATURE) or len(head) > _KEPT_BYTES_MAX:
        return None
    try:
        scope, access_key, signed = _kept_head(head, regions, service)
    except errors.SigError:
        return None
    return (scope, access_key, signed, signature) if signature.isalnum() else None


@lru_cache(maxsize=1024)  # the same in a client's requests of a day
def _kept_head(
    head: bytes, regions: tuple[str, ...], service: str
) -> tuple[Scope, str, tuple[bytes, ...]]:
    """What all but the signature says.

    Raises:
        SigError: something is wrong, or not for this reader
    """
    algorithm, credential, signed_headers, _ = _parts(head + b"-")
    if algorithm != HMAC_SHA256:
        raise errors.unsupported_type("")
    return (
        *read_credential(credential, errors.HEADER, regions, service),
        _read_signed_headers(signed_headers, errors.HEADER),
    )


def _read_authorization(header: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Algorithm, credential, signed headers and signature.

    All but the signature is the same in a client's requests of a day, so it is kept.
    """
    head, signature = header[:-_HMAC_BYTES], header[-_HMAC_BYTES:]
    if head.endswith(_BEFORE_SIGNATURE) and signature.isalnum() and len(head) <= _KEPT_BYTES_MAX:
        return (*_before_signature(head), signature)
    return _parts(header)


@lru_cache(maxsize=1024)
def _before_signature(head: bytes) -> tuple[bytes, bytes, bytes]:
    return _parts(head + b"-")[:3]


def _parts(header: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    algorithm, space, rest = header.partition(b" ")
    if algorithm == b"AWS":
        raise errors.please_use_v4()
    if algorithm not in _ALGORITHMS:
        raise errors.unsupported_type(header.decode("utf-8", "replace"))
    if not space:
        raise errors.no_space(header.decode("utf-8", "replace"))
    found = _components(rest)
    return algorithm, found[b"Credential"], found[b"SignedHeaders"], found[b"Signature"]


def _components(rest: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for piece in rest.split(b","):
        name, equals, value = piece.strip().partition(b"=")
        if not equals or name in found or name not in _COMPONENTS:
            raise errors.header_without_components()
        found[name] = value.strip()
    for name in _COMPONENTS:
        # An empty signature is there, and wrong.
        if not found.get(name) and (name != b"Signature" or name not in found):
            raise errors.header_incomplete(name.decode())
    return found


_COMPONENTS: Final = (b"Credential", b"SignedHeaders", b"Signature")


def _header_timestamp(headers: dict[bytes, bytes]) -> tuple[str, int]:
    """As the string to sign has it, and in Unix seconds."""
    value = headers.get(b"x-amz-date")
    if value is not None:
        text = value.decode("latin-1")
        seconds = parse_timestamp(text)
        if seconds is None:
            raise errors.no_date()
        return text, seconds
    seconds = parse_http_date(headers.get(b"date", b"").decode("latin-1"))
    if seconds is None:
        raise errors.no_date()
    return print_timestamp(seconds), seconds


# Presigned URLs


def _read_usual_query(
    request: Request,
    query: bytes,
    headers: dict[bytes, bytes],
    now: int,
    regions: Sequence[str],
    service: str,
    profile: Profile,
    body_sha256: bytes | None,
) -> Claim | None:
    """A presigned URL as SDKs write them, read in a third of the time.

    None is no judgement: whatever is unusual, wrong or out of time is read again, in full.
    """
    if b"authorization" in headers:
        return None
    found: dict[bytes, bytes] = {}
    pieces = query.split(b"&")
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        found[name] = value
    if len(found) != len(pieces):  # a name is repeated
        return None
    if not _USUAL.issuperset(found) and not all(
        map(_NO_AUTHENTICATION.match, found.keys() - _USUAL)
    ):
        return None
    try:
        scope, access_key, expires_s, signed = _kept_parts(
            found[b"X-Amz-Algorithm"],
            found[b"X-Amz-Credential"],
            found[b"X-Amz-Expires"],
            found[b"X-Amz-SignedHeaders"],
            tuple(regions),
            service,
        )
        timestamp = found[b"X-Amz-Date"].decode()
        signature = found[b"X-Amz-Signature"]
    except (KeyError, UnicodeDecodeError, errors.SigError):
        return None
    seconds = parse_timestamp(timestamp)
    if seconds is None or scope.date != timestamp[:8] or not signature.isalnum():
        return None
    if not seconds - errors.MAX_SKEW_S <= now <= seconds + expires_s:
        return None
    line = body_sha256
    if b"X-Amz-Content-Sha256" in found:
        line = decode(found[b"X-Amz-Content-Sha256"]).encode()
    elif b"x-amz-content-sha256" in signed:
        return None
    token = found.get(b"X-Amz-Security-Token")
    return Claim(
        request,
        "query",
        access_key,
        decode(token) if token is not None else _token(headers, signed, profile),
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
        profile,
    )


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
    if algorithm != HMAC_SHA256 or not expires_s or given > _KEPT_BYTES_MAX:
        raise errors.query_incomplete()
    names = _read_signed_headers(decode(signed_headers).encode(), errors.QUERY)
    raw = decode(credential).encode()
    return *read_credential(raw, errors.QUERY, regions, service), expires_s, names


def _pairs(query: bytes) -> list[tuple[str, bytes]]:
    """The names, decoded, and the values, raw."""
    pairs = []
    for piece in query.split(b"&"):
        name, _, value = piece.partition(b"=")
        pairs.append((decode(name), value))
    return pairs


def _auth_parameters(pairs: list[tuple[str, bytes]]) -> dict[str, list[tuple[str, str]]]:
    """The parameters that look like authentication: lower-case name -> spellings and values."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in pairs:
        lower = name.lower()
        if lower in _BY_LOWER:
            found.setdefault(lower, []).append((name, decode(value)))
    return found


def _read_query(
    request: Request,
    pairs: list[tuple[str, bytes]],
    parameters: dict[str, list[tuple[str, str]]],
    headers: dict[bytes, bytes],
    now: int,
    regions: Sequence[str],
    service: str,
    profile: Profile,
    body_sha256: bytes | None,
) -> Claim:
    values: dict[str, str] = {}
    for lower, spellings in parameters.items():
        # One that is checked and another that is used: CVE-2022-2385.
        if len(spellings) > 1 or spellings[0][0] != _BY_LOWER[lower]:
            raise errors.query_repeated(_BY_LOWER[lower])
        values[_BY_LOWER[lower]] = spellings[0][1]
    # An empty Expires is there, and no number.
    if any(not values.get(name) for name in _REQUIRED[:-1]) or _REQUIRED[-1] not in values:
        raise errors.query_incomplete()
    algorithm = values["X-Amz-Algorithm"].encode()
    if algorithm not in _ALGORITHMS:
        raise errors.query_algorithm()
    region_set: str | None = None
    if algorithm == ECDSA_SHA256:
        region_set = values.get("X-Amz-Region-Set")
        if not region_set:
            raise errors.query_without_region_set()
    scope, access_key = read_credential(
        values["X-Amz-Credential"].encode(), errors.QUERY, regions, service, region_set
    )
    timestamp = values["X-Amz-Date"]
    seconds = parse_timestamp(timestamp)
    if seconds is None:
        raise errors.query_date()
    if scope.date != timestamp[:8]:
        raise errors.QUERY.other_date(scope.date, timestamp[:8])
    expires_s = _read_expires(values["X-Amz-Expires"])
    signed = _read_signed_headers(values["X-Amz-SignedHeaders"].encode(), errors.QUERY)
    signature = values["X-Amz-Signature"].encode()
    if now < seconds - errors.MAX_SKEW_S:
        raise errors.not_yet_valid()
    # S3 API Reference, "Using Query Parameters": the least value is 1 second.
    if now > seconds + expires_s or expires_s == 0:
        raise errors.expired(expires_s, print_iso(seconds + expires_s), print_iso(now))
    line = body_sha256
    if "X-Amz-Content-Sha256" in values:
        line = values["X-Amz-Content-Sha256"].encode()
    elif b"x-amz-content-sha256" in signed:
        line = headers.get(b"x-amz-content-sha256", body_sha256)
    return Claim(
        request,
        "query",
        access_key,
        values.get("X-Amz-Security-Token", _token(headers, signed, profile)),
        scope,
        timestamp,
        signed,
        signature,
        seconds + expires_s,
        line or UNSIGNED_PAYLOAD,
        read_presigned_payload(line),
        headers,
        _hoisted(pairs),
        algorithm,
        profile,
    )


def _read_expires(text: str) -> int:
    if text.startswith("-") and _EXPIRES.match(text[1:]):
        raise errors.expires_negative()
    if not _EXPIRES.match(text):
        raise errors.expires_not_a_number()
    if int(text) > EXPIRES_MAX_S:
        raise errors.expires_too_large()
    return int(text)


def _hoisted(pairs: list[tuple[str, bytes]]) -> dict[bytes, bytes]:
    """Headers that a client put into the query: x-amz-acl, x-amz-meta-* ..."""
    found: dict[bytes, bytes] = {}
    for name, raw_value in pairs:
        lower = name.lower()
        if lower.startswith("x-amz-") and lower not in _BY_LOWER:
            hoist(found, name, decode(raw_value))
    return found


# Both


def _token(headers: dict[bytes, bytes], signed: tuple[bytes, ...], profile: Profile) -> str | None:
    """The session token of a header; of an unsigned one, its presence is what is refused."""
    token = headers.get(b"x-amz-security-token")
    if token is None or (b"x-amz-security-token" not in signed and not profile.omit_session_token):
        return None
    return token.decode("utf-8", "replace")


def read_credential(
    raw: bytes,
    head: errors.Head,
    regions: Sequence[str],
    service: str,
    region_set: str | None = None,
) -> tuple[Scope, str]:
    """``AKID/yyyymmdd/region/service/aws4_request``; an access key may have slashes.

    With a set of regions, which is 4A's, there is no region.
    """
    if len(raw) <= _KEPT_BYTES_MAX:  # clients have few, good for a day
        return _kept_credential(raw, head, tuple(regions), service, region_set)
    return _read_credential(raw, head, regions, service, region_set)


def _read_credential(
    raw: bytes,
    head: errors.Head,
    regions: Sequence[str],
    service: str,
    region_set: str | None,
) -> tuple[Scope, str]:
    text = raw.decode("utf-8", "replace")
    if region_set is None:
        parts = text.rsplit("/", 4)
        if len(parts) != 5 or not parts[0]:
            raise head.bad_credential()
        access_key, date, region, its_service, terminal = parts
    else:
        parts = text.rsplit("/", 3)
        if len(parts) != 4 or not parts[0]:
            raise head.bad_credential("YYYYMMDD/SERVICE")
        access_key, date, its_service, terminal = parts
        region = region_set
    if not is_date(date):
        raise head.wrong_date_format(date)
    if region_set is None:
        if region not in regions:
            raise head.wrong_region(region, regions[0])
    elif not any(covers(region_set, ours) for ours in regions):
        raise head.wrong_region(region, regions[0])
    if its_service != service:
        raise head.wrong_service(its_service, service)
    if terminal != TERMINAL:
        raise head.wrong_terminal(terminal)
    return Scope(date, region, its_service, region_set is None), access_key


_kept_credential = lru_cache(maxsize=1024)(_read_credential)


def _read_signed_headers(raw: bytes, head: errors.Head) -> tuple[bytes, ...]:
    if len(raw) <= _KEPT_BYTES_MAX:  # clients have few lists of headers
        return _kept_signed_headers(raw, head)
    return _split_signed_headers(raw, head)


def _split_signed_headers(raw: bytes, head: errors.Head) -> tuple[bytes, ...]:
    if not _NAMES.match(raw):
        if head is errors.QUERY:
            raise errors.query_signed_headers()
        raise errors.header_incomplete("SignedHeaders")
    return tuple(raw.split(b";"))


_kept_signed_headers = lru_cache(maxsize=256)(_split_signed_headers)
