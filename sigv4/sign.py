"""Signing, with the code that verifies: headers, presigned URLs, chunked bodies.

Deterministic: the same input, the same bytes.

Source: IAM User Guide, "Create a signed AWS API request"; S3 API Reference,
"Authenticating Requests: Using Query Parameters".
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sigv4.canonical import (
    HMAC_SHA256,
    S3,
    UNSIGNED_PAYLOAD,
    Profile,
    Request,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    fold_headers,
    split_target,
    string_to_sign,
)
from sigv4.chunked import ChunkSigner
from sigv4.encoding import encode, reencode
from sigv4.keys import Credentials, Key, KeyCache
from sigv4.post import Condition, sign_form
from sigv4.presigned import AUTH_PARAMETERS, EXPIRES_MAX_S
from sigv4.scope import Scope, print_timestamp
from sigv4.v4a import ECDSA_SHA256

# What proxies and HTTP stacks change on the way is better left unsigned.
NEVER_SIGNED: Final = frozenset(
    (
        b"baggage",
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authorization",
        b"te",
        b"traceparent",
        b"tracestate",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"user-agent",
        b"x-amzn-trace-id",
    )
)
_OURS: Final = frozenset(
    (b"authorization", b"x-amz-date", b"x-amz-content-sha256", b"x-amz-region-set")
)
_OUR_PARAMETERS: Final = frozenset(name.lower().encode() for name in AUTH_PARAMETERS)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests of one key, region and service.

    With ``algorithm`` ECDSA_SHA256, which is Signature Version 4A, ``region`` is a set of
    regions: a list with commas, in which ``*`` stands for any text.
    """

    credentials: Credentials
    region: str
    service: str = "s3"
    profile: Profile = S3
    algorithm: bytes = HMAC_SHA256
    _cache: KeyCache = field(default_factory=KeyCache, repr=False)

    def sign(
        self, request: Request, *, now: int, payload: bytes | None = None
    ) -> list[tuple[bytes, bytes]]:
        """The headers to add.  ``payload`` is the last canonical line: UNSIGNED-PAYLOAD
        if None, else a SHA-256 in hexadecimal (which other services than S3 want) or a
        STREAMING value.

        Raises:
            ValueError: the request has a header or parameter that only a signer may set.
        """
        _check_unsigned(request)
        payload = UNSIGNED_PAYLOAD if payload is None else payload
        timestamp = print_timestamp(now)
        added = [(b"x-amz-date", timestamp.encode())]
        if self.algorithm == ECDSA_SHA256:
            added.append((b"x-amz-region-set", self.region.encode()))
        if self.service == "s3" or self.profile.sign_body:
            added.append((b"x-amz-content-sha256", payload))
        token = self.credentials.session_token
        tokens = [] if token is None else [(b"x-amz-security-token", token.encode())]
        if not self.profile.omit_session_token:
            added += tokens
        headers = fold_headers([*request.headers, *added])
        signed = sorted(headers.keys() - NEVER_SIGNED)
        signature = self._signature(request, headers, signed, timestamp, payload)
        credential = f"{self.credentials.access_key}/{self._scope(timestamp)}".encode()
        authorization = b"%b Credential=%b, SignedHeaders=%b, Signature=%b" % (
            self.algorithm,
            credential,
            b";".join(signed),
            signature,
        )
        if self.profile.omit_session_token:
            added += tokens
        return [*added, (b"authorization", authorization)]

    def presign(
        self, request: Request, *, now: int, expires_s: int, payload: bytes = UNSIGNED_PAYLOAD
    ) -> bytes:
        """The target of a URL that is good for ``expires_s`` seconds from ``now``.

        All headers of the request have to be sent with it.  ``payload`` is the last
        canonical line; other services than S3 want the SHA-256 of the body there.

        Raises:
            ValueError: the request has a header or parameter that only a signer may set,
                or the time is none that S3 takes.
        """
        _check_unsigned(request)
        if not 1 <= expires_s <= EXPIRES_MAX_S:
            raise ValueError(f"a URL is good for 1 to {EXPIRES_MAX_S} seconds")
        timestamp = print_timestamp(now)
        headers = fold_headers(request.headers)
        signed = sorted(headers.keys() - NEVER_SIGNED)
        parameters = [
            ("X-Amz-Algorithm", self.algorithm.decode()),
            ("X-Amz-Credential", f"{self.credentials.access_key}/{self._scope(timestamp)}"),
            ("X-Amz-Date", timestamp),
            ("X-Amz-Expires", str(expires_s)),
            ("X-Amz-SignedHeaders", b";".join(signed).decode()),
        ]
        if self.algorithm == ECDSA_SHA256:
            parameters.append(("X-Amz-Region-Set", self.region))
        token = b""
        if self.credentials.session_token is not None:
            token = b"&X-Amz-Security-Token=" + encode(self.credentials.session_token.encode())
        path, query = split_target(request.target)
        added = b"&".join(
            encode(name.encode()) + b"=" + encode(value.encode()) for name, value in parameters
        )
        target = path + b"?" + (query + b"&" if query else b"") + added
        if not self.profile.omit_session_token:
            target, token = target + token, b""
        signature = self._signature(
            request._replace(target=target), headers, signed, timestamp, payload
        )
        return target + b"&X-Amz-Signature=" + signature + token

    def post_form(
        self,
        bucket: str,
        key: str,
        *,
        now: int,
        expires_s: int,
        fields: Mapping[str, str] = MappingProxyType({}),
        conditions: Sequence[Condition] = (),
    ) -> dict[str, str]:
        """The fields of a form that uploads one file, good for ``expires_s`` seconds.

        A ``key`` that ends in ``${filename}`` leaves that end to the form's
        user.  Each of ``fields`` needs one of ``conditions``.

        Raises:
            ValueError: the time is none that S3 takes, or the signer's algorithm is
                not AWS4-HMAC-SHA256.
        """
        if self.algorithm != HMAC_SHA256:
            raise ValueError("forms are signed with AWS4-HMAC-SHA256")
        if not 1 <= expires_s <= EXPIRES_MAX_S:
            raise ValueError(f"a form is good for 1 to {EXPIRES_MAX_S} seconds")
        prefix = key.removesuffix("${filename}")
        of_key: Condition = {"key": key} if prefix == key else ["starts-with", "$key", prefix]
        scope = self._scope(print_timestamp(now))
        return sign_form(
            self.credentials,
            scope,
            self._key(scope),
            fields={**fields, "key": key},
            conditions=[*conditions, {"bucket": bucket}, of_key],
            now=now,
            expires_s=expires_s,
        )

    def chunk_signer(self, authorization: bytes, *, now: int) -> ChunkSigner:
        """What signs the chunks of a request whose Authorization header this is."""
        timestamp = print_timestamp(now)
        scope = self._scope(timestamp)
        seed = authorization.rpartition(b"Signature=")[2]
        return ChunkSigner(self._key(scope), timestamp.encode(), str(scope).encode(), seed)

    def _scope(self, timestamp: str) -> Scope:
        names_region = self.algorithm == HMAC_SHA256
        return Scope(timestamp[:8], self.region, self.service, names_region)

    def _key(self, scope: Scope) -> Key:
        access_key, secret = self.credentials.access_key, self.credentials.secret_key
        if self.algorithm == HMAC_SHA256:
            return self._cache.get(access_key, secret, scope)
        return self._cache.pair(access_key, secret)

    def _signature(
        self,
        request: Request,
        headers: dict[bytes, bytes],
        signed: Sequence[bytes],
        timestamp: str,
        payload: bytes,
    ) -> bytes:
        path, query = split_target(request.target)
        canonical = canonical_request(
            request.method,
            canonical_path(path, self.profile),
            canonical_query(query),
            canonical_headers(headers, signed),
            signed,
            payload,
        )
        scope = self._scope(timestamp)
        text = string_to_sign(timestamp.encode(), str(scope).encode(), canonical, self.algorithm)
        return self._key(scope).sign(text)


def _check_unsigned(request: Request) -> None:
    names = {name.lower() for name, _ in request.headers} & _OURS
    _, query = split_target(request.target)
    if query:
        given = {reencode(piece.partition(b"=")[0]).lower() for piece in query.split(b"&")}
        names |= given & _OUR_PARAMETERS
    if names:
        shown = ", ".join(sorted(name.decode() for name in names))
        raise ValueError(f"only the signer sets {shown}")


def encode_chunks(
    chunks: Iterable[bytes],
    signer: ChunkSigner | None,
    trailers: Sequence[tuple[str, str]] | None = None,
) -> Iterator[bytes]:
    """An aws-chunked body; signed with a ``signer``, with trailers unless they are None."""
    for data in (*chunks, b""):
        head = b"%x" % len(data)
        if signer is not None:
            digest = hashlib.sha256(data).hexdigest().encode()
            head += b";chunk-signature=" + signer.sign(signer.chunk_string(digest))
        yield head + b"\r\n" + data + (b"\r\n" if data else b"")
    for name, value in trailers or ():
        yield f"{name}:{value}\r\n".encode()
    if trailers is not None and signer is not None:
        signature = signer.sign(signer.trailer_string(trailers))
        yield b"x-amz-trailer-signature:" + signature + b"\r\n"
    yield b"\r\n"
