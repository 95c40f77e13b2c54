"""XML in and out: a reader that trusts nothing, a writer for what S3 writes.

The reader refuses document types (and so entities), bounds size, depth and
the number of elements, and knows no namespaces: S3 takes documents with and
without its own.
"""

import re
from typing import Final
from xml.parsers import expat

DEPTH_MAX: Final = 32  # the deepest document of the model has 9
ELEMENTS_MAX: Final = 200_000  # CompleteMultipartUpload: 10,000 parts of up to 13 members
TEXT_BYTES_MAX: Final = 64 * 1024  # of one element; object keys have 1,024

_SPECIAL: Final = re.compile(r"[&<>\"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class XmlError(Exception):
    """The document is not well-formed, or passes a limit."""


class Element:
    """An element: its local name, its text, its children in order."""

    __slots__ = ("children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.children: list[Element] = []


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._stack: list[Element] = []
        self._count = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self.parser = parser

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._stack) >= DEPTH_MAX or self._count > ELEMENTS_MAX:
            raise XmlError("too deep or too long")
        element = Element(name.rpartition(":")[2])
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)

    def _end(self, _name: str) -> None:
        self._stack.pop()

    def _data(self, text: str) -> None:
        element = self._stack[-1]
        element.text += text
        if len(element.text) > TEXT_BYTES_MAX:
            raise XmlError("too much text")

    def _refuse(self, *_: object) -> None:
        raise XmlError("a document type is not taken")


def parse(document: bytes) -> Element:
    """The root element.

    Raises:
        XmlError
    """
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from None
    if reader.root is None:
        raise XmlError("no element")
    return reader.root


def escape(text: str) -> str:
    """Text as an element's content.

    Characters that XML 1.0 cannot hold are written as references, as S3 does
    for keys that have them; a client that asks for url encoding gets none.
    """
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(_escape_one, text)


def _escape_one(found: re.Match[str]) -> str:
    char = found[0]
    named = _NAMED.get(char)
    if named is not None:
        return named
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return f"&#x{ord(char):x};"
