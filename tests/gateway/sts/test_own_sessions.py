"""GetSessionToken and GetFederationToken: what they may do, and when they end."""

from collections.abc import Iterator
from typing import Any

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import KEY
from tests.gateway.refusals import refused
from tests.gateway.sts.people import (
    ACCOUNT,
    ROOT,
    allow,
    assume,
    credentials,
    document,
    furnish,
    new_key,
    new_role,
    new_user,
    read,
    scoped_key,
    trust,
)

READ = allow("s3:GetObject")
FEDERATE = allow("sts:GetFederationToken", "sts:TagSession")


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        furnish(found, "key", "own/key")
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def session_of(server: Server, key: Credentials, **more: Any) -> Credentials:
    return credentials(server.client("sts", key).get_session_token(**more))


def federated(server: Server, key: Credentials, name: str = "guest", **more: Any) -> Credentials:
    return credentials(server.client("sts", key).get_federation_token(Name=name, **more))


def test_a_session_of_a_user_is_the_user(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", READ)
    session = session_of(server, ann)
    own, found = (server.client("sts", key).get_caller_identity() for key in (ann, session))
    assert (own["Arn"], own["UserId"]) == (found["Arn"], found["UserId"])
    assert read(server, session) == b"content"
    iam.delete_user_policy(UserName="ann", PolicyName="own")
    with refused("AccessDenied", 403):
        read(server, session)


def test_a_policy_tells_a_session_from_a_key(server: Server, iam: Any) -> None:
    temporary = {"Null": {"aws:TokenIssueTime": "false"}}
    ann = new_user(iam, "ann", READ | {"Condition": temporary})
    with refused("AccessDenied", 403):
        read(server, ann)
    assert read(server, session_of(server, ann)) == b"content"


def test_a_session_of_an_account_may_do_everything_but_ask_iam(server: Server) -> None:
    session = session_of(server, KEY)
    assert server.client("sts", session).get_caller_identity()["Arn"] == ROOT
    assert read(server, session) == b"content"
    with refused("InvalidClientTokenId", 403):
        server.client("iam", session).list_users()


def test_sessions_end_with_the_key_that_asked_for_them(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann", READ, FEDERATE)
    other = new_key(iam, "ann")
    sessions = [session_of(server, ann), federated(server, ann, Policy=document(READ))]
    for session in sessions:
        assert read(server, session) == b"content"
    state = {"UserName": "ann", "AccessKeyId": ann.access_key}
    iam.update_access_key(**state, Status="Inactive")
    for session in sessions:
        with refused("InvalidAccessKeyId", 403):
            read(server, session)
    assert read(server, session_of(server, other)) == b"content"
    iam.update_access_key(**state, Status="Active")
    assert [read(server, session) for session in sessions] == [b"content"] * 2
    iam.delete_access_key(**state)
    for session in sessions:
        with refused("InvalidAccessKeyId", 403):
            read(server, session)


def test_sessions_of_a_declared_key_end_when_it_is_withdrawn(server: Server) -> None:
    session = session_of(server, KEY)
    assert read(server, session) == b"content"
    server.app.services.identities.withdraw(KEY.access_key)
    with refused("InvalidAccessKeyId", 403):
        read(server, session)


@pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
def test_no_session_begins_another_of_its_kind(server: Server, iam: Any, operation: str) -> None:
    ann = new_user(iam, "ann", allow("*"))
    role = new_role(iam, "role", [trust(ROOT)], allow("*"))
    sessions = [session_of(server, ann), federated(server, ann), assume(server, ann, role)]
    more = {"Name": "guest"} if "federation" in operation else {}
    for session in sessions:
        with refused("AccessDenied", 403) as error:
            getattr(server.client("sts", session), operation)(**more)
        assert error["Message"].endswith("with session credentials")


def test_what_sessions_may_ask_iam_and_sts(server: Server, iam: Any) -> None:
    """IAM User Guide, "Compare AWS STS credentials"."""
    ann = new_user(iam, "ann", allow("*"))
    role = new_role(iam, "role", [trust(ROOT)], allow("*"))
    of_role, of_user, guest = (
        assume(server, ann, role),
        session_of(server, ann),
        federated(server, ann, Policy=document(allow("*"))),
    )
    server.client("iam", of_role).list_users()
    for key in (of_user, guest):
        with refused("InvalidClientTokenId", 403) as error:
            server.client("iam", key).list_users()
        assert error["Message"] == "The security token included in the request is invalid."
    for key in (of_role, of_user):
        assume(server, key, role)
    with refused("AccessDenied", 403):
        assume(server, guest, role)


def test_a_federated_user_may_do_what_both_the_user_and_the_policy_let(
    server: Server, iam: Any
) -> None:
    ann = new_user(iam, "ann", READ, FEDERATE)
    wide, narrow = document(allow("*")), document(allow("s3:*", on="arn:aws:s3:::bucket/own/*"))
    answer = server.client("sts", ann).get_federation_token(Name="guest", Policy=wide)
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:guest", "Arn": arn}
    assert answer["PackedPolicySize"] > 0
    guest = credentials(answer)
    assert server.client("sts", guest).get_caller_identity()["Arn"] == arn
    assert read(server, guest) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", guest).put_object(Bucket="bucket", Key="key", Body=b"")
    limited = federated(server, ann, Policy=narrow)
    assert read(server, limited, "own/key") == b"content"
    with refused("AccessDenied", 403):
        read(server, limited)


def test_a_federated_user_without_a_policy_may_do_what_a_bucket_gives_him(
    server: Server, iam: Any
) -> None:
    ann = new_user(iam, "ann", READ, FEDERATE)
    for key in (federated(server, ann), federated(server, KEY)):
        with refused("AccessDenied", 403):
            read(server, key)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/guest"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
    }
    server.client("s3").put_bucket_policy(Bucket="bucket", Policy=document(statement))
    assert read(server, federated(server, ann)) == b"content"
    with refused("AccessDenied", 403):
        read(server, federated(server, ann, "other"))


def test_an_accounts_federated_user_may_do_what_the_policy_lets(server: Server) -> None:
    guest = federated(server, KEY, Policy=document(READ))
    assert read(server, guest) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", guest).list_objects_v2(Bucket="bucket")


def test_to_federate_needs_a_permission_and_to_tag_another(server: Server, iam: Any) -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    ann = new_user(iam, "ann", allow("sts:GetFederationToken", on=arn))
    federated(server, ann)
    for more in ({"name": "other"}, {"Tags": [{"Key": "a", "Value": "b"}]}):
        with refused("AccessDenied", 403):
            federated(server, ann, **more)


def test_tags_of_a_federated_user_are_his(server: Server, iam: Any) -> None:
    own = allow("s3:GetObject", on="arn:aws:s3:::bucket/${aws:PrincipalTag/folder}/*")
    ann = new_user(iam, "ann", FEDERATE, own)
    guest = federated(server, ann, Policy=document(READ), Tags=[{"Key": "folder", "Value": "own"}])
    assert read(server, guest, "own/key") == b"content"
    with refused("AccessDenied", 403):
        read(server, guest)


@pytest.mark.parametrize(
    ("is_root", "asked", "seconds"),
    [(False, None, 43_200), (False, 129_600, 129_600), (True, None, 3600), (True, 7200, 3600)],
)
def test_how_long_sessions_are(
    server: Server, iam: Any, is_root: bool, asked: int | None, seconds: int
) -> None:
    key = KEY if is_root else new_user(iam, "ann", FEDERATE)
    sts = server.client("sts", key)
    more = {} if asked is None else {"DurationSeconds": asked}
    for answer in (sts.get_session_token(**more), sts.get_federation_token(Name="ab", **more)):
        ends = answer["Credentials"]["Expiration"].timestamp()
        now = server.app.services.clock.now_ms() / 1000
        assert seconds - 60 < ends - now <= seconds


def test_sessions_of_a_key_with_a_scope_have_it_too(server: Server) -> None:
    key = scoped_key(server, READ, FEDERATE)
    everything = document(allow("*"))
    for session in (session_of(server, key), federated(server, key, Policy=everything)):
        assert read(server, session) == b"content"
        with refused("AccessDenied", 403):
            server.client("s3", session).put_object(Bucket="bucket", Key="key", Body=b"")
