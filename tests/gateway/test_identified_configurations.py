"""Configurations that a bucket has several of: put, got, deleted, listed by pages, refused."""

import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from urllib.parse import quote

import pytest

from gateway.app import App
from gateway.operations.identified import IDENTIFIED, PAGE_MAX
from storage.configurations import PER_KIND_MAX
from tests.gateway.inside import ask, digest_of, furnished, text_of

ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
TAG: Final = "<Tag><Key>a</Key><Value>b</Value></Tag>"
OTHER_TAG: Final = "<Tag><Key>c</Key><Value>d</Value></Tag>"


class Case(NamedTuple):
    """A kind: what stands in a document after, or before, its id, and what is refused."""

    kind: str
    root: str
    inside: str
    id_after: str = ""  # what stands before the id, in the model's order
    refused: tuple[tuple[str, str], ...] = ()  # what stands inside instead, and the code

    def document(self, identity: str, inside: str | None = None) -> str:
        inside = self.inside if inside is None else inside
        before = self.id_after if inside == self.inside else ""
        return f"<{self.root} {ROOT}>{before}<Id>{identity}</Id>{inside}</{self.root}>"


def filtered(inside: str) -> str:
    return f"<Filter>{inside}</Filter>"


def tiering(days: int, tier: str = "ARCHIVE_ACCESS") -> str:
    return f"<Tiering><Days>{days}</Days><AccessTier>{tier}</AccessTier></Tiering>"


def exported(bucket: str) -> str:
    return (
        "<StorageClassAnalysis><DataExport><OutputSchemaVersion>V_1</OutputSchemaVersion>"
        f"<Destination><S3BucketDestination><Format>CSV</Format><Bucket>{bucket}</Bucket>"
        "<Prefix>test</Prefix></S3BucketDestination></Destination></DataExport>"
        "</StorageClassAnalysis>"
    )


def inventory(bucket: str = "arn:aws:s3:::target", **others: str) -> str:
    members = {"Format": "CSV", "Versions": "All", "Frequency": "Daily", "Fields": ""} | others
    return (
        f"<Destination><S3BucketDestination><Bucket>{bucket}</Bucket>"
        f"<Format>{members['Format']}</Format></S3BucketDestination></Destination>"
        "<IsEnabled>true</IsEnabled>"
        f"<IncludedObjectVersions>{members['Versions']}</IncludedObjectVersions>"
        f"<OptionalFields>{members['Fields']}</OptionalFields>"
        f"<Schedule><Frequency>{members['Frequency']}</Frequency></Schedule>"
    )


NO_EXPORT: Final = "<StorageClassAnalysis></StorageClassAnalysis>"
BAD_FILTERS: Final = (
    ("<Filter></Filter>", "MalformedXML"),
    (filtered(f"<Prefix>a</Prefix>{TAG}"), "MalformedXML"),
    (filtered(f"<And>{TAG}</And>"), "MalformedXML"),
    (filtered(f"<And>{TAG}{TAG}</And>"), "InvalidRequest"),
    (filtered(f"<Prefix>{'x' * 1025}</Prefix>"), "InvalidRequest"),
    (filtered("<Tag><Key>a&#10;</Key><Value/></Tag>"), "InvalidTag"),
)
CASES: Final = [
    Case(
        "analytics",
        "AnalyticsConfiguration",
        filtered("<Prefix>test_ls</Prefix>") + exported("arn:aws:s3:::target"),
        refused=(
            (filtered("<Prefix>a</Prefix>"), "MalformedXML"),
            *((bad + NO_EXPORT, code) for bad, code in BAD_FILTERS),
            (exported("target"), "InvalidS3DestinationBucket"),
        ),
    ),
    Case(
        "intelligent-tiering",
        "IntelligentTieringConfiguration",
        filtered(f"<And><Prefix>p</Prefix>{TAG}</And>")
        + "<Status>Enabled</Status>"
        + tiering(90)
        + tiering(180, "DEEP_ARCHIVE_ACCESS"),
        refused=(
            ("<Status>Enabled</Status>", "MalformedXML"),
            *((f"{bad}<Status>Enabled</Status>{tiering(90)}", code) for bad, code in BAD_FILTERS),
            (f"<Status>Enabled</Status>{tiering(90)}{tiering(100)}", "MalformedXML"),
            (f"<Status>Enabled</Status>{tiering(89)}", "InvalidArgument"),
            (f"<Status>Enabled</Status>{tiering(731)}", "InvalidArgument"),
            (
                f"<Status>Enabled</Status>{tiering(90, 'DEEP_ARCHIVE_ACCESS')}",
                "InvalidArgument",
            ),
        ),
    ),
    Case(
        "inventory",
        "InventoryConfiguration",
        "<IsEnabled>true</IsEnabled>"
        "<Destination><S3BucketDestination><Format>CSV</Format><Bucket>arn:aws:s3:::target</Bucket>"
        "<Encryption><SSE-S3></SSE-S3></Encryption></S3BucketDestination></Destination>"
        "<Schedule><Frequency>Daily</Frequency></Schedule><Filter><Prefix>a</Prefix></Filter>"
        "<IncludedObjectVersions>All</IncludedObjectVersions>"
        "<OptionalFields><Field>Size</Field><Field>ETag</Field></OptionalFields>",
        refused=(
            (inventory("target"), "InvalidS3DestinationBucket"),
            (inventory(Format="WRONG-FORMAT"), "MalformedXML"),
            (inventory(Frequency="Hourly"), "MalformedXML"),
            (inventory(Versions="Wrong"), "MalformedXML"),
            (inventory(Fields="<Field>TestField</Field>"), "MalformedXML"),
            (inventory(Fields="<Field>Size</Field>" * 2), "MalformedXML"),
        ),
    ),
    Case(
        "metrics",
        "MetricsConfiguration",
        filtered(f"<And><Prefix>logs/</Prefix>{TAG}{OTHER_TAG}</And>"),
        refused=BAD_FILTERS,
    ),
]
KINDS: Final = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket") as made:
        yield made


def test_every_kind_has_a_case() -> None:
    assert {case.kind for case in CASES} == {one.kind for one in IDENTIFIED}


async def asked(app: App, method: str, query: str, document: str = "") -> tuple[int, str]:
    target, body = f"/bucket?{query}", document.encode()
    headers = [digest_of(body)] if body else []
    reply = await ask(app, method, target, [body] if body else [], headers=headers)
    return reply.status, text_of(reply).partition("\n")[2]


async def code_of(app: App, method: str, query: str, document: str = "") -> tuple[int, str]:
    status, text = await asked(app, method, query, document)
    return status, text.partition("<Code>")[2].partition("<")[0]


@KINDS
async def test_a_configuration_comes_back_as_it_was_put(app: App, case: Case) -> None:
    query = f"{case.kind}&id=a"
    assert await code_of(app, "GET", query) == (404, "NoSuchConfiguration")
    assert await asked(app, "PUT", query, case.document("a")) == (204, "")
    assert await asked(app, "GET", query) == (200, case.document("a"))
    assert await code_of(app, "GET", f"{case.kind}&id=b") == (404, "NoSuchConfiguration")
    assert await asked(app, "DELETE", query) == (204, "")
    assert await code_of(app, "GET", query) == (404, "NoSuchConfiguration")
    assert await code_of(app, "DELETE", query) == (404, "NoSuchConfiguration")


@KINDS
async def test_a_refused_configuration_leaves_the_old_one(app: App, case: Case) -> None:
    query = f"{case.kind}&id=a"
    assert (await asked(app, "PUT", query, case.document("a")))[0] == 204
    for inside, code in case.refused:
        assert await code_of(app, "PUT", query, case.document("a", inside)) == (400, code), inside
    assert await asked(app, "GET", query) == (200, case.document("a"))


@KINDS
async def test_the_id_in_the_query_is_that_of_the_document(app: App, case: Case) -> None:
    status, code = await code_of(app, "PUT", f"{case.kind}&id=a", case.document("b"))
    assert (status, code) == (400, "IdMismatch")
    for identity in ("a b", "x" * 65, "a/b"):
        query = f"{case.kind}&id={quote(identity, safe='')}"
        assert await code_of(app, "PUT", query, case.document(identity)) == (
            400,
            "InvalidConfigurationId",
        )
    assert (await asked(app, "PUT", f"{case.kind}&id={'x' * 64}", case.document("x" * 64)))[
        0
    ] == 204


@KINDS
async def test_a_list_has_pages_of_a_hundred(app: App, case: Case) -> None:
    assert "Id>" not in (await asked(app, "GET", case.kind))[1]
    names = [f"n{number:03}" for number in range(PAGE_MAX + 5)]
    for name in reversed(names):
        assert (await asked(app, "PUT", f"{case.kind}&id={name}", case.document(name)))[0] == 204
    status, first = await asked(app, "GET", case.kind)
    assert (status, "<IsTruncated>true</IsTruncated>" in first) == (200, True)
    assert re.findall("<Id>([^<]+)</Id>", first) == names[:PAGE_MAX]
    token = first.partition("<NextContinuationToken>")[2].partition("<")[0]
    status, second = await asked(app, "GET", f"{case.kind}&continuation-token={quote(token)}")
    assert (status, "<IsTruncated>false</IsTruncated>" in second) == (200, True)
    assert f"<ContinuationToken>{token}</ContinuationToken>" in second
    assert "NextContinuationToken" not in second
    assert re.findall("<Id>([^<]+)</Id>", second) == names[PAGE_MAX:]
    status, code = await code_of(app, "GET", f"{case.kind}&continuation-token=%21")
    assert (status, code) == (400, "InvalidArgument")


async def test_there_are_a_thousand_of_a_kind_at_most(app: App) -> None:
    case = CASES[-1]
    bucket = await app.services.buckets.find("bucket")
    for number in range(PER_KIND_MAX):
        await app.services.configurations.put(bucket, case.kind, b"{}", f"n{number}")
    status, code = await code_of(app, "PUT", f"{case.kind}&id=one", case.document("one"))
    assert (status, code) == (400, "TooManyConfigurations")
    assert (await asked(app, "PUT", f"{case.kind}&id=n7", case.document("n7")))[0] == 204


@pytest.mark.parametrize(
    "inside",
    [
        "<AccessPointArn>arn:aws:s3:us-east-1:000000000001:accesspoint/a</AccessPointArn>",
        f"<And>{TAG}<AccessPointArn>arn:aws:s3:us-east-1:1:accesspoint/a</AccessPointArn></And>",
    ],
)
async def test_metrics_by_access_point_are_refused_because_there_are_none(
    app: App, inside: str
) -> None:
    document = CASES[-1].document("a", filtered(inside))
    assert await code_of(app, "PUT", "metrics&id=a", document) == (501, "NotImplemented")
