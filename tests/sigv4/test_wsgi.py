"""The request that a WSGI server passes on."""

from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

import pytest

from sigv4 import Request, SigError, Verifier
from sigv4.wsgi import request_of
from tests.sigv4.explain.mistaken import by_header
from tests.sigv4.signing import KEYS, NOW, REGION

VERIFIER = Verifier({KEYS.access_key: KEYS}.get, (REGION,))


def environ_of(request: Request) -> dict[str, Any]:
    """As PEP 3333 has it: the path decoded, in Latin-1; headers in capitals."""
    path, _, query = request.target.partition(b"?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
    }
    for name, value in request.headers:
        key = name.decode().upper().replace("-", "_")
        bare = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        environ[key if bare else f"HTTP_{key}"] = value.decode("latin-1")
    setup_testing_defaults(environ)
    return environ


@pytest.mark.parametrize(
    "target",
    [
        "/bkt/key",
        "/bkt/a%20b%2Bc",
        "/bkt/%C3%BC/%FF",
        "/bkt//a/./b/../c/",
        "/bkt/100%25",
        "/",
        "/bkt?list-type=2&prefix=a%2Fb&delimiter=",
        "/bkt/a%3Fb%23c",
    ],
)
def test_a_signed_request_is_still_right(target: str) -> None:
    signed = by_header("PUT", target, headers={"Content-Type": "text/plain", "x-amz-meta-a": "b"})
    request = request_of(environ_of(signed.request))
    verified = VERIFIER.verify(request, now=NOW)
    assert verified.headers[b"x-amz-meta-a"] == b"b"
    assert verified.headers[b"content-type"] == b"text/plain"


def test_an_application_below_a_path_is_part_of_the_path() -> None:
    environ = environ_of(by_header(target="/api/v1/bkt/key").request)
    environ |= {"SCRIPT_NAME": "/api/v1", "PATH_INFO": "/bkt/key"}
    assert request_of(environ).target == b"/api/v1/bkt/key"
    VERIFIER.verify(request_of(environ), now=NOW)


def test_a_path_that_a_framework_made_text_of() -> None:
    environ = environ_of(by_header(target="/bkt/%C3%BC").request)
    environ["PATH_INFO"] = "/bkt/\u00fc"  # as Django leaves it
    VERIFIER.verify(request_of(environ, path="/bkt/\u00fc"), now=NOW)
    with pytest.raises(SigError, match="SignatureDoesNotMatch"):
        VERIFIER.verify(request_of(environ), now=NOW)


def test_another_path_than_the_application_sees_is_not_verified() -> None:
    environ = environ_of(by_header(target="/bkt/mine").request)
    environ |= {"PATH_INFO": "/bkt/yours", "REQUEST_URI": "/bkt/mine", "RAW_URI": "/bkt/mine"}
    with pytest.raises(SigError, match="SignatureDoesNotMatch"):
        VERIFIER.verify(request_of(environ), now=NOW)


def test_a_header_spelled_with_an_underscore_is_not_taken_for_a_signed_one() -> None:
    environ = environ_of(by_header().request) | {"HTTP_X_AMZ_ACL": "public-read"}
    with pytest.raises(SigError, match="AccessDenied"):
        VERIFIER.verify(request_of(environ), now=NOW)


def test_names_of_headers_are_those_of_http() -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "HTTP_X_AMZ_DATE": "20260821T101112Z",
        "CONTENT_TYPE": "text/plain",
    }
    assert request_of(environ).headers == [
        (b"x-amz-date", b"20260821T101112Z"),
        (b"content-type", b"text/plain"),
    ]


def test_what_is_empty_or_absent_is_no_header() -> None:
    environ = {"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "", "CONTENT_TYPE": "", "wsgi.x": 1}
    assert request_of(environ) == Request("GET", b"/", [])
