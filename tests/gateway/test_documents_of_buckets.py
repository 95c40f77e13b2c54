"""Every document of the table: put, got back as it was, taken away, and refused with its code."""

import re
from collections.abc import AsyncIterator
from typing import Final

import msgspec
import pytest

from gateway.app import App
from gateway.operations.documents import DOCUMENTS
from storage.records import Bucket, Versioning
from tests.gateway.bucket_documents import (
    ANY,
    CASES,
    PUT,
    Case,
    filtered,
    logging,
    notification,
    queue,
)
from tests.gateway.inside import ask, digest_of, furnished, put_document, text_of

IDS: Final = [case.kind for case in CASES]


def versioned(record: Bucket) -> Bucket:
    return msgspec.structs.replace(record, versioning=Versioning.ENABLED)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/target", "/unversioned") as made:
        for name in ("bucket", "target"):
            bucket = await made.services.buckets.find(name)
            await made.services.configurations.change(bucket, versioned)
        yield made


def test_every_document_has_a_case() -> None:
    assert {case.kind for case in CASES} == {document.kind for document in DOCUMENTS}


async def status_and_text(app: App, method: str, query: str, document: str = "") -> tuple[int, str]:
    target, body = f"/bucket?{query}", document.encode()
    headers = [digest_of(body)] if body else []
    reply = await ask(app, method, target, [body] if body else [], headers=headers)
    return reply.status, text_of(reply)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_document_comes_back_as_it_was_put(app: App, case: Case) -> None:
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, case.absent[1] in text) == (case.absent[0], True)
    status, text = await status_and_text(app, "PUT", case.query, case.document)
    assert (status, text) == (case.status, "")
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, text.partition("\n")[2]) == (200, case.document)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_refused_document_leaves_the_old_one_in_force(app: App, case: Case) -> None:
    await status_and_text(app, "PUT", case.query, case.document)
    before = await status_and_text(app, "GET", case.query)
    for document, code in case.refused:
        status, text = await status_and_text(app, "PUT", case.query, document)
        assert (status, f"<Code>{code}</Code>" in text) == (400, True), text
        assert await status_and_text(app, "GET", case.query) == before


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_document_that_was_taken_away_is_absent(app: App, case: Case) -> None:
    deletes = next(one.deletes for one in DOCUMENTS if one.kind == case.kind)
    if deletes is None:
        return
    await status_and_text(app, "PUT", case.query, case.document)
    for _ in range(2):  # what is not there counts as deleted
        assert await status_and_text(app, "DELETE", case.query) == (204, "")
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, case.absent[1] in text) == (case.absent[0], True)


async def test_what_ends_a_configuration_takes_it_away(app: App) -> None:
    for kind, root in (
        ("logging", "BucketLoggingStatus"),
        ("notification", "NotificationConfiguration"),
    ):
        case = next(one for one in CASES if one.kind == kind)
        absent = await status_and_text(app, "GET", case.query)
        await status_and_text(app, "PUT", case.query, case.document)
        assert await status_and_text(app, "GET", case.query) != absent
        assert await status_and_text(app, "PUT", case.query, f"<{root}/>") == (200, "")
        assert await status_and_text(app, "GET", case.query) == absent
        bucket = await app.services.buckets.find("bucket")
        assert bucket.record.documents == ()


async def test_a_notification_without_an_id_is_given_one_that_stays(app: App) -> None:
    texts = []
    for _ in range(2):
        document = notification(
            queue(PUT + filtered(("SUFFIX", "x"))) + queue(ANY + filtered(("suffix", "y")))
        )
        status, _ = await status_and_text(app, "PUT", "notification", document)
        assert status == 200
        texts.append((await status_and_text(app, "GET", "notification"))[1])
    assert texts[0] == texts[1]
    ids = re.findall("<Id>([^<]+)</Id>", texts[0])
    assert len(set(ids)) == 2
    assert re.findall("<Name>([^<]+)</Name>", texts[0]) == ["Suffix", "Suffix"]


async def test_replication_needs_the_versions_of_its_own_bucket(app: App) -> None:
    case = next(one for one in CASES if one.kind == "replication")
    reply = await put_document(app, "/unversioned?replication", case.document)
    text = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
    assert (reply.status, text in text_of(reply).replace("&#39;", "'")) == (400, True)


async def test_a_bucket_of_several_labels_is_not_accelerated(app: App) -> None:
    assert (await ask(app, "PUT", "/a.bucket")).status == 200
    case = next(one for one in CASES if one.kind == "accelerate")
    reply = await put_document(app, "/a.bucket?accelerate", case.document)
    assert (reply.status, "<Code>InvalidRequest</Code>" in text_of(reply)) == (400, True)


async def test_logs_go_to_no_bucket_of_another_account(app: App) -> None:
    await app.services.buckets.create("foreign", account="000000000002", region="us-east-1")
    document = logging("<TargetBucket>foreign</TargetBucket><TargetPrefix/>")
    status, text = await status_and_text(app, "PUT", "logging", document)
    assert (status, "<Code>InvalidTargetBucketForLogging</Code>" in text) == (400, True)
    assert "must be the same" in text


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("tagging", "<Tagging><TagSet><tag><Key>a</Key></tag></TagSet></Tagging>"),
        ("tagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag><Other/></TagSet></Tagging>"),
        (
            "acl",
            "<AccessControlPolicy><Owner/><AccessControlList><grant/></AccessControlList>"
            "</AccessControlPolicy>",
        ),
        (
            "website",
            "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>"
            "<RoutingRules><Rule/></RoutingRules></WebsiteConfiguration>",
        ),
    ],
)
async def test_what_does_not_belong_into_a_list_is_not_left_out_of_it(
    app: App, query: str, document: str
) -> None:
    tagged = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    await status_and_text(app, "PUT", "tagging", tagged)
    before = await status_and_text(app, "GET", "tagging")
    status, text = await status_and_text(app, "PUT", query, document)
    assert (status, "<Code>MalformedXML</Code>" in text) == (400, True), text
    assert await status_and_text(app, "GET", "tagging") == before
