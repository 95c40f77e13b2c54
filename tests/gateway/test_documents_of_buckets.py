"""Every document of the table: put, got back as it was, taken away, and refused with its code."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import pytest

from gateway.app import App
from gateway.operations.documents import DOCUMENTS
from tests.gateway.inside import ask, make_app, text_of


class Case(NamedTuple):
    """A document and what is said of it."""

    kind: str
    query: str
    document: str
    absent: tuple[int, str]  # what GET answers while there is none: status, and a part of it
    status: int = 200  # of a PUT
    refused: tuple[tuple[str, str], ...] = ()  # documents, and the code each is answered with


ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
CASES: Final = [
    Case(
        "request-payment",
        "requestPayment",
        f"<RequestPaymentConfiguration {ROOT}><Payer>Requester</Payer>"
        "</RequestPaymentConfiguration>",
        (200, "<Payer>BucketOwner</Payer>"),
        refused=(
            ("<RequestPaymentConfiguration/>", "MalformedXML"),
            (
                "<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>",
                "MalformedXML",
            ),
        ),
    ),
    Case(
        "tagging",
        "tagging",
        f"<Tagging {ROOT}><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        (404, "<Code>NoSuchTagSet</Code>"),
        status=204,
        refused=(
            ("<Tagging/>", "MalformedXML"),
            (
                "<Tagging><TagSet>"
                + "<Tag><Key>a</Key><Value>b</Value></Tag>" * 2
                + "</TagSet></Tagging>",
                "InvalidTag",
            ),
            (
                "<Tagging><TagSet>"
                + "".join(f"<Tag><Key>{n}</Key><Value/></Tag>" for n in range(51))
                + "</TagSet></Tagging>",
                "BadRequest",
            ),
        ),
    ),
]
IDS: Final = [case.kind for case in CASES]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    made = make_app()
    assert (await ask(made, "PUT", "/bucket")).status == 200
    yield made
    await made.close()


def test_every_document_has_a_case() -> None:
    assert {case.kind for case in CASES} == {document.kind for document in DOCUMENTS}


async def status_and_text(app: App, method: str, query: str, document: str = "") -> tuple[int, str]:
    pieces = [document.encode()] if document else []
    digest = b64encode(hashlib.md5(document.encode()).digest())
    headers = [(b"content-md5", digest)] if document else []
    reply = await ask(app, method, f"/bucket?{query}", pieces, headers=headers)
    return reply.status, text_of(reply)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_document_comes_back_as_it_was_put(app: App, case: Case) -> None:
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, case.absent[1] in text) == (case.absent[0], True)
    status, text = await status_and_text(app, "PUT", case.query, case.document)
    assert (status, text) == (case.status, "")
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, text.partition("\n")[2]) == (200, case.document)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_refused_document_leaves_the_old_one_in_force(app: App, case: Case) -> None:
    await status_and_text(app, "PUT", case.query, case.document)
    before = await status_and_text(app, "GET", case.query)
    for document, code in case.refused:
        status, text = await status_and_text(app, "PUT", case.query, document)
        assert (status, f"<Code>{code}</Code>" in text) == (400, True), text
        assert await status_and_text(app, "GET", case.query) == before


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_a_document_that_was_taken_away_is_absent(app: App, case: Case) -> None:
    deletes = next(one.deletes for one in DOCUMENTS if one.kind == case.kind)
    if deletes is None:
        return
    await status_and_text(app, "PUT", case.query, case.document)
    for _ in range(2):  # what is not there counts as deleted
        assert await status_and_text(app, "DELETE", case.query) == (204, "")
    status, text = await status_and_text(app, "GET", case.query)
    assert (status, case.absent[1] in text) == (case.absent[0], True)
