"""Mistakes with the host, the method, the path and the query; each is made by a real signer."""

import hashlib
import unicodedata
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

import botocore.auth
import botocore.utils

from sigv4.explain import Known
from tests.sigv4.explain.mistaken import HOST, Mistaken, Signed, by_header, by_url
from tests.sigv4.signing import KEYS

KEY_PATH: Final = "/bkt/a%20b%2Bc~d%28e%29%21"
LIST: Final = "/bkt?prefix=a%20b%2Fc&list-type=2&delimiter=%2F"
UPPER_ONLY: Final = unicodedata.normalize("NFD", "Übergröße")


def _path(change: Callable[[str], str], target: str) -> Callable[[], Signed]:
    """botocore's signer with another idea of the canonical path."""
    return lambda: by_header(target=target, _normalize_url_path=change)


def _query(change: Callable[[str], str], target: str) -> Callable[[], Signed]:
    return lambda: by_header(target=target, canonical_query_string=change)


def _whole_path(text: str) -> str:
    lines = text.split("\n")
    return "\n".join([lines[0], f"{lines[1]}?{lines[2]}", "", *lines[3:]])


OF_TARGETS: Final = (
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
)
