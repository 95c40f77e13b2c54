"""Mistakes with presigned URLs of Signature Version 2, made with botocore's signer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from sigv4 import Credentials, Request
from sigv4.explain import MISTAKES, Explanation, Known, explain
from sigv4.explain.case import V2
from sigv4.explain.text import as_data, as_text
from tests.sigv4.signing import KEYS, NOW

HOST: Final = "s3.example.com"
TOKEN: Final = "FwoGZXIvYXdzEXAMPLE"
PLUS: Final = "/bkt/k4"  # whose signature has a plus sign

Step = Callable[[Any], Any]


def by_url(
    method: str = "GET",
    target: str = "/bkt/key",
    *,
    credentials: Credentials = KEYS,
    headers: Mapping[str, str] | None = None,
    host: str = HOST,
    now: int = NOW,
    **steps: Step,
) -> Request:
    """A URL by botocore, some of whose methods' results are changed."""
    pair = botocore.credentials.Credentials(
        credentials.access_key, credentials.secret_key, credentials.session_token
    )
    base = botocore.auth.HmacV1QueryAuth

    def changed(name: str) -> Callable[..., Any]:
        original = getattr(base, name)
        return lambda self, *given, **named: steps[name](original(self, *given, **named))

    kind = type("Mistaken", (base,), {name: changed(name) for name in steps})
    url = f"http://{host}{target}"
    request = botocore.awsrequest.AWSRequest(method, url, headers=dict(headers or {}))
    with mock.patch.object(botocore.auth, "time") as clock:
        clock.time.return_value = now
        kind(pair, expires=60).add_auth(request)
    parts = urlsplit(request.url)
    pairs = [(b"Host", host.encode())]
    pairs += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request(method, f"{parts.path}?{parts.query}".encode(), pairs)


def arrived(request: Request, *, headers: Mapping[str, str | None], method: str = "") -> Request:
    """What arrives after something changed or removed headers."""
    lower = {name.lower().encode(): value for name, value in headers.items()}
    pairs = [pair for pair in request.headers if pair[0].lower() not in lower]
    pairs += [(name, value.encode()) for name, value in lower.items() if value is not None]
    return request._replace(headers=pairs, method=method or request.method)


def retargeted(request: Request, change: Callable[[str], str]) -> Request:
    return request._replace(target=change(request.target.decode()).encode())


def explained(request: Request, *credentials: Credentials, **known: Any) -> Explanation:
    return explain(request, Known(credentials or (KEYS,), sigv2=True, **known), now=NOW)


def names(explanation: Explanation) -> list[str]:
    return [step.mistake.name for f in explanation.search.findings for step in f.steps]


def with_plus() -> Request:
    for n in range(100):
        request = by_url(target=f"/bkt/{n}")
        if b"%2B" in request.target:
            return retargeted(request, lambda target: target.replace("%2B", "+"))
    raise AssertionError("one of a hundred signatures has a plus sign")


def string(old: str, new: str) -> dict[str, Any]:
    """A replacement in the string to sign."""

    def change(text: str) -> str:
        assert old in text, text
        return text.replace(old, new, 1)

    return {"canonical_string": change}


CASES: Final[tuple[tuple[str, Callable[[], Request]], ...]] = (
    ("v2-signature-written-otherwise", with_plus),
    (
        "v2-signature-written-otherwise",
        lambda: by_url(sign_string=lambda text: text + "\n"),
    ),
    (
        "v2-content-type",
        lambda: arrived(
            by_url("PUT"), headers={"Content-Type": "application/x-www-form-urlencoded"}
        ),
    ),
    (
        "v2-content-type",
        lambda: by_url("PUT", **string("PUT\n\n\n", "PUT\n\ntext/plain\n")),
    ),
    (
        "v2-amz-header",
        lambda: arrived(by_url("PUT"), headers={"x-amz-acl": "public-read"}),
    ),
    (
        "v2-token-missing",
        lambda: retargeted(
            by_url(credentials=replace(KEYS, session_token=TOKEN)),
            lambda target: target.replace(f"&x-amz-security-token={TOKEN}", ""),
        ),
    ),
    ("v2-resource", lambda: by_url(target="/bkt/a%20b", **string("a%20b", "a b"))),
    ("v2-resource", lambda: by_url(**string("/bkt/key", "/key"))),
    (
        "v2-bucket-of-the-host",
        lambda: by_url(target="/key", host="bkt.other.example", **string("/key", "/bkt/key")),
    ),
    ("v2-sub-resources", lambda: by_url(target="/bkt?uploads", **string("?uploads", ""))),
    (
        "v2-sub-resources",
        lambda: by_url(
            target="/bkt?versions&prefix=a", **string("?versions", "?versions&prefix=a")
        ),
    ),
    ("v2-expires", lambda: by_url(**string(str(NOW + 60), f"{NOW + 60}000"))),
    ("v2-string-to-sign-laid-out-otherwise", lambda: by_url(canonical_string=lambda t: t + "\n")),
    ("v2-string-to-sign-laid-out-otherwise", lambda: by_url(**string("\n\n\n", "\n"))),
    ("method", lambda: arrived(by_url("GET"), headers={}, method="HEAD")),
    (
        "secret-with-white-space",
        lambda: by_url(credentials=Credentials(KEYS.access_key, KEYS.secret_key + "\n")),
    ),
)


@pytest.mark.parametrize(("name", "make"), CASES)
def test_a_mistake_with_version_2_is_found(name: str, make: Callable[[], Request]) -> None:
    explanation = explained(make(), replace(KEYS, session_token=TOKEN))
    assert explanation.refusal is not None
    assert explanation.refusal.status == 403
    assert name in names(explanation)
    assert f"PROVEN  {name}: " in as_text(explanation)
    assert as_data(explanation)["scheme"] == "v2"


def test_every_mistake_with_version_2_alone_is_made_here() -> None:
    assert {name for name, _ in CASES} >= {m.name for m in MISTAKES if m.schemes <= V2}


@pytest.mark.parametrize("target", ["/bkt/key", "/bkt/key?versionId=3", "/bkt/a%20b", "/bkt"])
def test_a_right_url_is_said_to_be_right(target: str) -> None:
    explanation = explained(by_url(target=target))
    assert (explanation.refusal, explanation.is_right) == (None, True)
    assert "of Signature Version 2" in as_text(explanation)


def test_a_bucket_in_the_host() -> None:
    request = by_url(target="/key", host=f"bkt.{HOST}", **string("/key", "/bkt/key"))
    assert explained(request, hosts=(f"{HOST}:9000",)).is_right


def test_what_is_out_of_time_says_until_when_it_was_good() -> None:
    explanation = explain(by_url(), Known((KEYS,), sigv2=True), now=NOW + 100)
    assert explanation.is_right
    until = datetime.fromtimestamp(NOW + 60, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert f"was good until {until}" in explanation.advice[0]


def test_a_server_that_takes_no_version_2_names_the_cure() -> None:
    explanation = explain(by_url(), Known((KEYS,)), now=NOW)
    assert explanation.refusal is not None
    assert explanation.refusal.code == "InvalidRequest"
    assert 'signature_version="s3v4"' in explanation.advice[1]
    assert explanation.is_right


@pytest.mark.parametrize("name", ["AWSAccessKeyId", "Expires", "Signature"])
def test_a_url_that_lacks_a_parameter_says_which(name: str) -> None:
    request = retargeted(by_url(), lambda target: target.replace(f"{name}=", f"not{name}="))
    assert f"lacks {name}" in explained(request).unreadable
