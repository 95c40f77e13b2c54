"""Parts of an object that is replaced, and whose rows go, in the middle of the request.

Ten parts are more than the object's own row names: where they lie is told by
rows that the keeper removes.
"""

import hashlib
import re
import zlib
from base64 import b64encode

import pytest

from gateway import stores
from gateway.app import App
from gateway.exchange import Reply, Stretches
from storage import assembly
from tests.gateway.inside import ask, make_app, text_of
from tests.storage.interrupted import Interrupted

PARTS = 10


async def upload(app: App, letter: bytes) -> None:
    """An object of ten parts, each of another size and with a checksum, so that it is listed."""
    kind = ((b"x-amz-checksum-algorithm", b"CRC32"), (b"x-amz-checksum-type", b"COMPOSITE"))
    created = text_of(await ask(app, "POST", "/bucket/k?uploads=", headers=kind))
    found = re.search("<UploadId>(.*)</UploadId>", created)
    assert found is not None
    parts = ""
    for number in range(1, PARTS + 1):
        body = letter * (100 + number)
        target = f"/bucket/k?partNumber={number}&uploadId={found[1]}"
        etag = hashlib.md5(body).hexdigest()
        checksum = b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        own = ((b"x-amz-checksum-crc32", checksum.encode()),)
        assert (await ask(app, "PUT", target, [body], headers=own)).status == 200
        parts += (
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>"
            f"<ChecksumCRC32>{checksum}</ChecksumCRC32></Part>"
        )
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    assert (await ask(app, "POST", f"/bucket/k?uploadId={found[1]}", [document])).status == 200


def size_of(reply: Reply) -> bytes | None:
    return dict(reply.headers).get(b"content-length")


@pytest.mark.parametrize("new", ["in parts", "whole", "none"])
@pytest.mark.parametrize(
    ("method", "query", "header"),
    [
        ("GET", "partNumber=7", ()),
        ("HEAD", "partNumber=7", ()),
        ("GET", "attributes=", ((b"x-amz-object-attributes", b"ObjectParts,ObjectSize"),)),
    ],
)
async def test_whenever_it_is_replaced_the_old_or_the_new_one_is_answered(
    method: str,
    query: str,
    header: tuple[tuple[bytes, bytes], ...],
    new: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)
    monkeypatch.setattr(stores, "MemoryMeta", Interrupted)
    app = make_app()
    meta = app.stores.meta
    assert isinstance(meta, Interrupted)
    assert (await ask(app, "PUT", "/bucket")).status == 200

    async def replace() -> None:
        if new == "in parts":
            await upload(app, b"n")
        elif new == "whole":
            await ask(app, "PUT", "/bucket/k", [b"new"])
        else:
            await ask(app, "DELETE", "/bucket/k")
        while (await app._keeper.round()).more:
            pass

    place, statuses = 0, set()
    while True:
        place += 1
        await upload(app, b"o")
        meta.interrupt(place, replace)
        reply = await ask(app, method, f"/bucket/k?{query}", headers=header)
        statuses.add(reply.status)
        if reply.status == 206:
            assert size_of(reply) == b"107"
        if isinstance(reply.body, Stretches):
            await reply.body.aclose()
        if not meta.stop():
            break
    assert place >= 3
    possible = {"in parts": {200, 206}, "whole": {200, 206, 416, 400}, "none": {200, 206, 404}}
    assert statuses <= possible[new]
    await app.close()
