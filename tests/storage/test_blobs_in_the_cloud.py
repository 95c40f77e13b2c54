"""The blob store on obstore keeps the port's promises on the two stores that need no network."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from obstore.store import LocalStore, MemoryStore

from storage.blob import BlobStore
from storage.blob.cloud import CloudBlobs
from storage.blob.cloud.calls import Calls, Found
from storage.conformance.blob import BlobConformance

PART_BYTES: Final = 100_000  # so that the conformance tests write both kinds of blobs


class TestMemory(BlobConformance):
    _store: Any = None

    async def open(self) -> BlobStore:
        self._store = self._store or MemoryStore()
        calls = Calls(self._store, "memory", bulk=True, attributes=True)
        return CloudBlobs(calls, small_bytes=PART_BYTES, part_bytes=PART_BYTES)


class Sorted(Calls):
    """Folders have no order; the stores that URLs name list by names."""

    async def list(self, after: str | None) -> AsyncIterator[Sequence[Found]]:
        everything = [one async for page in super().list(after) for one in page]
        yield sorted(everything)


class TestLocal(BlobConformance):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self._path = tmp_path / "objects"

    async def open(self) -> BlobStore:
        store = LocalStore(self._path, mkdir=True)
        calls = Sorted(store, "a folder", bulk=False, attributes=False)
        return CloudBlobs(calls, small_bytes=PART_BYTES, part_bytes=PART_BYTES)
