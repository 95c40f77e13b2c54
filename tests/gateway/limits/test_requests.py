"""Where a request meets its limits: its address first, its key once proven, then the rest."""

import hashlib

import pytest
from botocore.exceptions import ClientError

from gateway.app import App
from gateway.exchange import Reply
from gateway.iam.accounts import Principal
from gateway.iam.principals import session_of
from gateway.iam.session import Session
from gateway.identities import Known
from sigv4 import Credentials
from storage.limits import Limit, Limits
from tests.gateway.identity.clients import served
from tests.gateway.inside import ACCOUNT, KEY, OTHER_KEY, Listed, ask, begun, furnished, text_of

WRONG = Credentials(KEY.access_key, "another secret")
ONCE = Limit(requests=1)


async def limited(app: App, kind: str, name: str, limit: Limit = ONCE) -> None:
    await Limits(app.stores.meta).set(kind, name, limit)
    await app.services.gate.rules.refresh()


def is_slowed(reply: Reply) -> bool:
    if reply.status != 503:
        return False
    assert "<Code>SlowDown</Code><Message>Please reduce your request rate." in text_of(reply)
    assert [value for name, value in reply.headers if name == b"retry-after"] == [b"1"]
    return True


async def get(app: App, target: str = "/bucket/key", key: Credentials | None = KEY) -> Reply:
    return await ask(app, "GET", target, key=key)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("key", KEY.access_key),
        ("account", ACCOUNT.id),
        ("bucket", "bucket"),
        ("address", "127.0.0.1"),
    ],
)
async def test_what_is_too_much_is_told_so(kind: str, name: str) -> None:
    async with furnished("/bucket", "/bucket/key") as app:
        await limited(app, kind, name)
        assert (await get(app)).status == 200
        assert is_slowed(await get(app))


async def test_an_address_is_slowed_before_anything_is_looked_at() -> None:
    async with furnished("/bucket") as app:
        await limited(app, "address", "127.0.0.1")
        assert (await get(app, key=WRONG)).status == 403
        assert is_slowed(await get(app, key=WRONG))


async def test_nobody_spends_what_a_key_or_a_bucket_has_but_who_may() -> None:
    async with furnished("/bucket", "/bucket/key") as app:
        await limited(app, "key", KEY.access_key)
        await limited(app, "bucket", "bucket")
        for key in (WRONG, OTHER_KEY, None):
            for _ in range(3):
                assert (await get(app, key=key)).status == 403
        assert (await get(app)).status == 200
        assert is_slowed(await get(app))


async def test_other_buckets_and_keys_go_on() -> None:
    async with furnished("/bucket", "/another", "/bucket/key", "/another/key") as app:
        await limited(app, "bucket", "bucket")
        assert (await get(app)).status == 200
        assert is_slowed(await get(app))
        assert (await get(app, "/another/key")).status == 200


async def test_bytes_in_both_directions_count() -> None:
    async with furnished("/bucket") as app:
        await limited(app, "bucket", "bucket", Limit(bytes=100_000))
        assert (await ask(app, "PUT", "/bucket/key", [bytes(1000)])).status == 200
        reply = await get(app)
        assert reply.status == 200
        assert (await ask(app, "PUT", "/bucket/key", [bytes(50_000)])).status == 200
        refused = await ask(app, "PUT", "/bucket/key", [bytes(1000)])
        assert is_slowed(refused)
        assert refused.close, "its body is not read"
        assert reply.on_end is not None
        reply.on_end(1000, True)


async def test_an_upload_that_is_announced_and_refused_takes_nothing_from_others() -> None:
    async with furnished("/bucket") as app:
        await limited(app, "bucket", "bucket", Limit(bytes=1_000_000))
        announced = Listed("PUT", b"/bucket/key", [b"a"], hashlib.sha256(b"a").hexdigest().encode())
        announced.content_length = 10**13
        refused = await app.serve(announced)
        assert refused.status == 400
        assert "EntityTooLarge" in text_of(refused)
        assert (await get(app)).status == 503, "it is under way"
        assert refused.on_end is not None
        refused.on_end(0, True)
        assert (await get(app)).status == 404


async def test_the_place_of_a_request_that_ended_is_free() -> None:
    async with furnished("/bucket", "/bucket/key") as app:
        await limited(app, "key", KEY.access_key, Limit(concurrency=1))
        reply = await get(app)
        assert reply.status == 200
        assert is_slowed(await get(app))
        assert reply.on_end is not None
        reply.on_end(0, True)
        assert (await get(app)).status == 200


async def test_sessions_of_a_key_spend_what_the_key_has() -> None:
    async with furnished("/bucket", "/bucket/key") as app:
        await limited(app, "key", KEY.access_key)
        services = app.services
        session = Session(0, 2**50, parent=KEY.access_key)
        for number in range(2):
            key = Credentials(f"AKIASESSION{number}", "secret")
            principal = Principal(ACCOUNT, key.access_key, session=session)
            services.identities.declare(Known(key.secret_key, principal))
            reply = await get(app, key=key)
            assert is_slowed(reply) if number else reply.status == 200


async def test_sessions_of_a_role_spend_what_the_role_has() -> None:
    role = "arn:aws:iam::000000000001:role/apps/worker"
    async with furnished("/bucket", "/bucket/key") as app:
        await limited(app, "key", role)
        for number in range(2):
            key = Credentials(f"ASIASESSION{number}", "secret")
            who = session_of(
                ACCOUNT.id,
                ACCOUNT.canonical_id,
                role_id="AROAEXAMPLE",
                role_arn=role,
                session=f"session-{number}",
            )
            session = Session(0, 2**50)
            principal = Principal(ACCOUNT, key.access_key, named=who, session=session)
            app.services.identities.declare(Known(key.secret_key, principal))
            reply = await get(app, key=key)
            assert is_slowed(reply) if number else reply.status == 200
        assert (await get(app)).status == 200, "another's"


COPY = (b"x-amz-copy-source", b"/source/key")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("key", KEY.access_key),
        ("bucket", "bucket"),
        ("bucket", "source"),
    ],
)
async def test_what_is_copied_counts(kind: str, name: str) -> None:
    async with furnished("/bucket", "/source") as app:
        assert (await ask(app, "PUT", "/source/key", [bytes(50_000)])).status == 200
        await limited(app, kind, name, Limit(bytes=50_000))
        reply = await ask(app, "PUT", "/bucket/copy", headers=[COPY])
        assert reply.status == 200
        assert reply.on_end is not None
        reply.on_end(300, True)
        assert is_slowed(await get(app, f"/{name}/k" if kind == "bucket" else "/bucket/k"))


async def test_a_range_that_is_copied_counts_as_a_part() -> None:
    async with furnished("/bucket", "/source") as app:
        assert (await ask(app, "PUT", "/source/key", [bytes(9_000)])).status == 200
        target = f"/bucket/copy?partNumber=1&uploadId={await begun(app, '/bucket/copy')}"
        await limited(app, "bucket", "bucket", Limit(bytes=10_000))
        few = (b"x-amz-copy-source-range", b"bytes=0-9")
        for headers, is_too_much in (([COPY, few], False), ([COPY], False), ([COPY, few], True)):
            reply = await ask(app, "PUT", target, headers=headers)
            assert is_slowed(reply) if is_too_much else reply.status == 200
            assert reply.on_end is not None
            reply.on_end(300, True)


async def test_a_copy_within_a_bucket_is_one_request_of_it() -> None:
    async with furnished("/source", "/source/key") as app:
        await limited(app, "bucket", "source")
        assert (await ask(app, "PUT", "/source/copy", headers=[COPY])).status == 200


@pytest.mark.parametrize("kind", ["address", "account", "key"])
@pytest.mark.parametrize(("service", "name"), [("sts", "get_caller_identity"), ("iam", "get_user")])
def test_iam_and_sts_say_it_in_their_own_words(kind: str, service: str, name: str) -> None:
    """Source: IAM API Reference, "Common Error Types", ThrottlingException; AWS's own answers."""
    names = {"address": "127.0.0.1", "account": ACCOUNT.id, "key": KEY.access_key}
    with served() as server:
        server.run(limited(server.app, kind, names[kind]))
        asked = getattr(server.client(service), name)
        asked()
        with pytest.raises(ClientError) as caught:
            asked()
        found = caught.value.response
        assert (found["Error"]["Code"], found["Error"]["Message"]) == (
            "Throttling",
            "Rate exceeded",
        )
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 400
        with pytest.raises(ClientError, match="SlowDown"):
            server.client("s3").list_buckets()
