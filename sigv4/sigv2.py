"""Signature Version 2, of presigned URLs and forms alone: for clients that still make them.

It leaves most parameters of a URL unsigned.  One that is neither signed nor
without effect refuses the URL, which S3 itself would take.

Source: User Guide, "Signing and authenticating REST requests (AWS signature
version 2)".
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from sigv4 import errors
from sigv4.canonical import Request, split_target
from sigv4.encoding import decode
from sigv4.hoisting import hoist
from sigv4.payload import Payload, read_presigned_payload
from sigv4.scope import print_iso

BucketOfHost = Callable[[str], str | None]

MARKS: Final = frozenset(("AWSAccessKeyId", "Signature"))
_REQUIRED: Final = ("AWSAccessKeyId", "Signature", "Expires")
_EXPIRES: Final = re.compile(r"[0-9]{1,11}\Z")
_LENGTH: Final = re.compile(rb"[0-9]{1,19}\Z")

# What belongs to the resource.  The page names some of them; clients sign the rest too.
SUBRESOURCES: Final = frozenset(
    (
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "delete",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "partNumber",
        "policy",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "select",
        "select-type",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    )
)
_POSITIONAL: Final = (b"content-md5", b"content-type")
SIGNED_HEADERS: Final = frozenset(_POSITIONAL)  # and every x-amz-*
_HARMLESS: Final = frozenset(("x-id",))  # SDKs name the operation in it, and it decides nothing


class ClaimV2(NamedTuple):
    """A well-formed URL within its time, of which nothing is proven yet."""

    request: Request
    unverified_access_key: str
    session_token: str | None
    expires_at: int  # Unix seconds
    signature: bytes
    strings_to_sign: tuple[bytes, ...]  # by ways of spelling one resource; any will do
    payload: Payload
    headers: dict[bytes, bytes]  # the request's, and those that stand in the URL

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is this secret's."""
        texts = self.strings_to_sign
        return any(hmac.compare_digest(sign(secret, text), self.signature) for text in texts)


def sign(secret: str, text: bytes) -> bytes:
    """The signature, in base64."""
    return b64encode(hmac.digest(secret.encode(), text, "sha1"))


def string_to_sign(
    method: str, date: str, headers: Mapping[bytes, bytes], resource: bytes
) -> bytes:
    """What is signed.  ``headers`` are folded, by lower-case name; ``date`` may be Expires."""
    lines = [method.encode(), *(headers.get(name, b"") for name in _POSITIONAL), date.encode()]
    lines += [name + b":" + headers[name] for name in sorted(headers) if name.startswith(b"x-amz-")]
    return b"\n".join((*lines, resource))


def canonical_resources(target: bytes, bucket: str | None) -> tuple[bytes, ...]:
    """Bucket, path as sent, and sub-resources in order.  ``bucket`` if the host names it.

    A bucket in the path is the bucket with and without the slash that AWS's
    SDK for Python signs and does not send.
    """
    path, query = split_target(target)
    if bucket is not None:
        path = b"/" + bucket.encode() + path
    paths = (path, path + b"/") if path.count(b"/") == 1 and len(path) > 1 else (path or b"/",)
    shown = _subresources(query)
    return tuple([path + shown for path in paths])


def _subresources(query: bytes) -> bytes:
    signed = []
    for piece in query.split(b"&"):
        name, equals, value = piece.partition(b"=")
        if decode(name) in SUBRESOURCES:
            signed.append((decode(name), equals + decode(value).encode()))
    signed.sort(key=lambda pair: pair[0])
    shown = b"&".join([name.encode() + value for name, value in signed])
    return b"?" + shown if shown else b""


def read_url(
    request: Request, headers: Mapping[bytes, bytes], *, now: int, bucket_of_host: BucketOfHost
) -> ClaimV2:
    """What a presigned URL claims, with all checked that needs no key.

    Raises:
        SigError: AccessDenied, incomplete, expired, or a parameter that is not signed;
            AuthorizationQueryParametersError, one that is given twice;
            MissingContentLength, IncompleteBody
    """
    found, hoisted, unsigned = _parameters(request.target)
    for name, value in hoisted.items():
        if headers.get(name, value) != value:
            unsigned.append(name.decode())
    if any(not found.get(name) for name in _REQUIRED):
        raise errors.v2_incomplete()
    expires = found["Expires"]
    if not _EXPIRES.match(expires):
        raise errors.v2_expires(expires)
    if now > int(expires):
        raise errors.v2_expired(print_iso(int(expires)), print_iso(now))
    if unsigned:
        raise errors.parameters_not_signed(sorted(unsigned))
    seen = {**hoisted, **headers}
    bucket = bucket_of_host(headers[b"host"].decode("latin-1"))
    resources = canonical_resources(request.target, bucket)
    token = seen.get(b"x-amz-security-token")
    return ClaimV2(
        request,
        found["AWSAccessKeyId"],
        token.decode("utf-8", "replace") if token is not None else None,
        int(expires),
        found["Signature"].encode(),
        tuple([string_to_sign(request.method, expires, seen, one) for one in resources]),
        _read_payload(seen),
        seen,
    )


def _read_payload(headers: Mapping[bytes, bytes]) -> Payload:
    """As of any presigned URL; of a STREAMING value S3 has the length checked first (recorded)."""
    value = headers.get(b"x-amz-content-sha256")
    if value is not None and value.startswith(b"STREAMING-"):
        length = headers.get(b"x-amz-decoded-content-length", b"")
        if not _LENGTH.match(length):
            raise errors.length_missing()
        sent = headers.get(b"content-length", length)
        if _LENGTH.match(sent) and int(sent) != int(length):
            raise errors.body_length(int(length), int(sent))
    return read_presigned_payload(value)


def _parameters(target: bytes) -> tuple[dict[str, str], dict[bytes, bytes], list[str]]:
    """Of the signature; headers that stand in the URL; and those that are not signed."""
    found: dict[str, str] = {}
    hoisted: dict[bytes, bytes] = {}
    unsigned: list[str] = []
    for piece in split_target(target)[1].split(b"&"):
        raw_name, _, raw_value = piece.partition(b"=")
        name, value = decode(raw_name), decode(raw_value)
        header = name.lower().encode()
        if name in _REQUIRED:
            if name in found:
                raise errors.query_repeated(name)
            found[name] = value
        elif header.startswith(b"x-amz-") or header in _POSITIONAL:
            hoist(hoisted, name, value)
        elif piece and name not in SUBRESOURCES | _HARMLESS:
            unsigned.append(name)
    return found, hoisted, unsigned
