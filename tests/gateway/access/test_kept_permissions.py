"""A permission that is remembered is forgotten with whatever gave it: asked twice each time."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable

import pytest

from gateway.app import App
from gateway.iam.accounts import Principal
from gateway.iam.decision import Decision
from gateway.iam.kept import PERMISSIONS_MAX, Permissions
from sigv4 import Credentials
from storage.records import Bucket
from storage.rows import BucketRef
from tests.gateway.inside import ACCOUNT, ask, make_app
from tests.gateway.users import BUCKET_OBJECTS, allow, deny, new_user

ANN = f"arn:aws:iam::{ACCOUNT.id}:user/ann"
Change = Callable[[App], Awaitable[object]]


async def put_policy(app: App, effect: str, action: str = "s3:GetObject") -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": effect,
                "Action": action,
                "Principal": {"AWS": ANN},
                "Resource": BUCKET_OBJECTS,
            }
        ],
    }
    body = json.dumps(document).encode()
    md5 = (b"content-md5", b64encode(hashlib.md5(body).digest()))
    assert (await ask(app, "PUT", "/bucket?policy=", [body], headers=(md5,))).status == 204


async def inline(app: App, name: str, document: str) -> None:
    await app.services.directory.inlines.put(ACCOUNT.id, "user", "ann", name, document)


async def deny_by_bucket(app: App) -> None:
    await put_policy(app, "Deny")


async def deny_by_user(app: App) -> None:
    await inline(app, "p1", deny("s3:GetObject"))


async def take_away(app: App) -> None:
    await app.services.directory.inlines.delete(ACCOUNT.id, "user", "ann", "p0")


async def read(app: App, key: Credentials, target: str = "/bucket/k") -> int:
    return (await ask(app, "GET", target, key=key)).status


@pytest.mark.parametrize("change", [deny_by_bucket, deny_by_user, take_away])
async def test_what_was_allowed_is_refused_once_it_is_not(change: Change) -> None:
    app = make_app()
    assert (await ask(app, "PUT", "/bucket")).status == 200
    assert (await ask(app, "PUT", "/bucket/k", [b"content"])).status == 200
    key = await new_user(app, "ann", allow("s3:GetObject", resource=BUCKET_OBJECTS))
    assert [await read(app, key) for _ in range(3)] == [200] * 3
    await change(app)
    assert [await read(app, key) for _ in range(3)] == [403] * 3
    await app.close()


async def test_what_the_bucket_gave_goes_with_its_policy() -> None:
    app = make_app()
    assert (await ask(app, "PUT", "/bucket")).status == 200
    assert (await ask(app, "PUT", "/bucket/k", [b"content"])).status == 200
    key = await new_user(app, "ann")
    assert await read(app, key) == 403
    await put_policy(app, "Allow")
    assert [await read(app, key) for _ in range(3)] == [200] * 3
    assert (await ask(app, "DELETE", "/bucket?policy=")).status == 204
    assert await read(app, key) == 403
    await app.close()


async def test_another_action_key_or_person_has_to_be_allowed_too() -> None:
    app = make_app()
    assert (await ask(app, "PUT", "/bucket")).status == 200
    for name in ("k", "l"):
        assert (await ask(app, "PUT", f"/bucket/{name}", [b"content"])).status == 200
    key = await new_user(app, "ann", allow("s3:GetObject", resource="arn:aws:s3:::bucket/k"))
    other = await new_user(app, "bob")
    assert [await read(app, key) for _ in range(2)] == [200, 200]
    assert await read(app, key, "/bucket/l") == 403
    assert await read(app, key, "/bucket/k?tagging=") == 403
    assert await read(app, other) == 403
    await app.close()


async def test_what_a_condition_allowed_is_asked_each_time() -> None:
    app = make_app()
    assert (await ask(app, "PUT", "/bucket")).status == 200
    tagged = {"StringEquals": {"s3:ExistingObjectTag/open": "yes"}}
    document = allow("s3:GetObject", resource=BUCKET_OBJECTS, Condition=tagged)
    key = await new_user(app, "ann", document)
    for tag, status in (("open=yes", 200), ("open=no", 403), ("open=yes", 200)):
        headers = ((b"x-amz-tagging", tag.encode()),)
        assert (await ask(app, "PUT", "/bucket/k", [b"content"], headers=headers)).status == 200
        assert [await read(app, key) for _ in range(2)] == [status] * 2
    await app.close()


def test_no_more_is_kept_than_there_is_room_for() -> None:
    kept, principal = Permissions(), Principal(ACCOUNT, "AKIDEXAMPLE")
    bucket = BucketRef(b"id", 1, Bucket("bucket", ACCOUNT.id, 0, ""))
    for number in range(PERMISSIONS_MAX):
        kept.keep(principal, "s3:GetObject", bucket, b"%d" % number, Decision(True, "policy"))
    assert len(kept) == PERMISSIONS_MAX
    assert kept.get(principal, "s3:GetObject", bucket, b"0") == Decision(True, "policy")
    kept.keep(principal, "s3:GetObject", bucket, b"one more", Decision(True, "policy"))
    assert len(kept) == 1
    assert kept.get(principal, "s3:GetObject", bucket, b"0") is None
