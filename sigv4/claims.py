"""What a request says of itself: Authorization header or presigned URL.

A claim proves nothing.  Its access key is called unverified, and only the
verifier turns a claim into something a handler accepts.  Anything that looks
like authentication must be a claim or an error; only its complete absence is
anonymous.

Source: S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
"""

import re
from collections.abc import Sequence
from typing import Final

from sigv4 import errors, sigv2
from sigv4.authorization import read_header
from sigv4.canonical import S3, Profile, Request, fold_headers
from sigv4.claimed import Anonymous, Claim, Reading
from sigv4.payload import Unsigned, read_payload
from sigv4.presigned import (
    Pairs,
    auth_parameters,
    hoisted_headers,
    read_url,
    read_usual_url,
    split_pairs,
)

__all__ = ["Anonymous", "Claim", "read"]

_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
# No HTTP server lets these through; but the suites for other services have them in targets.
_NOT_IN_TARGET: Final = bytes(range(0x21)) + b"\x7f#"
_COMMA: Final = ord(",")  # of which bytes are asked quicker than of b","

_PRESIGN_MARKS: Final = frozenset(("x-amz-algorithm", "x-amz-credential", "x-amz-signature"))
# With none of the marks and no header these are the rest of a presigned URL, not its absence.
_PRESIGN_REMAINS: Final = frozenset(("x-amz-date", "x-amz-signedheaders", "x-amz-expires"))
# Queries without such a name hold no authentication; an escape may hide one.
_SUSPICIOUS: Final = re.compile(rb"(?:^|&)(?:[Xx]-[Aa][Mm][Zz]-|Signature|AWSAccessKeyId|[^=&%]*%)")


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
    _, target, raw_headers = request
    headers = _checked_headers(target, raw_headers, profile)
    header = headers.get(b"authorization")
    if header is not None and len(headers) != len(raw_headers):
        _check_one_authorization(request, header)
    reading = Reading(request, headers, now, tuple(regions), service, profile, body_sha256)
    _, _, query = target.partition(b"?")
    hoisted: dict[bytes, bytes] = {}
    if query and _SUSPICIOUS.search(query):
        usual = read_usual_url(reading, query)
        if usual is not None:
            return usual
        pairs = split_pairs(query)
        claim = _read_any_url(reading, pairs, header, v2_bucket_of_host)
        if claim is not None:
            return claim
        hoisted = hoisted_headers(pairs)
    if header is not None:
        return read_header(reading, header, hoisted)
    value = headers.get(b"x-amz-content-sha256")
    payload = read_payload(value, headers) if value is not None else Unsigned()
    return Anonymous(request, headers, payload, hoisted)


def _checked_headers(
    target: bytes, raw_headers: Sequence[tuple[bytes, bytes]], profile: Profile
) -> dict[bytes, bytes]:
    """The headers by name, of a request that has a target and a host."""
    if target != target.translate(None, _NOT_IN_TARGET) and (
        profile == S3 or _CONTROL.search(target)
    ):
        raise errors.target_invalid()
    headers = fold_headers(raw_headers)
    host = headers.get(b"host")
    if not host or _COMMA in host:  # several were joined by a comma, which no host name has
        raise errors.host_invalid()
    return headers


def _check_one_authorization(request: Request, header: bytes) -> None:
    """Two that were joined could read as one."""
    if sum(name.lower() == b"authorization" for name, _ in request.headers) > 1:
        raise errors.two_mechanisms(header.decode("utf-8", "replace"))


def _read_any_url(
    reading: Reading,
    pairs: Pairs,
    header: bytes | None,
    v2_bucket_of_host: sigv2.BucketOfHost | None,
) -> Claim | sigv2.ClaimV2 | None:
    """What the parameters claim; None if they are not meant to."""
    parameters = auth_parameters(pairs)
    presigned = not _PRESIGN_MARKS.isdisjoint(parameters)
    v2 = any(name in sigv2.MARKS for name, _ in pairs)
    if (header is not None) + presigned + v2 > 1:
        raise errors.two_mechanisms((header or b"").decode("utf-8", "replace"))
    if v2:
        if v2_bucket_of_host is None:
            raise errors.please_use_v4()
        return sigv2.read_url(
            reading.request, reading.headers, now=reading.now, bucket_of_host=v2_bucket_of_host
        )
    if presigned or (header is None and not _PRESIGN_REMAINS.isdisjoint(parameters)):
        return read_url(reading, pairs, parameters)
    return None
