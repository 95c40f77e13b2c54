"""What holds for every request: ours verifies, and with anything changed it does not."""

import hashlib
import string
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sigv4 import (
    Anonymous,
    Credentials,
    KeyCache,
    Request,
    SigError,
    Signer,
    Unsigned,
    check,
    read,
)
from sigv4.canonical import canonical_path, canonical_query
from sigv4.encoding import encode, encode_path, reencode, reencode_path
from tests.sigv4.signing import (
    HOST,
    KEYS,
    NOW,
    REGION,
    accept,
    by_header,
    by_url,
    header,
    replaced,
    upload,
)

TOKEN = string.ascii_letters + string.digits + "-_"
keys = st.binary(max_size=40).map(lambda raw: b"/bkt/" + encode_path(raw))
words = st.binary(max_size=12).map(encode)
queries = st.lists(st.tuples(words, st.none() | words), max_size=5).map(
    lambda pairs: b"&".join(
        b"p" + name if value is None else b"p" + name + b"=" + value for name, value in pairs
    )
)
values = st.binary(max_size=20).map(
    lambda raw: bytes(byte for byte in raw if byte >= 32 and byte != 127).strip()
)
extra = st.lists(
    st.tuples(
        st.text(TOKEN, min_size=1, max_size=8).map(lambda name: b"x-amz-meta-" + name.encode()),
        values,
    ),
    max_size=4,
)
methods = st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"])
targets = st.builds(lambda path, query: path + b"?" + query if query else path, keys, queries)
FEW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@FEW
@given(methods, targets, extra)
def test_what_our_signer_signs_our_verifier_accepts(
    method: str, target: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    request = by_header(method, target, headers, payload=b"UNSIGNED-PAYLOAD")
    verified = accept(request)
    assert (verified.access_key, verified.payload) == (KEYS.access_key, Unsigned())
    assert all(name.lower() in verified.headers for name, _ in headers)
    assert accept(by_url(method, target, headers)).location == "query"


@FEW
@given(
    st.text(TOKEN + "/+=:é中", min_size=1, max_size=20),
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.none() | st.text(TOKEN, min_size=1),
)
def test_any_credentials_will_do(access_key: str, secret: str, token: str | None) -> None:
    credentials = Credentials(access_key, secret, token)
    signer = Signer(credentials, REGION)
    for request in (by_header(signer=signer), by_url(signer=signer)):
        claim = read(request, now=NOW, regions=(REGION,))
        assert not isinstance(claim, Anonymous)
        assert (claim.unverified_access_key, claim.session_token) == (access_key, token)
        assert check(claim, secret, KeyCache()).access_key == access_key


@FEW
@given(targets, extra, st.data())
def test_no_byte_of_what_is_signed_can_be_changed(
    target: bytes, headers: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    """Unless both say the same: %7e and ~, the order of parameters, case of a name."""
    by_either = (by_header("PUT", target, headers), by_url("PUT", target, headers))
    request = data.draw(st.sampled_from(by_either))
    fields = ["method", "target", *range(len(request.headers))]
    field = data.draw(st.sampled_from(fields))
    flip = data.draw(st.integers(1, 255))
    if field == "method":
        changed = request._replace(method="GET")
    elif field == "target":
        changed = request._replace(target=_flipped(request.target, flip, data))
        assume(_meaning(changed) != _meaning(request))
    else:
        assert isinstance(field, int)
        name, value = request.headers[field]
        assume(value and name.lower() != b"authorization")
        new = _flipped(value, flip, data)
        assume(new.split() != value.split())
        listed = list(request.headers)
        listed[field] = (name, new)
        changed = request._replace(headers=listed)
    try:
        verified = accept(changed)
    except SigError as error:
        refusal: SigError | None = error
    else:
        refusal = None
        # Only a URL that lost every mark of authentication may pass, as nobody's.
        assert verified.access_key is None
    assert refusal is None or refusal.status in (400, 403, 411, 501)


def _flipped(raw: bytes, flip: int, data: st.DataObject) -> bytes:
    position = data.draw(st.integers(0, len(raw) - 1))
    return raw[:position] + bytes([raw[position] ^ flip]) + raw[position + 1 :]


def _meaning(request: Request) -> tuple[bytes, bytes]:
    path, _, query = request.target.partition(b"?")
    return canonical_path(path), canonical_query(query)


@FEW
@given(st.integers(0, 63), st.sampled_from("0123456789abcdefABCDEF.\u00e9"))
def test_no_digit_of_a_signature_can_be_changed(position: int, digit: str) -> None:
    for request in (by_header(), by_url()):
        in_url = b"X-Amz-Signature=" in request.target
        whole = request.target if in_url else header(request, b"authorization")
        start = len(whole) - 64 + position
        assume(whole[start : start + 1] != digit.encode())
        new = whole[:start] + digit.encode() + whole[start + 1 :]
        changed = (
            request._replace(target=new) if in_url else replaced(request, b"authorization", new)
        )
        try:
            accept(changed)
        except SigError as error:
            code = error.code
        else:
            code = "accepted"
        assert code in ("SignatureDoesNotMatch", "AuthorizationQueryParametersError")


@FEW
@given(st.binary(max_size=60))
def test_encoding_twice_is_encoding_once(raw: bytes) -> None:
    assert reencode(reencode(raw)) == reencode(raw)
    assert reencode_path(reencode_path(b"/" + raw)) == reencode_path(b"/" + raw)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=30))
def test_the_fast_path_says_what_the_slow_one_says(raw: bytes) -> None:
    slow = quote_from_bytes(unquote_to_bytes(raw.replace(b"+", b" ")), safe="~").encode()
    assert reencode(raw) == slow
    path = b"/" + raw
    assert reencode_path(path) == quote_from_bytes(unquote_to_bytes(path), safe="/~").encode()


@FEW
@given(queries)
def test_a_canonical_query_is_canonical(query: bytes) -> None:
    once = canonical_query(query)
    assert canonical_query(once) == once
    assert canonical_query(b"&".join(reversed(query.split(b"&")))) == once


@FEW
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_hash_binds_the_body(body: bytes, other: bytes) -> None:
    request = by_header("PUT", payload=hashlib.sha256(body).hexdigest().encode())
    assert upload(request, body) == (body, {})
    assume(other != body)
    try:
        upload(request, other)
    except SigError as error:
        code = error.code
    else:
        code = "accepted"
    assert code == "XAmzContentSHA256Mismatch"


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([b"GET", b"PUT"]),
    st.binary(max_size=60),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"authorization",
                    b"x-amz-date",
                    b"date",
                    b"x-amz-content-sha256",
                    b"x-amz-security-token",
                    b"x-amz-trailer",
                    b"x-amz-decoded-content-length",
                    b"content-encoding",
                    b"host",
                ]
            ),
            st.binary(max_size=40)
            | st.sampled_from(
                [
                    b"",
                    b"AWS4-HMAC-SHA256 ",
                    b"AWS4-HMAC-SHA256 Credential=a/20260821/us-east-1/s3/aws4_request,"
                    b"SignedHeaders=host,Signature=a",
                    b"20260821T101112Z",
                    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                    b"9" * 19,
                    b"Fri, 21 Aug 2026 10:11:12 -0000",
                ]
            ),
        ),
        max_size=6,
    ),
)
def test_ceph_72669_no_input_fails_otherwise_than_by_refusal(
    method: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    """Nothing but a SigError comes out, whatever comes in."""
    request = Request(method.decode(), b"/bkt/key?" + query, [HOST, *headers])
    try:
        found = accept(request).access_key
    except SigError as error:
        found, status = "refused", error.status
        refusals = {400, 403, 411, 501}
    else:
        status, refusals = 200, {200}
    assert status in refusals
    assert found in (None, "refused")
