"""nginx and HAProxy with the settings of docs/proxies.md leave every signature intact."""

import re
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients import certificates, proxies
from tests.clients.boto.test_odd_keys import ODD
from tests.clients.catalogue import CLIENTS, ROOT
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content
from tests.clients.programs import run
from tests.clients.server import DOMAIN, started
from tests.missing import missing

# nginx answers 400 to what leads above the root, whatever it is told.
ABOVE_THE_ROOT: Final = frozenset(("../../etc/passwd",))


class Proxied:
    """The server as clients reach it, and what its proxy is."""

    def __init__(self, endpoint: Endpoint, direct: Endpoint, kind: str) -> None:
        self.endpoint = endpoint
        self.direct = direct
        self.kind = kind
        self.s3: Any = endpoint.boto()


def _program(name: str) -> Path:
    found = proxies.find(name)
    if found is None:
        reason = f"{name} is not installed: make test-clients installs it"
        missing(reason)
    return found


Make = Callable[[Path, int, str, certificates.Pair], str]
KINDS: Final[dict[str, tuple[str, Make, tuple[str, ...]]]] = {
    "nginx": ("nginx", proxies.nginx_settings, ("--trusted-proxies", "127.0.0.1")),
    "nginx-stream": (
        "nginx",
        lambda directory, port, backend, _: proxies.nginx_stream_settings(directory, port, backend),
        ("--proxy-protocol-from", "127.0.0.1"),
    ),
    "haproxy": ("haproxy", proxies.haproxy_settings, ("--trusted-proxies", "127.0.0.1")),
    "haproxy-tcp": (
        "haproxy",
        lambda _, port, backend, __: proxies.haproxy_tcp_settings(port, backend),
        ("--proxy-protocol-from", "127.0.0.1"),
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def proxied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxied]:
    """A server behind a proxy of each kind; TLS ends where the page says."""
    kind: str = request.param
    name, make, arguments = KINDS[kind]
    program = _program(name)
    if kind == "nginx-stream" and not proxies.STREAM_MODULE.exists():
        missing("libnginx-mod-stream is not installed: make test-clients installs it")
    directory = tmp_path_factory.mktemp(kind)
    pair = certificates.make(directory)
    ends_tls_itself = "--proxy-protocol-from" in arguments
    if ends_tls_itself:
        arguments += ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with started(
        directory,
        scheme="https" if ends_tls_itself else "http",
        arguments=arguments,
        ca=pair.authority,
    ) as direct:
        port = proxies.free_port()
        settings = make(directory, port, direct.authority, pair)
        with proxies.running(program, settings, port, directory):
            url = f"https://127.0.0.1:{port}"
            endpoint = Endpoint(url, direct.access_key, direct.secret_key, ca=pair.authority)
            found = Proxied(endpoint, direct, kind)
            found.s3.create_bucket(Bucket="proxied")
            yield found
            found.s3.close()


def test_every_odd_key_goes_through(proxied: Proxied) -> None:
    s3 = proxied.s3
    for key in ODD:
        if proxied.kind == "nginx" and key in ABOVE_THE_ROOT:
            continue
        s3.put_object(Bucket="proxied", Key=key, Body=key.encode(), Metadata={"n": "a  b"})
        got = s3.get_object(Bucket="proxied", Key=key)
        assert got["Body"].read() == key.encode(), repr(key)
        assert s3.head_object(Bucket="proxied", Key=key)["ContentLength"] == len(key.encode())


def test_queries_go_through(proxied: Proxied) -> None:
    for prefix in ("a b", "a+b", "a%20b", "a//b", "ü", "a&b=c", "~", ""):
        listed = proxied.s3.list_objects_v2(
            Bucket="proxied", Prefix=prefix, Delimiter="/", MaxKeys=3
        )
        assert listed["Prefix"] == prefix


@pytest.mark.parametrize("size", [0, 70_000, 9 * MIB], ids="{} bytes".format)
def test_bodies_and_trailers_go_through(proxied: Proxied, size: int) -> None:
    """Over TLS botocore sends streams in chunks with a trailer."""
    body = content("proxies", size)
    source = proxied.s3.put_object(Bucket="proxied", Key="body", Body=body)
    assert source["ETag"]
    assert proxied.s3.get_object(Bucket="proxied", Key="body")["Body"].read() == body
    if size:
        part = proxied.s3.get_object(Bucket="proxied", Key="body", Range="bytes=1-5")
        assert part["Body"].read() == body[1:6]


def test_presigned_urls_go_through(proxied: Proxied) -> None:
    context = certificates_context(proxied.endpoint)
    for key in ("a b/ü+c", "x//y"):
        params = {"Bucket": "proxied", "Key": key}
        put = proxied.s3.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
        request = urllib.request.Request(put, data=b"content", method="PUT")
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request, context=context) as answer:
            assert answer.status == 200
        get = proxied.s3.generate_presigned_url("get_object", Params=params, ExpiresIn=60)
        with urllib.request.urlopen(get, context=context) as answer:
            assert answer.read() == b"content"


def certificates_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Trusts the authority of this run."""
    return ssl.create_default_context(cafile=str(endpoint.ca))


def test_the_location_is_the_one_that_clients_know(proxied: Proxied) -> None:
    s3 = proxied.s3
    upload = s3.create_multipart_upload(Bucket="proxied", Key="m")["UploadId"]
    part = s3.upload_part(Bucket="proxied", Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    done = s3.complete_multipart_upload(
        Bucket="proxied",
        Key="m",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert done["Location"] == f"{proxied.endpoint.url}/proxied/m"


def test_metrics_are_not_shown_through_the_proxy(proxied: Proxied) -> None:
    """The proxy is of this machine, and so is the client of this test: headers tell them apart."""
    url = f"{proxied.endpoint.url}/-/metrics"
    context = certificates_context(proxied.endpoint)
    if "tcp" in proxied.kind or "stream" in proxied.kind:
        with urllib.request.urlopen(url, context=context) as answer:
            assert answer.status == 200
        return
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, context=context)
    caught.value.close()
    assert caught.value.code == 404


def test_a_bucket_in_the_host_goes_through(proxied: Proxied, tmp_path: Path) -> None:
    """curl, for it can be told where a name is."""
    proxied.s3.put_object(Bucket="proxied", Key="a b", Body=b"virtual")
    host = f"proxied.{DOMAIN}"
    port = proxied.endpoint.port
    virtual = proxied.endpoint.boto(
        url=f"https://{DOMAIN}:{port}", s3={"addressing_style": "virtual"}
    )
    url = virtual.generate_presigned_url("get_object", Params={"Bucket": "proxied", "Key": "a b"})
    assert re.match(rf"https://{host}:{port}/a%20b\?", url)
    curl = CLIENTS["curl"].require()
    options = ["--silent", "--fail", "--insecure", "--resolve", f"{host}:{port}:127.0.0.1"]
    said = run([curl, *options, "--noproxy", "*", url], proxied.endpoint.environment(tmp_path))
    assert said == "virtual"
    virtual.close()


def test_what_a_careless_proxy_did_is_explained(tmp_path: Path) -> None:
    """No Host, and a path behind proxy_pass: nginx then sends its own spelling of the target."""
    program = _program("nginx")
    pair = certificates.make(tmp_path)
    with started(tmp_path) as direct:
        port = proxies.free_port()
        settings = proxies.nginx_settings(tmp_path, port, direct.authority, pair)
        settings = re.sub(r"proxy_set_header (Host|X-F\S+) [^;]*;", "", settings)
        settings = settings.replace("proxy_pass http://signet;", "proxy_pass http://signet/;")
        settings = settings.replace("merge_slashes off;", "")
        with proxies.running(program, settings, port, tmp_path):
            url = f"https://127.0.0.1:{port}"
            endpoint = Endpoint(url, direct.access_key, direct.secret_key, ca=pair.authority)
            s3 = endpoint.boto()
            with pytest.raises(s3.exceptions.ClientError) as caught:
                s3.get_object(Bucket="bucket", Key="a//b")
            s3.close()
        request_id = caught.value.response["ResponseMetadata"]["RequestId"]
        known = ("--public-hosts", endpoint.authority, "--data-dir", str(tmp_path / "data"))
        command = [sys.executable, "-m", "gateway.cli", "explain", request_id, *known]
        environment = {
            **direct.environment(tmp_path),
            "SIGNET_ROOT_ACCESS_KEY_ID": direct.access_key,
            "SIGNET_ROOT_SECRET_ACCESS_KEY": direct.secret_key,
        }
        said = run(command, environment, cwd=ROOT)
    assert "PROVEN  host-public" in said
    assert "PROVEN  path-slashes-merged" in said


def test_all_settings_of_the_page_are_run() -> None:
    assert proxies.snippets().keys() == KINDS.keys()
