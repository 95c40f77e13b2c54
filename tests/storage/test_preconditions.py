"""Conditions in every combination that the documentation speaks of.

Source: API Reference, GetObject: "If both of the If-Match and
If-Unmodified-Since headers are present [...] If-Match condition evaluates to
true, and If-Unmodified-Since condition evaluates to false; then, S3 returns
200 OK and the data requested", and the same of If-None-Match and
If-Modified-Since with 304; RFC 9110, section 13.2.2.
"""

from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import NoSuchKey, NotImplementedHere, NotModified, PreconditionFailed
from storage.preconditions import ReadCondition, WriteCondition, matches

ETAG = "9e107d9d372bb6826bd81d3542a419d6"
MODIFIED_S = 1_700_000_000


class Found(NamedTuple):
    """What a condition looks at: modified within a second, as dates cannot say."""

    etag: str = ETAG
    modified_ms: int = MODIFIED_S * 1000 + 999


RIGHT, WRONG = f'"{ETAG}"', '"other"'
EARLIER, SAME, LATER = MODIFIED_S - 1, MODIFIED_S, MODIFIED_S + 1


@pytest.mark.parametrize(
    ("header", "is_named"),
    [
        (f'"{ETAG}"', True),
        (ETAG, True),
        (f'"other", "{ETAG}"', True),
        (f"other,{ETAG}", True),
        (f' "{ETAG}" ,', True),
        (f'"with, a comma", "{ETAG}"', True),
        ("*", True),
        (" * ", True),
        ('"other"', False),
        (f'"{ETAG[:-1]}"', False),
        (f'"{ETAG.upper()}"', False),
        (f'"a,{ETAG},b"', False),
        (f'w/"{ETAG}"', False),
        (f'other"{ETAG}"', False),
        ('"zzz",*', False),
        ("*, *", False),
        ('"*"', False),
        ('"', False),
        ("", False),
    ],
)
def test_a_list_of_tags_names_a_tag(header: str, is_named: bool) -> None:
    """RFC 9110, section 13.1.1: a list of tags, or "*" alone."""
    for weakly in (False, True):
        assert matches(header, ETAG, weakly=weakly) == is_named


@pytest.mark.parametrize("header", [f'W/"{ETAG}"', f'"other", W/"{ETAG}"'])
def test_a_weak_tag_is_good_for_a_copy_not_for_a_change(header: str) -> None:
    """RFC 9110, sections 13.1.1 and 13.1.2."""
    assert outcome(ReadCondition(if_none_match=header)) == 304
    assert outcome(ReadCondition(if_match=header)) == 412
    with pytest.raises(PreconditionFailed):
        WriteCondition.of_put(header, None).check(Found(), b"k")


TAG = st.text(st.characters(codec="ascii", exclude_characters='"', exclude_categories=["Cc"]))


@given(st.lists(st.sampled_from([ETAG, "*", f"{ETAG},*"]) | TAG))
def test_whatever_else_a_list_holds(tags: list[str]) -> None:
    header = ", ".join(f'"{tag}"' for tag in tags)
    assert matches(header, ETAG, weakly=False) == (ETAG in tags)


def outcome(condition: ReadCondition) -> int:
    try:
        condition.check(Found())
    except PreconditionFailed:
        return 412
    except NotModified:
        return 304
    return 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        pytest.param(ReadCondition(), 200, id="none"),
        pytest.param(ReadCondition(if_match=RIGHT), 200, id="its tag"),
        pytest.param(ReadCondition(if_match=WRONG), 412, id="another tag"),
        pytest.param(ReadCondition(if_none_match=RIGHT), 304, id="the tag that the reader has"),
        pytest.param(ReadCondition(if_none_match=WRONG), 200, id="a tag that is no more"),
        pytest.param(ReadCondition(if_none_match="*"), 304, id="any tag but none"),
        pytest.param(ReadCondition(if_modified_since_s=EARLIER), 200, id="modified since"),
        pytest.param(ReadCondition(if_modified_since_s=SAME), 304, id="not since its own date"),
        pytest.param(ReadCondition(if_modified_since_s=LATER), 304, id="not since the future"),
        pytest.param(ReadCondition(if_unmodified_since_s=EARLIER), 412, id="modified after all"),
        pytest.param(ReadCondition(if_unmodified_since_s=SAME), 200, id="unmodified since then"),
        pytest.param(ReadCondition(if_unmodified_since_s=LATER), 200, id="unmodified"),
    ],
)
def test_one_condition(condition: ReadCondition, status: int) -> None:
    assert outcome(condition) == status


TAGS, DATES = (None, RIGHT, WRONG), (None, EARLIER, LATER)


@pytest.mark.parametrize("one", list(product(TAGS, TAGS, DATES, DATES)), ids=str)
def test_conditions_together(
    one: tuple[str | None, str | None, int | None, int | None],
) -> None:
    """RFC 9110's steps, with S3's leave to believe a tag over a date."""
    if_match, if_none_match, since, unmodified_since = one
    expected = 200
    if if_match is not None:  # step 1
        expected = 200 if if_match == RIGHT else 412
    elif unmodified_since is not None:  # step 2
        expected = 200 if unmodified_since == LATER else 412
    if expected == 200:
        if if_none_match is not None:  # step 3
            expected = 304 if if_none_match == RIGHT else 200
        elif since is not None:  # step 4
            expected = 304 if since == LATER else 200
    condition = ReadCondition(if_match, if_none_match, since, unmodified_since)
    assert outcome(condition) == expected
    if expected == 200:
        condition.check_source(Found())
    else:  # API Reference, CopyObject: 412 in every case
        with pytest.raises(PreconditionFailed, match="x-amz-copy-source-If-"):
            condition.check_source(Found())


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "is_there", "refusal"),
    [
        pytest.param(None, None, True, None, id="none, and something there"),
        pytest.param(None, None, False, None, id="none, and nothing there"),
        pytest.param(None, "*", False, None, id="to be new, and it is"),
        pytest.param(None, "*", True, PreconditionFailed, id="to be new, and it is not"),
        pytest.param(RIGHT, None, True, None, id="over its tag"),
        pytest.param(WRONG, None, True, PreconditionFailed, id="over another tag"),
        pytest.param(RIGHT, None, False, NoSuchKey, id="over what is not there"),
        pytest.param(None, RIGHT, True, NotImplementedHere, id="to be none of some tags"),
        pytest.param("*", None, True, NotImplementedHere, id="over anything"),
        pytest.param(RIGHT, "*", True, NotImplementedHere, id="both"),
    ],
)
def test_a_write(
    if_match: str | None,
    if_none_match: str | None,
    is_there: bool,
    refusal: type[Exception] | None,
) -> None:
    def write() -> None:
        condition = WriteCondition.of_put(if_match, if_none_match)
        assert bool(condition) == (if_match is not None or if_none_match is not None)
        condition.check(Found() if is_there else None, b"k")

    if refusal is None:
        write()
    else:
        with pytest.raises(refusal):
            write()
