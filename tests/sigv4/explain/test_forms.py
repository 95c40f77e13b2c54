"""Mistakes with browsers' forms, of both versions, each made in a form that botocore signed."""

import base64
import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from sigv4 import Credentials, Request, Scope
from sigv4.explain import MISTAKES, Explanation, Known, Refused, explain
from sigv4.explain.case import FORMS
from sigv4.explain.command import run
from sigv4.explain.material import NoRequest
from sigv4.explain.reading import read_text
from sigv4.explain.text import as_data, as_text
from sigv4.form import Form
from sigv4.form_errors import policy_expired
from sigv4.keys import signing_key
from tests.sigv4.forms import CONTENT_TYPE, body_of
from tests.sigv4.signing import KEYS, REGION

URL: Final = "http://s3.example.com:9000"
OTHER: Final = Credentials("AKIDOTHER", "another/secret")


def client(version: str, credentials: Credentials = KEYS) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=URL,
        region_name=REGION,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.session_token,
        config=Config(signature_version=version, s3={"addressing_style": "path"}),
    )


def made(
    version: str = "s3v4",
    *,
    credentials: Credentials = KEYS,
    fields: Mapping[str, str] | None = None,
    conditions: list[Any] | None = None,
) -> dict[str, str]:
    """A form's fields, by botocore."""
    form = client(version, credentials).generate_presigned_post(
        "bkt", "user/a", Fields=dict(fields or {}), Conditions=conditions or [], ExpiresIn=60
    )
    return dict(form["fields"])


def sent(fields: Mapping[str, str], path: bytes = b"/bkt") -> tuple[Request, bytes]:
    headers = [(b"Host", b"s3.example.com:9000"), (b"Content-Type", CONTENT_TYPE)]
    return Request("POST", path, headers), body_of(fields)


def explained(fields: Mapping[str, str], *known: Credentials, path: bytes = b"/bkt") -> Explanation:
    request, body = sent(fields, path)
    return explain(request, Known(known or (KEYS,), body=body, sigv2=True))


def names(explanation: Explanation) -> list[str]:
    return [step.mistake.name for f in explanation.search.findings for step in f.steps]


# A mistaken signer: the policy is botocore's, its signature is made of something else.

Change = Callable[[bytes], bytes]
MARKS: Final = {"x-amz-meta-a": "~~~???>>>"}  # whose base64 has + and /


def signed_as(change: Change, *, sent_as: Change = bytes) -> dict[str, str]:
    """The policy after ``change`` is signed; after ``sent_as`` it stands in the form."""
    fields = made(fields=MARKS, conditions=[MARKS])
    policy = fields["policy"].encode()
    signature = signing_key(KEYS.secret_key, scope_of(fields)).sign(change(policy)).decode()
    return {**fields, "policy": sent_as(policy).decode(), "x-amz-signature": signature}


def scope_of(fields: Mapping[str, str]) -> Scope:
    _, date, region, service, _ = fields["x-amz-credential"].split("/")
    return Scope(date, region, service)


def rewritten(**options: Any) -> Change:
    return lambda policy: base64.b64encode(
        json.dumps(json.loads(base64.b64decode(policy)), **options).encode()
    )


def wrapped(policy: bytes) -> bytes:
    return base64.encodebytes(base64.b64decode(policy))


def of_urls(policy: bytes) -> bytes:
    found = base64.urlsafe_b64encode(base64.b64decode(policy))
    assert found != policy
    return found


def as_of_a_request() -> dict[str, str]:
    dated = made()

    def text(policy: bytes) -> bytes:
        digest = hashlib.sha256(policy).hexdigest()
        return f"AWS4-HMAC-SHA256\n{dated['x-amz-date']}\n{scope_of(dated)}\n{digest}".encode()

    signature = signing_key(KEYS.secret_key, scope_of(dated)).sign(text(dated["policy"].encode()))
    return {**dated, "x-amz-signature": signature.decode()}


def by_version_2() -> dict[str, str]:
    fields = made()
    digest = hmac.digest(KEYS.secret_key.encode(), fields["policy"].encode(), "sha1")
    return {**fields, "x-amz-signature": base64.b64encode(digest).decode()}


def version_2_by_sha256() -> dict[str, str]:
    fields = made("s3")
    digest = hmac.digest(KEYS.secret_key.encode(), fields["policy"].encode(), "sha256")
    return {**fields, "signature": base64.b64encode(digest).decode()}


def of_another_region() -> dict[str, str]:
    fields = made()
    scope = scope_of(fields)._replace(region="eu-west-1")
    signature = signing_key(KEYS.secret_key, scope).sign(fields["policy"].encode()).decode()
    return {**fields, "x-amz-signature": signature}


def with_a_line_feed(version: str) -> dict[str, str]:
    return made(version, credentials=Credentials(KEYS.access_key, KEYS.secret_key + "\n"))


CASES: Final[tuple[tuple[str, Callable[[], Mapping[str, str]]], ...]] = (
    ("policy-signed-in-another-form", lambda: signed_as(base64.b64decode)),
    (
        "policy-signed-in-another-form",
        lambda: signed_as(lambda policy: hashlib.sha256(policy).hexdigest().encode()),
    ),
    ("policy-signed-in-another-form", as_of_a_request),
    ("policy-with-other-white-space", lambda: signed_as(lambda policy: policy + b"\n")),
    ("policy-with-other-white-space", lambda: signed_as(wrapped)),
    (
        "policy-with-other-white-space",
        lambda: signed_as(wrapped, sent_as=lambda p: wrapped(p).replace(b"\n", b"\r\n")),
    ),
    (
        "policy-with-other-white-space",
        lambda: signed_as(bytes, sent_as=lambda policy: policy.replace(b"+", b" ")),
    ),
    ("policy-encoded-again", lambda: signed_as(rewritten(indent=2))),
    ("policy-encoded-again", lambda: signed_as(rewritten(separators=(",", ":")))),
    ("policy-encoded-again", lambda: signed_as(of_urls)),
    ("policy-signed-by-another-version", by_version_2),
    ("policy-signed-by-another-version", version_2_by_sha256),
    ("region-of-the-key", of_another_region),
    ("secret-with-white-space", lambda: with_a_line_feed("s3v4")),
    ("secret-with-white-space", lambda: with_a_line_feed("s3")),
)


@pytest.mark.parametrize(("name", "make"), CASES)
def test_a_mistake_with_a_form_is_found(name: str, make: Callable[[], Mapping[str, str]]) -> None:
    explanation = explained(make())
    assert explanation.refusal is not None
    assert explanation.refusal.code == "SignatureDoesNotMatch"
    assert names(explanation)[0] == name
    assert f"PROVEN  {name}: " in as_text(explanation)


def test_every_mistake_with_forms_alone_is_made_here() -> None:
    assert {name for name, _ in CASES} >= {m.name for m in MISTAKES if m.schemes <= FORMS}


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_right_form_is_said_to_be_right(version: str) -> None:
    explanation = explained(made(version))
    assert (explanation.refusal, explanation.is_right) == (None, True)


def test_two_mistakes_with_a_form_are_found() -> None:
    fields = with_a_line_feed("s3v4")
    policy = fields["policy"].encode()
    key = signing_key(KEYS.secret_key + "\n", scope_of(fields))
    explanation = explained({**fields, "x-amz-signature": key.sign(wrapped(policy)).decode()})
    assert sorted(names(explanation)) == [
        "policy-with-other-white-space",
        "secret-with-white-space",
    ]


def test_a_secret_of_another_key() -> None:
    fields = made(credentials=Credentials(KEYS.access_key, OTHER.secret_key))
    assert names(explained(fields, KEYS, OTHER)) == ["secret-of-another-key"]


ADVICE: Final[tuple[tuple[str, Callable[[], Mapping[str, str]], str], ...]] = (
    (
        "AccessDenied",
        lambda: {**made(fields={"acl": "private"}, conditions=[{"acl": "private"}]), "acl": "x"},
        "field 'acl' is 'x', which the policy does not allow",
    ),
    (
        "AccessDenied",
        lambda: made(conditions=[["starts-with", "$Content-Type", "image/"]]),
        "no field 'Content-Type' before its file",
    ),
    (
        "AccessDenied",
        lambda: {**made(), "x-amz-meta-a": "b"},
        '["starts-with", "$x-amz-meta-a", ""]',
    ),
    (
        "InvalidArgument",
        lambda: {name: value for name, value in made().items() if name != "x-amz-date"},
        "send `file` last",
    ),
)


@pytest.mark.parametrize(("code", "make", "said"), ADVICE)
def test_a_refused_form_is_turned_into_advice(
    code: str, make: Callable[[], Mapping[str, str]], said: str
) -> None:
    explanation = explained(make())
    assert explanation.refusal is not None
    assert explanation.refusal.code == code
    assert said in " ".join(explanation.advice)
    assert explanation.is_explained


def test_a_form_for_another_bucket() -> None:
    assert "for another bucket" in explained(made(), path=b"/other").advice[0]


def test_a_form_that_is_too_old() -> None:
    request, body = sent(made())
    explanation = explain(request, Known((KEYS,), body=body), now=4_000_000_000)
    assert explanation.refusal is not None
    assert (explanation.refusal.message, explanation.is_right) == (policy_expired().message, True)
    assert "too old" in explanation.advice[0]


def test_version_2_that_is_not_taken_names_the_cure() -> None:
    request, body = sent(made("s3"))
    explanation = explain(request, Known((KEYS,), body=body))
    assert explanation.refusal is not None
    assert explanation.refusal.code == "InvalidRequest"
    assert 'signature_version="s3v4"' in explanation.advice[1]
    assert explanation.is_right


def test_a_kept_form_without_its_signature_is_explained_all_the_same() -> None:
    fields = with_a_line_feed("s3v4")
    kept = Form(tuple({**fields, "x-amz-signature": "(hidden)"}.items()), None, 0)
    digest = hashlib.sha256(fields["x-amz-signature"].encode()).hexdigest()
    refused = Refused(policy_expired(), digest)
    request, _ = sent(fields)
    explanation = explain(request, Known((KEYS,), form=kept), refused=refused)
    assert names(explanation) == ["secret-with-white-space"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "its body is not at hand"),
        (b"", "ends before its file"),
        (b"--wrong", "ends before its file"),
        (body_of({"key": "a", "x-amz-signature": "0"}), "has no policy, x-amz-credential"),
        (body_of({"key": "a", "AWSAccessKeyId": "b", "policy": "c"}), "has no signature"),
        (body_of({**dict.fromkeys(made(), "-"), "x-amz-credential": "a"}), "not KEY/YYYYMMDD"),
        (
            body_of({**made(), "x-amz-date": "yesterday"}),
            "no valid date in the field x-amz-date",
        ),
        (body_of({"key": "a"}).replace(b"form-data", b"nothing"), "the form cannot be read"),
    ],
)
def test_what_cannot_be_read_of_a_form_is_named(body: bytes | None, said: str) -> None:
    request, _ = sent({})
    explanation = explain(request, Known((KEYS,), body=body))
    assert said in explanation.unreadable
    assert explanation.case is None


def test_a_token_in_a_policy_is_not_shown() -> None:
    token = "FwoGZXIvYXdzEXAMPLE"
    temporary = Credentials(KEYS.access_key, "wrong", token)
    explanation = explained(made(credentials=temporary), replace(KEYS, session_token=token))
    said = as_text(explanation) + json.dumps(as_data(explanation))
    assert token not in said
    assert '"x-amz-security-token": "(hidden)"' in as_text(explanation)


# From files and command lines


def test_a_form_as_boto3_gives_it(tmp_path: Path) -> None:
    form = client("s3v4").generate_presigned_post("bkt", "user/a")
    path = tmp_path / "form.json"
    path.write_text(json.dumps(form))
    environment = {"AWS_ACCESS_KEY_ID": KEYS.access_key, "AWS_SECRET_ACCESS_KEY": "another"}
    for secret, status, said in (
        (KEYS.secret_key, 0, "The verifier accepts this request"),
        ("another", 1, "hypotheses makes the signature that was sent"),
    ):
        out = io.StringIO()
        with redirect_stdout(out):
            found = run([str(path)], {**environment, "AWS_SECRET_ACCESS_KEY": secret})
        assert (found, said in out.getvalue()) == (status, True)
        assert "POST /bkt by form" in out.getvalue()


@pytest.mark.parametrize("text", ["{", "{}", '{"url": "x"}', '{"url": "x", "fields": []}'])
def test_json_that_is_no_form_says_so(text: str) -> None:
    with pytest.raises(NoRequest, match="no `url` and `fields`"):
        read_text(text.encode(), lambda _: b"")


def test_a_form_of_curl() -> None:
    fields = made()
    line = "curl " + " ".join(f"--form-string '{n}={v}'" for n, v in fields.items())
    line += f" -F 'file=@photo.png;type=image/png' -F success=1 {URL}/bkt"
    material = read_text(line.encode(), lambda name: name.encode())
    assert material.request.method == "POST"
    assert b"photo.png" in (material.body or b"")
    explanation = explain(material.request, Known((KEYS,), body=material.body))
    assert (explanation.refusal, explanation.is_right) == (None, True)


def test_parts_of_a_form_of_curl() -> None:
    line = "curl -F a=b;type=text/plain -F 'c=<file' -F 'd=@dir/e;filename=f' http://h/b"
    body = read_text(
        line.replace("b;type", "'b;type").replace("plain", "plain'").encode(), str.encode
    ).body
    assert body is not None
    parts = re.findall(rb"form-data; ([^\r]*)\r\n\r\n([^\r]*)", body)
    assert parts == [
        (b'name="a"', b"b"),
        (b'name="c"', b"file"),
        (b'name="d"; filename="f"', b"dir/e"),
    ]
