"""A reader that trusts nothing, and a writer that any reader understands."""

import time
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol import types as t
from gateway.protocol.plans import compile_plans
from gateway.protocol.xml import (
    DEPTH_MAX,
    DOCUMENT_BYTES_MAX,
    ELEMENTS_MAX,
    TEXT_CHARS_MAX,
    Element,
    XmlError,
    escape,
    escape_readably,
    parse,
)

_BOMB: Final = (
    b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Delete>&c;</Delete>'
)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \n", id="white space"),
        pytest.param(b"<a>", id="not closed"),
        pytest.param(b"<a></b>", id="closed by another name"),
        pytest.param(b"<a/><b/>", id="two roots"),
        pytest.param(b"<a/>x", id="text after the root"),
        pytest.param(b"{}", id="no XML"),
        pytest.param(_BOMB, id="entities of entities"),
        pytest.param(b"<!DOCTYPE a><a/>", id="a document type, however short"),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', id="an external one"),
        pytest.param(b"<a>&undefined;</a>", id="an entity that nobody defined"),
        pytest.param(b"<a>\xff</a>", id="no UTF-8"),
        pytest.param(b"<a>\x00</a>", id="a NUL"),
        pytest.param(b"<a>\x01</a>", id="a control character"),
        pytest.param(b"<a>&#x1;</a>", id="a control character as a reference"),
        pytest.param(b"<a>&#xD800;</a>", id="half a character"),
        pytest.param(b"<a b='1' b='2'/>", id="an attribute twice"),
        pytest.param(b'<?xml version="1.0" encoding="no-such"?><a/>', id="an unknown encoding"),
        pytest.param(b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1), id="too deep"),
        pytest.param(b"<a>" * 100_000, id="a hundred thousand deep"),
        pytest.param(b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>", id="too many elements"),
        pytest.param(b"<a>" + b"x" * (TEXT_CHARS_MAX + 1) + b"</a>", id="too much text"),
        pytest.param(b"<" + b"a" * 300_000 + b"/>", id="a name too long"),
        pytest.param(
            b"<a" + b"".join(b' b%d=""' % n for n in range(700_000)) + b"/>",
            id="too many attributes",
        ),
        pytest.param(b"<a><!--" + b"x" * 1_000_000 + b"--></a>", id="a comment too long"),
        pytest.param(b"<a>" + b" " * DOCUMENT_BYTES_MAX + b"</a>", id="too large"),
    ],
)
def test_a_document_that_is_not_to_be_trusted_is_refused(document: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(XmlError):
        parse(document)
    assert time.perf_counter() - started < 5, "refused in bounded time"


@pytest.mark.parametrize(
    ("document", "tree"),
    [
        pytest.param(b"<a/>", ("a", ""), id="empty"),
        pytest.param(b"\xef\xbb\xbf<a/>", ("a", ""), id="after a byte order mark"),
        pytest.param(
            b'<a xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
            ("a", ""),
            id="in S3's namespace",
        ),
        pytest.param(
            b'<s:a xmlns:s="urn:x"><s:b>1</s:b></s:a>', ("a", [("b", "1")]), id="with a prefix"
        ),
        pytest.param(b"<a><b>1</b><c>2</c></a>", ("a", [("b", "1"), ("c", "2")]), id="children"),
        pytest.param(
            b"<a>\n  <b>1</b>\n  <b>2</b>\n</a>", ("a", [("b", "1"), ("b", "2")]), id="indented"
        ),
        pytest.param(b"<a><![CDATA[<b>&]]></a>", ("a", "<b>&"), id="CDATA is text"),
        pytest.param(b"<a>x<!-- y -->z<?p q?></a>", ("a", "xz"), id="comments are passed over"),
        pytest.param(b"<a> x\n</a>", ("a", " x\n"), id="white space of a text is kept"),
        pytest.param(b"<a>&lt;&#233;&#x1F600;</a>", ("a", "<é😀"), id="references"),
        pytest.param("<a>é</a>".encode("utf-16"), ("a", "é"), id="UTF-16"),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', ("a", "é"), id="Latin-1"
        ),
    ],
)
def test_a_document_is_read(document: bytes, tree: object) -> None:
    assert _tree(parse(document)) == tree


def _tree(element: Element) -> object:
    return element.name, [_tree(one) for one in element.children] or element.text


def test_an_indented_completion_of_ten_thousand_parts_is_read() -> None:
    part = b"\n" + b" " * 40 + b"<Part>\n<PartNumber>1</PartNumber><ETag>x</ETag></Part>"
    body = b"<CompleteMultipartUpload>" + part * 10_000 + b"</CompleteMultipartUpload>"
    ask = t.CompleteMultipartUploadRequest()
    compile_plans().by_name["CompleteMultipartUpload"].read_body(ask, body)
    assert ask.multipart_upload is not None
    assert ask.multipart_upload.parts == [t.CompletedPart(part_number=1, etag="x")] * 10_000


@given(st.integers(0, 3 * 64 * 1024), st.integers(0, 70))
def test_a_document_may_be_cut_anywhere(length: int, offset: int) -> None:
    # Pieces end in the middle of tags, references and characters of several bytes.
    body = ("é&#233;<b/>" * (length // 12 + 1)).encode()
    root = parse(b"<a>" + b" " * offset + b"<c/>" + body + b"</a>", elements_max=10**6)
    assert len(root.children) == length // 12 + 2


def test_attributes_are_read_by_their_local_names() -> None:
    root = parse(b'<Grantee xmlns:xsi="urn:i" xsi:type="Group" other="1"/>')
    assert root.attributes["type"] == "Group"
    assert root.attributes["other"] == "1"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_text_that_xml_can_hold_is_read_back_by_any_reader(text: str) -> None:
    legal = "".join(char for char in text if char in "\t\n\r" or char >= " ").strip("\ufffe\uffff")
    legal = legal.replace("\ufffe", "").replace("\uffff", "")
    assert ET.fromstring(f"<a>{escape(legal)}</a>").text == (legal or None)


def test_a_control_character_is_written_as_s3_writes_it() -> None:
    assert escape('\x01<&>"\r\ud800') == "&#x1;&lt;&amp;&gt;&quot;&#xd;\ufffd"


@given(st.text())
def test_text_escaped_readably_never_breaks_a_document(text: str) -> None:
    document = f"<a>{escape_readably(text)}</a>".encode()
    assert len(ET.fromstring(document).text or "") == len(text)
