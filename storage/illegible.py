"""Rows that do not decode are taken out and kept as hex; what counts them is rebuilt."""

import msgspec

from storage import keys
from storage.blob import BUCKET_ID_BYTES
from storage.errors import StorageError
from storage.findings import Kind, Report
from storage.garbage import pages
from storage.legible import TAGS, Legible, is_legible
from storage.meta import Batch, MetaStore, Range, Row, prefix_range
from storage.quarantine import Quarantine, Remains
from storage.records import ObjectVersion, decode_bucket, decode_version, encode

_ALONE = "names"  # where those are kept that belong to no bucket


class Illegible:
    """Looks at every row that has something to decode, and takes out what has not."""

    def __init__(
        self, control: MetaStore, data: MetaStore, report: Report, quarantine: Quarantine | None
    ) -> None:
        """Without ``quarantine`` nothing is taken out."""
        self._control = control
        self._data = data
        self._legible = Legible(data)
        self._report = report
        self._quarantine = quarantine
        self._left = False

    async def check(self) -> bool:
        """Look at all of them once; False if some are left as they are."""
        for prefix in (keys.NAMES, keys.ACCOUNTS, keys.GONE):
            await self._check(self._control, prefix_range(prefix), _ALONE)
        await self._check_identities()
        everything = keys.all_buckets()
        start = everything.start
        while found := await self._data.scan([Range(start, everything.end)], 1):
            bucket_id = keys.bucket_id_of(found[0].key)
            row_key = keys.bucket(bucket_id)
            only = Range(row_key, row_key + b"\x00")
            if len(bucket_id) < BUCKET_ID_BYTES:  # nothing of ours: others may follow it
                await self._check(self._data, only, bucket_id.hex())
                start = only.end
                continue
            row = await self._legible.get(row_key)
            name = decode_bucket(row.value).name if row else bucket_id.hex()
            await self._check(self._data, only, name)
            # The current versions first: who looks at older ones finds one that decodes.
            for tag in TAGS:
                await self._check(self._data, prefix_range(row_key + tag), name)
            start = keys.everything(bucket_id).end
        return not self._left

    async def _check_identities(self) -> None:
        """These are told of and left: without one of them somebody might be allowed more."""
        for prefix in (keys.IDENTITIES, keys.LIMITS, keys.QUOTAS):
            async for page in pages(self._control, prefix_range(prefix)):
                for row in page:
                    if not is_legible(row):
                        what = f"{_shown(row.key)}; left as it is: restore it"
                        self._report.add(Kind.ILLEGIBLE, _ALONE, what, repaired=False)

    async def _check(self, store: MetaStore, rows: Range, bucket: str) -> None:
        async for page in pages(store, rows):
            for row in page:
                if not is_legible(row):
                    await self._take_out(store, row, bucket)

    async def _take_out(self, store: MetaStore, row: Row, bucket: str) -> None:
        kept, what = None, _shown(row.key)
        if self._quarantine is not None:
            why = Kind.ILLEGIBLE.value
            told = {"why": why, "bucket": bucket, "what": what}
            told |= {"row": row.key.hex(), "value": row.value.hex()}
            try:
                kept = self._quarantine.keep(Remains(bucket, row.key + b"\x00" + row.value, told))
                await store.commit(await self._without(row))
            except StorageError as error:
                kept, what = None, f"{what}; left as it is: {type(error).__name__} {error}"
        self._left |= kept is None
        self._report.add(Kind.ILLEGIBLE, bucket, what, repaired=kept is not None, kept=kept)

    async def _without(self, row: Row) -> Batch:
        if row.key[:1] == keys.CONTROL:
            return Batch(keys.CONTROL, expect={row.key: row.revision}, delete={row.key}, frees=True)
        bucket_id = keys.bucket_id_of(row.key)
        partition = keys.bucket(bucket_id)
        batch = Batch(partition, expect={row.key: row.revision}, delete={row.key}, frees=True)
        current, older = keys.objects_prefix(bucket_id), keys.versions_prefix(bucket_id)
        if row.key.startswith(current):
            await self._promote(batch, bucket_id, row.key[len(current) :])
        elif row.key.startswith(older):
            await self._forget_null(batch, bucket_id, row.key[len(older) :])
        return batch

    async def _promote(self, batch: Batch, bucket_id: bytes, key: bytes) -> None:
        """The newest of the older versions becomes the current one."""
        newest, null_sequence = None, 0
        async for page in pages(self._legible, keys.noncurrent_of(bucket_id, key)):
            for row in page:
                version = decode_version(row.value)
                if newest is None:
                    newest = row, version
                elif version.version_id == "":
                    null_sequence = version.sequence
        if newest is None:
            return
        row, version = newest
        row_key = keys.current(bucket_id, key)
        batch.expect[row.key] = row.revision
        batch.put[row_key] = _with_null(version, null_sequence)
        batch.delete = {row.key}

    async def _forget_null(self, batch: Batch, bucket_id: bytes, place: bytes) -> None:
        """Else its sequence, were it given to another version, would say that this is null."""
        try:
            key, inverted = keys.unescape(place)
        except ValueError:
            return  # of no key
        current = await self._legible.get(keys.current(bucket_id, key))
        if current is None:
            return
        version = decode_version(current.value)
        if version.null_sequence == keys.SEQUENCE_MAX - int.from_bytes(inverted, "big"):
            batch.expect[current.key] = current.revision
            batch.put[current.key] = _with_null(version, 0)


def _with_null(version: ObjectVersion, sequence: int) -> bytes:
    return encode(msgspec.structs.replace(version, null_sequence=sequence))


def _shown(key: bytes) -> str:
    """The object's key, where it is of one."""
    if key[:1] == keys.CONTROL:
        return repr(key[len(keys.NAMES) :].decode(errors="backslashreplace"))
    row_key = keys.bucket(keys.bucket_id_of(key))
    tag, rest = key[len(row_key) :][:1], key[len(row_key) + 1 :]
    if tag in (b"v", b"u"):
        rest = keys.escaped_key(rest)
    if tag in (b"o", b"v", b"u"):
        what = "an upload of " if tag == b"u" else ""
        return what + repr(rest.decode(errors="backslashreplace"))
    return f"row {key.hex()}"
