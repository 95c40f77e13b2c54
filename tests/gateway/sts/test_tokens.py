"""Session tokens: sealed, each for its key, for its time, by this data directory's key."""

import base64
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from botocore.crt.auth import CrtS3SigV4AsymAuth
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sessions.tokens import (
    MASTER_KEY,
    PACKED_MAX,
    TOKEN_MAX,
    Kind,
    NotAToken,
    Passed,
    Token,
    Tokens,
    account_of,
    pack,
    percent,
    unpack,
)
from sigv4 import Credentials
from storage.keyring import Keyring
from storage.seam import SystemRandomness
from tests.gateway.identity.clients import Server, served
from tests.gateway.inside import KEY
from tests.gateway.refusals import refused
from tests.gateway.sts.people import (
    ROOT,
    allow,
    assume,
    credentials,
    document,
    furnish,
    new_role,
    new_user,
    trust,
)
from tests.gateway.sts.people import read as read_object
from tests.storage.engine import StoppedClock

RANDOMNESS = SystemRandomness()


def made(data_dir: Path | None = None) -> Tokens:
    return Tokens(Keyring(data_dir, clock=StoppedClock(), randomness=RANDOMNESS), RANDOMNESS)


def token_of(tokens: Tokens, **more: Any) -> Token:
    access_key, secret = tokens.new_key("123456789012")
    about = {"issuer": "AROAX", "name": "session", "issued_ms": 1, "expires_ms": 2, **more}
    return Token(Kind.ROLE, access_key, secret, "123456789012", **about)


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        furnish(found, "key")
        yield found


async def test_what_is_sealed_is_opened_by_every_gateway_with_the_same_keys(tmp_path: Path) -> None:
    one, other = made(tmp_path), made(tmp_path)
    token = token_of(one, claims={"a:b": ("c",)}, packed=pack(Passed("{}", ("arn",), {"k": "v"})))
    text = await one.seal(token)
    assert await other.open(text) == token
    assert token.secret not in text
    assert token.secret not in repr(token)


async def test_a_new_master_key_leaves_tokens_of_before_valid(tmp_path: Path) -> None:
    one, other = made(tmp_path), made(tmp_path)
    before = await one.seal(token_of(one))
    keyring = Keyring(tmp_path, clock=StoppedClock(), randomness=RANDOMNESS)
    keyring.rotate(MASTER_KEY)
    after = await Tokens(keyring, RANDOMNESS).seal(token_of(one))
    assert (await other.open(before)).name == (await other.open(after)).name == "session"


async def test_another_data_directory_knows_no_token_of_this_one(tmp_path: Path) -> None:
    for name in ("one", "other", "empty"):
        (tmp_path / name).mkdir()
    one = made(tmp_path / "one")
    text = await one.seal(token_of(one))
    stranger = made(tmp_path / "other")
    await stranger.seal(token_of(one))
    for other in (made(tmp_path / "empty"), made(), stranger):
        with pytest.raises(NotAToken):
            await other.open(text)


async def test_what_another_use_of_a_key_has_sealed_is_no_token(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path, clock=StoppedClock(), randomness=RANDOMNESS)
    sealed = await keyring.wrap(MASTER_KEY, b"\x90", b"something else")
    text = base64.urlsafe_b64encode(b"\x01" + sealed).decode().rstrip("=")
    with pytest.raises(NotAToken):
        await Tokens(keyring, RANDOMNESS).open(text)


async def test_no_other_text_than_a_token_opens() -> None:
    tokens = made()
    text = await tokens.seal(token_of(tokens))
    digits = string.ascii_letters + string.digits + "-_"
    others = [text[:cut] for cut in range(0, len(text), 7)]
    for at in range(len(text)):
        turned = digits[(digits.index(text[at]) ^ 1) % len(digits)]
        others.append(text[:at] + turned + text[at + 1 :])
    others += [text + "=", text + "A", " " + text, text + "\n", text.swapcase(), text * 2]
    others += ["é", "\udcff", "x" * (TOKEN_MAX + 1), text[:9] + "*" + text[9:]]
    for other in others:
        with pytest.raises(NotAToken):
            await tokens.open(other)
    assert (await tokens.open(text)).name == "session"


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_a_keys_id_tells_its_account_or_is_none(raw: bytes) -> None:
    text = raw.decode("latin-1")
    for name in (text, "ASIA" + text):
        assert account_of(name) is None or len(name) == 20
    access_key, _ = made().new_key("000000000007")
    assert account_of(access_key) == "000000000007"


@given(
    st.text(max_size=50),
    st.lists(st.text(max_size=9), max_size=3).map(tuple),
    st.dictionaries(st.text(max_size=9), st.text(max_size=9)),
)
def test_what_was_passed_comes_out_again(
    policy: str, arns: tuple[str, ...], tags: dict[str, str]
) -> None:
    passed = Passed(policy, arns, tags)
    assert unpack(pack(passed)) == passed


async def test_a_token_with_all_that_may_be_in_it_is_short_enough() -> None:
    tokens = made()
    full = token_of(
        tokens,
        packed=RANDOMNESS.bytes(PACKED_MAX),
        name="n" * 64,
        source_identity="s" * 64,
        parent="p" * 20,
    )
    assert percent(full) == 100
    assert percent(token_of(tokens, packed=b"x" * PACKED_MAX, handed_on=b"x")) == 101
    assert len(await tokens.seal(full)) <= TOKEN_MAX


def test_a_key_and_its_token_belong_together(server: Server) -> None:
    iam = server.client("iam")
    ann = new_user(iam, "ann", allow("sts:AssumeRole"))
    arn = new_role(iam, "role", [trust(ROOT)], allow("s3:*"))
    one, other = assume(server, ann, arn), assume(server, ann, arn)
    assert read_object(server, one) == read_object(server, other) == b"content"
    cases = [
        (replace(one, session_token=None), "InvalidAccessKeyId", 403),
        (replace(one, session_token=other.session_token), "InvalidToken", 400),
        (replace(one, access_key=other.access_key), "InvalidToken", 400),
        (replace(ann, session_token=one.session_token), "InvalidToken", 400),
        (replace(KEY, session_token=one.session_token), "InvalidToken", 400),
        (replace(one, secret_key=other.secret_key), "SignatureDoesNotMatch", 403),
    ]
    # Whether or not a worker has seen the session before.
    for _ in range(2):
        for key, code, status in cases:
            with refused(code, status):
                read_object(server, key)
            with refused("SignatureDoesNotMatch" if "Sig" in code else "InvalidClientTokenId", 403):
                server.client("sts", key).get_caller_identity()
        server.app.services.identities._known.clear()


def test_a_session_is_over_at_its_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = server.app.services.clock
    session = credentials(server.client("sts").get_session_token(DurationSeconds=900))
    assert read_object(server, session) == b"content"
    before = clock.now_ms()
    with monkeypatch.context() as patch:
        # The client signs for the same time.
        patch.setattr(type(clock), "now_ms", lambda _: before + 900_000)
        with refused("ExpiredToken", 400) as error:
            read_object(server, session)
        assert error["Message"] == "The provided token has expired."
        with refused("ExpiredToken", 403) as error:
            server.client("sts", session).get_caller_identity()
        assert error["Message"] == "The security token included in the request is expired"


def test_a_session_may_be_revoked_by_the_time_it_was_given_out(server: Server) -> None:
    """IAM User Guide, "Revoke IAM role temporary security credentials": AWSRevokeOlderSessions."""
    iam = server.client("iam")
    ann = new_user(iam, "ann", allow("sts:AssumeRole"))
    arn = new_role(iam, "role", [trust(ROOT)], allow("s3:*"))
    session = assume(server, ann, arn)
    assert read_object(server, session) == b"content"
    older = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}},
    }
    revoke = {"RoleName": "role", "PolicyName": "AWSRevokeOlderSessions"}
    iam.put_role_policy(**revoke, PolicyDocument=document(older))
    with refused("AccessDenied", 403):
        read_object(server, session)
    older["Condition"] = {"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}
    iam.put_role_policy(**revoke, PolicyDocument=document(older))
    assert read_object(server, session) == b"content"


def test_a_url_and_a_form_carry_the_token(server: Server) -> None:
    session = credentials(server.client("sts").get_session_token())
    s3 = server.client("s3", session, signature_version="s3v4")
    params = {"Bucket": "bucket", "Key": "key"}
    url = s3.generate_presigned_url("get_object", Params=params)
    assert "X-Amz-Security-Token=" in url
    assert server.ask("GET", url).status == 200
    assert server.ask("GET", url.replace("X-Amz-Security-Token=", "X-Amz-Security-Token=A")
                      ).status == 400  # fmt: skip
    form = s3.generate_presigned_post("bucket", "posted")
    for change, status in (({}, 204), ({"x-amz-security-token": "AQ"}, 400)):
        fields = {**form["fields"], **change, "file": "content"}
        body = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        kind = (b"content-type", b"multipart/form-data; boundary=x")
        reply = server.ask("POST", form["url"], [kind], f"{body}--x--\r\n".encode())
        assert reply.status == status


def test_4a_takes_sessions(server: Server) -> None:
    session = credentials(server.client("sts").get_session_token())

    def get(key: Credentials) -> int:
        request = AWSRequest("GET", "http://signet.test/bucket/key")
        request.context["client_config"] = None
        request.context["signing"] = {}
        own = BotoCredentials(key.access_key, key.secret_key, key.session_token)
        CrtS3SigV4AsymAuth(own, "s3", "*").add_auth(request)
        headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
        return server.ask("GET", request.url, headers).status

    assert get(session) == 200
    assert get(replace(session, session_token="AQ")) == 400
    assert get(replace(session, secret_key="other")) == 403


def test_two_sessions_may_have_drawn_the_same_key(server: Server) -> None:
    """Ids have forty random bits: it happens, and each is told by its token."""
    tokens = server.app.services.tokens
    access_key, _ = tokens.new_key("000000000001")
    now_ms = server.app.services.clock.now_ms()
    sessions = []
    for secret in ("first/secret", "second/secret"):
        token = Token(
            Kind.USER,
            access_key,
            secret,
            *("000000000001", "000000000001", "", now_ms, now_ms + 900_000, KEY.access_key),
        )
        sealed = server.run(tokens.seal(token))
        sessions.append(Credentials(access_key, secret, sealed))
    for session in sessions * 2:
        assert read_object(server, session) == b"content"
    mixed = replace(sessions[0], session_token=sessions[1].session_token)
    with refused("SignatureDoesNotMatch", 403):
        read_object(server, mixed)
