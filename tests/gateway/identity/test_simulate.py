"""Simulations by boto3: what IAM would decide, which is what S3 then decides."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.identity.test_permissions import ACCOUNT, allow, key_of, policy
from tests.gateway.refusals import refused

READ: Final = policy(allow("s3:GetObject", on="arn:aws:s3:::bucket/a/*"))
DENY: Final = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/a/x"})


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def decisions(found: dict[str, Any]) -> list[str]:
    return [one["EvalDecision"] for one in found["EvaluationResults"]]


def test_each_action_is_tried_on_each_resource(iam: Any) -> None:
    found = iam.simulate_custom_policy(
        PolicyInputList=[READ, DENY],
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::bucket/a/1", "arn:aws:s3:::bucket/a/x"],
    )
    assert [
        (one["EvalActionName"], one["EvalResourceName"][-1], one["EvalDecision"])
        for one in found["EvaluationResults"]
    ] == [
        ("s3:GetObject", "1", "allowed"),
        ("s3:GetObject", "x", "explicitDeny"),
        ("s3:PutObject", "1", "implicitDeny"),
        ("s3:PutObject", "x", "explicitDeny"),
    ]
    matched = [one["MatchedStatements"] for one in found["EvaluationResults"]]
    assert matched[0] == [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy"}]
    assert matched[1][0]["SourcePolicyId"] == "PolicyInputList.2"
    assert matched[2] == []


def test_conditions_are_tried_with_the_context_that_is_given(iam: Any) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    asked = {
        "PolicyInputList": [policy(allow("s3:ListAllMyBuckets", condition=condition))],
        "ActionNames": ["s3:ListAllMyBuckets"],
    }
    found = iam.simulate_custom_policy(**asked)
    assert decisions(found) == ["implicitDeny"]
    assert found["EvaluationResults"][0]["MissingContextValues"] == ["aws:sourceip"]
    for address, decision in (("10.1.2.3", "allowed"), ("11.1.2.3", "implicitDeny")):
        entry = {
            "ContextKeyName": "aws:SourceIp",
            "ContextKeyType": "ip",
            "ContextKeyValues": [address],
        }
        found = iam.simulate_custom_policy(**asked, ContextEntries=[entry])
        assert decisions(found) == [decision]
        assert found["EvaluationResults"][0]["MissingContextValues"] == []


def test_a_boundary_limits_and_says_so(iam: Any) -> None:
    found = iam.simulate_custom_policy(
        PolicyInputList=[policy(allow("*"))],
        PermissionsBoundaryPolicyInputList=[READ],
        ActionNames=["s3:GetObject", "iam:ListUsers"],
        ResourceArns=["arn:aws:s3:::bucket/a/1"],
    )
    assert decisions(found) == ["allowed", "implicitDeny"]
    bounds = [one["PermissionsBoundaryDecisionDetail"] for one in found["EvaluationResults"]]
    assert [one["AllowedByPermissionsBoundary"] for one in bounds] == [True, False]


def test_a_resources_policy_counts_for_the_caller_it_names(iam: Any) -> None:
    resource = "arn:aws:s3:::bucket/key"
    ann = f"{ACCOUNT}:user/ann"
    statement = allow("s3:GetObject", on=resource) | {"Principal": {"AWS": ann}}
    asked = {
        "PolicyInputList": [policy(allow("s3:PutObject"))],
        "ResourcePolicy": policy(statement),
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [resource],
    }
    found = iam.simulate_custom_policy(**asked, CallerArn=ann)
    assert decisions(found) == ["allowed"]
    assert found["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyType"] == "resource"
    assert decisions(iam.simulate_custom_policy(**asked, CallerArn=f"{ann}2")) == ["implicitDeny"]
    # Of another account's resource her own policies would have to allow it, too.
    found = iam.simulate_custom_policy(**asked, CallerArn=ann, ResourceOwner="000000000002")
    assert decisions(found) == ["implicitDeny"]
    with refused("InvalidInput", 400):
        iam.simulate_custom_policy(**asked)
    by_arn = "arn:aws:iam::000000000002:root"
    found = iam.simulate_custom_policy(**asked, CallerArn=ann, ResourceOwner=by_arn)
    assert decisions(found) == ["implicitDeny"]
    for owner in ("somebody", "arn:aws:iam::12:root", "a:b:c:d"):
        with refused("InvalidInput", 400):
            iam.simulate_custom_policy(**asked, CallerArn=ann, ResourceOwner=owner)


def test_pages_hold_as_many_as_are_asked_for(iam: Any) -> None:
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[READ],
        ActionNames=[f"s3:Action{number}" for number in range(5)],
        PaginationConfig={"PageSize": 2},
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 2, 1]


def test_what_is_no_policy_or_would_have_no_effect_is_refused(iam: Any) -> None:
    asked: dict[str, Any] = {"ActionNames": ["s3:GetObject"], "PolicyInputList": [READ]}
    with refused("MalformedPolicyDocument", 400):
        iam.simulate_custom_policy(**asked | {"PolicyInputList": ["{}"]})
    with refused("MalformedPolicyDocument", 400):
        iam.simulate_custom_policy(**asked, ResourcePolicy="{}", CallerArn=f"{ACCOUNT}:user/ann")
    with refused("NotImplemented", 501):
        iam.simulate_custom_policy(**asked, ResourceHandlingOption="EC2-VPC-InstanceStore")


def test_what_is_simulated_of_a_user_is_what_he_then_may_do(server: Server, iam: Any) -> None:
    key: Credentials = key_of(
        iam, "ann", allow("s3:PutObject", on="arn:aws:s3:::bucket/${aws:username}/*")
    )
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=READ)
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    arn = iam.create_policy(PolicyName="deny", PolicyDocument=DENY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    server.client("s3").create_bucket(Bucket="bucket")
    s3, root = server.client("s3", key), server.client("s3")
    names = ("a/1", "a/x", "ann/1", "ann2/1", "b")
    found = iam.simulate_principal_policy(
        PolicySourceArn=f"{ACCOUNT}:user/ann",
        ActionNames=["s3:PutObject", "s3:GetObject"],
        ResourceArns=[f"arn:aws:s3:::bucket/{name}" for name in names],
    )
    said = decisions(found)
    assert said[: len(names)] == [
        "implicitDeny",
        "explicitDeny",
        "allowed",
        "implicitDeny",
        "implicitDeny",
    ]
    for name, decision in zip(names, said, strict=False):
        if decision == "allowed":
            s3.put_object(Bucket="bucket", Key=name, Body=b"")
            continue
        with refused("AccessDenied", 403):
            s3.put_object(Bucket="bucket", Key=name, Body=b"")
        root.put_object(Bucket="bucket", Key=name, Body=b"")
    for name, decision in zip(names, said[len(names) :], strict=True):
        if decision == "allowed":
            s3.get_object(Bucket="bucket", Key=name)
            continue
        with refused("AccessDenied", 403):
            s3.get_object(Bucket="bucket", Key=name)
    kinds = {
        statement["SourcePolicyType"]
        for one in found["EvaluationResults"]
        for statement in one["MatchedStatements"]
    }
    assert kinds == {"user", "group", "user-managed"}
