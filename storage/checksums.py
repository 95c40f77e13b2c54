"""The ten checksums S3 knows: computing them, and combining those of parts.

Values travel as base64 of the big-endian digest.

Source: User Guide, "Checking object integrity" and "Checking object integrity
for data uploads": which algorithms there are, and that a full-object checksum
of parts exists only for the CRCs, which combine.
"""

import hashlib
import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from awscrt import checksums as crt

from storage.blob import Buffer
from storage.errors import InvalidRequest

COMPOSITE: Final = "COMPOSITE"
FULL_OBJECT: Final = "FULL_OBJECT"


class Hasher(Protocol):
    """Takes bytes in order and gives their digest once."""

    def update(self, data: Buffer, /) -> None:
        """Take more bytes."""
        ...

    def digest(self) -> bytes:
        """The digest of all bytes taken, big-endian; to be asked once."""
        ...


class _Crc:
    def __init__(self, compute: Callable[[Buffer, int], int], size: int) -> None:
        self._compute = compute
        self._size = size
        self._value = 0

    def update(self, data: Buffer, /) -> None:
        self._value = self._compute(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XxHash:
    def __init__(self, state: crt.XXHash) -> None:
        self._state = state

    def update(self, data: Buffer, /) -> None:
        self._state.update(data if isinstance(data, bytes) else bytes(data))

    def digest(self) -> bytes:
        return bytes(self._state.finalize())


class Algorithm(NamedTuple):
    """How to compute a checksum, how long it is, and which types it may have over parts."""

    make: Callable[[], Hasher]
    size: int  # bytes of a digest
    types: tuple[str, ...]  # the default first
    combine: Callable[[int, int, int], int] | None = None


_BOTH: Final = (COMPOSITE, FULL_OBJECT)

ALGORITHMS: Final = {
    "CRC32": Algorithm(lambda: _Crc(zlib.crc32, 4), 4, _BOTH, crt.combine_crc32),
    "CRC32C": Algorithm(lambda: _Crc(crt.crc32c, 4), 4, _BOTH, crt.combine_crc32c),
    "CRC64NVME": Algorithm(
        lambda: _Crc(crt.crc64nvme, 8), 8, (FULL_OBJECT,), crt.combine_crc64nvme
    ),
    "SHA1": Algorithm(hashlib.sha1, 20, (COMPOSITE,)),
    "SHA256": Algorithm(hashlib.sha256, 32, (COMPOSITE,)),
    "SHA512": Algorithm(hashlib.sha512, 64, (COMPOSITE,)),
    "MD5": Algorithm(hashlib.md5, 16, (COMPOSITE,)),
    "XXHASH64": Algorithm(lambda: _XxHash(crt.XXHash.new_xxhash64()), 8, (COMPOSITE,)),
    "XXHASH3": Algorithm(lambda: _XxHash(crt.XXHash.new_xxhash3_64()), 8, (COMPOSITE,)),
    "XXHASH128": Algorithm(lambda: _XxHash(crt.XXHash.new_xxhash3_128()), 16, (COMPOSITE,)),
}


def header_of(algorithm: str) -> str:
    """The header or trailer that carries a checksum of ``algorithm``."""
    return f"x-amz-checksum-{algorithm.lower()}"


def check_value(algorithm: str, value: str, *, where: str = "header") -> None:
    """Refuse a value that cannot be a checksum of ``algorithm``.

    Raises:
        InvalidRequest
    """
    try:
        raw = b64decode(value, validate=True)
    except (Base64Error, ValueError):
        raw = b""
    if len(raw) != ALGORITHMS[algorithm].size:
        raise InvalidRequest(f"Value for {header_of(algorithm)} {where} is invalid.")


def check_type(algorithm: str, kind: str) -> None:
    """Refuse a checksum type that ``algorithm`` does not have over parts.

    Raises:
        InvalidRequest
    """
    if kind not in ALGORITHMS[algorithm].types:
        raise InvalidRequest(
            f"The {kind} checksum type cannot be used with the "
            f"{algorithm.lower()} checksum algorithm."
        )


def combine(algorithm: str, kind: str, parts: Sequence[tuple[bytes, int]]) -> str:
    """The checksum of an object made of parts, as S3 shows it.

    ``parts`` are the parts' digests and sizes in bytes.
    """
    known = ALGORITHMS[algorithm]
    if kind == COMPOSITE:
        hasher = known.make()
        hasher.update(b"".join(digest for digest, _ in parts))
        return f"{b64encode(hasher.digest()).decode()}-{len(parts)}"
    assert known.combine is not None, "only CRCs combine"
    value = 0
    for digest, size in parts:
        value = known.combine(value, int.from_bytes(digest, "big"), size)
    return b64encode(value.to_bytes(known.size, "big")).decode()
