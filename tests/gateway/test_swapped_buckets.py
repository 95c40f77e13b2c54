"""A bucket that is deleted, and its name taken by another account, while a request for it waits.

What was allowed on the one is never done to the other, which has its name:
permissions come before the body, and a client may take its time with that.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.app import App
from gateway.exchange import Reply
from gateway.registry import OPERATIONS
from storage.integrity import NOTHING_PROMISED
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes
from storage.rows import BucketRef
from tests.gateway.inside import ask, begun, furnished
from tests.gateway.needs import CASES, PLACES, Case, headers_of
from tests.storage.engine import Body, uploads_in

OTHER = "000000000002"
# These, and what gets a document, tell of the bucket that they were allowed on: what it was, or
# that nothing is in it.
MAY_SUCCEED = {
    *("HeadBucket", "ListObjects", "ListObjectsV2", "ListObjectVersions"),
    *("ListMultipartUploads", "ListParts", "DeleteObjects", "GetPublicAccessBlock"),
}


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished(*PLACES) as made:
        yield made


async def take_over(app: App, name: str, *, is_empty: bool) -> BucketRef:
    """The other account's bucket of that name, in the place of ours."""
    assert (await ask(app, "DELETE", f"/{name}/k")).status == 204
    assert (await ask(app, "DELETE", f"/{name}")).status == 204
    services = app.services
    theirs = await services.buckets.create(name, account=OTHER, region="us-east-1")
    if is_empty:
        return theirs
    await services.objects.put(
        *(theirs, b"k", Body(b"theirs")),
        attributes=Attributes(tags={"whose": "theirs"}),
        owner=OTHER,
        promises=NOTHING_PROMISED,
        condition=UNCONDITIONAL,
    )
    return theirs


async def holds(app: App, bucket: BucketRef) -> list[Any]:
    """All that a bucket is and has."""
    services = app.services
    page = await services.listings.objects(
        bucket, prefix=b"", delimiter=b"", after=b"", max_keys=1000
    )
    uploads = await uploads_in(services.listings, bucket)
    return [await services.buckets.find(bucket.record.name), page.entries, uploads.entries]


IN_A_BUCKET = [case for case in CASES if case.target.startswith("/bucket")]


async def ask_for(app: App, case: Case, upload: str) -> Reply:
    body = [case.body] if case.body else []
    target = case.target.format(upload=upload)
    return await ask(app, case.method, target, body, headers=headers_of(case))


@pytest.mark.parametrize("name", ["bucket", "source"])
@pytest.mark.parametrize("case", IN_A_BUCKET, ids=lambda case: case.operation)
async def test_what_was_allowed_on_one_bucket_is_not_done_to_the_next_of_its_name(
    app: App, monkeypatch: pytest.MonkeyPatch, case: Case, name: str
) -> None:
    operation = OPERATIONS[case.operation]
    if name == "source" and operation.source is None:
        return  # it reads none
    upload = await begun(app, "/bucket/m")
    swapped: list[Any] = []

    async def late(call: Any, wanted: Any) -> Any:
        monkeypatch.undo()
        theirs = await take_over(app, name, is_empty=case.operation == "DeleteBucket")
        swapped.append((theirs, await holds(app, theirs)))
        return await operation.handler(call, wanted)

    monkeypatch.setitem(OPERATIONS, case.operation, operation._replace(handler=late))
    reply = await ask_for(app, case, upload)
    ((theirs, before),) = swapped
    assert await holds(app, theirs) == before
    assert before[0].record.account == OTHER
    assert isinstance(reply.body, bytes), "a document"
    assert b"theirs" not in reply.body
    tells = case.operation in MAY_SUCCEED or case.operation.startswith(("GetBucket", "ListBucket"))
    assert tells or reply.status >= 400
