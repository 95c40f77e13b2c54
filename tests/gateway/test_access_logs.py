"""Server access logs: written for each request, delivered as objects, at least once.

Source: User Guide, "Logging requests with server access logging".
"""

import json
import re
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from gateway.app import App
from gateway.configurations.logs import Origin, Place
from gateway.deliveries import Deliveries, Record, encode
from gateway.exchange import HeaderList, Reply
from gateway.iam.acl import ALL_USERS
from gateway.observe import spool
from gateway.observe.spool import FolderSpool, MemorySpool, Spool
from tests.gateway.accesslogs import read_line
from tests.gateway.inside import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_KEY,
    ask,
    furnished,
    put_document,
    text_of,
)
from tests.serving import serving

PARTITIONED: Final = (
    "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>{}</PartitionDateSource>"
    "</PartitionedPrefix></TargetObjectKeyFormat>"
)
DAY_MS: Final = 24 * 3600 * 1000
WAIT_S: Final = 60.0


class Clock:
    """Says what it was told."""

    def __init__(self, now_ms: int = 1_700_000_000_123) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/target", "/bucket/k", "/quiet", "/plain") as made:
        yield made


async def configure(app: App, prefix: str = "log/", form: str = "", bucket: str = "bucket") -> None:
    document = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket>"
        f"<TargetPrefix>{prefix}</TargetPrefix>{form}</LoggingEnabled></BucketLoggingStatus>"
    )
    assert (await put_document(app, f"/{bucket}?logging", document)).status == 200


def end(reply: Reply) -> None:
    """What the server does when the answer has left."""
    assert reply.on_end is not None
    reply.on_end(len(reply.body) if isinstance(reply.body, bytes) else 0, True)


async def deliver(app: App, spool: Spool | None = None) -> int:
    """What the keeper does; how much of it failed."""
    services = app.services
    deliveries = Deliveries(
        spool or services.access_log,
        services.accounts,
        services.buckets,
        services.configurations,
        services.objects,
        encrypts=services.encrypts,
    )
    return (await deliveries.round(lambda: False)).failed


async def delivered(app: App) -> dict[str, list[dict[str, str]]]:
    """The logs in the target, by key, taken apart."""
    await deliver(app)
    found = {}
    for key in re.findall("<Key>([^<]+)</Key>", text_of(await ask(app, "GET", "/target"))):
        text = text_of(await ask(app, "GET", f"/target/{key}"))
        assert text.endswith("\n")
        found[key] = [read_line(line) for line in text.splitlines()]
    return found


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


def record(event_ms: int, line: str, place: Place, account: str = ACCOUNT.id) -> bytes:
    return encode(Record(place, Origin(account, "us-east-1", "bucket"), event_ms, line))


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


def test_a_killed_workers_file_is_the_next_ones_and_half_a_line_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    FolderSpool(tmp_path, 0, 2, Clock()).put(b"one")
    with (tmp_path / spool.FOLDER / "current-0").open("ab") as file:
        file.write(b"tw")
    FolderSpool(tmp_path, 1, 2, Clock()).put(b"of a worker that is no more")
    FolderSpool(tmp_path, 0, 2, Clock(5))
    keeper = FolderSpool(tmp_path, 1, 1, Clock(7))  # with fewer workers now
    found = dict(keeper.waiting())
    assert sorted(found.values()) == [b"of a worker that is no more\n", b"one\ntw"]
    for name in found:
        keeper.remove(name)
    assert list(keeper.waiting()) == []
    assert caplog.records == []


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


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_what_nobody_delivers_is_bounded(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "WAITING_FILES_MAX", 3)
    monkeypatch.setattr(spool, "FILE_BYTES_MAX", 100)
    one = MemorySpool(Clock()) if kind == "memory" else FolderSpool(tmp_path, 0, 1, Clock())
    for _ in range(50):
        one.put(b"x" * 60)
    one.set_aside()
    found = [content for _, content in one.waiting()]
    assert len(found) == 3
    assert max(map(len, found)) <= 200


def test_a_disk_that_takes_nothing_stops_no_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / spool.FOLDER).write_text("no folder")
    one = FolderSpool(tmp_path, 0, 1, Clock())
    for _ in range(3):
        one.put(b"x")
    one.set_aside()
    assert len([entry for entry in caplog.records if "not logged" in entry.message]) == 1


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


async def test_a_bucket_whose_requesters_pay_takes_no_logs(app: App) -> None:
    paid = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
    assert (await put_document(app, "/target?requestPayment", paid)).status == 200
    document = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket><TargetPrefix/>"
        "</LoggingEnabled></BucketLoggingStatus>"
    )
    reply = await put_document(app, "/bucket?logging", document)
    assert (reply.status, "InvalidTargetBucketForLogging" in text_of(reply)) == (400, True)


async def test_logs_are_opened_to_whom_the_configuration_names(app: App) -> None:
    """Where the target has ACLs; elsewhere target grants are refused."""
    controls = (
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>"
    )
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="CanonicalUser"><ID>{OTHER_ACCOUNT.canonical_id}</ID></Grantee>'
        "<Permission>READ</Permission></Grant>"
    )
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    await configure(app, form=f"<TargetGrants>{grant}</TargetGrants>")
    end(await ask(app, "GET", "/bucket/k"))
    [key] = await delivered(app)
    assert (await ask(app, "GET", f"/target/{key}", key=OTHER_KEY)).status == 200
    assert (await ask(app, "GET", f"/target/{key}", key=None)).status == 403
    assert "FULL_CONTROL" in text_of(await ask(app, "GET", f"/target/{key}?acl"))


@pytest.mark.parametrize(
    ("query", "document"),
    [
        (
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
            "</PublicAccessBlockConfiguration>",
        ),
        (
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
            "</OwnershipControls>",
        ),
    ],
)
async def test_what_is_blocked_since_is_not_opened_to_everybody(
    app: App, query: str, document: str
) -> None:
    controls = (
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>"
    )
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="Group"><URI>{ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant>'
    )
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    assert (await ask(app, "DELETE", "/target?publicAccessBlock")).status == 204
    await configure(app, form=f"<TargetGrants>{grant}</TargetGrants>")
    end(await ask(app, "GET", "/bucket/k"))
    [before] = await delivered(app)
    assert (await ask(app, "GET", f"/target/{before}", key=None)).status == 200
    assert (await put_document(app, f"/target?{query}", document)).status == 200
    end(await ask(app, "GET", "/bucket/k"))
    [key] = set(await delivered(app)) - {before}
    # Not only while it is so: nothing was written down that opens it later.
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    assert (await ask(app, "DELETE", "/target?publicAccessBlock")).status == 204
    assert (await ask(app, "GET", f"/target/{key}", key=None)).status == 403


@pytest.mark.parametrize(
    ("principal", "condition", "arrives"),
    [
        ({"Service": "logging.s3.amazonaws.com"}, {}, False),
        ({"Service": "cloudtrail.amazonaws.com"}, {}, True),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::buck*"}},
            False,
        ),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"StringNotEquals": {"aws:SourceAccount": ACCOUNT.id}},
            True,
        ),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"Bool": {"aws:SecureTransport": "false"}},
            True,
        ),
    ],
)
async def test_a_policy_that_denies_them_keeps_logs_out(
    app: App, principal: object, condition: object, arrives: bool
) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::target/*",
        **({"Condition": condition} if condition else {}),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (await put_document(app, "/target?policy", policy)).status == 204
    await configure(app)
    end(await ask(app, "GET", "/bucket/k"))
    assert bool(await delivered(app)) is arrives


@pytest.mark.parametrize(("at_rest", "told"), [("off", None), ("on", b"AES256")])
async def test_logs_are_encrypted_as_their_bucket_says(
    tmp_path: Path, at_rest: str, told: bytes | None
) -> None:
    settings = {"encrypt_at_rest": at_rest, "data_dir": str(tmp_path)}
    async with furnished("/bucket", "/bucket/k", "/target", **settings) as app:
        await configure(app)
        rule = (
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{}</SSEAlgorithm>"
            "</ApplyServerSideEncryptionByDefault></Rule>"
        )
        seen: list[bytes | None] = []
        for algorithm in (None, "aws:kms"):
            if algorithm is not None:
                document = (
                    "<ServerSideEncryptionConfiguration>"
                    f"{rule.format(algorithm)}</ServerSideEncryptionConfiguration>"
                )
                assert (await put_document(app, "/target?encryption", document)).status == 200
            before = set(await delivered(app))
            end(await ask(app, "GET", "/bucket/k"))
            [key] = set(await delivered(app)) - before
            head = await ask(app, "HEAD", f"/target/{key}")
            seen.append(dict(head.headers).get(b"x-amz-server-side-encryption"))
        assert seen == [told, b"aws:kms"]
