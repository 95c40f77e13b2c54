"""Users and sessions: what their own policies, a resource's and their limits make together.

Source: IAM User Guide, "Policy evaluation for requests within a single
account", "How AWS enforcement code logic evaluates requests to allow or deny
access", "Cross-account policy evaluation logic".
"""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam import acl
from gateway.iam.authorize import BucketPolicy, Object, authorize
from gateway.iam.bucket_policy import arn_of, compile_bucket_policy
from gateway.iam.decision import Decision, authorize_account, authorize_trust
from gateway.iam.evaluate import Effect, Request, Source
from gateway.iam.identity import BOUNDARY, POLICY, SCOPE, SESSION, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.keys import Facts
from gateway.iam.principals import (
    Who,
    federated_of,
    identified_by,
    root_of,
    session_of,
    user_of,
)
from gateway.iam.trust_policy import compile_trust_policy
from storage.records import Bucket, Grant, Ownership, PublicAccessBlock

A: Final = "111111111111"
B: Final = "222222222222"
ROOT: Final = root_of(A, "a" * 64)
USER: Final = user_of(A, "a" * 64, user_id="AIDA1", name="bob", path="/staff/")
OTHER: Final = user_of(B, "b" * 64, user_id="AIDA2", name="eve")
ROLE_ARN: Final = f"arn:aws:iam::{A}:role/app/reader"
ROLE: Final = session_of(A, "a" * 64, role_id="AROA1", role_arn=ROLE_ARN, session="s1")
FEDERATED: Final = federated_of(A, "a" * 64, name="guest", issuer=USER.arn)
ACTION: Final = "s3:GetObject"
THERE: Final = arn_of("bkt", "k")


def source(kind: str, effect: str = "Allow", action: str = "s3:*", resource: str = "*") -> Source:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Source(kind, compile_identity_policy(json.dumps(document).encode()), kind)


def identity(
    own: str | None = None, boundary: str | None = None, session: str | None = None
) -> Identity:
    """Each of the three: None for none, an effect, or "silent"."""

    def made(kind: str, said: str) -> Source:
        return source(kind, action="iam:*") if said == "silent" else source(kind, said)

    return Identity(
        () if own is None else (made(POLICY, own),),
        None if boundary is None else made(BOUNDARY, boundary),
        None if session is None else (made(SESSION, session),),
    )


def bucket_policy(principal: Any, effect: str = "Allow", **more: Any) -> BucketPolicy:
    statement = {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"],
        **more,
    }
    given = {name: value for name, value in statement.items() if value is not None}
    return BucketPolicy.of(compile_bucket_policy(json.dumps({"Statement": given}).encode()))


def bucket(account: str = A, **changes: Any) -> Bucket:
    made = {"ownership": Ownership.ENFORCED, "blocked": None, **changes}
    return Bucket("bkt", account, 0, "us-east-1", **made)


def decide(
    who: Who,
    of: Identity | None,
    by: BucketPolicy | None = None,
    where: Bucket | None = None,
    found: Object | None = None,
    action: str = ACTION,
) -> Decision:
    where = where or bucket()
    request = Request(who, action, THERE, Facts(who=who).value)
    owner_id = ("a" if where.account == A else "b") * 64
    return authorize(request, where, owner_id, by, found, of)


def aws(who_arn: str) -> dict[str, str]:
    return {"AWS": who_arn}


# The guide's table of what a resource's policy does within the account: whom it names, and
# whether implicit denies of the identity's policies, its boundary and its session count.
TABLE: Final = [
    (ROLE, aws(ROLE_ARN), None, None, None, True),
    (ROLE, aws(ROLE_ARN), "silent", "silent", "silent", False),
    (ROLE, aws(ROLE_ARN), None, "Allow", "Allow", True),
    (ROLE, aws(ROLE_ARN), None, "silent", "Allow", False),
    (ROLE, aws(ROLE_ARN), None, "Allow", "silent", False),
    (ROLE, aws(ROLE.arn), "silent", "silent", "silent", True),
    (ROLE, aws(ROLE.arn), None, "Deny", None, False),
    (ROLE, aws(ROLE.arn), None, None, "Deny", False),
    (ROLE, aws(ROLE.arn), "Deny", None, None, False),
    (ROLE, "*", "silent", "silent", "silent", True),
    (USER, aws(USER.arn), "silent", "silent", None, True),
    (USER, aws(USER.arn), None, "Deny", None, False),
    (USER, aws(USER.arn), "Deny", None, None, False),
    (USER, "*", None, "silent", None, True),
    (USER, aws(A), None, None, None, False),
    (USER, aws(A), "Allow", None, None, True),
    (USER, aws(A), "Allow", "silent", None, False),
    (USER, aws(f"arn:aws:iam::{A}:user/bob"), None, None, None, False),
    (FEDERATED, aws(USER.arn), "silent", "silent", "silent", False),
    (FEDERATED, aws(USER.arn), None, None, "Allow", True),
    (FEDERATED, aws(FEDERATED.arn), "silent", "silent", "silent", True),
]


@pytest.mark.parametrize(
    ("who", "principal", "own", "boundary", "session", "allowed"), TABLE, ids=range(len(TABLE))
)
def test_within_the_account_it_depends_on_whom_the_policy_names(
    who: Who, principal: Any, own: Any, boundary: Any, session: Any, *, allowed: bool
) -> None:
    decision = decide(who, identity(own, boundary, session), bucket_policy(principal))
    assert decision.allowed is allowed


ALONE: Final = [
    ("Allow", None, None, True, POLICY),
    ("Allow", "Allow", "Allow", True, POLICY),
    ("Allow", "silent", None, False, BOUNDARY),
    ("Allow", "Allow", "silent", False, SESSION),
    ("Allow", "Deny", None, False, "explicit deny"),
    ("Allow", None, "Deny", False, "explicit deny"),
    ("Deny", None, None, False, "explicit deny"),
    ("silent", "Allow", "Allow", False, "nothing"),
    (None, None, None, False, "nothing"),
]


@pytest.mark.parametrize(("own", "boundary", "session", "allowed", "by"), ALONE)
def test_without_a_resource_s_policy_all_of_his_own_have_to_allow(
    own: Any, boundary: Any, session: Any, by: str, *, allowed: bool
) -> None:
    decision = decide(ROLE, identity(own, boundary, session))
    assert (decision.allowed, decision.by) == (allowed, by)
    account = Request(ROLE, "s3:CreateBucket", THERE, Facts(who=ROLE).value)
    made = authorize_account(account, A, identity(own, boundary, session))
    assert (made.allowed, made.by) == (allowed, by)
    assert not authorize_account(account, B, identity(own, boundary, session)).allowed


def test_a_user_of_the_owner_s_account_has_nothing_by_himself() -> None:
    assert not decide(USER, Identity()).allowed
    assert decide(ROOT, None).allowed


ABROAD: Final = [
    (aws(B), "Allow", None, None, True),
    (aws(B), None, None, None, False),
    (aws(OTHER.arn), "Allow", None, None, True),
    (aws(OTHER.arn), None, None, None, False),
    (aws(OTHER.arn), "Allow", "silent", None, False),
    (aws(OTHER.arn), "Allow", None, "silent", False),
    ("*", None, None, None, False),
    ("*", "Allow", None, None, True),
    (None, "Allow", None, None, False),
    (aws(A), "Allow", None, None, False),
]


@pytest.mark.parametrize(("principal", "own", "boundary", "session", "allowed"), ABROAD)
def test_across_accounts_both_have_to_allow(
    principal: Any, own: Any, boundary: Any, session: Any, *, allowed: bool
) -> None:
    by = None if principal is None else bucket_policy(principal)
    decision = decide(OTHER, identity(own, boundary, session), by)
    assert decision.allowed is allowed
    if allowed:
        assert decision.verdict.source == "bucket"
        assert decision.other.kind == POLICY


def test_the_answer_names_the_statement_of_the_policy_that_decided() -> None:
    mine = Identity((source("p1", action="iam:*"), source("p2"), source("p3", "Deny", "s3:Put*")))
    decision = decide(USER, mine)
    assert decision.verdict.effect is Effect.ALLOW
    assert decision.verdict.source == "p2"
    assert decision.verdict.statement is not None
    denied = decide(USER, mine, action="s3:PutObject")
    assert (denied.by, denied.verdict.source) == ("explicit deny", "p3")


NOT: Final = [
    (USER, [USER.arn], True),
    (USER, [A], True),
    (USER, [USER.arn, A], False),
    (USER, "*", False),
    (ROOT, [A], False),
    (ROLE, [ROLE.arn, A], True),
    (ROLE, [ROLE_ARN, A], True),
    (ROLE, [ROLE.arn, ROLE_ARN], True),
    (ROLE, [ROLE.arn, ROLE_ARN, A], False),
]


@pytest.mark.parametrize(("who", "names", "denied"), NOT, ids=range(len(NOT)))
def test_who_is_left_alone_is_named_with_his_account(who: Who, names: Any, *, denied: bool) -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal"."""
    principal = "*" if names == "*" else {"AWS": names}
    by = bucket_policy(None, "Deny", NotPrincipal=principal)
    of = None if who is ROOT else identity("Allow")
    assert decide(who, of, by).allowed is not denied


SCOPED: Final = (source(SCOPE, resource=arn_of("bkt", "in/*")),)


@pytest.mark.parametrize("who", [ROOT, USER], ids=["the account", "a user"])
def test_a_key_s_scope_nothing_lifts(who: Who) -> None:
    of = Identity((source(POLICY),), scope=SCOPED)
    for by in (None, bucket_policy("*"), bucket_policy(aws(who.arn)), bucket_policy(aws(A))):
        assert decide(who, of, by).by == SCOPE
    where = bucket(ownership=Ownership.WRITER, acl=(Grant(acl.ALL_USERS, "READ"),))
    assert not decide(who, of, None, where, action="s3:ListBucket").allowed
    inside = Request(who, ACTION, arn_of("bkt", "in/k"), Facts(who=who).value)
    assert authorize(inside, bucket(), "a" * 64, None, None, of).allowed
    account = Request(who, "s3:ListAllMyBuckets", arn_of("*"), Facts(who=who).value)
    assert authorize_account(account, A, of).by == SCOPE


# Lists

LISTS: Final = [
    (USER, None, (Grant("a" * 64, "FULL_CONTROL"),), False),
    (USER, "Allow", (Grant("a" * 64, "FULL_CONTROL"),), True),
    (USER, None, (Grant(acl.ALL_USERS, "READ"),), True),
    (USER, "Deny", (Grant(acl.ALL_USERS, "READ"),), False),
    (OTHER, None, (Grant(acl.ALL_USERS, "READ"),), False),
    (OTHER, "Allow", (Grant(acl.ALL_USERS, "READ"),), True),
    (OTHER, None, (Grant("b" * 64, "READ"),), False),
    (OTHER, "Allow", (Grant("b" * 64, "READ"),), True),
    (OTHER, "Allow", (Grant("a" * 64, "READ"),), False),
]


@pytest.mark.parametrize(("who", "own", "grants", "allowed"), LISTS, ids=range(len(LISTS)))
def test_what_a_list_gives_an_account_the_account_has_to_give_its_users(
    who: Who, own: Any, grants: Any, *, allowed: bool
) -> None:
    where = bucket(ownership=Ownership.WRITER)
    found = Object(A, "a" * 64, grants)
    assert decide(who, identity(own), None, where, found).allowed is allowed


def test_another_account_s_object_in_one_s_own_bucket_needs_its_list_and_a_policy() -> None:
    where = bucket(ownership=Ownership.WRITER)
    foreign = Object(B, "b" * 64, (Grant("b" * 64, "FULL_CONTROL"),))
    shared = Object(B, "b" * 64, (Grant("a" * 64, "READ"),))
    assert not decide(USER, identity("Allow"), None, where, foreign).allowed
    assert not decide(USER, identity(None), None, where, shared).allowed
    assert decide(USER, identity("Allow"), None, where, shared).allowed


def test_blocked_public_access_counts_before_anything_is_given() -> None:
    where = bucket(ownership=Ownership.WRITER, blocked=PublicAccessBlock())
    public = Object(A, "a" * 64, (Grant(acl.ALL_USERS, "READ"),))
    assert not decide(USER, identity(None), None, where, public).allowed
    assert not decide(OTHER, identity("Allow"), bucket_policy("*"), where, public).allowed
    assert decide(USER, identity(None), bucket_policy("*"), where, public).allowed


# Roles


def trust(
    principal: Any, action: Any = "sts:AssumeRole", effect: str = "Allow", **more: Any
) -> Source:
    statement = {"Effect": effect, "Principal": principal, "Action": action, **more}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Source("trust", compile_trust_policy(document.encode()))


def assume(who: Who, of: Identity | None, by: Source, **facts: Any) -> bool:
    values = Facts(who=who, **facts).value
    return authorize_trust(Request(who, "sts:AssumeRole", ROLE_ARN, values), A, of, by).allowed


MAY: Final = Identity((source(POLICY, action="sts:AssumeRole"),))
TRUST: Final = [
    (USER, Identity(), aws(A), False),
    (USER, MAY, aws(A), True),
    (USER, Identity(), aws(USER.arn), True),
    (USER, MAY, aws(B), False),
    (OTHER, MAY, aws(B), True),
    (OTHER, Identity(), aws(B), False),
    (OTHER, Identity(), aws(OTHER.arn), False),
    (OTHER, MAY, aws(OTHER.arn), True),
    (OTHER, MAY, aws(A), False),
]


@pytest.mark.parametrize(("who", "of", "principal", "allowed"), TRUST, ids=range(len(TRUST)))
def test_a_role_is_had_by_whom_it_trusts(
    who: Who, of: Identity, principal: Any, *, allowed: bool
) -> None:
    assert assume(who, of, trust(principal)) is allowed
    assert not assume(who, of, trust(principal, effect="Deny"))


def test_a_deputy_that_does_not_say_for_whom_is_refused() -> None:
    """IAM User Guide, "The confused deputy problem"."""
    asked = trust(aws(B), Condition={"StringEquals": {"sts:ExternalId": "42"}})
    assert not assume(OTHER, MAY, asked)
    assert not assume(OTHER, MAY, asked, given={"sts:externalid": ("41",)})
    assert assume(OTHER, MAY, asked, given={"sts:externalid": ("42",)})


def test_a_web_identity_is_trusted_by_its_provider_and_claims() -> None:
    provider = f"arn:aws:iam::{A}:oidc-provider/id.example.com"
    subject = {"StringEquals": {"id.example.com:sub": "me"}}
    by = trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=subject)
    for one, claims, allowed in (
        (provider, {"id.example.com:sub": ("me",)}, True),
        (provider, {"id.example.com:sub": ("you",)}, False),
        (f"{provider}.evil", {"id.example.com:sub": ("me",)}, False),
    ):
        who = identified_by(one)
        values = Facts(who=who, claims=claims).value
        request = Request(who, "sts:AssumeRoleWithWebIdentity", ROLE_ARN, values)
        assert authorize_trust(request, A, None, by).allowed is allowed
    assert not assume(USER, MAY, by)


# Laws


SAID = st.sampled_from([None, "Allow", "Deny", "silent"])
WHOS = st.sampled_from([USER, ROLE, FEDERATED, OTHER])
NAMED = st.sampled_from(
    [None, "*", *({"AWS": one} for one in (A, B, USER.arn, ROLE.arn, ROLE_ARN, OTHER.arn))]
)


@given(WHOS, NAMED, SAID, SAID, SAID, st.sampled_from(["Allow", "Deny"]))
def test_a_limit_never_gives_and_a_deny_anywhere_wins(
    who: Who, principal: Any, own: Any, boundary: Any, session: Any, effect: str
) -> None:
    by = None if principal is None else bucket_policy(principal, effect)
    allowed = decide(who, identity(own, boundary, session), by).allowed
    if allowed:
        assert "Deny" not in (own, boundary, session)
        assert decide(who, identity(own, None, None), by).allowed, "a limit gave something"
        assert own == "Allow" or by is not None
    assert not decide(who, identity(own, boundary, session), bucket_policy("*", "Deny")).allowed
    if by is not None and effect == "Deny" and allowed:
        assert not by.policy.statements[0].level(who)
