"""A bucket's name for accelerated transfers: it answers if that is enabled, and says so if not.

Source: User Guide, "Getting started with Amazon S3 Transfer Acceleration"; API
Reference, "Error responses", "InvalidRequest".
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from gateway.app import App
from tests.gateway.inside import ask, furnished, put_document, text_of

STATUS: Final = "<AccelerateConfiguration><Status>{}</Status></AccelerateConfiguration>"
HOSTS: Final = ("bucket.s3-accelerate.s3.example", "bucket.s3-accelerate.dualstack.s3.example")


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/bucket/k", domains="s3.example") as made:
        yield made


async def configure(app: App, status: str) -> None:
    reply = await put_document(app, "/bucket?accelerate", STATUS.format(status))
    assert reply.status == 200


@pytest.mark.parametrize("host", HOSTS)
async def test_the_accelerated_name_is_the_buckets_where_that_is_enabled(
    app: App, host: str
) -> None:
    reply = await ask(app, "GET", "/k", host=host)
    assert reply.status == 400
    assert "S3 Transfer Acceleration is not configured on this bucket." in text_of(reply)
    await configure(app, "Enabled")
    assert (await ask(app, "GET", "/k", host=host)).status == 200
    assert (await ask(app, "PUT", "/new", [b"x"], host=host)).status == 200
    await configure(app, "Suspended")
    reply = await ask(app, "GET", "/k", host=host)
    assert reply.status == 400
    assert "S3 Transfer Acceleration is disabled on this bucket." in text_of(reply)
    assert (await ask(app, "GET", "/k", host="bucket.s3.example")).status == 200


async def test_no_bucket_is_made_by_an_accelerated_name(app: App) -> None:
    reply = await ask(app, "PUT", "/", host="new.s3-accelerate.s3.example")
    assert (reply.status, "InvalidRequest" in text_of(reply)) == (400, True)
    assert (await ask(app, "HEAD", "/new")).status == 404


async def test_the_name_of_no_bucket_is_no_bucket(app: App) -> None:
    reply = await ask(app, "GET", "/k", host="nobodys.s3-accelerate.s3.example")
    assert (reply.status, "NoSuchBucket" in text_of(reply)) == (404, True)


async def test_the_domain_itself_is_accelerated_by_nobody(app: App) -> None:
    """A bucket may be called so; it is what its name says."""
    reply = await ask(app, "GET", "/k", host="s3-accelerate.s3.example")
    assert (reply.status, "NoSuchBucket" in text_of(reply)) == (404, True)
