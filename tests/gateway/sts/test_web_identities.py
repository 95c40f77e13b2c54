"""AssumeRoleWithWebIdentity: whose tokens are believed, and what becomes of them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import botocore
import pytest

from gateway.pipeline import Pipeline
from gateway.trail.as_cloudtrail import as_cloudtrail
from gateway.trail.as_json import as_json
from gateway.trail.entries import entries_of
from gateway.trail.recorder import Recorder
from gateway.trail.records import NOBODY, Row, decode_records, encode_records
from gateway.webidentity.providers import AGAIN_MS, KEPT_MS, STALE_MS
from sigv4 import Credentials
from tests.gateway.identity.clients import Server, served
from tests.gateway.refusals import refused
from tests.gateway.sts.oidc import CLIENT, KEYS, Provider, SigningKey, escaped, running_provider
from tests.gateway.sts.oidc import token as token_of
from tests.gateway.sts.people import (
    ACCOUNT,
    allow,
    assume,
    credentials,
    furnish,
    new_role,
    new_user,
    read,
    trust,
)

ACTION: Final = "sts:AssumeRoleWithWebIdentity"
READ: Final = allow("s3:GetObject")
SUBJECT: Final = "system:serviceaccount:team:app"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as found:
        yield found


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.keys = [key.jwk for key in KEYS.values()]
    running.asked.clear()
    running.answers.clear()
    return running


@pytest.fixture
def server() -> Iterator[Server]:
    with served(testing_web_identities_over_http="on") as found:
        furnish(found, "key", "own/key")
        yield found


@pytest.fixture
def arn(server: Server, provider: Provider) -> str:
    """The provider's."""
    made = server.client("iam").create_open_id_connect_provider(
        Url=provider.url, ClientIDList=[CLIENT]
    )
    found: str = made["OpenIDConnectProviderArn"]
    return found


@pytest.fixture
def role(server: Server, provider: Provider, arn: str) -> str:
    """A role for one subject, who reads."""
    wanted = {f"{provider.name}:aud": CLIENT, f"{provider.name}:sub": SUBJECT}
    statement = trust({"Federated": arn}, ACTION, condition={"StringEquals": wanted})
    return new_role(server.client("iam"), "web", [statement], READ)


def now_s(server: Server) -> int:
    return server.app.services.clock.now_ms() // 1000


def claims(server: Server, provider: Provider, **more: Any) -> dict[str, Any]:
    """Those of a good token; what is None is left out."""
    now = now_s(server)
    good = {"iss": provider.url, "aud": CLIENT, "sub": SUBJECT, "iat": now, "exp": now + 600}
    return good | more


def ask(server: Server, role: str, token: str, **more: Any) -> dict[str, Any]:
    """The answer to a call that nobody signs."""
    sts = server.client("sts", signature_version=botocore.UNSIGNED)
    found: dict[str, Any] = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="session", WebIdentityToken=token, **more
    )
    return found


def test_a_token_is_changed_for_a_session(server: Server, provider: Provider, role: str) -> None:
    answer = ask(server, role, token_of(claims(server, provider)))
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert answer["Audience"] == CLIENT
    assert answer["Provider"] == provider.url
    session = credentials(answer)
    told = server.client("sts", session).get_caller_identity()["Arn"]
    assert told == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/session"
    assert read(server, session) == b"content"
    with refused("AccessDenied", 403):
        server.client("s3", session).put_object(Bucket="bucket", Key="key", Body=b"")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_all_algorithms_that_sts_takes(
    server: Server, provider: Provider, role: str, algorithm: str
) -> None:
    key = SigningKey(algorithm, "only")
    provider.keys = [key.jwk]
    ask(server, role, token_of(claims(server, provider), key))
    ask(server, role, token_of(claims(server, provider), key, kid=None))
    wrong = token_of(claims(server, provider), SigningKey(algorithm, "only"))
    with refused("InvalidIdentityToken", 400):
        ask(server, role, wrong)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"aud": "client-2"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"aud": None}, "InvalidIdentityToken", "Missing a required claim: aud"),
        ({"aud": []}, "InvalidIdentityToken", "aud"),
        ({"aud": {"a": 1}}, "InvalidIdentityToken", "aud"),
        ({"azp": "client-2"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"sub": None}, "InvalidIdentityToken", "Missing a required claim: sub"),
        ({"sub": 7}, "InvalidIdentityToken", "sub"),
        ({"sub": "x" * 256}, "InvalidIdentityToken", "subject"),
        ({"exp": None}, "InvalidIdentityToken", "Missing a required claim: exp"),
        ({"exp": "later"}, "InvalidIdentityToken", "exp"),
        ({"exp": True}, "InvalidIdentityToken", "exp"),
        ({"exp": 1e300}, "InvalidIdentityToken", "exp"),
        ({"exp": 1_000_000_000}, "ExpiredTokenException", "Token expired: current date/time"),
        ({"nbf": 9_000_000_000}, "InvalidIdentityToken", "not valid yet"),
        ({"iat": 9_000_000_000}, "InvalidIdentityToken", "not valid yet"),
        ({"iss": None}, "InvalidIdentityToken", "Missing a required claim: iss"),
        ({"iss": "https://elsewhere.example"}, "InvalidIdentityToken",
         "No OpenIDConnect provider found in your account for https://elsewhere.example"),
        ({"iss": "nothing"}, "InvalidIdentityToken", "No OpenIDConnect provider"),
        ({"iss": "https://half.a.pair/\ud800"}, "InvalidIdentityToken", "not a valid JWT"),
        ({"https://aws.amazon.com/tags": 1}, "InvalidIdentityToken", "tags"),
        ({"https://aws.amazon.com/tags": {"principal_tags": {"a": [1]}}},
         "InvalidIdentityToken", "tag"),
        ({"https://aws.amazon.com/source_identity": "a b"}, "InvalidIdentityToken", "source"),
    ],
)  # fmt: skip
def test_claims_that_do_not_do(
    server: Server, provider: Provider, role: str, change: dict[str, Any], code: str, says: str
) -> None:
    with refused(code, 400) as error:
        ask(server, role, token_of(claims(server, provider, **change)))
    assert says in error["Message"]


def test_a_token_that_is_tampered_with_is_none(
    server: Server, provider: Provider, role: str
) -> None:
    good = token_of(claims(server, provider))
    head, said, signature = good.split(".")
    other = escaped(json.dumps(claims(server, provider, sub="somebody")).encode())
    twice = escaped(b'{"alg":"RS256","alg":"none","kid":"key-RS256"}')
    none = escaped(b'{"alg":"none"}')
    bad = [
        f"{head}.{other}.{signature}",
        f"{none}.{said}.",
        f"{none}.{said}.{signature}",
        f"{twice}.{said}.{signature}",
        f"{head}.{said}",
        f"{head}.{said}.",
        f"{good}.x",
        f"{head}.{said}.{signature[:-2]}",
        f"{head}.{said}.{signature}=",
        f"{escaped(b'[]')}.{said}.{signature}",
        f"{head}.{escaped(b'[' * 9000)}.{signature}",
        f"{head}.{escaped(b'7')}.{signature}",
        "x.y.z",
        "aaaa",
        token_of(claims(server, provider), crit=["exp"]),
        token_of(claims(server, provider), alg="RS512"),
        token_of(claims(server, provider), alg="PS256"),
        token_of(claims(server, provider), alg=None),
        token_of(claims(server, provider), kid="key-ES256"),
        token_of(claims(server, provider), kid=7),
    ]
    for one in bad:
        with refused("InvalidIdentityToken", 400):
            ask(server, role, one)
    ask(server, role, good)


def test_a_public_key_is_no_shared_secret(server: Server, provider: Provider, role: str) -> None:
    """RFC 8725, section 2.1: HMAC by the text of the public key."""
    public = KEYS["RS256"].jwk
    for algorithm in ("HS256", "RS256"):
        header = {"alg": algorithm, "kid": public["kid"]}
        text = ".".join(
            escaped(json.dumps(one).encode()) for one in (header, claims(server, provider))
        )
        for secret in (json.dumps(public), public["n"]):
            digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha256)
            with refused("InvalidIdentityToken", 400):
                ask(server, role, f"{text}.{escaped(digest)}")


def test_a_role_trusts_whom_it_names(
    server: Server, provider: Provider, role: str, arn: str
) -> None:
    iam = server.client("iam")
    missing = role.replace("/web", "/missing")
    elsewhere = new_role(iam, "elsewhere", [trust({"Federated": f"{arn}-other"}, ACTION)], READ)
    by_users = new_role(iam, "by-users", [trust("*")], READ)
    for one in (missing, elsewhere, by_users):
        with refused("AccessDenied", 403) as error:
            ask(server, one, token_of(claims(server, provider)))
        assert error["Message"] == f"Not authorized to perform {ACTION}"
    with refused("AccessDenied", 403):
        ask(server, role, token_of(claims(server, provider, sub="somebody-else")))
    other = role.replace(ACCOUNT, "000000000002")
    with refused("InvalidIdentityToken", 400):
        ask(server, other, token_of(claims(server, provider)))


def test_whoever_signs_beside_is_not_asked_for(
    server: Server, provider: Provider, role: str, arn: str
) -> None:
    """The claims that count are the token's, not those of the session that signs."""
    session = credentials(ask(server, role, token_of(claims(server, provider))))
    with refused("AccessDenied", 403):
        server.client("sts", session).assume_role_with_web_identity(
            RoleArn=role,
            RoleSessionName="session",
            WebIdentityToken=token_of(claims(server, provider, sub="somebody-else")),
        )


def test_who_a_token_was_issued_to_is_its_audience(
    server: Server, provider: Provider, role: str
) -> None:
    answer = ask(
        server, role, token_of(claims(server, provider, aud=["api-1", "api-2"], azp=CLIENT))
    )
    assert answer["Audience"] == CLIENT
    ask(server, role, token_of(claims(server, provider, aud=["other", CLIENT])))


def test_claims_are_condition_keys_of_the_session(
    server: Server, provider: Provider, arn: str
) -> None:
    own = allow("s3:GetObject", on=f"arn:aws:s3:::bucket/${{{provider.name}:sub}}/*")
    role = new_role(server.client("iam"), "own", [trust({"Federated": arn}, ACTION)], own)
    session = credentials(ask(server, role, token_of(claims(server, provider, sub="own"))))
    assert read(server, session, "own/key") == b"content"
    with refused("AccessDenied", 403):
        read(server, session)
    other = credentials(ask(server, role, token_of(claims(server, provider, sub="other"))))
    with refused("AccessDenied", 403):
        read(server, other, "own/key")


@pytest.mark.parametrize("nested", [True, False])
def test_tags_and_a_source_identity_come_with_the_token(
    server: Server, provider: Provider, arn: str, nested: bool
) -> None:
    tags = "https://aws.amazon.com/tags"
    more: dict[str, Any] = {"https://aws.amazon.com/source_identity": "ann"}
    if nested:
        more[tags] = {"principal_tags": {"folder": ["own"]}, "transitive_tag_keys": ["folder"]}
    else:
        more |= {f"{tags}/principal_tags/folder": "own", f"{tags}/transitive_tag_keys": ["folder"]}
    iam = server.client("iam")
    own = allow("s3:GetObject", on="arn:aws:s3:::bucket/${aws:PrincipalTag/folder}/*")
    named = {"Federated": arn}
    actions = (ACTION, "sts:TagSession", "sts:SetSourceIdentity")
    role = new_role(iam, "own", [trust(named, *actions)], own, allow("sts:*"))
    plain = new_role(iam, "plain", [trust(named, ACTION)], own)
    token = token_of(claims(server, provider, **more))
    answer = ask(server, role, token)
    assert answer["SourceIdentity"] == "ann"
    session = credentials(answer)
    assert read(server, session, "own/key") == b"content"
    with refused("AccessDenied", 403):
        ask(server, plain, token)
    chained = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    second = new_role(iam, "second", [trust(role, *chained)], own)
    assert read(server, assume(server, session, second), "own/key") == b"content"


def test_keys_are_asked_for_once_and_again_when_one_is_unknown(
    server: Server, provider: Provider, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = server.app.services.clock
    at = clock.now_ms()
    monkeypatch.setattr(type(clock), "now_ms", lambda _: at)
    for _ in range(3):
        ask(server, role, token_of(claims(server, provider)))
    assert len(provider.asked) == 2
    new = SigningKey("ES256", "new")
    rotated = [new.jwk]
    provider.keys = rotated
    # Unknown keys make nobody ask all the time.
    for _ in range(3):
        with refused("InvalidIdentityToken", 400):
            ask(server, role, token_of(claims(server, provider), new))
    assert len(provider.asked) == 2
    at += AGAIN_MS
    ask(server, role, token_of(claims(server, provider), new))
    assert len(provider.asked) == 4
    # The old key is gone with it.
    with refused("InvalidIdentityToken", 400):
        ask(server, role, token_of(claims(server, provider)))
    # Away, its last keys hold for a while.
    provider.answers["/keys"] = (500, b"")
    at += KEPT_MS
    ask(server, role, token_of(claims(server, provider), new))
    assert len(provider.asked) == 6
    at += STALE_MS
    with refused("IDPCommunicationError", 400):
        ask(server, role, token_of(claims(server, provider), new))


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/keys", 404, b""),
        ("/keys", 302, b"/elsewhere"),
        ("/keys", 200, b"no json"),
        ("/keys", 200, b"[]"),
        ("/keys", 200, b"[" * 100_000),
        ("/keys", 200, b'{"keys": 7}'),
        ("/keys", 200, b" " * 300_000 + b'{"keys": []}'),
        ("/.well-known/openid-configuration", 200, b"{}"),
        ("/.well-known/openid-configuration", 200, b'{"issuer": "https://other.example"}'),
    ],
)
def test_a_provider_that_answers_badly(
    server: Server, provider: Provider, role: str, path: str, status: int, body: bytes
) -> None:
    provider.answers[path] = (status, body)
    with refused("IDPCommunicationError", 400):
        ask(server, role, token_of(claims(server, provider)))
    asked = len(provider.asked)
    with refused("IDPCommunicationError", 400):
        ask(server, role, token_of(claims(server, provider)))
    assert len(provider.asked) == asked


@pytest.mark.parametrize("spelling", ["{}/", "{}//", "{}/////", "HTTP://{.name}", "ftp://{.name}"])
def test_however_a_token_spells_its_issuer_its_provider_is_asked_no_more_for_that(
    server: Server, provider: Provider, role: str, spelling: str
) -> None:
    ask(server, role, token_of(claims(server, provider)))
    asked = len(provider.asked)
    spelled = spelling.format(provider if ".name" in spelling else provider.url)
    unknown = SigningKey("ES256", "unknown")
    with refused("InvalidIdentityToken", 400):
        ask(server, role, token_of(claims(server, provider, iss=spelled), unknown))
    assert len(provider.asked) == asked
    if spelling == "{}/":
        ask(server, role, token_of(claims(server, provider, iss=spelled)))


def test_a_token_is_json_in_utf_8(server: Server, provider: Provider, role: str) -> None:
    """RFC 7519, section 7.2; of other readers another encoding would be no token."""
    head, _, _ = token_of(claims(server, provider)).split(".")
    text = f"{head}.{escaped(json.dumps(claims(server, provider)).encode('utf-16'))}"
    signature = escaped(KEYS["RS256"].sign(text.encode()))
    with refused("InvalidIdentityToken", 400):
        ask(server, role, f"{text}.{signature}")


@pytest.mark.parametrize(
    "url",
    [
        *("https://", "https://a b", "https://a\nb", "https://a?b=c", "https://a#b", "ftp://a"),
        *("https://ann@a", "https://é.example", "https://a/<b>", "https://a/\x01", "a.example"),
    ],
)
def test_a_provider_is_a_url_without_a_query(server: Server, url: str) -> None:
    with refused("InvalidInput", 400):
        server.client("iam").create_open_id_connect_provider(Url=url, ClientIDList=[CLIENT])


def test_keys_that_are_none_are_passed_over(server: Server, provider: Provider, role: str) -> None:
    good: dict[str, Any] = KEYS["ES256"].jwk
    provider.keys = [
        {**good, "crv": ["P-256"]},
        {**good, "crv": {}},
        {**good, "kty": ["EC"]},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "key-ES256"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "key-ES256"},
        {**good, "x": good["y"]},
        {**good, "use": "enc"},
        {**good, "crv": "P-384"},
        {**good, "crv": "none"},
        {**good, "alg": "ES384"},
        good,
    ]
    ask(server, role, token_of(claims(server, provider), KEYS["ES256"]))


def test_plain_http_is_for_tests_alone(provider: Provider) -> None:
    with served() as server:
        iam = server.client("iam")
        made = iam.create_open_id_connect_provider(Url=provider.url, ClientIDList=[CLIENT])
        named = {"Federated": made["OpenIDConnectProviderArn"]}
        role = new_role(iam, "web", [trust(named, ACTION)], READ)
        with refused("IDPCommunicationError", 400):
            ask(server, role, token_of(claims(server, provider)))
        assert provider.asked == []


def test_what_is_not_implemented_is_refused_by_name(
    server: Server, provider: Provider, role: str
) -> None:
    with refused("NotImplemented", 501):
        ask(server, role, token_of(claims(server, provider)), ProviderId="www.amazon.com")
    with refused("ValidationError", 400) as error:
        ask(server, role, token_of(claims(server, provider)), DurationSeconds=3601)
    assert "MaxSessionDuration" in error["Message"]


def test_a_provider_that_is_no_longer_trusted_is_not(
    server: Server, provider: Provider, role: str, arn: str
) -> None:
    ask(server, role, token_of(claims(server, provider)))
    server.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("InvalidIdentityToken", 400):
        ask(server, role, token_of(claims(server, provider)))


def test_a_user_comes_by_no_providers_role(server: Server, role: str) -> None:
    ann: Credentials = new_user(server.client("iam"), "ann", allow("sts:*"))
    with refused("AccessDenied", 403):
        assume(server, ann, role)


def test_the_trail_has_for_whom_the_provider_vouched(
    server: Server, provider: Provider, role: str, arn: str
) -> None:
    rows: list[Row] = []

    class Sink:
        def put(self, record: Row) -> None:
            rows.append(record)

    app: Any = server.app
    app._pipeline = Pipeline(replace(app.services, trail=Recorder(Sink())), lambda _: None)
    given = ask(server, role, token_of(claims(server, provider)))
    with refused("AccessDenied", 403):
        ask(server, role, token_of(claims(server, provider, sub="somebody")))
    with refused("InvalidIdentityToken", 400):
        ask(server, role, token_of(claims(server, provider, sub="a forger"))[:-4] + "AAAA")

    granted, denied, forged = entries_of(decode_records(encode_records(rows)))
    for one, subject in ((granted, SUBJECT), (denied, "somebody")):
        event = as_cloudtrail(one, "us-east-1")
        assert event is not None
        assert event["userIdentity"] == {
            "type": "WebIdentityUser",
            "principalId": f"{provider.name}:{CLIENT}:{subject}",
            "userName": subject,
            "identityProvider": provider.name,
        }
        assert as_json(one)["who"]["issuer"] == arn
    assert forged.person == NOBODY
    key = {"accessKeyId": given["Credentials"]["AccessKeyId"]}
    event = as_cloudtrail(granted, "us-east-1")
    assert event is not None
    assert event["responseElements"] == {"credentials": key}
    assert as_json(granted)["issued"] == key["accessKeyId"]
    assert given["Credentials"]["SecretAccessKey"] not in repr(rows)
    assert [one.issued_access_key for one in (denied, forged)] == ["", ""]
