"""Two mistakes at once, the bounds of the search, and what is right after all."""

import hashlib

import pytest

from sigv4 import Credentials, Request, Signer
from sigv4 import errors as sig_errors
from sigv4.explain import MISTAKES, Explanation, Known, Refused, explain
from sigv4.explain.books import recipe_of
from sigv4.explain.claims import read_case
from sigv4.explain.search import search, singles
from tests.sigv4.explain.mistaken import HOST, Signed, by_header, by_url
from tests.sigv4.signing import KEYS, NOW

KNOWN = Known((KEYS,))


def names(explanation: Explanation) -> list[tuple[str, ...]]:
    return [
        tuple(step.mistake.name for step in finding.steps)
        for finding in explanation.search.findings
    ]


def proxied() -> Signed:
    """A proxy that renames the host and merges slashes."""
    signed = by_header(host="backend:9000", signed_host=HOST, target="/bkt/a//b")
    return signed.but(target=("//", "/"), added={"X-Forwarded-Host": HOST})


def test_two_mistakes_together_are_found() -> None:
    signed = proxied()
    explanation = explain(signed.request, KNOWN)
    assert names(explanation) == [("host-rewritten", "path-slashes-merged")]
    assert explanation.search.findings[0].recipe.canonical().decode() == signed.canonical


def test_one_mistake_only_is_looked_for_when_time_is_short() -> None:
    explanation = explain(proxied().request, KNOWN, mistakes_max=1)
    assert names(explanation) == []
    assert not explanation.is_explained
    assert explanation.search.computed < 2000


def test_the_search_is_bounded() -> None:
    unknown = by_header(credentials=Credentials(KEYS.access_key, "nobody/knows+this"))
    case = read_case(unknown.request, KNOWN)
    found = search(case, recipe_of(case, KEYS.secret_key), computed_max=1000)
    assert found == ((), 1000, False)


def test_a_request_of_many_headers_costs_a_bounded_number_of_signatures() -> None:
    headers = {f"x-amz-meta-{n}": "a  b; c, d é" for n in range(100)}
    unknown = by_header(
        headers=headers, credentials=Credentials(KEYS.access_key, "nobody/knows+this")
    )
    case = read_case(unknown.request, KNOWN)
    assert sum(1 for _ in singles(case, recipe_of(case, KEYS.secret_key))) < 5000


def test_no_two_ways_of_one_mistake_say_the_same() -> None:
    signed = by_header(headers={"content-type": "text/plain"}, target="/bkt/a%20b?x=1&acl")
    case = read_case(signed.request, KNOWN)
    said = [
        (step.mistake.name, step.change.detail, step.change.fields, step.change.values)
        for step in singles(case, recipe_of(case, KEYS.secret_key))
    ]
    assert all(detail for _, detail, _, _ in said)
    assert {mistake.name for mistake in MISTAKES} >= {name for name, *_ in said}


def test_nothing_said_contains_a_secret() -> None:
    known = Known((KEYS, Credentials("AKIDOTHER", "other/secret")))
    case = read_case(by_header(target="/bkt/a?b=c").request, known)
    for step in singles(case, recipe_of(case, KEYS.secret_key)):
        for word in (KEYS.secret_key, "other/secret", KEYS.secret_key[:20]):
            assert word not in step.change.detail


def test_a_right_signature_is_said_to_be_right() -> None:
    explanation = explain(by_header().request, KNOWN)
    assert (explanation.refusal, explanation.is_right, names(explanation)) == (None, True, [])
    assert explanation.is_explained


def test_what_the_verifier_takes_beyond_the_book_is_right() -> None:
    stable = by_header(target="/bkt?a=2&a=1", canonical_query_string=lambda _: "a=2&a=1")
    explanation = explain(stable.request, KNOWN)
    assert explanation.refusal is None
    assert explanation.is_right


def test_the_access_key_of_another_secret() -> None:
    other = Credentials("AKIDMISTYPED", KEYS.secret_key)
    explanation = explain(by_header(credentials=other).request, KNOWN)
    assert explanation.refusal is not None
    assert explanation.refusal.code == "InvalidAccessKeyId"
    assert names(explanation) == [("access-key-of-another-secret",)]
    assert "AKIDMISTYPED" in explanation.advice[0]


def test_without_a_secret_nothing_is_computed() -> None:
    explanation = explain(by_header().request, Known(()))
    assert explanation.recipe is None
    assert explanation.search.computed == 0


def test_a_request_without_a_signature_says_so() -> None:
    anonymous = by_header().but(headers={"Authorization": None})
    explanation = explain(anonymous.request, KNOWN)
    assert explanation.case is None
    assert explanation.unreadable == "neither an Authorization header nor a presigned URL"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Authorization": "Bearer abc"}, "none of AWS4-HMAC-SHA256"),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=a/b"}, "lacks signedheaders, signature"),
        (
            {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"},
            "not KEY/YYYYMMDD",
        ),
        ({"X-Amz-Date": "yesterday"}, "no valid date"),
        ({"X-Amz-Date": None}, "no valid date"),
    ],
)
def test_what_cannot_be_read_is_named(headers: dict[str, str | None], said: str) -> None:
    explanation = explain(by_header().but(headers=headers).request, KNOWN)
    assert said in explanation.unreadable
    assert explanation.case is None


def test_a_date_header_dates_a_request() -> None:
    signed = by_header(headers={"Date": "x"})
    assert explain(signed.request, KNOWN).is_right


def test_a_kept_request_without_its_signature_is_explained_all_the_same() -> None:
    """As a server keeps it: hashed, so that nobody can replay it."""
    signed = proxied()
    value = dict(signed.request.headers)[b"Authorization"].decode()
    head, _, signature = value.rpartition("Signature=")
    kept = signed.but(headers={"Authorization": head + "Signature=(hidden)"})
    digest = hashlib.sha256(signature.encode()).hexdigest()
    refused = Refused(sig_errors.mismatch("", b"", b"", None), digest)
    explanation = explain(kept.request, KNOWN, refused=refused)
    assert names(explanation) == [("host-rewritten", "path-slashes-merged")]


def test_of_a_request_with_secrets_the_key_can_still_be_judged() -> None:
    """The server keeps the hash of the canonical request, not the key of SSE-C in it."""
    name = "x-amz-server-side-encryption-customer-key"
    headers = {name: "c2VjcmV0"}
    for secret, found in ((KEYS.secret_key + "\n", ["secret-with-white-space"]), ("no/idea", [])):
        signed = by_header(headers=headers, credentials=Credentials(KEYS.access_key, secret))
        value = dict(signed.request.headers)[b"Authorization"].decode()
        signature = value.rpartition("Signature=")[2]
        refused = Refused(
            sig_errors.mismatch("", b"", b"", None),
            hashlib.sha256(signature.encode()).hexdigest(),
            hashlib.sha256(signed.canonical.encode()).hexdigest(),
        )
        kept = signed.but(headers={name: "(hidden)"})
        explanation = explain(kept.request, KNOWN, refused=refused)
        assert [step.mistake.name for f in explanation.search.findings for step in f.steps] == found


def test_a_presigned_url_of_ours_is_explained_like_one_of_botocores() -> None:
    request = by_url().but(target=("/bkt/key", "/bkt/other")).request
    explanation = explain(request, KNOWN._replace(targets=(b"/bkt/key?x",)))
    assert names(explanation) == [("path-rewritten",)]


def test_headers_in_the_query_count_as_headers() -> None:
    """x-amz-* headers that a client signed and put into its URL."""
    signer = Signer(KEYS, "us-east-1")
    request = Request("PUT", b"/bkt/key?x-amz-acl=private", [(b"Host", HOST.encode())])
    target = signer.presign(request, now=NOW, expires_s=60)
    assert explain(request._replace(target=target), KNOWN).is_right


def test_the_payload_of_a_presigned_url_may_be_signed() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    in_query = by_url("PUT", f"/bkt/key?X-Amz-Content-Sha256={digest}")
    case = read_case(in_query.request, KNOWN)
    assert case.payload == digest.encode()
    in_header = by_url("PUT", headers={"x-amz-content-sha256": digest})
    assert read_case(in_header.request, KNOWN).payload == digest.encode()
    elsewhere = by_url("PUT").request
    for_iam = elsewhere._replace(target=elsewhere.target.replace(b"%2Fs3%2F", b"%2Fiam%2F"))
    assert read_case(for_iam, KNOWN).payload == hashlib.sha256(b"").hexdigest().encode()
