"""What a request claims, as records.  A claim proves nothing."""

from typing import Literal, NamedTuple

from sigv4.canonical import HMAC_SHA256, S3, Profile, Request
from sigv4.payload import Payload
from sigv4.scope import Scope


class Reading(NamedTuple):
    """A request that is being read, and what it is held to."""

    request: Request
    headers: dict[bytes, bytes]  # all of the request's, by lower-case name
    now: int  # Unix seconds
    regions: tuple[str, ...]  # the first is the one that an error names as expected
    service: str
    profile: Profile
    body_sha256: bytes | None  # what services other than S3 sign even if no header has it


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
    query_line: bytes | None = None  # of the canonical request, where reading the URL gave it
