"""A refusal as a document."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sigv4 import SigError, error_document
from sigv4.errors import mismatch, unknown_key


def test_it_has_the_members_of_the_error_in_order() -> None:
    document = error_document(unknown_key("AKID<&>"), request_id="17")
    found = [(item.tag, item.text) for item in ET.fromstring(document)]
    assert found == [
        ("Code", "InvalidAccessKeyId"),
        ("Message", "The AWS Access Key Id you provided does not exist in our records."),
        ("AWSAccessKeyId", "AKID<&>"),
        ("RequestId", "17"),
    ]


def test_lines_of_a_string_to_sign_stay_lines() -> None:
    document = error_document(mismatch("A", b"a\nb\r\n\tc", b"s", b"GET\n/"))
    assert ET.fromstring(document).findtext("StringToSign") == "a\nb\r\n\tc"


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_was_sent_any_reader_takes_it(text: str) -> None:
    document = error_document(SigError("Code", 400, text, (("Field", text),)))
    found = ET.fromstring(document)
    assert [item.tag for item in found] == ["Code", "Message", "Field"]
    possible = all(0x20 <= ord(char) < 0xD800 for char in text)
    assert not possible or (found.findtext("Field") or "") == text
