"""What metrics say happened: after it happened, once for each answer, broken ones too."""

import re
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.gateway.server.wire import Wire
from tests.serving import KEY, SECRET, Server, serving, until

SIZE = 40_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path: Path = tmp_path_factory.mktemp("observed") / "data"
    with serving(path, "--workers", "1") as running:
        s3 = running.client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="large", Body=bytes(SIZE))
        s3.put_object(Bucket="bucket", Key="small", Body=bytes(100_000))
        yield running


def value(server: Server, name: str, labels: str) -> float:
    """Of a counter; 0 if nobody counted."""
    with Wire(server) as wire:
        wire.send(b"GET /-/metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        text = wire.response().body.decode()
    found = re.search(rf"^{name}\{{{re.escape(labels)}\}} ([\d.]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def counted(server: Server, labels: str, before: float) -> None:
    """Wait until a counter of requests has grown by one."""
    until(lambda: value(server, "s3_requests_total", labels) != before)
    assert value(server, "s3_requests_total", labels) == before + 1


def reset(wire: Wire) -> None:
    """Let its end be a reset."""
    linger = struct.pack("ii", 1, 0)
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize("way", ["close", "reset"])
def test_an_answer_that_was_broken_off_is_no_success(server: Server, way: str) -> None:
    broken, fine = ('operation="GetObject",status="broken"', 'operation="GetObject",status="2xx"')
    before = value(server, "s3_requests_total", broken)
    success = value(server, "s3_requests_total", fine)
    sent = value(server, "s3_sent_bytes_total", 'operation="GetObject"')
    with Wire(server) as wire:
        wire.send(wire.signed("GET", "/bucket/large"))
        wire.read_until(b"\r\n\r\n")
        assert len(wire.rest(1_000_000)) >= 1_000_000
        if way == "reset":
            reset(wire)
    counted(server, broken, before)
    assert value(server, "s3_requests_total", fine) == success
    sent = value(server, "s3_sent_bytes_total", 'operation="GetObject"') - sent
    assert 1_000_000 <= sent < SIZE


def test_a_request_takes_until_its_answer_is_written(server: Server) -> None:
    name, label = "s3_request_duration_seconds_sum", 'operation="GetObject"'
    fine = 'operation="GetObject",status="2xx"'
    before, count = value(server, name, label), value(server, "s3_requests_total", fine)
    with Wire(server) as wire:
        wire.send(wire.signed("GET", "/bucket/large"))
        wire.read_until(b"\r\n\r\n")
        time.sleep(0.5)
        assert len(wire.rest(SIZE)) == SIZE
        counted(server, fine, count)
    assert value(server, name, label) - before >= 0.5


def test_a_head_sends_no_content(server: Server) -> None:
    sent = value(server, "s3_sent_bytes_total", 'operation="HeadObject"')
    fine = 'operation="HeadObject",status="2xx"'
    count = value(server, "s3_requests_total", fine)
    with Wire(server) as wire:
        wire.send(wire.signed("HEAD", "/bucket/small"))
        assert wire.response(head_only=True).status == 200
    counted(server, fine, count)
    assert value(server, "s3_sent_bytes_total", 'operation="HeadObject"') == sent


@pytest.mark.parametrize(("way", "kind"), [("close", "4xx"), ("reset", "broken")])
def test_an_upload_that_was_broken_off_is_counted(server: Server, way: str, kind: str) -> None:
    """One that is closed may still be listened to, and is answered."""
    labels = f'operation="PutObject",status="{kind}"'
    before = value(server, "s3_requests_total", labels)
    with Wire(server) as wire:
        wire.send(wire.signed("PUT", "/bucket/k", bytes(100_000))[:-1])
        if way == "reset":
            reset(wire)
    counted(server, labels, before)


def test_what_is_no_request_is_counted_and_has_an_id(server: Server) -> None:
    refused = 'operation="other",status="4xx"'
    before = value(server, "s3_requests_total", refused)
    with Wire(server) as wire:
        wire.send(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        answer = wire.response()
    assert answer.status == 400
    found = re.search(rb"\r\nx-amz-request-id: ([0-9A-F]{16})\r", answer.head)
    assert found is not None
    assert b"<RequestId>" + found[1] + b"</RequestId>" in answer.body
    counted(server, refused, before)


def test_requests_of_iam_are_counted_by_their_operations(server: Server) -> None:
    name = 'operation="sts:GetCallerIdentity",status="2xx"'
    before = value(server, "s3_requests_total", name)
    sts = boto3.client(
        "sts",
        endpoint_url=server.endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    sts.get_caller_identity()
    counted(server, name, before)
