"""Published failures of peers that need a whole server to show: each a test named after its id.

Those of the signature alone are in tests/sigv4/test_security_of_*.py, those of forms in
tests/sigv4/test_what_a_policy_admits.py and tests/gateway/test_forms_that_store_nothing.py.
"""

import importlib.metadata
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from aiohttp import http_parser
from botocore.config import Config

import gateway.operations  # noqa: F401 - fills the registry
from gateway.protocol.plan import Member, Plan
from gateway.protocol.plans import compile_plans
from gateway.registry import OPERATIONS
from gateway.server.http import check_parser
from tests.gateway.refusals import refused
from tests.gateway.server.wire import Response, Wire, ask
from tests.serving import Server, serving

PLANS: Final = compile_plans()

TWO_ACCOUNTS: Final = """
[[accounts]]
id = "000000000011"
access_keys = [{ id = "owner", secret = "owner-secret" }]

[[accounts]]
id = "000000000012"
access_keys = [{ id = "other", secret = "other-secret" }]
"""


def client_of(server: Server, name: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=name,
        aws_secret_access_key=f"{name}-secret",
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two accounts."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "signet.toml").write_text(TWO_ACCOUNTS)
    with serving(folder / "data", "--config", str(folder / "signet.toml")) as server:
        client_of(server, "owner").create_bucket(Bucket="theirs")
        client_of(server, "owner").put_object(Bucket="theirs", Key="secret", Body=b"secret")
        client_of(server, "other").create_bucket(Bucket="mine")
        yield server


# CVE-2026-39360: the source of a copy was not authorised


def test_cve_2026_39360_a_copy_reads_only_what_its_asker_may_read(shared: Server) -> None:
    other = client_of(shared, "other")
    source = {"Bucket": "theirs", "Key": "secret"}
    with refused("AccessDenied", 403):
        other.copy_object(Bucket="mine", Key="k", CopySource=source)
    assert "Contents" not in other.list_objects_v2(Bucket="mine")


def test_cve_2026_39360_a_part_that_is_copied_too(shared: Server) -> None:
    other = client_of(shared, "other")
    upload = other.create_multipart_upload(Bucket="mine", Key="k")["UploadId"]
    with refused("AccessDenied", 403):
        other.upload_part_copy(
            Bucket="mine",
            Key="k",
            UploadId=upload,
            PartNumber=1,
            CopySource={"Bucket": "theirs", "Key": "secret"},
        )
    assert "Parts" not in other.list_parts(Bucket="mine", Key="k", UploadId=upload)
    other.abort_multipart_upload(Bucket="mine", Key="k", UploadId=upload)


# CVE-2026-34204: headers that one server sends another, from a client

INTERNAL: Final = (
    b"x-minio-source-etag",
    b"x-minio-replication-server-side-encryption-sealed-key",
    b"x-minio-internal-actual-size",
    b"x-rustfs-internal-version-id",
    b"x-ceph-rgw-user",
    b"x-rgw-client-id",
    b"x-seaweedfs-owner",
    b"x-signet-account",
    b"x-forwarded-user",
    b"x-remote-user",
)


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
def test_cve_2026_34204_no_header_of_a_vendor_does_anything(
    server: Server, s3: Any, bucket: str, is_signed: bool
) -> None:
    headers = [(name, b"forged") for name in INTERNAL]
    given = {"headers" if is_signed else "unsigned": headers}
    plain = ask(server, "PUT", f"/{bucket}/plain", b"content")
    assert plain.status == 200
    assert ask(server, "PUT", f"/{bucket}/k", b"content", **given).status == 200
    got, wanted = (s3.head_object(Bucket=bucket, Key=key) for key in ("k", "plain"))
    for answer in (got, wanted):
        for name in ("ResponseMetadata", "LastModified"):
            del answer[name]
    assert got == wanted


# GHSA-5qfg..., GHSA-3473...: an STS endpoint without authentication


@pytest.mark.parametrize(
    "action", ["AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken", "CreateAccessKey"]
)
def test_ghsa_5qfg_nobody_gets_credentials(server: Server, action: str) -> None:
    version = "2010-05-08" if action == "CreateAccessKey" else "2011-06-15"
    form = f"Action={action}&Version={version}&RoleArn=arn:aws:iam::1:role/r".encode()
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    with Wire(server) as wire:
        length = str(len(form)).encode()
        wire.send(
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %b\r\n%b: %b\r\n\r\n%b"
            % (length, *kind, form)
        )
        anonymous = wire.response()
    signed = ask(server, "POST", "/", form, headers=[kind])
    # Of the four only AssumeRoleWithWebIdentity may be unsigned, and is asked for its token then.
    assert anonymous.status == (400 if action == "AssumeRoleWithWebIdentity" else 403)
    assert signed.status == 405  # signed for S3, which has no such request
    for answer in (anonymous, signed):
        assert b"SecretAccessKey" not in answer.body


# CVE-2025-65073: an endpoint exchanged a signature for a token


@pytest.mark.parametrize("path", ["/v3/s3tokens", "/v3/ec2tokens", "/v2.0/s3tokens"])
def test_cve_2025_65073_nobody_may_have_a_string_to_sign_checked(server: Server, path: str) -> None:
    document = b'{"credentials": {"access": "a", "token": "dGV4dA==", "signature": "s"}}'
    answer = ask(server, "POST", path, document, headers=[(b"content-type", b"application/json")])
    assert 400 <= answer.status < 500
    assert not any(
        member.wire_name.lower().replace("-", "") in ("stringtosign", "canonicalrequest")
        for plan in PLANS.by_name.values()
        for member in plan.members
    )


# CVE-2022-3854, tracker 72669: an empty URL, header or parameter ended the server


def empties() -> Iterator[tuple[Plan, Member]]:
    assert OPERATIONS, "gateway.operations fills it"
    for name in OPERATIONS:
        for member in PLANS.by_name[name].members:
            if member.location in ("querystring", "header"):
                yield PLANS.by_name[name], member


def test_cve_2022_3854_nothing_empty_is_a_failure_of_ours(server: Server, bucket: str) -> None:
    """Of every operation every header and every parameter, one at a time, empty."""
    failed = {}
    for plan, member in empties():
        if plan.name in ("DeleteBucket", "ListBuckets"):
            continue
        answer = with_empty(server, bucket, plan, member)
        code = answer.code or ("NotImplemented" if answer.status == 501 else "")  # HEAD has none
        if answer.status >= 500 and code != "NotImplemented":
            failed[plan.name, member.wire_name] = (answer.status, answer.code)
    assert failed == {}
    assert ask(server, "GET", f"/{bucket}").status == 200


def with_empty(server: Server, bucket: str, plan: Plan, member: Member) -> Response:
    route = plan.route
    values = {"list-type": "2", "uploadId": "u", "partNumber": "1"}
    names = sorted(route.subresources | route.parameters | {member.wire_name})
    if member.location == "header":
        names.remove(member.wire_name)
    query = "&".join(
        f"{name}={'' if name == member.wire_name else values.get(name, '')}" for name in names
    )
    own = member.wire_name.lower().encode()
    headers = [(name, f"/{bucket}/none".encode()) for name in route.headers if name != own]
    if member.location == "header":
        headers.append((own, b""))
    path = {"service": "/", "bucket": f"/{bucket}", "object": f"/{bucket}/k"}[route.level]
    return ask(server, route.method, f"{path}?{query}" if query else path, headers=headers)


@pytest.mark.parametrize("target", ["/", "//", "///", "/?", "/?=", "/?&", "/b?&=&", "/b//?=&acl="])
def test_cve_2022_3854_a_target_of_nothing(server: Server, target: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert ask(server, method, target).status in (*range(200, 500), 501)


# CVE-2025-24961: a key that climbs out of its folder


@pytest.mark.parametrize("key", ["..", "../x", "a/../../b", "....//x", "/etc/passwd", "..\\x"])
def test_cve_2025_24961_a_key_is_data_and_no_path(tmp_path: Path, key: str) -> None:
    data = tmp_path / "deep" / "data"
    before = {path for path in tmp_path.rglob("*") if data not in path.parents}
    with serving(data, "--workers", "1") as server:
        s3 = server.client()
        s3.create_bucket(Bucket="bkt")
        large = bytes(100_000)  # a file of its own
        s3.put_object(Bucket="bkt", Key=key, Body=large)
        s3.put_object(Bucket="bkt", Key="x", Body=b"x")
        assert s3.get_object(Bucket="bkt", Key=key)["Body"].read() == large
        assert [one["Key"] for one in s3.list_objects_v2(Bucket="bkt")["Contents"]] == sorted(
            [key, "x"]
        )
        outside = {path for path in tmp_path.rglob("*") if data not in path.parents}
        assert outside - before <= {tmp_path / "deep", data}
        assert not [path for path in data.rglob("*") if path.name in ("passwd", "..\\x", "b")]


# CVE-2026-22815, CVE-2025-69229, CVE-2025-53643, CVE-2024-52304: the parser below us

CHUNKS: Final = 100_000
CHUNKS_S: Final = 20.0
WAITS: Final = (b"expect", b"100-continue")
A_BYTE: Final = b"1\r\na\r\n0\r\n\r\n"  # in aws-chunked


def chunked_head(
    wire: Wire, bucket: str, size: int = 1, *, headers: Sequence[tuple[bytes, bytes]] = ()
) -> bytes:
    """The head of a PUT of so many bytes in aws-chunked, itself in chunks of HTTP's."""
    return wire.signed(
        "PUT",
        f"/{bucket}/k",
        payload=b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        headers=[(b"x-amz-decoded-content-length", b"%d" % size), *headers],
        unsigned=[(b"transfer-encoding", b"chunked")],
    )


def one_chunk(inner: bytes) -> bytes:
    """A body in one chunk of HTTP's, up to where trailers begin."""
    return b"%x\r\n%b\r\n0\r\n" % (len(inner), inner)


def test_cve_2025_69229_many_chunks_of_a_byte_take_a_time_in_proportion(
    server: Server, bucket: str
) -> None:
    began = time.monotonic()
    with Wire(server) as wire:
        wire.send(chunked_head(wire, bucket, CHUNKS))
        inner = b"%x\r\n" % CHUNKS + b"a" * CHUNKS + b"\r\n0\r\n\r\n"
        wire.send(b"".join(b"1\r\n%c\r\n" % byte for byte in inner) + b"0\r\n\r\n")
        assert wire.response().status == 200
    assert time.monotonic() - began < CHUNKS_S


def test_cve_2026_22815_trailers_of_http_are_bounded(server: Server, bucket: str) -> None:
    with Wire(server, timeout_s=2) as wire:
        head = chunked_head(wire, bucket)
        wire.send(head + one_chunk(A_BYTE))
        line = b"x-a: " + b"b" * 8_000 + b"\r\n"
        assert is_cut_off(wire, line, TRAILERS_BYTES_MAX // len(line))
    assert ask(server, "GET", f"/{bucket}").status == 200


TRAILERS_BYTES_MAX: Final = 16 * 1024 * 1024


@pytest.mark.parametrize(
    ("trailers", "status"),
    [
        (b"\r\n", 200),
        (b"x-amz-checksum-crc32: AAAAAA==\r\n\r\n", 200),  # not signed, and not looked at
        (b"x-a: " + b"b" * 8_000 + b"\r\n\r\n", 200),
        (b"x-a: " + b"b" * 9_000 + b"\r\n\r\n", 400),
        (b"x-a: b\r\n" * 2_000 + b"\r\n", 400),
        (b"x-a" * 50_000, 400),
        (b"no line\r\n\r\n", 400),
        (b"content-length: 5\r\n\r\n", 400),
    ],
    ids=["none", "one", "8 KB", "9 KB", "many", "no end", "no line", "a length"],
)
def test_http_trailers_are_passed_over_or_refused_at_once(
    server: Server, bucket: str, trailers: bytes, status: int
) -> None:
    """S3's own trailers are inside aws-chunked; others may be discarded (RFC 9112, 7.1.2)."""
    with Wire(server, timeout_s=5) as wire:  # a body that says nothing is waited for longer
        wire.send(chunked_head(wire, bucket, headers=[WAITS]))
        assert wire.response().status == 100
        wire.send(one_chunk(A_BYTE))
        with suppress(ConnectionError):  # it may have refused before the last byte
            wire.send(trailers)
        answer = wire.response()
        assert (answer.status, answer.code) == (status, "" if status == 200 else "IncompleteBody")
        # With trailers the connection ends, for the parser would add one to the next request.
        if trailers == b"\r\n":
            wire.send(wire.signed("GET", f"/{bucket}/k"))
            assert wire.response().body == b"a"
        else:
            assert wire.is_closed()
    found = ask(server, "GET", f"/{bucket}/k")
    assert found.status == (200 if status == 200 else 404)
    assert found.header("x-amz-checksum-crc32") is None


@pytest.mark.parametrize("trailer", [b"range: bytes=0-0", b"x-forwarded-for: 1.2.3.4", b"x: 0"])
def test_a_trailer_becomes_no_header_of_the_next_request(
    server: Server, bucket: str, trailer: bytes
) -> None:
    """aiohttp's parser keeps it: behind a proxy the next request is somebody else's.

    How its bytes may be cut and joined is in tests/gateway/server/test_trailers.py.
    """
    ask(server, "PUT", f"/{bucket}/other", b"whole")
    with Wire(server, timeout_s=5) as wire:
        head = chunked_head(wire, bucket)
        wire.send(head + one_chunk(A_BYTE) + trailer + b"\r\n\r\n")
        with suppress(ConnectionError):
            wire.send(wire.signed("GET", f"/{bucket}/other"))
        assert wire.response().status == 200
        assert wire.is_closed()


def test_of_pipelined_requests_none_gets_another_s_trailer(server: Server, bucket: str) -> None:
    ask(server, "PUT", f"/{bucket}/other", b"whole")
    with Wire(server, timeout_s=5) as wire:
        head = chunked_head(wire, bucket)
        body = one_chunk(A_BYTE) + b"range: bytes=0-0\r\n\r\n"
        wire.send(head + body + wire.signed("GET", f"/{bucket}/other"))
        assert wire.response().status == 200
        assert wire.is_closed()


def test_a_connection_stays_after_a_body_in_chunks_without_trailers(
    server: Server, bucket: str
) -> None:
    with Wire(server, timeout_s=5) as wire:
        for size in (1, 8192, 300_000):
            head = chunked_head(wire, bucket, size)
            inner = b"%x\r\n%b\r\n0\r\n\r\n" % (size, bytes(size))
            wire.send(head + one_chunk(inner) + b"\r\n")
            assert wire.response().status == 200
            wire.send(wire.signed("GET", f"/{bucket}/k", unsigned=[(b"range", b"bytes=0-0")]))
            assert wire.response().status == 206


@pytest.mark.parametrize("chunk", [b"x\r\n", b"1\r\nab\r\n", b"1;a=\x00\r\na\r\n"])
def test_chunked_coding_that_is_none_is_refused_at_once(
    server: Server, bucket: str, chunk: bytes
) -> None:
    with Wire(server, timeout_s=5) as wire:
        wire.send(chunked_head(wire, bucket, headers=[WAITS]))
        assert wire.response().status == 100
        wire.send(chunk)
        answer = wire.response()
        assert (answer.status, answer.code) == (400, "IncompleteBody")
        assert wire.is_closed()


def is_cut_off(wire: Wire, line: bytes, times: int) -> bool:
    """The server reads no more (and refuses when its patience ends), or refuses at once."""
    try:
        for _ in range(times):
            wire.send(line)
        return wire.response().status >= 400
    except (ConnectionError, TimeoutError):
        return True


def test_cve_2025_53643_two_lengths_are_refused(server: Server, bucket: str) -> None:
    with Wire(server) as wire:
        request = wire.signed(
            "PUT",
            f"/{bucket}/k",
            b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            payload=b"UNSIGNED-PAYLOAD",
        )
        wire.send(
            request.replace(b"content-length", b"transfer-encoding: chunked\r\ncontent-length")
        )
        assert wire.response().status == 400
        assert wire.is_closed()


def test_cve_2024_52304_the_parser_in_python_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    check_parser()
    python = http_parser.HttpRequestParserPy
    monkeypatch.setattr(http_parser, "HttpRequestParser", python)
    with pytest.raises(RuntimeError, match="C parser is missing"):
        check_parser()


def test_cve_2026_34525_an_aiohttp_that_takes_two_hosts_is_not_installed() -> None:
    version = tuple(int(part) for part in importlib.metadata.version("aiohttp").split(".")[:3])
    assert version >= (3, 13, 4)
