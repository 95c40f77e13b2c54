"""What users may do to identities: by their policies, within their boundaries, and no more."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.identity.test_policies import FULL_S3, READ, TRUST
from tests.gateway.refusals import refused

ACCOUNT: Final = "arn:aws:iam::000000000001"


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


def allow(*actions: str, on: str = "*", condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A statement."""
    found: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return found | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def as_user(server: Server, iam: Any, *statements: dict[str, Any], name: str = "ann") -> Any:
    """IAM as a new user sees it, who has these statements."""
    key = key_of(iam, name, *statements)
    return server.client("iam", key)


def key_of(iam: Any, name: str, *statements: dict[str, Any]) -> Credentials:
    """A key of a new user who has these statements."""
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


def test_a_user_is_told_who_he_is_whatever_he_may_do(server: Server, iam: Any) -> None:
    key = key_of(iam, "ann", {"Effect": "Deny", "Action": "*", "Resource": "*"})
    found = server.client("sts", key).get_caller_identity()
    assert found["Arn"] == f"{ACCOUNT}:user/ann"
    assert found["UserId"] == iam.get_user(UserName="ann")["User"]["UserId"]


@pytest.mark.parametrize(
    ("operation", "arguments", "action", "resource"),
    [
        ("list_users", {}, "ListUsers", "user/"),
        ("list_users", {"PathPrefix": "/a/"}, "ListUsers", "user/a/"),
        ("get_user", {}, "GetUser", "user/ann"),
        ("get_user", {"UserName": "nobody"}, "GetUser", "user/nobody"),
        ("create_user", {"UserName": "bob", "Path": "/a/"}, "CreateUser", "user/a/bob"),
        ("delete_user", {"UserName": "ann"}, "DeleteUser", "user/ann"),
        ("create_access_key", {}, "CreateAccessKey", "user/ann"),
        ("list_user_policies", {"UserName": "ann"}, "ListUserPolicies", "user/ann"),
        ("get_role", {"RoleName": "nothing"}, "GetRole", "role/nothing"),
        ("list_roles", {}, "ListRoles", "role/"),
        ("list_groups", {}, "ListGroups", "group/"),
        ("create_group", {"GroupName": "all"}, "CreateGroup", "group/all"),
        (
            "get_policy",
            {"PolicyArn": f"{ACCOUNT}:policy/read"},
            "GetPolicy",
            "policy/read",
        ),
        (
            "get_open_id_connect_provider",
            {"OpenIDConnectProviderArn": f"{ACCOUNT}:oidc-provider/id.example"},
            "GetOpenIDConnectProvider",
            "oidc-provider/id.example",
        ),
    ],
)
def test_without_a_permission_nothing_is_told_but_that(
    server: Server, iam: Any, operation: str, arguments: dict[str, Any], action: str, resource: str
) -> None:
    ann = as_user(server, iam)
    with refused("AccessDenied", 403) as error:
        getattr(ann, operation)(**arguments)
    assert error["Message"] == (
        f"User: {ACCOUNT}:user/ann is not authorized to perform: iam:{action} on resource: "
        f"{ACCOUNT}:{resource} because no identity-based policy allows the iam:{action} action"
    )


def test_an_explicit_deny_is_told_as_one(server: Server, iam: Any) -> None:
    deny = {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}
    ann = as_user(server, iam, allow("iam:*"), deny)
    assert ann.get_user()["User"]["UserName"] == "ann"
    with refused("AccessDenied", 403) as error:
        ann.list_users()
    assert error["Message"].endswith("with an explicit deny in an identity-based policy")


def test_users_may_be_let_change_their_own_keys_and_no_others(server: Server, iam: Any) -> None:
    own = f"{ACCOUNT}:user/${{aws:username}}"
    ann = as_user(server, iam, allow("iam:*AccessKey*", on=own))
    iam.create_user(UserName="bob")
    made = ann.create_access_key()["AccessKey"]
    assert made["UserName"] == "ann"
    ann.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
    ann.delete_access_key(AccessKeyId=made["AccessKeyId"])
    for call in (ann.create_access_key, ann.list_access_keys):
        with refused("AccessDenied", 403):
            call(UserName="bob")


def test_permissions_may_be_limited_to_paths(server: Server, iam: Any) -> None:
    ann = as_user(server, iam, allow("iam:CreateUser", "iam:UpdateUser", on=f"{ACCOUNT}:user/a/*"))
    ann.create_user(UserName="bob", Path="/a/")
    with refused("AccessDenied", 403):
        ann.create_user(UserName="carl")
    with refused("AccessDenied", 403):  # where to, too
        ann.update_user(UserName="bob", NewPath="/")


def test_only_named_policies_may_be_attached(server: Server, iam: Any) -> None:
    read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    ann = as_user(
        server, iam, allow("iam:AttachUserPolicy", condition={"ArnEquals": {"iam:PolicyARN": read}})
    )
    iam.create_user(UserName="bob")
    ann.attach_user_policy(UserName="bob", PolicyArn=read)
    with refused("AccessDenied", 403):
        ann.attach_user_policy(
            UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )


def test_users_may_be_made_only_within_a_boundary_which_then_stays(
    server: Server, iam: Any
) -> None:
    made = iam.create_policy(PolicyName="bounds", PolicyDocument=json.dumps(READ))
    bounds = made["Policy"]["Arn"]
    within = {"StringEquals": {"iam:PermissionsBoundary": bounds}}
    ann = as_user(
        server,
        iam,
        allow(
            "iam:CreateUser",
            "iam:PutUserPolicy",
            "iam:PutUserPermissionsBoundary",
            condition=within,
        ),
        allow("iam:CreateAccessKey"),
    )
    with refused("AccessDenied", 403):
        ann.create_user(UserName="bob")
    ann.create_user(UserName="bob", PermissionsBoundary=bounds)
    ann.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=policy(allow("*")))
    with refused("AccessDenied", 403):  # she has none herself
        ann.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=policy(allow("*")))
    with refused("AccessDenied", 403):
        ann.delete_user_permissions_boundary(UserName="bob")
    full = "arn:aws:iam::aws:policy/AdministratorAccess"
    with refused("AccessDenied", 403):
        ann.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=full)
    key = ann.create_access_key(UserName="bob")["AccessKey"]
    bob = server.client("iam", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    with refused("AccessDenied", 403) as error:
        bob.list_users()
    assert error["Message"].endswith(
        "because no permissions boundary allows the iam:ListUsers action"
    )


def test_tags_decide_where_policies_ask_for_them(server: Server, iam: Any) -> None:
    team = {"StringEquals": {"aws:RequestTag/team": "a"}}
    theirs = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    ann = as_user(
        server,
        iam,
        allow("iam:CreateUser", "iam:TagUser", condition=team),
        allow("iam:DeleteUser", "iam:GetUser", condition=theirs),
    )
    iam.create_user(UserName="carl")
    ann.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "a"}])
    with refused("AccessDenied", 403):
        ann.create_user(UserName="dora", Tags=[{"Key": "team", "Value": "b"}])
    ann.delete_user(UserName="bob")
    with refused("AccessDenied", 403):
        ann.delete_user(UserName="carl")


def test_to_make_a_user_with_tags_is_to_tag_him_too(server: Server, iam: Any) -> None:
    ann = as_user(server, iam, allow("iam:CreateUser"))
    with refused("AccessDenied", 403) as error:
        ann.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "a"}])
    assert "iam:TagUser" in error["Message"]


def test_a_policy_is_in_force_as_soon_as_it_is_put(server: Server, iam: Any) -> None:
    ann = as_user(server, iam)
    for _ in range(3):
        with refused("AccessDenied", 403):
            ann.list_users()
        iam.put_user_policy(
            UserName="ann", PolicyName="list", PolicyDocument=policy(allow("iam:ListUsers"))
        )
        ann.list_users()
        iam.delete_user_policy(UserName="ann", PolicyName="list")


def test_groups_and_managed_policies_give_what_they_say(server: Server, iam: Any) -> None:
    key = key_of(iam, "ann")
    ann, s3 = server.client("iam", key), server.client("s3", key)
    server.client("s3").create_bucket(Bucket="bucket")
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket="bucket")
    iam.attach_group_policy(
        GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    with refused("AccessDenied", 403):
        s3.put_object(Bucket="bucket", Key="key", Body=b"")
    iam.put_group_policy(
        GroupName="readers", PolicyName="iam", PolicyDocument=policy(allow("iam:ListGroups"))
    )
    assert len(ann.list_groups()["Groups"]) == 1
    iam.remove_user_from_group(GroupName="readers", UserName="ann")
    with refused("AccessDenied", 403):
        ann.list_groups()


def test_a_key_that_is_inactive_or_deleted_is_no_key(server: Server, iam: Any) -> None:
    key = key_of(iam, "ann")
    sts = server.client("sts", key)
    sts.get_caller_identity()
    iam.update_access_key(UserName="ann", AccessKeyId=key.access_key, Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        sts.get_caller_identity()
    iam.update_access_key(UserName="ann", AccessKeyId=key.access_key, Status="Active")
    sts.get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=key.access_key)["AccessKeyLastUsed"]
    assert used["ServiceName"] in ("sts", "N/A")  # noted beside the request
    iam.delete_access_key(UserName="ann", AccessKeyId=key.access_key)
    with refused("InvalidClientTokenId", 403):
        sts.get_caller_identity()


def test_a_role_needs_permission_to_be_made_and_trusted_anew(server: Server, iam: Any) -> None:
    ann = as_user(server, iam, allow("iam:CreateRole"))
    ann.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(TRUST))
    with refused("AccessDenied", 403):
        ann.update_assume_role_policy(RoleName="app", PolicyDocument=json.dumps(TRUST))


def replicating(server: Server) -> dict[str, Any]:
    """A rule from one new bucket to another."""
    s3 = server.client("s3")
    for name in ("source", "target"):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::target"},
    }


def test_a_role_is_passed_to_s3_only_by_whom_may_pass_it(server: Server, iam: Any) -> None:
    role = f"{ACCOUNT}:role/replicates"
    to_s3 = {"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}}
    to_others = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    rule = replicating(server)
    put = allow("s3:PutReplicationConfiguration")
    for name, passes, allowed in (
        ("ann", allow("iam:PassRole", on=role, condition=to_s3), True),
        ("bob", allow("iam:PassRole", on=role, condition=to_others), False),
        ("carl", allow("iam:PassRole", on=f"{role}2"), False),
        ("dora", put, False),
    ):
        theirs = server.client("s3", key_of(iam, name, put, passes))
        configuration = {"Role": role, "Rules": [rule]}
        if allowed:
            theirs.put_bucket_replication(Bucket="source", ReplicationConfiguration=configuration)
            continue
        with refused("AccessDenied", 403):
            theirs.put_bucket_replication(Bucket="source", ReplicationConfiguration=configuration)


@pytest.mark.parametrize("written", ["role/Admin", "role/aDMIN", "role//Admin", "role/x/Admin"])
def test_a_denial_to_pass_a_role_is_not_got_round_by_how_it_is_written(
    server: Server, iam: Any, written: str
) -> None:
    made = iam.create_role(RoleName="Admin", AssumeRolePolicyDocument=json.dumps(TRUST))
    denial = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": made["Role"]["Arn"]}
    theirs = server.client("s3", key_of(iam, "ann", allow("*"), denial))
    configuration = {"Role": f"{ACCOUNT}:{written}", "Rules": [replicating(server)]}
    with refused("AccessDenied", 403):
        theirs.put_bucket_replication(Bucket="source", ReplicationConfiguration=configuration)


def test_a_denial_is_not_got_round_by_other_capitals(server: Server, iam: Any) -> None:
    made = iam.create_policy(PolicyName="Admin", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    provider = iam.create_open_id_connect_provider(Url="https://id.example")
    provider_arn = provider["OpenIDConnectProviderArn"]
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="worker", PolicyArn=FULL_S3)
    conditions = (
        {"ArnEquals": {"iam:PolicyARN": [made, FULL_S3]}},
        {"StringEquals": {"iam:PermissionsBoundary": made}},
    )
    denials: list[dict[str, Any]] = [
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": one} for one in conditions
    ]
    denials += [{"Effect": "Deny", "Action": "*", "Resource": [provider_arn, f"{ACCOUNT}:role/x"]}]
    ann = as_user(server, iam, allow("*"), *denials)
    iam.create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(TRUST))
    other, odd = made.replace("Admin", "aDMIN"), provider_arn.replace("id.example", "ID.example")
    for operation, arguments in (
        ("attach_user_policy", {"UserName": "ann", "PolicyArn": other}),
        ("attach_role_policy", {"RoleName": "worker", "PolicyArn": other}),
        ("put_user_permissions_boundary", {"UserName": "ann", "PermissionsBoundary": other}),
        ("create_user", {"UserName": "bob", "PermissionsBoundary": other}),
        ("get_open_id_connect_provider", {"OpenIDConnectProviderArn": odd}),
        ("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": odd}),
        ("tag_open_id_connect_provider", {"OpenIDConnectProviderArn": odd, "Tags": []}),
        (
            "simulate_principal_policy",
            {"PolicySourceArn": f"{ACCOUNT}:role/X", "ActionNames": ["s3:GetObject"]},
        ),
        ("get_context_keys_for_principal_policy", {"PolicySourceArn": f"{ACCOUNT}:role/X"}),
    ):
        with refused("AccessDenied", 403):
            getattr(ann, operation)(**arguments)
    # One of AWS's is none with other capitals, attached or not.
    with refused("NoSuchEntity", 404):
        ann.detach_role_policy(RoleName="worker", PolicyArn=FULL_S3.replace("Full", "full"))
    # And whoever may has what he means.
    iam.attach_user_policy(UserName="ann", PolicyArn=other)
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=other)
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=made)
    assert iam.get_policy(PolicyArn=other)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    boundary = iam.get_user(UserName="ann")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == made
    iam.detach_user_policy(UserName="ann", PolicyArn=other)
    assert iam.get_policy(PolicyArn=made)["Policy"]["AttachmentCount"] == 0
