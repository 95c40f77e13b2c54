"""multipart/form-data of a POST to a bucket: fields first, then one file.  Fed bytes, no I/O.

The fields are held, within S3's limit; the file passes through.

Source: RFC 7578; RFC 2046, section 5.1.1; S3 API Reference, "POST Object":
the file must be the last field of the form, and any fields below it are ignored.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from sigv4 import form_errors as errors
from sigv4.chunked import Buffer

BEFORE_FILE_BYTES_MAX: Final = 20_480  # POST Object: the data before the file, 20 KB
AFTER_FILE_BYTES_MAX: Final = 20_480  # ours: what follows is ignored, but not for ever
BOUNDARY_BYTES_MAX: Final = 70  # RFC 2046, section 5.1.1
PADDING_BYTES_MAX: Final = 64  # white space after a boundary

_BOUNDARY: Final = re.compile(rb"[\x20-\x7e]{0,%d}[\x21-\x7e]\Z" % (BOUNDARY_BYTES_MAX - 1))
# After a boundary two hyphens end the form, and a new line begins a part.
_AFTER_BOUNDARY: Final = re.compile(rb"(--)|[ \t]{0,%d}(?=\r\n)" % PADDING_BYTES_MAX)
_UNDECIDED: Final = re.compile(rb"(?:-|[ \t]{0,%d}\r?)\Z" % PADDING_BYTES_MAX)
_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_INNER: Final = r'(?:[^"\\]|\\.)*'  # of a quoted string
_PARAMETER: Final = re.compile(rf'[ \t]*;[ \t]*({_NAME})[ \t]*=[ \t]*(?:"({_INNER})"|([^\s;"]*))')
# Possessive (*+): what follows a header's value cannot be had by giving some of it back.
_VALUE: Final = re.compile(
    rf'([^;]*+)((?:[ \t]*;[ \t]*{_NAME}[ \t]*=[ \t]*(?:"{_INNER}"|[^\s;"]*))*+)[ \t]*+;?[ \t]*+\Z'
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_QUOTED: Final = re.compile(r'\\(["\\])')  # any other backslash is a path's
_NOT_CODED: Final = frozenset(("7bit", "8bit", "binary"))


class Form(NamedTuple):
    """What came before the file's content; names as sent, in order."""

    fields: tuple[tuple[str, str], ...]
    filename: str | None  # as sent; None if the file has none
    size: int  # bytes of the body


class _Part(NamedTuple):
    name: str
    filename: str | None


class FormParser:
    """``feed`` what arrives; ``form`` is there as soon as the file begins.

    From then on ``feed`` gives the file's content.  What arrived of it
    together with the fields comes with the next ``feed``, which may be of
    nothing.
    """

    def __init__(self, content_type: bytes, *, content_length: int | None = None) -> None:
        """For a body of this Content-Type; ``content_length`` in bytes, if it is known.

        Raises:
            SigError: PreconditionFailed, it is no form; MalformedPOSTRequest, it
                names no boundary
        """
        self._delimiter = b"\r\n--" + _boundary_of(content_type)
        self._content_length = content_length
        # As if a line had ended before, so that the first boundary looks like the others.
        self._buffer = bytearray(b"\r\n")
        self._searched = 0  # bytes of the buffer
        self._received = 0
        self._file_end: int | None = None  # bytes of the body
        self._fields: list[tuple[str, str]] = []
        self._step: Callable[[list[Buffer]], bool] = self._between
        self.form: Form | None = None
        self.is_closed = False

    @property
    def expected_size(self) -> int | None:
        """The file's size in bytes if nothing follows it; None if that is not known."""
        if self.form is None or self._content_length is None:
            return None
        closing = len(self._delimiter) + len("--\r\n")
        return max(self._content_length - self.form.size - closing, 0)

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The pieces of the file's content that are known to be that.

        Raises:
            SigError: MalformedPOSTRequest, MaxPostPreDataLengthExceeded,
                InvalidArgument (the number of files)
        """
        self._received += len(data)
        self._buffer += data
        pieces: list[Buffer] = []
        form = self.form
        while self._step(pieces):
            if self.form is not form:
                break  # its content is for those who accept the form
        self._check_limits()
        return pieces

    def finish(self) -> None:
        """Nothing more will come.

        Raises:
            SigError: MalformedPOSTRequest
        """
        if not self.is_closed:
            raise errors.malformed()

    def _check_limits(self) -> None:
        before = self._received if self.form is None else self.form.size
        if before > BEFORE_FILE_BYTES_MAX:
            raise errors.too_much_before_file(BEFORE_FILE_BYTES_MAX)
        if self._file_end is not None and self._received > self._file_end + AFTER_FILE_BYTES_MAX:
            raise errors.malformed()

    # Steps: each takes from the buffer what it is about and says whether it was all there.

    def _between(self, _pieces: list[Buffer]) -> bool:
        """Before the first boundary, and the fields after the file: of no interest."""
        return self._to_boundary() is not None

    def _boundary(self, _pieces: list[Buffer]) -> bool:
        found = _AFTER_BOUNDARY.match(self._buffer)
        if found is None:
            if not _UNDECIDED.match(self._buffer):
                raise errors.malformed()
            return False
        if found[1] and self.form is None:
            raise errors.number_of_files(0)
        self.is_closed = bool(found[1])
        self._step = self._epilogue if self.is_closed else self._head
        self._drop(found.end())  # up to the line's end, which a head begins with
        return True

    def _head(self, _pieces: list[Buffer]) -> bool:
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(len(self._buffer) - 3, 0)
            return False
        part = _read_head(bytes(self._buffer[2:end]))
        self._drop(end + 4)
        is_file = part.name.lower() == "file"
        if self.form is not None:
            if is_file:
                raise errors.number_of_files(2)
            self._step = self._between
        elif is_file:
            size = self._received - len(self._buffer)
            self.form = Form(tuple(self._fields), part.filename, size)
            self._step = self._file
        else:
            self._fields.append((part.name, ""))
            self._step = self._value
        return True

    def _value(self, _pieces: list[Buffer]) -> bool:
        content = self._to_boundary()
        if content is None:
            return False
        self._fields[-1] = (self._fields[-1][0], _text(content))
        return True

    def _file(self, pieces: list[Buffer]) -> bool:
        found = self._buffer.find(self._delimiter)
        if found < 0:
            self._pass_on(pieces)
            return False
        if found:
            pieces.append(bytes(self._buffer[:found]))
        self._file_end = self._received - len(self._buffer) + found
        return self._to_boundary() is not None

    def _epilogue(self, _pieces: list[Buffer]) -> bool:
        self._buffer.clear()
        return False

    def _pass_on(self, pieces: list[Buffer]) -> None:
        """All but an end that may be where a boundary begins: its last CR, and what follows."""
        size = len(self._buffer)
        last = self._buffer.rfind(b"\r", max(size - len(self._delimiter) + 1, 0))
        if last >= 0 and self._delimiter.startswith(self._buffer[last:]):
            if last:
                pieces.append(bytes(self._buffer[:last]))
                self._drop(last)
        elif size:
            pieces.append(self._buffer)
            self._buffer = bytearray()

    def _to_boundary(self) -> bytes | None:
        """What stands before the next boundary, which is then behind us."""
        found = self._buffer.find(self._delimiter, self._searched)
        if found < 0:
            self._searched = max(len(self._buffer) - len(self._delimiter) + 1, 0)
            return None
        content = bytes(self._buffer[:found])
        self._drop(found + len(self._delimiter))
        self._step = self._boundary
        return content

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._searched = 0


def _boundary_of(content_type: bytes) -> bytes:
    kind, parameters = _read_value(content_type.decode("latin-1"))
    if kind.lower() != "multipart/form-data":
        raise errors.not_multipart()
    boundary = (parameters or {}).get("boundary", "").encode("latin-1")
    if not _BOUNDARY.match(boundary):
        raise errors.malformed()
    return boundary


def _read_value(text: str) -> tuple[str, dict[str, str] | None]:
    """A header's value and its parameters; None if they are ill-formed or one comes twice."""
    whole = _VALUE.match(text)
    if whole is None:
        return text.partition(";")[0].strip(), None
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(whole[2]):
        if name.lower() in found:
            return whole[1].strip(), None
        found[name.lower()] = plain or _QUOTED.sub(r"\1", quoted)
    return whole[1].strip(), found


def _read_head(head: bytes) -> _Part:
    """The name of a part, from its headers."""
    headers: dict[str, str] = {}
    for line in _text(head).split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or name in headers or _CONTROL.search(line):
            raise errors.malformed()
        headers[name] = value.strip()
    # Content of another coding would be kept as it is, and so be another content.
    if headers.get("content-transfer-encoding", "binary").lower() not in _NOT_CODED:
        raise errors.malformed()
    kind, parameters = _read_value(headers.get("content-disposition", ""))
    if kind.lower() != "form-data" or not parameters or not parameters.get("name"):
        raise errors.malformed()
    return _Part(parameters["name"], parameters.get("filename"))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise errors.malformed() from None


def encode_form(
    fields: Iterable[tuple[str, str]],
    content: bytes,
    *,
    boundary: bytes,
    filename: str | None = "file",
) -> bytes:
    """A form as browsers send it: quotes and line ends of names are escaped as URLs escape them.

    Source: HTML, "Multipart form data".
    """
    parts = [(f'name="{_escaped(name)}"', value.encode()) for name, value in fields]
    file = 'name="file"' + ("" if filename is None else f'; filename="{_escaped(filename)}"')
    return b"".join(_encoded([*parts, (file, content)], boundary))


def _encoded(parts: Iterable[tuple[str, bytes]], boundary: bytes) -> Iterator[bytes]:
    for disposition, content in parts:
        yield b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n" % (
            boundary,
            disposition.encode(),
        )
        yield content + b"\r\n"
    yield b"--%b--\r\n" % boundary


def _escaped(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
