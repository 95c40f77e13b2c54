"""Mistakes with headers and with the payload; each is made by a real signer."""

import hashlib
from collections.abc import Callable
from typing import Final
from unittest import mock
from urllib.parse import quote

import botocore.auth

from sigv4 import Credentials
from sigv4.explain import Known
from tests.sigv4.explain.mistaken import HOST, Mistaken, Signed, by_header, by_url
from tests.sigv4.signing import KEYS

TOKEN: Final = "FwoGZXIvYXdzEXAMPLE/token+with=marks"
TEMPORARY: Final = Credentials(KEYS.access_key, KEYS.secret_key, TOKEN)
BODY: Final = b"two\nlines\n"


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


OF_HEADERS: Final = (
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
)
