"""Mistakes with the secret and with what is made of it; each is made by a real signer."""

import base64
from collections.abc import Callable
from typing import Final
from unittest import mock
from urllib.parse import quote

import botocore.auth

from sigv4 import Credentials
from sigv4.explain import Known
from tests.sigv4.explain.mistaken import DATE, Mistaken, Signed, by_header
from tests.sigv4.signing import KEYS, REGION

OTHER: Final = Credentials("AKIDOTHER", "another/secret+of+no+value/0123456789abcd")
SCOPE: Final = "20260821/us-east-1/s3/aws4_request"


def _secret(secret: str) -> Credentials:
    return Credentials(KEYS.access_key, secret)


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


OF_KEYS: Final = (
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
