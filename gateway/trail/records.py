"""What the trail keeps of a request and of a change: arrays, whose members only grow at the end.

A change's record is made in its commit, before there is an answer, and so says
nothing of one; any other request's is made at its end.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

OPERATOR: Final = "Operator"  # the kind of who is at the command line of the machine itself
WEBSITE: Final = "website"  # the mark of a request to one
STALE: Final = "identity known from before"  # of whose identity could not be read anew
TEXT_BYTES_MAX: Final = 512  # of what a client says of itself, or an error of what was wrong


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who asked, as his key was when it was looked up."""

    account: str
    arn: str
    kind: str  # aws:PrincipalType
    user_id: str
    user_name: str
    access_key: str
    issuer: str = ""  # ARN of whom a session was given out for, or of who vouches
    service: str = ""  # a part of the server itself
    source_identity: str = ""


WEB_IDENTITY: Final = "WebIdentityUser"  # as CloudTrail calls the kind
NOBODY: Final = Person("anonymous", "", "Anonymous", "anonymous", "", "")


class Signed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How he showed it."""

    where: str  # header, query, form; anonymous
    algorithm: str
    headers: Sequence[bytes]  # the signed ones
    signed_at: bytes  # as it was signed, where that is in a header
    expires_at: int  # Unix seconds, 0: by the clock's tolerance
    scope: str


class Decided(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """By what right, or for want of which."""

    allowed: bool
    by: str  # "owner", "policy", "bucket ACL" ...
    source: str = ""  # whose policy
    statement: str = ""  # its Sid, or its place in the policy


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of a request before its answer; nothing of it is secret."""

    at_ms: int
    request_id: str
    operation: str
    method: str
    target: bytes  # what is secret in it is hidden
    host: str
    remote: str
    tls: tuple[str, str] | None  # cipher, version
    agent: bytes
    referer: bytes
    bucket: str
    owner: str  # the bucket's account
    key: bytes | None
    version_id: str | None
    person: Person | None
    signed: Signed | None
    decided: Decided | None
    source: str = ""  # of a copy: bucket/key
    mark: str = ""  # what was out of the ordinary, such as an identity that could not be read anew
    about: str = ""  # the ARN of an identity
    detail: str = ""  # what a command was told to do
    issued: str = ""  # the access key of temporary credentials that were given out


class OfMany(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One of many deletions in a request that changed nothing."""

    key: str
    version_id: str
    code: str  # "" if there was nothing to delete
    decided: Decided | None = None


TAG_OF_ASKED: Final = 1


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=TAG_OF_ASKED):
    """A request that changed nothing, and what became of it."""

    told: Told
    status: int  # 0: nothing was answered
    error: str  # S3's code
    why: str  # the rule that failed, of a request that was refused
    claimed: str  # the access key that it named
    received: int  # bytes
    sent: int
    size: int | None  # of the object
    total_us: int
    of_many: Sequence[OfMany] = ()


class Committed(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=2):
    """A change out of a log."""

    partition: bytes
    place: bytes
    change: bytes  # storage.changes.Change


class Lost(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=3):
    """Requests of which there are no records."""

    at_ms: int
    count: int
    why: str


Record = Asked | Committed | Lost
Row = tuple[Any, ...]  # the members of one of these, as they are written

_encoder: Final = msgspec.msgpack.Encoder()
encode_told: Final = _encoder.encode
decode_told: Final = msgspec.msgpack.Decoder(Told).decode
encode_records: Final = _encoder.encode
decode_records: Final = msgspec.msgpack.Decoder(list[Record]).decode
