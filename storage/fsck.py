"""Checks a data directory against itself: what metadata names must be there, and nothing else.

It reports findings and changes nothing unless given a ``Mender``.  Meant for a
store nobody is serving; on a live one, what is under way looks like a finding.
What was mended is not found again.
"""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from storage import keys, lockdocument
from storage.blob import BlobInfo, BlobStore
from storage.counts import Counts
from storage.errors import BlobDamaged, BlobMissing, Conflict, StorageError
from storage.examine import KEYLESS, Examiner
from storage.findings import Finding, Kind, Report
from storage.garbage import pages
from storage.grants import Grants
from storage.illegible import Illegible
from storage.legible import Legible
from storage.mending import Mender
from storage.meta import ABSENT, Batch, MetaStore, Range, Row, prefix_range
from storage.protection import Protection
from storage.quarantine import Quarantine
from storage.records import (
    Bucket,
    BucketState,
    NameRecord,
    ObjectVersion,
    Versioning,
    decode_bucket,
    decode_name,
    decode_part,
    decode_upload,
    decode_version,
    encode,
)
from storage.rows import BucketRef
from storage.versioning import NULL

__all__ = ["Finding", "Fsck", "Kind", "Report"]

_DAMAGE: Final = {BlobMissing: Kind.MISSING, BlobDamaged: Kind.DAMAGED}


class _Damage(NamedTuple):
    """A version or a part whose content is not what it was."""

    kind: Kind
    what: str
    take_out: Callable[[Mender], Awaitable[str]]


class Fsck:
    """One run over a data directory."""

    def __init__(
        self,
        *,
        control: MetaStore,
        data: MetaStore,
        blobs: BlobStore,
        strays: Callable[[], Iterable[Path]] = tuple,
        mender: Mender | None = None,
        deep: bool = False,
        protection: Protection | None = None,
    ) -> None:
        """``deep`` reads every content and compares its hash; ``mender`` sets right what it can.

        ``protection`` has the keys of what is encrypted; without it no more than
        lengths are compared.

        ``strays`` names the files among the blobs that are none.
        """
        # Rows that do not decode are told once, and then as if they were not there.
        quarantine = mender.quarantine if mender is not None else None
        self._report = Report()
        self._illegible = Illegible(control, data, self._report, quarantine)
        self._control = Legible(control)
        self._all = data
        self._data = data = Legible(data)
        self._blobs = blobs
        self._strays = strays
        self._mender = mender
        self._examiner = Examiner(data, blobs, deep=deep, protection=protection)
        self._of_blobs: set[bytes] | None = None  # the ids of their buckets

    async def run(self) -> Report:
        """Look at everything once."""
        if not await self._illegible.check():
            # What they name is not known, so that nothing else may be called unnamed.
            self._mender = None
        await self._check_names()
        start = keys.all_buckets()
        while found := await self._data.scan([start], 1):
            bucket_id = keys.bucket_id_of(found[0].key)
            row = await self._data.get(keys.bucket(bucket_id))
            if row is None:
                self._report.add(Kind.ROWLESS, bucket_id.hex(), repr(found[0].key))
            else:
                await self._check_bucket(
                    BucketRef(bucket_id, row.revision, decode_bucket(row.value))
                )
            start = Range(keys.everything(bucket_id).end, start.end)
        repairs = self._mender is not None
        await Grants(self._control, self._data, self._report, repairs=repairs).check()
        await self._check_blobs()
        self._report.bytes = self._examiner.bytes
        return self._report

    # Names

    async def _check_names(self) -> None:
        async for page in pages(self._control, prefix_range(keys.NAMES)):
            for row in page:
                await self._check_name(row.key[len(keys.NAMES) :].decode(), row)
        async for page in pages(self._control, prefix_range(keys.ACCOUNTS)):
            for row in page:
                await self._check_listed(row)

    async def _check_name(self, name: str, row: Row) -> None:
        record = decode_name(row.value)
        listed = keys.account_bucket(record.account, name)
        if await self._data.get(keys.bucket(record.bucket_id)) is None:
            if await self._has_left_something(record.bucket_id):
                await self._set_right(
                    Kind.LOST,
                    name,
                    record.bucket_id.hex(),
                    self._data,
                    await self._anew(name, record),
                )
                return
            gone = Batch(keys.CONTROL, expect={row.key: row.revision}, delete={row.key, listed})
            await self._set_right(Kind.NAME, name, record.bucket_id.hex(), self._control, gone)
            return
        other = await self._control.get(listed)
        if other is None or other.value != row.value:
            put = Batch(keys.CONTROL, expect={row.key: row.revision}, put={listed: row.value})
            await self._set_right(Kind.UNLISTED, name, record.account, self._control, put)

    async def _has_left_something(self, bucket_id: bytes) -> bool:
        if await self._data.scan([keys.everything(bucket_id)], 1):
            return True
        if self._of_blobs is None:
            self._of_blobs = {keys.bucket_of_blob(info.blob) async for info in self._blobs.list()}
        return bucket_id in self._of_blobs

    async def _anew(self, name: str, record: NameRecord) -> Batch:
        """The row of a bucket, of its name and of what else is left of it."""
        bucket_id, row_key = record.bucket_id, keys.bucket(record.bucket_id)
        kinds: set[str] = set()
        async for page in pages(self._data, keys.documents(bucket_id)):
            kinds.update(keys.kind_of_document(row.key) for row in page)
        older = prefix_range(keys.versions_prefix(bucket_id))
        has_versions = bool(await self._data.scan([older], 1))
        has_lock = lockdocument.KIND in kinds
        for prefix in (keys.objects_prefix(bucket_id), keys.versions_prefix(bucket_id)):
            async for page in pages(self._data, prefix_range(prefix)):
                found = [decode_version(row.value) for row in page]
                has_versions = has_versions or any(one.version_id for one in found)
                has_lock = has_lock or any(one.attributes.lock is not None for one in found)
        document = await self._data.get(keys.document(bucket_id, lockdocument.KIND))
        # Or suspended, unless it has locks: this one loses nothing.
        versioning = Versioning.ENABLED if has_versions or has_lock else Versioning.NEVER
        bucket = Bucket(
            name,
            record.account,
            record.created_ms,
            record.region,
            versioning=versioning,
            object_lock=has_lock,
            documents=tuple(sorted(kinds)),
            default_lock=lockdocument.default_of(document.value) if document else None,
        )
        return Batch(row_key, expect={row_key: ABSENT}, put={row_key: encode(bucket)})

    async def _check_listed(self, row: Row) -> None:
        account, _, name = row.key[len(keys.ACCOUNTS) :].partition(b"\x00")
        named = await self._control.get(keys.name(name.decode()))
        if named is None or decode_name(named.value).account != account.decode():
            gone = Batch(keys.CONTROL, expect={row.key: row.revision}, delete={row.key})
            await self._set_right(
                Kind.UNLISTED, name.decode(), account.decode(), self._control, gone
            )

    async def _set_right(
        self, kind: Kind, bucket: str, what: str, store: MetaStore, batch: Batch
    ) -> None:
        """Report, and commit what mends it if that is asked for."""
        repaired = False
        if self._mender is not None:
            try:
                await store.commit(batch)
                repaired = True
            except Conflict:  # as a name that another bucket has
                pass
        self._report.add(kind, bucket, what, repaired=repaired)

    # A bucket

    async def _check_bucket(self, bucket: BucketRef) -> None:
        self._report.buckets += 1
        if bucket.record.state is BucketState.GONE:
            return  # it was empty, and the keeper is removing what was left of it
        await self._check_has_name(bucket)
        damaged = [
            *await self._examine_versions(bucket),
            *await self._examine_parts(bucket),
        ]
        # Only now, for taking one out may move another one to where nobody looks again.
        for damage in damaged:
            await self._take_out(bucket, damage)
        quarantine = self._mender.quarantine if self._mender is not None else None
        await Counts(self._data, bucket, self._report, quarantine).check()

    async def _check_has_name(self, bucket: BucketRef) -> None:
        record = bucket.record
        if record.state not in (BucketState.LIVE, BucketState.DELETING):
            return  # the keeper finishes or undoes it
        row_key = keys.name(record.name)
        row = await self._control.get(row_key)
        if row is not None and decode_name(row.value).bucket_id == bucket.id:
            return
        value = encode(NameRecord(bucket.id, record.account, record.created_ms, record.region))
        listed = keys.account_bucket(record.account, record.name)
        named = Batch(keys.CONTROL, expect={row_key: ABSENT}, put={row_key: value, listed: value})
        await self._set_right(Kind.NAMELESS, record.name, bucket.id.hex(), self._control, named)

    async def _examine_versions(self, bucket: BucketRef) -> list[_Damage]:
        damaged = []
        current, older = keys.objects_prefix(bucket.id), keys.versions_prefix(bucket.id)
        for prefix in (current, older):
            async for page in pages(self._data, prefix_range(prefix)):
                for row in page:
                    place = row.key[len(prefix) :]
                    key = place if prefix == current else keys.unescape(place)[0]
                    damage = await self._examine_version(bucket, key, decode_version(row.value))
                    damaged += [damage] if damage else []
        return damaged

    async def _examine_version(
        self, bucket: BucketRef, key: bytes, version: ObjectVersion
    ) -> _Damage | None:
        self._report.versions += 1
        if version.delete_marker:
            return None
        try:
            await self._examiner.version(bucket.id, version)
        except KEYLESS as error:
            self._report.add(Kind.KEYLESS, bucket.record.name, f"{_text(key)}{_why(error)}")
        except (BlobMissing, BlobDamaged) as error:
            kind, why = _DAMAGE[type(error)], _why(error)
            shown = version.version_id or NULL
            return _Damage(
                kind,
                f"{_text(key)}{why}" if shown == NULL else f"{_text(key)}, version {shown}{why}",
                lambda mender: mender.version(bucket, key, version, f"{kind}{why}"),
            )
        return None

    async def _examine_parts(self, bucket: BucketRef) -> list[_Damage]:
        """Parts of uploads under way; what others left waits for the keeper."""
        damaged = []
        prefix = keys.uploads_prefix(bucket.id)
        async for uploads in pages(self._data, prefix_range(prefix)):
            for upload in uploads:
                key, upload_id = keys.unescape(upload.key[len(prefix) :])
                async for page in pages(self._data, keys.parts(bucket.id, upload_id)):
                    for row in page:
                        damage = await self._examine_part(bucket, key, upload, row)
                        damaged += [damage] if damage else []
        return damaged

    async def _examine_part(
        self, bucket: BucketRef, key: bytes, upload: Row, row: Row
    ) -> _Damage | None:
        upload_id = keys.upload_of_part(bucket.id, row.key)
        try:
            await self._examiner.part(
                bucket.id, decode_upload(upload.value), decode_part(row.value)
            )
        except KEYLESS as error:
            self._report.add(Kind.KEYLESS, bucket.record.name, f"{_text(key)}{_why(error)}")
        except (BlobMissing, BlobDamaged) as error:
            kind, why = _DAMAGE[type(error)], _why(error)
            number = int.from_bytes(row.key[-2:], "big")
            return _Damage(
                kind,
                f"part {number} of an upload of {_text(key)}{why}",
                lambda mender: mender.part(bucket, key, upload_id, row, f"{kind}{why}"),
            )
        return None

    async def _take_out(self, bucket: BucketRef, damage: _Damage) -> None:
        kept, what = None, damage.what
        if self._mender is not None:
            try:
                kept = await damage.take_out(self._mender)
            except StorageError as error:
                what += f"; left as it is: {type(error).__name__} {error}"
        self._report.add(
            damage.kind, bucket.record.name, what, repaired=kept is not None, kept=kept
        )

    # Blobs

    async def _check_blobs(self) -> None:
        async for info in self._blobs.list():
            self._report.blobs += 1
            bucket_id = keys.bucket_of_blob(info.blob)
            if await self._all.get(keys.reference(bucket_id, info.blob)) is not None:
                continue
            await self._set_aside_unnamed(bucket_id, info)
        for stray in self._strays():
            self._set_aside(Kind.STRAY, "", str(stray), lambda q, s=stray: q.take(s))  # type: ignore[misc]

    async def _set_aside_unnamed(self, bucket_id: bytes, info: BlobInfo) -> None:
        """Out of the way, not away: what should name it may only be lost."""
        kind = Kind.ORPHAN if await self._was_known(bucket_id) else Kind.FOREIGN
        what = info.blob.hex()
        if info.size > 0 or self._mender is None:
            self._set_aside(kind, bucket_id.hex(), what, lambda q: q.unnamed(info.blob))
            return
        left, why = True, "the store does not remove it"
        try:
            left = bool(await self._blobs.delete([info.blob]))
        except StorageError as error:
            why = str(error)
        what += f"; left as it is: {why}" if left else ""
        self._report.add(kind, bucket_id.hex(), what, repaired=not left)

    def _set_aside(
        self, kind: Kind, bucket: str, what: str, move: Callable[[Quarantine], str]
    ) -> None:
        kept = None
        if self._mender is not None:
            try:
                kept = move(self._mender.quarantine)
            except StorageError as error:
                what += f"; left as it is: {error}"
        self._report.add(kind, bucket, what, repaired=kept is not None, kept=kept)

    async def _was_known(self, bucket_id: bytes) -> bool:
        return (
            await self._data.get(keys.bucket(bucket_id)) is not None
            or await self._control.get(keys.gone(bucket_id)) is not None
        )


def _why(error: StorageError) -> str:
    said = str(getattr(error, "message", "")) or str(error)
    return f": {said}" if said else ""


def _text(key: bytes) -> str:
    return repr(key.decode(errors="backslashreplace"))
