"""Behind a proxy: which hosts a signature may name, and from whom."""

from collections.abc import Iterator

import pytest

from tests.gateway.server.wire import Response, Wire
from tests.serving import Server, serving

PUBLIC = "objects.example.org"
DOMAIN = "s3.example.com"


@pytest.fixture(scope="module")
def open_to_proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Trusts proxies at 127.0.0.1, and knows a public name."""
    arguments = ("--public-hosts", PUBLIC, "--domains", DOMAIN, "--trusted-proxies", "127.0.0.1")
    with serving(tmp_path_factory.mktemp("trusting"), *arguments) as server:
        server.client().create_bucket(Bucket="bkt")
        server.client().put_object(Bucket="bkt", Key="k", Body=b"x")
        yield server


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Trusts nobody, and knows no other name."""
    with serving(tmp_path_factory.mktemp("trusting-nobody"), "--domains", DOMAIN) as server:
        server.client().create_bucket(Bucket="bkt")
        yield server


def ask(
    server: Server, signed_host: str, sent_host: str, *added: str, target: str = "/bkt?location"
) -> Response:
    """A request whose Host was changed on the way."""
    with Wire(server) as wire:
        wire.host = signed_host
        request = wire.signed("GET", target)
        lines = "".join(f"{line}\r\n" for line in added)
        old = f"host: {signed_host}\r\n".encode()
        assert old in request
        wire.send(request.replace(old, f"host: {sent_host}\r\n{lines}".encode()))
        return wire.response()


def test_a_configured_public_host_may_have_been_signed(open_to_proxies: Server) -> None:
    assert ask(open_to_proxies, PUBLIC, "10.0.0.7:9000").status == 200
    assert ask(open_to_proxies, "other.example.org", "10.0.0.7:9000").status == 403


def test_a_trusted_proxy_names_the_host(open_to_proxies: Server) -> None:
    host = "any.example.net:8443"
    assert ask(open_to_proxies, host, "backend", f"X-Forwarded-Host: {host}").status == 200
    parts = ("X-Forwarded-Host: any.example.net", "X-Forwarded-Port: 8443")
    assert ask(open_to_proxies, host, "backend", *parts).status == 200
    assert ask(open_to_proxies, host, "backend", parts[0]).status == 403


def test_a_proxy_that_shortens_the_host_in_its_header_alone(open_to_proxies: Server) -> None:
    """nginx: Host $http_host beside X-Forwarded-Host $host, which has no port."""
    host = "any.example.net:8443"
    assert ask(open_to_proxies, host, host, "X-Forwarded-Host: any.example.net").status == 200


def test_the_bucket_is_that_of_the_host_that_was_signed(open_to_proxies: Server) -> None:
    host = f"bkt.{DOMAIN}"
    added = f"X-Forwarded-Host: {host}"
    assert ask(open_to_proxies, host, "backend", added, target="/k").status == 200
    # Signed for the service's name and sent to the bucket's, or the reverse: not the same request.
    for sent, said in ((host, DOMAIN), (DOMAIN, host)):
        added = f"X-Forwarded-Host: {said}"
        assert ask(open_to_proxies, sent, sent, added, target="/bkt/k").status == 403


def test_a_public_host_stands_for_no_bucket_in_another(open_to_proxies: Server) -> None:
    assert ask(open_to_proxies, PUBLIC, f"bkt.{DOMAIN}", target="/k").status == 403


def test_nobody_else_names_a_host(closed: Server) -> None:
    said = f"X-Forwarded-Host: {PUBLIC}"
    forwarded = f"Forwarded: host={PUBLIC}"
    assert ask(closed, PUBLIC, "10.0.0.7:9000", said, forwarded).status == 403
    assert ask(closed, PUBLIC, PUBLIC, "X-Forwarded-Host: evil.example").status == 200


def test_the_scheme_of_a_trusted_proxy_is_shown(open_to_proxies: Server) -> None:
    s3 = open_to_proxies.client()
    upload = s3.create_multipart_upload(Bucket="bkt", Key="m")["UploadId"]
    part = s3.upload_part(Bucket="bkt", Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    document = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{part['ETag']}</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    with Wire(open_to_proxies) as wire:
        wire.host = "any.example.net"
        request = wire.signed("POST", f"/bkt/m?uploadId={upload}", document)
        added = (
            b"\r\nhost: backend\r\nX-Forwarded-Host: any.example.net\r\nX-Forwarded-Proto: https"
        )
        wire.send(request.replace(b"\r\nhost: any.example.net", added, 1))
        answer = wire.response()
    assert answer.status == 200
    assert b"<Location>https://any.example.net/bkt/m</Location>" in answer.body


def test_metrics_are_not_for_who_comes_through_a_proxy(open_to_proxies: Server) -> None:
    with Wire(open_to_proxies) as wire:
        wire.send(b"GET /-/metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
        assert wire.response().status == 404
        wire.send(b"GET /-/metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.response().status == 200
