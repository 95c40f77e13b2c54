"""GetBucketVersioning, PutBucketVersioning, ListObjectVersions."""

from typing import Any, Final

import msgspec

from gateway.call import Call
from gateway.configurations import replication
from gateway.operations.common import check_encoding_type, check_mfa, owner_of_version, quoted
from gateway.operations.listing import common_prefixes, read_max_keys, shown, wants_restores
from gateway.operations.restore import restore_status
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.registry import operation
from storage.history import VersionEntry
from storage.listing import Page
from storage.records import Bucket, Versioning
from storage.versioning import NULL, check_version_id

_STATUS: Final = {
    Versioning.NEVER: None,
    Versioning.ENABLED: "Enabled",
    Versioning.SUSPENDED: "Suspended",
}
_STATES: Final = {status: state for state, status in _STATUS.items() if status is not None}
_LOCKED: Final = (
    "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
    "changed."
)
_REPLICATED: Final = (
    "A replication configuration is present on this bucket, so the versioning state cannot be "
    "changed."
)


@operation("GetBucketVersioning", "s3:GetBucketVersioning")
async def get_bucket_versioning(
    call: Call, _ask: t.GetBucketVersioningRequest
) -> t.GetBucketVersioningOutput:
    """Source: API Reference, GetBucketVersioning: what was never said is not shown."""
    record = call.bucket.record
    return t.GetBucketVersioningOutput(
        status=_STATUS[record.versioning],
        mfa_delete="Disabled" if record.mfa_delete_said else None,
    )


@operation("PutBucketVersioning", "s3:PutBucketVersioning")
async def put_bucket_versioning(call: Call, ask: t.PutBucketVersioningRequest) -> None:
    """No account has a device to authenticate with, so that MFA delete is never enabled.

    Source: API Reference, PutBucketVersioning; User Guide, "Configuring MFA delete"
    and "Object Lock considerations"; recordings of S3, LocalStack's
    test_put_bucket_versioning and test_put_bucket_versioning_suspended_object_lock.
    """
    wanted = ask.versioning_configuration
    if wanted is None or wanted.status is None:
        raise ProtocolError("IllegalVersioningConfigurationException")
    check_mfa("" if wanted.mfa_delete == "Enabled" else ask.mfa)
    state = _STATES[wanted.status]  # the schema has no other
    said = wanted.mfa_delete is not None

    def change(record: Bucket) -> Bucket:
        if state is Versioning.SUSPENDED and record.object_lock:
            raise ProtocolError("InvalidBucketState", _LOCKED)
        if state is Versioning.SUSPENDED and replication.KIND in record.documents:
            raise ProtocolError("InvalidBucketState", _REPLICATED)
        return msgspec.structs.replace(
            record, versioning=state, mfa_delete_said=said or record.mfa_delete_said
        )

    await call.services.configurations.change(call.bucket, change)


@operation("ListObjectVersions", "s3:ListBucketVersions")
async def list_object_versions(
    call: Call, ask: t.ListObjectVersionsRequest
) -> t.ListObjectVersionsOutput:
    """Source: API Reference, ListObjectVersions."""
    max_keys = read_max_keys(ask.max_keys, "max-keys")
    _check_marker(ask)
    encode = check_encoding_type(ask.encoding_type)
    page = await call.services.listings.versions(
        call.bucket,
        prefix=(ask.prefix or "").encode(),
        delimiter=(ask.delimiter or "").encode(),
        key_marker=(ask.key_marker or "").encode(),
        # Without a key the version belongs to none: it is ignored.
        version_id_marker=ask.version_id_marker if ask.key_marker else None,
        max_keys=max_keys,
    )
    restores = wants_restores(ask)
    mixed: Any = [_entry(call, one.item, encode=encode, restores=restores) for one in page.entries]
    output = t.ListObjectVersionsOutput(
        is_truncated=page.is_truncated,
        key_marker=shown(ask.key_marker or "", encode=encode),
        version_id_marker=ask.version_id_marker or "",
        versions=mixed,  # delete markers stand among them: errata.INTERLEAVED
        name=ask.bucket,
        prefix=shown(ask.prefix or "", encode=encode),
        delimiter=shown(ask.delimiter, encode=encode) if ask.delimiter else None,
        max_keys=max_keys,
        common_prefixes=common_prefixes(page, encode=encode),
        encoding_type=ask.encoding_type or None,
    )
    if page.is_truncated:
        _say_next(output, page, encode=encode)
    return output


def _check_marker(ask: t.ListObjectVersionsRequest) -> None:
    """In the order in which S3 finds these wrong."""
    name, marker = "version-id-marker", ask.version_id_marker
    if marker is None:
        return
    if ask.key_marker is None:
        text = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(text, name, marker)
    if not marker:
        raise invalid_argument("A version-id marker cannot be empty.", name, marker)
    check_version_id(marker, name)


def _say_next(
    output: t.ListObjectVersionsOutput, page: Page[VersionEntry], *, encode: bool
) -> None:
    """After what the next page begins: a version, or a group, which has none."""
    last = page.entries[-1] if page.entries else None
    if last is not None and page.last == last.key:
        output.next_key_marker = shown(last.item.key.decode(), encode=encode)
        output.next_version_id_marker = last.item.version.version_id or NULL
    else:
        group = page.common_prefixes[-1].decode(errors="replace")
        output.next_key_marker = shown(group, encode=encode)


def _entry(
    call: Call, one: VersionEntry, *, encode: bool, restores: bool
) -> t.ObjectVersion | t.DeleteMarkerEntry:
    found = one.version
    key = shown(one.key.decode(), encode=encode)
    version_id = found.version_id or NULL
    owner = owner_of_version(call, found)
    if found.delete_marker:
        return t.DeleteMarkerEntry(
            owner=owner,
            key=key,
            version_id=version_id,
            is_latest=one.is_latest,
            last_modified=found.modified_ms,
        )
    checksum = found.checksum
    return t.ObjectVersion(
        etag=quoted(found.etag),
        checksum_algorithm=[checksum.algorithm] if checksum else None,
        checksum_type=checksum.type if checksum else None,
        size=found.size,
        storage_class=found.attributes.storage_class,
        key=key,
        version_id=version_id,
        is_latest=one.is_latest,
        last_modified=found.modified_ms,
        owner=owner,
        restore_status=restore_status(call, found) if restores else None,
    )
