"""The calls that Terraform's provider for AWS makes, in its order: apply, read, change, destroy.

Source: terraform-provider-aws, internal/service/iam: user.go, role.go,
policy.go, group_membership.go, access_key.go.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.gateway.identity.clients import Server, served
from tests.gateway.identity.test_policies import READ, TRUST
from tests.gateway.refusals import refused

TAGS: Final = [{"Key": "managed-by", "Value": "terraform"}]


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def test_the_provider_finds_out_whose_account_it_is(server: Server) -> None:
    assert server.client("sts").get_caller_identity()["Account"] == "000000000001"
    assert server.client("iam").list_account_aliases()["AccountAliases"] == []


def test_a_user_with_a_key_a_group_and_a_policy(iam: Any) -> None:
    iam.create_user(Path="/", UserName="app", Tags=TAGS)
    assert iam.get_user(UserName="app")["User"]["Tags"] == TAGS
    key = iam.create_access_key(UserName="app")["AccessKey"]["AccessKeyId"]
    iam.create_group(GroupName="apps", Path="/")
    assert iam.get_group(GroupName="apps")["Users"] == []
    iam.add_user_to_group(UserName="app", GroupName="apps")
    assert [one["UserName"] for one in iam.get_group(GroupName="apps")["Users"]] == ["app"]
    iam.put_user_policy(UserName="app", PolicyName="read", PolicyDocument=json.dumps(READ))
    assert iam.get_user_policy(UserName="app", PolicyName="read")["PolicyDocument"] == READ
    # A change of tags and of the name.
    iam.untag_user(UserName="app", TagKeys=["managed-by"])
    iam.tag_user(UserName="app", Tags=[{"Key": "team", "Value": "a"}])
    iam.update_user(UserName="app", NewUserName="app2", NewPath="/x/")
    iam.update_access_key(UserName="app2", AccessKeyId=key, Status="Inactive")
    # Destroy, with force_destroy.
    iam.delete_user_policy(UserName="app2", PolicyName="read")
    for group in iam.list_groups_for_user(UserName="app2")["Groups"]:
        iam.remove_user_from_group(UserName="app2", GroupName=group["GroupName"])
    for one in iam.list_access_keys(UserName="app2")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="app2", AccessKeyId=one["AccessKeyId"])
    assert iam.list_ssh_public_keys(UserName="app2")["SSHPublicKeys"] == []
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert iam.list_mfa_devices(UserName="app2")["MFADevices"] == []
    with refused("NoSuchEntity", 404):
        iam.delete_login_profile(UserName="app2")
    assert iam.list_signing_certificates(UserName="app2")["Certificates"] == []
    listed = iam.list_service_specific_credentials(UserName="app2")
    assert listed["ServiceSpecificCredentials"] == []
    iam.delete_user(UserName="app2")
    with refused("NoSuchEntity", 404):
        iam.get_user(UserName="app2")
    iam.delete_group(GroupName="apps")


def test_a_role_with_policies_of_both_kinds(iam: Any) -> None:
    iam.create_role(
        RoleName="app",
        Path="/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        MaxSessionDuration=3600,
        Tags=TAGS,
    )
    iam.put_role_policy(RoleName="app", PolicyName="read", PolicyDocument=json.dumps(READ))
    arn = iam.create_policy(
        PolicyName="read", Path="/", Description="", PolicyDocument=json.dumps(READ)
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    role = iam.get_role(RoleName="app")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["Tags"]) == (TRUST, TAGS)
    assert iam.list_role_policies(RoleName="app")["PolicyNames"] == ["read"]
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert attached == [{"PolicyName": "read", "PolicyArn": arn}]
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=json.dumps(TRUST))
    iam.update_role(RoleName="app", MaxSessionDuration=7200)
    iam.detach_role_policy(RoleName="app", PolicyArn=arn)
    iam.delete_role_policy(RoleName="app", PolicyName="read")
    assert iam.list_instance_profiles_for_role(RoleName="app")["InstanceProfiles"] == []
    iam.delete_role(RoleName="app")
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def test_a_policy_that_is_changed_often_loses_its_oldest_versions(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    for _ in range(7):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) == 5:
            oldest = min(
                (one for one in versions if not one["IsDefaultVersion"]),
                key=lambda one: int(one["VersionId"][1:]),
            )
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ), SetAsDefault=True)
        default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]
        assert found["Document"] == READ
    assert default == "v8"
