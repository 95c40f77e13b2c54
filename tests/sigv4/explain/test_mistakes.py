"""Each row of the table of mistakes, made with a real signer, is found and proven."""

import base64
import hashlib
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple
from unittest import mock
from urllib.parse import quote, unquote

import botocore.auth
import botocore.utils
import pytest

from sigv4 import Credentials
from sigv4.explain import MISTAKES, Explanation, Known, explain
from sigv4.explain.case import V4
from tests.sigv4.explain.mistaken import DATE, HOST, Signed, by_header, by_url
from tests.sigv4.signing import KEYS, REGION

TOKEN: Final = "FwoGZXIvYXdzEXAMPLE/token+with=marks"
OTHER: Final = Credentials("AKIDOTHER", "another/secret+of+no+value/0123456789abcd")
TEMPORARY: Final = Credentials(KEYS.access_key, KEYS.secret_key, TOKEN)
BODY: Final = b"two\nlines\n"
SCOPE: Final = "20260821/us-east-1/s3/aws4_request"


class Mistaken(NamedTuple):
    """A mistake, how it is made, and what else whoever asks knows."""

    name: str
    make: Callable[[], Signed]
    known: Known = Known((KEYS,))


def _secret(secret: str) -> Credentials:
    return Credentials(KEYS.access_key, secret)


def _path(change: Callable[[str], str], target: str) -> Callable[[], Signed]:
    """botocore's signer with another idea of the canonical path."""
    return lambda: by_header(target=target, _normalize_url_path=change)


def _query(change: Callable[[str], str], target: str) -> Callable[[], Signed]:
    return lambda: by_header(target=target, canonical_query_string=change)


def _lines(old: str, new: str) -> Callable[[str], str]:
    """A replacement in the canonical request."""

    def replace(text: str) -> str:
        assert old in text, text
        return text.replace(old, new, 1)

    return replace


def _text(old: str, new: str) -> Callable[[], Signed]:
    return lambda: by_header(string_to_sign=_lines(old, new))


def _signature_with(secret: Callable[[str], str]) -> Callable[[], Signed]:
    return lambda: by_header(credentials=_secret(secret(KEYS.secret_key)))


def _hex_chain() -> Signed:
    """Each step of the derivation goes on with hexadecimal text."""

    def sign(result: bytes | str) -> bytes | str:
        return result if isinstance(result, str) else result.hex().encode()

    return by_header(_sign=sign)


def _signed_elsewhere(region: str, service: str = "s3") -> Signed:
    """The signature of another scope below a credential of ours."""
    signed = by_header(region=region, service=service)
    value = dict(signed.request.headers)[b"Authorization"].decode()
    return signed.but(
        headers={"Authorization": value.replace(f"/{region}/{service}/", f"/{REGION}/s3/")}
    )


def _of_day(day: str) -> Signed:
    """The key of another day."""
    real = botocore.auth.SigV4Auth.signature

    def signature(self: object, text: str, request: object) -> str:
        other = mock.Mock(context={"timestamp": day})
        return str(real(self, text, other))

    with mock.patch.object(botocore.auth.SigV4Auth, "signature", signature):
        return by_header()


def _header_value(change: Callable[[str], str], **headers: str) -> Callable[[], Signed]:
    """A signer that trims and folds values otherwise; host, date and hash stay as they are."""

    def make() -> Signed:
        real = botocore.auth.SigV4Auth._header_value
        values = set(headers.values())

        def value_of(self: object, value: str) -> str:
            return change(value) if value in values else str(real(self, value))

        with mock.patch.object(botocore.auth.SigV4Auth, "_header_value", value_of):
            return by_header(headers=headers)

    return make


def _whole_path(text: str) -> str:
    lines = text.split("\n")
    return "\n".join([lines[0], f"{lines[1]}?{lines[2]}", "", *lines[3:]])


def _of_fewer_headers() -> Signed:
    """A signer that signs the host alone and lists everything."""

    def only_host(text: str) -> str:
        head, _, rest = text.partition("host:")
        payload = rest.rpartition("\n")[2]
        return f"{head}host:{HOST}\n\nhost\n{payload}"

    return by_header(canonical_request=only_host)


def _reversed_headers() -> Signed:
    """Lines and list in reverse order, while the list that is sent is sorted."""

    def reverse(text: str) -> str:
        method, path, query, *lines, _, names, payload = text.split("\n")
        other = ";".join(names.split(";")[::-1])
        return "\n".join([method, path, query, *lines[::-1], "", other, payload])

    return by_header(canonical_request=reverse)


def _capitals() -> Signed:
    def names(text: str) -> str:
        for name in ("host", "x-amz-content-sha256", "x-amz-date"):
            text = text.replace(f"\n{name}:", f"\n{name.title()}:")
        return text.replace(
            "host;x-amz-content-sha256;x-amz-date", "Host;X-Amz-Content-Sha256;X-Amz-Date"
        )

    return by_header(canonical_request=names)


KEY_PATH: Final = "/bkt/a%20b%2Bc~d%28e%29%21"
LIST: Final = "/bkt?prefix=a%20b%2Fc&list-type=2&delimiter=%2F"
UPPER_ONLY: Final = unicodedata.normalize("NFD", "Übergröße")

CASES: Final = (
    # The host
    Mistaken("host-port", lambda: by_header(signed_host=f"{HOST}:9000")),
    Mistaken("host-port", lambda: by_header(host=f"{HOST}:9000", signed_host=HOST)),
    Mistaken(
        "host-port",
        lambda: by_header(host=HOST, signed_host=f"{HOST}:7443").but(
            added={"X-Forwarded-Port": "7443"}
        ),
    ),
    Mistaken(
        "host-rewritten",
        lambda: by_header(host="backend:9000", signed_host=HOST).but(
            added={"X-Forwarded-Host": HOST}
        ),
    ),
    Mistaken(
        "host-rewritten",
        lambda: by_header(host="backend:9000", signed_host=f"{HOST}:8443").but(
            added={"Forwarded": f'for=192.0.2.1;proto=https;host="{HOST}:8443"'}
        ),
    ),
    Mistaken(
        "host-public",
        lambda: by_header(host="10.0.0.7:9000", signed_host="objects.example.org"),
        Known((KEYS,), hosts=("objects.example.org",)),
    ),
    Mistaken("host-local", lambda: by_header(host="minio:9000", signed_host="localhost:9000")),
    Mistaken("host-of-aws", lambda: by_header(signed_host="s3.us-east-1.amazonaws.com")),
    Mistaken("host-of-aws", lambda: by_header(signed_host="bkt.s3.amazonaws.com")),
    Mistaken(
        "host-and-style",
        lambda: by_header(target="/key", signed_host=f"bkt.{HOST}").but(
            target=("/key", "/bkt/key")
        ),
    ),
    Mistaken(
        "host-and-style",
        lambda: by_header(target="/bkt/key").but(target=("/bkt", ""), host=f"bkt.{HOST}"),
    ),
    Mistaken("host-written-otherwise", lambda: by_header(host="S3.Example.com", signed_host=HOST)),
    # Method and path
    Mistaken("method", lambda: by_header().but(method="HEAD")),
    Mistaken("method", lambda: by_url("PUT").but(method="POST")),
    Mistaken("path-encoded-twice", _path(lambda path: quote(path, safe="/~"), KEY_PATH)),
    Mistaken(
        "path-encoded-twice",
        lambda: by_header(target="/bkt/a%2520b").but(target=("%2520", "%20")),
    ),
    Mistaken(
        "path-encoded-once",
        lambda: by_header(target="/res%20a", service="iam"),
        Known((KEYS,), service="iam"),
    ),
    Mistaken(
        "path-normalised",
        _path(botocore.utils.normalize_url_path, "/bkt/./a//b/../c"),
    ),
    Mistaken(
        "path-signed-as-for-other-services",
        lambda: by_header(target="/bkt/a//b%20c", base=botocore.auth.SigV4Auth).but(
            added={"x-amz-content-sha256": hashlib.sha256(b"").hexdigest()}
        ),
    ),
    Mistaken("path-not-encoded", _path(unquote, KEY_PATH)),
    Mistaken("path-not-encoded", _path(lambda path: path, "/bkt/a:b@c")),
    Mistaken("path-plus-or-space", _path(lambda path: path.replace("%20", "+"), KEY_PATH)),
    Mistaken("path-plus-or-space", lambda: by_header(target="/bkt/a%20b").but(target=("%20", "+"))),
    Mistaken(
        "path-plus-or-space", lambda: by_header(target="/bkt/a%2Bb").but(target=("%2B", "%20"))
    ),
    Mistaken(
        "path-slashes-escaped",
        _path(lambda path: "/bkt/" + path[5:].replace("/", "%2F"), "/bkt/a/b/c"),
    ),
    Mistaken("path-slashes-merged", lambda: by_header(target="/bkt/a//b").but(target=("//", "/"))),
    Mistaken(
        "path-escaped-by-another-rule",
        _path(lambda path: quote(unquote(path), safe="/!*'()-_.~"), KEY_PATH),
    ),
    Mistaken(
        "path-escaped-by-another-rule",
        _path(lambda path: quote(unquote(path), safe="/").replace("~", "%7E"), KEY_PATH),
    ),
    Mistaken("path-in-lower-case", _path(lambda path: path.replace("%2B", "%2b"), "/bkt/a%2Bb")),
    Mistaken("path-in-lower-case", _path(str.lower, "/bkt/README")),
    Mistaken(
        "path-in-another-unicode-form",
        lambda: by_header(target="/bkt/" + quote(unicodedata.normalize("NFC", UPPER_ONLY))).but(
            target=(quote(unicodedata.normalize("NFC", UPPER_ONLY)), quote(UPPER_ONLY))
        ),
    ),
    Mistaken(
        "path-in-another-unicode-form",
        _path(lambda path: quote(unquote(path).encode().decode("latin-1")), "/bkt/%C3%A9"),
    ),
    Mistaken(
        "path-in-another-unicode-form",
        _path(lambda _: "/bkt/%C3%A9", "/bkt/%E9"),
    ),
    Mistaken("path-ends", lambda: by_header(target="/bkt/").but(target=("/bkt/", "/bkt"))),
    Mistaken("path-ends", _path(lambda path: path.lstrip("/"), "/bkt/key")),
    Mistaken("path-and-bucket", _path(lambda path: path.removeprefix("/bkt"), "/bkt/key")),
    Mistaken(
        "path-and-bucket",
        lambda: by_header(
            target="/key", host=f"bkt.{HOST}", _normalize_url_path=lambda path: f"/bkt{path}"
        ),
    ),
    Mistaken(
        "path-rewritten",
        lambda: by_header(target="/storage/s3/bkt/key").but(
            target=("/storage/s3", ""), added={"X-Forwarded-Prefix": "/storage/s3"}
        ),
    ),
    Mistaken(
        "path-rewritten",
        lambda: by_header(target="/old/bkt/key").but(
            target=("/old", ""), added={"X-Envoy-Original-Path": "/old/bkt/key"}
        ),
    ),
    Mistaken(
        "path-rewritten",
        lambda: by_header(target="/bkt/a/../b").but(target=("/a/../b", "/b")),
        Known((KEYS,), targets=(b"/bkt/a/../b",)),
    ),
    Mistaken("path-with-more", lambda: by_header(target=LIST, canonical_request=_whole_path)),
    # The query
    Mistaken(
        "query-unsorted",
        _query(lambda _: LIST.partition("?")[2], LIST),
    ),
    Mistaken(
        "query-sorted-otherwise",
        _query(lambda _: "a=2&b=3&Z=1", "/bkt?Z=1&a=2&b=3"),
    ),
    Mistaken("query-sorted-otherwise", _query(lambda _: "a-b=1&a=2", "/bkt?a=2&a-b=1")),
    Mistaken("query-not-encoded", _query(unquote, LIST)),
    Mistaken(
        "query-plus-or-space",
        lambda: by_header(target="/bkt?prefix=a%20b").but(target=("%20", "%2B")),
    ),
    Mistaken(
        "query-plus-or-space",
        lambda: by_header(target="/bkt?prefix=a%2Bb").but(target=("%2B", "+")),
    ),
    Mistaken("query-plus-or-space", _query(lambda text: text.replace("%20", "+"), LIST)),
    Mistaken("query-escaped-by-another-rule", _query(lambda text: text.replace("%2F", "/"), LIST)),
    Mistaken(
        "query-escaped-by-another-rule",
        _query(lambda text: text.replace("%28", "("), "/bkt?a=%28"),
    ),
    Mistaken(
        "query-encoded-twice",
        lambda: by_header(target="/bkt?prefix=a%2520b").but(target=("%2520", "%20")),
    ),
    Mistaken("query-without-equals-signs", _query(lambda _: "acl", "/bkt?acl")),
    Mistaken("query-left-out", _query(lambda _: "", LIST)),
    Mistaken(
        "query-left-out",
        lambda: by_url().but(target=("&X-Amz-Sig", "&X-Amz-Security-Token=abc&X-Amz-Sig")),
    ),
    Mistaken("query-parameter-added", lambda: by_url().but(target=("?", "?utm_source=mail&"))),
    Mistaken(
        "query-parameter-removed",
        lambda: by_header(target="/bkt/key?x-id=GetObject").but(target=("?x-id=GetObject", "")),
    ),
    Mistaken("query-in-lower-case", _query(str.lower, "/bkt?partNumber=1&uploadId=AbC")),
    # Headers
    Mistaken(
        "header-altered",
        lambda: by_header(headers={"Accept-Encoding": "identity"}).but(
            headers={"Accept-Encoding": "gzip"}
        ),
    ),
    Mistaken(
        "header-altered",
        lambda: by_header("PUT", headers={"Content-Type": "text/plain"}, body=BODY).but(
            headers={"Content-Type": "text/plain; charset=utf-8"}
        ),
    ),
    Mistaken(
        "header-altered",
        lambda: by_header(headers={"X-Forwarded-For": "192.0.2.1"}).but(
            headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}
        ),
    ),
    Mistaken(
        "header-altered",
        lambda: by_header("PUT", headers={"Content-Length": "10"}, body=BODY).but(
            headers={"Content-Length": "5"}
        ),
        Known((KEYS,), body=BODY),
    ),
    Mistaken(
        "header-dropped",
        lambda: by_header(headers={"Accept-Encoding": "gzip"}).but(
            headers={"Accept-Encoding": None}
        ),
    ),
    Mistaken(
        "header-dropped",
        lambda: by_header("PUT", headers={"Content-Length": "10"}, body=BODY).but(
            headers={"Content-Length": None}
        ),
        Known((KEYS,), body=BODY),
    ),
    Mistaken(
        "header-white-space",
        _header_value(lambda value: value, **{"x-amz-meta-note": "a   b"}),
    ),
    Mistaken(
        "header-white-space",
        _header_value(lambda value: value + " ", **{"x-amz-meta-note": "ab"}),
    ),
    Mistaken(
        "headers-white-space",
        _header_value(lambda value: value, **{"x-amz-meta-a": "a  b", "x-amz-meta-b": "c   d"}),
    ),
    Mistaken(
        "header-repeated",
        lambda: by_header(
            headers={"x-amz-meta-n": "one, two"},
        ).but(headers={"x-amz-meta-n": "one"}, added={"x-amz-meta-n": "two"}),
    ),
    Mistaken(
        "header-in-another-encoding",
        lambda: by_header("PUT", headers={"x-amz-copy-source": "/bkt/a%20b"}).but(
            headers={"x-amz-copy-source": "/bkt/a b"}
        ),
    ),
    Mistaken(
        "header-in-another-encoding",
        lambda: by_header("PUT", headers={"x-amz-meta-name": "=?utf-8?q?caf=C3=A9?="}).but(
            headers={"x-amz-meta-name": "café"}
        ),
    ),
    Mistaken(
        "header-listed-but-not-signed",
        lambda: by_header(
            headers={"range": "bytes=0-9"},
            canonical_request=lambda text: text.replace("range:bytes=0-9\n", "").replace(
                ";range;", ";"
            ),
        ),
    ),
    Mistaken(
        "token-missing",
        lambda: by_header(credentials=TEMPORARY).but(headers={"x-amz-security-token": None}),
        Known((TEMPORARY,)),
    ),
    Mistaken(
        "token-missing",
        lambda: by_url(credentials=TEMPORARY).but(
            target=("&X-Amz-Security-Token=" + quote(TOKEN, safe="~"), "")
        ),
        Known((TEMPORARY,)),
    ),
    Mistaken(
        "headers-signed-by-another-list",
        _reversed_headers,
    ),
    Mistaken(
        "headers-signed-by-another-list",
        _of_fewer_headers,
    ),
    Mistaken(
        "header-names-not-in-lower-case",
        _capitals,
    ),
    # The payload
    Mistaken(
        "payload-line",
        lambda: by_header(
            canonical_request=lambda text: text.rpartition("\n")[0] + "\nUNSIGNED-PAYLOAD"
        ),
    ),
    Mistaken(
        "payload-of-nothing",
        lambda: by_header(
            "PUT",
            body=BODY,
            canonical_request=lambda text: (
                text.rpartition("\n")[0] + "\n" + hashlib.sha256(b"").hexdigest()
            ),
        ),
    ),
    Mistaken(
        "payload-hash-written-otherwise",
        lambda: by_header(
            canonical_request=lambda text: (
                text.rpartition("\n")[0] + "\n" + hashlib.sha256(b"").hexdigest().upper()
            )
        ),
    ),
    Mistaken(
        "payload-of-another-body",
        lambda: by_header(
            "PUT",
            body=b"twolines",
            canonical_request=lambda text: (
                text.rpartition("\n")[0] + "\n" + hashlib.sha256(BODY).hexdigest()
            ),
        ),
        Known((KEYS,), body=BODY),
    ),
    # The secret and what is made of it
    Mistaken(
        "secret-of-another-key",
        lambda: by_header(credentials=_secret(OTHER.secret_key)),
        Known((KEYS, OTHER)),
    ),
    Mistaken("secret-with-white-space", _signature_with(lambda secret: secret + "\n")),
    Mistaken("secret-with-quotes", _signature_with(lambda secret: f'"{secret}"')),
    Mistaken("secret-escaped", _signature_with(lambda secret: quote(secret, safe=""))),
    Mistaken("secret-escaped", _signature_with(lambda secret: secret.replace("+", " "))),
    Mistaken(
        "secret-in-base64",
        _signature_with(lambda secret: base64.b64encode(secret.encode()).decode()),
    ),
    Mistaken("secret-cut-short", _signature_with(lambda secret: secret.partition("/")[0])),
    Mistaken("secret-in-another-case", _signature_with(str.lower)),
    Mistaken("secret-is-something-else", _signature_with(lambda _: KEYS.access_key)),
    Mistaken("key-derived-otherwise", _hex_chain),
    Mistaken("region-of-the-key", lambda: _signed_elsewhere("eu-central-1")),
    Mistaken("service-of-the-key", lambda: _signed_elsewhere(REGION, "execute-api")),
    Mistaken("date-of-the-key", lambda: _of_day("20260820T000000Z")),
    Mistaken("scope-written-otherwise", _text(SCOPE, f"{KEYS.access_key}/{SCOPE}")),
    Mistaken("clock-read-twice", _text(DATE, "20260821T101113Z")),
    Mistaken("local-time", _text(DATE, "20260821T121112Z")),
    Mistaken("date-written-otherwise", _text(DATE, "2026-08-21T10:11:12Z")),
    Mistaken(
        "canonical-request-laid-out-otherwise",
        lambda: by_header(canonical_request=lambda text: text.replace("\n\nhost;", "\nhost;")),
    ),
    Mistaken(
        "canonical-request-laid-out-otherwise",
        lambda: by_header(canonical_request=lambda text: text.replace("\n", "\r\n")),
    ),
    Mistaken(
        "string-to-sign-laid-out-otherwise",
        lambda: by_header(string_to_sign=lambda text: text + "\n"),
    ),
    Mistaken("signature-written-otherwise", lambda: by_header(signature=str.upper)),
    Mistaken(
        "signature-written-otherwise",
        lambda: by_header(signature=lambda text: base64.b64encode(bytes.fromhex(text)).decode()),
    ),
)


def _explained(case: Mistaken) -> tuple[Explanation, Signed]:
    signed = case.make()
    return explain(signed.request, case.known._replace(body=case.known.body)), signed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_and_its_canonical_request_is_the_clients(case: Mistaken) -> None:
    explanation, signed = _explained(case)
    if case.known.service == "s3":
        assert explanation.refusal is not None
        assert explanation.refusal.code == "SignatureDoesNotMatch"
    assert not explanation.is_right
    assert explanation.is_explained
    found = {
        step.mistake.name: finding
        for finding in explanation.search.findings
        for step in finding.steps
    }
    assert case.name in found
    finding = found[case.name]
    assert len(finding.steps) == 1
    assert finding.recipe.canonical().decode() == signed.canonical


def test_every_mistake_of_the_table_is_made_here() -> None:
    """Those with forms and with Version 2 alone: in their own files."""
    assert {case.name for case in CASES} == {m.name for m in MISTAKES if m.schemes & V4}
