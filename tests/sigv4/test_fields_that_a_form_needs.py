"""Which fields a form must have, each once, and of which form: algorithm, credential and date."""

import base64
import json

import pytest

from sigv4 import Credentials, FormClaim, FormFile, Signer, read_form
from tests.sigv4.forms import (
    ARGUMENT,
    CONTENT,
    DENIED,
    accept,
    body_of,
    missing,
    parsed,
    refusal,
    refused,
    resigned,
    shown,
    signed,
    upload,
    without,
)
from tests.sigv4.signing import KEYS, NOW, REGION

V4_FIELDS = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "policy")


def test_a_signed_form_brings_its_file() -> None:
    verified = accept(signed())
    assert (verified.access_key, verified.location) == (KEYS.access_key, "form")
    assert str(verified.scope) == "20260821/us-east-1/s3/aws4_request"
    assert isinstance(verified.payload, FormFile)
    assert verified.payload.fields["key"] == "user/a"
    assert upload(signed()) == CONTENT
    assert upload(signed(), content=b"") == b""


@pytest.mark.parametrize("name", V4_FIELDS)
def test_a_signed_form_needs_all_fields_of_a_signature(name: str) -> None:
    title = name if name == "policy" else "-".join(word.title() for word in name.split("-"))
    assert refused(without(signed(), name)) == ARGUMENT
    assert shown(without(signed(), name)) == missing(title)


def test_of_several_missing_fields_the_algorithm_is_named() -> None:
    fields = without(signed(), "x-amz-algorithm", "x-amz-credential")
    assert shown(fields) == missing("X-Amz-Algorithm")


@pytest.mark.parametrize(
    "remains", [{"x-amz-date": "20260821T101112Z"}, {"x-amz-security-token": "T"}]
)
def test_the_rest_of_a_signature_is_not_its_absence(remains: dict[str, str]) -> None:
    assert shown({"key": "a", **remains}) == missing("X-Amz-Algorithm")


def test_a_policy_that_nobody_signed_is_refused() -> None:
    assert refused({"key": "a", "policy": "e30="}) == DENIED
    assert refusal({"key": "a", "policy": "e30="}).message == "Access Denied"


def test_a_form_without_any_of_it_is_anonymous() -> None:
    verified = accept({"key": "a", "Content-Type": "text/plain"})
    assert (verified.access_key, verified.location) == (None, "anonymous")
    assert (verified.signed_headers, verified.scope) == (frozenset(), None)
    assert verified.headers == {b"content-type": b"text/plain"}
    assert upload({"key": "a"}, content=b"x" * 70_000) == b"x" * 70_000


def test_a_key_is_needed_and_has_a_length() -> None:
    assert shown(without(signed(), "key")) == missing("key")
    words = "User key must have a length greater than 0."
    assert shown({"key": ""}) == (words, {"ArgumentName": "key", "ArgumentValue": ""})
    assert shown({"key": "${filename}"}, filename="dir/")[0] == words


def test_two_signatures_are_one_too_many() -> None:
    fields = {**signed(), "AWSAccessKeyId": KEYS.access_key}
    assert refused(fields, with_sigv2=True) == ARGUMENT
    assert "Only one auth mechanism" in refusal(fields).message


@pytest.mark.parametrize("name", ["policy", "key", "x-amz-credential", "acl", "Policy", "KEY"])
def test_a_field_that_decides_comes_once(name: str) -> None:
    """One that is checked and another that is used."""
    fields = signed({"acl": "private"}, [{"acl": "private"}])
    for pairs in ([(name, "x"), *fields.items()], [*fields.items(), (name, "x")]):
        assert refused(pairs) == ARGUMENT


def test_metadata_may_come_twice_and_is_one_list() -> None:
    fields = signed({"x-amz-meta-a": "1,2"}, [{"x-amz-meta-a": "1,2"}])
    pairs = [(n, v) for n, v in fields.items() if n != "x-amz-meta-a"]
    verified = accept([("X-Amz-Meta-A", "1"), *pairs, ("x-amz-meta-a", "2")])
    assert verified.headers[b"x-amz-meta-a"] == b"1,2"
    ignored = [("x-ignore-a", "1"), ("x-ignore-a", "2"), *signed().items()]
    assert upload(ignored) == CONTENT


def test_only_one_algorithm_is_known() -> None:
    words = "Only AWS4-HMAC-SHA256 is supported"
    for value in ("AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", ""):
        assert shown({**signed(), "x-amz-algorithm": value}) == (
            words,
            {"ArgumentName": "X-Amz-Algorithm", "ArgumentValue": value},
        )


@pytest.mark.parametrize("value", ["", "20260821", "2026-08-21T10:11:12Z", "20261321T101112Z"])
def test_a_date_has_one_form(value: str) -> None:
    message, fields = shown({**signed(), "x-amz-date": value})
    assert message == "X-Amz-Date must be formated via ISO8601 Long format"
    assert fields == {"ArgumentName": "X-Amz-Date", "ArgumentValue": value}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "AKIDEXAMPLE",
            "the Credential is mal-formed; "
            'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
        ),
        (
            "AKIDEXAMPLE/20260821/eu-west-1/s3/aws4_request",
            "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        ),
        (
            "AKIDEXAMPLE/20260821/us-east-1/ec2/aws4_request",
            'incorrect service "ec2". This endpoint belongs to "s3".',
        ),
        (
            "AKIDEXAMPLE/20260821/us-east-1/s3/aws5",
            'incorrect terminal "aws5". This endpoint uses "aws4_request".',
        ),
        (
            "AKIDEXAMPLE/2026/us-east-1/s3/aws4_request",
            'incorrect date format "2026". '
            'This date in the credential must be in the format "yyyyMMdd".',
        ),
        (
            "AKIDEXAMPLE/20260820/us-east-1/s3/aws4_request",
            'Invalid credential date "20260820". '
            'This date is not the same as X-Amz-Date: "20260821".',
        ),
    ],
)
def test_a_credential_is_of_this_place_and_day(value: str, words: str) -> None:
    message, fields = shown({**signed(), "x-amz-credential": value})
    assert message == words
    assert (fields["ArgumentName"], fields["ArgumentValue"]) == ("X-Amz-Credential", value)
    if "eu-west-1" in value:
        assert fields["Region"] == "us-east-1"


def test_a_space_around_a_credential_is_for_the_policy_to_refuse() -> None:
    """Recorded on S3: it is no error of grammar."""
    fields = signed()
    for value in (f"{fields['x-amz-credential']} ", f" {fields['x-amz-credential']}"):
        error = refusal({**fields, "x-amz-credential": value})
        assert (error.code, error.status) == DENIED
        assert "Policy Condition failed" in error.message


def test_a_signing_key_is_good_for_a_week() -> None:
    week = 604_800
    old = signed(now=NOW - week, expires_s=week)
    assert upload(old) == CONTENT
    assert refusal(old, now=NOW + 1).message == "Invalid according to Policy: Policy expired."
    # Whoever has the secret may sign for tomorrow: only the policy's end is a limit.
    assert upload(signed(now=NOW + 86_400)) == CONTENT


def test_nor_for_longer_under_a_policy_that_ends_later() -> None:
    week = 604_800
    document = json.loads(base64.b64decode(signed()["policy"]))
    late = resigned({**document, "expiration": "2026-09-30T00:00:00Z"})
    assert upload(late, now=NOW + week) == CONTENT
    error = refusal(late, now=NOW + week + 1)
    assert error.message == "Invalid according to Policy: Policy expired."


def test_a_claim_has_its_token() -> None:
    with_token = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "TOKEN"), REGION)
    claim = read_form(parsed(body_of(signed(signer=with_token))), now=NOW, regions=(REGION,))
    assert isinstance(claim, FormClaim)
    assert claim.session_token == "TOKEN"
    assert upload(signed(signer=with_token)) == CONTENT
    fields = {**signed(signer=with_token), "x-amz-security-token": "OTHER"}
    assert refused(fields) == DENIED
