"""Roles, policies, attachments, boundaries, tags and providers by boto3, as IAM describes them."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from gateway.iam.builtin import POLICIES
from gateway.iam.identity_policy import parse_identity_policy
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import OTHER_KEY
from tests.gateway.refusals import refused

READ: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
}
TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::000000000001:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}
FULL_S3: Final = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def create_policy(iam: Any, name: str = "read", **more: Any) -> str:
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(READ), **more)
    arn: str = made["Policy"]["Arn"]
    return arn


def holder(iam: Any, kind: str) -> dict[str, str]:
    """A new user, group or role, as requests name it."""
    arguments = {f"{kind.capitalize()}Name": "one"}
    more = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**arguments, **more)
    return arguments


def test_a_role_is_made_found_changed_and_deleted(iam: Any) -> None:
    made = iam.create_role(
        RoleName="reader",
        Path="/app/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Description="reads",
        Tags=[{"Key": "team", "Value": "a"}],
    )["Role"]
    assert made["Arn"] == "arn:aws:iam::000000000001:role/app/reader"
    assert made["RoleId"].startswith("AROA")
    found = iam.get_role(RoleName="reader")["Role"]
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert (found["MaxSessionDuration"], found["RoleLastUsed"]) == (3600, {})
    assert found["Tags"] == [{"Key": "team", "Value": "a"}]
    iam.update_role(RoleName="reader", Description="", MaxSessionDuration=7200)
    changed = iam.get_role(RoleName="reader")["Role"]
    assert ("Description" in changed, changed["MaxSessionDuration"]) == (False, 7200)
    again = iam.update_role_description(RoleName="reader", Description="again")["Role"]
    assert again["Description"] == "again"
    (listed,) = iam.list_roles(PathPrefix="/app/")["Roles"]
    assert "Tags" not in listed
    iam.delete_role(RoleName="reader")
    with refused("NoSuchEntity", 404) as error:
        iam.get_role(RoleName="reader")
    assert error["Message"] == "The role with name reader cannot be found."


def test_a_trust_policy_is_refused_if_it_is_none(iam: Any) -> None:
    for document in ("{}", "no json", json.dumps(READ)):
        with refused("MalformedPolicyDocument", 400):
            iam.create_role(RoleName="reader", AssumeRolePolicyDocument=document)
    holder(iam, "role")
    with refused("MalformedPolicyDocument", 400):
        iam.update_assume_role_policy(RoleName="one", PolicyDocument=json.dumps(READ))


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_inline_policies_are_put_read_listed_and_deleted(iam: Any, kind: str) -> None:
    named = holder(iam, kind)
    put, get = (getattr(iam, f"{verb}_{kind}_policy") for verb in ("put", "get"))
    put(**named, PolicyName="read", PolicyDocument=json.dumps(READ))
    found = get(**named, PolicyName="read")
    assert found["PolicyDocument"] == READ
    assert found[f"{kind.capitalize()}Name"] == "one"
    assert getattr(iam, f"list_{kind}_policies")(**named)["PolicyNames"] == ["read"]
    with refused("DeleteConflict", 409) as error:
        getattr(iam, f"delete_{kind}")(**named)
    assert error["Message"] == "Cannot delete entity, must delete policies first."
    getattr(iam, f"delete_{kind}_policy")(**named, PolicyName="read")
    with refused("NoSuchEntity", 404) as error:
        get(**named, PolicyName="read")
    assert error["Message"] == f"The {kind} policy with name read cannot be found."
    with refused("MalformedPolicyDocument", 400):
        put(**named, PolicyName="read", PolicyDocument='{"Version":"2012-10-17"}')


def test_inline_policies_of_a_user_together_are_2048_characters_at_most(iam: Any) -> None:
    named = holder(iam, "user")
    long = {"Version": "2012-10-17", "Statement": [READ["Statement"][0]] * 40}
    with refused("LimitExceeded", 409) as error:
        iam.put_user_policy(**named, PolicyName="long", PolicyDocument=json.dumps(long))
    assert error["Message"] == "Maximum policy size of 2048 bytes exceeded for user one"


def test_a_managed_policy_has_five_versions_of_which_one_counts(iam: Any) -> None:
    arn = create_policy(iam, Path="/p/", Description="reads")
    assert arn == "arn:aws:iam::000000000001:policy/p/read"
    for number in (2, 3, 4, 5):
        made = iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(READ), SetAsDefault=number == 3
        )["PolicyVersion"]
        assert (made["VersionId"], made["IsDefaultVersion"]) == (f"v{number}", number == 3)
    with refused("LimitExceeded", 409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ))
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [one["VersionId"] for one in listed] == ["v5", "v4", "v3", "v2", "v1"]
    with refused("DeleteConflict", 409) as error:
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    assert error["Message"] == "Cannot delete the default version of a policy."
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)
    for number in (2, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["DefaultVersionId"], found["AttachmentCount"]) == ("v1", 0)
    assert found["Description"] == "reads"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert (version["Document"], version["IsDefaultVersion"]) == (READ, True)
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404) as error:
        iam.get_policy(PolicyArn=arn)
    assert error["Message"] == f"Policy {arn} was not found."


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_policies_are_attached_counted_and_detached(iam: Any, kind: str) -> None:
    arn, named = create_policy(iam), holder(iam, kind)
    attach, detach = (getattr(iam, f"{verb}_{kind}_policy") for verb in ("attach", "detach"))
    for policy in (arn, arn, FULL_S3):
        attach(**named, PolicyArn=policy)
    attached = getattr(iam, f"list_attached_{kind}_policies")(**named)["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["AmazonS3FullAccess", "read"]
    for policy in (arn, FULL_S3):
        assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    (entity,) = entities[f"Policy{kind.capitalize()}s"]
    assert entity[f"{kind.capitalize()}Name"] == "one"
    for call in (getattr(iam, f"delete_{kind}"), iam.delete_policy):
        with refused("DeleteConflict", 409):
            call(**(named if call != iam.delete_policy else {"PolicyArn": arn}))
    detach(**named, PolicyArn=arn)
    detach(**named, PolicyArn=FULL_S3)
    with refused("NoSuchEntity", 404):
        detach(**named, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404) as error:
        attach(**named, PolicyArn=arn)
    assert error["Message"] == f"Policy {arn} does not exist or is not attachable."
    with refused("InvalidInput", 400):
        attach(**named, PolicyArn="arn:aws:iam::000000000001:user/one")


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_is_set_shown_and_taken_away(iam: Any, kind: str) -> None:
    arn, named = create_policy(iam), holder(iam, kind)
    with refused("NoSuchEntity", 404) as error:
        getattr(iam, f"put_{kind}_permissions_boundary")(**named, PermissionsBoundary=f"{arn}2")
    assert error["Message"] == f"Scope ARN: {arn}2 does not exist or is not attachable."
    getattr(iam, f"put_{kind}_permissions_boundary")(**named, PermissionsBoundary=arn)
    found = getattr(iam, f"get_{kind}")(**named)[kind.capitalize()]
    assert found["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": arn,
    }
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    bounds = {"PolicyArn": arn, "PolicyUsageFilter": "PermissionsBoundary"}
    assert iam.list_entities_for_policy(**bounds)[f"Policy{kind.capitalize()}s"]
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)
    getattr(iam, f"delete_{kind}_permissions_boundary")(**named)
    with refused("NoSuchEntity", 404):
        getattr(iam, f"delete_{kind}_permissions_boundary")(**named)
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize("kind", ["user", "role", "policy", "open_id_connect_provider"])
def test_tags_are_put_changed_listed_and_taken_away(iam: Any, kind: str) -> None:
    if kind == "policy":
        named = {"PolicyArn": create_policy(iam)}
    elif kind == "open_id_connect_provider":
        made = iam.create_open_id_connect_provider(Url="https://id.example/realm")
        named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    else:
        named = holder(iam, kind)
    tag, untag, listed = (
        getattr(iam, name) for name in (f"tag_{kind}", f"untag_{kind}", f"list_{kind}_tags")
    )
    tag(**named, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    tag(**named, Tags=[{"Key": "A", "Value": "2"}])
    tags = listed(**named)["Tags"]
    assert {one["Key"]: one["Value"] for one in tags} == {"A": "2", "b": ""}
    page = listed(**named, MaxItems=1)
    assert (len(page["Tags"]), page["IsTruncated"]) == (1, True)
    assert len(listed(**named, Marker=page["Marker"])["Tags"]) == 1
    untag(**named, TagKeys=["a", "nothing"])
    assert [one["Key"] for one in listed(**named)["Tags"]] == ["b"]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    with refused("LimitExceeded", 409):
        tag(**named, Tags=many)
    with refused("InvalidInput", 400):
        tag(**named, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}])


def test_aws_own_policies_are_there_and_stay_as_they_are(iam: Any) -> None:
    listed = iam.list_policies(Scope="AWS")["Policies"]
    assert {one["Arn"] for one in listed} == POLICIES.keys()
    found = iam.get_policy(PolicyArn=FULL_S3)["Policy"]
    assert (found["DefaultVersionId"], found["PolicyId"][:4]) == ("v1", "ANPA")
    version = iam.get_policy_version(PolicyArn=FULL_S3, VersionId="v1")["PolicyVersion"]
    assert "s3:*" in version["Document"]["Statement"][0]["Action"]
    with refused("AccessDenied", 403):
        iam.delete_policy(PolicyArn=FULL_S3)
    with refused("NoSuchEntity", 404):
        iam.get_policy_version(PolicyArn=FULL_S3, VersionId="v2")


@pytest.mark.parametrize("arn", sorted(POLICIES))
def test_each_of_aws_own_policies_is_one_that_iam_would_take(arn: str) -> None:
    assert parse_identity_policy(POLICIES[arn].document.encode(), managed=True).statements


def test_policies_are_listed_by_scope_path_and_use(iam: Any) -> None:
    arn = create_policy(iam, Path="/p/")
    create_policy(iam, "other")
    named = holder(iam, "user")
    iam.attach_user_policy(**named, PolicyArn=arn)
    iam.attach_user_policy(**named, PolicyArn=FULL_S3)

    def names(**arguments: Any) -> list[str]:
        pages = iam.get_paginator("list_policies").paginate(**arguments)
        return [one["PolicyName"] for page in pages for one in page["Policies"]]

    assert names(Scope="Local") == ["other", "read"]
    assert names(Scope="Local", PathPrefix="/p/") == ["read"]
    assert names(OnlyAttached=True) == ["read", "AmazonS3FullAccess"]
    assert len(names(PaginationConfig={"PageSize": 2})) == len(POLICIES) + 2


def test_another_accounts_policy_is_neither_seen_nor_attached(server: Server, iam: Any) -> None:
    arn, other = create_policy(iam), server.client("iam", OTHER_KEY)
    named = holder(other, "user")
    with refused("NoSuchEntity", 404):
        other.attach_user_policy(**named, PolicyArn=arn)
    for call in (other.get_policy, other.delete_policy):
        with refused("AccessDenied", 403):
            call(PolicyArn=arn)


def test_a_provider_is_made_found_changed_and_deleted(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(
        Url="https://id.example/realm", ClientIDList=["web"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    assert arn == "arn:aws:iam::000000000001:oidc-provider/id.example/realm"
    named = {"OpenIDConnectProviderArn": arn}
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="app")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="web")
    iam.update_open_id_connect_provider_thumbprint(**named, ThumbprintList=["b" * 40])
    found = iam.get_open_id_connect_provider(**named)
    assert (found["Url"], found["ClientIDList"]) == ("id.example/realm", ["app"])
    assert found["ThumbprintList"] == ["b" * 40]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    with refused("EntityAlreadyExists", 409):
        iam.create_open_id_connect_provider(Url="https://id.example/realm")
    iam.delete_open_id_connect_provider(**named)
    with refused("NoSuchEntity", 404):
        iam.get_open_id_connect_provider(**named)


def test_an_account_tells_how_much_it_has(iam: Any) -> None:
    create_policy(iam)
    holder(iam, "user")
    holder(iam, "role")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["Roles"], summary["Policies"]) == (1, 1, 1)
    assert summary["AccountAccessKeysPresent"] == 1
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="example")
    assert iam.list_account_aliases()["AccountAliases"] == ["example"]
    iam.delete_account_alias(AccountAlias="example")
    with refused("NoSuchEntity", 404):
        iam.delete_account_alias(AccountAlias="example")


def test_all_permissions_of_an_account_are_told_page_by_page(iam: Any) -> None:
    arn = create_policy(iam)
    for kind in ("user", "group", "role"):
        named = holder(iam, kind)
        getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=arn)
        getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=FULL_S3)
        getattr(iam, f"put_{kind}_policy")(
            **named, PolicyName="inline", PolicyDocument=json.dumps(READ)
        )
    iam.add_user_to_group(UserName="one", GroupName="one")
    whole = iam.get_account_authorization_details()
    (user,) = whole["UserDetailList"]
    assert (user["GroupList"], user["UserPolicyList"][0]["PolicyDocument"]) == (["one"], READ)
    assert [one["PolicyName"] for one in user["AttachedManagedPolicies"]] == [
        "read",
        "AmazonS3FullAccess",
    ]
    assert whole["RoleDetailList"][0]["AssumeRolePolicyDocument"] == TRUST
    assert [one["Arn"] for one in whole["Policies"]] == [arn, FULL_S3]
    assert whole["Policies"][0]["PolicyVersionList"][0]["Document"] == READ
    pages = list(
        iam.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 1}
        )
    )
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert [[len(page[name]) for name in lists] for page in pages] == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
    ]
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert [len(only[name]) for name in lists] == [0, 1, 0, 0]
