"""DecodeAuthorizationMessage and GetAccessKeyInfo."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import KEY, OTHER_KEY
from tests.gateway.refusals import refused
from tests.gateway.sts.people import ACCOUNT, OTHER, allow, credentials, new_user


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def message_of(server: Server, key: Credentials) -> str:
    """What a refusal has beside its message."""
    with refused("AccessDenied", 403) as error:
        server.client("iam", key).create_user(UserName="bob")
    assert "Encoded" not in error["Message"]
    found: str = error["EncodedAuthorizationMessage"]
    return found


def decoded(server: Server, key: Credentials, message: str) -> dict[str, Any]:
    answer = server.client("sts", key).decode_authorization_message(EncodedMessage=message)
    found: dict[str, Any] = json.loads(answer["DecodedMessage"])
    return found


def test_why_something_was_refused_is_told_to_whoever_may_know(server: Server, iam: Any) -> None:
    ann = new_user(iam, "ann")
    message = message_of(server, ann)
    assert "ann" not in message
    with refused("AccessDenied", 403):
        decoded(server, ann, message)
    told = decoded(server, KEY, message)
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    assert told["context"]["action"] == "iam:CreateUser"
    assert told["context"]["resource"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    user = iam.get_user(UserName="ann")["User"]
    assert told["context"]["principal"] == {"id": user["UserId"], "arn": user["Arn"]}
    known = {one["key"]: one["values"]["items"] for one in told["context"]["conditions"]["items"]}
    assert known["aws:PrincipalType"] == [{"value": "User"}]
    auditor = new_user(iam, "auditor", allow("sts:DecodeAuthorizationMessage"))
    assert decoded(server, auditor, message) == told


def test_the_statement_that_denied_is_named(server: Server, iam: Any) -> None:
    deny = {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    told = decoded(server, KEY, message_of(server, new_user(iam, "ann", deny)))
    assert told["explicitDeny"] is True
    (matched,) = told["matchedStatements"]["items"]
    assert (matched["statementId"], matched["effect"]) == ("NoUsers", "DENY")


def test_a_message_of_another_account_or_of_nobody_is_none(server: Server, iam: Any) -> None:
    message = message_of(server, new_user(iam, "ann"))
    token = credentials(server.client("sts").get_session_token()).session_token
    for key, text in (
        (OTHER_KEY, message),
        (KEY, message[:-1]),
        (KEY, message[:9] + ("A" if message[9] != "A" else "B") + message[10:]),
        (KEY, str(token)),
        (KEY, "x"),
    ):
        with refused("InvalidAuthorizationMessageException", 400):
            decoded(server, key, text)


def test_whose_a_key_is_is_told_valid_or_not(server: Server, iam: Any) -> None:
    def account_of(key_id: str) -> str:
        found: str = server.client("sts").get_access_key_info(AccessKeyId=key_id)["Account"]
        return found

    ann = new_user(iam, "ann")
    session = credentials(server.client("sts", OTHER_KEY).get_session_token())
    assert account_of(KEY.access_key) == account_of(ann.access_key) == ACCOUNT
    assert account_of(OTHER_KEY.access_key) == account_of(session.access_key) == OTHER
    iam.update_access_key(UserName="ann", AccessKeyId=ann.access_key, Status="Inactive")
    assert account_of(ann.access_key) == ACCOUNT
    for unknown in ("AKIAAAAAAAAAAAAAAAAA", "ASIA9999999999999999", "NOTAKEYOFANYKINDATALL"):
        with refused("ValidationError", 400):
            account_of(unknown)
    bob = new_user(iam, "bob")
    with refused("AccessDenied", 403):
        server.client("sts", bob).get_access_key_info(AccessKeyId=KEY.access_key)
