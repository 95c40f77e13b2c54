"""The server against clients that misbehave, byte by byte."""

import contextlib
import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.server.wire import Response, Wire
from tests.serving import PATIENCE_S, Server, serving


def test_a_connection_is_kept(server: Server, bucket: str) -> None:
    with Wire(server) as wire:
        for number in range(3):
            wire.send(wire.signed("PUT", f"/{bucket}/k", b"%d" % number))
            assert wire.response().status == 200
            wire.send(wire.signed("GET", f"/{bucket}/k"))
            assert wire.response().body == b"%d" % number


def test_a_connection_is_kept_after_an_error(server: Server, bucket: str) -> None:
    with Wire(server) as wire:
        wire.send(wire.signed("GET", f"/{bucket}/none"))
        assert wire.response().code == "NoSuchKey"
        wire.send(wire.signed("HEAD", f"/{bucket}/none"))
        missing = wire.response(head_only=True)
        assert (missing.status, missing.body) == (404, b"")
        wire.send(wire.signed("PUT", f"/{bucket}/k", b"x"))
        assert wire.response().status == 200


def test_pipelined_requests_are_answered_in_order(server: Server, s3: Any, bucket: str) -> None:
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"%d" % number)
    with Wire(server) as wire:
        wire.send(b"".join(wire.signed("GET", f"/{bucket}/k{n}") for n in range(5)))
        assert [wire.response().body for _ in range(5)] == [b"%d" % n for n in range(5)]


def test_a_body_is_asked_for_only_after_authorization(server: Server, bucket: str) -> None:
    expect = [(b"expect", b"100-continue")]
    body = os.urandom(100_000)
    with Wire(server) as wire:
        request = wire.signed("PUT", f"/{bucket}/k", body, unsigned=expect)
        wire.send(request[: -len(body)])
        assert wire.response().status == 100
        wire.send(body)
        assert wire.response().status == 200
    with Wire(server) as wire:
        request = wire.signed("PUT", "/no-such-bucket/k", body, unsigned=expect)
        wire.send(request[: -len(body)])
        refused = wire.response()
        assert (refused.status, refused.code) == (404, "NoSuchBucket")
        assert wire.is_closed()
    with Wire(server) as wire:
        request = wire.signed("PUT", f"/{bucket}/k", body, unsigned=expect)
        wire.send(request[: -len(body)].replace(b"Signature=", b"Signature=0", 1))
        assert wire.response().status in (400, 403)


def test_a_truncated_body_leaves_nothing(server: Server, s3: Any, bucket: str) -> None:
    for size in (1000, 3_000_000):
        body = os.urandom(size)
        with Wire(server) as wire:
            wire.send(wire.signed("PUT", f"/{bucket}/k", body)[:-1])
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.response().code == "IncompleteBody"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_reset_in_the_middle_harms_nobody(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="large", Body=os.urandom(8_000_000))
    for _ in range(5):
        wire = Wire(server)
        wire.send(wire.signed("GET", f"/{bucket}/large"))
        wire.read_until(b"\r\n\r\n")
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
    assert len(s3.get_object(Bucket=bucket, Key="large")["Body"].read()) == 8_000_000


def test_a_client_that_stops_reading_blocks_nobody(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="large", Body=os.urandom(30_000_000))
    waiting = []
    for _ in range(20):  # more than there are threads to send files
        wire = Wire(server)
        wire.send(wire.signed("GET", f"/{bucket}/large"))
        wire.read_until(b"\r\n\r\n")
        waiting.append(wire)
    assert len(s3.get_object(Bucket=bucket, Key="large")["Body"].read()) == 30_000_000
    for wire in waiting:
        wire.socket.close()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400, id="an empty Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two Hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, id="a Host that is none"),
        pytest.param(b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="a bad escape"),
        pytest.param(b"GET /b/%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="no UTF-8"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="a space in the target"),
        pytest.param(b"nonsense\r\n\r\n", 400, id="no request line"),
        pytest.param(b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400, id="a version nobody speaks"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400, id="no colon"),
        pytest.param(
            b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            400,
            id="two lengths",
        ),
        pytest.param(
            b"PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, id="less than none"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"v" * 70_000 + b"\r\n\r\n",
            400,
            id="a huge header",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 2000 + b"\r\n", 400, id="many headers"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 403, id="nobody's request"),
        pytest.param(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="an unknown method"),
        pytest.param(b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, id="a method S3 has not"),
    ],
)
def test_what_cannot_be_a_request(server: Server, raw: bytes, status: int) -> None:
    with Wire(server) as wire:
        wire.send(raw)
        answer = wire.response()
        assert answer.status == status
        assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        assert answer.code


def test_plain_chunked_bodies_are_refused(server: Server, bucket: str) -> None:
    """S3 wants to know the length beforehand."""
    with Wire(server) as wire:
        wire.send(
            wire.signed(
                "PUT",
                f"/{bucket}/k",
                b"3\r\nabc\r\n0\r\n\r\n",
                unsigned=[(b"transfer-encoding", b"chunked")],
                payload=b"UNSIGNED-PAYLOAD",
            )
        )
        answer = wire.response()
        assert (answer.status, answer.code) == (501, "NotImplemented")
    with Wire(server) as wire:
        request = wire.signed("PUT", f"/{bucket}/k", payload=b"UNSIGNED-PAYLOAD")
        wire.send(request.replace(b"content-length: 0\r\n", b""))
        assert wire.response().code == "MissingContentLength"


def test_a_body_of_another_hash_is_refused(server: Server, s3: Any, bucket: str) -> None:
    for size in (10, 1_000_000):
        with Wire(server) as wire:
            request = wire.signed("PUT", f"/{bucket}/k", os.urandom(size))
            wire.send(request[:-1] + bytes([request[-1] ^ 1]))
            assert wire.response().code == "XAmzContentSHA256Mismatch"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_an_unsigned_header_of_s3_is_refused(server: Server, bucket: str) -> None:
    with Wire(server) as wire:
        unsigned = [(b"x-amz-copy-source", f"/{bucket}/secret".encode())]
        wire.send(wire.signed("PUT", f"/{bucket}/k", b"x", unsigned=unsigned))
        answer = wire.response()
        assert (answer.status, answer.code) == (403, "AccessDenied")
        assert b"<HeadersNotSigned>x-amz-copy-source</HeadersNotSigned>" in answer.body


def test_an_old_client_gets_an_old_answer(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with Wire(server) as wire:
        request = wire.signed("GET", f"/{bucket}/k").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        wire.send(request)
        assert wire.response().body == b"x"
        assert wire.is_closed()


def test_pages_of_the_service(server: Server) -> None:
    with Wire(server) as wire:
        for page, found in (("live", b"live\n"), ("ready", b"ready\n")):
            wire.send(f"GET /-/{page} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert wire.response().body == found
        wire.send(b"GET /-/metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"s3_requests_total" in wire.response().body
        wire.send(b"GET /-/live HTTP/1.1\r\nHost: bucket.localhost\r\n\r\n")
        assert wire.response().code == "NoSuchBucket"


@pytest.mark.parametrize(
    ("page", "status", "size"), [("live", 200, 5), ("ready", 200, 6), ("none", 404, 10)]
)
def test_a_page_that_is_only_asked_about_sends_no_content(
    server: Server, page: str, status: int, size: int
) -> None:
    """RFC 9110, section 9.3.2: what came after the head would be taken for the next answer."""
    with Wire(server) as wire:
        ask = f"HEAD /-/{page} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        wire.send(ask + b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n")
        head = wire.response(head_only=True)
        assert (head.status, head.header("content-length")) == (status, b"%d" % size)
        assert wire.response().body == b"live\n"


def test_a_page_is_only_read(server: Server) -> None:
    with Wire(server) as wire:
        wire.send(b"POST /-/live HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        refused = wire.response()
        assert (refused.status, refused.header("allow")) == (405, b"GET, HEAD")
        assert wire.is_closed()


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"tcp"])
def test_a_client_that_would_rather_speak_something_else_is_answered_and_let_go(
    server: Server, protocol: bytes
) -> None:
    """RFC 9110, section 7.8: it may be ignored; aiohttp then reads no second request."""
    with Wire(server) as wire:
        offer = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"
        wire.send(b"GET /-/live HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n")
        answer = wire.response()
        assert (answer.status, answer.body) == (200, b"live\n")
        wire.send(b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.is_closed()


def test_a_bucket_as_a_host_name(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")
    with Wire(server) as wire:
        wire.host = f"{bucket}.localhost:{server.address[1]}"
        wire.send(wire.signed("GET", "/a/b"))
        assert wire.response().body == b"x"
        wire.send(wire.signed("GET", "/"))
        assert b"<Key>a/b</Key>" in wire.response().body


def test_a_client_that_drips_is_not_waited_for(tmp_path: Path) -> None:
    """One byte now and then is never nothing for too long, and would never end."""
    arguments = ("--body-idle-timeout-s", "1", "--workers", "1")
    with serving(tmp_path / "data", *arguments) as server:
        server.client().create_bucket(Bucket="bucket")
        began = time.monotonic()
        with Wire(server, timeout_s=0.2) as wire:
            request = wire.signed("PUT", "/bucket/k", b"x" * 1000)
            wire.send(request[:-900])
            answer = None
            while answer is None:
                assert time.monotonic() < began + PATIENCE_S, "it is still waited for"
                wire.send(b"x")
                with contextlib.suppress(TimeoutError):
                    answer = wire.response()
            assert (answer.status, answer.code) == (400, "RequestTimeout")


def test_slow_clients_are_not_waited_for(tmp_path: Path) -> None:
    arguments = ("--header-timeout-s", "1", "--body-idle-timeout-s", "1", "--workers", "1")
    with serving(tmp_path / "data", *arguments) as server:
        server.client().create_bucket(Bucket="bucket")
        began = time.monotonic()
        with Wire(server) as silent, Wire(server) as half, Wire(server) as body:
            half.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
            body.send(body.signed("PUT", "/bucket/k", b"x" * 1000)[:-500])
            answer = body.response()
            assert (answer.status, answer.code) == (400, "RequestTimeout")
            assert silent.is_closed()  # it asked for nothing: there is nothing to answer
            late = half.response()
            assert (late.status, late.code) == (400, "RequestTimeout")
            assert half.is_closed()
        assert time.monotonic() - began < 15


# Versions, other forms of a target


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/0.9"])
def test_another_version_of_http(server: Server, bucket: str, version: bytes) -> None:
    """RFC 9110, section 15.6.6."""
    with Wire(server) as wire:
        wire.send(wire.signed("GET", f"/{bucket}").replace(b"HTTP/1.1", version, 1))
        found = wire.response()
        assert (found.status, found.code) == (505, "HTTPVersionNotSupported")
        assert wire.is_closed()


@pytest.mark.parametrize("host", ["a b", "bkt.localhost:abc", "[::1", "user@localhost", "l\u00fc"])
def test_a_host_that_is_none(server: Server, bucket: str, host: str) -> None:
    """RFC 9112, section 3.2: 400, however well it is signed."""
    with Wire(server) as wire:
        wire.host = host
        wire.send(wire.signed("GET", f"/{bucket}?location"))
        answer = wire.response()
        assert (answer.status, answer.code) == (400, "BadRequest")
        wire.host = f"[::1]:{server.address[1]}"
        wire.send(wire.signed("GET", f"/{bucket}?location"))
        assert wire.response().status == 200


def test_a_target_that_names_a_host_is_about_that_one(server: Server, s3: Any, bucket: str) -> None:
    """RFC 9112, section 3.2.2: whatever Host says, in addressing and in what is signed."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    other = f"{bucket}.localhost:{server.address[1]}".encode()
    with Wire(server) as wire:
        own = wire.host.encode()
        plain = wire.signed("GET", f"/{bucket}/k")
        wire.send(plain.replace(b"GET /", b"GET http://" + own + b"/", 1))
        assert wire.response().body == b"x"
        lies = plain.replace(b"host: " + own, b"host: " + other, 1)
        wire.send(lies.replace(b"GET /", b"GET http://" + own + b"/", 1))
        assert wire.response().body == b"x"
        wire.send(plain.replace(b"GET /", b"GET http://" + other + b"/", 1))
        assert wire.response().code == "SignatureDoesNotMatch"
        wire.send(b"GET http://" + other + b"/-/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.response().code == "AccessDenied"  # a key of the bucket's
        wire.send(b"GET http:///k HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.response().status == 400


# A client that says no more, and listens


def _spoken(server: Server, *pieces: bytes, pause_s: float = 0) -> list[Response]:
    """The answers to what was sent before the client's half of the connection was closed."""
    found: list[Response] = []
    with Wire(server) as wire:
        for piece in pieces:
            wire.send(piece)
            time.sleep(pause_s)
        wire.socket.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while True:
                found.append(wire.response())
    return found


@pytest.mark.parametrize("pause_s", [0, 0.1])
@pytest.mark.parametrize("size", [1000, 3_000_000])
def test_a_truncated_body_is_answered(
    server: Server, s3: Any, bucket: str, size: int, pause_s: float
) -> None:
    with Wire(server) as wire:
        body = os.urandom(size)
        signed = wire.signed("PUT", f"/{bucket}/k", body)
        unsigned = wire.signed("PUT", f"/{bucket}/k", body, payload=b"UNSIGNED-PAYLOAD")
    for whole in (signed, unsigned):
        for cut in (1, size // 2, size):
            (found,) = _spoken(server, whole[:-cut], pause_s=pause_s)
            assert (found.status, found.code) == (400, "IncompleteBody")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_what_was_refused_without_its_body_is_no_trouble(server: Server) -> None:
    """aiohttp reads such a body away, and would report one that breaks off."""
    reported = len(server.log)
    with Wire(server) as wire:
        wire.send(wire.signed("PUT", "/no-such-bucket/k", b"x" * 1000)[:-1])
        assert wire.response().code == "NoSuchBucket"
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_closed()
    assert server.log[reported:] == []


@pytest.mark.parametrize("pause_s", [0, 0.1])
def test_whole_requests_are_answered(server: Server, s3: Any, bucket: str, pause_s: float) -> None:
    content = os.urandom(3_000_000)
    s3.put_object(Bucket=bucket, Key="large", Body=content)
    with Wire(server) as wire:
        get = wire.signed("GET", f"/{bucket}/large")
        put = wire.signed("PUT", f"/{bucket}/k", b"x")
    for pieces, statuses in (
        ([get], [200]),
        ([put], [200]),
        ([put, get, put], [200, 200, 200]),
        ([put + get + put[:-1]], [200, 200, 400]),
        ([put + get[:20]], [200]),
        ([get[:20]], []),
        ([], []),
    ):
        found = _spoken(server, *pieces, pause_s=pause_s)
        assert [one.status for one in found] == statuses
        assert all(one.body == content for one in found if len(one.body) > 1000)
