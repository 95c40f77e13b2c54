"""What IAM refuses of policies, in its words.

Source: IAM API Reference, MalformedPolicyDocument; IAM User Guide, "Grammar of the IAM JSON
policy language"; the words as users report them.
"""

import json
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam.identity_policy import (
    compile_identity_policy,
    parse_identity_policy,
)
from gateway.iam.policy import MalformedPolicy
from gateway.iam.trust_policy import compile_trust_policy, parse_trust_policy
from gateway.iam.variables import no_values
from storage.identity.quotas import characters

VERSION: Final = "2012-10-17"
ALLOW: Final = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST: Final = {
    "Effect": "Allow",
    "Principal": {"AWS": "111111111111"},
    "Action": "sts:AssumeRole",
}


def document(*statements: Any, **more: Any) -> bytes:
    return json.dumps({"Version": VERSION, "Statement": statements, **more}).encode()


def but(given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {**given, **changes}
    return {name: value for name, value in made.items() if value is not None}


SYNTAX: Final = "Syntax errors in policy."
LEGACY: Final = "The policy failed legacy parsing"
NO_ACTIONS: Final = "Policy statement must contain actions."
NO_RESOURCES: Final = "Policy statement must contain resources."
VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
PATHS: Final = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
    "oidc-provider/, report/, access-report/."
)
SID: Final = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*"
)
REFUSED: Final = [
    (b"", SYNTAX),
    (b"[]", SYNTAX),
    (b"{", SYNTAX),
    (b'{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', SYNTAX),
    (b'{"Version":"2012-10-17","Statement":' + b"[" * 10_000, SYNTAX),
    (document(), SYNTAX),
    (document(1), SYNTAX),
    (document(ALLOW, Version="2013-01-01"), SYNTAX),
    (document(ALLOW, Extra=1), SYNTAX),
    (document(ALLOW, Id=1), SYNTAX),
    (document(but(ALLOW, Extra=1)), SYNTAX),
    (document(but(ALLOW, Effect=None)), SYNTAX),
    (document(but(ALLOW, Effect="allow")), LEGACY),
    (document(but(ALLOW, Effect="Permit")), SYNTAX),
    (document(but(ALLOW, Sid=1)), SYNTAX),
    (document(but(ALLOW, Sid="a b")), SID),
    (document(but(ALLOW, Sid="a"), but(ALLOW, Sid="a")),
     "Statement IDs (SID) in a single policy must be unique."),
    (document(but(ALLOW, Principal="*")), "Policy document should not specify a principal."),
    (document(but(ALLOW, Action=None)), NO_ACTIONS),
    (document(but(ALLOW, Action=[])), NO_ACTIONS),
    (document(but(ALLOW, Action=1)), SYNTAX),
    (document(but(ALLOW, NotAction="s3:*")), SYNTAX),
    (document(but(ALLOW, Action="GetObject")), VENDOR),
    (document(but(ALLOW, Action="a:b:c")), "Actions/Condition can contain only one colon."),
    (document(but(ALLOW, Action="s 3:x")), "Vendor s 3 is not valid"),
    (document(but(ALLOW, Resource=None)), NO_RESOURCES),
    (document(but(ALLOW, Resource=[])), NO_RESOURCES),
    (document(but(ALLOW, Resource="bkt")), 'Resource bkt must be in ARN format or "*".'),
    (document(but(ALLOW, Resource="arn:bad:s3:::bkt")),
     'Partition "bad" is not valid for resource "arn:bad:s3:::bkt".'),
    (document(but(ALLOW, Resource="arn:aws")),
     "Resource vendor must be fully qualified and cannot contain regexes."),
    (document(but(ALLOW, Resource="arn:aws:s3:us-east-1::bkt")),
     "Resource arn:aws:s3:us-east-1::bkt can not contain region information."),
    (document(but(ALLOW, Resource="arn:aws:iam:us-east-1:1:user/a")),
     "IAM resource arn:aws:iam:us-east-1:1:user/a cannot contain region information."),
    (document(but(ALLOW, Resource="arn:aws:iam::111111111111:usr/a")), PATHS),
    (document(but(ALLOW, Condition=[])), LEGACY),
    (document(but(ALLOW, Condition={"StringIs": {"aws:a": "b"}})), LEGACY),
    (document(but(ALLOW, Condition={"DateEquals": {"aws:CurrentTime": "soon"}})), LEGACY),
    (document(but(ALLOW, Condition={"StringEquals": {"a": "b"}})), LEGACY),
]  # fmt: skip
TAKEN: Final = [
    document(ALLOW),
    json.dumps({"Version": VERSION, "Statement": ALLOW}).encode(),
    document(but(ALLOW, Action=["*"], Sid="")),
    document(but(ALLOW, Action="ec2:RunInstances", Resource="arn:aws:ec2:*:*:instance/*")),
    document(but(ALLOW, Action="iam:*", Resource="arn:aws:iam::111111111111:user/${aws:username}")),
    document(but(ALLOW, Action="iam:*", Resource="arn:aws:iam::*:role/*")),
    document(but(ALLOW, Condition={"StringEquals": {"ec2:Region": "x", "my:own/Key": []}})),
    document(but(ALLOW, Condition={"NumericLessThan": {"s3:max-keys": 10}})),
    document(but(ALLOW, Resource=None, NotResource=["arn:aws:s3:::a/*"])),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_policy_is_refused_in_iam_s_words(text: bytes, words: str) -> None:
    for managed in (False, True):
        with pytest.raises(MalformedPolicy) as refusal:
            parse_identity_policy(text, managed=managed)
        assert str(refusal.value) == words


@pytest.mark.parametrize("text", TAKEN, ids=range(len(TAKEN)))
def test_what_is_a_policy_is_taken(text: bytes) -> None:
    put, kept = parse_identity_policy(text, managed=True), compile_identity_policy(text)
    assert len(put.statements) == len(kept.statements) == 1


def test_managed_policies_need_the_version_with_variables() -> None:
    for old in (document(ALLOW, Version="2008-10-17"), b'{"Statement":%b}' % document_of(ALLOW)):
        assert parse_identity_policy(old).version == "2008-10-17"
        with pytest.raises(MalformedPolicy, match=r"must be version 2012-10-17 or greater"):
            parse_identity_policy(old, managed=True)


def document_of(statement: dict[str, Any]) -> bytes:
    return json.dumps(statement).encode()


def test_white_space_counts_against_no_quota() -> None:
    assert characters(' {"a":\t"b c"}\r\n') == len('{"a":"bc"}')


ASSUME: Final = "AssumeRole policy may only specify STS AssumeRole actions."
NO_TRUST: Final = [
    (document(but(TRUST, Action="s3:GetObject")), ASSUME),
    (document(but(TRUST, Action="*")), ASSUME),
    (document(but(TRUST, Action="sts:GetCallerIdentity")), ASSUME),
    (document(but(TRUST, Resource="*")), "Has prohibited field Resource"),
    (document(but(TRUST, Principal=None)), "Missing required field Principal"),
    (document(but(TRUST, Principal={"AWS": "me"})), "Invalid principal in policy"),
    (document(but(TRUST, Action=None)), "Missing required field Action"),
    (b"{", "This policy contains invalid Json"),
]


@pytest.mark.parametrize(("text", "words"), NO_TRUST, ids=range(len(NO_TRUST)))
def test_what_trusts_nobody_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        parse_trust_policy(text)
    assert str(refusal.value) == words


@pytest.mark.parametrize(
    "statement",
    [
        TRUST,
        but(TRUST, Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        but(TRUST, Action="sts:AssumeRole*", Principal={"Service": "ec2.amazonaws.com"}),
        but(
            TRUST,
            Action="sts:AssumeRoleWithWebIdentity",
            Principal={"Federated": "arn:aws:iam::111111111111:oidc-provider/id.example.com"},
            Condition={"StringEquals": {"id.example.com:aud": "me"}},
        ),
    ],
)
def test_what_says_whom_a_role_trusts_is_taken(statement: dict[str, Any]) -> None:
    text = document(statement)
    assert len(parse_trust_policy(text).statements) == len(compile_trust_policy(text).statements)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "Sid"]),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON)
def test_any_json_is_a_policy_or_malformed(value: Any) -> None:
    for one in (value, {"Statement": value}, {"Statement": but(ALLOW, Condition=value)}):
        for parse in (parse_identity_policy, parse_trust_policy):
            with suppress(MalformedPolicy):
                parse(json.dumps(one).encode())


def test_an_incomplete_arn_means_whatever_is_missing() -> None:
    """IAM User Guide, "IAM identifiers", "Paths and ARNs": in policies of identities."""
    for text, wanted in (("arn:aws:s3", True), ("arn:aws:sqs", False), ("arn:aws:s3:::bkt", False)):
        (statement,) = compile_identity_policy(document(but(ALLOW, Resource=text))).statements
        assert statement.covers("arn:aws:s3:::bkt/k", no_values) is wanted
