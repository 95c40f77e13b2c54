"""Forms: who signed them, whether their policy admits them, and what they stand for."""

import base64
import copy
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.auth
import botocore.signers
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import (
    ECDSA_SHA256,
    Credentials,
    FormClaim,
    FormFile,
    FormParser,
    KeyCache,
    SigError,
    Signer,
    check_form,
    policy,
    read_form,
)
from sigv4.form import AFTER_FILE_BYTES_MAX
from tests.sigv4.forms import (
    BUCKET,
    CONTENT,
    CONTENT_TYPE,
    accept,
    body_of,
    parsed,
    refusal,
    refused,
    resigned,
    signed,
    upload,
    v2_signed,
    with_policy,
)
from tests.sigv4.signing import KEYS, NOW, REGION

MISMATCH = ("SignatureDoesNotMatch", 403)
ARGUMENT = ("InvalidArgument", 400)
DENIED = ("AccessDenied", 403)
LATER = "2026-08-21T11:11:12Z"
V4_FIELDS = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "policy")


def without(fields: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in names}


def shown(fields: Any, **options: Any) -> tuple[str, dict[str, str]]:
    error = refusal(fields, **options)
    return error.message, dict(error.fields)


def missing(name: str) -> tuple[str, dict[str, str]]:
    return (
        f"Bucket POST must contain a field named '{name}'.  "
        "If it is specified, please check the order of the fields.",
        {"ArgumentName": name, "ArgumentValue": ""},
    )


def test_a_signed_form_brings_its_file() -> None:
    verified = accept(signed())
    assert (verified.access_key, verified.location) == (KEYS.access_key, "form")
    assert str(verified.scope) == "20260821/us-east-1/s3/aws4_request"
    assert isinstance(verified.payload, FormFile)
    assert verified.payload.fields["key"] == "user/a"
    assert upload(signed()) == CONTENT
    assert upload(signed(), content=b"") == b""


# Which fields there have to be


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


# Algorithm, credential, date


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


def test_a_signing_key_is_good_for_a_week() -> None:
    week = 604_800
    old = signed(now=NOW - week, expires_s=week)
    assert upload(old) == CONTENT
    assert refusal(old, now=NOW + 1).message == "Invalid according to Policy: Policy expired."
    # Whoever has the secret may sign for tomorrow: only the policy's end is a limit.
    assert upload(signed(now=NOW + 86_400)) == CONTENT


# The signature, and then the policy


def test_an_unknown_key_is_refused_before_its_signature() -> None:
    other = Signer(Credentials("AKIDOTHER", KEYS.secret_key), REGION)
    assert refused(signed(signer=other)) == ("InvalidAccessKeyId", 403)


@pytest.mark.parametrize("change", ["", "0" * 64, "é", "A" * 64])
def test_another_signature_does_not_match(change: str) -> None:
    fields = signed()
    message, details = shown({**fields, "x-amz-signature": change})
    assert refused({**fields, "x-amz-signature": change}) == MISMATCH
    assert "the signature you provided" in message
    assert details == {
        "AWSAccessKeyId": KEYS.access_key,
        "StringToSign": fields["policy"],
        "SignatureProvided": change,
        "StringToSignBytes": fields["policy"].encode().hex(" "),
    }


def test_every_byte_of_policy_and_signature_counts() -> None:
    fields = signed()
    for name in ("policy", "x-amz-signature"):
        text = fields[name]
        for at in range(len(text)):
            other = "1" if text[at] == "0" else "0"
            changed = {**fields, name: text[:at] + other + text[at + 1 :]}
            assert refused(changed) == MISMATCH


def test_a_policy_is_read_only_once_it_is_known_to_be_signed() -> None:
    assert refused({**signed(), "policy": "no base64"}) == MISMATCH
    assert refused(with_policy("no base64")) == ("InvalidPolicyDocument", 400)
    assert refused(resigned("{nope")) == ("InvalidPolicyDocument", 400)


def test_base64_of_another_spelling_is_signed_as_it_is_spelt() -> None:
    encoded = signed()["policy"]
    broken = encoded[:76] + "\r\n" + encoded[76:]
    assert refused({**signed(), "policy": broken}) == MISMATCH
    assert upload(with_policy(broken)) == CONTENT


def test_cve_2023_43040_the_bucket_is_the_one_addressed() -> None:
    fields = {"bucket": BUCKET, **signed()}
    assert upload(fields) == CONTENT
    message = refusal(fields, bucket="other").message
    assert (
        message == 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "bkt"]'
    )
    assert refused({**fields, "bucket": "other"}, bucket="other") == DENIED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acl", "public-read-write"),
        ("success_action_redirect", "https://evil.example/"),
        ("x-amz-meta-a", "1"),
        ("x-amz-security-token", "T"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("Content-Type", "text/html"),
        ("tagging", "<Tagging/>"),
        ("submit", "Upload"),
        ("unknown", ""),
    ],
)
def test_ghsa_w5fh_a_field_that_the_policy_does_not_name_is_refused(name: str, value: str) -> None:
    error = refusal({**signed(), name: value})
    assert (error.code, error.status) == DENIED
    assert error.message == f"Invalid according to Policy: Extra input fields: {name.lower()}"


def test_ghsa_w5fh_a_condition_that_fails_is_shown() -> None:
    fields = signed({"acl": "private"}, [["eq", "$acl", "private"]])
    assert upload(fields) == CONTENT
    message = refusal({**fields, "acl": "public-read"}).message
    assert message.endswith('Policy Condition failed: ["eq", "$acl", "private"]')


# The file's size


def sized(least: int, most: int) -> dict[str, str]:
    return signed(conditions=[["content-length-range", least, most]])


@pytest.mark.parametrize("size", [5, 7, 10])
def test_both_ends_of_a_range_count(size: int) -> None:
    assert len(upload(sized(5, 10), content=b"x" * size)) == size


@pytest.mark.parametrize("size", [11, 12, 100_000])
def test_a_larger_file_is_refused_with_its_size(size: int) -> None:
    error = refusal(sized(5, 10), content=b"x" * size)
    assert (error.code, error.status) == ("EntityTooLarge", 400)
    assert dict(error.fields) == {"ProposedSize": str(size), "MaxSizeAllowed": "10"}


@pytest.mark.parametrize("size", [0, 4])
def test_a_smaller_file_is_refused_with_its_size(size: int) -> None:
    error = refusal(sized(5, 10), content=b"x" * size)
    assert (error.code, error.status) == ("EntityTooSmall", 400)
    assert dict(error.fields) == {"ProposedSize": str(size), "MinSizeAllowed": "5"}


def test_what_is_too_large_anyway_is_refused_unread_and_the_rest_at_its_first_byte_too_many() -> (
    None
):
    def body(claimed: int) -> Any:
        whole = body_of(sized(5, 10), b"")
        parser = FormParser(CONTENT_TYPE, content_length=len(whole) + claimed)
        parser.feed(whole[: whole.rindex(b"\r\n--")])
        claim = read_form(parser, now=NOW, regions=(REGION,))
        assert isinstance(claim, FormClaim)
        return check_form(claim, KEYS.secret_key, KeyCache(), bucket=BUCKET, now=NOW).body()

    with pytest.raises(SigError, match="EntityTooLarge"):
        body(10 + AFTER_FILE_BYTES_MAX + 1)
    reader = body(10 + AFTER_FILE_BYTES_MAX)  # fields may follow the file
    reader.feed(b"x" * 10)
    with pytest.raises(SigError, match="EntityTooLarge"):
        reader.feed(b"x")


def test_a_file_that_breaks_off_is_refused() -> None:
    body = body_of(signed())
    claim = read_form(parsed(body, [body[:-4]]), now=NOW, regions=(REGION,))
    assert isinstance(claim, FormClaim)
    reader = check_form(claim, KEYS.secret_key, KeyCache(), bucket=BUCKET, now=NOW).body()
    reader.feed(b"")
    with pytest.raises(SigError, match="MalformedPOSTRequest"):
        reader.finish()


# What the fields stand for


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("f.txt", "user/f.txt"),
        ("C:\\Program Files\\d\\f.txt", "user/f.txt"),
        ("a/b/f.txt", "user/f.txt"),
        ("..", "user/.."),
        ("", "user/"),
        ("ä b.txt", "user/ä b.txt"),
        ("${filename}", "user/${filename}"),
        (None, "user/${filename}"),  # recorded on S3: without a name nothing is replaced
    ],
)
def test_the_files_name_is_put_where_it_is_asked_for(filename: str | None, key: str) -> None:
    fields = signed(
        {"x-amz-meta-name": "${filename}-${filename}"},
        [["starts-with", "$x-amz-meta-name", ""]],
        key="user/${filename}",
    )
    payload = accept(fields, filename=filename).payload
    assert isinstance(payload, FormFile)
    assert payload.fields["key"] == key
    name = key.removeprefix("user/")
    assert payload.fields["x-amz-meta-name"] == f"{name}-{name}"


def test_conditions_see_the_name_in_its_place() -> None:
    fields = signed(key="user/${filename}")
    signing = [name for name in fields if name.startswith("x-amz-") and "signature" not in name]
    conditions = [{"bucket": BUCKET}, ["eq", "$key", "user/f.txt"]]
    conditions += [["starts-with", f"${name}", ""] for name in signing]
    form = resigned({"expiration": LATER, "conditions": conditions}, fields)
    assert upload(form) == CONTENT
    assert refused(form, filename="g.txt") == DENIED


def test_headers_are_those_of_the_object() -> None:
    given = {
        "acl": "private",
        "Content-Type": " text/plain ",
        "Cache-Control": "no-cache",
        "Expires": "Fri, 21 Aug 2026 11:11:12 GMT",
        "Content-Disposition": 'attachment; filename="ä"',
        "x-amz-meta-A": "ü",
        "x-amz-storage-class": "STANDARD",
        "success_action_status": "201",
        "if-match": "*",
        "tagging": "<Tagging/>",
        "host": "evil",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-meta-b": "\x00",
        "x-amz-copy-source": "/other/key",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    verified = accept(signed(given, [["starts-with", f"${name}", ""] for name in given]))
    assert verified.headers == {
        b"x-amz-acl": b"private",
        b"content-type": b"text/plain",
        b"cache-control": b"no-cache",
        b"expires": b"Fri, 21 Aug 2026 11:11:12 GMT",
        b"content-disposition": 'attachment; filename="ä"'.encode(),
        b"x-amz-meta-a": "ü".encode(),
        b"x-amz-meta-b": b"\x00",
        b"x-amz-storage-class": b"STANDARD",
    }
    assert verified.signed_headers == verified.headers.keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-meta-a", "a\r\nSet-Cookie: b"),
        ("content-type", "a\nb"),
        ("content-type", "\x00"),
        ("x-amz-meta-a b", "a"),
        ("x-amz-meta-ä", "a"),
        ("x-amz-meta-a:", "a"),
    ],
)
def test_what_no_header_can_have_is_refused(name: str, value: str) -> None:
    assert refused(signed({name: value}, [["starts-with", f"${name}", ""]])) == ARGUMENT
    assert refused({"key": "a", name: value}) == ARGUMENT


def test_an_acl_has_one_name() -> None:
    assert refused({"key": "a", "acl": "private", "x-amz-acl": "public-read"}) == ARGUMENT


def test_a_key_may_have_any_character() -> None:
    assert upload(signed(key="a\r\n\0ä/../b")) == CONTENT


def test_a_claim_has_its_token() -> None:
    with_token = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "TOKEN"), REGION)
    claim = read_form(parsed(body_of(signed(signer=with_token))), now=NOW, regions=(REGION,))
    assert isinstance(claim, FormClaim)
    assert claim.session_token == "TOKEN"
    assert upload(signed(signer=with_token)) == CONTENT
    fields = {**signed(signer=with_token), "x-amz-security-token": "OTHER"}
    assert refused(fields) == DENIED


# Signature Version 2


def v2_document(*conditions: Any) -> dict[str, Any]:
    all_of_it = [{"bucket": BUCKET}, ["starts-with", "$key", "user/"], *conditions]
    return {"expiration": LATER, "conditions": all_of_it}


def test_a_form_of_version_2_is_accepted_where_it_is_allowed() -> None:
    verified = accept(v2_signed(v2_document()), with_sigv2=True)
    assert (verified.access_key, verified.location, verified.scope) == (
        KEYS.access_key,
        "form",
        None,
    )
    assert upload(v2_signed(v2_document()), with_sigv2=True) == CONTENT


def test_a_form_of_version_2_is_otherwise_told_to_use_version_4() -> None:
    error = refusal(v2_signed(v2_document()))
    assert (error.code, error.status) == ("InvalidRequest", 400)
    assert error.message.endswith("Please use AWS4-HMAC-SHA256.")


@pytest.mark.parametrize("name", ["AWSAccessKeyId", "signature", "policy"])
def test_a_form_of_version_2_needs_all_its_fields(name: str) -> None:
    title = "Signature" if name == "signature" else name
    assert shown(without(v2_signed(v2_document()), name), with_sigv2=True) == missing(title)


def test_a_form_of_version_2_is_held_against_its_policy_too() -> None:
    fields = v2_signed(v2_document())
    assert refused({**fields, "acl": "private"}, with_sigv2=True) == DENIED
    assert refused({**fields, "key": "other"}, with_sigv2=True) == DENIED
    assert refused({**fields, "signature": "x"}, with_sigv2=True) == MISMATCH
    unknown = {**fields, "AWSAccessKeyId": "AKIDOTHER"}
    assert refused(unknown, with_sigv2=True) == ("InvalidAccessKeyId", 403)
    token = {"x-amz-security-token": "T"}
    with_token = v2_signed(v2_document(token), token)
    assert upload(with_token, with_sigv2=True) == CONTENT


# Signing


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    for module in (botocore.auth, botocore.signers):
        monkeypatch.setattr(module, "get_current_datetime", lambda **_: moment)


def client(version: str, token: str | None = None) -> Any:
    return boto3.client(
        "s3",
        endpoint_url="http://s3.example.com",
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        aws_session_token=token,
        region_name=REGION,
        config=Config(signature_version=version),
    )


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("token", [None, "TOKEN/+="])
@pytest.mark.parametrize("key", ["user/a", "user/${filename}", "ü${filename}x", "${filename}"])
@pytest.mark.parametrize(
    ("fields", "conditions"),
    [
        ({}, []),
        (
            {"acl": "private", "Content-Type": "text/plain", "x-amz-meta-ä": "ü"},
            [{"acl": "private"}, ["starts-with", "$Content-Type", "text/"], {"x-amz-meta-ä": "ü"}],
        ),
        ({"success_action_status": "201"}, [["eq", "$success_action_status", "201"]]),
        ({}, [["content-length-range", 1, 10]]),
    ],
)
def test_we_sign_as_botocore_does(
    key: str, fields: dict[str, str], conditions: list[Any], token: str | None
) -> None:
    signer = Signer(Credentials(KEYS.access_key, KEYS.secret_key, token), REGION)
    ours = signed(fields, copy.deepcopy(conditions), key=key, signer=signer, expires_s=60)
    theirs = client("s3v4", token).generate_presigned_post(
        BUCKET, key, Fields=dict(fields), Conditions=copy.deepcopy(conditions), ExpiresIn=60
    )
    assert list(ours.items()) == list(theirs["fields"].items())


@pytest.mark.usefixtures("clock")
def test_what_botocore_signs_with_version_2_is_accepted() -> None:
    theirs = client("s3").generate_presigned_post(
        BUCKET, "user/${filename}", Conditions=[["content-length-range", 1, 10]]
    )
    assert upload(theirs["fields"], with_sigv2=True) == CONTENT
    assert refused(theirs["fields"]) == ("InvalidRequest", 400)


@pytest.mark.parametrize("expires_s", [0, -1, 604_801])
def test_a_form_is_good_for_a_week_at_most(expires_s: int) -> None:
    with pytest.raises(ValueError, match="good for 1 to 604800 seconds"):
        signed(expires_s=expires_s)


def test_a_form_is_signed_by_version_4_alone() -> None:
    with pytest.raises(ValueError, match="AWS4-HMAC-SHA256"):
        signed(signer=Signer(KEYS, REGION, algorithm=ECDSA_SHA256))


@settings(deadline=None, max_examples=50)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.dictionaries(
        st.text("abcdefgh-", min_size=1, max_size=5).map(lambda name: f"x-amz-meta-{name}"),
        st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_categories=["Cc"])),
        max_size=3,
    ),
    st.binary(max_size=300),
)
def test_what_we_sign_we_accept(key: str, fields: dict[str, str], content: bytes) -> None:
    conditions = [{name: value} for name, value in fields.items()]
    form = signed(fields, conditions, key=key.replace("$", "_"))
    assert upload(form, content=content) == content
    document = json.loads(base64.b64decode(form["policy"]))
    assert document["conditions"][: len(fields)] == conditions
    assert policy.parse(form["policy"].encode()).expires_at == NOW + 3600
