"""What pages of other origins may ask: preflights, and what every answer tells.

The expectations are what S3 answered: LocalStack's recordings of test_s3_cors
(its configurations and requests, in our words), and the User Guide's "Testing CORS".
"""

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.app import App
from gateway.configurations.cors import HEADERS_MAX, Pattern, Wanted, answer, compiled
from gateway.configurations.kept import encode
from gateway.exchange import Reply
from gateway.protocol import types as t
from tests.gateway.inside import ask, furnished, put_document, text_of

ORIGIN: Final = "https://localhost:4200"
VARY: Final = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/bucket/k") as made:
        yield made


async def configure(app: App, *rules: str) -> None:
    inside = "".join(f"<CORSRule>{rule}</CORSRule>" for rule in rules)
    document = f"<CORSConfiguration>{inside}</CORSConfiguration>"
    assert (await put_document(app, "/bucket?cors", document)).status == 200


def rule(
    *methods: str,
    origins: tuple[str, ...] = (ORIGIN,),
    headers: tuple[str, ...] = ("*",),
    expose: tuple[str, ...] = (),
    age: int | None = 3000,
) -> str:
    return (
        "".join(f"<AllowedHeader>{text}</AllowedHeader>" for text in headers)
        + "".join(f"<AllowedMethod>{text}</AllowedMethod>" for text in methods)
        + "".join(f"<AllowedOrigin>{text}</AllowedOrigin>" for text in origins)
        + "".join(f"<ExposeHeader>{text}</ExposeHeader>" for text in expose)
        + (f"<MaxAgeSeconds>{age}</MaxAgeSeconds>" if age is not None else "")
    )


async def asked(
    app: App, method: str, target: str = "/bucket/k", *, signed: bool = False, **headers: Any
) -> Reply:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if signed:
        return await ask(app, method, target, headers=pairs)
    return await ask(app, method, target, headers=pairs, key=None)


def told(reply: Reply) -> dict[str, str]:
    """What is for pages of other origins."""
    return {
        name.decode().removeprefix("access-control-"): value.decode()
        for name, value in reply.headers
        if name.startswith(b"access-control-") or name == b"vary"
    }


REFUSED: Final = "CORSResponse: This CORS request is not allowed."


def refusal(reply: Reply) -> tuple[int, str, str, str, str]:
    text = text_of(reply)
    fields = ("Code", "Message", "Method", "ResourceType")
    code, message, method, resource = (
        text.partition(f"<{field}>")[2].partition("<")[0] for field in fields
    )
    return reply.status, code, message, method, resource


async def test_a_bucket_without_rules_says_so_to_preflights_and_nothing_else(app: App) -> None:
    assert refusal(await asked(app, "OPTIONS")) == (
        400,
        "BadRequest",
        "Insufficient information. Origin request header needed.",
        "",
        "",
    )
    cases: list[tuple[dict[str, Any], str]] = [
        ({"access_control_request_method": "PUT"}, "PUT"),
        ({}, "OPTIONS"),
    ]
    for asking, method in cases:
        assert refusal(await asked(app, "OPTIONS", origin="whatever", **asking)) == (
            403,
            "AccessForbidden",
            "CORSResponse: CORS is not enabled for this bucket.",
            method,
            "BUCKET",
        )
    reply = await asked(app, "GET", signed=True, origin="whatever")
    assert (reply.status, told(reply)) == (200, {})


async def test_a_preflight_of_no_bucket_says_that(app: App) -> None:
    for target in ("/nobodys/k", "/No%20Name/k"):
        assert refusal(await asked(app, "OPTIONS", target, origin="whatever")) == (
            403,
            "AccessForbidden",
            "CORSResponse: Bucket not found",
            "OPTIONS",
            "BUCKET",
        )


async def test_an_origin_of_a_rule_is_told_with_its_methods(app: App) -> None:
    await configure(app, rule("GET", "PUT"))
    expected = {
        "allow-origin": ORIGIN,
        "allow-credentials": "true",
        "allow-methods": "GET, PUT",
        "max-age": "3000",
        "vary": VARY,
    }
    reply = await asked(app, "OPTIONS", origin=ORIGIN, access_control_request_method="PUT")
    assert (reply.status, reply.body, told(reply)) == (200, b"", expected)
    reply = await asked(app, "GET", signed=True, origin=ORIGIN)
    assert (reply.status, told(reply)) == (200, expected)
    wrong = ORIGIN.replace("https", "http")
    reply = await asked(app, "OPTIONS", origin=wrong, access_control_request_method="PUT")
    assert refusal(reply)[:2] == (403, "AccessForbidden")
    assert refusal(reply)[2].startswith(REFUSED)
    assert refusal(reply)[3:] == ("PUT", "OBJECT")
    reply = await asked(app, "GET", signed=True, origin=wrong)
    assert (reply.status, told(reply)) == (200, {})
    reply = await asked(
        app, "OPTIONS", "/bucket", origin=wrong, access_control_request_method="PUT"
    )
    assert refusal(reply)[4] == "BUCKET"


async def test_anybodys_origin_is_a_star_without_credentials(app: App) -> None:
    await configure(
        app, rule("GET", origins=("*",), headers=(), expose=("x-amz-id-2", "ETag"), age=None)
    )
    reply = await asked(app, "OPTIONS", origin="a.b:1", access_control_request_method="GET")
    assert told(reply) == {
        "allow-origin": "*",
        "allow-methods": "GET",
        "expose-headers": "x-amz-id-2, ETag",
        "vary": VARY,
    }
    # Without AllowedHeader no header is allowed.
    reply = await asked(
        app,
        "OPTIONS",
        origin="a.b:1",
        access_control_request_method="GET",
        access_control_request_headers="x-amz-request-payer",
    )
    assert refusal(reply)[:2] == (403, "AccessForbidden")


async def test_a_method_that_is_announced_counts_more_than_the_requests_own(app: App) -> None:
    await configure(app, rule("GET"))
    reply = await asked(app, "GET", signed=True, origin=ORIGIN, access_control_request_method="PUT")
    assert (reply.status, told(reply)) == (200, {})
    reply = await asked(app, "PUT", "/bucket/new", signed=True, origin=ORIGIN)
    assert (reply.status, told(reply)) == (200, {})
    reply = await asked(app, "OPTIONS", origin=ORIGIN, access_control_request_method="PUT")
    assert reply.status == 403


async def test_headers_are_compared_in_any_case_and_told_in_lower(app: App) -> None:
    await configure(
        app, rule("GET", headers=("x-amz-expected-bucket-owner", "x-AMZ-server-SIDE-encryption"))
    )
    for names, allowed in (
        ("x-amz-request-payer", None),
        ("x-amz-expected-bucket-owner", "x-amz-expected-bucket-owner"),
        (
            "x-AMZ-expected-BUCKET-owner,x-amz-server-side-encryption",
            "x-amz-expected-bucket-owner, x-amz-server-side-encryption",
        ),
        ("x-amz-expected-bucket-owner, x-amz-request-payer", None),
    ):
        reply = await asked(
            app,
            "OPTIONS",
            origin=ORIGIN,
            access_control_request_method="GET",
            access_control_request_headers=names,
        )
        assert reply.status == (403 if allowed is None else 200)
        assert told(reply).get("allow-headers") == allowed


async def test_the_first_rule_that_allows_it_answers(app: App) -> None:
    await configure(
        app,
        rule("PUT", origins=("http://*.example",), age=1),
        rule("GET", origins=("http://*.example",), age=2),
        rule("GET", origins=("*",), age=3),
    )
    for origin, age in (("http://a.example", "2"), ("http://a.other", "3")):
        reply = await asked(app, "OPTIONS", origin=origin, access_control_request_method="GET")
        assert told(reply)["max-age"] == age


async def test_a_preflight_that_asks_for_no_method_is_none(app: App) -> None:
    await configure(app, rule("GET"))
    for method, said in (("", ""), ("", "OPTIONS"), ("", "get")):
        asking: dict[str, Any] = {"access_control_request_method": said} if said else {}
        reply = await asked(app, "OPTIONS", origin=ORIGIN, **asking)
        assert refusal(reply)[:2] == (400, "BadRequest"), method


@pytest.mark.parametrize(
    ("target", "status"),
    [("/bucket/missing", 404), ("/bucket/k?versionId=x", 400), ("/bucket?policy&x=%zz", 400)],
)
async def test_errors_tell_it_too(app: App, target: str, status: int) -> None:
    await configure(app, rule("GET"))
    reply = await asked(app, "GET", target, signed=True, origin=ORIGIN)
    assert (reply.status, told(reply)["allow-origin"]) == (status, ORIGIN)


async def test_a_refused_signature_and_a_stranger_are_told_too(app: App) -> None:
    """A page could not read why, otherwise."""
    await configure(app, rule("GET"))
    reply = await asked(app, "GET", origin=ORIGIN)
    assert (reply.status, told(reply)["allow-origin"]) == (403, ORIGIN)
    reply = await asked(app, "GET", origin=ORIGIN, authorization="AWS4-HMAC-SHA256 x")
    assert (reply.status, told(reply)["allow-origin"]) == (400, ORIGIN)


async def test_a_preflight_of_a_presigned_url_is_not_signed(app: App) -> None:
    await configure(app, rule("PUT"))
    target = "/bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0"
    reply = await asked(app, "OPTIONS", target, origin=ORIGIN, access_control_request_method="PUT")
    assert (reply.status, told(reply)["allow-origin"]) == (200, ORIGIN)


async def test_rules_that_were_taken_away_have_no_effect(app: App) -> None:
    await configure(app, rule("GET"))
    assert (await ask(app, "DELETE", "/bucket?cors")).status == 204
    assert told(await asked(app, "GET", signed=True, origin=ORIGIN)) == {}
    reply = await asked(app, "OPTIONS", origin=ORIGIN, access_control_request_method="GET")
    assert refusal(reply)[2] == "CORSResponse: CORS is not enabled for this bucket."


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*suffix", "foo.suffix", True),
        ("*suffix", "foo.suffix.get", False),
        ("start*end", "startend", True),
        ("start*end", "start12end", True),
        ("start*end", "0start12end", False),
        ("prefix*", "prefix.suffix", True),
        ("prefix*", "bla.prefix", False),
        ("http://*.origin.com", "http://test.origin.com/", False),
        ("ab*ba", "aba", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_pattern_has_one_wildcard(pattern: str, text: str, matches: bool) -> None:
    assert Pattern.of(pattern).matches(text) is matches


@given(st.text("ab*", max_size=4).filter(lambda one: one.count("*") < 2), st.text("ab", max_size=6))
def test_a_pattern_matches_what_a_regular_expression_does(pattern: str, text: str) -> None:

    expected = re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
    assert Pattern.of(pattern).matches(text) is expected


@given(st.lists(st.sampled_from(["GET", "PUT", "HEAD"]), min_size=1), st.binary(max_size=20))
def test_no_answer_has_what_nobody_asked_with(methods: list[str], origin: bytes) -> None:
    document = t.CORSConfiguration(
        cors_rules=[t.CORSRule(allowed_methods=methods, allowed_origins=["a*"])]
    )
    wanted = Wanted.of([(b"Origin", origin)], "GET")
    assert wanted is not None
    headers = answer(compiled(encode(document)), wanted)
    allowed = "GET" in methods and origin.startswith(b"a")
    assert (headers is not None) is allowed
    assert headers is None or headers[0] == (b"access-control-allow-origin", origin)


async def test_more_headers_than_any_page_has_are_not_looked_at(app: App) -> None:
    await configure(app, rule("GET"))
    for count, status in ((HEADERS_MAX, 200), (HEADERS_MAX + 1, 403)):
        names = ",".join(f"x-{number}" for number in range(count))
        reply = await asked(
            app,
            "OPTIONS",
            origin=ORIGIN,
            access_control_request_method="GET",
            access_control_request_headers=names,
        )
        assert (reply.status, "allow-headers" in told(reply)) == (status, status == 200)
