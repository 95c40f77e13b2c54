"""Keys for partners: a part of what their parent may do, for a while, until they are revoked."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from sigv4 import Credentials
from storage.errors import InvalidArgument, InvalidBucketName
from storage.identity import quotas
from storage.identity.errors import IdentityError, LimitExceeded, NoSuchEntity, ValidationError
from storage.identity.records import Scope
from storage.identity.scoped_keys import Parent
from storage.limits import OF_KEY, Limit, Limits
from tests.gateway.inside import ACCOUNT, OTHER_ACCOUNT, ask, furnished, put_document, text_of
from tests.gateway.test_identities import ID, House
from tests.gateway.users import allow, new_user, policy

WHOLE = Scope(("bucket",))


@pytest.fixture
async def app() -> AsyncIterator[App]:
    targets = ("/bucket", "/other", "/bucket/in/key", "/bucket/out", "/other/in/key")
    async with furnished(*targets) as made:
        yield made


async def issued(
    app: App, scope: Scope = WHOLE, user: str = "", account: str = ACCOUNT.id
) -> Credentials:
    keys = app.services.directory.scoped_keys
    new = await keys.issue(Parent(account, user), scope)
    return Credentials(new.key.id, new.secret)


async def status(app: App, key: Credentials, method: str, target: str) -> int:
    return (await ask(app, method, target, key=key)).status


@pytest.mark.parametrize(
    ("method", "target", "reads", "writes"),
    [
        ("GET", "/bucket/in/key", 200, 200),
        ("HEAD", "/bucket/in/key", 200, 200),
        ("GET", "/bucket?prefix=in/", 200, 200),
        ("GET", "/bucket?list-type=2&prefix=in/k", 200, 200),
        ("GET", "/bucket/in/none", 404, 404),
        ("PUT", "/bucket/in/new", 403, 200),
        ("DELETE", "/bucket/in/key", 403, 204),
        ("POST", "/bucket/in/new?uploads", 403, 200),
        ("GET", "/bucket/out", 403, 403),
        ("GET", "/bucket/none", 403, 403),
        ("PUT", "/bucket/out", 403, 403),
        ("GET", "/bucket", 403, 403),
        ("GET", "/bucket?prefix=out", 403, 403),
        ("GET", "/bucket?policy", 403, 403),
        ("DELETE", "/bucket", 403, 403),
        ("GET", "/other/in/key", 403, 403),
        ("PUT", "/new-bucket", 403, 403),
        ("GET", "/", 403, 403),
    ],
)
async def test_an_account_s_key_does_what_its_scope_says(
    app: App, method: str, target: str, reads: int, writes: int
) -> None:
    reader = await issued(app, Scope(("bucket",), "in/", read_only=True))
    assert await status(app, reader, method, target) == reads
    writer = await issued(app, Scope(("bucket",), "in/"))
    assert await status(app, writer, method, target) == writes


async def test_a_copy_reads_within_the_scope_alone(app: App) -> None:
    key = await issued(app, Scope(("bucket",), "in/"))
    for source, expected in (("/bucket/in/key", 200), ("/bucket/out", 403), ("/other/in/key", 403)):
        headers = [(b"x-amz-copy-source", source.encode())]
        reply = await ask(app, "PUT", "/bucket/in/copy", headers=headers, key=key)
        assert reply.status == expected


async def test_an_acl_or_a_lock_is_not_sent_along(app: App) -> None:
    key = await issued(app)
    headers = [(b"x-amz-object-lock-legal-hold", b"ON")]
    assert (await ask(app, "PUT", "/bucket/k", headers=headers, key=key)).status == 403


async def test_a_user_s_key_never_exceeds_the_user(app: App) -> None:
    await new_user(app, "u", allow("s3:GetObject", resource="arn:aws:s3:::bucket/in/*"))
    key = await issued(app, user="u")
    assert await status(app, key, "GET", "/bucket/in/key") == 200
    assert await status(app, key, "PUT", "/bucket/in/key") == 403
    assert await status(app, key, "GET", "/bucket/out") == 403
    await app.services.directory.inlines.delete(ACCOUNT.id, "user", "u", "p0")
    assert await status(app, key, "GET", "/bucket/in/key") == 403


async def test_a_user_that_is_gone_leaves_no_key(app: App) -> None:
    await app.services.directory.users.create(ACCOUNT.id, "u")
    key = await issued(app, user="u")
    await app.services.directory.users.delete(ACCOUNT.id, "u")
    await new_user(app, "u", allow("s3:*"))
    reply = await ask(app, "GET", "/bucket/in/key", key=key)
    assert (reply.status, "InvalidAccessKeyId" in text_of(reply)) == (403, True)


async def test_no_policy_of_a_bucket_gives_a_key_more(app: App) -> None:
    key = await issued(app, Scope(("bucket",), "in/", read_only=True))
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*"}
    document = policy({**everything, "Principal": {"AWS": ACCOUNT.id}})
    assert (await put_document(app, "/bucket?policy", document)).status == 204
    assert await status(app, key, "PUT", "/bucket/in/key") == 403
    assert await status(app, key, "GET", "/bucket/out") == 403


async def test_a_key_of_another_account_gets_nothing_it_had_not(app: App) -> None:
    key = await issued(app, account=OTHER_ACCOUNT.id)
    assert await status(app, key, "GET", "/bucket/in/key") == 403


async def test_a_key_is_valid_until_it_expires() -> None:
    house = House()
    keys = house.directory.scoped_keys
    until_ms = house.clock.ms + 60_000
    made = await keys.issue(Parent(ID), WHOLE, expires_ms=until_ms)
    house.clock.ms = until_ms - 1
    assert await house.find(made.key.id) is not None
    house.clock.ms = until_ms
    assert await house.find(made.key.id) is None
    with pytest.raises(ValidationError):
        await keys.issue(Parent(ID), WHOLE, expires_ms=until_ms)


async def test_a_revoked_key_is_refused_with_the_next_request_of_any_worker() -> None:
    house = House()
    others = [house.worker() for _ in range(2)]
    keys = house.directory.scoped_keys
    made = await keys.issue(Parent(ID), WHOLE, limit=Limit(5))
    for worker in others:
        assert await worker.find(made.key.id, house.clock.ms) is not None
    assert (OF_KEY, made.key.id) in await Limits(house.store).all()
    await keys.revoke(made.key.id)
    for worker in others:
        assert worker.cached(made.key.id, house.clock.ms) is None
        assert await worker.find(made.key.id, house.clock.ms) is None
    assert await Limits(house.store).all() == {}
    with pytest.raises(NoSuchEntity):
        await keys.revoke(made.key.id)


async def test_only_keys_with_a_scope_are_listed_and_revoked(app: App) -> None:
    plain = await new_user(app, "u")
    keys = app.services.directory.scoped_keys
    key = await issued(app, user="u")
    assert [one.id for one in await keys.list(ACCOUNT.id)] == [key.access_key]
    assert await keys.list(OTHER_ACCOUNT.id) == []
    with pytest.raises(NoSuchEntity):
        await keys.revoke(plain.access_key)
    user = await app.services.directory.entities.users.get(ACCOUNT.id, "u")
    assert user.access_keys == (plain.access_key,)


async def test_a_key_is_of_the_same_user_under_another_name() -> None:
    house = House()
    await house.user("u")
    made = await house.directory.scoped_keys.issue(Parent(ID, "u"), WHOLE)
    await house.directory.users.update(ID, "u", new_name="v")
    await house.user("u")
    (key,) = await house.directory.scoped_keys.list(ID)
    assert (key.id, key.user_name) == (made.key.id, "v")
    known = await house.find(key.id)
    assert known is not None
    assert known.principal.who.user_name == "v"


async def test_a_limit_that_is_none_is_not_stored() -> None:
    house = House()
    keys = house.directory.scoped_keys
    with pytest.raises(InvalidArgument):
        await keys.issue(Parent(ID), WHOLE, limit=Limit(10**15))
    assert await keys.list(ID) == []
    assert await Limits(house.store).all() == {}


async def test_there_are_so_many_keys_and_no_more(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    maximum = "storage.identity.scoped_keys.SCOPED_KEYS_PER_ACCOUNT_MAX"
    assert quotas.SCOPED_KEYS_PER_ACCOUNT_MAX > 1
    monkeypatch.setattr(maximum, 1)
    key = await issued(app)
    with pytest.raises(LimitExceeded):
        await issued(app)
    await app.services.directory.scoped_keys.revoke(key.access_key)
    await issued(app)


@pytest.mark.parametrize(
    ("parent", "scope", "error"),
    [
        (Parent("12"), WHOLE, ValidationError),
        (Parent(ACCOUNT.id, "nobody"), WHOLE, NoSuchEntity),
        (Parent(ACCOUNT.id), Scope(()), ValidationError),
        (Parent(ACCOUNT.id), Scope(("bucket",), "x" * 1025), ValidationError),
        (Parent(ACCOUNT.id), Scope(("bucket",), note="x" * 257), ValidationError),
    ],
)
async def test_what_is_no_scope_is_refused(
    app: App, parent: Parent, scope: Scope, error: type[IdentityError]
) -> None:
    with pytest.raises(error):
        await app.services.directory.scoped_keys.issue(parent, scope)


async def test_what_is_no_bucket_is_in_no_scope(app: App) -> None:
    with pytest.raises(InvalidBucketName):
        await issued(app, Scope(("a*",)))
