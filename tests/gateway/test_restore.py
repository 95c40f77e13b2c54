"""Objects of archives are read once they are restored, and only then.

Source: API Reference, RestoreObject, GetObject, CopyObject; User Guide, "Restoring
an archived object"; the words of S3 in moto pull request 4670.
"""

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import msgspec
import pytest

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from storage.archive import restored
from storage.lifecycle import after_days
from storage.records import Attributes, ObjectVersion
from storage.retention import DAY_MS
from tests.gateway.inside import ask, begun, furnished, text_of

FROM: HeaderList = [(b"x-amz-copy-source", b"/bucket/k")]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket") as made:
        await put(made, "GLACIER")
        yield made


async def put(app: App, storage_class: str) -> None:
    headers = [(b"x-amz-storage-class", storage_class.encode())]
    assert (await ask(app, "PUT", "/bucket/k", [b"cold"], headers=headers)).status == 200


async def restore(app: App, inside: str = "<Days>2</Days>", query: str = "") -> Reply:
    document = f"<RestoreRequest>{inside}</RestoreRequest>".encode()
    return await ask(app, "POST", f"/bucket/k?restore{query}", [document])


def header(reply: Reply, name: bytes) -> str | None:
    return next((value.decode() for key, value in reply.headers if key.lower() == name), None)


async def stat(app: App) -> ObjectVersion:
    return await app.services.objects.stat(await app.services.buckets.find("bucket"), b"k")


async def let_it_end(app: App) -> None:
    """As if its days had gone by."""

    def over(old: ObjectVersion) -> Attributes:
        assert old.attributes.restored_until_ms > 0
        return msgspec.structs.replace(old.attributes, restored_until_ms=1)

    bucket = await app.services.buckets.find("bucket")
    await app.services.objects.change(bucket, b"k", None, over)


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
async def test_what_is_archived_is_not_read(app: App, storage_class: str) -> None:
    await put(app, storage_class)
    for headers in ([], [(b"range", b"bytes=0-0")]):
        reply = await ask(app, "GET", "/bucket/k", headers=headers)
        text = text_of(reply)
        assert (reply.status, "<Code>InvalidObjectState</Code>" in text) == (403, True)
        assert "<Message>The operation is not valid for the object's storage class" in text
        assert f"<StorageClass>{storage_class}</StorageClass>" in text
    reply = await ask(app, "HEAD", "/bucket/k")
    assert (reply.status, header(reply, b"x-amz-storage-class")) == (200, storage_class)
    assert header(reply, b"x-amz-restore") is None


async def test_what_is_archived_is_not_copied_either(app: App) -> None:
    upload = await begun(app, "/bucket/m")
    for target in ("/bucket/c", "/bucket/k", f"/bucket/m?uploadId={upload}&partNumber=1"):
        headers = [*FROM, (b"x-amz-metadata-directive", b"REPLACE")]
        reply = await ask(app, "PUT", target, headers=FROM if "upload" in target else headers)
        text = text_of(reply)
        assert (reply.status, "<Code>InvalidObjectState</Code>" in text) == (403, True)
        assert "Operation is not valid for the source object's storage class" in text


async def test_a_condition_that_fails_is_told_first(app: App) -> None:
    reply = await ask(app, "GET", "/bucket/k", headers=[(b"if-match", b'"other"')])
    assert reply.status == 412


async def test_a_restored_object_is_read_until_the_midnight_after_its_days(app: App) -> None:
    before = app.services.clock.now_ms()
    reply = await restore(app)
    assert (reply.status, reply.body) == (202, b"")
    reply = await ask(app, "GET", "/bucket/k")
    assert (reply.status, reply.body) == (200, b"cold")
    assert header(reply, b"x-amz-storage-class") == "GLACIER"
    told = header(reply, b"x-amz-restore") or ""
    assert told.startswith('ongoing-request="false", expiry-date="')
    date = parsedate_to_datetime(told.split('"')[3]).timestamp() * 1000
    assert date in {after_days(before, 2), after_days(app.services.clock.now_ms(), 2)}
    assert header(await ask(app, "HEAD", "/bucket/k"), b"x-amz-restore") == told
    await let_it_end(app)
    assert (await ask(app, "GET", "/bucket/k")).status == 403
    assert header(await ask(app, "HEAD", "/bucket/k"), b"x-amz-restore") is None
    assert (await restore(app)).status == 202


async def test_a_restore_is_made_longer_or_shorter_by_another(app: App) -> None:
    assert (await restore(app)).status == 202
    assert (await restore(app, "<Days>9</Days>")).status == 200
    longer = (await stat(app)).attributes.restored_until_ms
    assert (await restore(app, "<Days>1</Days>")).status == 200
    assert longer - (await stat(app)).attributes.restored_until_ms == 8 * DAY_MS


async def test_a_copy_of_what_is_restored_is_not_restored_itself(app: App) -> None:
    await restore(app)
    headers = [*FROM, (b"x-amz-storage-class", b"GLACIER")]
    assert (await ask(app, "PUT", "/bucket/c", headers=headers)).status == 200
    assert (await ask(app, "GET", "/bucket/c")).status == 403
    assert (await ask(app, "PUT", "/bucket/c", headers=FROM)).status == 200
    assert (await ask(app, "GET", "/bucket/c")).body == b"cold"


async def test_a_version_is_restored_by_its_id(app: App) -> None:
    assert (await restore(app, query="&versionId=null")).status == 202
    assert (await ask(app, "GET", "/bucket/k?versionId=null")).status == 200


async def test_listings_tell_of_restores_when_they_are_asked(app: App) -> None:
    wanted = [(b"x-amz-optional-object-attributes", b"RestoreStatus")]
    for query in ("", "?list-type=2", "?versions"):
        assert "RestoreStatus" not in text_of(
            await ask(app, "GET", f"/bucket{query}", headers=wanted)
        )
    await restore(app)
    for query in ("", "?list-type=2", "?versions"):
        text = text_of(await ask(app, "GET", f"/bucket{query}", headers=wanted))
        assert "<IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>" in text
        assert "RestoreStatus" not in text_of(await ask(app, "GET", f"/bucket{query}"))


@pytest.mark.parametrize(
    ("inside", "status", "code"),
    [
        pytest.param("", 400, "MalformedXML", id="no days"),
        pytest.param("<Days>0</Days>", 400, "InvalidArgument", id="not a day"),
        pytest.param("<Days>36501</Days>", 400, "InvalidArgument", id="more than a hundred years"),
        pytest.param("<Days>1</Days><Tier>Fast</Tier>", 400, "MalformedXML", id="no such tier"),
        pytest.param("<Type>SELECT</Type>", 501, "NotImplemented", id="a job of Select"),
        pytest.param(
            "<OutputLocation><S3><BucketName>b</BucketName><Prefix>p</Prefix></S3>"
            "</OutputLocation>",
            501,
            "NotImplemented",
            id="into another place",
        ),
    ],
)
async def test_what_cannot_be_restored_so(app: App, inside: str, status: int, code: str) -> None:
    reply = await restore(app, inside)
    assert (reply.status, f"<Code>{code}</Code>" in text_of(reply)) == (status, True)
    assert (await ask(app, "GET", "/bucket/k")).status == 403


@pytest.mark.parametrize("storage_class", ["STANDARD", "GLACIER_IR", "STANDARD_IA"])
async def test_what_is_not_archived_is_not_restored(app: App, storage_class: str) -> None:
    await put(app, storage_class)
    reply = await restore(app)
    assert (reply.status, f"<StorageClass>{storage_class}<" in text_of(reply)) == (403, True)
    assert "Restore is not allowed for the object's current storage class" in text_of(reply)
    assert (await ask(app, "GET", "/bucket/k")).body == b"cold"


@pytest.mark.parametrize(
    "tier",
    [
        "<Tier>Expedited</Tier>",
        "<GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters>",
    ],
)
async def test_the_deepest_archive_is_not_that_fast(app: App, tier: str) -> None:
    assert (await restore(app, f"<Days>1</Days>{tier}")).status == 202
    await put(app, "DEEP_ARCHIVE")
    reply = await restore(app, f"<Days>1</Days>{tier}")
    assert reply.status == 400
    assert "Retrieval option is not supported by this storage class" in text_of(reply)


async def test_what_is_deleted_is_not_restored(app: App) -> None:
    await ask(app, "DELETE", "/bucket/k")
    assert (await restore(app)).status == 404


def test_a_restore_ends_at_a_midnight_of_short_days_too() -> None:
    archived = ObjectVersion(1, "", 0, attributes=Attributes(storage_class="GLACIER"))
    assert restored(archived, 2, 1500, 1000).restored_until_ms == 4000
