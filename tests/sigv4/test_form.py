"""multipart/form-data, fed in pieces of any size: whole, byte by byte, ill-formed, too large."""

import email
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import Form, FormParser, SigError, encode_form
from sigv4.form import AFTER_FILE_BYTES_MAX, BEFORE_FILE_BYTES_MAX
from tests.sigv4.forms import BOUNDARY, CONTENT, CONTENT_TYPE, body_of

MALFORMED = ("MalformedPOSTRequest", 400)
ONE_FILE = ("InvalidArgument", 400)
DASHES = b"--" + BOUNDARY


def part(disposition: bytes, content: bytes = b"x", more: bytes = b"") -> bytes:
    head = DASHES + b"\r\nContent-Disposition: " + disposition + b"\r\n" + more
    return head + b"\r\n" + content + b"\r\n"


FILE = part(b'form-data; name="file"; filename="f.txt"', CONTENT)
END = DASHES + b"--\r\n"


def run(pieces: list[bytes]) -> tuple[Form, bytes]:
    parser = FormParser(CONTENT_TYPE, content_length=sum(map(len, pieces)))
    content = b"".join(bytes(found) for piece in pieces for found in parser.feed(piece))
    content += b"".join(map(bytes, parser.feed(b"")))
    parser.finish()
    assert parser.form is not None
    return parser.form, content


def refused(body: bytes) -> tuple[str, int]:
    """The refusal, which does not depend on how the body is cut."""
    found = set()
    for step in (max(len(body), 1), 1, 7):
        pieces = [body[start : start + step] for start in range(0, len(body), step)]
        with pytest.raises(SigError) as caught:
            run(pieces)
        found.add((caught.value.code, caught.value.status))
    [only] = found
    return only


def test_fields_come_first_and_the_file_passes_through() -> None:
    body = body_of([("key", "a"), ("Content-Type", "text/plain"), ("empty", "")])
    form, content = run([body])
    assert form.fields == (("key", "a"), ("Content-Type", "text/plain"), ("empty", ""))
    assert (form.filename, content) == ("f.txt", CONTENT)
    assert body[form.size :].startswith(CONTENT)


@pytest.mark.parametrize("content", [b"", b"\r", b"\r\n", b"\r\n--", b"a\r\r\n-", b"-" * 300])
def test_any_split_gives_the_same(content: bytes) -> None:
    body = b"preamble\r\n" + body_of([("key", "a\r\n-b"), ("e", "")], content) + b"epilogue"
    whole = run([body])
    assert whole[1] == content
    for first in range(len(body) + 1):
        assert run([body[:first], body[first:]]) == whole
    assert run([body[at : at + 1] for at in range(len(body))]) == whole


@pytest.mark.parametrize("content", [b"", b"\r", b"a\r\n-b"])
def test_no_piece_is_empty(content: bytes) -> None:
    """One would end what reads pieces until there is nothing left."""
    body = body_of([("key", "a")], content)
    for step in (1, 7, len(body)):
        parser = FormParser(CONTENT_TYPE)
        cut = [body[start : start + step] for start in range(0, len(body), step)]
        pieces = [bytes(found) for piece in (*cut, b"") for found in parser.feed(piece)]
        assert b"".join(pieces) == content
        assert all(pieces)
    waiting = FormParser(CONTENT_TYPE)
    waiting.feed(body[: body.rindex(b"\r\n\r\n") + 4])
    assert not waiting.feed(b"")


def test_a_part_without_headers_is_refused_when_it_arrives() -> None:
    """And not when the next empty line has come."""
    for first, last in ((b"", DASHES + b"\r\n\r\n"), (DASHES + b"\r\n", b"\r\n")):
        parser = FormParser(CONTENT_TYPE)
        parser.feed(first)
        with pytest.raises(SigError, match="MalformedPOSTRequest"):
            parser.feed(last)


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [
        (b"xyz", b"xyz"),
        (b"a\rbc", b"a\rbc"),
        (b"a\r", b"a"),
        (b"a\r\n--", b"a"),
        (b"a\r\n-x", b"a\r\n-x"),
    ],
)
def test_what_begins_no_boundary_is_passed_on_at_once(sent: bytes, passed_on: bytes) -> None:
    parser = FormParser(CONTENT_TYPE)
    parser.feed(part(b'form-data; name="file"', b"").removesuffix(b"\r\n"))
    assert parser.form is not None
    assert b"".join(map(bytes, parser.feed(sent))) == passed_on


@settings(deadline=None)
@given(st.binary(max_size=200), st.lists(st.integers(0, 600), max_size=6), st.booleans())
def test_content_that_resembles_a_boundary_is_content(
    raw: bytes, cuts: list[int], reversed_: bool
) -> None:
    near = DASHES[:-1] if reversed_ else b"-" + DASHES
    content = raw.replace(b"a", b"\r\n" + near + b"\r\n")
    body = body_of([("key", "a")], content)
    edges = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    assert run([body[a:b] for a, b in pairwise(edges)])[1] == content


def test_a_large_file_is_not_held() -> None:
    parser = FormParser(CONTENT_TYPE)
    parser.feed(body_of([("key", "a")], b"")[: -len(b"\r\n" + END)])
    for piece in (b"x" * 65_536, b"\r" * 65_536, b"y\r\n-"):
        assert parser.feed(piece)
        assert len(parser._buffer) <= len(BOUNDARY) + 4


def test_the_expected_size_is_the_files() -> None:
    body = body_of([("key", "a")], b"x" * 1000)
    assert FormParser(CONTENT_TYPE, content_length=len(body)).expected_size is None
    parser = FormParser(CONTENT_TYPE, content_length=len(body))
    parser.feed(body)
    assert parser.expected_size == 1000
    unknown = FormParser(CONTENT_TYPE)
    unknown.feed(body)
    assert unknown.expected_size is None
    short = FormParser(CONTENT_TYPE, content_length=1)
    short.feed(body)
    assert short.expected_size == 0


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        (b'form-data; name="file"; filename="f.txt"', "file", "f.txt"),
        (b"form-data; name=file; filename=f.txt", "file", "f.txt"),
        (b"Form-Data;NAME=File", "File", None),
        (b'form-data ; name = "file" ; filename = ""; ', "file", ""),
        (b'form-data; name="file"; filename="a\\"b\\\\c"', "file", 'a"b\\c'),
        (b'form-data; name="file"; filename="C:\\dir\\f.txt"', "file", "C:\\dir\\f.txt"),
        (b'form-data; name="file"; filename="\xc3\xa9; x=y"', "file", "é; x=y"),
        (b"form-data; name=\"file\"; filename*=utf-8''f.txt", "file", None),
    ],
)
def test_names_are_read_as_clients_write_them(
    disposition: bytes, name: str, filename: str | None
) -> None:
    form, content = run([part(disposition, CONTENT) + END])
    assert (form.filename, content) == (filename, CONTENT)


def test_only_the_name_makes_a_file() -> None:
    """Some clients give every field a file's name."""
    body = part(b'form-data; name="key"; filename="key"', b"a") + FILE + END
    assert run([body])[0].fields == (("key", "a"),)


@pytest.mark.parametrize(
    "more", [b"Content-Type: image/png\r\n", b"Content-Transfer-Encoding: 8BIT\r\n"]
)
def test_other_headers_of_a_part_decide_nothing(more: bytes) -> None:
    body = part(b'form-data; name="file"', CONTENT, more) + END
    assert run([body])[1] == CONTENT


def test_white_space_may_follow_a_boundary() -> None:
    assert run([FILE.replace(DASHES, DASHES + b" \t") + DASHES + b"--"])[1] == CONTENT


def test_and_there_may_be_64_bytes_of_it() -> None:
    """A limit of ours."""
    assert run([FILE.replace(DASHES, DASHES + b" " * 64) + END])[1] == CONTENT
    assert refused(FILE.replace(DASHES, DASHES + b" " * 65) + END) == MALFORMED


def test_a_boundary_has_at_most_70_bytes() -> None:
    """RFC 2046, section 5.1.1."""
    body = encode_form([("key", "a")], CONTENT, boundary=b"b" * 70)
    parser = FormParser(b"multipart/form-data; boundary=" + b"b" * 70)
    parser.feed(body)
    assert b"".join(map(bytes, parser.feed(b""))) == CONTENT
    parser.finish()


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"nothing",
        END[:-4],
        FILE,
        FILE[:-2],
        FILE + DASHES,
        FILE + DASHES + b"-",
        FILE + DASHES + b"x\r\n",
        FILE + DASHES + b" x\r\n",
        FILE + DASHES + b" " * 65 + b"\r\n",
        FILE + DASHES + b"\n\n",
        DASHES + b"\r\n\r\nx\r\n" + END,
        part(b"") + FILE + END,
        part(b"form-data") + FILE + END,
        part(b'form-data; name=""') + FILE + END,
        part(b'attachment; name="a"') + FILE + END,
        part(b'form-data; name="a"; name="b"') + FILE + END,
        part(b'form-data; name="a') + FILE + END,
        part(b'form-data; name="a" b') + FILE + END,
        part(b'form-data; name="\xff"') + FILE + END,
        part(b'form-data; name="a\x00"') + FILE + END,
        part(b'form-data; name="a\nb"') + FILE + END,
        part(b'form-data; name="a"', b"\xff") + FILE + END,
        part(b'form-data; name="a"', b"x", b"no colon\r\n") + FILE + END,
        part(b'form-data; name="a"', b"x", b": nameless\r\n") + FILE + END,
        part(b'form-data; name="a"', b"x", b"content-disposition: form-data; name=b\r\n") + END,
        part(b'form-data; name="a"', b"eA==", b"Content-Transfer-Encoding: base64\r\n") + END,
    ],
)
def test_what_is_no_form_is_refused(bad: bytes) -> None:
    assert refused(bad) == MALFORMED


@pytest.mark.parametrize(
    "content_type",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary=""',
        b'multipart/form-data; boundary="a "',
        b"multipart/form-data; boundary=\xff",
        b"multipart/form-data; boundary=" + b"a" * 71,
        b"multipart/form-data; boundary=a; boundary=b",
        b"multipart/form-data; boundary=a; Boundary=b",
        b"multipart/form-data ; boundary=a; boundary=b",
        b"multipart/form-data ; boundary=a b",
        b"multipart/form-data; boundary=a b",
    ],
)
def test_a_boundary_is_needed(content_type: bytes) -> None:
    with pytest.raises(SigError) as caught:
        FormParser(content_type)
    assert (caught.value.code, caught.value.status) == MALFORMED


@pytest.mark.parametrize(
    "content_type",
    [b"", b"text/html", b"multipart/mixed; boundary=a", b"text/html; boundary=a b"],
)
def test_another_type_is_no_form(content_type: bytes) -> None:
    with pytest.raises(SigError) as caught:
        FormParser(content_type)
    assert (caught.value.code, caught.value.status) == ("PreconditionFailed", 412)
    assert dict(caught.value.fields) == {
        "Condition": "Bucket POST must be of the enclosure-type multipart/form-data"
    }


@pytest.mark.parametrize(
    "content_type",
    [
        CONTENT_TYPE,
        b'Multipart/Form-Data; charset=utf-8; Boundary="' + BOUNDARY + b'"',
        b"multipart/form-data;boundary=" + BOUNDARY + b" ; ",
    ],
)
def test_a_content_type_is_read_as_clients_write_it(content_type: bytes) -> None:
    parser = FormParser(content_type)
    parser.feed(FILE + END)
    assert parser.form is not None


def test_a_form_without_a_file_says_how_many_it_has() -> None:
    parser = FormParser(CONTENT_TYPE)
    with pytest.raises(SigError) as caught:
        parser.feed(part(b'form-data; name="a"') + END)
    assert caught.value.message == "POST requires exactly one file upload per request."
    assert caught.value.fields == (("ArgumentName", "file"), ("ArgumentValue", "0"))
    assert refused(END) == ONE_FILE


def test_a_second_file_is_refused_whatever_its_case() -> None:
    assert refused(FILE + FILE + END) == ONE_FILE
    assert refused(FILE + part(b"form-data; name=FILE") + END) == ONE_FILE


def test_fields_after_the_file_are_ignored_up_to_a_limit() -> None:
    after = part(b'form-data; name="acl"', b"public-read")
    form, content = run([FILE + after * 3 + END])
    assert (form.fields, content) == ((), CONTENT)
    assert (
        refused(FILE + part(b"form-data; name=a", b"x" * AFTER_FILE_BYTES_MAX) + END) == MALFORMED
    )
    assert refused(FILE + END + b"x" * AFTER_FILE_BYTES_MAX) == MALFORMED


def test_what_follows_the_file_is_limited_to_the_byte() -> None:
    """20 KB: a limit of ours, from the end of the file's content on."""
    after = (b"\r\n" + END).ljust(20_480, b"x")
    body = FILE.removesuffix(b"\r\n") + after
    assert run([body])[1] == CONTENT
    assert refused(body + b"x") == MALFORMED


def test_the_fields_before_the_file_are_limited_to_the_byte() -> None:
    def body(size: int) -> bytes:
        start = part(b'form-data; name="a"', b"")[:-2] + b"%b\r\n" + FILE
        head = start.index(CONTENT) - 2
        return start % (b"x" * (size - head)) + END

    form, content = run([body(BEFORE_FILE_BYTES_MAX)])
    assert (form.size, content) == (BEFORE_FILE_BYTES_MAX, CONTENT)
    with pytest.raises(SigError) as caught:
        run([body(BEFORE_FILE_BYTES_MAX + 1)])
    assert caught.value.code == "MaxPostPreDataLengthExceeded"
    assert dict(caught.value.fields) == {"MaxPostPreDataLengthBytes": "20480"}
    for endless in (b"x", DASHES, DASHES + b"\r\n", part(b"form-data; name=a")[:-4]):
        with pytest.raises(SigError) as caught:
            run([endless, *[b" " if endless == DASHES else b"x"] * BEFORE_FILE_BYTES_MAX])
        assert caught.value.code in ("MaxPostPreDataLengthExceeded", MALFORMED[0])


ODDMENTS = (
    *(DASHES, b"\r\n", b"--", b"Content-Disposition: form-data; ", b'name="file"', b'name="key"'),
    *(b";", b'"', b"\\", b" ", b"x", b"\r", b"\xff"),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(ODDMENTS), max_size=30))
def test_no_bytes_raise_anything_but_a_refusal(pieces: list[bytes]) -> None:
    try:
        run(pieces)
    except SigError as error:
        status = error.status
    else:
        status = 400
    assert status == 400


def test_a_long_header_takes_no_longer_than_its_length_says() -> None:
    hostile: list[bytes] = [
        b"multipart/form-data" + b" " * 16_000 + b"x;",
        b"multipart/form-data;" + b" " * 16_000 + b"x",
        b"multipart/form-data" + b"; a=b" * 3_000 + b" " * 8_000 + b"x",
        b'multipart/form-data; boundary="' + b"\\x" * 8_000,
    ]
    for content_type in hostile:
        with pytest.raises(SigError):
            FormParser(content_type)


def test_python_reads_what_we_write() -> None:
    """The standard library's own parser agrees about a form that we encode."""
    fields = [("key", 'a"b'), ("x-amz-meta-é", "ü\r\nü")]
    body = encode_form(fields, CONTENT, boundary=BOUNDARY, filename='q"\n.txt')
    message: Any = email.message_from_bytes(b"Content-Type: " + CONTENT_TYPE + b"\r\n\r\n" + body)
    found = [
        (one.get_param("name", header="content-disposition"), one.get_payload(decode=True))
        for one in message.get_payload()
    ]
    assert found[0] == ("key", b'a"b')
    assert found[1][1] == "ü\r\nü".encode()
    assert found[2] == ("file", CONTENT)
    assert b'filename="q%22%0A.txt"' in body


def test_what_begins_no_line_after_a_boundary_is_refused_when_it_arrives() -> None:
    parser = FormParser(CONTENT_TYPE, content_length=None)
    with pytest.raises(SigError) as caught:
        parser.feed(DASHES + b"x")
    assert (caught.value.code, caught.value.status) == MALFORMED


def test_what_follows_the_last_boundary_is_of_no_interest() -> None:
    """RFC 2046, section 5.1.1: an epilogue is ignored, whatever it looks like."""
    form, content = run([FILE + END + b"no header at all\r\n\r\n" + FILE])
    assert (form.fields, content) == ((), CONTENT)
