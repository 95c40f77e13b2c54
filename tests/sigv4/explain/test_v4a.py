"""Mistakes with Signature Version 4A, made with awscrt."""

import sys
from datetime import UTC, datetime
from typing import Any

import awscrt.auth
import awscrt.http
import pytest

from sigv4 import Credentials, Request
from sigv4 import errors as sig_errors
from sigv4.explain import Explanation, Known, Refused, explain
from sigv4.explain.text import as_text
from tests.sigv4.signing import EMPTY, KEYS, NOW

KNOWN = Known((KEYS,))
HOST = "s3.example.com"


def signed(
    target: str = "/bkt/key", *, credentials: Credentials = KEYS, host: str = HOST, **options: Any
) -> Request:
    """A request with the header of 4A."""
    config = awscrt.auth.AwsSigningConfig(
        **{
            "algorithm": awscrt.auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
            "signature_type": awscrt.auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            "credentials_provider": awscrt.auth.AwsCredentialsProvider.new_static(
                credentials.access_key, credentials.secret_key
            ),
            "region": "us-east-1",
            "service": "s3",
            "date": datetime.fromtimestamp(NOW, UTC),
            "use_double_uri_encode": False,
            "should_normalize_uri_path": False,
            "signed_body_value": EMPTY.decode(),
            "signed_body_header_type": awscrt.auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
            **options,
        }
    )
    theirs = awscrt.http.HttpRequest("GET", target, awscrt.http.HttpHeaders([("Host", host)]))
    awscrt.auth.aws_sign_request(theirs, config).result(10)
    pairs = [(name.encode(), value.encode()) for name, value in theirs.headers]
    return Request("GET", theirs.path.encode(), pairs)


def renamed(request: Request, host: str) -> Request:
    pairs = [(n, host.encode() if n.lower() == b"host" else v) for n, v in request.headers]
    return request._replace(headers=pairs)


def names(explanation: Explanation) -> set[str]:
    return {step.mistake.name for found in explanation.search.findings for step in found.steps}


def test_a_right_signature() -> None:
    explanation = explain(signed(), KNOWN)
    assert explanation.refusal is None
    assert explanation.is_right


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        pytest.param(
            signed("/bkt/a%20b", use_double_uri_encode=True), "path-encoded-twice", id="twice"
        ),
        pytest.param(
            signed("/bkt/a/./b", should_normalize_uri_path=True), "path-normalised", id="normalised"
        ),
        pytest.param(renamed(signed(host=f"{HOST}:9000"), HOST), "host-port", id="port"),
        pytest.param(
            signed(credentials=Credentials(KEYS.access_key, KEYS.secret_key + "\n")),
            "secret-with-white-space",
            id="secret",
        ),
    ],
)
def test_a_mistake_is_found(request_: Request, name: str) -> None:
    explanation = explain(request_, KNOWN)
    assert explanation.refusal is not None
    assert explanation.refusal.code == "SignatureDoesNotMatch"
    assert name in names(explanation)


def test_two_mistakes_are_found() -> None:
    request = renamed(signed("/bkt/a//b", host=f"{HOST}:9000"), HOST)
    request = request._replace(target=b"/bkt/a/b")
    assert names(explain(request, KNOWN)) == {"host-port", "path-slashes-merged"}


def test_a_presigned_url() -> None:
    request = signed(
        signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS,
        signed_body_value="UNSIGNED-PAYLOAD",
        signed_body_header_type=awscrt.auth.AwsSignedBodyHeaderType.NONE,
        expiration_in_seconds=60,
    )
    assert explain(request, KNOWN).is_right
    assert "method" in names(explain(request._replace(method="HEAD"), KNOWN))


def test_a_kept_hash_of_it_proves_nothing_and_says_so() -> None:
    refused = Refused(sig_errors.mismatch("", b"", b"", None), "0" * 64)
    explanation = explain(signed(), KNOWN, refused=refused)
    assert not explanation.is_explained
    assert "recognised only when it is at hand" in as_text(explanation)


def test_without_cryptography_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigv4.ecdsa", None)
    explanation = explain(renamed(signed(), "other"), KNOWN)
    assert "cryptography is not installed" in explanation.unreadable


def test_a_credential_with_a_region_is_not_one_of_4a() -> None:
    request = signed()
    pairs = [(n, v.replace(b"/s3/aws4_request", b"/aws4_request")) for n, v in request.headers]
    unreadable = explain(request._replace(headers=pairs), KNOWN).unreadable
    assert unreadable == "the credential is not KEY/YYYYMMDD/SERVICE/aws4_request"
