"""Wildcards: what they mean, against an oracle that tries everything, and in what time."""

import time
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam import match
from gateway.iam.match import ANY_CHARACTER, ANY_STRING, Glob, arn_matches, may_begin

CASES = [
    ("*", "", True),
    ("*", "anything\nat all", True),
    ("a?c", "abc", True),
    ("a?c", "ac", False),
    ("a*c", "ac", True),
    ("a*c", "abbbc", True),
    ("a*c", "abbb", False),
    ("ab*ba", "aba", False),
    ("ab*ba", "abba", True),
    ("*a*b*", "xxaxxbxx", True),
    ("*a*b*", "xxbxxaxx", False),
    ("", "", True),
    ("", "a", False),
    ("a.c", "abc", False),
    ("[a]", "a", False),
    ("?", "é", True),
]


@pytest.mark.parametrize(("pattern", "text", "wanted"), CASES)
def test_a_pattern_means_what_is_documented(pattern: str, text: str, wanted: bool) -> None:
    assert Glob(pattern).matches(text) is wanted


def means(pattern: str, text: str) -> bool:
    """The definition, tried out."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(means(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and means(pattern[1:], text[1:])


@given(st.text("ab*?", max_size=7), st.text("ab", max_size=8))
def test_matching_is_the_definition(pattern: str, text: str) -> None:
    assert Glob(pattern).matches(text) is means(pattern, text)


@given(st.text("ab*?", max_size=7), st.text("ab", max_size=8))
def test_long_pieces_are_looked_for_by_the_definition_too(pattern: str, text: str) -> None:
    with mock.patch.object(match, "_SHORT_CHARS", 0):
        assert Glob(pattern).matches(text) is means(pattern, text)


@pytest.mark.parametrize("short", [0, 32])
def test_a_star_and_a_question_mark_of_a_variable_are_themselves(short: int) -> None:
    with mock.patch.object(match, "_SHORT_CHARS", short):
        pattern = Glob(f"*{ANY_STRING}?{ANY_CHARACTER}*!")
        assert pattern.matches("x*x??!")
        assert not pattern.matches("xxxx??!")
        assert not pattern.matches("x*xx?x!")


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=4), st.text("ab", max_size=5))
def test_what_begins_a_text_that_is_meant_may_begin_one(
    pattern: str, beginning: str, rest: str
) -> None:
    if means(pattern, beginning + rest):
        assert may_begin(pattern, beginning)


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=4))
def test_what_may_begin_a_text_has_an_end_that_makes_it_one(pattern: str, beginning: str) -> None:
    end = pattern[pattern.find("*") :] if "*" in pattern else pattern[len(beginning) :]
    rest = end.replace("*", "").replace("?", "a")
    if may_begin(pattern, beginning):
        whole = beginning + rest
        padded = [beginning + "a" * n + rest for n in range(8)]
        fitted = [pattern.replace("*", "").replace("?", "a")]
        tail = [beginning + pattern.replace("*", "").replace("?", "a")[n:] for n in range(8)]
        assert any(means(pattern, one) for one in (whole, *padded, *fitted, *tail))


def test_many_stars_against_a_long_key_take_no_long_time() -> None:
    began = time.perf_counter()
    assert not Glob("a*" * 500 + "b").matches("a" * 100_000)
    assert not Glob("*a?a" * 300 + "*b").matches("a" * 10_000)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("piece", ["a?" * 4_500 + "b", "?a" * 9_000, "a" * 9_000 + "?b"])
def test_a_long_piece_with_question_marks_takes_no_long_time(piece: str) -> None:
    began = time.perf_counter()
    for _ in range(20):
        assert not Glob(f"*{piece}*z").matches("a" * 8_000)
    assert time.perf_counter() - began < 4


def test_no_more_than_short_patterns_are_kept() -> None:
    assert match.glob("a*" * 100) is match.glob("a*" * 100)
    assert match.glob("a*" * 1_000) is not match.glob("a*" * 1_000)


ARNS = [
    ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k:with:colons", True),
    ("arn:aws:s3:::b", "arn:aws:s3:::b/k", False),
    ("arn:aws:s3:::*", "arn:aws:s3:::b/k", True),
    ("arn:aws:s3:*", "arn:aws:s3:::b/k", True),
    ("arn:*:b/k", "arn:aws:s3:::b/k", False),
    ("arn:aws:iam::*:root", "arn:aws:iam::123456789012:root", True),
    ("arn:aws:iam::1*:root", "arn:aws:iam::123456789012:root", True),
    ("arn:aws:iam::*", "arn:aws:iam::123456789012:user/a", True),
    ("*", "arn:aws:iam::123456789012:user/a", True),
    ("arn:aws:sns:*:1:x", "arn:aws:sns:a:b:1:x", False),
]


@pytest.mark.parametrize(("pattern", "arn", "wanted"), ARNS)
def test_an_arn_is_matched_part_by_part(pattern: str, arn: str, wanted: bool) -> None:
    assert arn_matches(pattern, arn) is wanted
