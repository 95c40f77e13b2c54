"""Verification in one call: what it takes, and what is not forgotten by it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from botocore.auth import SigV4Auth

from sigv4 import GENERIC, Credentials, Request, SigError, Signer, Verifier
from sigv4.sign import encode_chunks
from tests.sigv4.explain.mistaken import Signed, by_header, by_url
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNED, SIGNER, SIGNER_4A
from tests.sigv4.signing import by_header as by_own_header

TOKEN: Final = "a/token+of=no+value"
TEMPORARY: Final = replace(KEYS, session_token=TOKEN)


def verifier(pair: Credentials = KEYS) -> Verifier:
    return Verifier({pair.access_key: pair}.get, regions=(REGION,))


ORDERS: Final = Verifier({KEYS.access_key: KEYS}.get, (REGION,), "orders", GENERIC)


def refused(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(SigError) as caught:
        call()
    return caught.value.code, caught.value.status


def test_a_head_is_verified_and_its_body_checked_later() -> None:
    verified = verifier().verify(by_header("PUT", body=b"hello").request, now=NOW)
    assert verified.access_key == KEYS.access_key
    reader = verified.body()
    assert b"".join(reader.feed(b"hello")) == b"hello"
    reader.finish()


def test_a_whole_request_is_verified_at_once() -> None:
    accepted = verifier().verify_whole(by_header("PUT", body=b"hello").request, b"hello", now=NOW)
    assert (accepted.verified.location, accepted.content) == ("header", b"hello")
    presigned = verifier().verify_whole(by_url().request, b"", now=NOW)
    assert presigned.verified.location == "query"


def test_chunks_are_taken_apart() -> None:
    head = Request("PUT", b"/bkt/k", [(b"host", b"h"), (b"x-amz-decoded-content-length", b"5")])
    added = SIGNER.sign(head, now=NOW, payload=SIGNED)
    request = head._replace(headers=[*head.headers, *added])
    chunks = b"".join(encode_chunks([b"hello"], SIGNER.chunk_signer(added[-1][1], now=NOW)))
    assert verifier().verify_whole(request, chunks, now=NOW).content == b"hello"
    damaged = chunks.replace(b"hello", b"jello")
    assert refused(lambda: verifier().verify_whole(request, damaged, now=NOW)) == (
        "SignatureDoesNotMatch",
        403,
    )
    cut = chunks.partition(b"hello")[0]
    assert refused(lambda: verifier().verify_whole(request, cut, now=NOW)) == (
        "IncompleteBody",
        400,
    )


def test_version_4a_is_verified() -> None:
    request = by_own_header(signer=SIGNER_4A)
    assert verifier().verify(request, now=NOW).access_key == KEYS.access_key


NO_KEY: Final = ("InvalidAccessKeyId", 403)
BAD_TOKEN: Final = ("InvalidToken", 400)
MISMATCH: Final = ("SignatureDoesNotMatch", 403)


@pytest.mark.parametrize(
    ("request_", "body", "expected"),
    [
        pytest.param(
            Request("GET", b"/k", [(b"host", b"h")]), b"", ("AccessDenied", 403), id="unsigned"
        ),
        pytest.param(
            by_header(credentials=Credentials("AKIDNOBODY", "s")).request,
            b"",
            NO_KEY,
            id="unknown key",
        ),
        pytest.param(
            by_header(credentials=Credentials(KEYS.access_key, "s")).request,
            b"",
            MISMATCH,
            id="another secret",
        ),
        pytest.param(
            by_header(credentials=TEMPORARY).request, b"", BAD_TOKEN, id="a token and a lasting key"
        ),
        pytest.param(by_url(credentials=TEMPORARY).request, b"", BAD_TOKEN, id="the same in a URL"),
        pytest.param(
            by_header("PUT", body=b"a").request,
            b"b",
            ("XAmzContentSHA256Mismatch", 400),
            id="another body",
        ),
        pytest.param(
            by_header(region="eu-west-1").request,
            b"",
            ("AuthorizationHeaderMalformed", 400),
            id="another region",
        ),
        pytest.param(
            by_header(service="orders").request,
            b"",
            ("AuthorizationHeaderMalformed", 400),
            id="another service",
        ),
    ],
)
def test_what_is_refused(request_: Request, body: bytes, expected: tuple[str, int]) -> None:
    assert refused(lambda: verifier().verify_whole(request_, body, now=NOW)) == expected


def test_a_signature_is_good_for_its_time() -> None:
    request = by_header().request
    assert refused(lambda: verifier().verify(request, now=NOW + 901)) == (
        "RequestTimeTooSkewed",
        403,
    )


@pytest.mark.parametrize("make", [by_header, by_url])
def test_a_token_has_to_be_that_of_its_key(make: Callable[..., Signed]) -> None:
    checks = verifier(TEMPORARY)
    assert checks.verify(make(credentials=TEMPORARY).request, now=NOW).access_key
    assert refused(lambda: checks.verify(make().request, now=NOW)) == NO_KEY
    for token in (TOKEN + "a", TOKEN[:-1], "\u00e9"):
        other = make(credentials=replace(KEYS, session_token=token)).request
        assert refused(partial(checks.verify, other, now=NOW)) == BAD_TOKEN


# A service that is not S3


def of_orders(body: bytes = b"{}", **options: Any) -> Request:
    return by_header(
        "POST", "/a%20b/../c", body=body, service="orders", base=SigV4Auth, **options
    ).request


def test_another_service_signs_the_body_itself() -> None:
    accepted = ORDERS.verify_whole(of_orders(), b"{}", now=NOW)
    assert (accepted.verified.access_key, accepted.content) == (KEYS.access_key, b"{}")
    assert refused(lambda: ORDERS.verify_whole(of_orders(), b"[]", now=NOW)) == MISMATCH


def test_another_service_takes_a_hash_in_a_header_if_it_is_that_of_the_body() -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    for spelling in (digest, digest.upper()):
        request = of_orders(headers={"X-Amz-Content-SHA256": spelling})
        assert ORDERS.verify_whole(request, b"{}", now=NOW).content == b"{}"
        assert refused(partial(ORDERS.verify_whole, request, b"[]", now=NOW)) == (
            "XAmzContentSHA256Mismatch",
            400,
        )


@pytest.mark.parametrize("value", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_another_service_takes_no_unsigned_body(value: str) -> None:
    signer = Signer(KEYS, REGION, "orders", GENERIC._replace(sign_body=True))
    head = Request("POST", b"/a", [(b"host", b"h"), (b"x-amz-decoded-content-length", b"2")])
    added = signer.sign(head, now=NOW, payload=value.encode())
    request = head._replace(headers=[*head.headers, *added])
    assert refused(lambda: ORDERS.verify_whole(request, b"{}", now=NOW)) == (
        "XAmzContentSHA256Mismatch",
        400,
    )


def test_a_presigned_url_of_another_service_signs_its_body_too() -> None:
    signer = Signer(KEYS, REGION, "orders", GENERIC)
    head = Request("POST", b"/a%20b", [(b"host", b"h")])
    digest = hashlib.sha256(b"{}").hexdigest().encode()
    target = signer.presign(head, now=NOW, expires_s=60, payload=digest)
    request = head._replace(target=target)
    assert ORDERS.verify_whole(request, b"{}", now=NOW).content == b"{}"
    assert refused(lambda: ORDERS.verify_whole(request, b"[]", now=NOW)) == MISMATCH


@pytest.mark.parametrize(("presigned", "otherwise"), [(False, NO_KEY), (True, MISMATCH)])
def test_a_service_may_have_its_token_added_afterwards(
    presigned: bool, otherwise: tuple[str, int]
) -> None:
    """As IoT has it: unsigned, in a header or in the URL; elsewhere it has to be signed."""
    afterwards = GENERIC._replace(omit_session_token=True)
    signer = Signer(TEMPORARY, REGION, "iot", afterwards)
    request = Request("GET", b"/mqtt?a=1", [(b"host", b"h")])
    digest = hashlib.sha256(b"").hexdigest().encode()
    if presigned:
        target = signer.presign(request, now=NOW, expires_s=60, payload=digest)
        request = request._replace(target=target)
    else:
        added = signer.sign(request, now=NOW, payload=digest)
        request = request._replace(headers=[*request.headers, *added])
    taking, refusing = (
        Verifier({KEYS.access_key: TEMPORARY}.get, (REGION,), "iot", profile)
        for profile in (afterwards, GENERIC)
    )
    assert taking.verify_whole(request, b"", now=NOW).verified.access_key == KEYS.access_key
    assert refused(lambda: refusing.verify_whole(request, b"", now=NOW)) == otherwise


def test_another_service_says_in_its_words_that_nothing_is_signed() -> None:
    request = Request("GET", b"/", [(b"host", b"h")])
    assert refused(lambda: ORDERS.verify_whole(request, b"", now=NOW)) == (
        "MissingAuthenticationToken",
        403,
    )


def test_the_head_of_another_services_request_is_not_enough() -> None:
    with pytest.raises(ValueError, match="use verify_whole"):
        ORDERS.verify(of_orders(), now=NOW)


def test_no_secret_is_in_a_repr() -> None:
    checks = verifier(TEMPORARY)
    checks.verify(by_header(credentials=TEMPORARY).request, now=NOW)
    assert "_cache" not in repr(checks)
