"""Every operation with whatever its model allows: an answer or a refusal, never a failure."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.iam.accounts import Principal
from gateway.iam.evaluate import Source
from gateway.iam.identity import SCOPE, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.identities import Known
from gateway.query.plans import SERVICES, service
from gateway.query.registry import OPERATIONS
from sigv4 import Credentials
from tests.chance import cases
from tests.gateway.identity.clients import Server, served
from tests.gateway.identity.test_permissions import allow, key_of, policy
from tests.gateway.identity.test_policies import READ, TRUST
from tests.gateway.inside import ACCOUNT as ACCOUNT_ITSELF
from tests.gateway.query.shapes import values

ACCOUNT: Final = "000000000001"
# What is there, so that operations find something.
THERE: Final[dict[str, Any]] = {
    "UserName": "one",
    "GroupName": "one",
    "RoleName": "one",
    "PolicyName": "one",
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/one",
    "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/one",
    "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/one",
    "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example",
    "PolicyDocument": json.dumps(READ),
    "AssumeRolePolicyDocument": json.dumps(TRUST),
    "VersionId": "v1",
    "ThumbprintList": ["a" * 40],
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/one",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as found:
        iam = found.client("iam")
        iam.create_group(GroupName="one")
        iam.create_role(RoleName="one", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_policy(PolicyName="one", PolicyDocument=json.dumps(READ))
        iam.create_open_id_connect_provider(Url="https://id.example")
        yield found


@pytest.mark.parametrize("key", sorted(OPERATIONS), ids="-".join)
def test_no_input_makes_it_fail(server: Server, key: tuple[str, str]) -> None:
    name, operation = key
    shape = service(name).model.operations[operation].get("input")
    inputs = values(name, shape["shape"], sent=True) if shape else st.just({})
    client = server.client(name, parameter_validation=False)

    @settings(
        phases=(Phase.generate,),
        max_examples=cases(6),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(value=inputs, found=st.lists(st.booleans(), min_size=len(THERE), max_size=len(THERE)))
    def check(value: dict[str, Any], found: list[bool]) -> None:
        known = dict(zip(THERE, found, strict=True))
        asked = {
            member: THERE[member] if known.get(member, False) else one
            for member, one in value.items()
        }
        try:
            client._make_api_call(operation, asked)
        except ClientError as error:
            answer = error.response
            status = answer["ResponseMetadata"]["HTTPStatusCode"]
            assert status in (400, 403, 404, 409, 501), answer["Error"]
            assert answer["Error"]["Code"] != "InternalFailure"

    check()


def scoped_key(server: Server) -> Credentials:
    """A key of the account itself whose scope is reading one bucket."""
    key = Credentials("AKIASCOPEDSCOPEDSCOP", "scoped/secret")
    text = policy(allow("s3:GetObject", on="arn:aws:s3:::b/*"))
    scope = (Source("scope", compile_identity_policy(text.encode()), SCOPE),)
    principal = Principal(ACCOUNT_ITSELF, key.access_key, Identity(scope=scope))
    server.app.services.identities.declare(Known(key.secret_key, principal))
    return key


@pytest.mark.parametrize("who", ["a user", "the account, by a key with a scope"])
def test_whoever_may_do_nothing_may_do_nothing_here(server: Server, who: str) -> None:
    """Each operation asks for a permission, but for those that tell who asks and make it certain.

    Nobody gets by one key another that may do more.
    """
    iam = server.client("iam")
    key = key_of(iam, "nobody") if who == "a user" else scoped_key(server)
    check_may_nothing(server, key, with_names=True)
    if who != "a user":
        check_may_nothing(server, key, with_names=False)


def check_may_nothing(server: Server, key: Credentials, *, with_names: bool) -> None:
    """Every operation refuses a key; perhaps without the names that may be left out."""
    answered: dict[str, str | None] = {}
    clients = {name: server.client(name, key, parameter_validation=False) for name in SERVICES}
    for name, operation in sorted(OPERATIONS):
        if service(name).plan(operation, service(name).version).unsigned:
            continue
        shape = service(name).model.input_of(operation) or {"members": {}}
        known = shape["members"] if with_names else shape.get("required", ())
        asked = {member: THERE[member] for member in known if member in THERE}
        asked |= _required(name, shape, asked)
        answered[operation] = _code_of(clients[name], operation, asked)
    answering = {one for one, code in answered.items() if code is None}
    # STS API Reference: neither needs one.  A session of a key may do what the key may.
    assert answering == {"GetCallerIdentity", "GetSessionToken"}
    others = {one: code for one, code in answered.items() if code not in (None, "AccessDenied")}
    if not with_names:  # nobody is meant then
        others = {one: code for one, code in others.items() if code != "ValidationError"}
    assert others == {}


def _code_of(client: Any, operation: str, asked: dict[str, Any]) -> str | None:
    """The code of a refusal, None if there was none."""
    try:
        client._make_api_call(operation, asked)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return None


def _required(name: str, shape: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Something for each member that has to be there."""
    found: dict[str, Any] = {}
    for member in set(shape.get("required", ())) - given.keys():
        inner = service(name).model.shapes[shape["members"][member]["shape"]]
        match inner["type"]:
            case "list":
                of = service(name).model.shapes[inner["member"]["shape"]]
                item = {"Key": "a", "Value": "b"} if of["type"] == "structure" else "s3:Get"
                found[member] = [item]
            case "string" if "enum" in inner:
                found[member] = inner["enum"][0]
            case "integer":
                found[member] = inner.get("min", 1)
            case "boolean":
                found[member] = True
            case _:
                found[member] = "https://id.example/" if member == "Url" else "a" * 20
    return found
