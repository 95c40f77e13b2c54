"""The other way round: what botocore signs we accept, and sign alike."""

import hashlib
import string
from datetime import UTC, datetime
from urllib.parse import quote

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigv4 import GENERIC, Credentials, Exact, Request, Signer, Unsigned
from tests.sigv4.signing import HOST, KEYS, NOW, REGION, accept, with_headers

TOKEN = string.ascii_letters + string.digits + "-"
URL = "http://" + HOST[1].decode()
FEW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
THEIRS = botocore.credentials.Credentials(KEYS.access_key, KEYS.secret_key)

keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)
# botocore itself leaves a query string as it is, so it has to be encoded as clients do.
queries = st.dictionaries(
    st.sampled_from(["acl", "prefix", "partNumber", "uploadId", "list-type", "é", "a b", "A"]),
    st.text(st.characters(codec="utf-8"), max_size=10),
    max_size=4,
)
headers = st.dictionaries(
    st.text(TOKEN, min_size=1, max_size=10).map(lambda name: "x-amz-meta-" + name.lower()),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=5).flatmap(
        lambda word: st.sampled_from([word, f"{word} {word}", f"{word}   {word}"])
    ),
    max_size=4,
)
tokens = st.none() | st.text(TOKEN + "/+=", min_size=1, max_size=30)


@pytest.fixture(autouse=True, scope="module")
def _same_moment() -> object:
    patch = pytest.MonkeyPatch()
    moment = datetime.fromtimestamp(NOW, UTC)
    patch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: moment)
    yield
    patch.undo()


def target_of(key: str, query: dict[str, str]) -> str:
    path = "/bkt/" + quote(key, safe="/~")
    text = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in query.items())
    return f"{path}?{text}" if text else path


def theirs(token: str | None) -> botocore.credentials.Credentials:
    return botocore.credentials.Credentials(KEYS.access_key, KEYS.secret_key, token)


def ours(token: str | None) -> Signer:
    return Signer(Credentials(KEYS.access_key, KEYS.secret_key, token), REGION)


def as_request(method: str, url: str, given: dict[str, str]) -> Request:
    pairs = [HOST, *((name.encode(), value.encode()) for name, value in given.items())]
    return Request(method, url.removeprefix(URL).encode(), pairs)


@FEW
@given(keys, queries, headers, st.binary(max_size=40), tokens)
def test_an_authorization_header_of_botocore(
    key: str, query: dict[str, str], given: dict[str, str], body: bytes, token: str | None
) -> None:
    target = target_of(key, query)
    request = botocore.awsrequest.AWSRequest("PUT", URL + target, headers=given, data=body)
    botocore.auth.S3SigV4Auth(theirs(token), "s3", REGION).add_auth(request)
    sent = as_request("PUT", URL + target, dict(request.headers.items()))
    verified = accept(sent)
    digest = hashlib.sha256(body).hexdigest()
    assert verified.payload == Exact(digest)

    plain = as_request("PUT", URL + target, given)
    made = ours(token).sign(plain, now=NOW, payload=digest.encode())
    assert dict(made)[b"authorization"].decode() == request.headers["Authorization"]
    assert accept(with_headers(plain, made)).headers == verified.headers


@FEW
@given(keys, queries, headers, st.integers(1, 604_800), tokens)
def test_a_presigned_url_of_botocore(
    key: str, query: dict[str, str], given: dict[str, str], expires_s: int, token: str | None
) -> None:
    target = target_of(key, query)
    request = botocore.awsrequest.AWSRequest("GET", URL + target, headers=given)
    auth = botocore.auth.S3SigV4QueryAuth(theirs(token), "s3", REGION, expires=expires_s)
    auth.add_auth(request)
    sent = as_request("GET", request.url, given)
    verified = accept(sent)
    assert (verified.payload, verified.expires_at) == (Unsigned(), NOW + expires_s)

    made = ours(token).presign(as_request("GET", URL + target, given), now=NOW, expires_s=expires_s)
    assert sorted(made.split(b"?")[1].split(b"&")) == sorted(sent.target.split(b"?")[1].split(b"&"))


@FEW
@given(queries, st.binary(max_size=40))
def test_a_request_to_another_service(query: dict[str, str], body: bytes) -> None:
    target = target_of("a//b/../c", query)
    request = botocore.awsrequest.AWSRequest("POST", URL + target, data=body)
    botocore.auth.SigV4Auth(THEIRS, "iam", REGION).add_auth(request)
    signer = Signer(KEYS, REGION, "iam", GENERIC)
    payload = hashlib.sha256(body).hexdigest().encode()
    made = signer.sign(as_request("POST", URL + target, {}), now=NOW, payload=payload)
    assert dict(made)[b"authorization"].decode() == request.headers["Authorization"]
