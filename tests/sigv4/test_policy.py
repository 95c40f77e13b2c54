"""Policies: what is understood, what is not, and what each condition says of a form."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigv4 import SigError, policy
from sigv4.policy import Condition, Policy, Range
from tests.sigv4.signing import NOW

LATER = "2026-08-21T11:11:12Z"
NO_JSON = "Invalid Policy: Invalid JSON."


def encoded(document: object) -> bytes:
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode("utf-8", "surrogatepass"))


def with_conditions(*conditions: Any) -> Policy:
    return policy.parse(encoded({"expiration": LATER, "conditions": conditions}))


def misunderstood(document: object) -> str:
    with pytest.raises(SigError) as caught:
        policy.parse(document if isinstance(document, bytes) else encoded(document))
    assert (caught.value.code, caught.value.status) == ("InvalidPolicyDocument", 400)
    return caught.value.message


def judged(rules: Policy, fields: dict[str, str], *, now: int = NOW, bucket: str = "bkt") -> str:
    """Why the form fails, or nothing."""
    try:
        rules.check(fields, bucket=bucket, now=now, exempt=frozenset(("policy",)))
    except SigError as error:
        found = error
    else:
        return ""
    assert (found.code, found.status) == ("AccessDenied", 403)
    assert found.message.startswith("Invalid according to Policy: ")
    return found.message.removeprefix("Invalid according to Policy: ")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "Invalid Policy: Expecting '{' but found End-of-Input"),
        (b" \r\n", "Invalid Policy: Expecting '{' but found End-of-Input"),
        (b"IA==", "Invalid Policy: Expecting '{' but found End-of-Input"),
        (b"invalid_base64", "Invalid Policy: invalid Base64 encoding."),
        (b"e", "Invalid Policy: invalid Base64 encoding."),
        (b"/w==", NO_JSON),
        ("", "Invalid Policy: Expecting '{' but found End-of-Input"),
        ("invalid json", NO_JSON),
        ("[]", NO_JSON),
        ("{", NO_JSON),
        ('{"expiration"', NO_JSON),
        ('{"expiration" 1}', NO_JSON),
        ('{"expiration": "x" "conditions": []}', NO_JSON),
        ('{"expiration": "x"', NO_JSON),
        ('{"conditions": [', NO_JSON),
        ('{"conditions": [1', NO_JSON),
        ('{"conditions": [1 2]}', NO_JSON),
        ('{"conditions": [],}', NO_JSON),
        ("{1: 2}", NO_JSON),
        ('{} {"expiration": "x"}', NO_JSON),
        ('{"expiration": "x"} x', NO_JSON),
        ('{"expiration": "x", "expiration": "y"}', NO_JSON),
        ('{"conditions": [], "conditions": []}', NO_JSON),
        ('{"conditions": [NaN]}', NO_JSON),
        ('{"expiration": Infinity}', NO_JSON),
        ('{"conditions": [{"a": "b", "a": "c"}]}', NO_JSON),
        ('{"conditions": ' + "[" * 9000 + "]" * 9000 + "}", NO_JSON),
        ('{"conditions": [' + "9" * 9000 + "]}", NO_JSON),
        ('{"expiration": "a\nb"}', NO_JSON),
        ("{}", "Invalid Policy: Policy missing expiration."),
        ({"conditions": []}, "Invalid Policy: Policy missing expiration."),
        ({"expiration": LATER}, "Invalid Policy: Policy missing conditions."),
        ({"EXPIRATION": LATER, "conditions": []}, "Invalid Policy: Unexpected: 'EXPIRATION'"),
        ({"expiration": LATER, "conditions": [], "id": 1}, "Invalid Policy: Unexpected: 'id'"),
        ({"expiration": LATER, "conditions": [], "id": []}, "Invalid Policy: Unexpected: 'id'"),
        (
            {"expiration": LATER, "conditions": {}},
            "Invalid Policy: Invalid 'conditions' value: must be a List.",
        ),
        ({"expiration": True, "conditions": []}, NO_JSON),
        (
            {"expiration": "\ud800", "conditions": []},
            "Invalid Policy: Invalid 'expiration' value: '?'",
        ),
    ],
)
def test_what_is_no_policy_is_refused(document: object, words: str) -> None:
    assert misunderstood(document) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (True, "Invalid condition test: must be a List or Object."),
        ("eq", "Invalid condition test: must be a List or Object."),
        ([], "Invalid Condition: missing operation identifier."),
        ([1, "$key", "a"], "Invalid JSON."),
        (["ends-with", "$key", "a"], "Invalid Condition: unknown operation 'ends-with'."),
        (["Ends-With", "$key", "a"], "Invalid Condition: unknown operation 'Ends-With'."),
        (["eq", "$key"], "Invalid eq: wrong number of arguments."),
        (["starts-with", "$key", "a", "b"], "Invalid starts-with: wrong number of arguments."),
        (["content-length-range", 0], "Invalid content-length-range: wrong number of arguments."),
        (["eq", False, "a"], "Invalid JSON."),
        (["eq", "$key", True], "Invalid JSON."),
        (["eq", "$key", 1.5], "Invalid JSON."),
        (["eq", "$key", None], "Invalid JSON."),
        (["content-length-range", 12, False], "Invalid JSON."),
        (["content-length-range", 1.5, 2], "Invalid JSON."),
        (
            {},
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        ),
        (
            {"acl": "private", "key": "a"},
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        ),
        ({"acl": True}, "Invalid Simple-Condition: value must be a string."),
        ({"acl": 1}, "Invalid Simple-Condition: value must be a string."),
    ],
)
def test_what_is_no_condition_is_refused(condition: object, words: str) -> None:
    document = {"expiration": LATER, "conditions": [condition]}
    assert misunderstood(document) == f"Invalid Policy: {words}"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "invalid",
            "2026-08-21",
            "2026-08-21T11:11:12",
            "2026-08-21 11:11:12Z",
            "20260821T111112Z",
        ),
        *("2026-13-21T11:11:12Z", "2026-08-21T25:11:12Z", "2026-08-21T11:11:12.Z", f"{LATER} "),
        *("２０２６-08-21T11:11:12Z", "2026-08-21T11:11:12+25:00"),
    ],
)
def test_an_expiration_is_an_instant_in_one_form(text: str) -> None:
    words = misunderstood({"expiration": text, "conditions": []})
    assert words == f"Invalid Policy: Invalid 'expiration' value: '{text}'"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (LATER, NOW + 3600),
        ("2026-08-21T11:11:12.000Z", NOW + 3600),
        ("2026-08-21T11:11:12.999999999Z", NOW + 3600),
        ("2026-08-21T13:11:12+02:00", NOW + 3600),
    ],
)
def test_a_policy_holds_to_the_second_of_its_expiration(text: str, seconds: int) -> None:
    rules = policy.parse(encoded({"expiration": text, "conditions": [{"bucket": "bkt"}]}))
    assert rules.expires_at == seconds
    assert judged(rules, {}, now=seconds) == ""
    assert judged(rules, {}, now=seconds + 1) == "Policy expired."


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ({"acl": "private"}, "private", True),
        ({"ACL": "private"}, "private", True),
        ({"acl": "private"}, "Private", False),
        ({"acl": "private"}, "private ", False),
        (["eq", "$acl", "private"], "private", True),
        (["eq", "$Acl", "private"], "private", True),
        (["eq", "\\$acl", "private"], "private", True),
        (["eq", "$acl", ""], "", True),
        (["eq", "$acl", "private"], "private,x", False),
        (["eq", "$acl", 200], "200", True),
        (["eq", "acl", "private"], "private", False),
        (["eq", "$", "private"], "private", False),
        (["eq", "x$acl", "private"], "private", False),
        ({"": "private"}, "private", False),
        (["starts-with", "$acl", "pri"], "private", True),
        (["StArTs-WiTh", "$aCl", "pri"], "private", True),
        (["StArTs-WiTh", "$aCl", "Pri"], "private", False),
        (["starts-with", "$acl", ""], "anything", True),
        (["starts-with", "$acl", ""], None, False),
        (["starts-with", "$acl", "Pri"], "private", False),
        (["starts-with", "$acl", "a"], "a,b", True),
        (["content-length-range", "test", "10"], "private", False),
        (["content-length-range", 1, ""], "private", False),
        (["content-length-range", "-1", 5], "private", False),
    ],
)
def test_a_condition_holds_or_not(condition: Any, value: str | None, holds: bool) -> None:
    rules = with_conditions({"bucket": "bkt"}, condition)
    fields = {} if value is None else {"acl": value}
    shown = condition
    if isinstance(condition, dict):
        [(name, wanted)] = condition.items()
        shown = ["eq", f"${name}", wanted]
    failed = "" if holds else f"Policy Condition failed: {json.dumps(shown)}"
    assert judged(rules, fields) == failed


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("image/png", True),
        ("image/a, image/b,image/c", True),
        ("image/a,text/b", False),
        ("", False),
    ],
)
def test_each_of_several_types_must_begin_so(value: str, holds: bool) -> None:
    rules = with_conditions({"bucket": "bkt"}, ["starts-with", "$Content-Type", "image/"])
    assert (judged(rules, {"content-type": value}) == "") is holds


def test_a_failed_condition_is_shown_as_it_was_spelt() -> None:
    text = f'{{"expiration":"{LATER}","conditions":[ ["eq" ,"$k\\u0065y",  "ä\\u00e4"] ]}}'
    assert judged(policy.parse(encoded(text)), {}) == (
        'Policy Condition failed: ["eq" ,"$k\\u0065y",  "ä\\u00e4"]'
    )
    assert judged(with_conditions({"Acl": 'ä"\ud800'}), {}) == (
        'Policy Condition failed: ["eq", "$Acl", "ä\\"?"]'
    )


def test_the_references_own_escapes_are_read() -> None:
    text = f'{{"expiration": "{LATER}", "conditions": [["eq", "\\$key", "\\$a\\v\\\\v\\\\$"]]}}'
    [condition] = policy.parse(encoded(text)).conditions
    assert (condition.field, condition.value) == ("key", "$a\v\\v\\$")


def test_the_bucket_is_the_one_addressed_whatever_the_form_says() -> None:
    rules = with_conditions({"bucket": "other"})
    assert judged(rules, {"bucket": "other"}).startswith("Policy Condition failed")
    assert judged(rules, {"bucket": "bkt"}, bucket="other") == ""


def test_every_field_needs_a_condition() -> None:
    rules = with_conditions({"bucket": "bkt"}, ["starts-with", "$key", ""])
    fields = {"key": "a", "policy": "p", "x-ignore-this": "b"}
    assert judged(rules, fields) == ""
    assert judged(rules, {**fields, "acl": "private"}) == "Extra input fields: acl"
    assert judged(rules, {**fields, "signature": "s"}) == "Extra input fields: signature"
    assert judged(rules, {**fields, "x-ignored": "s"}) == "Extra input fields: x-ignored"
    assert judged(with_conditions(["eq", "$key", "a"]), fields) == "Extra input fields: bucket"


def test_conditions_come_before_fields_without_one() -> None:
    rules = with_conditions(["eq", "$key", "a"])
    assert judged(rules, {"acl": "private"}).startswith("Policy Condition failed")


@pytest.mark.parametrize(
    ("ranges", "size"),
    [
        ([], None),
        ([[5, 10]], Range(5, 10)),
        ([["5", "010"]], Range(5, 10)),
        ([[-1, 0]], Range(-1, 0)),
        ([[5, 10], [0, 7]], Range(5, 7)),
        ([[5, 6], [8, 10]], Range(8, 6)),
    ],
)
def test_of_several_ranges_all_count(ranges: list[list[int]], size: Range | None) -> None:
    found = with_conditions(*(["content-length-range", *ends] for ends in ranges))
    assert (found.size, found.conditions) == (size, ())


def test_the_name_of_a_range_does_not_depend_on_case() -> None:
    assert with_conditions(["Content-Length-Range", 5, 10]).size == Range(5, 10)


def test_base64_may_be_broken_into_lines_and_lack_its_padding() -> None:
    text = encoded({"expiration": LATER, "conditions": [{"bucket": "bkt"}]})
    lines = b"\r\n".join(text[at : at + 20] for at in range(0, len(text), 20))
    expected = Policy(
        NOW + 3600, (Condition("eq", "bucket", "bkt", '["eq", "$bucket", "bkt"]'),), None
    )
    assert policy.parse(lines) == policy.parse(text.rstrip(b"=")) == expected


NAMES = st.sampled_from(["expiration", "conditions", "eq", "$key", "key"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | NAMES


def lists_and_objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2)


@given(st.recursive(SCALARS, lists_and_objects, max_leaves=12))
def test_any_document_is_understood_or_refused(document: object) -> None:
    for text in (json.dumps(document), json.dumps({"expiration": LATER, "conditions": document})):
        try:
            policy.parse(encoded(text))
        except SigError as error:
            refusal = error.code
        else:
            refusal = "InvalidPolicyDocument"
        assert refusal == "InvalidPolicyDocument"


@pytest.mark.parametrize("name", ["[]", "{}", '["a"]', '{"a": {}}', "1", "null", "true"])
def test_a_member_has_a_text_for_a_name(name: str) -> None:
    """Found by fuzzing: a list cannot even be looked up."""
    for text in (f"{{{name}: 1}}", f'{{"conditions": [], {name}: 1}}'):
        with pytest.raises(SigError) as caught:
            policy.parse(base64.b64encode(text.encode()))
        assert caught.value.message == NO_JSON
