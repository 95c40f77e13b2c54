"""AssumeRole: who may, for how long, and what the session may do."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import KEY, OTHER_KEY
from tests.gateway.refusals import refused
from tests.gateway.sts.people import (
    ACCOUNT,
    OTHER,
    ROOT,
    allow,
    assume,
    credentials,
    document,
    furnish,
    new_role,
    new_user,
    read,
    trust,
)

ASSUME = allow("sts:AssumeRole")
READ = allow("s3:GetObject")


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        furnish(found, "key", "own/key")
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def who(server: Server, key: Credentials) -> str:
    """The ARN of whoever comes with credentials."""
    arn: str = server.client("sts", key).get_caller_identity()["Arn"]
    return arn


def test_a_session_is_the_role_under_a_name_and_may_do_what_the_role_may(
    server: Server, iam: Any
) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)], READ, Path="/team/")
    with refused("AccessDenied", 403):
        read(server, ann)
    answer = server.client("sts", ann).assume_role(RoleArn=arn, RoleSessionName="work@home")
    session = credentials(answer)
    assert session.access_key.startswith("ASIA")
    assert len(session.access_key) == 20
    assert read(server, session) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", session).put_object(Bucket="bucket", Key="key", Body=b"")
    role_id = iam.get_role(RoleName="reader")["Role"]["RoleId"]
    told = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/work@home"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:work@home", "Arn": told}
    found = server.client("sts", session).get_caller_identity()
    assert (found["Account"], found["Arn"]) == (ACCOUNT, told)
    assert found["UserId"] == f"{role_id}:work@home"
    assert "PackedPolicySize" not in answer


def test_a_user_whom_the_trust_names_needs_no_policy_one_of_his_account_does(
    server: Server, iam: Any
) -> None:
    ann, bob = new_user(iam, "ann"), new_user(iam, "bob")
    named = new_role(iam, "named", [trust(f"arn:aws:iam::{ACCOUNT}:user/ann")])
    by_account = new_role(iam, "by-account", [trust(ROOT)])
    assert who(server, assume(server, ann, named))
    for key, arn in ((bob, named), (ann, by_account), (bob, by_account)):
        with refused("AccessDenied", 403) as error:
            assume(server, key, arn)
        assert error["Message"].endswith(
            f"is not authorized to perform: sts:AssumeRole on resource: {arn}"
        )


def test_whether_a_role_exists_is_told_nobody(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"
    with refused("AccessDenied", 403) as error:
        assume(server, ann, missing)
    assert error["Message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole on "
        f"resource: {missing}"
    )
    # A role is named by its path and in its capitals.
    arn = new_role(iam, "there", [trust(ROOT)], Path="/p/")
    for wrong in (arn.replace("/p/", "/"), arn.replace("there", "THERE")):
        with refused("AccessDenied", 403):
            assume(server, ann, wrong)


def test_an_account_itself_assumes_no_role(server: Server, iam: Any) -> None:
    arn = new_role(iam, "reader", [trust(ROOT)], READ)
    with refused("AccessDenied", 403) as error:
        assume(server, KEY, arn)
    assert error["Message"] == "Roles may not be assumed by root accounts."


def test_across_accounts_both_have_to_allow(server: Server, iam: Any) -> None:
    elsewhere = server.client("iam", OTHER_KEY)
    partner = new_user(elsewhere, "partner", ASSUME)
    nobody = new_user(elsewhere, "nobody")
    arn = new_role(iam, "shared", [trust(f"arn:aws:iam::{OTHER}:root")], READ)
    other = f"arn:aws:iam::{OTHER}:user"
    by_name = new_role(iam, "by-name", [trust([f"{other}/partner", f"{other}/nobody"])], READ)
    assert read(server, assume(server, partner, arn)) == b"content"
    assert read(server, assume(server, partner, by_name)) == b"content"
    for role in (arn, by_name):
        with refused("AccessDenied", 403):
            assume(server, nobody, role)


def test_a_confused_deputy_has_no_external_id(server: Server, iam: Any) -> None:
    elsewhere = server.client("iam", OTHER_KEY)
    deputy = new_user(elsewhere, "deputy", ASSUME)
    condition = {"StringEquals": {"sts:ExternalId": "customer-1"}}
    arn = new_role(iam, "for-deputy", [trust(f"arn:aws:iam::{OTHER}:root", condition=condition)])
    for more in ({}, {"ExternalId": "customer-2"}, {"ExternalId": "customer-11"}):
        with refused("AccessDenied", 403):
            assume(server, deputy, arn, **more)
    assert who(server, assume(server, deputy, arn, ExternalId="customer-1"))


def test_a_session_policy_never_gives_more_than_the_role_has(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)], READ)
    wide = assume(server, ann, arn, Policy=document(allow("*")))
    assert read(server, wide) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", wide).put_object(Bucket="bucket", Key="key", Body=b"")
    narrow = assume(
        server, ann, arn, Policy=document(allow("s3:GetObject", on="arn:aws:s3:::bucket/own/*"))
    )
    assert read(server, narrow, "own/key") == b"content"
    with refused("AccessDenied", 403):
        read(server, narrow)


def test_managed_policies_limit_a_session_as_they_are_when_it_is_used(
    server: Server, iam: Any
) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "all", [trust(ROOT)], allow("s3:*"))
    made = iam.create_policy(PolicyName="narrow", PolicyDocument=document(READ))["Policy"]["Arn"]
    session = assume(server, ann, arn, PolicyArns=[{"arn": made}])
    assert read(server, session) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", session).put_object(Bucket="bucket", Key="key", Body=b"")
    iam.create_policy_version(
        PolicyArn=made, PolicyDocument=document(allow("s3:PutObject")), SetAsDefault=True
    )
    with refused("AccessDenied", 403):
        read(server, session)
    by_aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert read(server, assume(server, ann, arn, PolicyArns=[{"arn": by_aws}])) == b"content"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Policy": "nothing"}, "MalformedPolicyDocument"),
        ({"Policy": document(allow("s3:GetObject", on="x" * 2048))}, "ValidationError"),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/missing"}]},
            "MalformedPolicyDocument",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::{OTHER}:policy/theirs"}]},
            "MalformedPolicyDocument",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::aws:policy/P{n:07}"} for n in range(11)]},
            "ValidationError",
        ),
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"DurationSeconds": 43_201}, "ValidationError"),
        ({"RoleSessionName": "x"}, "ValidationError"),
        ({"RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleSessionName": "a/b"}, "ValidationError"),
        ({"RoleArn": "not an arn of anything"}, "ValidationError"),
        ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:user/reader"}, "ValidationError"),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "InvalidParameterValue",
        ),
        ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "InvalidParameterValue"),
        ({"TransitiveTagKeys": ["a"]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": f"{n}", "Value": ""} for n in range(51)]}, "ValidationError"),
    ],
)
def test_what_is_refused_of_a_call(
    server: Server, iam: Any, more: dict[str, Any], code: str
) -> None:
    ann = new_user(iam, "ann", allow("sts:*"))
    arn = new_role(iam, "reader", [trust(ROOT, "sts:AssumeRole", "sts:TagSession")], READ)
    with refused(code, 400):
        assume(server, ann, **{"arn": more.pop("RoleArn", arn), **more})


def test_a_second_factor_is_never_right(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)], READ)
    factor = {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/ann", "TokenCode": "123456"}
    with refused("AccessDenied", 403) as error:
        assume(server, ann, arn, **factor)
    assert error["Message"].startswith("MultiFactorAuthentication failed")
    with refused("AccessDenied", 403):
        server.client("sts", ann).get_session_token(**factor)
    wants = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    guarded = new_role(iam, "guarded", [trust(ROOT, condition=wants)], READ)
    with refused("AccessDenied", 403):
        assume(server, ann, guarded)


def test_a_role_says_how_long_its_sessions_may_be_a_chain_has_an_hour(
    server: Server, iam: Any
) -> None:
    ann = new_user(iam, "ann", ASSUME)
    first = new_role(iam, "first", [trust(ROOT)], ASSUME, MaxSessionDuration=43_200)
    assert who(server, assume(server, ann, first, DurationSeconds=43_200))
    with refused("ValidationError", 400) as error:
        iam.update_role(RoleName="first", MaxSessionDuration=7200)
        assume(server, ann, first, DurationSeconds=7201)
    assert error["Message"] == (
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )
    session = assume(server, ann, first)
    second = new_role(iam, "second", [trust(first)], READ, MaxSessionDuration=43_200)
    with refused("ValidationError", 400) as error:
        assume(server, session, second, DurationSeconds=3601)
    assert error["Message"] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining."
    )
    assert read(server, assume(server, session, second, DurationSeconds=3600)) == b"content"


def test_tags_of_a_session_win_over_the_roles_and_are_handed_on_where_that_is_asked(
    server: Server, iam: Any
) -> None:
    actions = ("sts:AssumeRole", "sts:TagSession")
    ann = new_user(iam, "ann", allow(*actions))
    own = allow("s3:GetObject", on="arn:aws:s3:::bucket/${aws:PrincipalTag/Folder}/*")
    first = new_role(
        iam, "first", [trust(ROOT, *actions)], own, allow(*actions),
        Tags=[{"Key": "folder", "Value": "nowhere"}],
    )  # fmt: skip
    second = new_role(iam, "second", [trust(first, *actions)], own)
    tags = [{"Key": "Folder", "Value": "own"}, {"Key": "Other", "Value": "x"}]
    answer = server.client("sts", ann).assume_role(
        RoleArn=first, RoleSessionName="session", Tags=tags, TransitiveTagKeys=["Folder"]
    )
    assert 0 < answer["PackedPolicySize"] < 100
    session = credentials(answer)
    assert read(server, session, "own/key") == b"content"
    with refused("AccessDenied", 403):
        read(server, session)
    with refused("AccessDenied", 403):
        read(server, assume(server, ann, first), "own/key")
    # Handed on, whether or not the next call says so; it cannot be changed.
    chained = assume(server, session, second)
    assert read(server, chained, "own/key") == b"content"
    with refused("InvalidParameterValue", 400):
        assume(server, session, second, Tags=[{"Key": "folder", "Value": "elsewhere"}])
    plain = assume(server, ann, first, Tags=tags)
    with refused("AccessDenied", 403):
        read(server, assume(server, plain, second), "own/key")


def test_tags_need_a_permission_of_their_own_on_both_sides(server: Server, iam: Any) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    both = ("sts:AssumeRole", "sts:TagSession")
    ann, bob = new_user(iam, "ann", allow(*both)), new_user(iam, "bob", ASSUME)
    open_, closed = new_role(iam, "open", [trust(ROOT, *both)]), new_role(iam, "no", [trust(ROOT)])
    condition = {"StringEquals": {"aws:RequestTag/team": "b"}}
    other = new_role(iam, "other", [trust(ROOT), trust(ROOT, *both, condition=condition)])
    assert who(server, assume(server, ann, open_, Tags=tags))
    for key, arn in ((bob, open_), (ann, closed), (ann, other)):
        with refused("AccessDenied", 403) as error:
            assume(server, key, arn, Tags=tags)
        assert "sts:TagSession" in error["Message"]


def test_a_source_identity_needs_a_permission_and_stays(server: Server, iam: Any) -> None:
    both = ("sts:AssumeRole", "sts:SetSourceIdentity")
    ann = new_user(iam, "ann", allow(*both))
    first = new_role(iam, "first", [trust(ROOT, *both)], allow(*both))
    condition = {"StringEquals": {"aws:SourceIdentity": "ann"}}
    second = new_role(iam, "second", [trust(first, *both, condition=condition)], READ)
    closed = new_role(iam, "closed", [trust(first)], READ)
    answer = server.client("sts", ann).assume_role(
        RoleArn=first, RoleSessionName="session", SourceIdentity="ann"
    )
    assert answer["SourceIdentity"] == "ann"
    session = credentials(answer)
    chained = server.client("sts", session).assume_role(RoleArn=second, RoleSessionName="next")
    assert chained["SourceIdentity"] == "ann"
    for arn, more in ((closed, {}), (second, {"SourceIdentity": "bob"})):
        with refused("AccessDenied", 403):
            assume(server, session, arn, **more)
    with refused("AccessDenied", 403):
        assume(server, assume(server, ann, first), second)


def test_too_many_tags_for_a_token_are_refused(server: Server, iam: Any) -> None:
    both = ("sts:AssumeRole", "sts:TagSession")
    ann = new_user(iam, "ann", allow(*both))
    arn = new_role(iam, "role", [trust(ROOT, *both)])
    # What cannot be compressed: fifty values that have nothing in common.
    tags = [
        {"Key": f"key{n}", "Value": hashlib.sha512(b"%d" % n).hexdigest()[:120]} for n in range(50)
    ]
    with refused("PackedPolicyTooLarge", 400) as error:
        assume(server, ann, arn, Tags=tags)
    assert error["Message"].startswith("Packed policy consumes ")
    assert error["Message"].endswith("% of allotted space, please use smaller policy.")


def test_keys_that_would_make_a_token_too_long_are_refused(server: Server, iam: Any) -> None:
    both = ("sts:AssumeRole", "sts:TagSession")
    ann = new_user(iam, "ann", allow(*both))
    arn = new_role(iam, "role", [trust(ROOT, *both)])
    # As policies and tags they are nearly nothing, as keys that are handed on they are not.
    keys = [f"{'x' * 120}{n}" for n in range(50)]
    tags = [{"Key": key, "Value": ""} for key in keys]
    assume(server, ann, arn, Tags=tags)
    with refused("PackedPolicyTooLarge", 400) as error:
        assume(server, ann, arn, Tags=tags, TransitiveTagKeys=keys)
    assert error["Message"].startswith("Packed policy consumes 1")


def test_a_session_whose_role_is_gone_is_nobodys(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)], READ)
    session = assume(server, ann, arn)
    assert read(server, session) == b"content"
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    with refused("AccessDenied", 403):
        read(server, session)
    iam.delete_role(RoleName="reader")
    with refused("InvalidAccessKeyId", 403):
        read(server, session)
    with refused("InvalidClientTokenId", 403):
        server.client("sts", session).get_caller_identity()
    # Another role of that name is another one.
    new_role(iam, "reader", [trust(ROOT)], READ)
    with refused("InvalidAccessKeyId", 403):
        read(server, session)


def test_a_boundary_of_a_role_bounds_its_sessions(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:Put*")))
    arn = new_role(
        iam, "reader", [trust(ROOT)], READ, PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    with refused("AccessDenied", 403):
        read(server, assume(server, ann, arn))


def test_when_a_role_was_used_is_told(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)], READ)
    assert "LastUsedDate" not in iam.get_role(RoleName="reader")["Role"]["RoleLastUsed"]
    read(server, assume(server, ann, arn))
    server.run(server.app.services.identities.close())  # what is noted beside
    assert iam.get_role(RoleName="reader")["Role"]["RoleLastUsed"]["Region"] == "us-east-1"


def test_a_policy_of_a_bucket_may_name_the_role_or_the_session(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", ASSUME)
    arn = new_role(iam, "reader", [trust(ROOT)])
    session: Credentials = assume(server, ann, arn, RoleSessionName="one")
    other = assume(server, ann, arn, RoleSessionName="two")
    told = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/one"
    for principal, reads in ((arn, (True, True)), (told, (True, False))):
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/*",
        }
        server.client("s3").put_bucket_policy(Bucket="bucket", Policy=document(statement))
        for key, may in zip((session, other), reads, strict=True):
            if may:
                assert read(server, key) == b"content"
            else:
                with refused("AccessDenied", 403):
                    read(server, key)
