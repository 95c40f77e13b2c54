"""Who may do little gets no more by what he may do: the ways known of IAM, each tried.

Source: IAM User Guide, "Permissions boundaries for IAM entities", "Delegating
responsibility to others using permissions boundaries", and "Grant a user
permissions to pass a role to an AWS service".
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import Session

from gateway import registry
from gateway.query.registry import OPERATIONS as QUERY_OPERATIONS
from tests.gateway.identity.clients import Server, served
from tests.gateway.refusals import refused
from tests.gateway.sts.people import (
    allow,
    assume,
    credentials,
    document,
    new_key,
    new_role,
    new_user,
    trust,
)

ARN: Final = "arn:aws:iam::000000000001"
ADMIN: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING: Final = document(allow("*"))
TRUSTS_ANN: Final = document(trust(f"{ARN}:user/ann"))


@pytest.fixture
def server() -> Iterator[Server]:
    """Beside ann, who looks about, there is whatever she could rise by."""
    with served() as found:
        iam = found.client("iam")
        new_user(iam, "admin", allow("*"))
        new_user(iam, "ann", allow("iam:Get*", "iam:List*", "s3:*"))
        iam.create_group(GroupName="own")
        iam.add_user_to_group(GroupName="own", UserName="ann")
        iam.create_group(GroupName="admins")
        iam.put_group_policy(GroupName="admins", PolicyName="all", PolicyDocument=EVERYTHING)
        new_role(iam, "admin", [trust(f"{ARN}:user/admin")], allow("*"))
        new_role(iam, "own", [trust(f"{ARN}:user/ann")], allow("s3:ListAllMyBuckets"))
        little = document(allow("s3:ListAllMyBuckets"))
        made = iam.create_policy(PolicyName="own", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
        iam.create_policy_version(PolicyArn=made, PolicyDocument=little, SetAsDefault=True)
        iam.attach_user_policy(UserName="ann", PolicyArn=made)
        yield found


def has_risen(who: Any) -> bool:
    """Whether somebody is an administrator now: what only such a one may."""
    try:
        who.create_account_alias(AccountAlias="risen")
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return False
        raise
    return True


POLICY: Final = f"{ARN}:policy/own"
WAYS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("create_policy_version", {"PolicyArn": POLICY, "PolicyDocument": EVERYTHING}),
    ("set_default_policy_version", {"PolicyArn": POLICY, "VersionId": "v1"}),
    ("delete_policy_version", {"PolicyArn": POLICY, "VersionId": "v1"}),
    ("create_access_key", {"UserName": "admin"}),
    ("update_access_key", {"UserName": "admin", "AccessKeyId": "AKIA" * 5, "Status": "Active"}),
    ("attach_user_policy", {"UserName": "ann", "PolicyArn": ADMIN}),
    ("attach_group_policy", {"GroupName": "own", "PolicyArn": ADMIN}),
    ("attach_role_policy", {"RoleName": "own", "PolicyArn": ADMIN}),
    ("put_user_policy", {"UserName": "ann", "PolicyName": "own", "PolicyDocument": EVERYTHING}),
    ("put_group_policy", {"GroupName": "own", "PolicyName": "p", "PolicyDocument": EVERYTHING}),
    ("put_role_policy", {"RoleName": "own", "PolicyName": "own", "PolicyDocument": EVERYTHING}),
    ("detach_user_policy", {"UserName": "ann", "PolicyArn": POLICY}),
    ("delete_user_policy", {"UserName": "ann", "PolicyName": "own"}),
    ("add_user_to_group", {"UserName": "ann", "GroupName": "admins"}),
    ("update_assume_role_policy", {"RoleName": "admin", "PolicyDocument": TRUSTS_ANN}),
    ("create_role", {"RoleName": "new", "AssumeRolePolicyDocument": TRUSTS_ANN}),
    ("update_role", {"RoleName": "own", "MaxSessionDuration": 43200}),
    ("create_user", {"UserName": "new"}),
    ("create_group", {"GroupName": "new"}),
    ("update_user", {"UserName": "ann", "NewUserName": "admin2"}),
    ("update_group", {"GroupName": "own", "NewGroupName": "admins2"}),
    ("create_policy", {"PolicyName": "new", "PolicyDocument": EVERYTHING}),
    ("delete_user_permissions_boundary", {"UserName": "ann"}),
    ("put_user_permissions_boundary", {"UserName": "ann", "PermissionsBoundary": ADMIN}),
    ("delete_role_permissions_boundary", {"RoleName": "own"}),
    ("put_role_permissions_boundary", {"RoleName": "own", "PermissionsBoundary": ADMIN}),
    ("tag_user", {"UserName": "ann", "Tags": [{"Key": "team", "Value": "admins"}]}),
    ("untag_user", {"UserName": "ann", "TagKeys": ["team"]}),
    ("tag_role", {"RoleName": "own", "Tags": [{"Key": "team", "Value": "admins"}]}),
    ("create_open_id_connect_provider", {"Url": "https://id.example"}),
]


def test_who_may_only_look_rises_by_no_way(server: Server) -> None:
    ann = server.client("iam", new_key(server.client("iam"), "ann"))
    before = ann.get_account_authorization_details()
    for operation, arguments in WAYS:
        with refused("AccessDenied", 403):
            getattr(ann, operation)(**arguments)
    after = ann.get_account_authorization_details()
    for one in (before, after):
        del one["ResponseMetadata"]
    assert after == before


def test_every_change_of_identities_is_among_the_ways_or_gives_nobody_more() -> None:
    """So that an operation which is new is looked at here."""
    looks = ("Get", "List", "Simulate", "Generate")
    lowers = ("Delete", "Remove", "Detach", "Deactivate")
    known = {operation.replace("_", "") for operation, _ in WAYS}
    # What these change gives nobody permissions, or is of what the ways have already.
    others = {
        "createaccountalias",
        "addclientidtoopenidconnectprovider",
        "updateopenidconnectproviderthumbprint",
        "updateroledescription",
        "tagpolicy",
        "untagpolicy",
        "untagrole",
        "tagopenidconnectprovider",
        "untagopenidconnectprovider",
    }
    changes = {
        name.lower()
        for service, name in QUERY_OPERATIONS
        if service == "iam" and not name.startswith((*looks, *lowers))
    }
    assert changes - known == others


def test_every_role_that_is_given_to_s3_is_passed_or_refused() -> None:
    """Of what is implemented only replication takes one (tests of ``_check_passes``)."""
    model = Session().get_service_model("s3")
    found = {
        name
        for name in model.operation_names
        if _names_a_role(model.operation_model(name).input_shape, set())
    }
    assert {name for name in found if name in registry.OPERATIONS} == {"PutBucketReplication"}
    assert ("iam", "AddRoleToInstanceProfile") not in QUERY_OPERATIONS


def _names_a_role(shape: Shape | None, seen: set[str]) -> bool:
    if shape is None or shape.name in seen:
        return False
    seen.add(shape.name)
    if isinstance(shape, StructureShape):
        return any(
            "role" in name.lower() or _names_a_role(member, seen)
            for name, member in shape.members.items()
        )
    if isinstance(shape, ListShape):
        return _names_a_role(shape.member, seen)
    return isinstance(shape, MapShape) and _names_a_role(shape.value, seen)


def _replicates(server: Server, who: Any) -> None:
    """Raises what PutBucketReplication answers."""
    rule = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::target"},
    }
    given = {"Role": f"{ARN}:role/admin", "Rules": [rule]}
    who.put_bucket_replication(Bucket="source", ReplicationConfiguration=given)


@pytest.mark.parametrize("limit", ["nothing", "boundary", "session policy", "deny"])
def test_a_role_is_passed_within_everything_that_limits_who_passes_it(
    server: Server, limit: str
) -> None:
    s3, iam = server.client("s3"), server.client("iam")
    for name in ("source", "target"):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    statements = [allow("s3:*", "iam:PassRole")]
    if limit == "deny":
        denial = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": f"{ARN}:role/admin"}
        statements.append(denial)
    only_s3 = document(allow("s3:*"))
    more = {}
    if limit == "boundary":
        made = iam.create_policy(PolicyName="bounds", PolicyDocument=only_s3)["Policy"]["Arn"]
        more["PermissionsBoundary"] = made
    new_role(iam, "passes", [trust(f"{ARN}:user/ann")], *statements, **more)
    narrowed = {"Policy": only_s3} if limit == "session policy" else {}
    ann = new_key(iam, "ann")
    iam.put_user_policy(
        UserName="ann", PolicyName="assume", PolicyDocument=document(allow("sts:AssumeRole"))
    )
    theirs = server.client("s3", assume(server, ann, f"{ARN}:role/passes", **narrowed))
    if limit == "nothing":
        _replicates(server, theirs)
        return
    with refused("AccessDenied", 403):
        _replicates(server, theirs)
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket="source")


def _delegated(server: Server) -> tuple[Any, str]:
    """IAM as bob sees it, who may manage identities within a boundary that he has himself.

    It is the policy of the User Guide's "Delegating responsibility to others using
    permissions boundaries", in short.
    """
    iam = server.client("iam")
    bounds = f"{ARN}:policy/bounds"
    within = {"StringEquals": {"iam:PermissionsBoundary": bounds}}
    statements = [
        allow("s3:*", "iam:*", "sts:*"),
        {
            "Effect": "Deny",
            "Action": [
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            "Resource": bounds,
        },
        {
            "Effect": "Deny",
            "Action": ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
            "Resource": "*",
        },
        {
            "Effect": "Deny",
            "Action": [
                "iam:CreateUser",
                "iam:CreateRole",
                "iam:PutUserPermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
                "iam:PutUserPolicy",
                "iam:PutRolePolicy",
                "iam:AttachUserPolicy",
                "iam:AttachRolePolicy",
            ],
            "Resource": "*",
            "Condition": {"StringNotEquals": within["StringEquals"]},
        },
        {  # of these no condition tells the boundary
            "Effect": "Deny",
            "Action": ["iam:CreateAccessKey", "iam:UpdateAssumeRolePolicy"],
            "Resource": [f"{ARN}:user/admin", f"{ARN}:role/admin"],
        },
        {"Effect": "Deny", "Action": "iam:CreateAccountAlias", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*Group*", "Resource": "*"},
    ]
    iam.create_policy(PolicyName="bounds", PolicyDocument=document(*statements))
    key = new_user(iam, "bob", allow("*"), PermissionsBoundary=bounds)
    return server.client("iam", key), bounds


def test_who_has_everything_within_a_boundary_does_not_leave_it(server: Server) -> None:
    bob, bounds = _delegated(server)
    for operation, arguments in (
        ("delete_user_permissions_boundary", {"UserName": "bob"}),
        ("put_user_permissions_boundary", {"UserName": "bob", "PermissionsBoundary": ADMIN}),
        ("create_policy_version", {"PolicyArn": bounds, "PolicyDocument": EVERYTHING}),
        ("set_default_policy_version", {"PolicyArn": bounds, "VersionId": "v1"}),
        ("delete_policy", {"PolicyArn": bounds}),
        ("create_user", {"UserName": "free"}),
        ("create_user", {"UserName": "free", "PermissionsBoundary": ADMIN}),
        ("create_role", {"RoleName": "free", "AssumeRolePolicyDocument": TRUSTS_ANN}),
        ("create_access_key", {"UserName": "admin"}),
        ("put_user_policy", {"UserName": "ann", "PolicyName": "p", "PolicyDocument": EVERYTHING}),
        ("attach_role_policy", {"RoleName": "own", "PolicyArn": ADMIN}),
        ("update_assume_role_policy", {"RoleName": "admin", "PolicyDocument": TRUSTS_ANN}),
        ("add_user_to_group", {"UserName": "bob", "GroupName": "admins"}),
    ):
        with refused("AccessDenied", 403):
            getattr(bob, operation)(**arguments)
    # He may write his own policy, and those of whom he makes: that gives no more than the boundary.
    bob.put_user_policy(UserName="bob", PolicyName="more", PolicyDocument=EVERYTHING)
    bob.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    assert not has_risen(bob)
    carl = server.client("iam", new_user(bob, "carl", allow("*"), PermissionsBoundary=bounds))
    assert not has_risen(carl)
    with refused("AccessDenied", 403):
        carl.delete_user_permissions_boundary(UserName="bob")


def test_a_role_of_his_own_making_is_within_the_boundary_too(server: Server) -> None:
    bob, bounds = _delegated(server)
    key = new_key(bob, "bob")
    role = new_role(bob, "made", [trust(f"{ARN}:user/bob")], allow("*"), PermissionsBoundary=bounds)
    session = server.client("iam", assume(server, key, role))
    assert not has_risen(session)
    with refused("AccessDenied", 403):
        session.delete_role_permissions_boundary(RoleName="made")
    with refused("AccessDenied", 403):  # whom it does not trust
        assume(server, key, f"{ARN}:role/admin")


def test_a_session_stays_within_its_policy_whatever_its_role_is_given(server: Server) -> None:
    iam = server.client("iam")
    new_role(iam, "writer", [trust(f"{ARN}:user/ann"), trust(f"{ARN}:role/writer")], allow("*"))
    iam.put_user_policy(
        UserName="ann", PolicyName="assume", PolicyDocument=document(allow("sts:AssumeRole"))
    )
    ann = new_key(iam, "ann")
    narrow = document(allow("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"))
    key = assume(server, ann, f"{ARN}:role/writer", Policy=narrow)
    session = server.client("iam", key)

    session.put_role_policy(RoleName="writer", PolicyName="more", PolicyDocument=EVERYTHING)

    assert not has_risen(session)
    with refused("AccessDenied", 403):  # another session of it would have no policy
        assume(server, key, f"{ARN}:role/writer")


@pytest.mark.parametrize("kind", ["session", "federated"])
def test_sessions_of_a_user_change_no_identities(server: Server, kind: str) -> None:
    """Source: STS API Reference, GetSessionToken and GetFederationToken, on what may be called."""
    iam = server.client("iam")
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=EVERYTHING)
    sts = server.client("sts", new_key(iam, "ann"))
    answer = (
        sts.get_session_token()
        if kind == "session"
        else sts.get_federation_token(Name="guest", Policy=EVERYTHING)
    )
    session = server.client("iam", credentials(answer))
    before = json.dumps(iam.list_user_policies(UserName="ann")["PolicyNames"])
    with pytest.raises(Exception, match=r"InvalidClientTokenId|AccessDenied"):
        session.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=EVERYTHING)
    assert json.dumps(iam.list_user_policies(UserName="ann")["PolicyNames"]) == before
