"""What S3 is, as a program of a page or two: what each request changes and answers.

No storage, no concurrency, no bytes on a wire: buckets are dictionaries, the
versions of a key a list with the newest first.  Ids are the server's; the
specification says when there is a new one, and that it is new.

Source: User Guide, "Using versioning in S3 buckets", "Locking objects with
Object Lock", "Preventing object overwrites with conditional writes"; API
Reference of each operation.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

NULL: Final = "null"
PART_BYTES_MIN: Final = 5 * 1024 * 1024  # of every part but the last


class Refused(Exception):
    """S3's error code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Retention:
    mode: str  # GOVERNANCE or COMPLIANCE
    until: datetime


@dataclass
class Version:
    """One version of a key: an object, or a delete marker."""

    id: str
    is_marker: bool = False
    content: bytes = b""
    etag: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    retention: Retention | None = None
    legal_hold: bool = False

    def is_locked(self, *, bypass: bool) -> bool:
        """Whether nobody, or nobody without bypassing governance, may remove it."""
        if self.legal_hold:
            return True
        return self.retention is not None and not (bypass and self.retention.mode == "GOVERNANCE")


@dataclass
class Upload:
    key: str
    metadata: dict[str, str]
    tags: dict[str, str]
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Bucket:
    has_lock: bool = False
    versioning: str = ""  # "", Enabled, Suspended
    keys: dict[str, list[Version]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def current(self, key: str) -> Version | None:
        """The object a plain GET sees."""
        versions = self.keys.get(key)
        return versions[0] if versions and not versions[0].is_marker else None

    def find(self, key: str, version_id: str | None) -> Version:
        """What a read means.

        Raises:
            Refused: NoSuchKey, NoSuchVersion, MethodNotAllowed
        """
        if version_id is None:
            found = self.current(key)
            if found is None:
                raise Refused("NoSuchKey")
            return found
        for version in self.keys.get(key, ()):
            if version.id == version_id:
                if version.is_marker:
                    raise Refused("MethodNotAllowed")
                return version
        raise Refused("NoSuchVersion")

    def find_to_change(self, key: str, version_id: str | None) -> Version:
        """What a change of tags or locks means: of a delete marker S3 says that it is one.

        Raises:
            Refused: NoSuchKey, NoSuchVersion, MethodNotAllowed
        """
        versions = self.keys.get(key)
        if version_id is None and versions and versions[0].is_marker:
            raise Refused("MethodNotAllowed")
        return self.find(key, version_id)

    def all_versions(self) -> Iterator[tuple[str, Version, bool]]:
        """Key, version and whether it is the latest; keys in order, newest first."""
        for key in sorted(self.keys, key=str.encode):
            for number, version in enumerate(self.keys[key]):
                yield key, version, number == 0


class S3:
    """The buckets of one account."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}

    # Buckets

    def create_bucket(self, name: str, *, with_lock: bool) -> None:
        # In us-east-1 creating one's own bucket again is a success that changes nothing.
        if name not in self.buckets:
            versioning = "Enabled" if with_lock else ""
            self.buckets[name] = Bucket(has_lock=with_lock, versioning=versioning)

    def delete_bucket(self, name: str) -> None:
        if self.bucket(name).keys:
            raise Refused("BucketNotEmpty")
        del self.buckets[name]

    def bucket(self, name: str) -> Bucket:
        if name not in self.buckets:
            raise Refused("NoSuchBucket")
        return self.buckets[name]

    def set_versioning(self, name: str, status: str) -> None:
        bucket = self.bucket(name)
        if bucket.has_lock and status == "Suspended":
            raise Refused("InvalidBucketState")
        bucket.versioning = status

    # Writing

    def check_condition(
        self, name: str, key: str, *, if_none_match: bool, if_match: str | None
    ) -> None:
        current = self.bucket(name).current(key)
        if if_none_match and current is not None:
            raise Refused("PreconditionFailed")
        if if_match is not None:
            if current is None:
                raise Refused("NoSuchKey")
            if current.etag != if_match:
                raise Refused("PreconditionFailed")

    def put(self, name: str, key: str, new: Version) -> None:
        """Make ``new`` the current version; ``new.id`` is what the server answered, or null."""
        self._add(self.bucket(name), key, new)

    def _add(self, bucket: Bucket, key: str, new: Version) -> None:
        versions = bucket.keys.setdefault(key, [])
        if bucket.versioning == "Enabled":
            assert new.id != NULL, "a version without an id of its own"
            assert all(new.id != old.id for old in versions), "an id that was there before"
        else:
            assert new.id == NULL, "an id where there is no versioning"
            versions[:] = [old for old in versions if old.id != NULL]
        versions.insert(0, new)

    def delete(self, name: str, key: str, marker_id: str | None) -> None:
        """Delete a key; ``marker_id`` is the id of the delete marker that the server made."""
        bucket = self.bucket(name)
        if bucket.versioning == "":
            assert marker_id is None, "a delete marker without versioning"
            bucket.keys.pop(key, None)
            return
        assert marker_id is not None, "no delete marker"
        self._add(bucket, key, Version(marker_id, is_marker=True))

    def delete_version(
        self, name: str, key: str, version_id: str, *, bypass: bool
    ) -> Version | None:
        """Delete one version for good; what is not there counts as deleted."""
        bucket = self.bucket(name)
        versions = bucket.keys.get(key, [])
        for version in versions:
            if version.id == version_id:
                if version.is_locked(bypass=bypass):
                    raise Refused("AccessDenied")
                versions.remove(version)
                if not versions:
                    del bucket.keys[key]
                return version
        return None

    # Locks

    def set_retention(
        self, name: str, key: str, version_id: str | None, new: Retention, *, bypass: bool
    ) -> None:
        bucket = self.bucket(name)
        if not bucket.has_lock:
            raise Refused("InvalidRequest")
        version = bucket.find_to_change(key, version_id)
        old = version.retention
        weakens = old is not None and (new.until < old.until or new.mode != old.mode)
        if weakens and not (bypass and old is not None and old.mode == "GOVERNANCE"):
            raise Refused("AccessDenied")
        version.retention = new

    def set_legal_hold(self, name: str, key: str, version_id: str | None, *, on: bool) -> None:
        bucket = self.bucket(name)
        if not bucket.has_lock:
            raise Refused("InvalidRequest")
        bucket.find_to_change(key, version_id).legal_hold = on

    # Uploads

    def upload(self, name: str, upload_id: str) -> Upload:
        found = self.bucket(name).uploads.get(upload_id)
        if found is None:
            raise Refused("NoSuchUpload")
        return found

    def complete(
        self, name: str, upload_id: str, listed: list[tuple[int, str]]
    ) -> tuple[bytes, str]:
        """The content and ETag of a finished upload.

        Raises:
            Refused: NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall
        """
        upload = self.upload(name, upload_id)
        numbers = [number for number, _ in listed]
        if numbers != sorted(set(numbers)):
            raise Refused("InvalidPartOrder")
        for number, etag in listed:
            if number not in upload.parts or etag_of(upload.parts[number]) != etag:
                raise Refused("InvalidPart")
        if any(len(upload.parts[number]) < PART_BYTES_MIN for number in numbers[:-1]):
            raise Refused("EntityTooSmall")
        pieces = [upload.parts[number] for number in numbers]
        digests = b"".join(hashlib.md5(piece).digest() for piece in pieces)
        return b"".join(pieces), f'"{hashlib.md5(digests).hexdigest()}-{len(pieces)}"'


def etag_of(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'


def listed(
    bucket: Bucket, prefix: str, delimiter: str
) -> tuple[list[tuple[str, Version]], list[str]]:
    """Objects and common prefixes as a listing shows them."""
    objects: list[tuple[str, Version]] = []
    prefixes: set[str] = set()
    for key, version, is_latest in bucket.all_versions():
        if not is_latest or version.is_marker or not key.startswith(prefix):
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if found:
            prefixes.add(prefix + head + found)
        else:
            objects.append((key, version))
    return objects, sorted(prefixes, key=str.encode)
