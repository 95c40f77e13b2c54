"""A bucket beside the obvious program: lists of versions in a dictionary, random steps on both."""

import asyncio
from collections.abc import Awaitable
from typing import Any, NamedTuple, TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from storage import assembly, keys
from storage.assembly import Claimed, Wanted
from storage.copying import Original
from storage.errors import (
    IsDeleteMarker,
    NoSuchKey,
    NoSuchVersion,
    ObjectLocked,
    PreconditionFailed,
)
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.records import Attributes, ObjectVersion, Versioning, encode
from storage.retention import OFF, ON, held
from storage.versioning import NULL
from tests.storage.engine import INLINE_MAX, Body, Engine

KEYS = st.sampled_from([b"a", b"a/b", b"a/c", b"b"])
SIZES = st.sampled_from([0, 3, 100])
Result = TypeVar("Result")


class Version(NamedTuple):
    """One version in the model; no data: a delete marker."""

    version_id: str
    data: bytes | None
    pieces: tuple[bytes, ...] = ()  # if it was uploaded in parts
    held: bool = False  # by a legal hold


class Uploading(NamedTuple):
    """An upload under way in the model."""

    key: bytes
    upload_id: str
    parts: dict[int, tuple[str, bytes]]  # ETag and content


class Bucket(RuleBasedStateMachine):
    """S3's rules for versions, written down once more and simply."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.engine = Engine()
        self.run(self.engine.buckets.create("bucket", account="1", region="us-east-1"))
        self.versioning = Versioning.NEVER
        self.model: dict[bytes, list[Version]] = {}
        self.written = 0
        self.uploads: list[Uploading] = []
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(assembly, "PART_BYTES_MIN", 0)

    def teardown(self) -> None:
        self.patched.undo()
        for one in self.uploads:
            self.run(self.engine.uploads.abort(self.bucket, one.key, one.upload_id))
        for _ in range(3):
            self.run(self.engine.keeper.round())
        assert self.run(self.engine.fsck()).findings == []
        versions = [v for versions in self.model.values() for v in versions if v.data]
        live = {piece for v in versions for piece in v.pieces or (v.data or b"",)}
        large = [data for data in live if len(data) > INLINE_MAX]
        assert self.run(self.engine.blob_count()) == len(large)
        self.loop.close()

    def run(self, waiting: Awaitable[Result]) -> Result:
        async def body() -> Result:
            return await waiting

        return self.loop.run_until_complete(body())

    @property
    def bucket(self) -> Any:
        return self.run(self.engine.buckets.find("bucket"))

    def write(self, key: bytes, waiting: Awaitable[Result]) -> Result | None:
        """What a write gives, None if it is refused: it would have replaced what is held."""
        replaces = self.versioning is not Versioning.ENABLED
        blocked = replaces and any(one.held for one in self.versions(key) if one.version_id == NULL)
        try:
            done = self.run(waiting)
        except ObjectLocked:
            assert blocked
            return None
        assert not blocked
        return done

    def versions(self, key: bytes) -> list[Version]:
        return self.model.setdefault(key, [])

    def add(self, key: bytes, version: Version) -> None:
        """A new version comes first; a null one takes the place of the null one."""
        versions = self.versions(key)
        if version.version_id == NULL:
            versions[:] = [one for one in versions if one.version_id != NULL]
        versions.insert(0, version)

    def body(self, size: int) -> bytes:
        """Never the same twice, unless empty."""
        self.written += 1
        return (b"%d " % self.written).ljust(size, b".")[:size] if size else b""

    @rule(state=st.sampled_from([Versioning.ENABLED, Versioning.SUSPENDED]))
    def set_versioning(self, state: Versioning) -> None:
        bucket = self.bucket
        record = msgspec.structs.replace(bucket.record, versioning=state)
        row = keys.bucket(bucket.id)
        batch = Batch(row, expect={row: bucket.revision}, put={row: encode(record)})
        self.run(self.engine.meta.commit(batch))
        self.versioning = state

    @rule(key=KEYS, size=SIZES)
    def put(self, key: bytes, size: int) -> None:
        data = self.body(size)
        made = self.write(key, self.engine.put(self.bucket, key, data))
        if made is None:
            return
        assert bool(made.version_id) == (self.versioning is Versioning.ENABLED)
        self.add(key, Version(made.version_id or NULL, data))

    @rule(key=KEYS)
    def put_if_absent(self, key: bytes) -> None:
        versions = self.versions(key)
        is_there = bool(versions) and versions[0].data is not None
        data = self.body(100)
        try:
            made = self.write(
                key, self.engine.put(self.bucket, key, data, WriteCondition(if_none_match="*"))
            )
        except PreconditionFailed:
            assert is_there
            return
        assert not is_there
        if made is None:
            return
        self.add(key, Version(made.version_id or NULL, data))

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        gone = self.write(
            key,
            self.engine.objects.delete(self.bucket, key, None, owner="1", condition=UNCONDITIONAL),
        )
        if gone is None:
            return
        if self.versioning is Versioning.NEVER:
            assert not gone.delete_marker
            self.versions(key).clear()
        else:
            assert gone.delete_marker
            assert gone.version_id is not None
            self.add(key, Version(gone.version_id, None))

    @rule(key=KEYS, dice=st.integers(0, 10))
    def delete_version(self, key: bytes, dice: int) -> None:
        versions = self.versions(key)
        one = versions[dice % len(versions)] if versions else Version(NULL, None)
        chosen = one.version_id
        try:
            self.run(
                self.engine.objects.delete(
                    self.bucket, key, chosen, owner="1", condition=UNCONDITIONAL, bypass=True
                )
            )
        except ObjectLocked:
            assert one.held
            return
        assert not one.held
        versions[:] = [one for one in versions if one.version_id != chosen]

    @precondition(
        lambda self: any(one.data is not None for vs in self.model.values() for one in vs)
    )
    @rule(dice=st.integers(0, 10), status=st.sampled_from([ON, ON, OFF]))
    def hold(self, dice: int, status: str) -> None:
        """A legal hold, which nobody bypasses."""
        places = [
            (key, number)
            for key, versions in self.model.items()
            for number, one in enumerate(versions)
            if one.data is not None
        ]
        key, number = places[dice % len(places)]
        one = self.model[key][number]

        def change(old: ObjectVersion) -> Attributes:
            return msgspec.structs.replace(old.attributes, lock=held(old.attributes.lock, status))

        self.run(self.engine.objects.change(self.bucket, key, one.version_id, change))
        self.model[key][number] = one._replace(held=status == ON)

    @rule(source=KEYS, copy=KEYS)
    def copy_object(self, source: bytes, copy: bytes) -> None:
        versions = self.versions(source)
        if not versions or versions[0].data is None:
            return
        bucket = self.bucket
        found = self.run(self.engine.objects.stat(bucket, source))
        made = self.write(
            copy,
            self.engine.copies.copy(
                Original(bucket, source, found),
                bucket,
                copy,
                attributes=Attributes(metadata={"copy": "1"}),
                owner="1",
                algorithm=None,
                condition=UNCONDITIONAL,
            ),
        )
        if made is not None:
            new = versions[0]._replace(version_id=made.version_id or NULL, held=False)
            self.add(copy, new)

    @rule(key=KEYS)
    def begin_upload(self, key: bytes) -> None:
        uploads = self.engine.uploads
        made = self.run(uploads.create(self.bucket, key, attributes=Attributes(), owner="1"))
        self.uploads.append(Uploading(key, made, {}))

    @precondition(lambda self: self.uploads)
    @rule(dice=st.integers(0, 10), number=st.integers(1, 3), size=SIZES)
    def upload_part(self, dice: int, number: int, size: int) -> None:
        one = self.uploads[dice % len(self.uploads)]
        data = self.body(size)
        part, _ = self.run(
            self.engine.uploads.put_part(
                self.bucket, one.key, one.upload_id, number, Body(data), NOTHING_PROMISED
            )
        )
        one.parts[number] = part.etag, data

    @precondition(lambda self: any(one.parts for one in self.uploads))
    @rule(dice=st.integers(0, 10), chosen=st.sets(st.integers(1, 3)))
    def complete_upload(self, dice: int, chosen: set[int]) -> None:
        ready = [one for one in self.uploads if one.parts]
        one = ready[dice % len(ready)]
        numbers = sorted(chosen & one.parts.keys()) or sorted(one.parts)
        claimed = [Claimed(number, one.parts[number][0]) for number in numbers]
        made = None
        for _ in range(2):  # asked again, it says the same
            complete = self.engine.uploads.complete(
                self.bucket, one.key, one.upload_id, claimed, Wanted(), UNCONDITIONAL
            )
            made = self.write(one.key, complete)
            if made is None:
                return
        assert made is not None
        pieces = tuple(one.parts[number][1] for number in numbers)
        self.add(one.key, Version(made.version_id or NULL, b"".join(pieces), pieces))
        self.uploads.remove(one)

    @precondition(lambda self: self.uploads)
    @rule(dice=st.integers(0, 10))
    def abort_upload(self, dice: int) -> None:
        one = self.uploads.pop(dice % len(self.uploads))
        self.run(self.engine.uploads.abort(self.bucket, one.key, one.upload_id))

    @rule(key=KEYS, is_right=st.booleans())
    def put_over(self, key: bytes, is_right: bool) -> None:
        """If-Match, with the tag that the object has or another."""
        versions = self.versions(key)
        is_there = bool(versions) and versions[0].data is not None
        found = self.run(self.engine.objects.find(self.bucket, key))
        etag = found.etag if found is not None and is_right else "another"
        data = self.body(100)
        try:
            condition = WriteCondition(if_match=etag)
            made = self.write(key, self.engine.put(self.bucket, key, data, condition))
        except NoSuchKey:
            assert not is_there
        except PreconditionFailed:
            assert is_there
            assert not is_right
        else:
            assert is_right
            if made is not None:
                self.add(key, Version(made.version_id or NULL, data))

    @rule(key=KEYS)
    def tag(self, key: bytes) -> None:
        try:
            self.run(self.engine.objects.set_tags(self.bucket, key, None, {"a": "b"}))
        except NoSuchKey:
            assert not self.versions(key)
        except IsDeleteMarker:
            assert self.versions(key)[0].data is None

    @rule()
    def keep(self) -> None:
        self.run(self.engine.keeper.round())

    @invariant()
    def every_version_reads_as_it_was_written(self) -> None:
        bucket = self.bucket
        for key, versions in self.model.items():
            for version in versions:
                if version.data is not None:
                    read = self.engine.get(bucket, key, version.version_id)
                    assert self.run(read) == version.data
            current = versions[0].data if versions else None
            try:
                assert self.run(self.engine.get(bucket, key)) == current
            except NoSuchKey:
                assert current is None
            if all(one.version_id != NULL for one in versions):
                try:
                    self.run(self.engine.get(bucket, key, NULL))
                except NoSuchVersion:
                    continue
                raise AssertionError("a null version nobody made")

    @invariant()
    def the_listing_shows_what_is_current(self) -> None:
        page = self.run(
            self.engine.listings.objects(
                self.bucket, prefix=b"", delimiter=b"", after=b"", max_keys=100
            )
        )
        expected = sorted(k for k, vs in self.model.items() if vs and vs[0].data is not None)
        assert [one.key for one in page.entries] == expected

    @rule(max_keys=st.integers(1, 4), prefix=st.sampled_from([b"", b"a"]))
    def pages_of_versions_show_each_once(self, max_keys: int, prefix: bytes) -> None:
        found: list[tuple[bytes, str, bool]] = []
        key_marker, version_id_marker, more = b"", None, True
        while more:
            page = self.run(
                self.engine.listings.versions(
                    self.bucket,
                    prefix=prefix,
                    delimiter=b"",
                    key_marker=key_marker,
                    version_id_marker=version_id_marker,
                    max_keys=max_keys,
                )
            )
            items = [entry.item for entry in page.entries]
            found += [(one.key, one.version.version_id or NULL, one.is_latest) for one in items]
            more = page.is_truncated
            assert len(items) == max_keys or not more
            if items:
                key_marker, version_id_marker, _ = found[-1]
        assert found == [
            (key, version.version_id, number == 0)
            for key in sorted(self.model)
            if key.startswith(prefix)
            for number, version in enumerate(self.model[key])
        ]


TestBucket = Bucket.TestCase
TestBucket.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
