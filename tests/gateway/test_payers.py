"""Buckets whose requesters pay.

Source: User Guide, "Using Requester Pays general purpose buckets for storage
transfers and usage": who is not the owner sends x-amz-request-payer, or is
answered 403; nobody's requests are not taken; the answer says who was charged.
"""

import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from tests.gateway.inside import (
    KEY,
    OTHER_ACCOUNT,
    OTHER_KEY,
    ask,
    furnished,
    open_to_all,
    put_document,
)

WILLING: Final[HeaderList] = [(b"x-amz-request-payer", b"requester")]
PAID: Final = "<RequestPaymentConfiguration><Payer>{}</Payer></RequestPaymentConfiguration>"


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/bucket/k", "/other") as made:
        document = PAID.format("Requester")
        assert (await put_document(made, "/bucket?requestPayment", document)).status == 200
        yield made


def is_charged(reply: Reply) -> bool:
    return (b"x-amz-request-charged", b"requester") in reply.headers


@pytest.mark.parametrize("target", ["/bucket", "/bucket/k", "/bucket?location"])
async def test_another_account_has_to_say_that_it_pays(app: App, target: str) -> None:
    everybody = open_to_all(app)
    refused = await ask(everybody, "GET", target, key=OTHER_KEY)
    assert (refused.status, is_charged(refused)) == (403, False)
    wrong: HeaderList = [(b"x-amz-request-payer", b"owner")]
    assert (await ask(everybody, "GET", target, key=OTHER_KEY, headers=wrong)).status == 403
    paid = await ask(everybody, "GET", target, key=OTHER_KEY, headers=WILLING)
    assert (paid.status, is_charged(paid)) == (200, True)


async def test_the_owner_is_not_asked_and_not_charged_as_a_requester(app: App) -> None:
    for headers in ((), WILLING):
        reply = await ask(app, "GET", "/bucket/k", headers=headers, key=KEY)
        assert (reply.status, is_charged(reply)) == (200, False)


async def test_nobody_cannot_pay(app: App) -> None:
    for headers in ((), WILLING):
        reply = await ask(open_to_all(app), "GET", "/bucket/k", headers=headers, key=None)
        assert (reply.status, is_charged(reply)) == (403, False)


async def test_an_error_charges_nobody(app: App) -> None:
    reply = await ask(open_to_all(app), "GET", "/bucket/none", headers=WILLING, key=OTHER_KEY)
    assert (reply.status, is_charged(reply)) == (404, False)


async def test_the_source_of_a_copy_is_paid_too(app: App) -> None:
    everybody = open_to_all(app)
    copy: HeaderList = [(b"x-amz-copy-source", b"/bucket/k")]
    assert (await ask(everybody, "PUT", "/other/c", headers=copy, key=OTHER_KEY)).status == 403
    paid = await ask(everybody, "PUT", "/other/c", headers=[*copy, *WILLING], key=OTHER_KEY)
    assert (paid.status, is_charged(paid)) == (200, True)


async def test_a_query_may_say_it(app: App) -> None:
    target = "/bucket/k?x-amz-request-payer=requester"
    reply = await ask(open_to_all(app), "GET", target, key=OTHER_KEY)
    assert (reply.status, is_charged(reply)) == (200, True)


async def test_an_owner_who_pays_again_is_paid_by_nobody(app: App) -> None:
    document = PAID.format("BucketOwner")
    assert (await put_document(app, "/bucket?requestPayment", document)).status == 200
    for headers in ((), WILLING):
        reply = await ask(open_to_all(app), "GET", "/bucket/k", headers=headers, key=OTHER_KEY)
        assert (reply.status, is_charged(reply)) == (200, False)


async def test_no_permission_is_gained_by_paying(app: App) -> None:
    reply = await ask(app, "GET", "/bucket/k", headers=WILLING, key=OTHER_KEY)
    assert (reply.status, is_charged(reply)) == (403, False)


async def test_who_is_allowed_by_a_policy_pays_too(app: App) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": OTHER_ACCOUNT.id},
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::bucket/*",
                }
            ],
        }
    )
    assert (await put_document(app, "/bucket?policy", policy)).status == 204
    assert (await ask(app, "GET", "/bucket/k", key=OTHER_KEY)).status == 403
    reply = await ask(app, "GET", "/bucket/k", headers=WILLING, key=OTHER_KEY)
    assert (reply.status, is_charged(reply)) == (200, True)
