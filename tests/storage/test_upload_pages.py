"""Pages of uploads: a place is a key and an id, and a delimiter counts in the key alone."""

from collections.abc import Sequence

import pytest

from storage import keys
from storage.meta import Batch
from storage.meta.memory import MemoryMeta
from storage.pages import Listings, UploadEntry
from storage.records import Attributes, Bucket, Upload, encode
from storage.rows import BucketRef

_ID = b"0123456789abcdef"
_BUCKET = BucketRef(_ID, 1, Bucket("b", "account", 0, "us-east-1"))
_UPLOAD = encode(Upload(0, "account", Attributes({}, {}, "STANDARD", {})))
# Ids begin with time and end in chance: any byte may be in them.
_WITH_SLASH = b"\0\0\0\0/\0\1/"
_WITHOUT = b"\0\0\0\0abcd"


async def _listings(places: Sequence[tuple[bytes, bytes]]) -> Listings:
    meta = MemoryMeta()
    rows = {keys.upload(_ID, key, upload_id): _UPLOAD for key, upload_id in places}
    await meta.commit(Batch(b"b" + _ID, put=rows))
    return Listings(meta)


def _shown(entry: UploadEntry) -> tuple[bytes, bytes]:
    return entry.key, entry.upload_id


@pytest.mark.parametrize("delimiter", [b"/", b"\0", b"\1", b"\0\1", b"bc", b"d"])
@pytest.mark.parametrize("max_uploads", [1, 2, 1000])
async def test_a_delimiter_in_an_id_divides_nothing(delimiter: bytes, max_uploads: int) -> None:
    places = [(key, one) for key in (b"a", b"x") for one in (_WITH_SLASH, _WITHOUT)]
    listings = await _listings(places)
    listed: list[tuple[bytes, bytes]] = []
    key_marker, upload_id_marker, is_truncated = b"", b"", True
    while is_truncated:
        page = await listings.uploads(
            _BUCKET,
            prefix=b"",
            delimiter=delimiter,
            key_marker=key_marker,
            upload_id_marker=upload_id_marker,
            max_uploads=max_uploads,
        )
        assert page.common_prefixes == []
        listed += [_shown(entry.item) for entry in page.entries]
        key_marker, upload_id_marker = listed[-1]
        is_truncated = page.is_truncated
    assert listed == sorted(places)


@pytest.mark.parametrize(
    ("delimiter", "groups", "alone"),
    [
        pytest.param(b"/", [b"a/"], [b"a", b"z\0y"], id="a slash"),
        pytest.param(b"\0", [b"z\0"], [b"a", b"a/1", b"a/2"], id="a NUL, which is escaped"),
        pytest.param(b"", [], [b"a", b"a/1", b"a/2", b"z\0y"], id="none"),
    ],
)
async def test_a_delimiter_in_a_key_divides(
    delimiter: bytes, groups: list[bytes], alone: list[bytes]
) -> None:
    listings = await _listings([(key, _WITHOUT) for key in (b"a", b"a/1", b"a/2", b"z\0y")])
    page = await listings.uploads(
        _BUCKET,
        prefix=b"",
        delimiter=delimiter,
        key_marker=b"",
        upload_id_marker=b"",
        max_uploads=1000,
    )
    assert page.common_prefixes == groups
    assert [entry.item.key for entry in page.entries] == alone
