"""What the rows hold.  MessagePack arrays: a new field goes to the end and has a default.

Times are Unix milliseconds, sizes bytes of plaintext, ETags without quotes.
"""

from enum import IntEnum
from typing import Final

import msgspec

from storage.blob import BlobId

SEGMENTS_INLINE_MAX: Final = 8  # more, and a HEAD would decode what it does not need
SEGMENTS_PER_ROW: Final = 1000


class Versioning(IntEnum):
    """A bucket's versioning state; once enabled it never returns to NEVER."""

    NEVER = 0
    ENABLED = 1
    SUSPENDED = 2


class BucketState(IntEnum):
    """CreateBucket and DeleteBucket touch two partitions; between them stands this."""

    CREATING = 0  # it may have its name or not yet
    LIVE = 1  # the only state in which anything is written
    DELETING = 2  # nothing is written while somebody looks whether it is empty
    GONE = 3  # it was empty, and stays so for ever; the keeper removes what is left


class NameRecord(msgspec.Struct, frozen=True, array_like=True):
    """Who has a bucket name."""

    bucket_id: bytes
    account: str
    created_ms: int
    region: str


class Gone(msgspec.Struct, frozen=True, array_like=True):
    """A bucket that was deleted and has no rows any more: what it left may be removed."""

    gone_ms: int


class DefaultLock(msgspec.Struct, frozen=True, array_like=True):
    """What a new version is locked with, if its upload says nothing of it.

    Years are kept apart because answers show what was said, days or years.
    """

    mode: str  # GOVERNANCE or COMPLIANCE
    days: int = 0  # of retention; 0: none
    event_days: int = 0  # of an event hold's duration; 0 with event_years 0: no event hold
    event_years: int = 0


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """One line of an ACL."""

    grantee: str  # a canonical id, or the URI of a group
    permission: str  # FULL_CONTROL, READ, WRITE, READ_ACP, WRITE_ACP


class Ownership(IntEnum):
    """Whose new objects are, and whether ACLs count.  Source: API Reference, ObjectOwnership."""

    ENFORCED = 0  # the bucket owner's, and no ACL has an effect
    PREFERRED = 1  # the bucket owner's, if the writer's ACL gives them full control
    WRITER = 2
    UNSAID = 3  # nothing is configured any more: as WRITER


class PublicAccessBlock(msgspec.Struct, frozen=True, array_like=True):
    """What of public access is blocked.  Source: API Reference, PublicAccessBlockConfiguration."""

    public_acls: bool = True  # nobody puts one
    by_acls: bool = True  # those that are there give the public nothing
    public_policy: bool = True  # nobody puts one
    by_policy: bool = True  # one that is there gives nothing to other accounts


class Allowance(msgspec.Struct, frozen=True, array_like=True):
    """How much there may be; what is not limited has the most that a counter has."""

    bytes: int
    objects: int  # versions, but for delete markers


class AccountQuota(msgspec.Struct, frozen=True, array_like=True):
    """How much an account's buckets may hold together, and what each of them was granted of it."""

    limit: Allowance
    grants: dict[bytes, Allowance] = {}  # by the bucket's id


class Bucket(msgspec.Struct, frozen=True, array_like=True):
    """The row that every object commit expects unchanged."""

    name: str
    account: str
    created_ms: int
    region: str
    state: BucketState = BucketState.LIVE
    versioning: Versioning = Versioning.NEVER
    object_lock: bool = False
    config_revision: int = 0  # changes with every configuration document
    documents: tuple[str, ...] = ()  # kinds of configuration present, so that none is looked for
    state_changed_ms: int = 0  # 0: not since it was created
    default_lock: DefaultLock | None = None  # as the document "object-lock" has it
    mfa_delete_said: bool = False  # somebody configured it, as Disabled: it is shown
    # A row that fsck makes anew, and one of a program that knew nothing of access, is closed.
    ownership: Ownership = Ownership.ENFORCED
    blocked: PublicAccessBlock | None = PublicAccessBlock()  # None: nothing is configured
    acl: tuple[Grant, ...] | None = None  # None: its owner's alone
    quota: Allowance | None = None  # of its own
    granted: Allowance | None = None  # of its account's quota; None: the account has none


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of an object's content: one blob, or one inline row."""

    content: bytes  # BlobId
    size: int
    number: int = 0  # the part's number; 0 if the object was not uploaded in parts
    inline: bool = False
    checksum: bytes | None = None  # of the part, in the object's algorithm

    @property
    def blob(self) -> BlobId:
        """The segment's content as the blob store names it."""
        return BlobId(self.content)


class Checksum(msgspec.Struct, frozen=True, array_like=True):
    """An additional checksum: ``value`` as S3 shows it (base64, "-N" if composite)."""

    algorithm: str
    type: str  # COMPOSITE or FULL_OBJECT
    value: str


class Lock(msgspec.Struct, frozen=True, array_like=True):
    """What keeps a version from being deleted.  Source: User Guide, "Locking objects"."""

    mode: str = ""  # GOVERNANCE or COMPLIANCE; "" without retention
    until_ms: int = 0
    legal_hold: str = ""  # ON, OFF, or "" where nobody said anything
    event_hold: str = ""
    event_days: int = 0  # how long it is retained once its event hold is OFF
    event_years: int = 0


class Encryption(msgspec.Struct, frozen=True, array_like=True):
    """How a content is encrypted: its data keys, wrapped, and by what.  See ``storage.protection``.

    The keys of SSE-C's customers are nowhere in it.
    """

    algorithm: str  # AES256, aws:kms, aws:kms:dsse, as headers have it; or SSE-C
    id: bytes  # random; what is wrapped is bound to it
    wrapped: tuple[bytes, ...]  # data keys, one for each layer
    key_id: str = ""  # of the KMS key, as answers show it
    context: str = ""  # the encryption context, as JSON
    bucket_key: bytes = b""  # an S3 Bucket Key, wrapped, if it wraps the first data key


class Attributes(msgspec.Struct, frozen=True, array_like=True):
    """What a client says about an object beside its bytes; an Upload carries it to the object."""

    headers: dict[str, str] = {}  # system metadata by model name: "ContentType", "CacheControl" ...
    metadata: dict[str, str] = {}  # x-amz-meta-*, names without the prefix
    storage_class: str = "STANDARD"
    tags: dict[str, str] = {}
    acl: tuple[Grant, ...] | None = None  # None: its owner's alone
    lock: Lock | None = None
    restored_until_ms: int = 0  # of an archived object: till when it may be read


class ObjectVersion(msgspec.Struct, frozen=True, array_like=True):
    """One version of one key: an object or a delete marker."""

    sequence: int  # one above the version it replaced
    version_id: str  # "" for the null version
    modified_ms: int
    size: int = 0
    etag: str = ""
    owner: str = ""  # account id
    delete_marker: bool = False
    attributes: Attributes = Attributes()
    checksum: Checksum | None = None
    content: bytes = b""  # unique to the write that made it; references are counted under it
    segments: tuple[Segment, ...] = ()  # empty when they have rows of their own
    segment_count: int = 0
    segment_rows: tuple[int, ...] = ()  # byte offset at which each row of segments begins
    parts_count: int = 0  # parts of the multipart upload; 0 if it was none
    null_sequence: int = 0  # on the current row: where a noncurrent null version is; 0 if nowhere
    encryption: Encryption | None = None  # None: its content lies there as it came


class SegmentRow(msgspec.Struct, frozen=True, array_like=True):
    """Up to SEGMENTS_PER_ROW segments of a long list."""

    segments: tuple[Segment, ...]


class Reference(msgspec.Struct, frozen=True, array_like=True):
    """How many versions name a content.

    0: given back, waiting for the keeper; -1: condemned by the sweeper, never
    to be named.
    """

    count: int


class Upload(msgspec.Struct, frozen=True, array_like=True):
    """A multipart upload under way."""

    initiated_ms: int
    owner: str
    attributes: Attributes
    checksum_algorithm: str = ""
    checksum_type: str = ""
    encryption: Encryption | None = None  # of all of its parts
    initiator: str = ""  # an account's id, or a user's ARN; "" if it is the owner
    asked: dict[str, str] = {}  # what the request that began it said of encryption, by header


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One uploaded part."""

    size: int
    etag: str
    modified_ms: int
    segment: Segment | None  # None if the part is empty
    checksums: dict[str, bytes] = {}  # by algorithm


class Completed(msgspec.Struct, frozen=True, array_like=True):
    """What a finished upload answered, so that a repeated Complete answers the same."""

    key: bytes
    completed_ms: int
    etag: str
    version_id: str
    size: int
    parts: bytes  # digest of the list of parts asked for
    checksum: Checksum | None = None
    encryption: Encryption | None = None
    asked: dict[str, str] = {}  # as the upload's


class Garbage(msgspec.Struct, frozen=True, array_like=True):
    """What a commit left without a name."""

    blobs: tuple[bytes, ...] = ()
    inlines: tuple[bytes, ...] = ()  # contents in rows of their own that a reader may still need
    content: bytes = b""  # a content whose last name went away, with its segment rows
    upload: bytes = b""  # an upload whose part rows are to be removed
    upload_blobs: bool = False  # the upload was aborted: its parts' blobs go too


CONDEMNED: Final = -1

# What a decoder raises of bytes that are no such record.
UNDECODABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_encode = msgspec.msgpack.Encoder().encode


def encode(record: msgspec.Struct) -> bytes:
    """A row's value."""
    return _encode(record)


decode_name = msgspec.msgpack.Decoder(NameRecord).decode
decode_gone = msgspec.msgpack.Decoder(Gone).decode
decode_account_quota = msgspec.msgpack.Decoder(AccountQuota).decode
decode_bucket = msgspec.msgpack.Decoder(Bucket).decode
decode_version = msgspec.msgpack.Decoder(ObjectVersion).decode
decode_segments = msgspec.msgpack.Decoder(SegmentRow).decode
decode_reference = msgspec.msgpack.Decoder(Reference).decode
decode_upload = msgspec.msgpack.Decoder(Upload).decode
decode_part = msgspec.msgpack.Decoder(Part).decode
decode_completed = msgspec.msgpack.Decoder(Completed).decode
decode_garbage = msgspec.msgpack.Decoder(Garbage).decode
