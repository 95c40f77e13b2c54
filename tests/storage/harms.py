"""What can befall a data directory, and what the check then finds."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from storage import keys
from storage.blob import BlobId
from storage.fsck import Kind
from storage.meta import Batch, Delta
from storage.records import Garbage, NameRecord, Reference, encode
from tests.storage.house import WHOLE, House

Harm = Callable[[House], Awaitable[None]]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


async def nothing(_: House) -> None:
    pass


async def lose_the_current(house: House) -> None:
    house.file_of(house.whole).unlink()


async def lose_an_older(house: House) -> None:
    house.file_of(house.older).unlink()


async def cut_the_current(house: House) -> None:
    os.truncate(house.file_of(house.whole), 999)


async def flip_a_bit(house: House) -> None:
    flip(house.file_of(house.whole))


async def flip_a_bit_of_all_copies(house: House) -> None:
    await house.copy(house.whole, b"copy")
    flip(house.file_of(house.whole))


async def flip_a_bit_in_a_part_of_an_object(house: House) -> None:
    flip(house.file_of(house.parts, 2))


async def lose_a_small_one(house: House) -> None:
    row_key = keys.inline(house.bucket.id, house.small.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def change_a_small_one(house: House) -> None:
    row_key = keys.inline(house.bucket.id, house.small.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"t"}))


async def lose_a_part(house: House) -> None:
    (await house.part_file(1)).unlink()


async def flip_a_bit_in_a_part_under_way(house: House) -> None:
    flip(await house.part_file(3))


async def lose_everything(house: House) -> None:
    async for info in house.blobs.list():
        house.blobs.path_of(info.blob).unlink()


async def leave_files_about(house: House) -> None:
    (house.directory / "blobs" / "stray").write_bytes(b"x")
    (house.directory / "blobs" / "00" / "stray").write_bytes(b"y")
    blob = house.file_of(house.whole)
    fan = "00" if blob.parent.name != "00" else "01"
    (house.directory / "blobs" / fan / blob.name).write_bytes(WHOLE)


async def leave_a_blob(house: House) -> None:
    writer = await house.blobs.create(BlobId(house.bucket.id + os.urandom(16)))
    await writer.write(b"x")
    await writer.commit()


async def leave_a_blob_of_another_database(house: House) -> None:
    writer = await house.blobs.create(BlobId(os.urandom(24)))
    await writer.write(b"x")
    await writer.commit()


async def forget_a_reference(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.whole.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def forget_the_reference_of_a_piece(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.parts.segments[0].content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def condemn_what_is_named(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.whole.content)
    value = encode(Reference(-1))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def count_too_few(house: House) -> None:
    await house.copy(house.whole, b"copy")
    row_key = keys.reference(house.bucket.id, house.whole.content)
    value = encode(Reference(1))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def count_what_is_not(house: House) -> None:
    row_key = keys.reference(house.bucket.id, b"\1" * 24)
    value = encode(Reference(0))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def _leave(house: House, left: Garbage) -> None:
    batch = Batch(keys.bucket(house.bucket.id))
    batch.append.append((keys.garbage(house.bucket.id), encode(left)))
    await house.data.commit(batch)


async def give_back_what_is_named(house: House) -> None:
    content = house.whole.content
    row_key = keys.reference(house.bucket.id, content)
    value = encode(Reference(0))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))
    await _leave(house, Garbage(blobs=(content,), content=content))


async def give_back_what_is_named_and_counted(house: House) -> None:
    blobs = tuple(segment.content for segment in house.parts.segments if not segment.inline)
    inlines = tuple(segment.content for segment in house.parts.segments if segment.inline)
    await _leave(house, Garbage(blobs=blobs, inlines=inlines, content=house.parts.content))


async def give_back_parts_that_are_named(house: House) -> None:
    blobs = tuple(segment.content for segment in house.parts.segments if not segment.inline)
    await _leave(house, Garbage(blobs=(*blobs, b"\2" * 24)))


async def give_back_small_ones_that_are_named(house: House) -> None:
    part = house.parts.segments[1].content
    await _leave(house, Garbage(inlines=(house.small.content, part, b"\2" * 24)))


async def give_back_a_small_object(house: House) -> None:
    await _leave(house, Garbage(inlines=(house.small.content,), content=house.small.content))


async def use_more(house: House) -> None:
    row_key = keys.usage_bytes(house.bucket.id)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), add={row_key: Delta(5)}))


async def forget_the_bucket(house: House) -> None:
    await house.data.commit(Batch(keys.CONTROL, delete={keys.name("bucket")}))


async def lose_the_bucket(house: House) -> None:
    row_key = keys.bucket(house.bucket.id)
    await house.data.commit(Batch(row_key, delete={row_key}))


async def put_a_folder_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.unlink()
    path.mkdir()
    (path / "inside").write_bytes(b"x")


async def put_a_link_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.rename(house.directory / "elsewhere")
    path.symlink_to(house.directory / "elsewhere")


async def put_a_pipe_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.unlink()
    os.mkfifo(path)


async def forget_the_listing(house: House) -> None:
    await house.data.commit(Batch(keys.CONTROL, delete={keys.account_bucket("1", "bucket")}))


async def name_what_is_not(house: House) -> None:
    value = encode(NameRecord(b"\0" * 8, "1", 0, "r"))
    put = {keys.name("none"): value, keys.account_bucket("1", "none"): value}
    await house.data.commit(Batch(keys.CONTROL, put=put))


HARMS = [
    pytest.param(nothing, [], id="nothing"),
    pytest.param(lose_the_current, [Kind.MISSING], id="the current version's content lost"),
    pytest.param(lose_an_older, [Kind.MISSING], id="an older version's content lost"),
    pytest.param(cut_the_current, [Kind.DAMAGED], id="a content cut short"),
    pytest.param(flip_a_bit, [Kind.DAMAGED], id="a bit flipped"),
    pytest.param(
        flip_a_bit_of_all_copies, [Kind.DAMAGED] * 2, id="a bit flipped that two objects share"
    ),
    pytest.param(
        flip_a_bit_in_a_part_of_an_object, [Kind.DAMAGED], id="a bit flipped in one of three parts"
    ),
    pytest.param(lose_a_small_one, [Kind.MISSING], id="a small content lost"),
    pytest.param(change_a_small_one, [Kind.DAMAGED], id="a small content changed"),
    pytest.param(lose_a_part, [Kind.MISSING], id="a part under way lost"),
    pytest.param(flip_a_bit_in_a_part_under_way, [Kind.DAMAGED], id="a bit flipped in a part"),
    pytest.param(lose_everything, [Kind.MISSING] * 5, id="all blobs lost"),
    pytest.param(leave_files_about, [Kind.STRAY] * 3, id="files that are no blobs"),
    pytest.param(leave_a_blob, [Kind.ORPHAN], id="a blob without a name"),
    pytest.param(leave_a_blob_of_another_database, [Kind.FOREIGN], id="a blob of no bucket"),
    pytest.param(forget_a_reference, [Kind.MISCOUNTED], id="a count lost"),
    pytest.param(forget_the_reference_of_a_piece, [Kind.MISCOUNTED], id="a part's count lost"),
    pytest.param(condemn_what_is_named, [Kind.MISCOUNTED], id="a content condemned and named"),
    pytest.param(count_too_few, [Kind.MISCOUNTED], id="two names counted as one"),
    pytest.param(count_what_is_not, [Kind.LEAKED], id="a count of nothing"),
    pytest.param(give_back_what_is_named, [Kind.MISCOUNTED], id="a content given back and named"),
    pytest.param(
        give_back_what_is_named_and_counted,
        [Kind.MISCOUNTED],
        id="a content given back, named and counted",
    ),
    pytest.param(
        give_back_parts_that_are_named, [Kind.MISCOUNTED] * 2, id="parts given back and named"
    ),
    pytest.param(
        give_back_small_ones_that_are_named,
        [Kind.MISCOUNTED] * 2,
        id="small contents given back and named",
    ),
    pytest.param(
        give_back_a_small_object, [Kind.MISCOUNTED], id="a small object given back and named"
    ),
    pytest.param(use_more, [Kind.USAGE], id="wrong usage"),
    pytest.param(forget_the_bucket, [Kind.UNLISTED, Kind.NAMELESS], id="a bucket's name lost"),
    pytest.param(lose_the_bucket, [Kind.LOST], id="a bucket's row lost"),
    pytest.param(
        put_a_folder_in_its_place, [Kind.MISSING, Kind.STRAY], id="a folder for a content"
    ),
    pytest.param(put_a_link_in_its_place, [Kind.MISSING, Kind.STRAY], id="a link for a content"),
    pytest.param(put_a_pipe_in_its_place, [Kind.MISSING, Kind.STRAY], id="a pipe for a content"),
    pytest.param(forget_the_listing, [Kind.UNLISTED], id="a bucket its owner does not see"),
    pytest.param(name_what_is_not, [Kind.NAME], id="a name of no bucket"),
]
