"""The body of a verified request: checked while it streams, fed in pieces of any size.

Bytes are passed on at once: only the commit of an object acts on them, and it
comes after ``finish``, which raises if any signature, length or hash was wrong.

Source: S3 API Reference, "Signature Calculations for the Authorization Header:
Transferring Payload in Multiple Chunks (Chunked Upload)" and "Including trailing
headers".
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from sigv4 import errors
from sigv4.canonical import EMPTY_SHA256
from sigv4.keys import Key
from sigv4.payload import Chunked
from sigv4.v4a import ECDSA_SHA256, PADDED_DIGITS, pad, unpad

Buffer = bytes | bytearray | memoryview

CHUNK_BYTES_MIN: Final = 8192  # of every chunk but the last, signed or not
LINE_BYTES_MAX: Final = 4096  # a chunk's size, extension and CRLF
TRAILER_BYTES_MAX: Final = 8192
JUNK_BYTES_MAX: Final = 64 * 1024  # after the end; S3 ignores it

_HEADER: Final = re.compile(
    rb"0*([0-9a-fA-F]{1,15})[ \t]*(?:;[ \t]*chunk-signature[ \t]*=[ \t]*([^; \t\r\n]*)[ \t]*)?\Z"
)
_UNSIGNED_HEADER: Final = re.compile(rb"0*([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?\Z", re.DOTALL)
_FOREIGN_EXTENSION: Final = re.compile(
    rb"[0-9a-fA-F]+[ \t]*;(?![ \t]*chunk-signature[ \t]*=)[^\r\n]*\Z"
)
_SIGNATURE_NAME: Final = "x-amz-trailer-signature"

assert len("x" * 15 + ";chunk-signature=") + PADDED_DIGITS < LINE_BYTES_MAX


_LINE_END: Final = re.compile(rb"\n?\r\n")  # minio-go ends a trailer with LF CRLF
_TRAILER: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:([\t\x20-\x7e]*)\Z")
_USUAL_LINE_BYTES: Final = 192  # a signed chunk's header takes at most 178

_Step = Callable[[memoryview, int, list[Buffer]], int]


class Body(Protocol):
    """Checks one body.  ``feed`` what arrives, then ``finish``.

    ``hashes``: feeding computes over every byte, so that large pieces had better be
    fed in a thread.
    """

    @property
    def hashes(self) -> bool: ...

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The content that ``data`` brings, in order.

        Raises:
            SigError
        """
        ...

    def finish(self) -> dict[str, str]:
        """Nothing more will come: the trailers, by lower-case name.

        Raises:
            SigError: the body was not what the request promised.
        """
        ...


class UnsignedBody:
    """Nothing was promised, unless trailers that cannot follow such a body."""

    hashes: Final = False

    def __init__(self, *, announces_trailers: bool = False) -> None:
        self._announces_trailers = announces_trailers

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The same."""
        return (data,)

    def finish(self) -> dict[str, str]:
        """No trailers.

        Raises:
            SigError: MalformedTrailerError
        """
        if self._announces_trailers:
            raise errors.trailer_malformed()
        return {}


class ExactBody:
    """The SHA-256 of the whole was promised."""

    hashes: Final = True

    def __init__(self, sha256: str, *, announces_trailers: bool = False) -> None:
        self._announces_trailers = announces_trailers
        self.sha256: Final = sha256
        self._hash = hashlib.sha256()

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The same, hashed."""
        self._hash.update(data)
        return (data,)

    def finish(self) -> dict[str, str]:
        """No trailers.

        Raises:
            SigError: XAmzContentSHA256Mismatch, MalformedTrailerError
        """
        computed = self._hash.hexdigest()
        # In either case of digits (recorded), and named as it was sent.
        if not hmac.compare_digest(computed.encode(), self.sha256.lower().encode()):
            raise errors.sha256_mismatch(self.sha256, computed)
        if self._announces_trailers:
            raise errors.trailer_malformed()
        return {}


class ChunkSigner:
    """Signs chunk after chunk, or checks them; each signature goes into the next."""

    def __init__(
        self,
        key: Key,
        timestamp: bytes,
        scope: bytes,
        seed: bytes,
        access_key: str = "",
        canonical: bytes | None = None,
    ) -> None:
        self.access_key: Final = access_key
        self.canonical: Final = canonical  # of the request, which S3 shows with a wrong chunk
        self.previous = seed
        self._key = key
        self._pads = key.algorithm == ECDSA_SHA256
        self._where = timestamp + b"\n" + scope

    def chunk_string(self, sha256: bytes) -> bytes:
        """What is signed for a chunk whose data has this SHA-256 (hexadecimal)."""
        return b"\n".join(
            (self._key.algorithm + b"-PAYLOAD", self._where, self.previous, EMPTY_SHA256, sha256)
        )

    def trailer_string(self, trailers: Sequence[tuple[str, str]]) -> bytes:
        """What is signed for the trailers."""
        block = "".join(f"{name}:{value}\n" for name, value in sorted(trailers))
        digest = hashlib.sha256(block.encode()).hexdigest().encode()
        return b"\n".join((self._key.algorithm + b"-TRAILER", self._where, self.previous, digest))

    def sign(self, text: bytes) -> bytes:
        """The signature as it is sent; the next one builds on it."""
        self.previous = self._key.sign(text)
        return pad(self.previous) if self._pads else self.previous

    def accepts(self, text: bytes, claimed: bytes) -> bool:
        """Whether this signature, as it was sent, is right; the next one builds on it."""
        self.previous = unpad(claimed) if self._pads else claimed
        return self._key.verifies(text, self.previous)


class ChunkedBody:
    """Takes aws-chunked apart."""

    def __init__(self, payload: Chunked, signer: ChunkSigner | None) -> None:
        self.hashes: Final = signer is not None
        self._payload = payload
        self._signer = signer
        self._rest = b""  # an unfinished line
        self._left = 0  # bytes of the chunk that are to come
        self._step: _Step = self._read_header
        self._claimed = b""
        self._hash = hashlib.sha256()
        self._total = 0
        self._chunks = 0
        self._size = 0  # of the chunk being read
        self._ended = False  # the zero chunk was seen
        self._tail = b""  # what follows it
        self._junk = 0
        self._signs_trailers: Final = signer is not None and payload.has_trailer

    def feed(self, data: Buffer) -> Sequence[Buffer]:
        """The content in ``data``.

        Raises:
            SigError
        """
        view = memoryview(self._rest + data) if self._rest else memoryview(data)
        self._rest = b""
        pieces: list[Buffer] = []
        position = 0
        try:
            while position < len(view):
                moved = self._step(view, position, pieces)
                if moved == position:
                    self._rest = bytes(view[position:])
                    break
                position = moved
        except errors.SigError:
            # Whoever feeds on, or finishes, gets no other answer.
            self._ended, self._step = False, self._refuse
            raise
        return pieces

    # One step each: from ``position`` on, returns how far it came; no further means
    # that more has to arrive.

    def _refuse(self, _view: memoryview, _position: int, _pieces: list[Buffer]) -> int:
        raise errors.body_truncated()

    def _read_header(self, view: memoryview, position: int, _pieces: list[Buffer]) -> int:
        line = bytes(view[position : position + _USUAL_LINE_BYTES])
        end = line.find(b"\r\n")
        if end < 0 and len(line) == _USUAL_LINE_BYTES:
            line = bytes(view[position : position + LINE_BYTES_MAX])
            end = line.find(b"\r\n")
        if end < 0:
            if len(line) >= LINE_BYTES_MAX:
                raise errors.body_truncated()
            return position
        self._begin_chunk(line[:end])
        self._step = self._read_data if self._size else self._read_tail
        return position + end + 2

    def _begin_chunk(self, line: bytes) -> None:
        found = (_UNSIGNED_HEADER if self._signer is None else _HEADER).match(line)
        if self._signer is not None:
            if found is None and _FOREIGN_EXTENSION.match(line):
                raise self._mismatch(self._signer.chunk_string(EMPTY_SHA256), b"")
            if found is None or not found[2]:
                raise errors.body_truncated()
            self._claimed = found[2]
        if found is None:
            raise errors.body_truncated()
        size = int(found[1], 16)
        if size and self._chunks and self._size < CHUNK_BYTES_MIN:
            raise errors.chunk_too_small(self._chunks + 1, self._size)
        expected = self._payload.decoded_length
        if self._total + size > expected or (
            not size and self._total != expected and not self._signs_trailers
        ):
            raise errors.body_length(expected, self._total + size)
        self._size = self._left = size
        self._chunks += 1
        self._hash = hashlib.sha256()
        if not size:
            self._check_chunk()
            self._ended = True

    def _read_data(self, view: memoryview, position: int, pieces: list[Buffer]) -> int:
        piece = view[position : position + self._left]
        if self._signer is not None:
            self._hash.update(piece)
        pieces.append(piece)
        self._left -= len(piece)
        self._total += len(piece)
        if not self._left:
            self._check_chunk()
            self._step = self._read_data_end
        return position + len(piece)

    def _read_data_end(self, view: memoryview, position: int, _pieces: list[Buffer]) -> int:
        if len(view) - position < 2:
            return position
        if bytes(view[position : position + 2]) != b"\r\n":
            raise errors.body_truncated()
        self._step = self._read_header
        return position + 2

    def _read_tail(self, view: memoryview, position: int, _pieces: list[Buffer]) -> int:
        """Keep what follows the zero chunk; junk after the trailers is dropped."""
        room = TRAILER_BYTES_MAX - len(self._tail)
        self._tail += bytes(view[position : position + room])
        self._junk += max(len(view) - position - room, 0)
        if self._junk > JUNK_BYTES_MAX:
            raise errors.trailer_malformed()
        return len(view)

    def _check_chunk(self) -> None:
        if self._signer is None:
            return
        text = self._signer.chunk_string(self._hash.hexdigest().encode())
        if not self._signer.accepts(text, self._claimed):
            raise self._mismatch(text, self._claimed)

    def _mismatch(self, text: bytes, claimed: bytes) -> errors.SigError:
        assert self._signer is not None
        return errors.mismatch(self._signer.access_key, text, claimed, self._signer.canonical)

    def finish(self) -> dict[str, str]:
        """The trailers.

        Raises:
            SigError
        """
        if not self._ended or self._rest or self._tail == b"\r":
            raise errors.body_truncated()
        if not self._payload.has_trailer:
            if self._payload.trailers:
                raise errors.trailer_malformed()
            return {}
        trailers = self._read_trailers()
        claimed = trailers.pop(_SIGNATURE_NAME, None)
        if trailers.keys() != set(self._payload.trailers):
            raise errors.trailer_malformed()
        if self._signer is not None:
            if claimed is None:
                raise errors.body_truncated()
            text = self._signer.trailer_string(list(trailers.items()))
            if not self._signer.accepts(text, claimed.encode()):
                raise self._mismatch(text, claimed.encode())
            # Said last: S3 misses a trailer's signature before it misses content (recorded).
            if self._total != self._payload.decoded_length:
                raise errors.body_length(self._payload.decoded_length, self._total)
        return trailers

    def _read_trailers(self) -> dict[str, str]:
        """The lines up to a blank one or the end; S3 ignores what follows a blank one."""
        *lines, rest = _LINE_END.split(self._tail)
        if b"" in lines:
            lines = lines[: lines.index(b"")]
        elif self._junk:
            raise errors.trailer_malformed()
        elif rest:
            raise errors.body_truncated()
        found: dict[str, str] = {}
        for line in lines:
            trailer = _TRAILER.match(line)
            if trailer is None:
                raise errors.trailer_malformed()
            name = trailer[1].decode().lower()
            if name in found:
                raise errors.trailer_malformed()
            found[name] = trailer[2].strip().decode()
        return found
