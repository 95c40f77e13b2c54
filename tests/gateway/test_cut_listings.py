"""A listing over many delete markers comes in pages that may be empty, and loses nothing.

Source: API Reference, ListObjectsV2: a page has up to max-keys keys, "but will
never contain more", and goes on while it is truncated.
"""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

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


async def test_the_older_listing_has_no_token_and_no_empty_page(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS_MAX", 4)
    page = text_of(await ask(app, "GET", "/bucket?marker=b&max-keys=1"))
    assert re.findall("<Key>(.*?)</Key>", page) == ["m/15x"]


async def test_a_token_of_nobody_is_refused(app: App) -> None:
    for token in ("junk", "M2E%3D", ""):
        reply = await ask(app, "GET", f"/bucket?continuation-token={token}&list-type=2")
        assert (reply.status, "InvalidArgument" in text_of(reply)) == (400, True), token
