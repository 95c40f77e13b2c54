"""A browser's form on its way in: nothing beside it that signs, and its fields in bounded memory.

Source: API Reference, "POST Object".
"""

from typing import Any, Final
from urllib.parse import urlencode

from gateway.exchange import Exchange
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.protocol.plans import Plans
from sigv4 import FormFile, FormParser, Verified
from sigv4 import errors as sig_errors

_PREFIX: Final = b"x-amz-"


def check_bare(verified: Verified) -> None:
    """Refuse a form whose request says anything that the form's policy would have to cover.

    Raises:
        SigError: InvalidArgument, the request itself is signed; AccessDenied, it has
            x-amz-* headers, or parameters that stand for them
    """
    if verified.access_key is not None:
        raise sig_errors.two_mechanisms(
            verified.headers.get(b"authorization", b"").decode("latin-1")
        )
    names = [name.decode("latin-1") for name in verified.headers if name.startswith(_PREFIX)]
    if names:
        raise sig_errors.headers_not_signed(sorted(names))


async def read_fields(exchange: Exchange) -> FormParser:
    """Read until the form's file begins: 20 KB at most, and the piece in which it does.

    Raises:
        SigError: what the parser raises; MissingContentLength
        ProtocolError: NotImplemented, chunked transfer coding
        BodyInterrupted
    """
    kinds = [value for name, value in exchange.headers if name.lower() == b"content-type"]
    length = exchange.content_length
    parser = FormParser(kinds[0] if len(kinds) == 1 else b"", content_length=length)
    if length is None:
        if exchange.has_body:
            raise ProtocolError("NotImplemented", Header="Transfer-Encoding")
        raise sig_errors.length_missing()
    while parser.form is None:
        raw = await exchange.read()
        if not raw:
            parser.finish()
            raise AssertionError("a form that is closed has a file")
        parser.feed(raw)
    return parser


def add_tagging(verified: Verified, ask: Any, plans: Plans) -> None:
    """The field ``tagging``, a document, as the header of the same meaning.

    Raises:
        ProtocolError: MalformedXML
    """
    assert isinstance(verified.payload, FormFile), "only a form is asked"
    document = verified.payload.fields.get("tagging")
    if document is None:
        return
    read = plans.by_name["PutObjectTagging"].document
    assert read is not None, "it takes a document"
    tagging: t.Tagging = read(document.encode())["tagging"]
    if tagging.tag_set is None:
        raise ProtocolError("MalformedXML")
    ask.tagging = urlencode([(tag.key or "", tag.value or "") for tag in tagging.tag_set])


def key_of(verified: Verified) -> bytes:
    """The key that an accepted form names."""
    assert isinstance(verified.payload, FormFile), "only a form is asked"
    return verified.payload.fields["key"].encode()
