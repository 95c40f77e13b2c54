"""Policies: what S3 refuses, in its words, and how they decide.

Source: User Guide, "Bucket policies for Amazon S3"; IAM User Guide, "Policy
evaluation logic" and "AWS JSON policy elements".
"""

import json
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam.bucket_policy import arn_of, compile_bucket_policy, parse_bucket_policy
from gateway.iam.evaluate import Effect, Request, Source, Verdict, evaluate
from gateway.iam.keys import Facts
from gateway.iam.policy import POLICY_BYTES_MAX, MalformedPolicy, Policy
from gateway.iam.principals import ANONYMOUS, Who, root_of, service_of

OWNER: Final = root_of("111111111111", "a" * 64)
OTHER: Final = root_of("222222222222", "b" * 64)
KNOWN: Final = frozenset((OWNER.account, OTHER.account, OWNER.canonical_id, OTHER.canonical_id))
ALLOW: Final = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bkt/*",
}


def document(*statements: Any, **more: Any) -> bytes:
    return json.dumps({"Version": "2012-10-17", "Statement": statements, **more}).encode()


def but(**changes: Any) -> dict[str, Any]:
    made = {**ALLOW, **changes}
    return {name: value for name, value in made.items() if value is not None}


def put(text: bytes) -> Policy:
    return parse_bucket_policy(text, "bkt", KNOWN.__contains__)


SYNTAX: Final = "Invalid policy syntax."
RESOURCE: Final = "Policy has invalid resource"
ACTION: Final = "Policy has invalid action"
PRINCIPAL: Final = "Invalid principal in policy"
JSON: Final = "This policy contains invalid Json"
NO_JSON: Final = "Policies must be valid JSON and the first byte must be '{'"
APART: Final = "Action does not apply to any resource(s) in statement"
NO_OPERATOR: Final = "Invalid Condition type : StringIs"
ANOTHER_ARN: Final = "arn:aws:iam::333333333333:root"
REFUSED: Final = [
    (b"", NO_JSON),
    (b"[]", NO_JSON),
    (b"<Policy/>", NO_JSON),
    (b"{", JSON),
    (b'{"a":NaN}', JSON),
    (b'{"Version":"2012-10-17","Version":"2012-10-17"}', JSON),
    (b"\xff{}", JSON),
    (b'{"\\ud800":1}', JSON),
    (document(but(Sid="half a pair: \ud83d")), JSON),
    (b'{"a":' + b"[" * 10_000, JSON),
    (b"{}", "Missing required field Statement"),
    (document(), "Statement is empty!"),
    (document(1), SYNTAX),
    (document(ALLOW, More=1), "Unknown field More"),
    (document(ALLOW, Version="2012-10-18"), "The policy must contain a valid version string"),
    (document(ALLOW, Version=1), "The policy must contain a valid version string"),
    (document(but(Extra=1)), "Unknown field Extra"),
    (document(but(Effect=None)), "Missing required field Effect"),
    (document(but(Effect="allow")), "Invalid effect: allow"),
    (document(but(Principal=None)), "Missing required field Principal"),
    (document(but(NotPrincipal="*")), SYNTAX),
    (document(but(Principal=None, NotPrincipal="*")), "Allow with NotPrincipal is not allowed."),
    (document(but(Principal="me")), PRINCIPAL),
    (document(but(Principal=[])), PRINCIPAL),
    (document(but(Principal={})), PRINCIPAL),
    (document(but(Principal={"AWS": []})), PRINCIPAL),
    (document(but(Principal={"AWS": 111111111111})), PRINCIPAL),
    (document(but(Principal={"AWS": "333333333333"})), PRINCIPAL),
    (document(but(Principal={"AWS": ANOTHER_ARN})), PRINCIPAL),
    (document(but(Principal={"AWS": "arn:aws:iam::111111111111:user/*"})), PRINCIPAL),
    (document(but(Principal={"AWS": "arn:aws:iam::*:root"})), PRINCIPAL),
    (document(but(Principal={"Google": "*"})), PRINCIPAL),
    (document(but(Principal={"Federated": "x"})), PRINCIPAL),
    (document(but(Principal={"Service": "*"})), PRINCIPAL),
    (document(but(Principal={"CanonicalUser": "c" * 64})), PRINCIPAL),
    (document(but(Action=None)), "Missing required field Action"),
    (document(but(NotAction="s3:GetObject")), SYNTAX),
    (document(but(Action=[])), SYNTAX),
    (document(but(Action=["s3:GetObject", 1])), SYNTAX),
    (document(but(Action="s3:GetObjects")), ACTION),
    (document(but(Action="iam:*")), ACTION),
    (document(but(Action="GetObject")), ACTION),
    (document(but(Action="s3:ListBucket")), APART),
    (document(but(Action="s3:ListAllMyBuckets")), APART),
    (document(but(Resource="arn:aws:s3:::bkt")), APART),
    (document(but(Resource=None)), "Statement is missing required element"),
    (document(but(NotResource="arn:aws:s3:::bkt/*")), SYNTAX),
    (document(but(Resource="*")), RESOURCE),
    (document(but(Resource="bkt/*")), RESOURCE),
    (document(but(Resource="arn:aws:s3:::other/*")), RESOURCE),
    (document(but(Resource=["arn:aws:s3:::bkt/*", "arn:aws:s3:::other/*"])), RESOURCE),
    (document(but(Resource="arn:aws:s3:::bkt2/*")), RESOURCE),
    (document(but(Resource="arn:aws:s3:::bkt/${aws:user name!}")), RESOURCE),
    (document(but(Condition=[])), SYNTAX),
    (document(but(Condition={"StringEquals": {}})), SYNTAX),
    (document(but(Condition={"StringEquals": {"s3:prefix": {}}})), SYNTAX),
    (document(but(Condition={"StringEquals": {"s3:prefix": []}})), SYNTAX),
    (document(but(Condition={"NumericEquals": {"s3:max-keys": "x"}})), SYNTAX),
    (document(but(Condition={"StringIs": {"s3:prefix": "x"}})), NO_OPERATOR),
    (document(but(Condition={"Bool": {"s3:x": "true"}})), "Policy has an invalid condition key"),
    (document(but(Condition={"Bool": {"x": "true"}})), "Policy has an invalid condition key"),
    (
        document(but(Condition={"StringEquals": {"s3:ExistingObjectTag/": "x"}})),
        "Policy has an invalid condition key",
    ),
    (document(but(Sid=1)), SYNTAX),
    (
        document(but(Sid="a" * POLICY_BYTES_MAX)),
        "Policy exceeds the maximum allowed document size.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_policy_is_refused_in_words(text: bytes, words: str) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        put(text)
    assert str(refusal.value) == words


TAKEN: Final = [
    document(ALLOW),
    json.dumps({"Statement": ALLOW}).encode(),
    b" \n" + document(ALLOW, Id="an id"),
    document(but(Action="*")),
    document(but(Action="S3:getobject")),
    document(but(Action=["s3:List*", "s3:Get*"], Resource="arn:aws:s3:::*")),
    document(but(Action="s3:GetObject", Resource="arn:aws:s3:::*/*")),
    document(but(Action=["s3:ListBucket"], Resource="arn:aws:s3:::bkt*")),
    document(but(Resource="arn:aws:s3:::${aws:username}/x", Principal={"AWS": "*"})),
    document(but(Effect="Deny", Principal=None, NotPrincipal={"AWS": ["111111111111"]})),
    document(but(Principal={"AWS": "arn:aws:iam::111111111111:user/a/b"})),
    document(but(Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject")),
    document(but(Principal={"CanonicalUser": "a" * 64})),
    document(but(Condition={"Bool": {"aws:SecureTransport": False}})),
    document(but(Condition={"NumericLessThan": {"S3:Max-Keys": 10}})),
    document(but(Condition={})),
]


@pytest.mark.parametrize("text", TAKEN, ids=range(len(TAKEN)))
def test_what_is_a_policy_is_taken(text: bytes) -> None:
    assert len(put(text).statements) == len(compile_bucket_policy(text).statements) == 1


def decide(
    policy: Policy, who: Who, action: str = "s3:GetObject", key: str | None = "k", **facts: Any
) -> Verdict:
    values = Facts(who=who, **facts).value
    return evaluate((Source("bucket", policy),), Request(who, action, arn_of("bkt", key), values))


def effect(*statements: Any, who: Who = OTHER, **more: Any) -> Effect:
    return decide(put(document(*statements)), who, **more).effect


DENY: Final = but(Effect="Deny")


def test_the_order_of_statements_does_not_matter_and_a_deny_wins() -> None:
    assert effect(ALLOW) is Effect.ALLOW
    assert effect(ALLOW, DENY) is effect(DENY, ALLOW) is Effect.DENY
    assert effect(but(Action="s3:PutObject")) is Effect.SILENT


def test_the_answer_names_the_statement_that_decided() -> None:
    policy = put(document(but(Sid="open"), but(Effect="Deny", Sid="shut")))
    verdict = decide(policy, OTHER)
    assert verdict.statement is not None
    assert (verdict.source, verdict.statement.sid, verdict.statement.index) == ("bucket", "shut", 1)


PRINCIPALS: Final = [
    ("*", ANONYMOUS, True),
    ({"AWS": "*"}, ANONYMOUS, True),
    ("*", OTHER, True),
    ({"AWS": "222222222222"}, OTHER, True),
    ({"AWS": "arn:aws:iam::222222222222:root"}, OTHER, True),
    ({"AWS": ["111111111111", "222222222222"]}, OTHER, True),
    ({"AWS": "111111111111"}, OTHER, False),
    ({"AWS": "111111111111"}, ANONYMOUS, False),
    ({"AWS": "arn:aws:iam::222222222222:user/a"}, OTHER, False),
    ({"CanonicalUser": "b" * 64}, OTHER, True),
    ({"CanonicalUser": "b" * 64}, OWNER, False),
    ("*", service_of("logging.s3.amazonaws.com"), False),
    (
        {"Service": "logging.s3.amazonaws.com"},
        service_of("logging.s3.amazonaws.com"),
        True,
    ),
    ({"Service": "logging.s3.amazonaws.com"}, OTHER, False),
]


@pytest.mark.parametrize(("principal", "who", "wanted"), PRINCIPALS, ids=range(len(PRINCIPALS)))
def test_a_statement_is_about_whom_it_names(principal: Any, who: Who, wanted: bool) -> None:
    assert (effect(but(Principal=principal), who=who) is Effect.ALLOW) is wanted
    denied = effect(ALLOW, but(Effect="Deny", Principal=None, NotPrincipal=principal), who=who)
    assert (denied is Effect.DENY) is not wanted


def test_a_contrary_means_everything_else() -> None:
    no_get = but(Action=None, NotAction="s3:Get*")
    assert effect(no_get) is Effect.SILENT
    assert effect(no_get, action="s3:PutObject") is Effect.ALLOW
    elsewhere = but(Resource=None, NotResource="arn:aws:s3:::bkt/private/*")
    assert effect(elsewhere) is Effect.ALLOW
    assert effect(elsewhere, key="private/k") is Effect.SILENT


def test_every_condition_has_to_hold_and_of_its_values_one() -> None:
    both = but(
        Condition={
            "StringEquals": {"s3:ExistingObjectTag/class": ["public", "open"]},
            "Bool": {"aws:SecureTransport": True},
        }
    )
    assert effect(both, object_tags={"class": "open"}, secure=True) is Effect.ALLOW
    assert effect(both, object_tags={"class": "open"}) is Effect.SILENT
    assert effect(both, object_tags={"class": "shut"}, secure=True) is Effect.SILENT
    assert effect(both, secure=True) is Effect.SILENT


def test_what_a_variable_excepts_and_nobody_knows_is_denied_and_not_allowed() -> None:
    excepted = {"Resource": None, "NotResource": "arn:aws:s3:::bkt/${aws:username}"}
    assert effect(ALLOW, but(Effect="Deny", **excepted)) is Effect.DENY
    assert effect(but(**excepted)) is Effect.SILENT


HEADERS: Final = {
    **dict.fromkeys((b"aws:sourceip", b"aws-sourceip", b"x-forwarded-for"), b"forged"),
    b"x-amz-principalarn": b"arn:aws:iam::111111111111:root",
    b"x-amz-date": b"20200101T000000Z",
    b"aws:username": b"root",
    b"s3:authtype": b"REST-HEADER",
    b"existingobjecttag": b"x",
}


def test_ghsa_rustfs_a_header_fills_no_key_but_the_one_named_after_it() -> None:
    """Each key that the server knows itself stays as it was, whatever headers say."""
    facts = Facts(who=OTHER, remote="192.0.2.1", headers=HEADERS)
    bare = Facts(who=OTHER, remote="192.0.2.1")
    for key in ("aws:sourceip", "aws:principalarn", "aws:username", "aws:currenttime",
                "s3:authtype", "s3:existingobjecttag/x", "aws:principaltag/x",
                "aws:securetransport", "aws:sourcevpc", "s3:signatureage"):  # fmt: skip
        assert facts.value(key) == bare.value(key)
    assert Facts(headers={b"x-amz-acl": b"private"}).value("s3:x-amz-acl") == ("private",)


EFFECTS = st.sampled_from(["Allow", "Deny"])
STATEMENTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    Effect=EFFECTS,
    Principal=st.sampled_from(["*", {"AWS": "111111111111"}, {"AWS": "222222222222"}]),
    Action=st.sampled_from(["s3:*", "s3:GetObject", ["s3:Put*", "s3:GetObject"]]),
    Resource=st.sampled_from(["arn:aws:s3:::bkt/*", "arn:aws:s3:::bkt/a*"]),
    Condition=st.sampled_from(
        [
            {},
            {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
            {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
            {"StringNotEquals": {"s3:x-amz-acl": "private"}},
        ]
    ),
)
REQUESTS = st.tuples(
    st.sampled_from([ANONYMOUS, OWNER, OTHER]),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:GetObjectVersion"]),
    st.sampled_from(["a", "b"]),
)


@given(st.lists(STATEMENTS, min_size=1, max_size=4), STATEMENTS, REQUESTS)
def test_one_more_deny_never_allows_more_and_one_more_allow_never_less(
    statements: list[Any], more: Any, request_: tuple[Who, str, str]
) -> None:
    who, action, key = request_
    before = decide(put(document(*statements)), who, action, key, remote="192.0.2.9").effect
    denying = decide(
        put(document(*statements, {**more, "Effect": "Deny"})), who, action, key, remote="192.0.2.9"
    ).effect
    allowing = decide(
        put(document(*statements, {**more, "Effect": "Allow"})), who, action, key,
        remote="192.0.2.9",
    ).effect  # fmt: skip
    assert denying in (before, Effect.DENY)
    assert allowing is before or (before, allowing) == (Effect.SILENT, Effect.ALLOW)


@given(st.permutations(range(3)), st.lists(STATEMENTS, min_size=3, max_size=3), REQUESTS)
def test_the_order_of_statements_changes_nothing(
    order: list[int], statements: list[Any], request_: tuple[Who, str, str]
) -> None:
    who, action, key = request_
    one = decide(put(document(*statements)), who, action, key).effect
    two = decide(put(document(*[statements[n] for n in order])), who, action, key).effect
    assert one is two


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["Statement", "Effect", "Principal", "AWS",
                                                       "Action", "Resource", "Condition"]),
                                      inner, max_size=4)))  # fmt: skip
def test_any_json_is_a_policy_or_malformed(value: Any) -> None:
    for one in (value, {"Statement": value}, {"Statement": but(Condition=value)}):
        with suppress(MalformedPolicy):
            put(json.dumps(one).encode())
