"""Clients that hoist headers, or canonicalise otherwise; headers that are lost on the way.

More of hoisting in test_hoisting.py.
"""

import pytest

from sigv4 import Request, Scope
from sigv4.canonical import (
    canonical_headers,
    canonical_query,
    canonical_request,
    fold_headers,
    string_to_sign,
)
from sigv4.keys import sign, signing_key
from tests.sigv4.signing import (
    EMPTY,
    HOST,
    KEYS,
    NOW,
    REGION,
    SIGNER,
    accept,
    by_header,
    edited,
    header,
    refusal,
    replaced,
    with_headers,
    without,
)


@pytest.mark.parametrize("value", [b"private", b""])
def test_a_signed_header_may_arrive_as_a_parameter(value: bytes) -> None:
    """aws-sdk-js v2 names headers as signed that it then puts into the query."""
    target = b"/bkt/key?x-amz-acl=" + value
    request = Request("PUT", target, [HOST, (b"x-amz-acl", value)])
    presigned = request._replace(target=SIGNER.presign(request, now=NOW, expires_s=60))
    assert accept(presigned).headers[b"x-amz-acl"] == value
    assert accept(without(presigned, b"x-amz-acl")).headers[b"x-amz-acl"] == value


def test_expect_may_be_lost_on_the_way() -> None:
    sent = by_header("PUT", headers=[(b"x-a", b"100-continue")])
    signature = refusal(edited(sent, b"host;x-a;", b"expect;host;"))
    canonical = dict(signature.fields)["CanonicalRequest"]
    assert "\nexpect:100-continue\n" in canonical


def test_expect_is_signed_as_it_was_sent_if_it_arrives() -> None:
    sent = by_header("PUT", headers=[(b"x-a", b"a  b"), (b"x-b", b"1")])
    named = edited(sent, b"host;x-a;", b"expect;host;x-a;")
    arrived = with_headers(named, [(b"Expect", b"100-Continue")])
    canonical = dict(refusal(arrived).fields)["CanonicalRequest"]
    assert "\nexpect:100-Continue\n" in canonical
    assert "\nx-a:a b\n" in canonical


def test_another_signed_header_that_is_lost_is_missed() -> None:
    assert refusal(without(by_header(headers=[(b"x-a", b"1")]), b"x-a")).code == (
        "SignatureDoesNotMatch"
    )


def signed_otherwise(request: Request, *, stable: bool = False, spaces: bool = False) -> Request:
    """The request as a client signs it that sorts by name alone, or knows spaces only."""
    folded = fold_headers(request.headers)
    signed = sorted(folded.keys() - {b"authorization"})
    path, _, query = request.target.partition(b"?")
    canonical = canonical_request(
        request.method,
        path,
        canonical_query(query, stable=stable),
        canonical_headers(folded, signed, spaces_only=spaces),
        signed,
        EMPTY,
    )
    scope = Scope("20260821", REGION, "s3")
    text = string_to_sign(b"20260821T101112Z", str(scope).encode(), canonical)
    signature = sign(signing_key(KEYS.secret_key, scope), text)
    return edited(request, header(request, b"authorization")[-64:], signature)


def test_a_client_that_sorts_a_query_by_name_alone() -> None:
    """As minio-go and minio-java do."""
    request = by_header(target=b"/bkt?events=b&events=a&prefix=")
    theirs = signed_otherwise(request, stable=True)
    assert theirs != request
    assert accept(theirs).access_key == KEYS.access_key
    reordered = theirs._replace(target=b"/bkt?events=a&events=b&prefix=")
    assert refusal(reordered).code == "SignatureDoesNotMatch"
    two = signed_otherwise(by_header(target=b"/bkt?events=b&events=a"), stable=True)
    assert accept(two).access_key == KEYS.access_key


def test_a_client_that_takes_only_spaces_for_white_space() -> None:
    """As smithy-rs does."""
    request = by_header(headers=[(b"x-amz-meta-a", b"a \t  b")])
    theirs = signed_otherwise(request, spaces=True)
    assert theirs != request
    assert accept(theirs).headers[b"x-amz-meta-a"] == b"a \t  b"
    changed = replaced(theirs, b"x-amz-meta-a", b"a \t \t b")
    assert refusal(changed).code == "SignatureDoesNotMatch"
