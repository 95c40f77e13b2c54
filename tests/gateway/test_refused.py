"""What is kept of refused requests: bounded, whole or not at all, without a secret in it."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange import HeaderList
from gateway.observe.refused import Record, decode, encode, record_of
from gateway.observe.ring import RECORD_BYTES_MAX, SLOT_BYTES, SLOTS, Ring, records
from sigv4 import Credentials, Request, SigError
from sigv4 import errors as sig_errors
from sigv4.explain import Known, explain
from tests.commands import signet
from tests.gateway.server.wire import Wire
from tests.serving import KEY, SECRET, Server, serving
from tests.sigv4.explain.mistaken import Signed, by_header, by_url
from tests.sigv4.signing import KEYS

# The ring


def test_the_last_records_are_kept_and_older_ones_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    rings = [Ring(path, writer, 2) for writer in range(2)]
    for n in range(SLOTS):
        rings[n % 2].put(b"%d" % n)
    rings[0].put(b"newest")
    found = set(records(path))
    assert len(found) == SLOTS
    assert b"newest" in found
    assert b"0" not in found
    assert path.stat().st_size <= SLOTS * SLOT_BYTES
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_start_goes_on_where_the_old_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    for n in range(5):
        ring = Ring(path, 0, 1)
        ring.put(b"%d" % n)
        ring.close()
    assert sorted(records(path)) == [b"0", b"1", b"2", b"3", b"4"]


def test_what_is_torn_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    ring = Ring(path, 0, 1)
    ring.put(b"first record")
    ring.put(b"second record")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"first")] ^= 1
    path.write_bytes(raw)
    assert list(records(path)) == [b"second record"]
    path.write_bytes(raw[:5])
    assert list(records(path)) == []
    assert list(records(tmp_path / "none")) == []


# The record


class Sent:
    """An exchange without a connection."""

    def __init__(self, request: Request) -> None:
        self.method, self.target = request.method, request.target
        self.headers: HeaderList = request.headers
        self.content_length: int | None = None
        self.has_body = False
        self.header_bytes = self.received = 0
        self.secure = False
        self.tls_version: str | None = None
        self.remote = "192.0.2.1"
        self.hosts: tuple[bytes, ...] = ()
        self.tls: tuple[str, str] | None = None

    async def read(self) -> bytes:
        return b""


def kept(request: Request, error: SigError | None = None) -> Record:
    mismatch = error or sig_errors.mismatch("A", b"AWS4-HMAC-SHA256\nx", b"sig", b"c")
    raw = encode(record_of(Sent(request), mismatch, request_id="0" * 16, now_ms=1))
    assert len(raw) <= RECORD_BYTES_MAX
    found = decode(raw)
    assert found is not None
    return found


TOKEN = "very/secret+token=="
CUSTOMER_KEY = "x-amz-server-side-encryption-customer-key"
SECRETS = (TOKEN, quote(TOKEN, safe=""), "cGFzc3dvcmQ", "session=1234", "Basic dXNlcjpwdw")


def temporary() -> Credentials:
    return Credentials(KEYS.access_key, KEYS.secret_key, TOKEN)


REQUESTS = {
    "header": by_header(
        credentials=temporary(),
        headers={CUSTOMER_KEY: "cGFzc3dvcmQ", "Cookie": "session=1234"},
    ),
    "url": by_url(credentials=temporary()),
    "another scheme": by_header().but(headers={"Authorization": "Basic dXNlcjpwdw"}),
    "a proxy's password": by_header().but(added={"Proxy-Authorization": "Basic dXNlcjpwdw"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_secret_is_kept(name: str) -> None:
    signed = REQUESTS[name]
    raw = encode(record_of(Sent(signed.request), REFUSED, request_id="0", now_ms=1))
    found = decode(raw)
    assert found is not None
    whole = repr(found.request()) + repr(found)
    for word in (*SECRETS, signature_of(signed)):
        assert not word or word not in whole
    assert "(hidden)" in whole


REFUSED = sig_errors.mismatch("A", b"AWS4-HMAC-SHA256\nx", b"sig", b"c")


def signature_of(signed: Signed) -> str:
    headers = {name.lower(): value.decode() for name, value in signed.request.headers}
    text = headers.get(b"authorization", "") + signed.request.target.decode()
    return text.partition("Signature=")[2][:64]


DAMAGES: dict[str, Callable[[str], str]] = {
    "for HTML": lambda url: url.replace("&", "&amp;"),
    "encoded twice": lambda url: url.replace("%", "%25").replace("Amz-S", "Amz%2DS"),
    "encoded as a path": lambda url: quote(url, safe="/"),
    "encoded as a path, twice": lambda url: quote(quote(url, safe="/"), safe="/"),
    "in capitals": lambda url: url.replace("X-Amz-", "X-AMZ-"),
    "without its ampersands": lambda url: url.replace("&", ";"),
    "with its names escaped": lambda url: url.replace("X-Amz", "%58-Amz"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_secret_of_a_damaged_url_is_kept(damage: str) -> None:
    signed = by_url(credentials=temporary())
    target = DAMAGES[damage](signed.request.target.decode())
    found = kept(signed.request._replace(target=target.encode()))
    for word in (TOKEN, quote(TOKEN, safe=""), "secret", signature_of(signed)):
        assert word.encode() not in found.target


def test_an_error_says_nothing_that_was_not_kept() -> None:
    fields = dict(kept(by_header().request).fields)
    assert fields == {"AWSAccessKeyId": "A", "StringToSign": "AWS4-HMAC-SHA256\n"}
    assert kept(by_header().request, sig_errors.invalid_token(TOKEN)).fields == []


def test_a_kept_request_is_explained_like_the_one_that_came() -> None:
    for signed in (
        by_header(host="backend", signed_host="s3.example.com"),
        by_url().but(target=("/bkt/key", "/bkt//key")),
    ):
        known = Known((KEYS,), hosts=("s3.example.com",), targets=(b"/bkt/key",))
        record = kept(signed.request)
        assert not record.is_partial
        now = explain(signed.request, known)
        later = explain(record.request(), known, refused=record.refused())
        assert now.search.findings == later.search.findings != ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OldPassword", "secret"),
        ("%4eew%50assword", "secret"),
        ("PrivateKey", "secret"),
        ("WebIdentityToken", "a.secret.c"),
        ("SAMLAssertion", "secret"),
        ("TokenCode", "secret"),
    ],
)
def test_secret_parameters_of_iam_and_sts_are_not_kept(name: str, value: str) -> None:
    target = f"/?Action=Something&{name}={value}&UserName=ann".encode()
    record = kept(Request("GET", target, [(b"host", b"h")]))
    assert b"secret" not in record.request().target
    assert b"UserName=ann" in record.request().target
    assert len(record.hidden) == 1


def test_of_hidden_headers_only_signed_ones_matter() -> None:
    cookie = by_header().but(added={"Cookie": "session=1234"})
    assert kept(cookie.request).hidden == ["cookie"]
    assert not kept(cookie.request).is_partial
    signed = REQUESTS["header"]
    digest = hashlib.sha256(signed.canonical.encode()).hexdigest()
    assert kept(signed.request).refused().canonical_sha256 == digest


def test_a_large_request_is_kept_without_what_does_not_fit() -> None:
    headers = {f"x-amz-meta-{n}": "x" * 500 for n in range(20)}
    large = by_header(headers=headers, credentials=Credentials(KEYS.access_key, "other"))
    record = kept(large.request)
    assert len(record.hidden) > 0
    known = Known((KEYS, Credentials("AKIDOTHER", "other")))
    found = explain(record.request(), known, refused=record.refused())
    assert found.search.findings[0].steps[0].mistake.name == "secret-of-another-key"
    url = by_url(target="/bkt/" + "k" * 9000)
    assert kept(url.request).hidden == ["most of the request"]


@given(
    st.binary(min_size=1, max_size=20_000).map(lambda raw: b"/" + raw),
    st.lists(st.tuples(st.binary(max_size=50), st.binary(max_size=3000)), max_size=10),
    st.text(max_size=5000),
)
def test_whatever_is_refused_fits(
    target: bytes, headers: list[tuple[bytes, bytes]], text: str
) -> None:
    error = SigError("X", 400, text, [("Region", text)] * 10)
    assert kept(Request("GET", target, headers), error).code == "X"


def test_records_of_another_version_are_passed_over() -> None:
    assert decode(b"{}") is None
    assert decode(b"\xff") is None


# Over the wire


def why(server: Server, data_dir: Path, *arguments: str) -> tuple[int, str]:
    """What the operator is told."""
    root = {"SIGNET_ROOT_ACCESS_KEY_ID": KEY, "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET}
    words = ("explain", "--data-dir", str(data_dir), "--listen", server.place, *arguments)
    done = signet(*words, environment=root)
    return done.status, done.out + done.err


def refused_id(answer: bytes) -> str:
    return answer.partition(b"<RequestId>")[2].partition(b"<")[0].decode()


def test_the_operator_asks_why_with_the_id_of_the_answer(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "2") as server:
        ids = []
        for n in range(4):  # of both workers
            with Wire(server) as wire:
                request = wire.signed("GET", f"/bkt/k{n}?x-id=GetObject")
                wire.send(request.replace(b"?x-id=GetObject", b""))
                answer = wire.response()
                assert answer.code == "SignatureDoesNotMatch"
                assert b"<Explanation>" not in answer.body
                ids.append(refused_id(answer.body))
        for n, request_id in enumerate(ids):
            status, said = why(server, data, request_id)
            assert status == 0, said
            assert "from 127.0.0.1" in said
            assert "PROVEN  query-parameter-removed" in said
            assert f"/bkt/k{n}" in said
            assert SECRET not in said
        status, said = why(server, data)
        assert [line.split()[0] for line in said.splitlines()] == ids[::-1]
        status, said = why(server, data, "--json", ids[0])
        assert '"query-parameter-removed"' in said
        assert why(server, data, "--json")[1].count('"request_id"') == len(ids)
        status, said = why(server, data, "FFFFFFFFFFFFFFFF")
        assert (status, "is not among the last 4 refused ones" in said) == (2, True)
        assert server.stop() == 0
    assert why(server, data, ids[0])[0] == 0  # also of a server that has ended


def test_a_skewed_clock_is_explained(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "1") as server, Wire(server) as wire:
        real = time.time()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: real - 3600)
            request = wire.signed("GET", "/bkt/k")
        wire.send(request)
        status, said = why(server, data, refused_id(wire.response().body))
        assert status == 0
        assert "behind the server's" in said
        assert "local time was sent as if it were UTC" in said
        assert "PROVEN  The signature is right" in said


def test_the_answer_explains_where_the_operator_allows_it(tmp_path: Path) -> None:
    arguments = ("--meta", "memory:", "--blobs", "memory:", "--workers", "1")
    with serving(tmp_path, *arguments, "--explain-in-answer", "on") as server, Wire(server) as wire:
        wire.send(wire.signed("GET", "/bkt/k?x-id=GetObject").replace(b"?x-id=GetObject", b""))
        answer = wire.response()
        assert b"<Explanation>query-parameter-removed: " in answer.body
        assert SECRET.encode() not in answer.body
        wire.send(wire.signed("GET", "/bkt/k").replace(KEY.encode(), b"AKIANOBODY"))
        assert b"<Explanation>No account has the access key" in wire.response().body
        wire.send(b"GET /bkt HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n")
        assert b"<Explanation>" not in wire.response().body
        assert why(server, tmp_path, "--meta", "memory:", "--blobs", "memory:")[0] == 2


def test_a_flood_of_refusals_is_not_explained(tmp_path: Path) -> None:
    arguments = ("--meta", "memory:", "--blobs", "memory:", "--workers", "1")
    with serving(tmp_path, *arguments, "--explain-in-answer", "on") as server, Wire(server) as wire:
        request = wire.signed("GET", "/bkt/k?x-id=GetObject").replace(b"?x-id=GetObject", b"")
        wire.send(request * 60)
        bodies = [wire.response().body for _ in range(60)]
        assert sum(b"<Explanation>" in body for body in bodies) < 40
