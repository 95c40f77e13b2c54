"""Forms signed by us are botocore's to the byte, and accepted; botocore's of Version 2 too."""

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

from sigv4 import ECDSA_SHA256, Credentials, Signer, policy
from tests.sigv4.forms import BUCKET, CONTENT, refused, signed, upload
from tests.sigv4.signing import KEYS, NOW, REGION


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
