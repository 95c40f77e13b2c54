"""The document of a lifecycle: given back as it was put."""

from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from tests.gateway.inside import ask, furnished
from tests.gateway.lifecycles import (
    ABORT,
    LARGER,
    MARKERS,
    MINIMUM,
    PREFIX,
    TAG,
    TAGGED,
    both,
    days,
    expiration,
    got,
    later,
    midnight,
    of_rules,
    old,
    put,
    rule,
    transition,
)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket") as made:
        yield made


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of_rules(rule()), id="days"),
        pytest.param(of_rules(rule(expiration(midnight(1)))), id="a date"),
        pytest.param(of_rules(rule(wanted="<Filter></Filter>")), id="an empty filter"),
        pytest.param(of_rules(rule(wanted="<Prefix>a/</Prefix>")), id="a prefix of its own"),
        pytest.param(of_rules(rule(wanted=TAGGED)), id="a tag"),
        pytest.param(of_rules(rule(wanted=both(PREFIX, TAG, LARGER))), id="all of these"),
        pytest.param(of_rules(rule(expiration(MARKERS) + ABORT)), id="markers and uploads"),
        pytest.param(
            of_rules(
                rule(
                    transition("STANDARD_IA", days(30))
                    + transition("GLACIER", days(60))
                    + transition("DEEP_ARCHIVE", days(61))
                    + expiration(days(365))
                )
            ),
            id="from class to class to its end",
        ),
        pytest.param(
            of_rules(
                rule(
                    later("GLACIER", 0)
                    + old(
                        "<NoncurrentDays>1</NoncurrentDays>"
                        "<NewerNoncurrentVersions>100</NewerNoncurrentVersions>"
                    )
                )
            ),
            id="noncurrent versions",
        ),
        pytest.param(of_rules(rule(), rule(name="s")), id="overlapping filters"),
        pytest.param(
            of_rules(
                rule(wanted="<Prefix></Prefix>"),
                rule(ABORT, wanted="<Prefix></Prefix>", name="s"),
            ),
            id="overlapping prefixes of other actions",
        ),
        pytest.param(of_rules(*(rule(name=f"{n}") for n in range(1000))), id="a thousand rules"),
    ],
)
async def test_a_document_comes_back_with_all_that_was_put(app: App, document: str) -> None:
    reply = await put(app, document)
    assert (reply.status, reply.body) == (200, b"")
    assert (MINIMUM, b"all_storage_classes_128K") in reply.headers
    status, text = await got(app)
    assert status == 200
    assert sorted(text.partition("\n")[2].split("<")) == sorted(document.split("<"))


async def test_members_stand_in_the_order_of_the_documentations_sample(app: App) -> None:
    await put(app, of_rules(rule()))
    assert (await got(app))[1].partition("\n")[2] == of_rules(
        "<Rule><ID>r</ID><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status>"
        "<Expiration><Days>1</Days></Expiration></Rule>"
    )


async def test_a_rule_without_an_id_is_given_one(app: App) -> None:
    await put(app, of_rules(rule().replace("<ID>r</ID>", ""), rule(name="")))
    texts = (await got(app))[1].split("<ID>")[1:]
    ids = [b64decode(text.partition("<")[0]).decode() for text in texts]
    assert len(set(ids)) == 2
    assert all(len(one) == 36 for one in ids)


async def test_what_is_small_is_said_in_a_header(app: App) -> None:
    wanted = [(MINIMUM, b"varies_by_storage_class")]
    assert wanted[0] in (await put(app, of_rules(rule()), wanted)).headers
    assert wanted[0] in (await ask(app, "GET", "/bucket?lifecycle")).headers


async def test_a_document_that_was_taken_away_is_absent(app: App) -> None:
    absent = "<Code>NoSuchLifecycleConfiguration</Code>"
    status, text = await got(app)
    assert (status, absent in text) == (404, True)
    await put(app, of_rules(rule()))
    for _ in range(2):
        assert (await ask(app, "DELETE", "/bucket?lifecycle")).status == 204
    status, text = await got(app)
    assert (status, absent in text) == (404, True)
