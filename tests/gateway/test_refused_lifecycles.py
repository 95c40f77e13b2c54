"""Lifecycle documents that S3 refuses, and in which words.

The words are S3's where they are recorded: see ``gateway.configurations.lifecycle``.
"""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import pytest

from gateway.app import App
from tests.gateway.inside import furnished, text_of
from tests.gateway.lifecycles import (
    ABORT,
    LARGER,
    MARKERS,
    MINIMUM,
    PREFIX,
    SIZED,
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


SCHEMA: Final = "The XML you provided was not well-formed or did not validate"


class Refused(NamedTuple):
    """Rules, and how they are answered."""

    rules: tuple[str, ...]
    code: str
    message: str = ""


def malformed(*rules: str) -> Refused:
    return Refused(rules, "MalformedXML", SCHEMA)


def argument(message: str, *rules: str) -> Refused:
    return Refused(rules, "InvalidArgument", message)


def request(message: str, *rules: str) -> Refused:
    return Refused(rules, "InvalidRequest", message)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(malformed(), id="no rules"),
        pytest.param(
            request(
                "The number of lifecycle rules must not exceed the allowed limit of 1000 rules.",
                *(rule(name=f"{n}") for n in range(1001)),
            ),
            id="a thousand and one",
        ),
        pytest.param(
            argument("ID length should not exceed allowed limit of 255", rule(name="a" * 256)),
            id="a long id",
        ),
        pytest.param(
            argument(
                "Rule ID must be unique. Found same ID for more than one rule", rule(), rule()
            ),
            id="an id twice",
        ),
        pytest.param(malformed(rule().replace("Enabled", "enabled")), id="another status"),
        pytest.param(
            malformed(rule().replace("<Status>Enabled</Status>", "")), id="without a status"
        ),
        pytest.param(malformed(rule(wanted="")), id="neither filter nor prefix"),
        pytest.param(
            request(
                "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in "
                "the Filter.",
                rule(),
                rule(wanted=PREFIX, name="s"),
            ),
            id="a prefix after a filter",
        ),
        pytest.param(
            request(
                "Filter element can only be used in Lifecycle V2.",
                rule(wanted=PREFIX),
                rule(name="s"),
            ),
            id="a filter after a prefix",
        ),
        pytest.param(
            request(
                "Found overlapping prefixes '' and 'a/' for same action type 'Expiration'",
                rule(wanted=PREFIX),
                rule(wanted="<Prefix></Prefix>", name="s"),
            ),
            id="overlapping prefixes",
        ),
        pytest.param(
            request(
                "The maximum size of a prefix is 1024.",
                rule(wanted=f"<Filter><Prefix>{'a' * 1025}</Prefix></Filter>"),
            ),
            id="a long prefix",
        ),
        pytest.param(
            malformed(rule(wanted=f"<Filter>{PREFIX}{TAG}</Filter>")), id="two predicates"
        ),
        pytest.param(malformed(rule(wanted=both(PREFIX))), id="one of several"),
        pytest.param(
            request("Duplicate Tag Keys are not allowed.", rule(wanted=both(TAG, TAG))),
            id="a tag twice",
        ),
        pytest.param(
            request(
                "'ObjectSizeLessThan' should be between 1 and 1099511627776000.",
                rule(wanted="<Filter><ObjectSizeLessThan>0</ObjectSizeLessThan></Filter>"),
            ),
            id="smaller than nothing",
        ),
        pytest.param(
            request(
                "'ObjectSizeGreaterThan' should be between 0 and 1099511627776000.",
                rule(wanted="<Filter><ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan></Filter>"),
            ),
            id="a negative size",
        ),
        pytest.param(
            request(
                "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
                rule(wanted=both(LARGER, "<ObjectSizeLessThan>500</ObjectSizeLessThan>")),
            ),
            id="sizes that exclude each other",
        ),
        pytest.param(
            request("At least one action needs to be specified in a rule", rule("")),
            id="no action",
        ),
        pytest.param(malformed(rule(expiration(""))), id="an expiration of nothing"),
        pytest.param(malformed(rule(expiration(days(1) + midnight(1)))), id="days and a date"),
        pytest.param(malformed(rule(expiration(days(1) + MARKERS))), id="days and markers"),
        pytest.param(
            argument(
                "'Days' for Expiration action must be a positive integer",
                rule(expiration(days(0))),
            ),
            id="no days",
        ),
        pytest.param(
            argument("'Date' must be at midnight GMT", rule(expiration(midnight(1, 1)))),
            id="an hour",
        ),
        pytest.param(
            malformed(rule(expiration("<Date>Fri, 01 Jan 2016</Date>"))), id="no date at all"
        ),
        pytest.param(
            request(
                "ExpiredObjectDeleteMarker cannot be specified with Tags.",
                rule(expiration(MARKERS), TAGGED),
            ),
            id="markers with tags",
        ),
        pytest.param(
            request(
                "ExpiredObjectDeleteMarker cannot be specified with Object Size.",
                rule(expiration(MARKERS.replace("true", "false")), SIZED),
            ),
            id="markers with sizes",
        ),
        pytest.param(
            request(
                "AbortIncompleteMultipartUpload cannot be specified with Tags.", rule(ABORT, TAGGED)
            ),
            id="uploads with tags",
        ),
        pytest.param(
            request(
                "AbortIncompleteMultipartUpload cannot be specified with Object Size.",
                rule(ABORT, SIZED),
            ),
            id="uploads with sizes",
        ),
        pytest.param(
            argument(
                "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a "
                "positive integer",
                rule(ABORT.replace("7", "0")),
            ),
            id="uploads at once",
        ),
        pytest.param(malformed(rule(old(""))), id="noncurrent versions at no time"),
        pytest.param(
            malformed(rule(old("<NewerNoncurrentVersions>1</NewerNoncurrentVersions>"))),
            id="noncurrent versions by number alone",
        ),
        pytest.param(
            argument(
                "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive "
                "integer",
                rule(old("<NoncurrentDays>0</NoncurrentDays>")),
            ),
            id="noncurrent versions at once",
        ),
        *(
            pytest.param(
                argument(
                    "NewerNoncurrentVersions must be between 1 and 100",
                    rule(
                        old(
                            f"<NewerNoncurrentVersions>{count}</NewerNoncurrentVersions>"
                            "<NoncurrentDays>1</NoncurrentDays>"
                        )
                    ),
                ),
                id=f"{count} versions to keep",
            )
            for count in (0, 101)
        ),
        pytest.param(
            request(
                "NewerNoncurrentVersions element can only be used in Lifecycle V2.",
                rule(
                    old(
                        "<NewerNoncurrentVersions>1</NewerNoncurrentVersions>"
                        "<NoncurrentDays>1</NoncurrentDays>"
                    ),
                    PREFIX,
                ),
            ),
            id="versions to keep in the older form",
        ),
        pytest.param(malformed(rule(transition("GLACIER", ""))), id="a transition at no time"),
        pytest.param(
            malformed(rule("<Transition><Days>1</Days></Transition>")),
            id="a transition to no class",
        ),
        pytest.param(malformed(rule(transition("STANDARD", days(1)))), id="back to STANDARD"),
        pytest.param(
            argument(
                "'Days' in Transition action must be nonnegative",
                rule(transition("GLACIER", days(-1))),
            ),
            id="before it is made",
        ),
        pytest.param(
            argument(
                "'Days' in Transition action must be greater than or equal to 30 for storageClass "
                "'STANDARD_IA'",
                rule(transition("STANDARD_IA", days(29))),
            ),
            id="STANDARD_IA too early",
        ),
        pytest.param(
            argument(
                "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or "
                "equal to 30 for storageClass 'ONEZONE_IA'",
                rule(later("ONEZONE_IA", 1)),
            ),
            id="ONEZONE_IA too early",
        ),
        pytest.param(
            request(
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' with "
                "filter '(prefix=a/)'",
                rule(transition("GLACIER", days(1)) + transition("GLACIER", days(2))),
            ),
            id="a class twice",
        ),
        pytest.param(
            request(
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' with "
                "prefix 'a/'",
                rule(transition("GLACIER", days(1)) + transition("GLACIER", days(2)), PREFIX),
            ),
            id="a class twice, in the older form",
        ),
        pytest.param(
            request(
                "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for "
                "filter '(prefix=a/ and tag={key=k, value=v} and objectsizegreaterthan=500)'",
                rule(
                    transition("GLACIER", days(1)) + transition("DEEP_ARCHIVE", midnight(1)),
                    both(PREFIX, TAG, LARGER),
                ),
            ),
            id="a date and days",
        ),
        pytest.param(
            request(
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in "
                "lifecycle rule for filter '(prefix=a/)'",
                rule(transition("GLACIER", days(1)) + expiration(midnight(1))),
            ),
            id="a date and days in two actions",
        ),
        pytest.param(
            argument(
                "'Days' in the Transition action for StorageClass 'DEEP_ARCHIVE' for filter "
                "'(prefix=a/)' must be greater than 'Days' in the Transition action for "
                "StorageClass 'GLACIER' for filter '(prefix=a/)'",
                rule(transition("DEEP_ARCHIVE", days(1)) + transition("GLACIER", days(1))),
            ),
            id="two classes at once",
        ),
        pytest.param(
            argument(
                "'Days' in the Transition action for StorageClass 'GLACIER' for filter "
                "'(prefix=a/)' must be 30 days more than 'Days' in the Transition action for "
                "StorageClass 'STANDARD_IA' for filter '(prefix=a/)'",
                rule(transition("STANDARD_IA", days(30)) + transition("GLACIER", days(59))),
            ),
            id="out of STANDARD_IA too early",
        ),
        pytest.param(
            argument(
                "'Date' in the Transition action for StorageClass 'DEEP_ARCHIVE' for filter "
                "'(prefix=a/)' must be greater than 'Date' in the Transition action for "
                "StorageClass 'GLACIER' for filter '(prefix=a/)'",
                rule(transition("GLACIER", midnight(2)) + transition("DEEP_ARCHIVE", midnight(1))),
            ),
            id="dates in the wrong order",
        ),
        pytest.param(
            argument(
                "'Days' in the Expiration action for filter '(prefix=a/)' must be greater than "
                "'Days' in the Transition action",
                rule(transition("GLACIER", days(9)) + expiration(days(9))),
            ),
            id="an end before a transition",
        ),
        pytest.param(
            argument(
                "'Date' in the Expiration action for filter '(prefix=a/)' must be greater than "
                "'Date' in the Transition action",
                rule(transition("GLACIER", midnight(2)) + expiration(midnight(1))),
            ),
            id="an end before a transition, by dates",
        ),
        pytest.param(
            argument(
                "'NoncurrentDays' in the NoncurrentVersionExpiration action for filter "
                "'(prefix=a/)' must be greater than 'NoncurrentDays' in the "
                "NoncurrentVersionTransition action",
                rule(later("GLACIER", 1) + old("<NoncurrentDays>1</NoncurrentDays>")),
            ),
            id="an end of noncurrent versions before their transition",
        ),
    ],
)
async def test_a_refused_document_leaves_the_old_one_in_force(app: App, case: Refused) -> None:
    await put(app, of_rules(rule(name="in force")))
    before = await got(app)
    reply = await put(app, of_rules(*case.rules))
    text = text_of(reply).replace("&#39;", "'").replace("&apos;", "'")
    assert (reply.status, f"<Code>{case.code}</Code>" in text) == (400, True), text
    assert f"<Message>{case.message}" in text
    assert await got(app) == before


async def test_a_header_that_means_nothing_is_refused(app: App) -> None:
    reply = await put(app, of_rules(rule()), [(MINIMUM, b"value")])
    assert reply.status == 400
    assert "Invalid TransitionDefaultMinimumObjectSize found: value" in text_of(reply)
