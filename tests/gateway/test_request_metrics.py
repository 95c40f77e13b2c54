"""Metrics configurations take effect: each has counters of its requests in /-/metrics.

Source: User Guide, "Amazon S3 CloudWatch request metrics" and "Creating a metrics
configuration that filters by prefix, object tag, or access point".
"""

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest

from gateway.exchange import HeaderList
from gateway.observe.filtered import SLOTS, FilterBoard
from gateway.observe.metrics import Board
from gateway.observe.observation import Observation
from tests.gateway.inside import ask, begun, make_app, put_document

TAGGED: Final[HeaderList] = [(b"x-amz-tagging", b"kind=photo&other=x")]


class Counting:
    """An application whose observations one worker's board counts."""

    def __init__(self) -> None:
        self.board = Board(("GetObject", "PutObject"), 1)
        self.app = make_app(lambda seen: self.board.count(0, seen))

    async def do(
        self, method: str, target: str, body: bytes = b"", headers: HeaderList = ()
    ) -> int:
        """A request to the end of its answer."""
        reply = await ask(self.app, method, target, [body] if body else [], headers=headers)
        assert reply.on_end is not None
        reply.on_end(len(reply.body) if isinstance(reply.body, bytes) else 0, True)
        return reply.status

    async def filter(self, identity: str, inside: str = "") -> None:
        """Configure one."""
        inside = f"<Filter>{inside}</Filter>" if inside else ""
        document = f"<MetricsConfiguration><Id>{identity}</Id>{inside}</MetricsConfiguration>"
        reply = await put_document(self.app, f"/bucket?metrics&id={identity}", document)
        assert reply.status == 204

    def requests(self, identity: str) -> dict[str, int]:
        """By type."""
        pattern = (
            rf's3_filter_requests_total{{bucket="bucket",filter="{identity}",type="(\w+)"}} (\d+)'
        )
        return {kind: int(n) for kind, n in re.findall(pattern, self.board.render().decode())}

    def value(self, name: str, identity: str, more: str = "") -> str:
        found = re.search(
            rf'{name}{{bucket="bucket",filter="{identity}"{more}}} (\S+)',
            self.board.render().decode(),
        )
        assert found is not None
        return found[1]


@pytest.fixture
async def counting() -> AsyncIterator[Counting]:
    made = Counting()
    await made.do("PUT", "/bucket")
    await made.do("PUT", "/other")
    yield made
    await made.app.close()


async def test_a_filter_of_everything_counts_every_request_by_type(counting: Counting) -> None:
    await counting.do("PUT", "/bucket/k", b"before anybody asked")
    await counting.filter("all")
    await counting.do("PUT", "/bucket/k", b"content")
    await counting.do("GET", "/bucket/k")
    await counting.do("HEAD", "/bucket/k")
    await counting.do("GET", "/bucket/none")
    await counting.do("GET", "/bucket?list-type=2")
    await counting.do("DELETE", "/bucket/k")
    await counting.do("GET", "/other/k")
    assert counting.requests("all") == {"put": 1, "get": 2, "head": 1, "list": 1, "delete": 1}
    assert counting.value("s3_filter_errors_total", "all", ',status="4xx"') == "1"
    assert counting.value("s3_filter_errors_total", "all", ',status="5xx"') == "0"
    assert counting.value("s3_filter_received_bytes_total", "all") == "7"
    assert int(counting.value("s3_filter_sent_bytes_total", "all")) > 7
    assert float(counting.value("s3_filter_request_seconds_total", "all")) > 0
    assert b'filter="all"' in counting.board.render()
    assert b'bucket="other"' not in counting.board.render()


async def test_prefixes_and_tags_say_whose_requests_count(counting: Counting) -> None:
    tag = "<Tag><Key>kind</Key><Value>photo</Value></Tag>"
    await counting.filter("prefix", "<Prefix>a/</Prefix>")
    await counting.filter("tag", tag)
    await counting.filter("both", f"<And><Prefix>a/</Prefix>{tag}</And>")
    for target, headers in (("a/1", TAGGED), ("a/2", ()), ("b/1", TAGGED), ("b/2", ())):
        await counting.do("PUT", f"/bucket/{target}", b"x", headers)
        await counting.do("GET", f"/bucket/{target}")
    await counting.do("GET", "/bucket")
    assert counting.requests("prefix") == {"put": 2, "get": 2}
    assert counting.requests("tag") == {"put": 2, "get": 2}
    assert counting.requests("both") == {"put": 1, "get": 1}


async def test_whatever_makes_an_object_counts_by_its_tags(counting: Counting) -> None:
    await counting.do("PUT", "/bucket/k", b"content", TAGGED)
    await counting.filter("tag", "<Tag><Key>kind</Key><Value>photo</Value></Tag>")
    await counting.do("PUT", "/bucket/copy", headers=[(b"x-amz-copy-source", b"/bucket/k")])
    assert counting.requests("tag") == {"put": 1}
    upload_id = await begun(counting.app, "/bucket/parts", TAGGED)
    target = f"/bucket/parts?uploadId={upload_id}"
    part = await ask(counting.app, "PUT", f"{target}&partNumber=1", [b"x"])
    etag = dict(part.headers)[b"ETag"].decode()
    document = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    )
    await counting.do("POST", target, document.encode())
    assert counting.requests("tag") == {"put": 1, "post": 1}


async def test_a_filter_that_was_taken_away_counts_no_more(counting: Counting) -> None:
    await counting.filter("one")
    await counting.filter("two")
    await counting.do("GET", "/bucket/k")
    assert await counting.do("DELETE", "/bucket?metrics&id=one") == 204
    before = counting.requests("one")
    await counting.do("GET", "/bucket/k")
    assert counting.requests("one") == before
    assert counting.requests("two")["get"] == 2


async def test_nothing_is_shown_or_counted_where_nobody_asked(counting: Counting) -> None:
    await counting.do("GET", "/bucket/k")
    assert b"s3_filter_" not in counting.board.render()


def seen(*names: tuple[str, str]) -> Observation:
    return Observation("GetObject", "id", 200, 0.5, 3, True, received=0, counted=names)


def test_workers_are_summed_and_one_that_is_replaced_goes_on() -> None:
    board = FilterBoard(2)
    board.count(0, seen(("b", "x")))
    board.count(1, seen(("b", "x"), ("b", "y")))
    board._slots.clear()  # as in a process that was forked anew
    board.count(0, seen(("b", "y"), ("b", "x")))
    text = "\n".join(board.render())
    assert 's3_filter_requests_total{bucket="b",filter="x",type="get"} 3' in text
    assert 's3_filter_requests_total{bucket="b",filter="y",type="get"} 2' in text
    assert 's3_filter_sent_bytes_total{bucket="b",filter="x"} 9' in text


def test_labels_are_bounded_and_none_is_lost() -> None:
    board = FilterBoard(1)
    count = SLOTS + 50
    for _ in range(2):
        for number in range(count):
            board.count(0, seen(("bucket", f"n{number}")))
    board.count(0, seen(("b" * 255, "long")))
    found = re.findall(
        r's3_filter_requests_total\{.*filter="(.*)",type="get"\} (\d+)', "\n".join(board.render())
    )
    assert len(found) == SLOTS
    assert sum(int(n) for _, n in found) == 2 * count + 1
    assert dict(found)["(others)"] == str(2 * (count - SLOTS + 1) + 1)


def test_a_label_is_no_markup() -> None:
    board = FilterBoard(1)
    board.count(0, seen(('b"\n\\', "x")))
    assert r'bucket="b\"\n\\",filter="x"' in "\n".join(board.render())
