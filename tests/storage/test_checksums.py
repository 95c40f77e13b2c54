"""The ten checksums, whole and over parts.

Source: check values of the catalogue of parametrised CRC algorithms (of
"123456789") and of xxHash's reference implementation (of nothing); hashlib;
User Guide, "Checking object integrity", for what a checksum of parts is.
"""

import hashlib
import os
import zlib
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.checksums import (
    ALGORITHMS,
    COMPOSITE,
    FULL_OBJECT,
    check_type,
    check_value,
    combine,
    header_of,
)
from storage.digests import THREAD_BYTES_MIN, Digests
from storage.errors import BadDigest, ChecksumMismatch, InvalidRequest
from storage.etags import multipart_etag, single_etag
from storage.integrity import Promises
from storage.records import Checksum

CRCS = [name for name, known in ALGORITHMS.items() if known.combine is not None]


def digest(algorithm: str, data: bytes) -> bytes:
    hasher = ALGORITHMS[algorithm].make()
    hasher.update(data)
    return hasher.digest()


@pytest.mark.parametrize(
    ("algorithm", "data", "value"),
    [
        ("CRC32", b"123456789", "cbf43926"),
        ("CRC32C", b"123456789", "e3069283"),
        ("CRC64NVME", b"123456789", "ae8b14860a799888"),
        ("MD5", b"abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA1", b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA512", b"", hashlib.sha512().hexdigest()),
        ("XXHASH64", b"", "ef46db3751d8e999"),
        ("XXHASH3", b"", "2d06800538d394c2"),
        ("XXHASH128", b"", "99aa06d3014798d86001c324468d497f"),
    ],
)
def test_published_values(algorithm: str, data: bytes, value: str) -> None:
    assert digest(algorithm, data).hex() == value


def test_every_algorithm_has_a_published_value() -> None:
    mark = test_published_values.pytestmark[0]  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == ALGORITHMS.keys()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_pieces_come_to_the_same_as_the_whole(algorithm: str, data: bytes, cuts: list[int]) -> None:
    hasher, start = ALGORITHMS[algorithm].make(), 0
    for cut in [*sorted(cuts), len(data)]:
        hasher.update(memoryview(data)[start:cut])
        start = max(start, cut)
    assert hasher.digest() == digest(algorithm, data)


PARTS = st.lists(st.binary(max_size=100), min_size=1, max_size=6)


@pytest.mark.parametrize("algorithm", CRCS)
@given(parts=PARTS)
def test_the_full_object_checksum_of_parts_is_that_of_the_whole(
    algorithm: str, parts: list[bytes]
) -> None:
    value = combine(algorithm, FULL_OBJECT, [(digest(algorithm, p), len(p)) for p in parts])
    assert b64decode(value) == digest(algorithm, b"".join(parts))


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "CRC32", "CRC32C"])
@given(parts=PARTS)
def test_a_composite_checksum_is_that_of_the_parts_checksums(
    algorithm: str, parts: list[bytes]
) -> None:
    digests = [digest(algorithm, part) for part in parts]
    value = combine(
        algorithm, COMPOSITE, [(one, len(p)) for one, p in zip(digests, parts, strict=True)]
    )
    whole, _, count = value.rpartition("-")
    joined = b"".join(digests)
    oracle = {
        "SHA1": hashlib.sha1(joined).digest(),
        "SHA256": hashlib.sha256(joined).digest(),
        "CRC32": zlib.crc32(joined).to_bytes(4, "big"),
        "CRC32C": digest("CRC32C", joined),
    }[algorithm]
    assert (b64decode(whole), int(count)) == (oracle, len(parts))


def test_the_tag_of_parts_is_the_md5_of_their_md5s() -> None:
    md5s = [hashlib.md5(part).digest() for part in (b"a", b"b")]
    assert multipart_etag(md5s) == hashlib.md5(md5s[0] + md5s[1]).hexdigest() + "-2"
    assert single_etag(md5s[0]) == hashlib.md5(b"a").hexdigest()


@pytest.mark.parametrize(
    ("algorithm", "kinds"),
    [
        ("CRC64NVME", {FULL_OBJECT}),
        ("CRC32", {COMPOSITE, FULL_OBJECT}),
        ("CRC32C", {COMPOSITE, FULL_OBJECT}),
        ("SHA1", {COMPOSITE}),
        ("SHA256", {COMPOSITE}),
    ],
)
def test_which_types_there_are(algorithm: str, kinds: set[str]) -> None:
    """Source: User Guide, "Checking object integrity", table of types."""
    for kind in (COMPOSITE, FULL_OBJECT):
        if kind in kinds:
            check_type(algorithm, kind)
        else:
            with pytest.raises(InvalidRequest, match=f"{kind} .* {algorithm.lower()} "):
                check_type(algorithm, kind)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_value_has_the_length_of_its_algorithm(algorithm: str) -> None:
    size = ALGORITHMS[algorithm].size
    check_value(algorithm, b64encode(bytes(size)).decode())
    for value in ("", "junk", b64encode(bytes(size + 1)).decode(), "=" * size, "ä"):
        with pytest.raises(InvalidRequest, match=header_of(algorithm)):
            check_value(algorithm, value)


@pytest.mark.parametrize("size", [0, 1, THREAD_BYTES_MIN - 1, THREAD_BYTES_MIN])
async def test_several_digests_of_one_stream(size: int) -> None:
    pieces = [os.urandom(size), b"x", os.urandom(size)]
    together = Digests({"MD5", "SHA256", "CRC64NVME"})
    for piece in pieces:
        await together.update(piece)
    found, whole = together.finish(), b"".join(pieces)
    assert found == {name: digest(name, whole) for name in ("MD5", "SHA256", "CRC64NVME")}


# What a request promised


def digests_of(data: bytes) -> dict[str, bytes]:
    return {name: digest(name, data) for name in ALGORITHMS}


def value_of(algorithm: str, data: bytes) -> str:
    return b64encode(digest(algorithm, data)).decode()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_promise_in_the_header_or_behind_the_body_is_held(algorithm: str) -> None:
    value, trailer = value_of(algorithm, b"x"), header_of(algorithm)
    kept = Checksum(algorithm, FULL_OBJECT, value)
    for promises in (
        Promises(algorithm=algorithm),
        Promises(algorithm=algorithm, value=value),
        Promises(algorithm=algorithm, trailer=trailer),
    ):
        assert promises.check(digests_of(b"x"), {trailer: value}) == kept
        assert promises.algorithms() == {"MD5", algorithm}
    for promises in (
        Promises(algorithm=algorithm, value=value),
        Promises(algorithm=algorithm, trailer=trailer),
    ):
        with pytest.raises(ChecksumMismatch):
            promises.check(digests_of(b"y"), {trailer: value})


def test_without_a_promise_there_is_a_checksum_all_the_same() -> None:
    """Source: User Guide, "Checking object integrity for data uploads": CRC64NVME by default."""
    kept = Promises().check(digests_of(b"x"), {})
    assert kept == Checksum("CRC64NVME", FULL_OBJECT, value_of("CRC64NVME", b"x"))


def test_a_content_md5_is_held() -> None:
    promises = Promises(content_md5=hashlib.md5(b"x").digest())
    promises.check(digests_of(b"x"), {})
    with pytest.raises(BadDigest):
        promises.check(digests_of(b"y"), {})


@pytest.mark.parametrize("trailers", [{}, {"x-amz-checksum-crc32": "junk"}])
def test_a_trailer_that_is_missing_or_no_checksum_is_refused(trailers: dict[str, str]) -> None:
    promises = Promises(algorithm="CRC32", trailer="x-amz-checksum-crc32")
    with pytest.raises(InvalidRequest, match="trailing header"):
        promises.check(digests_of(b"x"), trailers)
