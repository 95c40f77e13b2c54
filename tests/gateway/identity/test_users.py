"""Users, groups and access keys by boto3, as IAM's API Reference describes them."""

from collections.abc import Iterator
from typing import Any

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import OTHER_KEY
from tests.gateway.refusals import refused


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def test_a_user_is_made_found_listed_changed_and_deleted(iam: Any) -> None:
    made = iam.create_user(UserName="Ann", Path="/staff/", Tags=[{"Key": "team", "Value": "a b"}])
    user = made["User"]
    assert user["Arn"] == "arn:aws:iam::000000000001:user/staff/Ann"
    assert user["UserId"].startswith("AIDA")
    assert user["Tags"] == [{"Key": "team", "Value": "a b"}]
    assert iam.get_user(UserName="ann")["User"] == user
    listed = iam.list_users()["Users"]
    assert listed == [{key: value for key, value in user.items() if key != "Tags"}]
    assert iam.list_users(PathPrefix="/other/")["Users"] == []
    iam.update_user(UserName="Ann", NewUserName="anna", NewPath="/")
    renamed = iam.get_user(UserName="anna")["User"]
    assert (renamed["Arn"], renamed["UserId"]) == (
        "arn:aws:iam::000000000001:user/anna",
        user["UserId"],
    )
    iam.delete_user(UserName="anna")
    with refused("NoSuchEntity", 404) as error:
        iam.get_user(UserName="anna")
    assert error["Message"] == "The user with name anna cannot be found."


def test_a_name_is_taken_whatever_its_capitals(iam: Any) -> None:
    iam.create_user(UserName="ann")
    with refused("EntityAlreadyExists", 409) as error:
        iam.create_user(UserName="ANN")
    assert error["Message"] == "User with name ANN already exists."


def test_accounts_do_not_see_each_other(server: Server, iam: Any) -> None:
    iam.create_user(UserName="ann")
    other = server.client("iam", OTHER_KEY)
    assert other.list_users()["Users"] == []
    with refused("NoSuchEntity", 404):
        other.delete_user(UserName="ann")
    other.create_user(UserName="ann")


def test_pages_follow_each_other_by_their_markers(iam: Any) -> None:
    names = [f"user{number:02}" for number in range(7)]
    for name in names:
        iam.create_user(UserName=name)
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}))
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [
        names[:3],
        names[3:6],
        names[6:],
    ]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    for marker in ("\u00ff", "!!!!", pages[0]["Marker"] + "!", "AAAAA"):
        with refused("ValidationError", 400):
            iam.list_users(Marker=marker)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"UserName": "a b"},
            "The specified value for userName is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-",
        ),
        (
            {"UserName": "a" * 65},
            f"1 validation error detected: Value '{'a' * 65}' at 'userName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
        ),
        (
            {"UserName": "ann", "Path": "staff"},
            "The specified value for path is invalid. It must begin and end with / and contain "
            "only alphanumeric characters and/or / characters.",
        ),
        (
            {"UserName": "ann", "PermissionsBoundary": "short"},
            "1 validation error detected: Value 'short' at 'permissionsBoundary' failed to satisfy "
            "constraint: Member must have length greater than or equal to 20",
        ),
        (
            {
                "UserName": "ann",
                "Tags": [{"Key": "k" * 129, "Value": ""}, {"Key": "é#", "Value": ""}],
            },
            f"2 validation errors detected: Value '{'k' * 129}' at 'tags.1.member.key' failed to "
            "satisfy constraint: Member must have length less than or equal to 128; Value 'é#' at "
            "'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular "
            r"expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
        ),
    ],
)
def test_what_does_not_comply_is_told_in_iams_words(
    server: Server, arguments: dict[str, Any], message: str
) -> None:
    iam = server.client("iam", parameter_validation=False)
    with refused("ValidationError", 400) as error:
        iam.create_user(**arguments)
    assert error["Message"] == message


def test_what_is_required_is_missed_by_name(server: Server) -> None:
    iam = server.client("iam", parameter_validation=False)
    with refused("ValidationError", 400) as error:
        iam.create_group()
    assert error["Message"] == (
        "1 validation error detected: Value null at 'groupName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_a_user_with_something_of_his_own_is_not_deleted(iam: Any) -> None:
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    with refused("DeleteConflict", 409) as error:
        iam.delete_user(UserName="ann")
    assert error["Message"] == "Cannot delete entity, must delete access keys first."
    iam.delete_access_key(UserName="ann", AccessKeyId=key)
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="ann")
    with refused("DeleteConflict", 409):
        iam.delete_user(UserName="ann")
    with refused("DeleteConflict", 409):
        iam.delete_group(GroupName="staff")
    iam.remove_user_from_group(GroupName="staff", UserName="ann")
    iam.delete_user(UserName="ann")
    iam.delete_group(GroupName="staff")


def test_a_user_has_two_keys_at_most_each_of_which_may_be_inactive(iam: Any) -> None:
    iam.create_user(UserName="ann")
    first, second = (iam.create_access_key(UserName="ann")["AccessKey"] for _ in range(2))
    assert len(first["SecretAccessKey"]) == 40
    assert first["AccessKeyId"].startswith("AKIA")
    with refused("LimitExceeded", 409) as error:
        iam.create_access_key(UserName="ann")
    assert error["Message"] == "Cannot exceed quota for AccessKeysPerUser: 2"
    iam.update_access_key(UserName="ann", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    assert {key["AccessKeyId"]: key["Status"] for key in listed} == {
        first["AccessKeyId"]: "Inactive",
        second["AccessKeyId"]: "Active",
    }
    assert all("SecretAccessKey" not in key for key in listed)
    used = iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])
    assert used["UserName"] == "ann"
    assert used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    with refused("NoSuchEntity", 404):
        iam.delete_access_key(UserName="ann", AccessKeyId="AKIA" + "A" * 16)


def test_an_account_asks_for_itself(iam: Any) -> None:
    root = iam.get_user()["User"]
    assert (root["Arn"], root["UserId"]) == ("arn:aws:iam::000000000001:root", "000000000001")
    assert iam.list_access_keys()["AccessKeyMetadata"] == []


def test_groups_say_who_is_in_them(iam: Any) -> None:
    group = iam.create_group(GroupName="staff", Path="/a/")["Group"]
    assert group["Arn"] == "arn:aws:iam::000000000001:group/a/staff"
    names = [f"user{number}" for number in range(5)]
    for name in names:
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="staff", UserName=name)
    pages = iam.get_paginator("get_group").paginate(
        GroupName="staff", PaginationConfig={"PageSize": 2}
    )
    assert sorted(user["UserName"] for page in pages for user in page["Users"]) == names
    assert iam.list_groups_for_user(UserName="user0")["Groups"] == [group]
    iam.update_group(GroupName="staff", NewGroupName="all")
    assert [one["GroupName"] for one in iam.list_groups()["Groups"]] == ["all"]
    with refused("NoSuchEntity", 404) as error:
        iam.add_user_to_group(GroupName="staff", UserName="user0")
    assert error["Message"] == "The group with name staff cannot be found."


def test_an_account_has_keys_of_its_own_beside_those_that_settings_declare(
    server: Server, iam: Any
) -> None:
    made = iam.create_access_key()["AccessKey"]
    assert "UserName" not in made
    key = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    found = server.client("sts", key).get_caller_identity()
    assert found["Arn"] == "arn:aws:iam::000000000001:root"
    for status in ("Inactive", "Active", "Inactive"):
        iam.update_access_key(AccessKeyId=key.access_key, Status=status)
        (listed,) = iam.list_access_keys()["AccessKeyMetadata"]
        assert (listed["AccessKeyId"], listed["Status"]) == (key.access_key, status)
    with refused("InvalidClientTokenId", 403):
        server.client("sts", key).get_caller_identity()
    iam.delete_access_key(AccessKeyId=key.access_key)
    assert iam.list_access_keys()["AccessKeyMetadata"] == []
    for call in (iam.delete_access_key, iam.get_access_key_last_used):
        with refused("NoSuchEntity", 404):
            call(AccessKeyId=key.access_key)
    with refused("NoSuchEntity", 404):
        iam.update_access_key(AccessKeyId=key.access_key, Status="Active")
