"""One decision, by everything that has a say: a specification beside the implementation.

Source: User Guide, "How Amazon S3 authorizes a request", "Access control list
(ACL) overview", "Blocking public access to your Amazon S3 storage".
"""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam import acl
from gateway.iam.authorize import BucketPolicy, Object, authorize, needs_object
from gateway.iam.bucket_policy import arn_of, compile_bucket_policy
from gateway.iam.decision import Decision
from gateway.iam.evaluate import Request
from gateway.iam.keys import Facts
from gateway.iam.principals import ANONYMOUS, ANONYMOUS_ID, Who, root_of, service_of
from storage.records import Bucket, Grant, Ownership, PublicAccessBlock

OWNER: Final = root_of("111111111111", "a" * 64)
OTHER: Final = root_of("222222222222", "b" * 64)
THIRD: Final = root_of("333333333333", "c" * 64)
LOGS: Final = service_of("logging.s3.amazonaws.com")
OPEN: Final = PublicAccessBlock(
    public_acls=False, by_acls=False, public_policy=False, by_policy=False
)


def bucket(**changes: Any) -> Bucket:
    made = {"ownership": Ownership.WRITER, "blocked": None, **changes}
    return Bucket("bkt", OWNER.account, 0, "us-east-1", **made)


def policy(*statements: dict[str, Any]) -> BucketPolicy:
    return BucketPolicy.of(compile_bucket_policy(json.dumps({"Statement": statements}).encode()))


def statement(principal: Any, action: Any = "s3:*", effect: str = "Allow") -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": action,
        "Resource": ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"],
    }


def decide(
    who: Who,
    action: str,
    where: Bucket | None = None,
    by: BucketPolicy | None = None,
    found: Object | None = None,
) -> Decision:
    request = Request(who, action, arn_of("bkt", "k"), Facts(who=who).value)
    return authorize(request, where or bucket(), OWNER.canonical_id, by, found)


def object_of(who: Who, *grants: Grant) -> Object:
    return Object(who.account, who.canonical_id, grants or None)


# Which permission on which list allows what: the guide's two tables, written down once more.
TABLE: Final = [
    ("bucket", "READ", {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"}),
    ("bucket", "WRITE", {"s3:PutObject"}),
    ("bucket", "READ_ACP", {"s3:GetBucketAcl"}),
    ("bucket", "WRITE_ACP", {"s3:PutBucketAcl"}),
    ("object", "READ", {"s3:GetObject", "s3:GetObjectVersion"}),
    ("object", "WRITE", set()),
    ("object", "READ_ACP", {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"}),
    ("object", "WRITE_ACP", {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}),
]
ACTIONS: Final = sorted(
    set().union(*(actions for _, _, actions in TABLE))
    | {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging", "s3:DeleteBucket",
       "s3:PutBucketPolicy", "s3:GetObjectTagging", "s3:AbortMultipartUpload"}
)  # fmt: skip


@pytest.mark.parametrize(("level", "permission", "wanted"), TABLE)
@pytest.mark.parametrize("grantee", [OTHER.canonical_id, acl.ALL_USERS, acl.AUTHENTICATED_USERS])
def test_a_permission_allows_what_the_guide_s_table_says(
    level: str, permission: str, wanted: set[str], grantee: str
) -> None:
    grant = Grant(grantee, permission)
    where = bucket(acl=(grant,) if level == "bucket" else None)
    found = object_of(OWNER, *((grant,) if level == "object" else ()))
    assert {one for one in ACTIONS if decide(OTHER, one, where, found=found).allowed} == wanted
    by_all = {one for one in ACTIONS if decide(ANONYMOUS, one, where, found=found).allowed}
    assert by_all == (wanted if grantee == acl.ALL_USERS else set())


@pytest.mark.parametrize("level", ["bucket", "object"])
def test_full_control_is_every_permission(level: str) -> None:
    grant = Grant(OTHER.canonical_id, acl.FULL_CONTROL)
    where = bucket(acl=(grant,) if level == "bucket" else None)
    found = object_of(OWNER, *((grant,) if level == "object" else ()))
    wanted = set().union(*(actions for place, _, actions in TABLE if place == level))
    assert {one for one in ACTIONS if decide(OTHER, one, where, found=found).allowed} == wanted


def test_who_may_write_takes_away_what_is_his_own() -> None:
    where = bucket(acl=(Grant(OTHER.canonical_id, "WRITE"),))
    assert decide(OTHER, "s3:DeleteObject", where, found=object_of(OTHER)).allowed
    assert not decide(OTHER, "s3:DeleteObject", where, found=object_of(OWNER)).allowed
    assert not decide(OTHER, "s3:DeleteObject", where).allowed


def test_logs_are_delivered_by_the_group_or_by_the_service() -> None:
    where = bucket(acl=acl.canned_of_bucket("log-delivery-write", OWNER.canonical_id))
    assert decide(LOGS, "s3:PutObject", where).allowed
    assert not decide(LOGS, "s3:PutObject").allowed
    service = policy(statement({"Service": LOGS.service}, "s3:PutObject"))
    assert decide(LOGS, "s3:PutObject", by=service).allowed
    assert not decide(OTHER, "s3:PutObject", by=service).allowed
    everybody = policy(statement("*", "s3:PutObject"))
    assert not decide(LOGS, "s3:PutObject", by=everybody).allowed


CANNED: Final = [
    ("private", set()),
    ("public-read", {(acl.ALL_USERS, "READ")}),
    ("public-read-write", {(acl.ALL_USERS, "READ"), (acl.ALL_USERS, "WRITE")}),
    ("authenticated-read", {(acl.AUTHENTICATED_USERS, "READ")}),
]


@pytest.mark.parametrize(("name", "wanted"), CANNED)
def test_a_canned_name_stands_for_grants(name: str, wanted: set[tuple[str, str]]) -> None:
    own = {("a" * 64, "FULL_CONTROL")}
    of_bucket = {(one.grantee, one.permission) for one in acl.canned_of_bucket(name, "a" * 64)}
    of_object = acl.canned_of_object(name, "a" * 64, "b" * 64)
    assert of_bucket == wanted | own
    assert {(one.grantee, one.permission) for one in of_object} == wanted | own
    assert acl.is_public(of_object) is bool(wanted)


def test_what_a_bucket_owner_is_given_he_has_already_if_the_object_is_his() -> None:
    given = {"bucket-owner-read": "READ", "bucket-owner-full-control": "FULL_CONTROL"}
    for name, permission in given.items():
        assert acl.canned_of_object(name, "b", "a") == (
            Grant("b", "FULL_CONTROL"),
            Grant("a", permission),
        )
        assert acl.canned_of_object(name, "a", "a") == (Grant("a", "FULL_CONTROL"),)
        with pytest.raises(KeyError):
            acl.canned_of_bucket(name, "a")


# Every combination against the specification


GRANTEES = [OWNER.canonical_id, OTHER.canonical_id, acl.ALL_USERS, acl.AUTHENTICATED_USERS]
GRANTS = st.lists(
    st.builds(Grant, st.sampled_from(GRANTEES), st.sampled_from(sorted(acl.PERMISSIONS))),
    max_size=3,
).map(tuple)
LISTS = st.none() | GRANTS
BUCKETS = st.builds(
    bucket,
    ownership=st.sampled_from(list(Ownership)),
    acl=LISTS,
    blocked=st.sampled_from([None, OPEN, PublicAccessBlock()]),
)
PRINCIPALS = ["*", {"AWS": OTHER.account}, {"AWS": OWNER.account}]
POLICIES = st.none() | st.lists(
    st.builds(
        statement,
        st.sampled_from(PRINCIPALS),
        st.sampled_from(["s3:*", "s3:Get*", "s3:PutObject", "s3:*Acl"]),
        st.sampled_from(["Allow", "Allow", "Deny"]),
    ),
    min_size=1,
    max_size=3,
).map(lambda statements: policy(*statements))
OBJECTS = st.none() | st.builds(
    lambda who, grants: Object(who.account, who.canonical_id, grants),
    st.sampled_from([OWNER, OTHER, ANONYMOUS]),
    LISTS,
)
PEOPLE = st.sampled_from([OWNER, OTHER, THIRD, ANONYMOUS])


@given(PEOPLE, st.sampled_from(ACTIONS), BUCKETS, POLICIES, OBJECTS)
def test_the_rules_of_access_hold(
    who: Who, action: str, where: Bucket, by: BucketPolicy | None, found: Object | None
) -> None:
    if not needs_object(where, action):
        found = None
    decision = decide(who, action, where, by, found)
    is_own = who is OWNER
    denies = policy(statement("*", effect="Deny"))
    denied = decide(who, action, where, denies, found)
    assert denied.allowed is (is_own and action == "s3:PutBucketPolicy")
    if where.ownership is Ownership.ENFORCED:
        bare = bucket(ownership=Ownership.ENFORCED, blocked=where.blocked)
        assert decide(who, action, bare, by, found).allowed is decision.allowed, "lists count"
        if by is None:
            assert decision.allowed is is_own
    if by is None and is_own and (found is None or found.owner == OWNER.account):
        assert decision.allowed
    if where.blocked == PublicAccessBlock() and who is THIRD:
        # Neither a public list nor a public policy gives a stranger anything.
        assert not decision.allowed
    if decision.allowed and not is_own and who is ANONYMOUS and by is None:
        of_nobody = found is not None and found.owner_id == ANONYMOUS_ID
        lists = (*(where.acl or ()), *((found.grants or ()) if found else ()))
        assert of_nobody or any(one.grantee == acl.ALL_USERS for one in lists)
    more = policy(statement({"AWS": THIRD.account}, effect="Deny"))
    assert not decide(THIRD, action, where, more, found).allowed
