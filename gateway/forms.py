"""A browser's form on its way in: nothing beside it that signs, and its fields in bounded memory.

Source: API Reference, "POST Object".
"""

from typing import Final

from gateway.exchange import Exchange
from gateway.protocol.errors import ProtocolError
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


def key_of(verified: Verified) -> bytes:
    """The key that an accepted form names."""
    assert isinstance(verified.payload, FormFile), "only a form is asked"
    return verified.payload.fields["key"].encode()
