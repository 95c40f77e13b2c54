"""The blob store on obstore keeps the port's promises on stores as the providers have them."""

from abc import abstractmethod
from typing import Final

import pytest

from storage.blob import BlobInfo, BlobStore
from storage.blob.cloud import CloudBlobs, check, connected, take
from storage.conformance.blob import BlobConformance, content, drain, listed, name, read, store
from storage.errors import FormatError, StoreUnavailable
from tests.cloud.conftest import Emulators

pytestmark = pytest.mark.clients

PART_BYTES: Final = 5 * 1024 * 1024
OWN, OTHER = "1" * 32, "2" * 32
SMALL_BYTES: Final = 100_000  # so that the conformance tests write both kinds of blobs


class Cloud(BlobConformance):
    @property
    @abstractmethod
    def emulator(self) -> str:
        """Its name."""

    @pytest.fixture(autouse=True)
    def _place(self, running: Emulators, prefix: str) -> None:
        self._url = running.get(self.emulator).url(prefix)

    async def open(self) -> BlobStore:
        return CloudBlobs(connected(self._url), small_bytes=SMALL_BYTES)

    async def test_a_blob_of_several_parts_is_read_whole_and_in_stretches(self) -> None:
        """The parts are as small as S3 takes them."""
        blobs = CloudBlobs(connected(self._url), small_bytes=PART_BYTES, part_bytes=PART_BYTES)
        data = content(1, 2 * PART_BYTES + 12_345)
        await store(blobs, name(1), data, piece=1_000_000)
        assert await read(blobs, name(1), len(data)) == data
        for offset, length in ((0, 10), (PART_BYTES - 5, 10), (len(data) - 10, 10)):
            stretch = await drain(await blobs.read(name(1), offset, length))
            assert stretch == data[offset : offset + length]
        assert await listed(blobs) == [BlobInfo(name(1), len(data))]
        await blobs.delete([name(1)])
        assert await listed(blobs) == []
        await blobs.close()

    async def test_it_is_taken_by_its_first_owner_only(self) -> None:
        calls = connected(self._url)
        await check(calls, "it", OWN, is_new=True)
        await take(calls, "it", OWN)
        await check(calls, "it", OWN, is_new=False)
        with pytest.raises(FormatError, match="another data directory"):
            await check(calls, "it", OTHER, is_new=True)

    async def test_a_bucket_that_is_not_there_is_refused_with_what_to_do(
        self, running: Emulators
    ) -> None:
        calls = connected(running.get(self.emulator).url("test", bucket="nowhere"))
        with pytest.raises(StoreUnavailable, match="bucket"):
            await check(calls, "it", OWN, is_new=True)


class TestSignet(Cloud):
    emulator = "signet"


class TestMoto(Cloud):
    emulator = "moto"


class TestAzurite(Cloud):
    emulator = "azurite"
