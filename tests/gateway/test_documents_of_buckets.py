"""Every document of the table: put, got back as it was, taken away, and refused with its code."""

import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import msgspec
import pytest

from gateway.app import App
from gateway.operations.documents import DOCUMENTS
from storage.records import Bucket, Versioning
from tests.gateway.inside import ask, make_app, text_of


class Case(NamedTuple):
    """A document and what is said of it."""

    kind: str
    query: str
    document: str
    absent: tuple[int, str]  # what GET answers while there is none: status, and a part of it
    status: int = 200  # of a PUT
    refused: tuple[tuple[str, str], ...] = ()  # documents, and the code each is answered with


ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def cors(rule: str) -> str:
    return f"<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>"


def website(inside: str) -> str:
    return f"<WebsiteConfiguration {ROOT}>{inside}</WebsiteConfiguration>"


INDEX: Final = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"


def routed(rule: str) -> str:
    rules = f"<RoutingRules><RoutingRule>{rule}</RoutingRule></RoutingRules>"
    return website(f"{INDEX}{rules}")


def logging(inside: str) -> str:
    return (
        f"<BucketLoggingStatus {ROOT}><LoggingEnabled>{inside}</LoggingEnabled>"
        "</BucketLoggingStatus>"
    )


def queue(inside: str, arn: str = "arn:aws:sqs:us-east-1:000000000001:q") -> str:
    return f"<QueueConfiguration>{inside}<Queue>{arn}</Queue></QueueConfiguration>"


def notification(inside: str) -> str:
    return f"<NotificationConfiguration {ROOT}>{inside}</NotificationConfiguration>"


def filtered(*rules: tuple[str, str]) -> str:
    inside = "".join(
        f"<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>"
        for name, value in rules
    )
    return f"<Filter><S3Key>{inside}</S3Key></Filter>"


PUT: Final = "<Event>s3:ObjectCreated:Put</Event>"
ANY: Final = "<Event>s3:ObjectCreated:*</Event>"


def replication(rule: str) -> str:
    return (
        f"<ReplicationConfiguration {ROOT}><Role>arn:aws:iam::000000000001:role/r</Role>"
        f"<Rule>{rule}</Rule></ReplicationConfiguration>"
    )


TO: Final = "<Destination><Bucket>arn:aws:s3:::target</Bucket></Destination>"
NO_MARKERS: Final = "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"

CASES: Final = [
    Case(
        "accelerate",
        "accelerate",
        f"<AccelerateConfiguration {ROOT}><Status>Enabled</Status></AccelerateConfiguration>",
        (200, f"<AccelerateConfiguration {ROOT}></AccelerateConfiguration>"),
        refused=(
            ("<AccelerateConfiguration/>", "MalformedXML"),
            (
                "<AccelerateConfiguration><Status>On</Status></AccelerateConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "cors",
        "cors",
        f"<CORSConfiguration {ROOT}><CORSRule><ID>a</ID><AllowedHeader>x-AMZ-*</AllowedHeader>"
        "<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
        "<AllowedOrigin>http://*.example</AllowedOrigin><AllowedOrigin></AllowedOrigin>"
        "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>"
        "</CORSConfiguration>",
        (404, "<Code>NoSuchCORSConfiguration</Code>"),
        refused=(
            ("<CORSConfiguration/>", "MalformedXML"),
            (cors("<AllowedMethod>GET</AllowedMethod>"), "MalformedXML"),
            (cors("<AllowedOrigin>*</AllowedOrigin>"), "MalformedXML"),
            (
                cors("<AllowedMethod>TRACE</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"),
                "InvalidRequest",
            ),
            (
                cors("<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin>"),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedHeader>*-*</AllowedHeader><AllowedMethod>GET</AllowedMethod>"
                    "<AllowedOrigin>*</AllowedOrigin>"
                ),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                    "<ExposeHeader>*</ExposeHeader>"
                ),
                "InvalidRequest",
            ),
            (
                cors(
                    "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                    "<ExposeHeader>a&#10;b: c</ExposeHeader>"
                ),
                "MalformedXML",
            ),
            (
                "<CORSConfiguration>"
                + "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                "</CORSRule>" * 101 + "</CORSConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "logging",
        "logging",
        logging(
            "<TargetBucket>target</TargetBucket><TargetPrefix>a/</TargetPrefix>"
            "<TargetObjectKeyFormat><PartitionedPrefix>"
            "<PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"
            "</TargetObjectKeyFormat>"
        ),
        (200, f"<BucketLoggingStatus {ROOT}></BucketLoggingStatus>"),
        refused=(
            (logging("<TargetBucket>target</TargetBucket>"), "MalformedXML"),
            (
                logging("<TargetBucket>nobodys</TargetBucket><TargetPrefix/>"),
                "InvalidTargetBucketForLogging",
            ),
            (
                logging("<TargetBucket>No Name</TargetBucket><TargetPrefix/>"),
                "InvalidTargetBucketForLogging",
            ),
            (
                logging(
                    "<TargetBucket>target</TargetBucket><TargetPrefix/><TargetObjectKeyFormat/>"
                ),
                "MalformedXML",
            ),
            (
                logging(
                    f"<TargetBucket>target</TargetBucket><TargetPrefix>{'x' * 801}</TargetPrefix>"
                ),
                "KeyTooLongError",
            ),
            (
                logging(
                    "<TargetBucket>target</TargetBucket><TargetGrants><Grant>"
                    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                    'xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission>'
                    "</Grant></TargetGrants><TargetPrefix/>"
                ),
                "AccessControlListNotSupported",
            ),
        ),
    ),
    Case(
        "notification",
        "notification",
        notification(
            "<QueueConfiguration><Id>a</Id><Queue>arn:aws:sqs:us-east-1:000000000001:q</Queue>"
            f"{PUT}{filtered(('Prefix', 'in/'), ('Suffix', '.jpg'))}</QueueConfiguration>"
            "<EventBridgeConfiguration></EventBridgeConfiguration>"
        ),
        (200, f"<NotificationConfiguration {ROOT}></NotificationConfiguration>"),
        refused=(
            (notification(queue("")), "MalformedXML"),
            (notification(queue(PUT, "queue")), "InvalidArgument"),
            (notification(queue(PUT, "arn:aws:sns:us-east-1:1:t")), "InvalidArgument"),
            (notification(queue("<Event>s3:Nothing</Event>")), "InvalidArgument"),
            (notification(queue(PUT + filtered(("infix", "x")))), "InvalidArgument"),
            (
                notification(queue(PUT + filtered(("prefix", "x"), ("Prefix", "y")))),
                "InvalidArgument",
            ),
            (
                notification(queue(f"<Id>a</Id>{PUT}") + queue("<Id>a</Id>" + ANY)),
                "InvalidArgument",
            ),
            (notification(queue(PUT) + queue(ANY)), "InvalidArgument"),
            (
                notification(
                    queue(PUT + filtered(("prefix", "a")))
                    + queue(PUT + filtered(("prefix", "ab"), ("suffix", "c")))
                ),
                "InvalidArgument",
            ),
            (
                notification(queue(PUT + "<Filter><S3Key><FilterRule/></S3Key></Filter>")),
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "replication",
        "replication",
        replication(
            "<ID>a</ID><Priority>1</Priority><Filter><Prefix>Tax</Prefix></Filter>"
            f"<Status>Enabled</Status>{TO}{NO_MARKERS}"
        ),
        (404, "<Code>ReplicationConfigurationNotFoundError</Code>"),
        refused=(
            (
                "<ReplicationConfiguration><Role>r</Role></ReplicationConfiguration>",
                "MalformedXML",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination><Bucket>target</Bucket>"
                    "</Destination>"
                ),
                "InvalidArgument",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::nobodys</Bucket></Destination>"
                ),
                "InvalidRequest",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::unversioned</Bucket></Destination>"
                ),
                "InvalidRequest",
            ),
            (
                replication(f"<Filter/><Status>Enabled</Status>{TO}{NO_MARKERS}"),
                "InvalidRequest",
            ),
            (
                replication(f"<Priority>1</Priority><Filter/><Status>Enabled</Status>{TO}"),
                "InvalidRequest",
            ),
            (
                replication(
                    f"<Prefix/><Filter/><Priority>1</Priority><Status>Enabled</Status>{TO}"
                    f"{NO_MARKERS}"
                ),
                "MalformedXML",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::target</Bucket><Account>000000000009</Account>"
                    "</Destination>"
                ),
                "InvalidArgument",
            ),
            (
                replication(
                    "<Prefix/><Status>Enabled</Status><Destination>"
                    "<Bucket>arn:aws:s3:::target</Bucket><ReplicationTime><Status>Enabled</Status>"
                    "<Time><Minutes>16</Minutes></Time></ReplicationTime></Destination>"
                ),
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "website",
        "website",
        website(
            "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
            "<ErrorDocument><Key>error.html</Key></ErrorDocument>"
            "<RoutingRules><RoutingRule><Condition>"
            "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
            "<KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect>"
            "<HttpRedirectCode>302</HttpRedirectCode>"
            "<ReplaceKeyPrefixWith></ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules>"
        ),
        (404, "<Code>NoSuchWebsiteConfiguration</Code>"),
        refused=(
            (website(""), "InvalidArgument"),
            (website("<IndexDocument><Suffix>/a</Suffix></IndexDocument>"), "InvalidArgument"),
            (website("<IndexDocument><Suffix></Suffix></IndexDocument>"), "InvalidArgument"),
            (website("<ErrorDocument><Key>e</Key></ErrorDocument>"), "InvalidArgument"),
            (
                website(
                    f"{INDEX}<RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo>"
                ),
                "InvalidArgument",
            ),
            (
                website(
                    "<RedirectAllRequestsTo><HostName>a</HostName><Protocol>ftp</Protocol>"
                    "</RedirectAllRequestsTo>"
                ),
                "InvalidRequest",
            ),
            (website(f"{INDEX}<RoutingRules/>"), "MalformedXML"),
            (routed("<Redirect/>"), "MalformedXML"),
            (
                routed("<Redirect><Protocol>protocol</Protocol></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed(
                    "<Redirect><ReplaceKeyWith>a</ReplaceKeyWith>"
                    "<ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>"
                ),
                "InvalidRequest",
            ),
            (
                routed("<Condition/><Redirect><HostName>a</HostName></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed("<Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect>"),
                "InvalidRequest",
            ),
            (
                routed(
                    "<Condition><HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals>"
                    "</Condition><Redirect><HostName>a</HostName></Redirect>"
                ),
                "InvalidRequest",
            ),
            (
                routed("<Redirect><HostName>a&#10;b</HostName></Redirect>"),
                "MalformedXML",
            ),
            (
                website(
                    INDEX
                    + "<RoutingRules>"
                    + "<RoutingRule><Redirect><HostName>a</HostName></Redirect></RoutingRule>" * 51
                    + "</RoutingRules>"
                ),
                "InvalidRequest",
            ),
        ),
    ),
    Case(
        "request-payment",
        "requestPayment",
        f"<RequestPaymentConfiguration {ROOT}><Payer>Requester</Payer>"
        "</RequestPaymentConfiguration>",
        (200, "<Payer>BucketOwner</Payer>"),
        refused=(
            ("<RequestPaymentConfiguration/>", "MalformedXML"),
            (
                "<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "tagging",
        "tagging",
        f"<Tagging {ROOT}><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        (404, "<Code>NoSuchTagSet</Code>"),
        status=204,
        refused=(
            ("<Tagging/>", "MalformedXML"),
            (
                "<Tagging><TagSet>"
                + "<Tag><Key>a</Key><Value>b</Value></Tag>" * 2
                + "</TagSet></Tagging>",
                "InvalidTag",
            ),
            (
                "<Tagging><TagSet>"
                + "".join(f"<Tag><Key>{n}</Key><Value/></Tag>" for n in range(51))
                + "</TagSet></Tagging>",
                "BadRequest",
            ),
        ),
    ),
]
IDS: Final = [case.kind for case in CASES]


def versioned(record: Bucket) -> Bucket:
    return msgspec.structs.replace(record, versioning=Versioning.ENABLED)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    made = make_app()
    for name in ("bucket", "target", "unversioned"):
        assert (await ask(made, "PUT", f"/{name}")).status == 200
    for name in ("bucket", "target"):
        bucket = await made.services.buckets.find(name)
        await made.services.configurations.change(bucket, versioned)
    yield made
    await made.close()


def test_every_document_has_a_case() -> None:
    assert {case.kind for case in CASES} == {document.kind for document in DOCUMENTS}


async def status_and_text(app: App, method: str, query: str, document: str = "") -> tuple[int, str]:
    pieces = [document.encode()] if document else []
    digest = b64encode(hashlib.md5(document.encode()).digest())
    headers = [(b"content-md5", digest)] if document else []
    reply = await ask(app, method, f"/bucket?{query}", pieces, headers=headers)
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
    digest = b64encode(hashlib.md5(case.document.encode()).digest())
    reply = await ask(
        app,
        "PUT",
        "/unversioned?replication",
        [case.document.encode()],
        headers=[(b"content-md5", digest)],
    )
    text = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
    assert (reply.status, text in text_of(reply).replace("&#39;", "'")) == (400, True)


async def test_a_bucket_of_several_labels_is_not_accelerated(app: App) -> None:
    assert (await ask(app, "PUT", "/a.bucket")).status == 200
    case = next(one for one in CASES if one.kind == "accelerate")
    digest = b64encode(hashlib.md5(case.document.encode()).digest())
    reply = await ask(
        app,
        "PUT",
        "/a.bucket?accelerate",
        [case.document.encode()],
        headers=[(b"content-md5", digest)],
    )
    assert (reply.status, "<Code>InvalidRequest</Code>" in text_of(reply)) == (400, True)


async def test_logs_go_to_no_bucket_of_another_account(app: App) -> None:
    await app.services.buckets.create("foreign", account="000000000002", region="us-east-1")
    document = logging("<TargetBucket>foreign</TargetBucket><TargetPrefix/>")
    status, text = await status_and_text(app, "PUT", "logging", document)
    assert (status, "<Code>InvalidTargetBucketForLogging</Code>" in text) == (400, True)
    assert "must be the same" in text
