"""Frames: opened they are what was sealed, in any range; changed, moved or cut they open never."""

import os
from typing import Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.blob import BlobId
from storage.blob.memory import MemoryBlobs
from storage.content import open_whole
from storage.encryption import (
    FRAME_BYTES,
    KEY_BYTES,
    TAG_BYTES,
    Cipher,
    Sealer,
    frames_of,
    opaque_etag,
    sealed_size,
    stretch_of,
)
from storage.errors import BlobDamaged
from storage.sealing import SealingWriter, open_sealed

KEYS: Final = (bytes(range(32)), bytes(range(32, 64)))
CONTENT: Final = b"bucket.." + b"0123456789abcdef"
SIZES: Final = (1, 15, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_000)


def cipher(layers: int = 1, content: bytes = CONTENT) -> Cipher:
    return Cipher(KEYS[:layers], content)


def test_a_frame_is_aes_gcm_under_a_key_that_hkdf_expands() -> None:
    key = HKDFExpand(hashes.SHA256(), KEY_BYTES, b"signet content 1\0" + CONTENT).derive(KEYS[0])
    nonce, mark = bytes(11) + b"\x07", bytes(7) + b"\x07" + b"\x01"
    assert cipher().seal(7, b"frame", last=True) == AESGCM(key).encrypt(nonce, b"frame", mark)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_is_opened_and_has_its_size(size: int, layers: int) -> None:
    content = os.urandom(size)
    sealed = cipher(layers).seal_whole(content)
    assert len(sealed) == sealed_size(size, layers) == size + layers * TAG_BYTES * frames_of(size)
    assert open_whole(cipher(layers), size, sealed) == content
    assert content[:16] not in sealed or size < 16


def test_nothing_is_sealed_of_nothing() -> None:
    assert cipher().seal_whole(b"") == b""
    assert sealed_size(0, 2) == 0
    assert open_whole(cipher(), 0, b"") == b""


def test_a_sealed_content_does_not_depend_on_the_pieces_it_came_in() -> None:
    content = os.urandom(2 * FRAME_BYTES + 100)
    whole = cipher().seal_whole(content)
    for step in (1000, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES):
        sealer = Sealer(cipher())
        frames = [
            frame
            for start in range(0, len(content), step)
            for frame in sealer.update(content[start : start + step])
        ]
        assert b"".join([*frames, sealer.finish()]) == whole


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bit_flipped_in_any_byte_is_found(layers: int) -> None:
    sealed = cipher(layers).seal_whole(b"a small object")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << place % 8
        with pytest.raises(BlobDamaged):
            open_whole(cipher(layers), 14, bytes(changed))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_content_cut_or_lengthened_by_any_byte_is_found(layers: int) -> None:
    sealed = cipher(layers).seal_whole(b"a small object")
    for end in range(len(sealed)):
        # Also where the row was changed to fit.
        size = max(end - layers * TAG_BYTES, 0)
        with pytest.raises(BlobDamaged):
            open_whole(cipher(layers), size or 14, sealed[:end])
    with pytest.raises(BlobDamaged):
        open_whole(cipher(layers), 15, sealed + b"\0")


STEP: Final = FRAME_BYTES + TAG_BYTES


def frames(sealed: bytes) -> list[bytes]:
    return [sealed[start : start + STEP] for start in range(0, len(sealed), STEP)]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param([1, 0, 2], id="swapped"),
        pytest.param([0, 0, 2], id="one twice"),
        pytest.param([0, 2], id="one left out"),
        pytest.param([0, 1], id="the last cut off"),
        pytest.param([0, 1, 2, 2], id="the last twice"),
        pytest.param([0, 1, 2, 0], id="one appended"),
    ],
)
def test_whole_frames_cannot_be_rearranged(order: list[int]) -> None:
    found = frames(cipher().seal_whole(os.urandom(3 * FRAME_BYTES)))
    arranged = b"".join([found[number] for number in order])
    with pytest.raises(BlobDamaged):
        open_whole(cipher(), len(order) * FRAME_BYTES, arranged)


def test_a_frame_of_another_content_or_key_is_refused() -> None:
    other = Cipher(KEYS[:1], CONTENT[:-1] + b"!").seal_whole(b"same")
    strange = Cipher(KEYS[1:], CONTENT).seal_whole(b"same")
    for sealed in (other, strange):
        with pytest.raises(BlobDamaged):
            open_whole(cipher(), 4, sealed)


def test_contents_of_one_data_key_share_no_bytes() -> None:
    """Each has a key of its own: nonces begin anew."""
    one = Cipher(KEYS[:1], CONTENT).seal_whole(bytes(64))
    two = Cipher(KEYS[:1], CONTENT[:-1] + b"!").seal_whole(bytes(64))
    assert one[:16] != two[:16]


def test_a_second_layer_does_not_undo_the_first() -> None:
    assert Cipher((KEYS[0], KEYS[0]), CONTENT).seal_whole(bytes(64))[:64] != bytes(64)


def test_an_opaque_tag_tells_nothing_and_can_be_checked() -> None:
    tag = opaque_etag(KEYS[0], b"m" * 16)
    assert len(tag) == 16
    assert tag == opaque_etag(KEYS[0], b"m" * 16)
    assert tag != opaque_etag(KEYS[1], b"m" * 16)
    assert tag != opaque_etag(KEYS[0], b"n" * 16)


BLOB: Final = BlobId(CONTENT)


async def stored(content: bytes, layers: int, step: int) -> MemoryBlobs:
    blobs = MemoryBlobs()
    writer = SealingWriter(await blobs.create(BLOB), cipher(layers))
    for start in range(0, len(content), step):
        await writer.write(content[start : start + step])
    await writer.commit()
    return blobs


@given(
    size=st.integers(1, 3 * FRAME_BYTES + 9),
    ends=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    step=st.sampled_from([999, FRAME_BYTES, 2 * FRAME_BYTES + 1]),
    limit=st.sampled_from([100, 65_000, FRAME_BYTES, 10**6]),
    layers=st.sampled_from([1, 2]),
)
@settings(max_examples=60, deadline=None)
async def test_any_range_reads_as_a_slice_of_the_content(
    size: int, ends: tuple[int, int], step: int, limit: int, layers: int
) -> None:
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    offset, end = sorted((ends[0] % size, ends[1] % size))
    blobs = await stored(content, layers, step)
    reader = await open_sealed(blobs, BLOB, cipher(layers), size, offset, end + 1 - offset)
    read = b""
    while piece := await reader.read(limit):
        assert len(piece) <= limit
        read += piece
    assert read == content[offset : end + 1]
    assert reader.size == 0
    await reader.close()


def test_a_range_takes_only_the_frames_it_lies_in() -> None:
    whole = 10 * FRAME_BYTES + 5
    at = stretch_of(whole, 1, 3 * FRAME_BYTES + 7, 10)
    assert at == (3, 3 * STEP, STEP, 7)
    assert stretch_of(whole, 2, whole - 1, 1) == (10, 10 * (STEP + TAG_BYTES), 5 + 32, 4)


async def test_a_blob_that_was_changed_gives_no_byte_of_the_frame() -> None:
    content = os.urandom(2 * FRAME_BYTES)
    blobs = await stored(content, 1, 1000)
    reader = await blobs.read(BLOB, 0, sealed_size(len(content), 1))
    data = bytearray(await reader.read(10**6))
    data[STEP + 5] ^= 1
    changed = MemoryBlobs()
    writer = await changed.create(BLOB)
    await writer.write(data)
    await writer.commit()
    opened = await open_sealed(changed, BLOB, cipher(), len(content), 0, len(content))
    with pytest.raises(BlobDamaged):
        await opened.read(len(content))
    one = await open_sealed(changed, BLOB, cipher(), len(content), 0, FRAME_BYTES)
    assert await one.read(FRAME_BYTES) == content[:FRAME_BYTES]
