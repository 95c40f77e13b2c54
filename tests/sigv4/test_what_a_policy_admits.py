"""A form is held against its signature, then its policy; its file against the size allowed."""

from typing import Any

import pytest

from sigv4 import (
    Credentials,
    FormClaim,
    FormParser,
    KeyCache,
    SigError,
    Signer,
    check_form,
    read_form,
)
from sigv4.form import AFTER_FILE_BYTES_MAX
from tests.sigv4.forms import (
    BUCKET,
    CONTENT,
    CONTENT_TYPE,
    DENIED,
    body_of,
    parsed,
    refusal,
    refused,
    resigned,
    shown,
    signed,
    upload,
    with_policy,
)
from tests.sigv4.signing import KEYS, MISMATCH, NOW, REGION


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


def test_a_file_of_unknown_length_is_measured_as_it_comes() -> None:
    def reader() -> Any:
        parser = FormParser(CONTENT_TYPE)
        parser.feed(body_of(sized(5, 10), b"x" * 10))
        claim = read_form(parser, now=NOW, regions=(REGION,))
        assert isinstance(claim, FormClaim)
        return check_form(claim, KEYS.secret_key, KeyCache(), bucket=BUCKET, now=NOW).body()

    body = reader()
    assert b"".join(body.feed(b"")) == b"x" * 10
    body.finish()

    whole = body_of(sized(5, 10), b"x" * 11)
    parser = FormParser(CONTENT_TYPE)
    parser.feed(whole)
    claim = read_form(parser, now=NOW, regions=(REGION,))
    assert isinstance(claim, FormClaim)
    body = check_form(claim, KEYS.secret_key, KeyCache(), bucket=BUCKET, now=NOW).body()
    with pytest.raises(SigError) as caught:
        body.feed(b"")
    assert dict(caught.value.fields) == {"ProposedSize": "11", "MaxSizeAllowed": "10"}


def test_of_a_range_below_zero_an_empty_file_is_too_large_with_the_size_it_has() -> None:
    error = refusal(sized(-5, -1), content=b"")
    assert dict(error.fields) == {"ProposedSize": "0", "MaxSizeAllowed": "-1"}


def test_a_file_that_breaks_off_is_refused() -> None:
    body = body_of(signed())
    claim = read_form(parsed(body, [body[:-4]]), now=NOW, regions=(REGION,))
    assert isinstance(claim, FormClaim)
    reader = check_form(claim, KEYS.secret_key, KeyCache(), bucket=BUCKET, now=NOW).body()
    reader.feed(b"")
    with pytest.raises(SigError, match="MalformedPOSTRequest"):
        reader.finish()
