"""Encrypted contents in the house: checked, damaged, without their keys; copied and uploaded."""

import os
from pathlib import Path
from typing import Final

import msgspec
import pytest

from storage import keys
from storage.blob.file import FileBlobs
from storage.copying import Original
from storage.errors import WrongCustomerKey
from storage.findings import Kind, Report
from storage.fsck import Fsck
from storage.integrity import NOTHING_PROMISED
from storage.keyring import LOOK_MS, Keyring
from storage.kms import LocalKms
from storage.mending import Mender
from storage.meta import Batch
from storage.preconditions import UNCONDITIONAL
from storage.protection import AES256, BUCKET_KEY_MS, CUSTOMER, DSSE, KMS, Protection, Wish
from storage.quarantine import QuarantineFolder
from storage.records import Attributes, ObjectVersion, encode
from storage.rows import BucketRef
from storage.seam import SystemRandomness
from tests.storage.engine import Body, Engine, drain

KEY: Final = b"c" * 32
WISHES: Final = (
    Wish(AES256),
    Wish(KMS, "key-1", '{"a":"b"}'),
    Wish(KMS, "key-1", bucket_key=True),
    Wish(DSSE, "key-1"),
    Wish(CUSTOMER, customer_key=KEY),
)
OF_KEYS: Final = WISHES[:-1]  # that we have


def _told(wish: Wish) -> str:
    return f"{wish.algorithm}{' by a bucket key' if wish.bucket_key else ''}"


class Sealed:
    """An engine on files, with a bucket."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.blobs = FileBlobs(directory / "blobs")
        self.engine = Engine(blobs=self.blobs)
        self.bucket: BucketRef

    async def put(self, key: bytes, data: bytes, wish: Wish | None) -> ObjectVersion:
        return await self.engine.objects.put(
            self.bucket,
            key,
            Body(data),
            attributes=Attributes(),
            owner="1",
            promises=NOTHING_PROMISED,
            condition=UNCONDITIONAL,
            wish=wish,
        )

    async def get(self, key: bytes, customer_key: bytes | None = KEY) -> bytes:
        opened = await self.engine.objects.open(
            self.bucket, key, None, lambda found: (0, found.size), customer_key
        )
        return await drain(opened.body)

    async def check(
        self, protection: Protection | None = None, *, repair: bool = False, deep: bool = True
    ) -> Report:
        mender = None
        if repair:
            folder = QuarantineFolder(self.directory / "quarantine", self.blobs)
            mender = Mender.over(self.engine.meta, self.blobs, folder)
        return await Fsck(
            control=self.engine.meta,
            data=self.engine.meta,
            blobs=self.blobs,
            mender=mender,
            deep=deep,
            protection=protection or self.engine.protection,
        ).run()

    async def change(self, version: ObjectVersion, place: int) -> None:
        """Flip a bit of a content where it is stored."""
        (segment,) = version.segments
        if segment.inline:
            row_key = keys.inline(self.bucket.id, segment.content)
            row = await self.engine.meta.get(row_key)
            assert row is not None
            data = bytearray(row.value)
            data[place] ^= 1
            await self.engine.meta.commit(
                Batch(keys.bucket(self.bucket.id), put={row_key: bytes(data)})
            )
            return
        path = self.blobs.path_of(segment.blob)
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)


@pytest.fixture
async def sealed(tmp_path: Path) -> Sealed:
    made = Sealed(tmp_path)
    made.bucket = await made.engine.buckets.create("bucket", account="1", region="r")
    return made


def without_keys(engine: Engine) -> Protection:
    """As after the folder of keys was lost."""
    randomness = SystemRandomness()
    keyring = Keyring(None, clock=engine.clock, randomness=randomness)
    kms = LocalKms(keyring, ("key-1",), "r", randomness)
    return Protection(keyring, kms, engine.clock, randomness)


def kinds(report: Report) -> list[Kind]:
    return [finding.kind for finding in report.findings]


@pytest.mark.parametrize("size", [1, 16, 17, 200_000])
@pytest.mark.parametrize("wish", WISHES, ids=_told)
async def test_what_is_encrypted_is_found_to_be_whole(
    sealed: Sealed, wish: Wish, size: int
) -> None:
    body = os.urandom(size)
    await sealed.put(b"k", body, wish)
    assert await sealed.get(b"k") == body
    for deep in (False, True):
        assert kinds(await sealed.check(deep=deep)) == []
    assert kinds(await sealed.check(without_keys(sealed.engine), deep=False)) == []


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("wish", OF_KEYS, ids=_told)
async def test_a_bit_flipped_is_found_and_the_object_taken_out(
    sealed: Sealed, wish: Wish, size: int
) -> None:
    version = await sealed.put(b"k", bytes(size), wish)
    await sealed.change(version, size // 2)
    assert kinds(await sealed.check(deep=False)) == []
    assert kinds(await sealed.check()) == [Kind.DAMAGED]
    assert kinds(await sealed.check(repair=True)) == [Kind.DAMAGED]
    assert kinds(await sealed.check()) == []
    (folder,) = (sealed.directory / "quarantine").iterdir()
    assert '"encryption": [' in (folder / "what.json").read_text()


@pytest.mark.parametrize("wish", WISHES, ids=_told)
async def test_a_content_cut_short_is_found_without_its_key(sealed: Sealed, wish: Wish) -> None:
    version = await sealed.put(b"k", bytes(100_000), wish)
    path = sealed.blobs.path_of(version.segments[0].blob)
    path.write_bytes(path.read_bytes()[:-1])
    for deep in (False, True):
        assert kinds(await sealed.check(without_keys(sealed.engine), deep=deep)) == [Kind.DAMAGED]


@pytest.mark.parametrize("wish", OF_KEYS, ids=_told)
async def test_where_a_key_is_lost_nothing_is_taken_out(sealed: Sealed, wish: Wish) -> None:
    await sealed.put(b"k", b"content" * 1000, wish)
    lost = without_keys(sealed.engine)
    report = await sealed.check(lost, repair=True)
    assert [(finding.kind, finding.repaired) for finding in report.findings] == [
        (Kind.KEYLESS, False)
    ]
    assert await sealed.get(b"k") == b"content" * 1000
    assert kinds(await sealed.check()) == []


@pytest.mark.parametrize("wish", WISHES, ids=_told)
async def test_parts_under_way_are_encrypted_and_checked(sealed: Sealed, wish: Wish) -> None:
    uploads = sealed.engine.uploads
    upload = await uploads.create(
        sealed.bucket, b"k", attributes=Attributes(), owner="1", wish=wish
    )
    for number, body in enumerate((b"small", b"plaintext" * 1000), 1):
        await uploads.put_part(
            sealed.bucket,
            b"k",
            upload,
            number,
            Body(body),
            NOTHING_PROMISED,
            customer_key=KEY,
        )
    assert kinds(await sealed.check()) == []
    async for info in sealed.blobs.list():
        data = sealed.blobs.path_of(info.blob).read_bytes()
        assert b"plaintext" not in data
        sealed.blobs.path_of(info.blob).write_bytes(bytes(len(data)))
    found = kinds(await sealed.check())
    assert found == ([] if wish.algorithm == CUSTOMER else [Kind.DAMAGED])


async def test_a_part_with_another_customers_key_is_refused(sealed: Sealed) -> None:
    uploads = sealed.engine.uploads
    upload = await uploads.create(
        sealed.bucket, b"k", attributes=Attributes(), owner="1", wish=WISHES[-1]
    )
    for customer_key in (b"o" * 32, None):
        with pytest.raises(WrongCustomerKey):
            await uploads.put_part(
                sealed.bucket,
                b"k",
                upload,
                1,
                Body(b"x"),
                NOTHING_PROMISED,
                customer_key=customer_key,
            )


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("wish", WISHES, ids=_told)
async def test_a_shared_content_outlives_the_object_it_came_from(
    sealed: Sealed, wish: Wish, size: int
) -> None:
    body = os.urandom(size)
    source = await sealed.put(b"k", body, wish)
    copy = await sealed.engine.copies.copy(
        Original(sealed.bucket, b"k", source),
        sealed.bucket,
        b"copy",
        attributes=Attributes(),
        owner="1",
        algorithm=None,
        condition=UNCONDITIONAL,
        wish=wish,
        customer_key=KEY,
    )
    assert (copy.content == source.content) == (size > 16)
    await sealed.engine.objects.delete(
        sealed.bucket, b"k", None, owner="1", condition=UNCONDITIONAL
    )
    for _ in range(3):
        await sealed.engine.keeper.round()
    assert await sealed.get(b"copy") == body
    assert kinds(await sealed.check()) == []


@pytest.mark.parametrize("wish", OF_KEYS, ids=_told)
async def test_a_copy_that_shares_its_content_comes_under_the_newest_key(
    sealed: Sealed, wish: Wish
) -> None:
    """As ``signet keys rotate`` says: no content moves, and the versions before are not needed."""
    body = os.urandom(100_000)
    source = await sealed.put(b"k", body, wish)
    protection = sealed.engine.protection
    keyring = protection.keyring
    for name in {key.name for key in keyring.list()}:
        keyring.rotate(name)
    sealed.engine.clock.ms += BUCKET_KEY_MS + LOOK_MS
    copy = await sealed.engine.copies.copy(
        Original(sealed.bucket, b"k", source),
        *(sealed.bucket, b"k"),
        attributes=Attributes(),
        owner="1",
        algorithm=None,
        condition=UNCONDITIONAL,
        wish=wish,
    )
    assert (copy.content, copy.etag) == (source.content, source.etag)
    for versions in keyring._keys.values():
        del versions[min(versions)]
    forgetful = Protection(keyring, protection.kms, sealed.engine.clock, SystemRandomness())
    assert kinds(await sealed.check(forgetful)) == []
    assert await sealed.get(b"k") == body


async def test_a_wrapped_key_of_another_object_opens_nothing(sealed: Sealed) -> None:
    """Whoever can write rows cannot show one object's content as another's."""
    one = await sealed.put(b"one", bytes(1000), WISHES[0])
    other = await sealed.put(b"other", bytes(1000), WISHES[0])
    row_key = keys.current(sealed.bucket.id, b"one")
    swapped = msgspec.structs.replace(one, encryption=other.encryption)
    await sealed.engine.meta.commit(
        Batch(keys.bucket(sealed.bucket.id), put={row_key: encode(swapped)})
    )
    assert kinds(await sealed.check()) == [Kind.DAMAGED]
