"""Refusals for other reasons than the signature's bytes, and URLs that were damaged as text."""

import hashlib
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from sigv4 import Credentials, Request, Signer, form_errors
from sigv4 import errors as sig_errors
from sigv4.errors import SigError
from sigv4.explain import REPAIRS, Known, Refused, explain
from sigv4.explain.advice import ADVICE
from sigv4.sign import encode_chunks
from tests.sigv4.explain.mistaken import HOST, by_header, by_url
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNED

KNOWN: Final = Known((KEYS,))


def _v2() -> Request:
    request = botocore.awsrequest.AWSRequest("GET", f"http://{HOST}/bkt/key")
    pair = botocore.credentials.Credentials(KEYS.access_key, KEYS.secret_key)
    botocore.auth.HmacV1QueryAuth(pair).add_auth(request)
    target = request.url.removeprefix(f"http://{HOST}").encode()
    return Request("GET", target, [(b"Host", HOST.encode())])


def _both() -> Request:
    added = {"Authorization": dict(by_header().request.headers)[b"Authorization"].decode()}
    return by_url().but(added=added).request


CASES: Final[tuple[tuple[str, Callable[[], Request], int, str], ...]] = (
    ("RequestTimeTooSkewed", lambda: by_header().request, NOW + 1000, "1000 s (0:16:40) behind"),
    ("RequestTimeTooSkewed", lambda: by_header().request, NOW - 7200, "ahead of the server's"),
    ("RequestTimeTooSkewed", lambda: by_header().request, NOW - 7230, "local time was sent"),
    ("AccessDenied", lambda: by_url().request, NOW - 1000, "1000 s (0:16:40) ahead"),
    (
        "AccessDenied",
        lambda: by_url().request,
        NOW + 3661,
        "for 3600 s and came 61 s (0:01:01) late",
    ),
    (
        "AccessDenied",
        lambda: by_url().but(added={"x-amz-acl": "private"}).request,
        NOW,
        "not in SignedHeaders: x-amz-acl",
    ),
    (
        "AuthorizationHeaderMalformed",
        lambda: by_header(region="eu-west-1").request,
        NOW,
        "signed for region 'eu-west-1', the server is 'us-east-1'",
    ),
    (
        "AuthorizationQueryParametersError",
        lambda: by_url(region="eu-west-1").request,
        NOW,
        "Set the client's region to us-east-1",
    ),
    (
        "AuthorizationQueryParametersError",
        lambda: by_url().request._replace(target=by_url().request.target.partition(b"&")[0]),
        NOW,
        "put it in single quotes",
    ),
    (
        "InvalidAccessKeyId",
        lambda: by_header(credentials=Credentials("AKIDexample", "other")).request,
        NOW,
        "only in case, white space or quotes",
    ),
    (
        "InvalidAccessKeyId",
        lambda: by_header(credentials=Credentials(KEYS.secret_key, KEYS.access_key)).request,
        NOW,
        "access key and secret are exchanged",
    ),
    ("InvalidRequest", _v2, NOW, 'signature_version="s3v4"'),
    (
        "InvalidRequest",
        lambda: by_header(base=botocore.auth.SigV4Auth).request,
        NOW,
        "-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'",
    ),
    ("InvalidArgument", _both, NOW, "together with a presigned URL"),
)


@pytest.mark.parametrize(("code", "make", "now", "said"), CASES)
def test_a_refusal_is_turned_into_advice(
    code: str, make: Callable[[], Request], now: int, said: str
) -> None:
    explanation = explain(make(), KNOWN, now=now)
    assert explanation.refusal is not None
    assert explanation.refusal.code == code
    assert said in " ".join(explanation.advice)
    assert explanation.is_explained


KEPT: Final[tuple[tuple[SigError, str], ...]] = (
    (sig_errors.invalid_token("t"), "Unset AWS_SESSION_TOKEN"),
    (sig_errors.sha256_mismatch("aa", "bb"), "signed the hash aa, the body that arrived has bb"),
    (form_errors.too_large(9, 5), "content-length-range wants at most 5"),
    (
        form_errors.too_small(1, 5),
        "content-length-range wants at least 5",
    ),
    (form_errors.invalid_policy("no JSON"), "what it signs is no policy"),
    (sig_errors.parameters_not_signed(["prefix"]), "leaves prefix unsigned"),
    (sig_errors.v2_incomplete(), "has lost parameters of its signature"),
    (form_errors.field_missing("key"), "send `file` last"),
    (
        sig_errors.mismatch("A", b"AWS4-HMAC-SHA256-PAYLOAD\n...", b"", None),
        "a chunk of the body whose signature is wrong",
    ),
)


@pytest.mark.parametrize(("refusal", "said"), KEPT, ids=lambda it: getattr(it, "code", ""))
def test_what_a_server_saw_is_turned_into_advice(refusal: SigError, said: str) -> None:
    request = by_header().request
    signature = dict(request.headers)[b"Authorization"].rpartition(b"=")[2]
    refused = Refused(refusal, hashlib.sha256(signature).hexdigest())
    explanation = explain(request, KNOWN, refused=refused)
    assert said in " ".join(explanation.advice)
    assert explanation.is_right


def sent_with(signed: bytes, sent: bytes) -> Request:
    """A PUT that was signed for one body, with another."""
    length = {"Content-Length": str(len(sent))}
    return by_header("PUT", body=signed, headers=length).request


@pytest.mark.parametrize(
    ("signed", "sent", "said"),
    [
        (b"a\nb\n", b"another", ""),
        (b"text", b"text\n", "the body without the white space at its end"),
        (b"a\r\nb", b"a\nb", "the body with CR LF line ends"),
        (b"", b"content", "no body"),
        (b"text", b"\xef\xbb\xbftext", "without its byte order mark"),
    ],
)
def test_another_body_than_was_signed_is_recognised(signed: bytes, sent: bytes, said: str) -> None:
    explanation = explain(sent_with(signed, sent), KNOWN._replace(body=sent), now=NOW)
    assert explanation.refusal is not None
    assert explanation.refusal.code == "XAmzContentSHA256Mismatch"
    assert explanation.is_right
    recognised = "What was signed is the hash of " in explanation.advice[-1]
    assert recognised == (said != "")
    assert not recognised or said in explanation.advice[-1]


def test_a_body_that_was_not_written_down_is_not_judged() -> None:
    request = sent_with(b"content", b"content")
    for body in (None, b"", b"\n"):
        assert explain(request, KNOWN._replace(body=body), now=NOW).refusal is None


def test_a_chunk_that_was_changed_is_told_from_a_head() -> None:
    signer = Signer(KEYS, REGION)
    head = Request("PUT", b"/bkt/k", [(b"host", b"h"), (b"x-amz-decoded-content-length", b"5")])
    sized = head._replace(headers=[*head.headers, (b"content-length", b"177")])
    added = signer.sign(sized, now=NOW, payload=SIGNED)
    body = b"".join(encode_chunks([b"hello"], signer.chunk_signer(added[-1][1], now=NOW)))
    assert len(body) == 177
    request = sized._replace(headers=[*sized.headers, *added])
    assert explain(request, KNOWN._replace(body=body), now=NOW).refusal is None
    other = body.replace(b"hello", b"jello")
    explanation = explain(request, KNOWN._replace(body=other), now=NOW)
    assert explanation.refusal is not None
    assert "It is a chunk of the body whose signature is wrong" in explanation.advice[0]
    assert explanation.is_right


def test_all_advice_was_given_here() -> None:
    codes = {code for code, *_ in CASES} | {refusal.code for refusal, _ in KEPT}
    assert codes == {code for code, _, _ in ADVICE}


def test_advice_needs_no_signature_to_look_at() -> None:
    nothing = by_header().but(headers={"Authorization": None}).request
    for refusal in (
        sig_errors.skewed("", ""),
        sig_errors.expired(1, "", ""),
        sig_errors.unknown_key("x"),
        sig_errors.HEADER.wrong_region("a", "b"),
        sig_errors.HEADER.error("missing Credential."),
        SigError("AccessDenied", 403, "Request has expired"),
    ):
        assert explain(nothing, KNOWN, refused=Refused(refusal)).advice == ()


DAMAGED: Final[dict[str, Callable[[str], str]]] = {
    "url-escaped-for-html": lambda url: url.replace("&", "&amp;"),
    "url-escaped-for-json": lambda url: url.replace("&", "\\u0026"),
    "url-escaped-for-a-shell": lambda url: url.replace("&", "\\&").replace("?", "\\?"),
    "url-encoded-twice": lambda url: url.replace("%", "%25"),
    "url-encoded-twice-as-a-whole": lambda url: url.replace("%", "%25"),
    "url-encoded-as-a-path": lambda url: "/bkt/key" + quote(url.removeprefix("/bkt/key"), safe="%"),
    "url-with-something-after-it": lambda url: url + "%0A",
    "url-with-line-breaks": lambda url: url.replace("&X-Amz-Date", "%0D%0A&X-Amz-Date"),
    "url-parameters-in-another-case": lambda url: url.replace("X-Amz-", "x-amz-"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_url_is_mended_and_so_proven(name: str) -> None:
    key = "/bkt/a%20b" if "whole" in name else "/bkt/key"
    request = by_url(target=key).request
    damaged = request._replace(target=DAMAGED[name](request.target.decode()).encode())
    explanation = explain(damaged, KNOWN)
    # The verifier may take what is left of it for an anonymous request.
    assert explanation.refusal is not None or explanation.case is None
    assert explanation.repair is not None
    assert explanation.repair.name == name
    assert explanation.is_explained


@pytest.mark.parametrize("end", ["'", '"', "%22", ".", ")", ">", "%20", " ", "\\"])
def test_what_follows_a_url_in_a_text_is_no_part_of_it(end: str) -> None:
    request = by_url().request
    explanation = explain(request._replace(target=request.target + end.encode()), KNOWN)
    assert explanation.repair is not None


def test_every_repair_is_made_here() -> None:
    assert set(DAMAGED) == {repair.name for repair in REPAIRS}


def test_nothing_is_mended_that_stays_wrong() -> None:
    for target in (b"/bkt/key?a=1&amp;b=2", b"/bkt/key%3Fa=1", b"/x?X-Amz-Credential=a%2525"):
        request = Request("GET", target, [(b"Host", HOST.encode())])
        assert explain(request, KNOWN).repair is None
    other = by_url(credentials=Credentials("AKIDOTHER", "x")).request
    damaged = other._replace(target=other.target.replace(b"&", b"&amp;"))
    assert explain(damaged, KNOWN).repair is None
    wrong = by_url(credentials=Credentials(KEYS.access_key, "x")).request
    damaged = wrong._replace(target=wrong.target.replace(b"&", b"&amp;"))
    assert explain(damaged, KNOWN).repair is None
