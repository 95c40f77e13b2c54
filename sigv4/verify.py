"""Claim and key in; a verified request out, or the rule that failed.

A Verified can be made nowhere else.  It gives a handler the headers it may
see, and is the only way to a body reader, so that no path exists on which
nobody called the verifier.

Source: S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final, Literal, NoReturn

from sigv4 import errors, sigv2
from sigv4.canonical import (
    HMAC_SHA256,
    NAMES,
    Profile,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    string_to_sign,
    usual_headers,
)
from sigv4.chunked import Body, ChunkedBody, ChunkSigner, ExactBody, UnsignedBody
from sigv4.claims import Anonymous, Claim
from sigv4.hoisting import add_hoisted
from sigv4.kept import KEPT_BYTES_MAX, Kept, are_short
from sigv4.keys import HmacKey, Key, KeyCache, ecdsa_key
from sigv4.payload import Chunked, Exact, Payload
from sigv4.post import AnonymousForm, FormBody, FormClaim, FormFile, headers_of
from sigv4.scope import Scope

# Headers that S3 honours although they are not signed.  Every x-amz-* must be.
UNSIGNED_ALLOWED: Final = frozenset(
    (
        b"accept-encoding",
        b"access-control-request-headers",
        b"access-control-request-method",
        b"cache-control",
        b"content-disposition",
        b"content-encoding",
        b"content-language",
        b"content-length",
        b"content-md5",
        b"content-type",
        b"expect",
        b"expires",
        b"host",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"origin",
        b"range",
        b"referer",
        b"user-agent",
    )
)
_UNSIGNED: Final = (b"x-amz-content-sha256",)  # may stay so, and is then not looked at
_UNSIGNED_TOKEN: Final = (*_UNSIGNED, b"x-amz-security-token")
Location = Literal["header", "query", "form", "anonymous"]

_TOKEN_PARAMETER: Final = re.compile(rb"(?<![^&])X-Amz-Security-Token=[^&]*&?")
_NOBODY: Final = HmacKey(bytes(32))  # what the signature of an unknown access key is checked with

_ALGORITHM_IS_IN: Final = {"header": "Authorization", "query": "X-Amz-Algorithm"}

# What an HTTP stack or a proxy takes away and a client had signed.
_SUBSTITUTES: Final = {b"expect": b"100-continue"}


class _Facts:
    """What a Verified is made of; while it is being made it can be set."""

    __slots__ = (
        "_signer",
        "access_key",
        "expires_at",
        "headers",
        "location",
        "payload",
        "scope",
        "signed_headers",
    )
    access_key: str | None
    scope: Scope | None
    location: Location
    signed_headers: frozenset[bytes]
    expires_at: int | None
    payload: Payload | FormFile
    headers: Mapping[bytes, bytes]
    _signer: Callable[[], ChunkSigner] | None


class Verified(_Facts):
    """A request whose signature was right, or that is anonymous and says so.

    ``access_key`` is None for an anonymous one; ``expires_at`` is in Unix seconds.
    """

    __slots__ = ()

    def __init__(self, *_parts: object, **_named_parts: object) -> None:
        raise TypeError("only the verifier makes a Verified")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a Verified has no kinds that others define")

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"{name} was verified and stays")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name} was verified and stays")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Verified is neither copied nor pickled")

    def body(self) -> Body:
        """What checks the body while it streams: the only one that will do."""
        payload = self.payload
        if isinstance(payload, Chunked):
            return ChunkedBody(payload, self._signer() if self._signer is not None else None)
        if isinstance(payload, FormFile):
            return FormBody(payload)
        announces_trailers = b"x-amz-trailer" in self.headers
        if isinstance(payload, Exact):
            return ExactBody(payload.sha256, announces_trailers=announces_trailers)
        return UnsignedBody(announces_trailers=announces_trailers)


def _verified(
    *,
    access_key: str | None,
    scope: Scope | None,
    location: Location,
    signed_headers: frozenset[bytes],
    expires_at: int | None,
    payload: Payload | FormFile,
    headers: dict[bytes, bytes],
    signer: Callable[[], ChunkSigner] | None,
) -> Verified:
    """The only maker.  What it made is open, and then closed for good by its class.

    A third of the time of setting each part past a class that lets none be set.
    """
    made = _Facts()
    made.access_key = access_key
    made.scope = scope
    made.location = location
    made.signed_headers = signed_headers
    made.expires_at = expires_at
    made.payload = payload
    made.headers = MappingProxyType(headers)
    made._signer = signer  # noqa: SLF001  # its maker
    made.__class__ = Verified  # of the same slots
    assert isinstance(made, Verified)
    return made


def check(claim: Claim | sigv2.ClaimV2, secret: str | None, cache: KeyCache) -> Verified:
    """Check the claim against the secret of its access key; None if there is no such key.

    Raises:
        SigError: InvalidAccessKeyId, AccessDenied (headers not signed),
            SignatureDoesNotMatch
    """
    if isinstance(claim, sigv2.ClaimV2):
        return _check_v2(claim, secret)
    # Taken apart at once: to ask a record for each of its parts is a tenth of all the work.
    # fmt: off
    (_, location, access_key, _, scope, timestamp, signed, signature,
     expires_at, _, payload, raw_headers, hoisted, algorithm, profile, _) = claim
    # fmt: on
    if secret is None:
        # Nearly the work of a known key, so that time says no more than the code does.
        key: Key = _NOBODY if algorithm == HMAC_SHA256 else _pair(claim, None, cache)
        key.verifies(reading(claim)[1], signature)
        raise errors.unknown_key(access_key)
    names = NAMES[signed]
    headers = _visible(raw_headers, hoisted, names.as_set, profile)
    if algorithm == HMAC_SHA256:
        key = cache.get(access_key, secret, scope)
    else:
        key = _pair(claim, secret, cache)
    canonical, text = reading(claim)
    right = key.verifies(text, signature) or any(
        key.verifies(other, signature) for _, other in readings_of_others(claim)
    )
    if not right or not names.are_in_order or (hoisted and _contradicts(claim)):
        raise errors.mismatch(access_key, text, signature, canonical)
    signer: Callable[[], ChunkSigner] | None = None
    if isinstance(payload, Chunked) and payload.signed:
        # A new one for each reader: it changes with every chunk.
        signer = partial(
            ChunkSigner,
            key,
            timestamp.encode(),
            _SCOPE_LINES[scope],
            signature,
            access_key,
            canonical,
        )
    return _verified(
        access_key=access_key,
        scope=scope,
        location=location,
        signed_headers=names.as_set,
        expires_at=expires_at,
        payload=payload,
        headers=headers,
        signer=signer,
    )


# One for each day and region.  Of 4A it has a set of regions, which may be of any length.
_SCOPE_LINES: Final = Kept[Scope, bytes](
    lambda scope: str(scope).encode(), lambda scope: len(scope.region) <= KEPT_BYTES_MAX, 256
)


def _pair(claim: Claim, secret: str | None, cache: KeyCache) -> Key:
    """What a signature of 4A is checked with; nobody's pair of keys if there is no secret."""
    try:
        if secret is None:
            return _nobodys_pair()
        return cache.pair(claim.unverified_access_key, secret)
    except ImportError:
        raise errors.v4a_not_implemented(_ALGORITHM_IS_IN[claim.location]) from None


@lru_cache(maxsize=1)
def _nobodys_pair() -> Key:
    return ecdsa_key("", "")


def _check_v2(claim: sigv2.ClaimV2, secret: str | None) -> Verified:
    key = claim.unverified_access_key
    matches = claim.is_signed_with(secret or "")
    if secret is None:
        raise errors.unknown_key(key)
    if not matches:
        raise errors.mismatch(key, claim.strings_to_sign[0], claim.signature, None)
    signed = {name for name in claim.headers if name.startswith(b"x-amz-")} | sigv2.SIGNED_HEADERS
    return _verified(
        access_key=key,
        scope=None,
        location="query",
        signed_headers=frozenset(signed),
        expires_at=claim.expires_at,
        payload=claim.payload,
        headers={
            name: value
            for name, value in claim.headers.items()
            if name in signed or name in UNSIGNED_ALLOWED
        },
        signer=None,
    )


def check_form(
    claim: FormClaim, secret: str | None, cache: KeyCache, *, bucket: str, now: int
) -> Verified:
    """Check a form's signature and then its policy, for the bucket that the request addresses.

    Raises:
        SigError: InvalidAccessKeyId, SignatureDoesNotMatch, InvalidPolicyDocument,
            AccessDenied, InvalidArgument
    """
    key = claim.unverified_access_key
    if secret is None:
        _NOBODY.sign(claim.policy)
        raise errors.unknown_key(key)
    if not claim.is_signed_with(secret, cache):
        raise errors.mismatch(key, claim.policy, claim.signature, None)
    return _verified_form(claim.admit(bucket=bucket, now=now), key, claim.scope)


def accept_anonymous_form(form: AnonymousForm) -> Verified:
    """A form without a signature; policy decides what it may do.

    Raises:
        SigError: InvalidArgument
    """
    return _verified_form(FormFile(form.parser, form.fields, None), None, None)


def _verified_form(file: FormFile, access_key: str | None, scope: Scope | None) -> Verified:
    headers = headers_of(file.fields)
    return _verified(
        access_key=access_key,
        scope=scope,
        location="anonymous" if access_key is None else "form",
        signed_headers=frozenset() if access_key is None else frozenset(headers),
        expires_at=None,
        payload=file,
        headers=headers,
        signer=None,
    )


def accept_anonymous(request: Anonymous) -> Verified:
    """A request without any authentication; policy decides what it may do.

    Raises:
        SigError: it has a body whose signature nobody could check.
    """
    if isinstance(request.payload, Chunked) and request.payload.signed:
        raise errors.streaming_anonymous()
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in UNSIGNED_ALLOWED or name.startswith(b"x-amz-")
    }
    add_hoisted(headers, request.hoisted)
    return _verified(
        access_key=None,
        scope=None,
        location="anonymous",
        signed_headers=frozenset(),
        expires_at=None,
        payload=request.payload,
        headers=headers,
        signer=None,
    )


def _contradicts(claim: Claim) -> bool:
    """Whether a header says other than the parameter of its name: S3 finds that unsigned."""
    hoisted, headers = claim.hoisted, claim.headers
    return any(headers.get(name, hoisted[name]) != hoisted[name] for name in hoisted)


def _visible(
    headers: dict[bytes, bytes],
    hoisted: dict[bytes, bytes],
    signed: frozenset[bytes],
    profile: Profile,
) -> dict[bytes, bytes]:
    """The headers a handler may see: signed ones, and the table of unsigned ones.

    Host and every x-amz-* must be signed.  An unsigned one is refused, not
    ignored: the next layer would have to ignore it too.  x-amz-content-sha256
    alone may stay unsigned.

    Raises:
        SigError: AccessDenied
    """
    unsigned = _UNSIGNED_TOKEN if profile.omit_session_token else _UNSIGNED
    hidden, missing = _SORTED_OUT[tuple(headers), signed, unsigned]
    if missing:
        raise errors.headers_not_signed(sorted(name.decode("latin-1") for name in missing))
    seen = headers.copy()
    for name in hidden:
        del seen[name]
    if hoisted:
        add_hoisted(seen, hoisted)
    return seen


def _sorted_out(
    of: tuple[tuple[bytes, ...], frozenset[bytes], tuple[bytes, ...]],
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Of a request's headers those that nobody sees, and those that must be signed and are not."""
    names, signed, unsigned = of
    hidden = tuple(name for name in names if name not in signed and name not in UNSIGNED_ALLOWED)
    missing = [name for name in hidden if name.startswith(b"x-amz-") and name not in unsigned]
    if b"host" not in signed:
        missing.append(b"host")
    return hidden, tuple(missing)


# Each client sends the same headers.
_SORTED_OUT: Final = Kept(_sorted_out, lambda of: are_short(of[0]) and are_short(of[1]), 256)


def reading(
    claim: Claim, *, stable: bool = False, spaces_only: bool = False
) -> tuple[bytes, bytes]:
    """The canonical request and the string to sign of a claim."""
    # fmt: off
    ((method, target, _), location, _, _, scope, timestamp, signed, _,
     _, payload_line, _, values, _, algorithm, profile, query) = claim
    # fmt: on
    path, _, raw_query = target.partition(b"?")
    if query is None:
        if profile.omit_session_token:
            raw_query = _TOKEN_PARAMETER.sub(b"", raw_query)
        drop = b"X-Amz-Signature" if location == "query" else b""
        query = canonical_query(raw_query, drop=drop, stable=stable)
    headers = None if spaces_only else usual_headers(values, NAMES[signed])
    if headers is None:
        headers = canonical_headers(_signable(claim), signed, spaces_only=spaces_only)
    path = canonical_path(path, profile)
    canonical = canonical_request(method, path, query, headers, signed, payload_line)
    line = _SCOPE_LINES[scope]
    return canonical, string_to_sign(timestamp.encode(), line, canonical, algorithm)


def readings_of_others(claim: Claim) -> Iterator[tuple[bytes, bytes]]:
    """What two kinds of client sign instead.

    Each needs something in the request that clients are known to disagree about, so
    that nearly always there is none.
    """
    if claim.request.target.count(b"=") > 1:
        # Sorted by name alone, as Go's url.Values and minio-java do.
        yield reading(claim, stable=True)
    values = _signable(claim)
    if any(b"\t" in values[n] or b"\xa0" in values[n] for n in claim.signed_headers if n in values):
        yield reading(claim, spaces_only=True)


def _signable(claim: Claim) -> Mapping[bytes, bytes]:
    """The request's headers, and what stands in for signed ones that did not arrive."""
    values = dict(claim.headers)
    # Only the signer of a URL signs a header and then sends it as a parameter.
    hoisted = claim.hoisted if claim.location == "query" else {}
    for name in claim.signed_headers:
        if name in values:
            continue
        found = hoisted.get(name, _SUBSTITUTES.get(name))
        if found is not None:
            values[name] = found
    return values
