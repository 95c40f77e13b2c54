"""Whatever a form says, it is understood or refused in IAM's words."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import threads
from gateway.query import form
from gateway.query.errors import QueryError
from gateway.query.form import as_tree, parse_form
from gateway.query.plans import service
from tests.gateway.query.reference import CASES, Case

_NAMES = st.sampled_from(
    [
        *("UserName", "Path", "Tags", "Tags.member", "Tags.member.1", "Tags.member.1.Key"),
        *("Tags.member.1.Value", "Tags.member.x.Key", "Tags.entry.1.key", "PolicyDocument"),
        *("MaxItems", "Marker", "Filter.member.1", "ClientIDList.member.1", "", ".", "a..b"),
        *("SetAsDefault", "ContextEntries.member.1.ContextKeyValues.member.1", "TagKeys.member.1"),
    ]
) | st.text(max_size=6)
_VALUES = st.text(max_size=6) | st.sampled_from(["", "true", "1", "-1", "9" * 30, "/", "a" * 3000])


@given(case=st.sampled_from(CASES), form=st.dictionaries(_NAMES, _VALUES, max_size=6))
@settings(deadline=None, database=None, max_examples=150)
def test_no_form_raises_anything_but_a_refusal(case: Case, form: dict[str, str]) -> None:
    found = service(case.service)
    try:
        found.plan(case.name, found.version).parse(as_tree(form))
    except QueryError as error:
        assert error.status == 400  # noqa: PT017


@given(body=st.binary(max_size=60))
@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_body_raises_anything_but_a_refusal(body: bytes) -> None:
    try:
        as_tree(parse_form(body))
    except QueryError as error:
        assert error.status == 400  # noqa: PT017


@pytest.mark.parametrize(
    ("form", "tree"),
    [
        (b"", {}),
        (b"a=1&&b=+%2B", {"a": "1", "b": " +"}),
        (b"a", {"a": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"x.member.1=p&x.member.2=q", {"x": {"member": {"1": "p", "2": "q"}}}),
        (b"%78.y=%C3%A9", {"x": {"y": "é"}}),
    ],
)
def test_a_form_is_read_as_a_tree(form: bytes, tree: dict[str, Any]) -> None:
    assert as_tree(parse_form(form)) == tree


@pytest.mark.parametrize("form", [b"a=1&a=1", b"a=1&a.b=1", b"a.b=1&a=1", b".".join([b"a"] * 40)])
def test_what_contradicts_itself_or_goes_too_deep_is_refused(form: bytes) -> None:
    with pytest.raises(QueryError):
        as_tree(parse_form(form))


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (b"MaxItems=x", "maxItems is not an integer"),
        (b"MaxItems=99999999999", "maxItems is not an integer"),
        (b"UserName.x=1", "userName is not a single value"),
        (b"Tags=x", "tags is not a list"),
        (b"Tags.member.a.Key=x", "tags has an item without a number"),
        (b"Tags.member.1.Key=x&Tags.member.01.Key=y", "tags has two items of one number"),
        (b"Tags.member.1=x", "tags.1.member is not a structure"),
    ],
)
def test_a_value_of_another_kind_is_malformed(form: bytes, message: str) -> None:
    action = "ListUsers" if b"MaxItems" in form else "CreateUser"
    with pytest.raises(QueryError) as caught:
        service("iam").plan(action, "2010-05-08").parse(as_tree(parse_form(form)))
    assert (caught.value.code, caught.value.message) == ("MalformedInput", message)


@pytest.mark.parametrize(
    ("action", "form", "message"),
    [
        (
            "ListUsers",
            b"MaxItems=0",
            "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1",
        ),
        (
            "UpdateAccessKey",
            b"AccessKeyId=AKIAAAAAAAAAAAAAAAAA&Status=Gone",
            "Value 'Gone' at 'status' failed to satisfy constraint: Member must satisfy enum value "
            "set: [Active, Inactive, Expired]",
        ),
        (
            "UntagUser",
            b"UserName=ann&TagKeys.member.1=",
            "Value '[]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 128, Member must have length greater "
            "than or equal to 1, Member must satisfy regular expression pattern: "
            r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+]",
        ),
    ],
)
def test_a_constraint_is_told_in_awss_words(action: str, form: bytes, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        service("iam").plan(action, "2010-05-08").parse(as_tree(parse_form(form)))
    assert caught.value.message == f"1 validation error detected: {message}"


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(QueryError) as caught:
        service("sts").plan("AssumeRoleWithWebIdentity", "2011-06-15").parse(
            as_tree(
                {
                    "RoleArn": "arn:aws:iam::000000000001:role/one",
                    "RoleSessionName": "session",
                    "WebIdentityToken": "abc",
                }
            )
        )
    assert caught.value.message == (
        "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: "
        "Member must have length greater than or equal to 4"
    )


async def test_a_large_form_is_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read_by = []

    def watched(*bodies: bytes, most: int) -> dict[str, str]:
        read_by.append(threading.current_thread())
        return parse_form(*bodies, most=most)

    monkeypatch.setattr(form, "parse_form", watched)
    small, large = b"a=b", b"a=" + b"%41" * threads.PARSE_BYTES_MIN
    assert await form.read_form(b"", small, signed=True) == {"a": "b"}
    assert await form.read_form(b"", large, signed=True) == {"a": "A" * threads.PARSE_BYTES_MIN}
    assert [one is threading.current_thread() for one in read_by] == [True, False]


async def test_who_signs_nothing_has_few_parameters() -> None:
    body = b"&".join(b"a%d=" % number for number in range(form.UNSIGNED_PARAMETERS_MAX))
    for signed in (True, False):
        found = await form.read_form(b"", body, signed=signed)
        assert len(found) == form.UNSIGNED_PARAMETERS_MAX
    assert len(await form.read_form(b"b=", body, signed=True)) == len(found) + 1
    with pytest.raises(QueryError, match="Too many parameters"):
        await form.read_form(b"b=", body, signed=False)
