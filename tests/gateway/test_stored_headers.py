"""What was stored with an object, as headers of an answer."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.operations.stored import SYSTEM_HEADERS, as_bytes, as_text, stored_headers
from storage.records import Attributes, ObjectVersion
from tests.gateway.server.wire import Wire
from tests.serving import Server


def test_metadata_that_no_header_can_name_is_counted() -> None:
    """API Reference, GetObject, "x-amz-missing-meta"."""
    metadata = {"a": "1", "b\r\nset-cookie: c": "2", "d: e": "3", "f": "4"}
    found = ObjectVersion(1, "", 0, attributes=Attributes({}, metadata, "STANDARD", {}))
    assert stored_headers(found) == [
        (b"x-amz-meta-a", b"1"),
        (b"x-amz-meta-f", b"4"),
        (b"x-amz-missing-meta", b"2"),
    ]


@pytest.mark.parametrize("target", ["/{bucket}/k", "/{bucket}/k?uploads"])
@pytest.mark.parametrize("name", SYSTEM_HEADERS[:-1])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"caf\xc3\xa9", id="UTF-8"),
        pytest.param(b"caf\xe9", id="ISO-8859-1"),
        pytest.param(b"\xed\xa0\x80", id="half a surrogate pair"),
    ],
)
def test_any_octets_of_a_header_are_kept(
    server: Server, bucket: str, target: str, name: str, sent: bytes
) -> None:
    with Wire(server) as wire:
        method = "POST" if "?" in target else "PUT"
        headers = [(name.encode(), sent)]
        wire.send(wire.signed(method, target.format(bucket=bucket), b"", headers=headers))
        assert wire.response().status == 200
        if method == "POST":
            return
        wire.send(wire.signed("GET", target.format(bucket=bucket)))
        found = re.search(rb"\r\n%b: ([^\r]*)\r" % name.encode(), wire.response().head)
        assert found is not None
        assert found[1] == sent


@given(st.binary(max_size=50).filter(lambda raw: b"\0" not in raw))
@example(b"\xfc")
@example("ü".encode())
def test_a_header_comes_back_byte_by_byte(raw: bytes) -> None:
    assert as_bytes(as_text(raw)) == raw
    as_text(raw).encode()  # records hold UTF-8
