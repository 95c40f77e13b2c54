"""What the trail has of requests: who, what, by what right; and nothing that is secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.pipeline import Pipeline
from gateway.trail.entries import Entry, entries_of
from gateway.trail.recorder import Recorder
from gateway.trail.records import Committed, Row, decode_records, encode_records
from sigv4 import Credentials
from storage.changes import Changes, What
from tests.gateway.inside import (
    KEY,
    OTHER_ACCOUNT,
    OTHER_KEY,
    ask,
    begun,
    digest_of,
    furnished,
    put_document,
    text_of,
)

OPEN = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"Everybody","Effect":"Allow","Principal":"*",'
    '"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/open/*"},{"Effect":"Deny",'
    '"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/open/not"}]}'
)


class Trail:
    """A pipeline on memory, and what it has recorded."""

    def __init__(self, app: Any) -> None:
        self._rows: list[Row] = []
        self._changes = Changes(app.stores.meta, app.stores.meta)
        services = replace(app.services, trail=Recorder(self))
        self._pipeline = Pipeline(services, lambda _: None)

    def put(self, record: Row) -> None:
        self._rows.append(record)

    async def serve(self, exchange: Any) -> Any:
        """Answer, and be done with the answer."""
        reply = await self._pipeline.serve(exchange)
        assert reply.on_end is not None
        reply.on_end(len(reply.body) if isinstance(reply.body, bytes) else 0, True)
        return reply

    def requests(self) -> list[Entry]:
        """What changed nothing."""
        return list(entries_of(decode_records(encode_records(self._rows))))

    async def changes(self) -> list[Entry]:
        """What was changed."""
        found = [
            Committed(partition, *one)
            for partition in await self._changes.partitions()
            for one in await self._changes.read(partition)
        ]
        return list(entries_of(found))


@asynccontextmanager
async def trailed(*targets: str, **settings: Any) -> AsyncIterator[Trail]:
    """Begins after a PUT of each target, of which there are no records."""
    async with furnished(*targets, **settings) as app:
        yield Trail(app)


async def test_a_put_is_told_by_its_change_alone() -> None:
    async with trailed("/bucket") as trail:
        agent = (b"user-agent", b"a test")
        reply = await ask(trail, "PUT", "/bucket/a%20b", [b"content"], headers=[agent])

        (entry,) = await trail.changes()
        assert trail.requests() == []
    assert entry.change is not None
    assert entry.told is not None
    assert (entry.change.what, entry.key, entry.change.size) == (What.PUT, "a b", 7)
    assert (entry.told.operation, entry.told.bucket) == ("PutObject", "bucket")
    assert (entry.told.agent, entry.told.remote) == (b"a test", "127.0.0.1")
    assert (b"x-amz-request-id", entry.told.request_id.encode()) in reply.headers
    assert entry.person is not None
    assert entry.signed is not None
    assert entry.decided is not None
    assert entry.person.arn == "arn:aws:iam::000000000001:root"
    assert entry.person.access_key == entry.access_key == KEY.access_key
    assert (entry.signed.where, entry.signed.algorithm) == ("header", "AWS4-HMAC-SHA256")
    assert b"host" in entry.signed.headers
    assert entry.signature_age_s in (0, 1)
    assert (entry.decided.allowed, entry.decided.by) == (True, "owner")


async def test_a_get_is_told_with_its_answer() -> None:
    async with trailed("/bucket", "/bucket/k") as trail:
        await ask(trail, "GET", "/bucket/k")

        (entry,) = trail.requests()
        assert await trail.changes() == []
    assert entry.told is not None
    assert entry.asked is not None
    assert (entry.told.operation, entry.key, entry.status) == ("GetObject", "k", 200)
    assert (entry.asked.size, entry.error, entry.is_denied) == (0, "", False)


async def test_what_changed_nothing_is_a_request() -> None:
    async with trailed("/bucket") as trail:
        assert (await ask(trail, "DELETE", "/bucket/nothing")).status == 204

        (entry,) = trail.requests()
        assert await trail.changes() == []
    assert entry.told is not None
    assert entry.told.operation == "DeleteObject"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param(Credentials("AKIAUNKNOWN", "x" * 40), "InvalidAccessKeyId", id="unknown"),
        pytest.param(
            Credentials(KEY.access_key, "x" * 40), "SignatureDoesNotMatch", id="wrong secret"
        ),
    ],
)
async def test_a_refused_signature_is_told_with_the_key_that_it_claimed(
    key: Credentials, code: str
) -> None:
    async with trailed("/bucket") as trail:
        await ask(trail, "PUT", "/bucket/k", key=key)

        (entry,) = trail.requests()
    assert entry.asked is not None
    assert (entry.status, entry.error, entry.is_denied) == (403, code, True)
    assert entry.access_key == entry.asked.claimed == key.access_key
    assert entry.person is None  # nobody is believed to be anybody
    assert entry.asked.why


async def test_the_statement_that_decided_is_told() -> None:
    async with trailed("/bucket", "/bucket/open/k", default_public_access_block="off") as trail:
        assert (await put_document(trail, "/bucket?policy", OPEN)).status == 204
        await ask(trail, "GET", "/bucket/open/k", key=None)
        await ask(trail, "GET", "/bucket/open/not", key=OTHER_KEY)
        await ask(trail, "GET", "/bucket/closed", key=OTHER_KEY)
        await ask(trail, "PUT", "/bucket/open/k", key=None)

        allowed, denied, silent, written = trail.requests()
        (put,) = await trail.changes()
    assert put.change is not None
    assert put.change.what is What.DOCUMENT_PUT
    assert put.change.key == b"policy"
    for entry, expected in (
        (allowed, (True, "policy", "bucket", "Everybody")),
        (denied, (False, "explicit deny", "bucket", "#1")),
    ):
        found = entry.decided
        assert found is not None
        assert (found.allowed, found.by, found.source, found.statement) == expected
    for entry in (silent, written):
        assert entry.decided is not None
        assert not entry.decided.allowed
        assert entry.is_denied
    assert allowed.person is not None
    assert allowed.person.kind == "Anonymous"
    assert denied.person is not None
    assert denied.person.account == OTHER_ACCOUNT.id


async def test_each_key_of_many_deletions_is_told() -> None:
    many = (
        "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object>"
        "<Object><Key>none</Key></Object>"
        "<Object><Key>a</Key><VersionId>no</VersionId></Object></Delete>"
    )
    async with trailed("/bucket", "/bucket/a", "/bucket/b") as trail:
        await ask(trail, "POST", "/bucket?delete", [many.encode()])

        changed = await trail.changes()
        (entry,) = trail.requests()
    assert {(one.key, one.told.request_id if one.told else "") for one in changed} == {
        ("a", entry.identity),
        ("b", entry.identity),
    }
    assert entry.asked is not None
    unchanged = {(one.key, one.version_id, one.code) for one in entry.asked.of_many}
    assert unchanged == {("none", "", ""), ("a", "no", "NoSuchVersion")}


async def test_many_deletions_that_all_happened_are_told_by_their_changes_alone() -> None:
    many = b"<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"
    async with trailed("/bucket", "/bucket/a", "/bucket/b") as trail:
        await ask(trail, "POST", "/bucket?delete", [many])

        assert len(await trail.changes()) == 2
        assert trail.requests() == []


async def test_a_copy_names_its_source() -> None:
    async with trailed("/bucket", "/bucket/k") as trail:
        await ask(trail, "PUT", "/bucket/copy", headers=[(b"x-amz-copy-source", b"bucket/k")])

        (entry,) = await trail.changes()
    assert entry.told is not None
    assert (entry.told.operation, entry.told.source) == ("CopyObject", "bucket/k")


async def test_every_step_of_an_upload_is_told() -> None:
    async with trailed("/bucket") as trail:
        upload = await begun(trail, "/bucket/k")  # type: ignore[arg-type]  # it serves
        put = await ask(trail, "PUT", f"/bucket/k?partNumber=1&uploadId={upload}", [b"x"])
        etag = dict(put.headers)[b"ETag"].decode()
        part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
        document = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
        done = await ask(trail, "POST", f"/bucket/k?uploadId={upload}", [document])
        assert "ETag" in text_of(done)
        aborted = await begun(trail, "/bucket/k")  # type: ignore[arg-type]  # it serves
        await ask(trail, "DELETE", f"/bucket/k?uploadId={aborted}")

        found = await trail.changes()
        assert trail.requests() == []
    assert [one.change.what for one in found if one.change is not None] == [
        What.UPLOAD_BEGUN,
        What.PART_PUT,
        What.PUT,
        What.UPLOAD_BEGUN,
        What.UPLOAD_ABORTED,
    ]
    assert [one.told.operation for one in found if one.told is not None][1:3] == [
        "UploadPart",
        "CompleteMultipartUpload",
    ]


async def test_a_buckets_beginning_and_end_are_told() -> None:
    async with trailed() as trail:
        await ask(trail, "PUT", "/bucket")
        await ask(trail, "PUT", "/bucket")  # its owner's already: a success, and no change
        await ask(trail, "DELETE", "/bucket")

        found = await trail.changes()
        (again,) = trail.requests()
    assert [one.change.what for one in found if one.change is not None] == [
        What.BUCKET_CREATED,
        What.BUCKET_DELETED,
    ]
    assert (again.told.operation if again.told else "", again.status) == ("CreateBucket", 200)


SECRETS = ["SIGNATURE", "TOKEN", "CUSTOMER", "PASSWORD"]


@pytest.mark.parametrize(
    "target",
    [
        "/bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=SIGNATURE",
        "/bucket/k?x-amz-signature=SIGNATURE&X-Amz-Security-Token=TOKEN",
        "/bucket/k?Signature=SIGNATURE&AWSAccessKeyId=A&Expires=1",
        "/bucket/k?X%2DAmz%2DSignature=SIGNATURE",
        "/bucket/k?x-amz-server-side-encryption-customer-key=CUSTOMER",
        "/bucket/k%3FX-Amz-Signature%3DSIGNATURE",
        "/bucket/k%253FX-Amz-Security-Token%253DTOKEN",
        "/?Action=CreateLoginProfile&UserName=u&Password=PASSWORD",
        "/?UserName=u&Password=PASSWORD&Action=CreateLoginProfile",
        "/?UserName=u&Password=PASSWORD&%41cti%6Fn=CreateLoginProfile",
    ],
)
async def test_nothing_secret_of_a_target_or_a_referer_is_kept(target: str) -> None:
    async with trailed("/bucket") as trail:
        await ask(trail, "GET", target, key=None)
        referer = (b"referer", b"http://example.com" + target.encode())
        await ask(trail, "GET", "/bucket/k", headers=[referer], key=None)

        kept = encode_records(trail._rows)
    assert not [one for one in SECRETS if one.encode() in kept]


async def test_secret_headers_are_not_kept() -> None:
    secrets = [
        (b"x-amz-security-token", b"TOKEN"),
        (b"x-amz-server-side-encryption-customer-key", b"CUSTOMER"),
        (b"cookie", b"PASSWORD"),
    ]
    async with trailed("/bucket") as trail:
        await ask(trail, "PUT", "/bucket/k", headers=secrets)
        await ask(trail, "GET", "/bucket/k", headers=secrets)

        kept = encode_records(trail._rows)
    assert not [one for one in SECRETS if one.encode() in kept]


async def test_without_a_trail_nothing_is_recorded() -> None:
    async with furnished("/bucket", "/bucket/k") as app:
        await ask(app, "POST", "/bucket?delete", [b"<Delete/>"], headers=[digest_of(b"<Delete/>")])

        assert await Changes(app.stores.meta, app.stores.meta).partitions() == []
