"""Forms of Signature Version 2: where they are allowed, held to the same."""

from typing import Any

import pytest

from tests.sigv4.forms import (
    BUCKET,
    CONTENT,
    DENIED,
    LATER,
    accept,
    missing,
    refusal,
    refused,
    shown,
    upload,
    v2_signed,
    without,
)
from tests.sigv4.signing import KEYS, MISMATCH


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
