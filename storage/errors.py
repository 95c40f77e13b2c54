"""What can go wrong in storage, in S3's words.  No status codes: those belong to HTTP."""

from dataclasses import dataclass


class StorageError(Exception):
    """Everything storage raises on purpose.  Anything else is a bug or a broken disk."""


# The stores


class Conflict(StorageError):
    """A row changed between reading it and committing; read again and retry."""


class Exceeded(StorageError):
    """A counter would have passed its ceiling; nothing was written."""


class Uncertain(StorageError):
    """A commit was perhaps written; only reading back can tell."""


class StoreFull(StorageError):
    """The disk has no room for writes; reads and deletes go on."""


class StoreUnavailable(StorageError):
    """The store takes no writes (a failed fsync, a lost connection) until it has recovered."""


class BlobExists(StorageError):
    """A blob of this name was committed before."""


class BlobMissing(StorageError):
    """Metadata names a blob the store does not have: data loss, not a client error."""


class BlobDamaged(StorageError):
    """A blob is shorter than it should be or does not read: data loss, not a client error."""


class UnreadableIdentities(StorageError):
    """A row of identities is damaged: an operator has to look."""


class FormatError(StorageError):
    """The data directory is of a format this version cannot use; the text says what to do."""


# Keys


class MasterKeyMissing(StorageError):
    """A key that something was encrypted under is not there: an operator has to bring it back."""


@dataclass
class KmsKeyNotFound(StorageError):
    """No key of that name."""

    message: str  # KMS's words


@dataclass
class KmsKeyDisabled(StorageError):
    """There is such a key, but it is not to be used."""

    message: str


@dataclass
class KmsKeyUnusable(StorageError):
    """There is such a key, but it is none for this use."""

    message: str


class KmsUnavailable(StorageError):
    """The key management service does not answer, or not what it should."""


class WrongCustomerKey(StorageError):
    """The customer's key is not the one that the content was encrypted with."""


# Buckets


@dataclass
class NoSuchBucket(StorageError):
    bucket: str


@dataclass
class BucketAlreadyExists(StorageError):
    bucket: str


@dataclass
class BucketAlreadyOwnedByYou(StorageError):
    bucket: str


@dataclass
class BucketNotEmpty(StorageError):
    bucket: str


@dataclass
class InvalidBucketName(StorageError):
    bucket: str


@dataclass
class TooManyBuckets(StorageError):
    limit: int


@dataclass
class TooManyConfigurations(StorageError):
    """A bucket has as many documents of one kind as it may have."""

    limit: int


@dataclass
class QuotaExceeded(StorageError):
    """The bucket, or its account, holds as much as it may."""

    bucket: str


@dataclass
class OperationAborted(StorageError):
    """Another bucket operation (creation, deletion) is under way."""

    bucket: str


# Objects


@dataclass
class NoSuchKey(StorageError):
    """No current version of the key, or its current version is a delete marker."""

    key: str
    delete_marker: str | None = None  # version id of the marker hiding the key


@dataclass
class NoSuchVersion(StorageError):
    key: str
    version_id: str


@dataclass
class IsDeleteMarker(StorageError):
    """The version named is a delete marker, which has no content to read."""

    key: str
    version_id: str
    modified_ms: int


class ObjectLocked(StorageError):
    """Retention or a hold forbids it: to remove the version, or to weaken what keeps it."""


@dataclass
class KeyTooLong(StorageError):
    size: int  # bytes of UTF-8
    limit: int


@dataclass
class PreconditionFailed(StorageError):
    condition: str  # the header that did not hold: "If-Match", "If-None-Match", ...


class NotModified(StorageError):
    """The reader's copy is current."""


@dataclass
class ConditionalConflict(StorageError):
    """A conditional write kept losing against other writers of the same key."""

    key: str


class Busy(StorageError):
    """Too much contention for the moment; the client may repeat the request later."""


class Rejudge(Busy):
    """The object is no longer the one by which a permission was decided."""


@dataclass
class InvalidRange(StorageError):
    requested: str
    size: int  # bytes of the object


@dataclass
class InvalidPartNumber(StorageError):
    """The part asked for by partNumber is not one of the object's."""

    requested: int
    count: int


@dataclass
class EntityTooLarge(StorageError):
    size: int
    limit: int


@dataclass
class MetadataTooLarge(StorageError):
    size: int
    limit: int


@dataclass
class InvalidTag(StorageError):
    message: str
    tag_key: str = ""
    tag_value: str = ""


@dataclass
class TooManyTags(StorageError):
    message: str


@dataclass
class InvalidArgument(StorageError):
    """A value S3 refuses that only storage can judge."""

    message: str
    name: str = ""
    value: str = ""


@dataclass
class InvalidRequest(StorageError):
    message: str


# Bodies


@dataclass
class IncompleteBody(StorageError):
    expected: int
    provided: int


@dataclass
class BadDigest(StorageError):
    """Content-MD5 does not match the body."""

    expected: str  # hexadecimal, as S3 shows what the client said
    calculated: str  # base64


@dataclass
class ChecksumMismatch(StorageError):
    """An x-amz-checksum-* value does not match the body, or that of a part in a Complete."""

    algorithm: str
    part_number: int | None = None


# Multipart uploads


@dataclass
class NoSuchUpload(StorageError):
    upload_id: str


@dataclass
class InvalidPart(StorageError):
    upload_id: str
    part_number: int
    etag: str


class InvalidPartOrder(StorageError):
    """The list of parts is not in ascending order of part numbers."""


@dataclass
class EntityTooSmall(StorageError):
    """A part other than the last has less than S3's minimum."""

    size: int
    limit: int
    part_number: int
    etag: str


@dataclass
class InvalidStorageClass(StorageError):
    storage_class: str


@dataclass
class Archived(StorageError):
    """An object's storage class does not allow what was asked for."""

    storage_class: str
    message: str = ""  # S3's, where it is not the usual one


@dataclass
class NotImplementedHere(StorageError):
    """A header asks for something that is left out, by name; perhaps S3 says more of it."""

    header: str
    detail: str = ""
