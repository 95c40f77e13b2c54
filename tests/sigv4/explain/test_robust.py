"""Whatever a request is like, it is explained or it is said why not; nothing else is raised."""

import base64

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigv4 import Request
from sigv4.explain import Known, explain
from sigv4.explain.text import as_data, as_text
from sigv4.form import Form
from tests.sigv4.explain.mistaken import by_header, by_url
from tests.sigv4.explain.test_forms import made, sent
from tests.sigv4.explain.test_v2 import by_url as v2_by_url
from tests.sigv4.signing import KEYS

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KNOWN = Known((KEYS,), hosts=("public.example",), body=b"x", sigv2=True)
HEADER = by_header("PUT", "/bkt/key?x=1").request
URL = by_url("PUT", "/bkt/key?x=1").request
URL_2 = v2_by_url()
FORM, FORM_2 = sent(made()), sent(made("s3"))

values = st.binary(max_size=40) | st.sampled_from(
    [b"=?nope?q?x?=", b"=?utf-8?b?!?=", b"=?x", b"\xff\xfe", b",,;;", b"a,b;c  d", b'"q"', b""]
)
names = st.sampled_from(
    [
        *(b"x-amz-meta-a", b"x-amz-date", b"date", b"content-length", b"forwarded"),
        *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix", b"host"),
        *(b"x-original-url", b"Authorization"),
    ]
) | st.binary(max_size=10)


def whole(request: Request, known: Known = KNOWN) -> None:
    explanation = explain(request, known, now=0, mistakes_max=1)
    as_text(explanation)
    as_data(explanation)


@FEW
@given(st.lists(st.tuples(names, values), max_size=6), st.binary(max_size=30), st.booleans())
def test_any_headers_and_path(
    headers: list[tuple[bytes, bytes]], path: bytes, in_query: bool
) -> None:
    request = URL if in_query else HEADER
    target = b"/" + path + request.target[8:]
    signed = b"SignedHeaders=" + b";".join(name for name, _ in headers)
    pairs = [
        (name, value.replace(b"SignedHeaders=host", signed + b";host"))
        for name, value in request.headers
    ]
    whole(request._replace(target=target, headers=[*pairs, *headers]))


@FEW
@given(st.binary(max_size=60), st.integers(0, 300), st.booleans())
def test_any_damage_to_what_was_signed(damage: bytes, at: int, in_query: bool) -> None:
    if in_query:
        target = URL.target[:at] + damage + URL.target[at + len(damage) :]
        whole(URL._replace(target=target))
        return
    pairs = [
        (name, value[:at] + damage + value[at + len(damage) :])
        if name == b"Authorization"
        else (name, value)
        for name, value in HEADER.headers
    ]
    whole(HEADER._replace(headers=pairs))


@FEW
@given(st.binary(max_size=60), st.integers(0, 300))
def test_any_damage_to_a_url_of_version_2(damage: bytes, at: int) -> None:
    target = URL_2.target[:at] + damage + URL_2.target[at + len(damage) :]
    whole(URL_2._replace(target=target))


@FEW
@given(st.binary(max_size=60), st.integers(0, 1500), st.booleans())
def test_any_damage_to_a_form(damage: bytes, at: int, is_version_2: bool) -> None:
    request, body = FORM_2 if is_version_2 else FORM
    body = body[:at] + damage + body[at + len(damage) :]
    whole(request, KNOWN._replace(body=body))


@FEW
@given(st.text(max_size=60) | st.recursive(st.none(), st.lists).map(str), st.booleans())
def test_any_policy(policy: str, in_base64: bool) -> None:
    raw = policy.encode("utf-8", "replace")
    sent = base64.b64encode(raw).decode() if in_base64 else raw.decode()
    request, _ = FORM
    fields = tuple({**made(), "policy": sent}.items())
    whole(request, KNOWN._replace(form=Form(fields, None, 0)))
