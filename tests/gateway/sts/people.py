"""Users, roles and sessions of an application on memory, made as clients make them."""

import json
from typing import Any, Final

from gateway.iam.accounts import Principal
from gateway.iam.evaluate import Source
from gateway.iam.identity import SCOPE, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.identities import Known
from sigv4 import Credentials
from tests.gateway.identity.clients import Server
from tests.gateway.inside import ACCOUNT as ACCOUNT_ITSELF

ACCOUNT: Final = "000000000001"
OTHER: Final = "000000000002"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
BUCKET: Final = "bucket"


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement of an identity's policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def document(*statements: dict[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(
    principal: Any, *actions: str, condition: dict[str, Any] | None = None, effect: str = "Allow"
) -> dict[str, Any]:
    """A statement of a trust policy."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    found = {"Effect": effect, "Principal": named, "Action": list(actions or ("sts:AssumeRole",))}
    return found | ({"Condition": condition} if condition else {})


def new_user(iam: Any, name: str, *statements: dict[str, Any], **more: Any) -> Credentials:
    """A key of a new user who has these statements."""
    iam.create_user(UserName=name, **more)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return new_key(iam, name)


def new_key(iam: Any, name: str) -> Credentials:
    """One more key of a user."""
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


def scoped_key(server: Server, *statements: dict[str, Any]) -> Credentials:
    """A key of the account itself, with a scope of these statements."""
    key = Credentials("AKIASCOPEDSCOPEDSCOP", "scoped/secret")
    policy = compile_identity_policy(document(*statements).encode())
    identity = Identity(scope=(Source("scope", policy, SCOPE),))
    principal = Principal(ACCOUNT_ITSELF, key.access_key, identity)
    server.app.services.identities.declare(Known(key.secret_key, principal))
    return key


def new_role(
    iam: Any,
    name: str,
    trusts: list[dict[str, Any]],
    *statements: dict[str, Any],
    **more: Any,
) -> str:
    """The ARN of a new role."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trusts), **more)[
        "Role"
    ]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    arn: str = made["Arn"]
    return arn


def credentials(answer: dict[str, Any]) -> Credentials:
    """The credentials of an answer of STS."""
    found = answer["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def assume(server: Server, key: Credentials, arn: str, **more: Any) -> Credentials:
    """A session of a role."""
    more.setdefault("RoleSessionName", "session")
    # What the client would refuse itself is sent, too.
    sts = server.client("sts", key, parameter_validation=False)
    return credentials(sts.assume_role(RoleArn=arn, **more))


def furnish(server: Server, *names: str) -> None:
    """A bucket with objects."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name in names:
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"content")


def read(server: Server, key: Credentials, name: str = "key") -> bytes:
    """The content of an object, as somebody gets it."""
    found: bytes = server.client("s3", key).get_object(Bucket=BUCKET, Key=name)["Body"].read()
    return found
