"""What may be a bucket's name, an object's key, its metadata, its storage class.

Source: User Guide, "General purpose bucket naming rules", "Naming Amazon S3
objects", "Working with object metadata"; API Reference, PutObject.
"""

import re
from collections.abc import Mapping
from typing import Final

from storage.errors import (
    InvalidArgument,
    InvalidBucketName,
    InvalidStorageClass,
    KeyTooLong,
    MetadataTooLarge,
)

KEY_BYTES_MAX: Final = 1024
USER_METADATA_BYTES_MAX: Final = 2048  # names and values together
PART_NUMBER_MAX: Final = 10_000

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z", re.ASCII)
_IPV4: Final = re.compile(r"\d+\.\d+\.\d+\.\d+\Z", re.ASCII)
_RESERVED_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

STORAGE_CLASSES: Final = frozenset(
    (
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    )
)


def check_bucket_name(name: str) -> None:
    """Refuse what cannot be the name of a new general purpose bucket.

    Raises:
        InvalidBucketName
    """
    if (
        not _BUCKET.match(name)
        or ".." in name
        or _IPV4.match(name)
        or name.startswith(_RESERVED_PREFIXES)
        or name.endswith(_RESERVED_SUFFIXES)
    ):
        raise InvalidBucketName(name)


def check_key(key: bytes) -> None:
    """Refuse a key longer than S3 takes; its bytes are UTF-8 already.

    Raises:
        KeyTooLong
    """
    if len(key) > KEY_BYTES_MAX:
        raise KeyTooLong(len(key), KEY_BYTES_MAX)


def check_user_metadata(metadata: Mapping[str, str]) -> None:
    """Refuse more user metadata than S3 stores.

    Raises:
        MetadataTooLarge
    """
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > USER_METADATA_BYTES_MAX:
        raise MetadataTooLarge(size, USER_METADATA_BYTES_MAX)


def check_storage_class(name: str) -> None:
    """Refuse a storage class that an object of a general purpose bucket cannot be given.

    Raises:
        InvalidStorageClass
    """
    if name not in STORAGE_CLASSES:
        raise InvalidStorageClass(name)


def check_part_number(number: int) -> None:
    """Refuse a number no part can have.

    Raises:
        InvalidArgument
    """
    if not 1 <= number <= PART_NUMBER_MAX:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive",
            "partNumber",
            str(number),
        )
