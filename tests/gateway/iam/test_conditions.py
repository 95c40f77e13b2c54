"""Every condition operator, with the table of its documentation.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set
operators for multivalued context keys".
"""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.iam.conditions import OPERATORS, compile_condition

KEY = "aws:Key"


def holds(operator: str, wanted: tuple[str, ...], given: tuple[str, ...] | None) -> bool:
    compiled = compile_condition(operator, KEY, wanted, variables=True)
    return compiled.holds({KEY.lower(): given}.get)


# operator, a value that matches "policy", one that does not, the policy's value
PAIRS = [
    ("StringEquals", "a", "A", "a"),
    ("StringEquals", "*", "a", "*"),
    ("StringEqualsIgnoreCase", "AB", "ac", "ab"),
    ("StringLike", "abc", "bc", "a*"),
    ("StringLike", "a*", "ab", "a${*}"),
    ("NumericEquals", "10", "11", "10"),
    ("NumericEquals", "10.0", "ten", "10"),
    ("NumericLessThan", "9", "10", "10"),
    ("NumericLessThanEquals", "10", "10.01", "10"),
    ("NumericGreaterThan", "11", "10", "10"),
    ("NumericGreaterThanEquals", "10", "-10", "10"),
    ("DateEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", "2020-01-01"),
    ("DateEquals", "2020-01-01T01:00:00+01:00", "2020-01-02", "1577836800"),
    ("DateLessThan", "2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ("DateLessThanEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", "2020-01-01T00:00Z"),
    ("DateGreaterThan", "2021-01-01T00:00:00Z", "yesterday", "2020"),
    ("DateGreaterThanEquals", "2020-05-01T00:00:00Z", "2020-04-30T23:59:59Z", "2020-05"),
    ("Bool", "true", "false", "TRUE"),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJZ", "QmluYXJ5"),
    ("IpAddress", "203.0.113.9", "203.0.114.9", "203.0.113.0/24"),
    ("IpAddress", "::ffff:203.0.113.9", "::cb00:7109", "203.0.113.9"),
    ("IpAddress", "2001:db8::1", "2001:db9::1", "2001:DB8::/32"),
    ("IpAddress", "10.1.2.3", "not an address", "10.1.2.3/8"),
    ("IpAddress", "192.0.2.1", "192.0.3.1", "::ffff:192.0.2.0/120"),
    ("ArnEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", "arn:aws:s3:::b"),
    ("ArnLike", "arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:2:t", "arn:aws:sns:*:1:?"),
]
NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
}


def test_the_tables_have_every_operator() -> None:
    told = {operator for operator, *_ in PAIRS} | set(NEGATIONS.values()) | {"Null"}
    assert told == OPERATORS


@pytest.mark.parametrize(("operator", "right", "wrong", "policy"), PAIRS)
def test_an_operator_tells_right_from_wrong(
    operator: str, right: str, wrong: str, policy: str
) -> None:
    assert holds(operator, (policy,), (right,))
    assert not holds(operator, (policy,), (wrong,))
    assert not holds(operator, (policy,), None)
    assert holds(f"{operator}IfExists", (policy,), None)
    assert not holds(f"{operator}IfExists", (policy,), (wrong,))
    negation = NEGATIONS.get(operator)
    if negation is not None:
        assert not holds(negation, (policy,), (right,))
        assert holds(negation, (policy,), (wrong,))
        assert holds(negation, (policy,), None)
        assert holds(f"{negation}IfExists", (policy,), None)
        assert not holds(f"{negation}IfExists", (policy,), (right,))


# RustFS: a set operator over a negated one is neither the plain operator nor its negation.
SETS = [
    ("ForAllValues:StringEquals", ("a", "b"), True),
    ("ForAllValues:StringEquals", ("a", "c"), False),
    ("ForAllValues:StringEquals", None, True),
    ("ForAnyValue:StringEquals", ("a", "c"), True),
    ("ForAnyValue:StringEquals", ("c", "d"), False),
    ("ForAnyValue:StringEquals", None, False),
    ("ForAllValues:StringNotEquals", ("c", "d"), True),
    ("ForAllValues:StringNotEquals", ("a", "c"), False),
    ("ForAllValues:StringNotEquals", None, True),
    ("ForAnyValue:StringNotEquals", ("a", "c"), True),
    ("ForAnyValue:StringNotEquals", ("a", "b"), False),
    ("ForAnyValue:StringNotEquals", None, False),
    ("ForAnyValue:StringNotEqualsIfExists", None, False),
    ("ForAnyValue:StringEqualsIfExists", None, False),
    ("StringEquals", ("a", "c"), True),
    ("StringNotEquals", ("a", "c"), False),
    ("StringNotEquals", ("c", "d"), True),
    ("ForAllValues:StringLike", ("a", "b"), True),
    ("ForAnyValue:NumericEquals", ("a",), None),
]


@pytest.mark.parametrize(("operator", "given", "wanted"), SETS)
def test_sets_of_values_are_looked_at_one_by_one(
    operator: str, given: tuple[str, ...] | None, wanted: bool | None
) -> None:
    if wanted is None:
        with pytest.raises(ValueError, match="no number"):
            holds(operator, ("a", "b"), given)
    else:
        assert holds(operator, ("a", "b"), given) is wanted


@pytest.mark.parametrize(("text", "given", "wanted"), [("true", None, True), ("true", ("",), False),
    ("false", None, False), ("false", ("a",), True), ("True", None, True)])  # fmt: skip
def test_null_asks_whether_a_key_is_absent(
    text: str, given: tuple[str, ...] | None, wanted: bool
) -> None:
    assert holds("Null", (text,), given) is wanted


@pytest.mark.parametrize(
    "operator",
    ["StringEqual", "stringequals", "NullIfExists", "ForAllValues:Null", "ForSome:StringEquals",
     "IfExists", "", "ForAllValues:", "StringEqualsIfExistsIfExists"],
)  # fmt: skip
def test_what_is_no_operator_is_found_nowhere(operator: str) -> None:
    with pytest.raises(LookupError):
        compile_condition(operator, KEY, ("true",), variables=True)


BAD = [
    ("NumericEquals", "1e3"),
    ("NumericEquals", "٣"),
    ("NumericEquals", "NaN"),
    ("NumericEquals", ""),
    ("DateEquals", "tomorrow"),
    ("DateEquals", "2020-13-01"),
    ("DateEquals", "99999999999999"),
    ("Bool", "yes"),
    ("Null", "1"),
    ("BinaryEquals", "?"),
    ("IpAddress", "10.0.0.0/33"),
    ("IpAddress", "host"),
    ("StringEquals", "${a b c}"),
    ("StringEquals", "${}"),
    ("StringEquals", "\ue000"),
]


@pytest.mark.parametrize(("operator", "text"), BAD)
def test_a_value_that_nothing_could_be_compared_with_is_refused(operator: str, text: str) -> None:
    with pytest.raises(ValueError):
        compile_condition(operator, KEY, (text,), variables=True)


Request = Mapping[str, tuple[str, ...]]
VARIABLES: list[tuple[str, Request, str, bool]] = [
    ("home/${aws:username}/*", {"aws:username": ("ann",)}, "home/ann/x", True),
    ("home/${aws:UserName}/*", {"aws:username": ("ann",)}, "home/ann/x", True),
    ("home/${aws:username}/*", {"aws:username": ("*",)}, "home/bob/x", False),
    ("home/${aws:username}/*", {"aws:username": ("*",)}, "home/*/x", True),
    ("home/${aws:username}/*", {}, "home//x", False),
    ("home/${aws:username}/*", {}, "home/${aws:username}/x", False),
    ("home/${aws:username, 'guest'}/*", {}, "home/guest/x", True),
    ("home/${aws:username, 'guest'}/*", {"aws:username": ("ann",)}, "home/guest/x", False),
    ("${aws:username}", {"aws:username": ("a", "b")}, "a", False),
    ("${*}${?}${$}", {}, "*?$", True),
    ("${*}", {}, "a", False),
    ("${aws:username}", {"aws:username": ("\ue000",)}, "*", False),
]


@pytest.mark.parametrize(("text", "request_", "key", "wanted"), VARIABLES)
def test_a_variable_is_data(text: str, request_: Request, key: str, wanted: bool) -> None:
    compiled = compile_condition("StringLike", KEY, (text,), variables=True)
    values: dict[str, Any] = {**request_, KEY.lower(): (key,)}
    assert compiled.holds(values.get) is wanted


def test_the_older_version_has_no_variables() -> None:
    compiled = compile_condition("StringEquals", KEY, ("${aws:username}",), variables=False)
    values = {"aws:username": ("ann",), KEY.lower(): ("${aws:username}",)}
    assert compiled.holds(values.get)
    assert compiled.names == {KEY.lower()}


SOME = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True).map(tuple)


@given(SOME.filter(bool), SOME)
def test_the_quantifiers_are_each_other_s_negation(
    policy: tuple[str, ...], given: tuple[str, ...]
) -> None:
    every = holds("ForAllValues:StringNotEquals", policy, given)
    some = holds("ForAnyValue:StringEquals", policy, given)
    assert every is not some
    every = holds("ForAllValues:StringEquals", policy, given)
    some = holds("ForAnyValue:StringNotEquals", policy, given)
    assert every is not some


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnLike"]
)
def test_a_variable_that_stands_a_thousand_times_makes_no_text_of_megabytes(operator: str) -> None:
    compiled = compile_condition(operator, KEY, ("${aws:agent}" * 1_000,), variables=True)
    values = {KEY.lower(): ("short",), "aws:agent": ("x" * 8_000,)}
    tracemalloc.start()
    try:
        assert not compiled.holds(values.get)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200_000


@given(st.text("aß*", max_size=3), st.text("sS", max_size=3), st.text("ßs", max_size=6))
def test_what_is_cut_short_is_equal_to_nothing(one: str, two: str, given: str) -> None:
    wanted = ("${aws:one}${aws:two}",)
    values = {KEY.lower(): (given,), "aws:one": (one,), "aws:two": (two,)}.get
    for operator, fold in (("StringEquals", str), ("StringEqualsIgnoreCase", str.casefold)):
        compiled = compile_condition(operator, KEY, wanted, variables=True)
        assert compiled.holds(values) is (fold(one + two) == fold(given))


@pytest.mark.parametrize("text", ["${aws:none}", "arn:aws:iam::1:user/${aws:none}", "arn:*"])
def test_what_an_unknown_thing_must_not_be_allows_nobody_and_denies(text: str) -> None:
    for allows in (True, False):
        made = compile_condition("ArnNotLike", KEY, (text,), variables=True, allows=allows)
        given = {KEY.lower(): ("arn:aws:iam::1:user/a",)}
        assert made.holds(given.get) is not allows
        assert made.holds(lambda _: None), "there is nothing that it must not be"
