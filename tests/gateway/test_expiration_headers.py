"""Answers tell when an object expires, and when an upload is aborted.

Source: API Reference, PutObject, GetObject, HeadObject, CopyObject,
CompleteMultipartUpload ("x-amz-expiration"), CreateMultipartUpload, ListParts
("x-amz-abort-date"); recordings of S3, LocalStack's TestS3BucketLifecycle.
"""

import re
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import pytest

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from storage.lifecycle import after_days
from tests.gateway.inside import ask, begun, furnished, put_document, text_of

RULES = """<LifecycleConfiguration>
<Rule><ID>all of it</ID><Filter/><Status>Enabled</Status>
<Expiration><Days>400</Days></Expiration>
<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>
</AbortIncompleteMultipartUpload></Rule>
<Rule><ID>tagged</ID><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>
<Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>
<Rule><ID>off</ID><Filter/><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>
</LifecycleConfiguration>"""
_FORM = re.compile(r'expiry-date="([^"]+)", rule-id="([^"]+)"')


async def configure(app: App, document: str = RULES) -> None:
    assert (await put_document(app, "/bucket?lifecycle", document)).status == 200


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/bucket/k") as made:
        await configure(made)
        yield made


def header(reply: Reply, name: bytes) -> str | None:
    return next((value.decode() for key, value in reply.headers if key.lower() == name), None)


async def modified_ms(app: App, key: bytes = b"k") -> int:
    bucket = await app.services.buckets.find("bucket")
    return (await app.services.objects.stat(bucket, key)).modified_ms


async def check(app: App, reply: Reply, days: int, rule: str, key: bytes = b"k") -> None:
    """The header names the midnight after so many days, and the rule."""
    assert reply.status == 200
    found = _FORM.fullmatch(header(reply, b"x-amz-expiration") or "")
    assert found is not None
    told_ms = parsedate_to_datetime(found[1]).timestamp() * 1000
    assert (told_ms, found[2]) == (after_days(await modified_ms(app, key), days), rule)


TAGS: HeaderList = [(b"x-amz-tagging", b"k=v")]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_tells_when_the_object_expires(app: App, method: str) -> None:
    await check(app, await ask(app, method, "/bucket/k"), 400, "all of it")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_nothing_is_told_of_a_version_asked_for_by_its_id(app: App, method: str) -> None:
    reply = await ask(app, method, "/bucket/k?versionId=null")
    assert (reply.status, header(reply, b"x-amz-expiration")) == (200, None)


async def test_a_put_tells_the_earliest_of_its_rules(app: App) -> None:
    await check(app, await ask(app, "PUT", "/bucket/k", [b"x"]), 400, "all of it")
    await check(app, await ask(app, "PUT", "/bucket/k", [b"x"], headers=TAGS), 30, "tagged")


async def test_a_copy_tells_of_the_copy(app: App) -> None:
    source = [(b"x-amz-copy-source", b"/bucket/k"), (b"x-amz-tagging-directive", b"REPLACE")]
    reply = await ask(app, "PUT", "/bucket/c", headers=[*source, *TAGS])
    await check(app, reply, 30, "tagged", b"c")


async def test_uploads_tell_when_they_are_aborted_and_then_when_the_object_expires(
    app: App,
) -> None:
    reply = await ask(app, "POST", "/bucket/m?uploads", headers=TAGS)
    upload = text_of(reply).partition("<UploadId>")[2].partition("<")[0]
    bucket = await app.services.buckets.find("bucket")
    initiated = (await app.services.uploads.find(bucket, b"m", upload)).initiated_ms
    listed = await ask(app, "GET", f"/bucket/m?uploadId={upload}")
    for one in (reply, listed):
        assert header(one, b"x-amz-abort-rule-id") == "all of it"
        told = parsedate_to_datetime(header(one, b"x-amz-abort-date") or "")
        assert told.timestamp() * 1000 == after_days(initiated, 7)
    part = await ask(app, "PUT", f"/bucket/m?uploadId={upload}&partNumber=1", [b"x"])
    etag = header(part, b"etag")
    document = (
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
        "</CompleteMultipartUpload>"
    ).encode()
    done = await ask(app, "POST", f"/bucket/m?uploadId={upload}", [document])
    await check(app, done, 30, "tagged", b"m")


async def test_without_a_lifecycle_nothing_is_told(app: App) -> None:
    assert (await ask(app, "DELETE", "/bucket?lifecycle")).status == 204
    for method, body in (("GET", b""), ("HEAD", b""), ("PUT", b"x")):
        reply = await ask(app, method, "/bucket/k", [body] if body else [])
        assert header(reply, b"x-amz-expiration") is None
    assert header(await ask(app, "POST", "/bucket/m?uploads"), b"x-amz-abort-date") is None
    await begun(app, "/bucket/m")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Delete after 14 days", "Delete after 14 days"),
        ('a"b', "a%22b"),
        ("100%", "100%25"),
        ("gr\u00fcn", "gr%C3%BCn"),
        ("a&#xA;b", "a%0Ab"),
    ],
)
async def test_a_rules_name_is_shown_as_it_is_where_a_header_can_hold_it(
    app: App, name: str, shown: str
) -> None:
    await configure(
        app,
        f"<LifecycleConfiguration><Rule><ID>{name}</ID><Filter/><Status>Enabled</Status>"
        "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
    )
    await check(app, await ask(app, "HEAD", "/bucket/k"), 1, shown)


async def test_what_never_expires_has_a_date_all_the_same(app: App) -> None:
    await configure(
        app,
        "<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status>"
        "<Expiration><Days>2147483647</Days></Expiration>"
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2147483647</DaysAfterInitiation>"
        "</AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>",
    )
    for method, target, name in (
        ("GET", "/bucket/k", b"x-amz-expiration"),
        ("POST", "/bucket/m?uploads", b"x-amz-abort-date"),
    ):
        assert "Fri, 31 Dec 9999" in (header(await ask(app, method, target), name) or "")
