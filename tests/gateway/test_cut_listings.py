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
    """As botocore goes on: by NextMarker if there is one, else by the last key."""
    monkeypatch.setattr(listing, "ROWS_MAX", rows)
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
            break
        before, marker = marker, unquote(following[1]) if following else listed[-1]
        assert marker != before
    assert seen == found
    assert count <= 40 / rows + 6


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
