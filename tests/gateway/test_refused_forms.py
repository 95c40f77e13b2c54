"""Refused forms and URLs of Signature Version 2: kept without secrets, explained by their id."""

import base64
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from gateway.observe.refused import Record, decode, encode, record_of
from gateway.observe.ring import RECORD_BYTES_MAX
from sigv4 import Credentials, Form, Request, Signer
from sigv4.explain import Explanation, Known, explain
from tests.gateway.test_refused import REFUSED, Sent, refused_id, why
from tests.serving import KEY, SECRET, Server, serving
from tests.sigv4.explain.test_forms import made, sent
from tests.sigv4.explain.test_v2 import by_url
from tests.sigv4.forms import CONTENT_TYPE, body_of
from tests.sigv4.signing import KEYS

TOKEN = "very/secret+token=="
MISTYPED = Credentials(KEYS.access_key, KEYS.secret_key + "\n")


def kept(request: Request, fields: Mapping[str, str] | None = None) -> Record:
    form = Form(tuple(fields.items()), None, 0) if fields is not None else None
    record = record_of(Sent(request), REFUSED, request_id="0" * 16, now_ms=1, form=form)
    raw = encode(record)
    assert len(raw) <= RECORD_BYTES_MAX
    found = decode(raw)
    assert found is not None
    return found


def explained(record: Record) -> Explanation:
    known = Known((KEYS,), form=record.as_form(), sigv2=True)
    return explain(record.request(), known, refused=record.refused())


def names(explanation: Explanation) -> list[str]:
    return [step.mistake.name for f in explanation.search.findings for step in f.steps]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_kept_form_is_explained_without_its_signature(version: str) -> None:
    fields = made(version, credentials=MISTYPED)
    request, _ = sent(fields)
    record = kept(request, fields)
    assert (fields.get("x-amz-signature") or fields["signature"]) not in repr(record)
    assert record.hidden == []
    assert names(explained(record)) == ["secret-with-white-space"]


def test_a_policy_with_a_token_is_not_kept() -> None:
    fields = made(credentials=replace(MISTYPED, session_token=TOKEN))
    request, _ = sent(fields)
    record = kept(request, fields)
    assert TOKEN not in repr(record)
    assert fields["policy"] not in repr(record)
    assert sorted(record.hidden) == ["policy", "x-amz-security-token"]
    assert "held secrets" in explained(record).unreadable


@pytest.mark.parametrize(
    "policy",
    [
        "not base64",
        base64.b64encode(b'{"conditions": [{"x-amz-security-\\u0074oken": "abc"}]}').decode(),
    ],
)
def test_a_policy_that_cannot_be_looked_into_is_not_kept(policy: str) -> None:
    fields = {**made(), "policy": policy}
    assert policy not in repr(kept(sent(fields)[0], fields))


def test_of_a_large_form_what_is_signed_is_kept_if_it_fits() -> None:
    fields = made(credentials=MISTYPED)
    request, _ = sent(fields)
    assert names(explained(kept(request, {**fields, "x-ignore-a": "a" * 9_000}))) == [
        "secret-with-white-space"
    ]
    larger = kept(request, {**fields, "policy": fields["policy"] * 40})
    assert larger.as_form() is None
    assert explained(larger).case is None


def test_a_kept_url_of_version_2_is_explained_without_its_signature() -> None:
    request = by_url(credentials=MISTYPED)
    record = kept(request)
    assert b"Signature=(hidden)" in record.target
    assert names(explained(record)) == ["secret-with-white-space"]


def test_of_a_url_of_version_2_with_a_token_nothing_is_computed() -> None:
    record = kept(by_url(credentials=replace(MISTYPED, session_token=TOKEN)))
    assert TOKEN not in repr(record)
    assert "held secrets" in explained(record).unreadable


# Over the wire


def posted(server: Server, fields: Mapping[str, str]) -> bytes:
    return answered(server, "POST", body_of(fields), {"Content-Type": CONTENT_TYPE.decode()})


def answered(
    server: Server,
    method: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    target: str = "/bkt",
) -> bytes:
    connection = HTTPConnection(*server.address, timeout=30)
    connection.request(method, target, body, headers or {})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def form(change: Callable[[str], str], **fields: str) -> dict[str, str]:
    signer = Signer(Credentials(KEY, change(SECRET)), "us-east-1")
    made = signer.post_form("bkt", "k", now=int(time.time()), expires_s=60)
    return {**made, **fields}


def test_the_operator_asks_why_a_form_was_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "1") as server:
        mistyped = refused_id(posted(server, form(lambda secret: secret + "\r")))
        status, said = why(server, data, mistyped)
        assert status == 0, said
        assert "POST /bkt by form" in said
        assert "PROVEN  secret-with-white-space" in said
        assert '"conditions"' in said
        extra = refused_id(posted(server, form(str, acl="public-read")))
        status, said = why(server, data, extra)
        assert status == 0, said
        assert "sends a field 'acl' that its policy does not mention" in said
        assert "PROVEN  The signature is right: secret and policy agree" in said


def test_the_answer_to_a_form_explains_where_the_operator_allows_it(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1", "--explain-in-answer", "on") as server:
        answer = posted(server, form(lambda secret: f'"{secret}"'))
        assert b"<Explanation>secret-with-quotes: " in answer


def test_the_operator_asks_why_a_url_of_version_2_was_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    pair = Credentials(KEY, SECRET)
    with serving(data, "--workers", "1", "--sigv2", "on") as server:
        host = ":".join(str(part) for part in server.address)
        request = by_url(credentials=pair, host=host, now=int(time.time()))
        answer = answered(server, "HEAD", target=request.target.decode())
        assert answer == b""
        request_id = why(server, data)[1].split()[0]
        status, said = why(server, data, request_id)
        assert status == 0, said
        assert "PROVEN  method: " in said
        assert os.fspath(data) not in said
