"""Records that say what is not so: none of them passes, and each failure names its step."""

import base64
import runpy
import sys
from typing import Any

import pytest

from sigv4 import ECDSA_SHA256, KeyCache
from sigv4.chunked import ChunkSigner
from sigv4.ecdsa import EcdsaKey
from sigv4.keys import ecdsa_key
from sigv4.vectors import Outcome, run
from tests.sigv4.signing import (
    EMPTY,
    HOST,
    KEYS,
    NOW,
    REGION,
    SIGNED_4A,
    by_header,
    by_url,
    streaming,
)

Record = dict[str, Any]
WRONG = "SignatureDoesNotMatch"


def shape(request: Any, body: bytes = b"") -> Record:
    """A request as records have it."""
    return {
        "method": request.method,
        "target": request.target.decode(),
        "headers": [[name.decode(), value.decode()] for name, value in request.headers],
        "body_b64": base64.b64encode(body).decode(),
    }


def record(kind: str, **fields: Any) -> Record:
    return {
        "name": "a",
        "kind": kind,
        "algorithm": "AWS4-HMAC-SHA256",
        "service": "s3",
        "region": REGION,
        "timestamp": "20260821T101112Z",
        "credentials": {
            "access_key_id": KEYS.access_key,
            "secret_access_key": KEYS.secret_key,
            "session_token": None,
        },
        "options": {},
        "expected": {},
        **fields,
    }


def outcome(vector: Record) -> Outcome:
    (found,) = run([vector])
    return found


def server(request: Any, keys: Record | None = None, **expected: Any) -> Outcome:
    return outcome(
        record(
            "server",
            request=shape(request),
            server={
                "now": "20260821T101112Z",
                "region": REGION,
                "anonymous": "deny",
                "credentials": [
                    {"access_key_id": KEYS.access_key, "secret_access_key": KEYS.secret_key}
                    | (keys or {})
                ],
            },
            expected={
                "accept": False,
                "status": 403,
                "code": WRONG,
                "confidence": "aws-recorded",
                **expected,
            },
        )
    )


ANONYMOUS = by_header()._replace(headers=[HOST])


def test_an_anonymous_request_where_none_is_served() -> None:
    assert server(ANONYMOUS, code="AccessDenied").result == "passed"
    assert server(ANONYMOUS, code="AccessDenied", message="Access Denied").result == "passed"
    assert server(ANONYMOUS, code="AccessDenied", message="Denied").step == "message"
    assert server(ANONYMOUS, code=WRONG).step == "code"
    assert server(ANONYMOUS, code=None, status=500).step == "status class"
    assert server(ANONYMOUS, code=None, status=401).step == "status"


def test_the_fields_of_an_error_document_are_held_to_a_recording() -> None:
    request = by_header(headers=[(b"x-amz-meta-a", b"1")])
    request = request._replace(headers=[*request.headers, (b"x-amz-meta-b", b"2")])
    for value, result in (("x-amz-meta-b", "passed"), ("x-amz-meta-a", "failed")):
        found = server(request, code="AccessDenied", detail={"HeadersNotSigned": value})
        assert found.result == result
    request = by_header()._replace(method="PUT")
    for value, result in (("AWS4-HMAC-SHA256", "passed"), ("AWS4-HMAC", "failed")):
        assert server(request, detail={"StringToSign_first_line": value}).result == result
    assert server(request, detail={"Nothing_first_line": ""}).result == "passed"


@pytest.mark.parametrize(
    ("keys", "code", "status"),
    [
        ({"session_token": "a"}, "InvalidAccessKeyId", 403),
        ({"access_key_id": "other"}, "InvalidAccessKeyId", 403),
        ({"secret_access_key": "other"}, WRONG, 403),
    ],
)
def test_a_key_that_the_server_does_not_have(keys: Record, code: str, status: int) -> None:
    assert server(by_header(), keys, code=code, status=status).result == "passed"
    assert server(by_header(), keys, code="Other", status=status).step == "code"
    accepted = server(by_header(), keys, accept=True)
    assert (accepted.step, str(accepted.found).partition(":")[0]) == ("outcome", code)


def test_a_token_that_no_key_has() -> None:
    request = by_header(headers=[(b"x-amz-security-token", b"t")])
    assert server(request, code="InvalidToken", status=400).result == "passed"


def behaviour(method: str = "PUT", unlike: Record | None = None, **expected: Any) -> Outcome:
    return outcome(
        record(
            "behaviour",
            auth="V4AuthHeaders",
            request=shape(by_header()._replace(method=method)),
            expected={
                "status": 403,
                "code": WRONG,
                "message_contains": None,
                "body_contains": [],
                "not": unlike,
                **expected,
            },
        )
    )


def test_a_recorded_answer_is_held_to_its_code_and_its_texts() -> None:
    assert behaviour().result == "passed"
    assert behaviour(status=400).step == "status"
    assert behaviour(code="InvalidToken").step == "code"
    assert behaviour(message_contains="signature we calculated").result == "passed"
    assert behaviour(message_contains="nothing").step == "message"
    assert behaviour(body_contains=[f"<Code>{WRONG}</Code>"]).result == "passed"
    assert behaviour(body_contains=["<Code>"]).result == "passed"
    assert behaviour(body_contains=["<HostId>"]).step == "error document"
    assert behaviour(status=200, code=None).step == "status"
    assert behaviour("GET", status=206, code=None).result == "passed"
    assert behaviour(body_not_contains=["<HostId>"]).result == "passed"
    step = behaviour(body_not_contains=["StringToSign"]).step
    assert step == "error document without StringToSign"
    assert behaviour(status=None).note == "no answer was recorded"
    assert behaviour(status=None, unlike={"status": 200}).result == "passed"
    assert behaviour(status=None, unlike={"status": 403}).step == "no status 403"
    for more in ({"headers": {"a": "b"}}, {"body_equals_b64": "YQ=="}):
        told = behaviour("GET", status=200, code=None, **more)
        assert (told.result, str(told.note).partition(";")[0]) == ("not applicable", "accepted")
        assert behaviour(status=200, code=None, **more).step == "status"
    elsewhere = behaviour(status=400, code="NoSuchBucket")
    assert (elsewhere.result, elsewhere.note) == (
        "not applicable",
        "NoSuchBucket is for another layer to say",
    )


def test_a_string_is_signed_by_4a_or_it_is_not() -> None:
    key = ecdsa_key(KEYS.access_key, KEYS.secret_key)
    for signature, result in ((key.sign(b"text"), "passed"), (key.sign(b"other"), "failed")):
        vector = record(
            "string-to-sign",
            algorithm=ECDSA_SHA256.decode(),
            region_set="*",
            expected={"string_to_sign": "text", "signature": signature.decode()},
        )
        assert outcome(vector).result == result


def form(fields: list[list[str]], **expected: Any) -> Outcome:
    return outcome(
        record(
            "post-eval",
            server={"now": "20260821T101112Z", "bucket_in_url": "bkt"},
            form={"fields": fields},
            expected={"accept": True, "code": None, "status": None, "message": None, **expected},
        )
    )


def test_a_form_without_a_signature_is_nobodys() -> None:
    assert form([["key", "k"]]).result == "passed"
    refused = form([["key", "k"]], accept=False, code=WRONG)
    assert (refused.step, refused.found) == ("outcome", "accepted")


def sigv2(target: str, string: str, signature: str) -> Outcome:
    return outcome(
        record(
            "sigv2",
            algorithm="AWS-HMAC-SHA1",
            request={"method": "GET", "target": target, "headers": [["Host", "s3.amazonaws.com"]]},
            options={"signature_location": "query"},
            expected={"string_to_sign": string, "signature": signature},
        )
    )


def test_a_url_of_version_2_is_one_or_it_is_not() -> None:
    string = "GET\n\n\n1800000000\n/bkt/k"
    target = f"/bkt/k?Expires=1800000000&AWSAccessKeyId={KEYS.access_key}&Signature="
    wrong = sigv2(target + "AAAA", string, "AAAA")
    assert (wrong.step, wrong.expected) == ("signature", "AAAA")
    right = str(wrong.found)
    assert sigv2(target + right.replace("+", "%2B"), string, right).result == "passed"
    refused = sigv2(target + "AAAA", string, right)
    assert (refused.step, str(refused.found).partition(":")[0]) == ("verifier", WRONG)
    hidden = sigv2("/bkt/k?Expires=1800000000&a-Signature=", string, right)
    assert (hidden.step, hidden.found) == ("verifier", "another request")


def test_a_request_that_says_nothing_of_its_headers() -> None:
    vector = record("wire-header", signed_request=shape(ANONYMOUS))
    assert outcome(vector).step == "signed headers"


def test_a_request_that_only_looks_signed() -> None:
    request = ANONYMOUS._replace(target=b"/?SignedHeaders=host")
    vector = record("wire-header", signed_request=shape(request), expected={})
    for step in ("canonical_request", "string_to_sign", "signature"):
        vector["expected"][step] = ""
        found = outcome(vector)
        assert found.step == step.replace("_", " ")
        vector["expected"][step] = found.found
    found = outcome(vector)
    assert (found.step, found.found) == ("verifier", "no signature of version 4")


def test_what_a_client_left_unsigned_need_not_be_said() -> None:
    vector = record(
        "wire-header", signed_request=shape(by_header()), options={"payload_hash": EMPTY.decode()}
    )
    for step in ("canonical_request", "string_to_sign", "signature"):
        vector["expected"][step] = ""
        vector["expected"][step] = outcome(vector).found
    assert outcome(vector).result == "passed"
    vector["expected"]["unsigned_headers"] = ["a"]
    assert outcome(vector).step == "unsigned headers"


def test_a_public_key_need_not_be_said() -> None:
    vector = record(
        "key-derivation", algorithm=ECDSA_SHA256.decode(), region_set="*", expected={"counter": 1}
    )
    assert outcome(vector).result == "passed"
    vector["expected"]["private_key"] = "0" * 64
    assert outcome(vector).step == "private key"


def stream_4a() -> Record:
    """A stream of one chunk and the last."""
    request, pieces = streaming(SIGNED_4A, [b"abc"])
    vector = record(
        "stream",
        algorithm=ECDSA_SHA256.decode(),
        region_set=REGION,
        signed_request=shape(request, b"".join(pieces)),
        options={"payload_hash": SIGNED_4A.decode()},
    )
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    expected = vector["expected"]
    expected["decoded_sha256"] = digest
    for step in ("canonical_request", "string_to_sign"):
        expected[step] = ""
        expected[step] = outcome(vector).found
    authorization = dict(vector["signed_request"]["headers"])["authorization"]
    expected["signature"] = authorization.rpartition("Signature=")[2]
    key = KeyCache().pair(KEYS.access_key, KEYS.secret_key)
    seed = expected["signature"].encode()
    signer = ChunkSigner(key, b"20260821T101112Z", b"20260821/s3/aws4_request", seed)
    expected["chunks"] = []
    for offset, length, sha256 in ((0, 3, digest.encode()), (3, 0, EMPTY)):
        text = signer.chunk_string(sha256)
        signature = signer.sign(text).decode().rstrip("*")
        expected["chunks"].append(
            {
                "offset": offset,
                "length": length,
                "string_to_sign": text.decode(),
                "signature": signature,
            }
        )
    return vector


def test_a_body_carries_the_signatures_that_the_record_lists() -> None:
    vector = stream_4a()
    assert outcome(vector).result == "passed", outcome(vector)
    last = vector["expected"]["chunks"][-1]
    text = last["string_to_sign"].encode()
    last["signature"] = another(text).decode()
    assert outcome(vector).step == "signatures in the body"


def another(text: bytes) -> bytes:
    """A signature as right as the deterministic one."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ecdsa_key(KEYS.access_key, KEYS.secret_key)
    return key._private.sign(text, ECDSA(SHA256())).hex().encode()


def test_a_body_that_is_refused_fails() -> None:
    vector = stream_4a()
    body = base64.b64decode(vector["signed_request"]["body_b64"]).replace(b"abc", b"abd")
    vector["signed_request"]["body_b64"] = base64.b64encode(body).decode()
    found = outcome(vector)
    assert (found.step, str(found.found).partition(":")[0]) == ("body", WRONG)


def test_a_template_is_signed_and_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "AWS4-ECDSA-P256-SHA256-PAYLOAD\n20260821T101112Z\n20260821/s3/aws4_request\n"
    empty = EMPTY.decode()
    vector = record(
        "v4a-chunked-template",
        algorithm=ECDSA_SHA256.decode(),
        region_set=REGION,
        request=shape(by_url()._replace(method="PUT", target=b"/bkt/k")),
        options={"payload_hash": SIGNED_4A.decode()},
        expected={
            "chunk_signature_length": 144,
            "canonical_request": "PUT\n/bkt/k\n\nhost:s3.example.com\n\nhost\n-",
            "chunks": [
                {
                    "string_to_sign_prefix": text,
                    "string_to_sign_suffix": f"\n{empty}\n{empty}",
                    "data_b64": "",
                }
            ],
        },
    )
    assert outcome(vector).result == "passed", outcome(vector)
    monkeypatch.setattr(EcdsaKey, "verifies", lambda *_: False)
    assert outcome(vector).step == "chunk 1: signature"


def test_the_module_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sigv4"])
    monkeypatch.delitem(sys.modules, "sigv4.__main__", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("sigv4", run_name="__main__")
    assert ended.value.code == 2


assert NOW == 1_787_307_072, "the timestamp of these records"
