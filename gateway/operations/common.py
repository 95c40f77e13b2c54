"""What several operations say alike."""

from typing import Any, Final

from gateway.call import Call
from gateway.iam import ownership
from gateway.operations.locking import lock_of
from gateway.operations.stored import system_headers
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.scalars import http_date
from storage.checksums import ALGORITHMS
from storage.naming import check_part_number, check_storage_class, check_user_metadata
from storage.preconditions import ReadCondition, WriteCondition
from storage.records import Attributes, Checksum, Grant, ObjectVersion, Versioning
from storage.tags import parse_tagging
from storage.versioning import NULL

DEFAULT_TYPE: Final = b"binary/octet-stream"

_ATTRIBUTES: Final = {
    "CRC32": "checksum_crc32",
    "CRC32C": "checksum_crc32_c",
    "CRC64NVME": "checksum_crc64_nvme",
    "SHA1": "checksum_sha1",
    "SHA256": "checksum_sha256",
    "SHA512": "checksum_sha512",
    "MD5": "checksum_md5",
    "XXHASH64": "checksum_xxhash64",
    "XXHASH3": "checksum_xxhash3",
    "XXHASH128": "checksum_xxhash128",
}
assert _ATTRIBUTES.keys() == ALGORITHMS.keys()


def part_number_of(ask: Any) -> int:
    """Which part is to be uploaded.

    Raises:
        ProtocolError: none was named
        InvalidArgument: none can have that number
    """
    if ask.part_number is None:
        raise invalid_argument("This operation does not accept a query-string.", "uploadId", "")
    check_part_number(ask.part_number)
    return int(ask.part_number)


def check_mfa(given: str | None) -> None:
    """Refuse what would have to be authenticated by a device: nobody has one here.

    ``given`` is x-amz-mfa, whose code can therefore not be right; "" where it is missing.

    Raises:
        ProtocolError: AccessDenied, in S3's words

    Source: User Guide, "Configuring MFA delete".
    """
    if given is not None:
        raise ProtocolError("AccessDenied", "Mfa Authentication must be used for this request")


def quoted(etag: str) -> str:
    """An entity tag as S3 shows it."""
    return f'"{etag}"'


def checksum_members(checksum: Checksum | None) -> dict[str, Any]:
    """A checksum as the members of an output."""
    if checksum is None:
        return {}
    return {_ATTRIBUTES[checksum.algorithm]: checksum.value, "checksum_type": checksum.type}


def checksum_value(algorithm: str, value: str) -> dict[str, Any]:
    """A checksum without its type, as parts have it."""
    return {_ATTRIBUTES[algorithm]: value}


def claimed_checksums(claim: Any) -> dict[str, str]:
    """The checksums that a request's member gives, by algorithm."""
    found = {name: getattr(claim, attribute, None) for name, attribute in _ATTRIBUTES.items()}
    return {name: value for name, value in found.items() if value is not None}


def read_algorithm(text: str | None) -> str | None:
    """The name of a checksum algorithm.

    Raises:
        ProtocolError: InvalidRequest
    """
    if text is None:
        return None
    if text.upper() not in ALGORITHMS:
        raise ProtocolError(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(ALGORITHMS)}]",
        )
    return text.upper()


def version_id(call: Call, found: ObjectVersion) -> str | None:
    """A version's id as an answer shows it; None in a bucket that never had versioning."""
    if found.version_id:
        return found.version_id
    return None if call.bucket.record.versioning is Versioning.NEVER else NULL


def new_version_id(made: ObjectVersion) -> str | None:
    """The id of a version just made: one without an id of its own is not said to be "null".

    Source: recordings of S3, by LocalStack; ceph/s3-tests, of suspended buckets.
    """
    return made.version_id or None


def attributes_of(call: Call, ask: Any, acl: tuple[Grant, ...] | None = None) -> Attributes:
    """What a request says of the object it makes.

    Raises:
        InvalidStorageClass, MetadataTooLarge, InvalidTag, TooManyTags, InvalidArgument
        ProtocolError: what locking.lock_of raises
    """
    storage_class = ask.storage_class or "STANDARD"
    check_storage_class(storage_class)
    metadata = ask.metadata or {}
    check_user_metadata(metadata)
    tags = parse_tagging(ask.tagging) if ask.tagging else {}
    return Attributes(
        system_headers(call.headers), metadata, storage_class, tags, acl, lock_of(call, ask)
    )


def read_condition(ask: Any) -> ReadCondition:
    """The conditions of GetObject and HeadObject."""
    return ReadCondition(
        ask.if_match,
        ask.if_none_match,
        _seconds(ask.if_modified_since),
        _seconds(ask.if_unmodified_since),
    )


def source_condition(ask: Any) -> ReadCondition:
    """The conditions on a copy's source."""
    return ReadCondition(
        ask.copy_source_if_match,
        ask.copy_source_if_none_match,
        _seconds(ask.copy_source_if_modified_since),
        _seconds(ask.copy_source_if_unmodified_since),
    )


def write_condition(ask: Any) -> WriteCondition:
    """The conditions of a write."""
    return WriteCondition.of_put(ask.if_match, ask.if_none_match)


def _seconds(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds // 1000


def owner_of_version(call: Call, found: ObjectVersion) -> t.Owner:
    """Whose a version is, as listings show it."""
    return owner_of(call, ownership.owner_of(call.bucket.record, found.owner))


def owner_of(call: Call, account_id: str) -> t.Owner:
    """An account as listings show it."""
    account = call.services.accounts.account(account_id)
    return t.Owner(id=account.canonical_id, display_name=account.display_name or None)


def check_encoding_type(text: str | None) -> bool:
    """Whether keys are to be URL-encoded.

    Raises:
        ProtocolError: InvalidArgument
    """
    if text not in (None, "", "url"):
        raise invalid_argument(
            "Invalid Encoding Method specified in Request", "encoding-type", text or ""
        )
    return text == "url"


def last_modified(found: ObjectVersion) -> tuple[bytes, bytes]:
    """The Last-Modified header."""
    return b"last-modified", http_date(found.modified_ms).encode()
