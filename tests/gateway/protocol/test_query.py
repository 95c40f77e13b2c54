"""A query is split and decoded once, the same for everyone who asks."""

from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.errors import ProtocolError
from gateway.protocol.query import PARAMETERS_MAX, Query


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"acl", {"acl": ""}, id="a name alone"),
        pytest.param(b"acl=", {"acl": ""}, id="a name with an equals sign"),
        pytest.param(b"a=1&b=2", {"a": "1", "b": "2"}, id="two"),
        pytest.param(b"&&a=1&", {"a": "1"}, id="empty pieces"),
        pytest.param(b"a=b=c", {"a": "b=c"}, id="an equals sign in the value"),
        pytest.param(b"a=b+c%2Bd", {"a": "b c+d"}, id="a plus is a space, its escape a plus"),
        pytest.param(b"a=%C3%A9", {"a": "é"}, id="UTF-8 in escapes"),
        pytest.param(b"a=\xc3\xa9", {"a": "é"}, id="UTF-8 as it is"),
        pytest.param(b"a=%2541", {"a": "%41"}, id="decoded once"),
        pytest.param(b"%61cl", {"acl": ""}, id="escapes in a name"),
        pytest.param(b"a;b=1", {"a;b": "1"}, id="a semicolon separates nothing"),
        pytest.param(b"a=%00", {"a": "\0"}, id="a NUL is a character"),
    ],
)
def test_a_query_is(raw: bytes, values: dict[str, str]) -> None:
    assert Query(raw).values == values


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"a=%", id="an escape without digits"),
        pytest.param(b"a=%4", id="an escape with one digit"),
        pytest.param(b"a=%zz", id="digits that are none"),
        pytest.param(b"%ff=1", id="no UTF-8 in escapes"),
        pytest.param(b"a=\xff", id="no UTF-8"),
        pytest.param(b"a=%ED%A0%80", id="half a character"),
        pytest.param(b"a=1&" * PARAMETERS_MAX + b"b", id="too many"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError) as refusal:
        Query(raw)
    assert (refusal.value.code, refusal.value.status) == ("InvalidURI", 400)


def test_the_most_parameters_allowed_are_read() -> None:
    raw = b"&".join(b"p%d=" % number for number in range(PARAMETERS_MAX))
    assert len(Query(raw).values) == PARAMETERS_MAX


def test_a_repeated_parameter_is_refused_when_someone_asks_for_it() -> None:
    query = Query(b"prefix=a&prefix=b&foo=1&foo=2&x=3")
    assert query.get("x") == "3"
    with pytest.raises(ProtocolError) as refusal:
        query.get("prefix")
    assert dict(refusal.value.fields) == {"ArgumentName": "prefix", "ArgumentValue": "a"}


@given(st.dictionaries(st.text(min_size=1).filter(str.isprintable), st.text(), max_size=5))
def test_what_is_quoted_comes_back(values: dict[str, str]) -> None:
    raw = "&".join(f"{quote(name)}={quote(value)}" for name, value in values.items())
    assert Query(raw.encode()).values == values


@given(st.text("ab&=+%41;", max_size=30))
def test_it_agrees_with_the_standard_library(raw: str) -> None:
    try:
        found = Query(raw.encode()).values
    except ProtocolError:
        return
    pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=False)
    first = dict(reversed(pairs))
    assert {name: value for name, value in found.items() if name or value} == {
        name: value for name, value in first.items() if name or value
    }
