"""Whether HTTP trailers may have followed a body in chunked transfer coding.

Nobody reads them: S3's own trailers are inside aws-chunked, and others may be discarded (RFC 9112,
section 7.1.2).  But aiohttp's parser (3.14) keeps the last field of a trailer section, and hands it
out as the first header of the connection's next request, which behind a proxy is somebody else's.
So a connection on which they may have come ends with the answer.
"""

from typing import Final

from aiohttp.streams import StreamReader

# The last chunk and no trailer.  None can look like that: a line "0" is no field.
_BARE_END: Final = b"\r\n0\r\n\r\n"


class TrailerWatch:
    """Follows one connection's bytes while a chunked body is under way."""

    __slots__ = ("_payload", "_seen", "_unsure")

    def __init__(self) -> None:
        self._payload: StreamReader | None = None
        self._seen = b""
        self._unsure = False

    def begin(self, payload: StreamReader) -> None:
        """A chunked body begins, or goes on."""
        if payload is not self._payload:
            self._payload, self._seen = payload, b""

    def give_up(self) -> None:
        """A chunked body has ended somewhere within the same bytes as another request."""
        self._unsure = True

    def saw(self, data: bytes) -> None:
        """Take what has just been parsed."""
        if self._payload is not None:
            self._seen = (self._seen + data[-len(_BARE_END) :])[-len(_BARE_END) :]

    def may_have_come(self) -> bool:
        """Whether a body has ended, and not by a bare last chunk."""
        if self._payload is not None and self._payload.is_eof():
            self._unsure = self._unsure or self._seen != _BARE_END
            self._payload = None
        return self._unsure
