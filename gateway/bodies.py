"""From an exchange's raw body to the bytes that were promised: the only way to a body.

It is built from a Verified, so what the signature says of the body is checked
whatever the handler does.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections import deque
from collections.abc import Mapping
from typing import Final

from gateway import threads
from gateway.exchange import Exchange
from gateway.protocol.errors import ProtocolError
from sigv4 import Chunked, FormFile, Verified
from sigv4 import errors as sig_errors
from storage.blob import Buffer
from storage.checksums import ALGORITHMS, check_value, header_of
from storage.integrity import Promises


class VerifiedBody:
    """The decoded body of one verified request; a storage ``Source``."""

    def __init__(self, exchange: Exchange, verified: Verified) -> None:
        self._exchange = exchange
        self._checker = verified.body()
        self._pieces: deque[Buffer] = deque()
        self._trailers: dict[str, str] | None = None
        self._payload = payload = verified.payload
        if isinstance(payload, Chunked):
            self.size: int | None = payload.decoded_length
        elif isinstance(payload, FormFile):
            self.size = None  # of the whole form: how much of it is the file, its end says
            self._pieces.extend(self._checker.feed(b""))  # what came with the fields
        else:
            self.size = exchange.content_length if exchange.has_body else 0

    def check_has_length(self) -> None:
        """Refuse an upload of unknown length, as S3 does.

        Raises:
            SigError: MissingContentLength
            ProtocolError: NotImplemented, plain chunked transfer coding
        """
        if isinstance(self._payload, Chunked) or self._exchange.content_length is not None:
            return
        if self._exchange.has_body:
            raise ProtocolError("NotImplemented", Header="Transfer-Encoding")
        raise sig_errors.length_missing()

    async def read(self) -> Buffer:
        """The next piece of content; empty at the end.

        Raises:
            SigError: the body is not what was signed.
            BodyInterrupted: it ended early.
        """
        while not self._pieces:
            if self._trailers is not None:
                return b""
            raw = await self._exchange.read()
            if not raw:
                self._trailers = self._checker.finish()
                return b""
            if len(raw) >= threads.HASH_BYTES_MIN and self._checker.hashes:
                pieces = await threads.beside(threads.hashing, self._checker.feed, raw)
            else:
                pieces = self._checker.feed(raw)
            self._pieces.extend(piece for piece in pieces if len(piece))
        return self._pieces.popleft()

    def trailers(self) -> Mapping[str, str]:
        """What followed the content, by lower-case name."""
        return self._trailers or {}


_BY_HEADER: Final = {header_of(name).encode(): name for name in ALGORITHMS}


def read_promises(headers: Mapping[bytes, bytes], trailers: tuple[str, ...] = ()) -> Promises:
    """The digests that a request gives of its body, in headers or announced as trailers.

    Raises:
        ProtocolError: InvalidDigest, InvalidRequest
        InvalidRequest: a checksum that cannot be one
    """
    md5 = headers.get(b"content-md5")
    given = [_BY_HEADER[name] for name in headers if name in _BY_HEADER]
    announced = [_BY_HEADER[name.encode()] for name in trailers if name.encode() in _BY_HEADER]
    if len(given) + len(announced) > 1:
        raise ProtocolError(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    algorithm = next(iter(given + announced), None)
    named = headers.get(b"x-amz-sdk-checksum-algorithm")
    if named is not None:
        text = named.decode("latin-1").upper()
        if text not in ALGORITHMS or (algorithm is not None and algorithm != text):
            raise ProtocolError(
                "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."
            )
        if algorithm is None and b"x-amz-trailer" not in headers:
            raise ProtocolError(
                "InvalidRequest",
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                "or x-amz-trailer headers were found.",
            )
    value = None
    if given:
        value = headers[header_of(given[0]).encode()].decode("latin-1")
        check_value(given[0], value)
    return Promises(
        content_md5=_read_md5(md5) if md5 is not None else None,
        algorithm=algorithm,
        value=value,
        trailer=header_of(announced[0]) if announced else None,
    )


def _read_md5(value: bytes) -> bytes:
    try:
        raw = b64decode(value, validate=True)
    except (Base64Error, ValueError):
        raw = b""
    if len(raw) != 16:
        fields = {"Content-MD5": value.decode("latin-1")}
        raise ProtocolError("InvalidDigest", headers=(), **fields)
    return raw
