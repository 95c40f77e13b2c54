"""Which condition keys policies look at."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.identity.clients import Server, served
from tests.gateway.identity.test_permissions import ACCOUNT, allow, policy
from tests.gateway.refusals import refused


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


BY_NAME = policy(allow("s3:*", on="arn:aws:s3:::b/${aws:username}/*"))
BY_ADDRESS = policy(
    allow("s3:*", condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    allow(
        "s3:GetObject",
        condition={"StringLike": {"s3:prefix": ["${aws:PrincipalTag/team, 'x'}", "${*}"]}},
    ),
)


def test_keys_and_variables_are_told_once(server: Server) -> None:
    iam = server.client("iam")
    found = iam.get_context_keys_for_custom_policy(
        PolicyInputList=[BY_NAME, BY_ADDRESS, BY_ADDRESS]
    )
    assert found["ContextKeyNames"] == [
        "aws:PrincipalTag/team",
        "aws:SourceIp",
        "aws:username",
        "s3:prefix",
    ]
    with refused("MalformedPolicyDocument", 400):
        iam.get_context_keys_for_custom_policy(PolicyInputList=["{}"])


def test_a_users_are_those_of_all_his_policies(server: Server) -> None:
    iam: Any = server.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="all")
    iam.add_user_to_group(UserName="ann", GroupName="all")
    iam.put_group_policy(GroupName="all", PolicyName="p", PolicyDocument=BY_NAME)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=BY_ADDRESS)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    own = iam.get_context_keys_for_principal_policy(PolicySourceArn=f"{ACCOUNT}:user/ann")
    assert len(own["ContextKeyNames"]) == 4
    with refused("NoSuchEntity", 404):
        iam.get_context_keys_for_principal_policy(PolicySourceArn=f"{ACCOUNT}:role/nothing")
    with refused("InvalidInput", 400):
        iam.get_context_keys_for_principal_policy(PolicySourceArn=f"{ACCOUNT}:policy/p")
