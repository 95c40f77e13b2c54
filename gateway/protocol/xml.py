"""XML in and out: a reader that trusts nothing, a writer for what S3 writes.

The reader refuses document types (and so entities), bounds size, depth and
the number of elements, and knows no namespaces: S3 takes documents with and
without its own.  Comments and processing instructions are passed over.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

DOCUMENT_BYTES_MAX: Final = 8 * 1024 * 1024  # CompleteMultipartUpload of 10,000 parts: 5 MiB
DEPTH_MAX: Final = 32  # the deepest document of the model has 9
ELEMENTS_MAX: Final = 60_000  # a thousand rules of lifecycle or replication, or keys to delete
TAG_BYTES_MAX: Final = 128 * 1024  # with its attributes, which are held whole; a grantee's has 150
TEXT_CHARS_MAX: Final = 64 * 1024  # of one element; object keys have 1,024 bytes

_PIECE_BYTES: Final = 64 * 1024  # how often the limit of a tag is looked at

assert 2 * _PIECE_BYTES <= TAG_BYTES_MAX  # expat may put off half of what it has
assert TEXT_CHARS_MAX > 3 * 1024  # a key whose every byte is escaped

_ODD: Final = r"\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_SPECIAL_CHARS: Final = re.compile(rf"[&<>\"{_ODD}]")
is_special: Final = _SPECIAL_CHARS.search  # whether ``escape`` would change a text
_ODD_CHARS: Final = re.compile(rf"[{_ODD}]")
_NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})


class XmlError(Exception):
    """The document is not well-formed, or passes a limit."""


class Element:
    """An element: its local name, its attributes, its children in order or else its text."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.children: list[Element] = []
        self.attributes: Mapping[str, str] = _NO_ATTRIBUTES


class _Reader:
    def __init__(self, elements_max: int) -> None:
        self.root: Element | None = None
        self._elements_max = elements_max
        self._stack: list[Element] = []
        self._count = 0
        self._text: list[str] = []  # since the last tag: what stands between elements is dropped
        self._chars = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self.parser = parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._stack) >= DEPTH_MAX or self._count > self._elements_max:
            raise XmlError("too deep or too long")
        element = Element(_local(name) if ":" in name else name)
        if attributes:
            element.attributes = {_local(key): value for key, value in attributes.items()}
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)
        if self._text:
            self._text, self._chars = [], 0

    def _end(self, _name: str) -> None:
        element = self._stack.pop()
        if self._text:
            if not element.children:
                element.text = "".join(self._text)
            self._text, self._chars = [], 0

    def _data(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > TEXT_CHARS_MAX:
            raise XmlError("too much text")
        self._text.append(text)

    def _refuse(self, *_: object) -> None:
        raise XmlError("a document type is not taken")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def parse(document: bytes, elements_max: int = ELEMENTS_MAX) -> Element:
    """The root element.

    Raises:
        XmlError
    """
    if len(document) > DOCUMENT_BYTES_MAX:
        raise XmlError("too large")
    reader = _Reader(elements_max)
    try:
        _feed(reader.parser, document)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError) as error:
        raise XmlError(str(error)) from None
    if reader.root is None:
        raise XmlError("no element")
    return reader.root


def _feed(parser: expat.XMLParserType, document: bytes) -> None:
    fed = 0
    while len(document) - fed > _PIECE_BYTES:
        parser.Parse(document[fed : fed + _PIECE_BYTES], False)
        fed += _PIECE_BYTES
        if fed - parser.CurrentByteIndex > TAG_BYTES_MAX:
            raise XmlError("a tag too long")
    parser.Parse(document[fed:], True)


def escape(text: str) -> str:
    """Text as an element's content, nothing lost.

    Characters that XML 1.0 cannot hold are written as references, as S3 does
    for keys that have them, although XML 1.0 does not allow that either: a
    client that lists such keys asks for url encoding.

    Source: API Reference, ListObjectsV2, "EncodingType".
    """
    if _SPECIAL_CHARS.search(text) is None:
        return text
    text = _named(text)
    if text.isascii() and text.isprintable():  # an entity tag: only its quotes were special
        return text
    return _ODD_CHARS.sub(_reference, text)


def escape_readably(text: str) -> str:
    """Text that any XML reader takes: what XML 1.0 cannot hold becomes U+FFFD.

    For error documents, which a client has to understand whatever it sent.
    """
    if _SPECIAL_CHARS.search(text) is None:
        return text
    return _ODD_CHARS.sub(_replacement, _named(text))


def _named(text: str) -> str:
    # Four replacements take a third of one substitution that calls back.
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def _reference(found: re.Match[str]) -> str:
    char = found[0]
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"  # half a character: no UTF-8 for it
    return f"&#x{ord(char):x};"


def _replacement(found: re.Match[str]) -> str:
    return "&#xd;" if found[0] == "\r" else "\ufffd"
