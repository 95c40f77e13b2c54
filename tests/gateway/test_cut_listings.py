"""A listing over many delete markers comes in pages that may be empty, and loses nothing.

Source: API Reference, ListObjectsV2: a page has up to max-keys keys, "but will
never contain more", and goes on while it is truncated.
"""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

import pytest

from gateway.app import App
from gateway.operations import listing
from storage import keys
from storage.meta import Batch
from storage.records import ObjectVersion, encode
from tests.gateway.inside import ask, make_app, text_of


@pytest.fixture
async def app() -> AsyncIterator[App]:
    made = make_app()
    assert (await ask(made, "PUT", "/bucket")).status == 200
    bucket = await made.services.buckets.find("bucket")
    batch = Batch(keys.bucket(bucket.id))
    for number in range(30):
        marker = ObjectVersion(1, "", 0, delete_marker=True, content=b"c" * 24)
        batch.put[keys.current(bucket.id, b"m/%02d" % number)] = encode(marker)
    await made.stores.meta.commit(batch)
    for key in ("a/1", "m/15x", "m/31", "z"):
        assert (await ask(made, "PUT", f"/bucket/{key}")).status == 200
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("delimiter", "found"),
    [("", ["a/1", "m/15x", "m/31", "z"]), ("%2F", ["a/", "m/", "z"])],
)
async def test_pages_follow_each_other_by_their_tokens(
    app: App, monkeypatch: pytest.MonkeyPatch, delimiter: str, found: list[str]
) -> None:
    monkeypatch.setattr(listing, "ROWS_MAX", 4)
    seen, token, count = list[str](), "", 0
    while True:
        query = f"delimiter={delimiter}&" if delimiter else ""
        query = f"?{token}{query}list-type=2&max-keys=2"
        page = text_of(await ask(app, "GET", f"/bucket{query}"))
        seen += re.findall("<Key>(.*?)</Key>", page)
        seen += re.findall("<CommonPrefixes><Prefix>(.*?)</Prefix>", page)
        count += 1
        following = re.search("<NextContinuationToken>(.*?)</", page)
        assert ("<IsTruncated>true" in page) == (following is not None)
        if following is None:
            break
        token = f"continuation-token={quote(following[1], safe='')}&"
    assert seen == found
    assert 6 < count < 20


async def older_pages(
    app: App, *, encoding: str = "", delimiter: str = "", prefix: str = ""
) -> tuple[list[str], int]:
    """All of the older listing and its number of pages, of two entries each.

    It goes on as botocore does: by NextMarker if there is one, else by the last key.
    """
    seen, marker, count = list[str](), "", 0
    while True:
        query = "&".join(
            f"{name}={quote(value, safe='')}"
            for name, value in (("delimiter", delimiter), ("marker", marker), ("prefix", prefix))
            if value
        )
        page = text_of(await ask(app, "GET", f"/bucket?{query}&{encoding}max-keys=2"))
        listed = [unquote(one) for one in re.findall("<Key>(.*?)</Key>", page)]
        groups = re.findall("<CommonPrefixes><Prefix>(.*?)</Prefix>", page)
        seen += listed + [unquote(one) for one in groups]
        count += 1
        following = re.search("<NextMarker>(.*?)</NextMarker>", page)
        if "<IsTruncated>false" in page:
            assert following is None
            return seen, count
        before, marker = marker, unquote(following[1]) if following else listed[-1]
        assert marker != before


@pytest.mark.parametrize("encoding", ["", "encoding-type=url&"])
@pytest.mark.parametrize("rows", range(1, 8))
@pytest.mark.parametrize(
    ("delimiter", "prefix", "found"),
    [
        ("", "", ["a/1", "m/15x", "m/31", "z"]),
        ("/", "", ["a/", "m/", "z"]),
        ("/", "m/", ["m/15x", "m/31"]),
        ("5", "m/", ["m/15", "m/31"]),
    ],
)
async def test_pages_of_the_older_listing_follow_each_other_by_their_markers(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    rows: int,
    delimiter: str,
    prefix: str,
    found: list[str],
) -> None:
    monkeypatch.setattr(listing, "ROWS_MAX", rows)
    seen, count = await older_pages(app, encoding=encoding, delimiter=delimiter, prefix=prefix)
    assert seen == found
    assert count <= 40 / rows + 6


# The characters that end the marker of a page cut within a group, which a key may end with too.
WITHIN, FILLING = "\U00105349", "\U00104e54"
ENDINGS = ["", WITHIN, FILLING, WITHIN + FILLING, FILLING + WITHIN, WITHIN * 2, FILLING * 2]


@pytest.mark.parametrize("ending", ENDINGS, ids=ascii)
@pytest.mark.parametrize("length", [0, 1023, 1024])
async def test_no_key_is_taken_for_the_marker_of_a_cut_page(
    app: App, ending: str, length: int
) -> None:
    """Such a key as a marker goes on after itself: a listing that ends, and has each key once."""
    key = "n" + "a" * (length - len(ending.encode()) - 1) + ending
    for other in (key, "o"):
        assert (await ask(app, "PUT", f"/bucket/{quote(other)}")).status == 200
    whole = ["a/1", "m/15x", "m/31", key, "o", "z"]  # the key is the last of its page
    for encoding in ("", "encoding-type=url&"):
        for delimiter in ("", "|"):
            pages = await older_pages(app, encoding=encoding, delimiter=delimiter)
            assert pages == (whole, len(whole) // 2)


@pytest.mark.parametrize("ending", ENDINGS, ids=ascii)
@pytest.mark.parametrize("length", [0, 1023, 1024])
async def test_a_page_may_be_cut_after_any_key(
    app: App, monkeypatch: pytest.MonkeyPatch, ending: str, length: int
) -> None:
    """One row a page: each ends after a delete marker within a group, or before it."""
    monkeypatch.setattr(listing, "ROWS_MAX", 1)
    bucket = await app.services.buckets.find("bucket")
    key = "n/" + "a" * (length - len(ending.encode()) - 2) + ending
    gone = ObjectVersion(1, "", 0, delete_marker=True, content=b"c" * 24)
    rows = [keys.current(bucket.id, one) for one in (b"n/", key.encode())]
    await app.stores.meta.commit(
        Batch(keys.bucket(bucket.id), put=dict.fromkeys(rows, encode(gone)))
    )
    assert (await ask(app, "PUT", "/bucket/n%2F%F4%8F%BF%BF")).status == 200
    seen, count = await older_pages(app, delimiter="/")
    assert seen == ["a/", "m/", "n/", "z"]
    assert count < 40


async def test_a_page_of_the_older_listing_that_is_not_cut_has_no_marker_without_a_delimiter(
    app: App,
) -> None:
    page = text_of(await ask(app, "GET", "/bucket?max-keys=1"))
    assert "<IsTruncated>true" in page
    assert "NextMarker" not in page


async def test_a_token_of_nobody_is_refused(app: App) -> None:
    for token in ("junk", "M2E%3D", ""):
        reply = await ask(app, "GET", f"/bucket?continuation-token={token}&list-type=2")
        assert (reply.status, "InvalidArgument" in text_of(reply)) == (400, True), token
