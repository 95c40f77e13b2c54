"""aws-chunked is how a body travels: no object has it in its Content-Encoding.

Source: API Reference, "Signature Calculations for the Authorization Header:
Transferring Payload in Multiple Chunks".
"""

import pytest

from tests.gateway.inside import ask, make_app


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"gzip", b"gzip"),
        (b"deflate, gzip", b"deflate, gzip"),
        (b"gzip, aws-chunked", b"gzip"),
        (b"aws-chunked, gzip", b"gzip"),
        (b"aws-chunked,deflate,gzip", b"deflate, gzip"),
        (b"AWS-Chunked", None),
        (b"aws-chunked, aws-chunked", None),
    ],
)
async def test_an_object_has_every_encoding_but_aws_chunked(
    sent: bytes, stored: bytes | None
) -> None:
    app = make_app()
    await ask(app, "PUT", "/bucket")
    await ask(app, "PUT", "/bucket/k", [b"content"], headers=[(b"content-encoding", sent)])
    reply = await ask(app, "HEAD", "/bucket/k")
    assert dict(reply.headers).get(b"content-encoding") == stored
    await app.close()


async def test_tags_come_back_in_order_of_their_keys() -> None:
    app = make_app()
    await ask(app, "PUT", "/bucket")
    await ask(app, "PUT", "/bucket/k", headers=[(b"x-amz-tagging", b"foo=1&bar=2&Zed=3")])
    reply = await ask(app, "GET", "/bucket/k?tagging")
    assert isinstance(reply.body, bytes)
    keys = [piece.partition(b"<")[0] for piece in reply.body.split(b"<Key>")[1:]]
    assert keys == [b"Zed", b"bar", b"foo"]
    await app.close()
