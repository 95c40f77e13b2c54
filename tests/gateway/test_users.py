"""Users with stored keys may do what their policies say: no more, no less, and at once."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from sigv4 import Credentials
from storage.errors import StoreUnavailable
from storage.keys import IDENTITIES
from storage.meta import Row
from tests.gateway.inside import ACCOUNT, OTHER_ACCOUNT, ask, furnished, put_document, text_of
from tests.gateway.users import BUCKET_OBJECTS, allow, deny, new_key, new_user, policy

OBJECT = "/bucket/key"


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", OBJECT) as made:
        yield made


async def status(app: App, key: Credentials, method: str = "GET", target: str = OBJECT) -> int:
    return (await ask(app, method, target, key=key)).status


async def test_a_user_may_do_exactly_what_his_policy_says(app: App) -> None:
    key = await new_user(app, "u", allow("s3:GetObject", resource=BUCKET_OBJECTS))
    assert await status(app, key) == 200
    assert await status(app, key, "PUT") == 403
    assert await status(app, key, "DELETE") == 403
    assert await status(app, key, "GET", "/bucket") == 403
    assert await status(app, key, "GET", "/") == 403
    assert await status(app, key, "PUT", "/another") == 403


async def test_a_user_of_the_owners_account_has_nothing_by_himself(app: App) -> None:
    key = await new_user(app, "u")
    for method, target in (("GET", OBJECT), ("PUT", OBJECT), ("GET", "/"), ("PUT", "/new")):
        assert await status(app, key, method, target) == 403


async def test_policies_of_all_kinds_add_up_and_a_deny_wins(app: App) -> None:
    directory = app.services.directory
    key = await new_user(app, "u")
    await directory.groups.create(ACCOUNT.id, "g")
    await directory.groups.add(ACCOUNT.id, "g", "u")
    await directory.inlines.put(ACCOUNT.id, "group", "g", "p", allow("s3:GetObject"))
    assert (await status(app, key), await status(app, key, "PUT")) == (200, 403)
    puts = await directory.policies.create(ACCOUNT.id, "puts", allow("s3:PutObject"))
    await directory.attachments.attach(ACCOUNT.id, "user", "u", puts.arn)
    assert (await status(app, key), await status(app, key, "PUT")) == (200, 200)
    await directory.policies.add_version(puts.arn, deny("s3:GetObject"), default=True)
    assert (await status(app, key), await status(app, key, "PUT")) == (403, 403)
    await directory.policies.set_default(puts.arn, 1)
    await directory.groups.remove(ACCOUNT.id, "g", "u")
    assert (await status(app, key), await status(app, key, "PUT")) == (403, 200)


async def test_a_boundary_limits_what_policies_give(app: App) -> None:
    directory = app.services.directory
    key = await new_user(app, "u", allow("s3:*"))
    assert await status(app, key, "PUT") == 200
    reads = await directory.policies.create(ACCOUNT.id, "reads", allow("s3:Get*"))
    await directory.attachments.set_boundary(ACCOUNT.id, "user", "u", reads.arn)
    assert (await status(app, key), await status(app, key, "PUT")) == (200, 403)
    await directory.attachments.set_boundary(ACCOUNT.id, "user", "u", "")
    assert await status(app, key, "PUT") == 200


async def test_a_bucket_policy_names_a_user_by_his_arn(app: App) -> None:
    key = await new_user(app, "alice", account=OTHER_ACCOUNT.id, path="/staff/")
    assert await status(app, key) == 403
    arn = f"arn:aws:iam::{OTHER_ACCOUNT.id}:user/staff/alice"
    given = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET_OBJECTS}
    document = policy({**given, "Principal": {"AWS": arn}})
    assert (await put_document(app, "/bucket?policy", document)).status == 204
    assert await status(app, key) == 403  # his own account has to allow it, too
    directory = app.services.directory
    await directory.inlines.put(OTHER_ACCOUNT.id, "user", "alice", "p", allow("s3:GetObject"))
    assert await status(app, key) == 200
    other = await new_user(app, "bob", allow("s3:GetObject"), account=OTHER_ACCOUNT.id)
    assert await status(app, other) == 403


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"aws:username": "alice"}, 200, id="his name"),
        pytest.param({"aws:username": "bob"}, 403, id="another name"),
        pytest.param({"aws:PrincipalTag/team": "a"}, 200, id="his tag"),
        pytest.param({"aws:PrincipalTag/team": "b"}, 403, id="another tag"),
        pytest.param({"aws:PrincipalType": "User"}, 200, id="a user"),
        pytest.param({"aws:PrincipalAccount": ACCOUNT.id}, 200, id="his account"),
        pytest.param(
            {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT.id}:user/x/alice"}, 200, id="his ARN"
        ),
    ],
)
async def test_condition_keys_say_who_it_is(
    app: App, condition: dict[str, str], expected: int
) -> None:
    document = allow("s3:GetObject", Condition={"StringEquals": condition})
    key = await new_user(app, "alice", document, path="/x/", tags={"team": "a"})
    assert await status(app, key) == expected


async def test_variables_stand_for_who_it_is(app: App) -> None:
    document = allow("s3:PutObject", resource="arn:aws:s3:::bucket/home/${aws:username}/*")
    key = await new_user(app, "alice", document)
    user = await app.services.directory.entities.users.get(ACCOUNT.id, "alice")
    assert await status(app, key, "PUT", "/bucket/home/alice/x") == 200
    assert await status(app, key, "PUT", "/bucket/home/bob/x") == 403
    only = allow("s3:GetObject", Condition={"StringEquals": {"aws:userid": user.id}})
    await app.services.directory.inlines.put(ACCOUNT.id, "user", "alice", "id", only)
    assert await status(app, key) == 200


async def test_keys_are_valid_in_turn_and_at_once(app: App) -> None:
    keys = app.services.directory.access_keys
    first = await new_user(app, "u", allow("s3:GetObject"))
    second = await new_key(app, "u")
    assert (await status(app, first), await status(app, second)) == (200, 200)
    await keys.set_active(ACCOUNT.id, "u", first.access_key, active=False)
    refused = await ask(app, "GET", OBJECT, key=first)
    assert refused.status == 403
    assert "<Code>InvalidAccessKeyId</Code>" in text_of(refused)
    assert "The AWS Access Key Id you provided does not exist in our records." in text_of(refused)
    assert await status(app, second) == 200
    await keys.set_active(ACCOUNT.id, "u", first.access_key, active=True)
    assert await status(app, first) == 200
    await keys.delete(ACCOUNT.id, "u", first.access_key)
    assert (await status(app, first), await status(app, second)) == (403, 200)


async def test_a_wrong_secret_of_a_stored_key_is_refused(app: App) -> None:
    key = await new_user(app, "u", allow("s3:*"))
    refused = await ask(app, "GET", OBJECT, key=Credentials(key.access_key, "x" * 40))
    assert "<Code>SignatureDoesNotMatch</Code>" in text_of(refused)
    last = await app.services.directory.access_keys.last_used(key.access_key)
    assert last is None


async def test_a_key_with_a_session_token_that_is_none_is_refused(app: App) -> None:
    key = await new_user(app, "u", allow("s3:*"))
    refused = await ask(
        app, "GET", OBJECT, key=Credentials(key.access_key, key.secret_key, "token")
    )
    assert "<Code>InvalidToken</Code>" in text_of(refused)


async def test_a_damaged_policy_allows_nothing(app: App) -> None:
    key = await new_user(app, "u", allow("s3:*"), '{"Statement": "what is this"}')
    assert await status(app, key) == 403


async def test_a_user_can_be_called_like_nobody_before_him(app: App) -> None:
    """Who is deleted and made again is another: a policy of the first does not hang on him."""
    directory = app.services.directory
    key = await new_user(app, "u", allow("s3:*"))
    assert await status(app, key) == 200
    await directory.access_keys.delete(ACCOUNT.id, "u", key.access_key)
    await directory.inlines.delete(ACCOUNT.id, "user", "u", "p0")
    await directory.users.delete(ACCOUNT.id, "u")
    again = await new_user(app, "u")
    assert (await status(app, key), await status(app, again)) == (403, 403)


async def test_an_account_made_by_command_owns_what_it_makes(app: App) -> None:
    directory = app.services.directory
    new = await directory.accounts.create("third", "3" * 64, account="123456789012")
    key = Credentials(new.key.id, new.secret)
    assert await status(app, key, "PUT", "/third") == 200
    shown = text_of(await ask(app, "GET", "/", key=key))
    assert f"<ID>{'3' * 64}</ID>" in shown
    assert "<Name>third</Name>" in shown
    assert "<Name>bucket</Name>" not in shown
    assert await status(app, key) == 403
    assert (await ask(app, "PUT", "/third/key")).status == 403


async def test_awss_own_policies_may_be_attached(app: App) -> None:
    key = await new_user(app, "u")
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    await app.services.directory.attachments.attach(ACCOUNT.id, "user", "u", arn)
    assert (await status(app, key), await status(app, key, "PUT")) == (200, 403)


async def test_without_the_store_an_unknown_key_gets_503_and_a_known_one_goes_on(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await new_user(app, "known", allow("s3:GetObject"))
    unknown = await new_user(app, "unknown", allow("s3:GetObject"))
    assert await status(app, known) == 200
    get = app.stores.meta.get

    async def away(key: bytes) -> Row | None:
        if key.startswith(IDENTITIES):
            raise StoreUnavailable("away")
        return await get(key)

    await app.services.directory.groups.create(ACCOUNT.id, "g")  # something has changed
    monkeypatch.setattr(app.stores.meta, "get", away)
    refused = await ask(app, "GET", OBJECT, key=unknown)
    assert refused.status == 503
    assert "<Code>ServiceUnavailable</Code>" in text_of(refused)
    assert await status(app, known) == 200
