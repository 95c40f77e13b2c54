"""What a bucket's rows name, counted anew, against what its counting rows say."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from storage import census, keys
from storage.assembly import garbage_of
from storage.blob import BlobId
from storage.census import Census, listed
from storage.errors import StorageError
from storage.findings import Kind, Report
from storage.garbage import pages
from storage.meta import ABSENT, Batch, Delta, MetaStore, Row, counter_value, prefix_range
from storage.quarantine import Quarantine, Remains, pieces
from storage.records import Garbage, Reference, Segment, decode_garbage, decode_reference, encode
from storage.rows import BucketRef


class Counts:
    """Counts one bucket, and compares."""

    def __init__(
        self, data: MetaStore, bucket: BucketRef, report: Report, quarantine: Quarantine | None
    ) -> None:
        """Sets right what is wrong if there is a ``quarantine`` for what nothing names."""
        self._data = data
        self._bucket = bucket
        self._report = report
        self._quarantine = quarantine
        self._census = Census()
        self._taken_back = set[bytes]()  # rows of the log

    async def check(self) -> None:
        """Count, compare, and set right what is wrong, if asked to."""
        self._census = await census.take(self._data, self._bucket.id)
        await self._check_parts()
        await self._check_references()
        await self._check_small()
        await self._check_usage()

    async def _check_parts(self) -> None:
        """Parts of an upload whose row is lost: nobody can complete it or abort it."""
        for upload, parts in self._census.lost.items():
            own = [part.segment for _, part in parts if part.segment is not None]
            free = [segment for segment in own if not self._census.has(segment.content)]
            self._census.left |= {segment.content for segment in free}
            what = f"{len(parts)} parts of an upload that is not there, {upload.hex()}"
            told = {
                "upload": upload.hex(),
                "parts": [{"part": n, "size": p.size, "etag": p.etag} for n, p in parts],
                "pieces": pieces(own),
            }
            left = garbage_of(free, upload=upload)
            await self._give_back(what, upload, left, Batch(keys.bucket(self._bucket.id)), told)

    async def _check_references(self) -> None:
        """Both in the order of contents: to remember which had a row would take more memory."""
        prefix = keys.reference(self._bucket.id, b"")
        named = sorted(self._census.named)
        at = 0
        async for page in pages(self._data, keys.references(self._bucket.id)):
            for row in page:
                content = row.key[len(prefix) :]
                upto = bisect_left(named, content, at)
                for uncounted in named[at:upto]:
                    await self._compare(uncounted, 0, ABSENT)
                at = upto + (named[upto : upto + 1] == [content])
                await self._compare(content, decode_reference(row.value).count, row.revision)
        for uncounted in named[at:]:
            await self._compare(uncounted, 0, ABSENT)

    async def _compare(self, content: bytes, count: int, revision: int) -> None:
        named = self._census.count_of(content)
        wrongly = self._census.wrongly.get(content, [])
        # Condemned, or waiting for the keeper: nobody will name it any more.
        right = named == count if named else count < 0 or content in self._census.left
        if right and not wrongly:
            return
        what = f"{content.hex()}: {count} for {named}" + (", to be deleted" if wrongly else "")
        row_key = keys.reference(self._bucket.id, content)
        batch = Batch(keys.bucket(self._bucket.id), expect={row_key: revision})
        batch.put[row_key] = encode(Reference(named))
        if named:
            await self._keep_from_keeper(what, batch, wrongly)
            return
        told = {"content": content.hex()}
        left = Garbage(blobs=(content,), content=content)
        await self._give_back(what, content, left, batch, told)

    async def _keep_from_keeper(self, what: str, batch: Batch, wrongly: Sequence[Row]) -> None:
        """Commit, and take what is named back: else the keeper deletes what was just set right."""
        rows = [row for row in wrongly if row.key not in self._taken_back]  # with another content
        for row in rows:
            spared = self._census.spare(decode_garbage(row.value))
            if spared == Garbage():
                batch.delete.add(row.key)
            else:
                batch.put[row.key] = encode(spared)
        if await self._set_right(Kind.MISCOUNTED, what, batch):
            self._taken_back.update(row.key for row in rows)

    async def _check_small(self) -> None:
        """Contents in rows of their own; they are not counted."""
        prefix = keys.inline(self._bucket.id, b"")
        async for page in pages(self._data, prefix_range(prefix)):
            for row in page:
                content = row.key[len(prefix) :]
                what = f"{content.hex()}: {len(row.value)} bytes"
                batch = Batch(keys.bucket(self._bucket.id), expect={row.key: row.revision})
                if content in self._census.small:
                    if wrongly := self._census.wrongly.get(content):
                        await self._keep_from_keeper(f"{what}, to be deleted", batch, wrongly)
                    continue
                if content in self._census.left:
                    continue
                told = {"content": content.hex()}
                await self._give_back(what, content, Garbage(inlines=(content,)), batch, told)

    async def _check_usage(self) -> None:
        bucket_id = self._bucket.id
        for key, actual in (
            (keys.usage_bytes(bucket_id), self._census.size),
            (keys.usage_objects(bucket_id), self._census.objects),
        ):
            said = counter_value(await self._data.get(key))
            if said == actual:
                continue
            what = f"{key[len(keys.bucket(bucket_id)) + 1 :].decode()}: {said} for {actual}"
            batch = Batch(keys.bucket(bucket_id), add={key: Delta(actual - said)})
            await self._set_right(Kind.USAGE, what, batch)

    # Mending

    async def _set_right(self, kind: Kind, what: str, batch: Batch) -> bool:
        repaired = False
        if self._quarantine is not None:
            try:
                await self._data.commit(batch)
                repaired = True
            except StorageError as error:
                what += _left(error)
        self._report.add(kind, self._bucket.record.name, what, repaired=repaired)
        return repaired

    async def _give_back(
        self, what: str, place: bytes, left: Garbage, batch: Batch, told: Mapping[str, Any]
    ) -> None:
        """The keeper removes it then; it is kept, for what named it may only have been lost."""
        kept = None
        if self._quarantine is not None:
            batch.append.append((keys.garbage(self._bucket.id), encode(left)))
            try:
                kept = self._quarantine.keep(await self._remains(place, left, told))
                await self._data.commit(batch)
            except StorageError as error:
                kept, what = None, what + _left(error)
        name = self._bucket.record.name
        self._report.add(Kind.LEAKED, name, what, repaired=kept is not None, kept=kept)

    async def _remains(self, place: bytes, left: Garbage, told: Mapping[str, Any]) -> Remains:
        bucket, why = self._bucket.record.name, Kind.LEAKED.value
        what: dict[str, Any] = {"why": why, "bucket": bucket, **told}
        own: list[Segment] = []
        if left.content:
            own = [one async for one in listed(self._data, self._bucket.id, left.content)]
        if own:  # a long list: of the content itself there is no blob
            what["pieces"] = pieces(own)
        blobs = [one.blob for one in own if not one.inline] or [BlobId(b) for b in left.blobs]
        inline = {}
        for content in (*left.inlines, *(one.content for one in own if one.inline)):
            row = await self._data.get(keys.inline(self._bucket.id, content))
            if row is not None:
                inline[content] = row.value
        return Remains(bucket, place, what, blobs, inline)


def _left(error: StorageError) -> str:
    return f"; left as it is: {type(error).__name__} {error}"
