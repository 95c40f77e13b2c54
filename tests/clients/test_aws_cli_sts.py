"""aws-cli: temporary credentials are asked for, used, limited, revoked, and end."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from gateway.sessions.tokens import Token, Tokens
from storage.keyring import Keyring
from storage.seam import SystemClock, SystemRandomness
from tests.clients.catalogue import CLIENTS
from tests.clients.programs import run, run_in_vain, run_json
from tests.clients.server import started
from tests.gateway.sts.oidc import CLIENT, running_provider, token

ROLE: Final = "reader"
BUCKET: Final = "transcripts"


Command = list[str | Path]


class House(NamedTuple):
    """A server of one's own, and whoever may do everything there."""

    aws: Path
    data_dir: Path
    administrator: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("sts-server")
    home = directory / "home"
    (home / ".aws").mkdir(parents=True)
    # Else the program presigns by Signature Version 2, which the server takes where it is told to.
    (home / ".aws" / "config").write_text("[default]\ns3 =\n  signature_version = s3v4\n")
    aws = CLIENTS["aws_cli"].require()
    over_http = ("--testing-web-identities-over-http", "on")
    with started(directory, arguments=over_http) as endpoint:
        administrator = endpoint.environment(home) | {"AWS_ENDPOINT_URL": endpoint.url}
        run([aws, "s3", "mb", f"s3://{BUCKET}"], administrator)
        (directory / "content").write_text("content")
        put: Command = [
            aws,
            "s3",
            "cp",
            "--no-progress",
            directory / "content",
            f"s3://{BUCKET}/one",
        ]
        run(put, administrator)
        yield House(aws, directory / "data", administrator)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def acting(environment: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    """The environment of whoever has credentials."""
    session = {"AWS_SESSION_TOKEN": found["SessionToken"]} if "SessionToken" in found else {}
    return {
        **environment,
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        **session,
    }


def user(house: House, name: str, *statements: dict[str, Any]) -> dict[str, str]:
    """The environment of a new user."""
    iam: Command = [house.aws, "iam"]
    run([*iam, "create-user", "--user-name", name], house.administrator)
    inline = ["--user-name", name, "--policy-name", "own", "--policy-document"]
    run([*iam, "put-user-policy", *inline, policy(*statements)], house.administrator)
    key = run_json([*iam, "create-access-key", "--user-name", name], house.administrator)
    return acting(house.administrator, key["AccessKey"])


def role(house: House, name: str, principal: dict[str, str], action: str, **more: Any) -> str:
    """The ARN of a new role that reads."""
    trusted = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    iam: Command = [house.aws, "iam"]
    made = run_json(
        [*iam, "create-role", "--role-name", name, "--assume-role-policy-document",
         policy(trusted)],
        house.administrator,
    )  # fmt: skip
    inline = ["--role-name", name, "--policy-name", "own", "--policy-document"]
    read = allow("s3:GetObject", "s3:ListBucket")
    run([*iam, "put-role-policy", *inline, policy(read)], house.administrator)
    arn: str = made["Role"]["Arn"]
    return arn


def over(house: House, found: dict[str, str]) -> dict[str, str]:
    """The same credentials from another gateway with the same keys, given out to end by now."""

    async def resealed() -> str:
        clock, randomness = SystemClock(), SystemRandomness()
        tokens = Tokens(Keyring(house.data_dir, clock=clock, randomness=randomness), randomness)
        opened: Token = await tokens.open(found["SessionToken"])
        ended = msgspec.structs.replace(opened, expires_ms=clock.now_ms() - 1)
        return await tokens.seal(ended)

    return found | {"SessionToken": asyncio.run(resealed())}


def test_a_role_is_assumed_used_and_revoked_and_its_session_ends(house: House) -> None:
    ann = user(house, "ann", allow("sts:AssumeRole"))
    account = run_json([house.aws, "sts", "get-caller-identity"], ann)["Account"]
    root = f"arn:aws:iam::{account}:root"
    arn = role(house, ROLE, {"AWS": root}, "sts:AssumeRole")
    get: Command = [house.aws, "s3", "cp", f"s3://{BUCKET}/one", "-"]
    assert "AccessDenied" in run_in_vain(get, ann) or "403" in run_in_vain(get, ann)

    ask: Command = [
        house.aws,
        "sts",
        "assume-role",
        "--role-arn",
        arn,
        "--role-session-name",
        "work",
    ]
    answer = run_json([*ask, "--duration-seconds", "900"], ann)
    assert answer["AssumedRoleUser"]["Arn"].endswith(f":assumed-role/{ROLE}/work")
    session = acting(house.administrator, answer["Credentials"])
    told = run_json([house.aws, "sts", "get-caller-identity"], session)
    assert told["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert run(get, session) == "content"
    assert "one" in run([house.aws, "s3", "ls", f"s3://{BUCKET}"], session)
    assert "AccessDenied" in run_in_vain([house.aws, "s3", "rm", f"s3://{BUCKET}/one"], session)
    said = run_in_vain([house.aws, "sts", "get-session-token"], session)
    assert "Cannot call GetSessionToken with session credentials" in said

    url = run([house.aws, "s3", "presign", f"s3://{BUCKET}/one"], session).strip()
    assert run(["curl", "--silent", "--fail", url], session) == "content"

    narrow = policy(allow("s3:ListBucket"))
    limited = run_json([*ask, "--policy", narrow], ann)
    assert limited["PackedPolicySize"] > 0
    lister = acting(house.administrator, limited["Credentials"])
    assert "one" in run([house.aws, "s3", "ls", f"s3://{BUCKET}"], lister)
    run_in_vain(get, lister)

    ended = acting(house.administrator, over(house, answer["Credentials"]))
    assert "ExpiredToken" in run_in_vain([house.aws, "s3", "ls", f"s3://{BUCKET}"], ended)
    assert "ExpiredToken" in run_in_vain([house.aws, "sts", "get-caller-identity"], ended)

    older = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}},
    }
    revoke = ["--role-name", ROLE, "--policy-name", "AWSRevokeOlderSessions"]
    put: Command = [
        house.aws,
        "iam",
        "put-role-policy",
        *revoke,
        "--policy-document",
        policy(older),
    ]
    run(put, house.administrator)
    said = run_in_vain([house.aws, "s3", "ls", f"s3://{BUCKET}"], session)
    assert "AccessDenied" in said


def test_the_cli_assumes_a_role_by_itself_with_an_external_id(house: House, tmp_path: Path) -> None:
    deputy = user(house, "deputy", allow("sts:AssumeRole"))
    account = run_json([house.aws, "sts", "get-caller-identity"], deputy)["Account"]
    condition = {"StringEquals": {"sts:ExternalId": "customer-1"}}
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    arn = role(house, "for-deputy", root, "sts:AssumeRole", Condition=condition)
    config = tmp_path / "config"
    told = f"[profile there]\nrole_arn = {arn}\ncredential_source = Environment\n"
    there = deputy | {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "there"}
    who: Command = [house.aws, "sts", "get-caller-identity", "--profile", "there"]
    config.write_text(told)
    assert "is not authorized to perform: sts:AssumeRole" in run_in_vain(who, there)
    config.write_text(f"{told}external_id = customer-1\n")
    assert ":assumed-role/for-deputy/" in run_json(who, there)["Arn"]


def test_the_cli_comes_with_a_web_identity(house: House, tmp_path: Path) -> None:
    """As in a pod: the token in a file, everything else in the environment."""
    with running_provider() as provider:
        create: Command = ["create-open-id-connect-provider", "--url", provider.url]
        made = run_json(
            [house.aws, "iam", *create, "--client-id-list", CLIENT], house.administrator
        )
        named = {"Federated": made["OpenIDConnectProviderArn"]}
        wanted = {"StringEquals": {f"{provider.name}:sub": "app"}}
        arn = role(house, "web", named, "sts:AssumeRoleWithWebIdentity", Condition=wanted)
        now_s = SystemClock().now_ms() // 1000
        path = tmp_path / "token"
        pod = {
            name: value
            for name, value in house.administrator.items()
            if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        } | {"AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": str(path)}
        get: Command = [house.aws, "s3", "cp", f"s3://{BUCKET}/one", "-"]
        claims = {"iss": provider.url, "aud": CLIENT, "sub": "app", "exp": now_s + 600}
        path.write_text(token(claims))
        assert run(get, pod) == "content"
        path.write_text(token(claims | {"sub": "another"}))
        said = run_in_vain([house.aws, "sts", "get-caller-identity"], pod)
        assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in said
        path.write_text(token(claims | {"exp": now_s - 1}))
        assert "ExpiredTokenException" in run_in_vain(get, pod)


def test_a_federated_user_and_a_session_of_ones_own(house: House) -> None:
    carl = user(house, "carl", allow("s3:*", "sts:GetFederationToken"))
    get: Command = [house.aws, "s3", "cp", f"s3://{BUCKET}/one", "-"]
    own = run_json([house.aws, "sts", "get-session-token"], carl)
    assert run(get, acting(house.administrator, own["Credentials"])) == "content"
    ask: Command = [house.aws, "sts", "get-federation-token", "--name", "guest"]
    guest = run_json([*ask, "--policy", policy(allow("s3:GetObject"))], carl)
    assert guest["FederatedUser"]["Arn"].endswith(":federated-user/guest")
    found = acting(house.administrator, guest["Credentials"])
    assert run(get, found) == "content"
    run_in_vain([house.aws, "s3", "ls", f"s3://{BUCKET}"], found)
    said = run_in_vain([house.aws, "iam", "list-users"], found)
    assert "InvalidClientTokenId" in said
