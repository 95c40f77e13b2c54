"""Server access logs: written for each request, delivered as objects, at least once.

Source: User Guide, "Logging requests with server access logging".
"""

import re
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from gateway.app import App
from gateway.configurations.logs import Place
from gateway.exchange import HeaderList
from gateway.observe.spool import FolderSpool
from tests.gateway.accesslogs import read_line
from tests.gateway.inside import (
    ACCOUNT,
    OTHER_KEY,
    ask,
    furnished,
    put_document,
    text_of,
)
from tests.gateway.logdelivery import Clock, configure, deliver, delivered, end, record
from tests.serving import serving

PARTITIONED: Final = (
    "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>{}</PartitionDateSource>"
    "</PartitionedPrefix></TargetObjectKeyFormat>"
)
DAY_MS: Final = 24 * 3600 * 1000
WAIT_S: Final = 60.0


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/target", "/bucket/k", "/quiet", "/plain") as made:
        yield made


async def test_each_request_is_a_line_failed_ones_too(app: App) -> None:
    end(await ask(app, "GET", "/bucket/k"))  # before anybody asked for a log
    await configure(app)
    referer: HeaderList = [(b"referer", b'http://a/"b"'), (b"user-agent", b"test/1 (a b)")]
    end(await ask(app, "PUT", "/bucket/new%20key", [b"content"], headers=referer))
    end(await ask(app, "GET", "/bucket/new%20key?versionId=null"))
    end(await ask(app, "GET", "/bucket/none"))
    end(await ask(app, "GET", "/bucket/new%20key", key=OTHER_KEY))
    end(await ask(app, "GET", "/bucket/new%20key", key=None))
    wrong: HeaderList = [(b"authorization", b"AWS4-HMAC-SHA256 Credential=x")]
    end(await ask(app, "GET", "/bucket/new%20key", key=None, headers=wrong))
    end(await ask(app, "GET", "/bucket?list-type=2"))
    end(await ask(app, "GET", "/quiet"))
    [(key, lines)] = (await delivered(app)).items()
    assert re.fullmatch(r"log/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}", key)
    owner = ACCOUNT.canonical_id
    assert {(one["owner"], one["bucket"]) for one in lines} == {(owner, "bucket")}
    told = [
        tuple(one[name] for name in ("operation", "key", "status", "error", "size"))
        for one in lines
    ]
    denied = ("REST.GET.OBJECT", "new%20key", "403", "AccessDenied", "-")
    strange = lines[5]["status"], lines[5]["error"]
    assert told == [
        ("REST.PUT.OBJECT", "new%20key", "200", "-", "7"),
        ("REST.GET.OBJECT", "new%20key", "200", "-", "7"),
        ("REST.GET.OBJECT", "none", "404", "NoSuchKey", "-"),
        denied,
        denied,
        ("REST.GET.OBJECT", "new%20key", *strange, "-"),
        ("REST.GET.BUCKET", "-", "200", "-", "-"),
    ]
    assert [one["sent"] for one in lines[:2]] == ["-", "7"]
    assert lines[5]["status"].startswith("4")
    assert lines[0]["referer"] == "http://a/%22b%22"
    assert lines[0]["agent"] == "test/1 (a b)"
    assert lines[1]["uri"] == "GET /bucket/new%20key?versionId=null HTTP/1.1"
    assert lines[1]["version"] == "null"
    who = [(one["requester"], one["signature"], one["authentication"]) for one in lines]
    assert who[0] == (owner, "SigV4", "AuthHeader")
    assert who[4] == ("-", "-", "-")
    assert who[3][0] not in ("-", owner)
    assert len({one["request_id"] for one in lines}) == len(lines)


async def test_a_line_has_the_id_of_the_version_that_was_asked_for(app: App) -> None:
    """Ids have dashes and underscores; what is no id could be any text, and is left out."""
    enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    assert (await put_document(app, "/bucket?versioning", enabled)).status == 200
    ids = []
    for _ in range(16):
        made = await ask(app, "PUT", "/bucket/k", [b"x"])
        ids.append(dict(made.headers)[b"x-amz-version-id"].decode())
    await configure(app)
    for asked in (*ids, "a%20b"):
        end(await ask(app, "GET", f"/bucket/k?versionId={asked}"))
    document = "".join(f"<Object><Key>k</Key><VersionId>{one}</VersionId></Object>" for one in ids)
    end(await ask(app, "POST", "/bucket?delete", [f"<Delete>{document}</Delete>".encode()]))
    [lines] = (await delivered(app)).values()
    assert [one["version"] for one in lines] == [*ids, "-", "-", *ids]


async def test_what_is_configured_when_it_is_answered_counts(app: App) -> None:
    await configure(app, "one/")
    end(await ask(app, "GET", "/bucket/k"))
    await configure(app, "two/")
    end(await ask(app, "GET", "/bucket/k"))
    assert (await put_document(app, "/bucket?logging", "<BucketLoggingStatus/>")).status == 200
    end(await ask(app, "GET", "/bucket/k"))
    found = await delivered(app)
    assert sorted(key[:4] for key in found) == ["one/", "two/"]
    assert [len(lines) for lines in found.values()] == [1, 1]


async def test_each_key_of_many_has_a_line_and_the_source_of_a_copy_too(app: App) -> None:
    await configure(app)
    await configure(app, "quiet/", bucket="quiet")
    document = (
        "<Delete><Object><Key>k</Key></Object><Object><Key>a b</Key><VersionId>x</VersionId>"
        "</Object></Delete>"
    )
    source: HeaderList = [(b"x-amz-copy-source", b"/bucket/k")]
    end(await ask(app, "PUT", "/quiet/copy", headers=source))
    end(await ask(app, "PUT", "/plain/copy", headers=source))  # which has no log
    end(await ask(app, "POST", "/bucket?delete", [document.encode()]))
    found = await delivered(app)
    names = ("operation", "key", "uri", "status", "error", "total")
    told = {
        prefix: [
            tuple(one[name] for name in names)
            for key, lines in found.items()
            if key.startswith(prefix)
            for one in lines
        ]
        for prefix in ("log/", "quiet/")
    }
    total = [one[-1] for one in told["log/"]]
    assert told["log/"] == [
        ("REST.COPY.OBJECT_GET", "k", "PUT /quiet/copy HTTP/1.1", "200", "-", total[0]),
        ("REST.COPY.OBJECT_GET", "k", "PUT /plain/copy HTTP/1.1", "200", "-", total[1]),
        (
            "REST.POST.MULTI_OBJECT_DELETE",
            "-",
            "POST /bucket?delete HTTP/1.1",
            "200",
            "-",
            total[2],
        ),
        ("BATCH.DELETE.OBJECT", "k", "-", "204", "-", "-"),
        ("BATCH.DELETE.OBJECT", "a%20b", "-", "404", "NoSuchVersion", "-"),
    ]
    [copied] = told["quiet/"]
    assert copied[:2] == ("REST.COPY.OBJECT", "copy")
    sizes = {one["operation"]: one["size"] for lines in found.values() for one in lines}
    assert sizes["REST.COPY.OBJECT"] == sizes["REST.COPY.OBJECT_GET"] == "0"


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        (
            "EventTime",
            r"p/000000000001/us-east-1/bucket/(\d{4})/(\d\d)/(\d\d)/\1-\2-\3-00-00-00-[0-9A-F]{16}",
        ),
        (
            "DeliveryTime",
            r"p/000000000001/us-east-1/bucket/(\d{4})/(\d\d)/(\d\d)"
            r"/\1-\2-\3-\d\d-\d\d-\d\d-[0-9A-F]{16}",
        ),
    ],
)
async def test_keys_have_the_date_if_that_is_asked_for(app: App, source: str, pattern: str) -> None:
    await configure(app, "p/", PARTITIONED.format(source))
    end(await ask(app, "GET", "/bucket/k"))
    [key] = await delivered(app)
    assert re.fullmatch(pattern, key), key


async def test_days_of_events_have_logs_of_their_own(app: App) -> None:
    put = app.services.access_log.put
    place = Place("target", "", "EventTime")
    for event_ms, line in ((0, "a"), (DAY_MS - 1, "b"), (DAY_MS, "c")):
        put(record(event_ms, line, place))
    await deliver(app)
    keys = re.findall("<Key>([^<]+)</Key>", text_of(await ask(app, "GET", "/target")))
    assert [key.rpartition("-")[0][-19:] for key in keys] == [
        "1970-01-01-00-00-00",
        "1970-01-02-00-00-00",
    ]
    assert text_of(await ask(app, "GET", f"/target/{keys[0]}")) == "a\nb\n"


async def test_no_log_goes_where_its_bucket_or_its_owner_is_gone(app: App) -> None:
    put = app.services.access_log.put
    put(record(0, "a", Place("nobodys", "")))
    put(record(0, "a", Place("No Name", "")))
    put(record(0, "a", Place("target", ""), account="000000000002"))
    assert await delivered(app) == {}
    assert list(app.services.access_log.waiting()) == []


async def test_a_delivery_that_was_broken_off_is_made_again_under_the_same_keys(
    app: App, tmp_path: Path
) -> None:
    """Killed between the commit and the file's removal, the keeper finds its log there."""
    worker = FolderSpool(tmp_path, 0, 1, Clock())
    worker.put(record(0, "a", Place("target", "x/")))
    worker.set_aside()

    class Forgetful(FolderSpool):
        """The keeper dies before it removes anything."""

        def remove(self, name: str) -> None:
            pass

    for kind in (Forgetful, FolderSpool):
        keeper = kind(tmp_path, 1, 1, Clock())
        assert await deliver(app, keeper) == 0
        text = text_of(await ask(app, "GET", "/target"))
        assert len(re.findall("<Key>x/2023-11-14-22-13-20-", text)) == 1
    assert list(FolderSpool(tmp_path, 1, 1, Clock()).waiting()) == []


async def test_half_a_record_is_dropped_and_the_others_are_delivered(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    whole = record(0, "a", Place("target", ""))
    app.services.access_log.put(whole)
    app.services.access_log.put(whole[: len(whole) // 2])
    await deliver(app)
    [key] = re.findall("<Key>([^<]+)</Key>", text_of(await ask(app, "GET", "/target")))
    assert text_of(await ask(app, "GET", f"/target/{key}")) == "a\n"
    assert [one.message for one in caplog.records] == [
        "a request's log was written by half, and is dropped"
    ]


@pytest.mark.parametrize(
    ("document", "waits"),
    [
        pytest.param(
            b'{"rules":[{"apply_server_side_encryption_by_default":'
            b'{"sse_algorithm":"aws:kms","kms_master_key_id":"gone"}}]}',
            False,
            id="a key that is no more: nobody but its owner could mend it",
        ),
        pytest.param(b"\xff", True, id="damage: an operator may mend it"),
    ],
)
async def test_where_one_log_cannot_go_the_others_of_its_file_go(
    app: App, document: bytes, waits: bool
) -> None:
    services = app.services
    target = await services.buckets.find("target")
    await services.configurations.put(target, "encryption", document)
    for bucket in ("target", "quiet", "plain"):
        services.access_log.put(record(0, "a", Place(bucket, "log/")))
    for _ in range(2):
        assert await deliver(app) == int(waits)
        found = [text_of(await ask(app, "GET", f"/{one}")) for one in ("target", "quiet", "plain")]
        assert [text.count("<Key>log/") for text in found] == [0, 1, 1]
    assert bool(list(services.access_log.waiting())) == waits


def test_a_server_delivers_what_all_its_workers_answered(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--log-delivery-s", "1") as server:
        s3 = server.client()
        s3.create_bucket(Bucket="source")
        s3.create_bucket(Bucket="logs")
        enabled = {"TargetBucket": "logs", "TargetPrefix": "l/"}
        s3.put_bucket_logging(Bucket="source", BucketLoggingStatus={"LoggingEnabled": enabled})
        wanted = {f"k{number}" for number in range(6)}
        for key in wanted:  # each by a connection of its own, to whichever worker
            server.client().put_object(Bucket="source", Key=key, Body=b"x")
        seen: set[str] = set()
        until = time.monotonic() + WAIT_S
        while seen != wanted and time.monotonic() < until:
            for item in s3.list_objects_v2(Bucket="logs").get("Contents", []):
                text = s3.get_object(Bucket="logs", Key=item["Key"])["Body"].read().decode()
                lines = [read_line(line) for line in text.splitlines()]
                seen |= {one["key"] for one in lines if one["operation"] == "REST.PUT.OBJECT"}
            threading.Event().wait(0.1)
        assert seen == wanted
