"""Whether HTTP trailers may have followed a body in chunked transfer coding.

Nobody reads them: S3's own trailers are inside aws-chunked, and others may be discarded (RFC 9112,
section 7.1.2).  But aiohttp's parser (3.14) keeps the last field of a trailer section, and hands it
out as the first header of the connection's next request, which behind a proxy is somebody else's.
So a connection on which they may have come ends with the answer.  Where a body has ended is seen
only if nothing follows it in the same bytes: with another request there, they may have come.
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

    @property
    def is_at_an_end(self) -> bool:
        """The body that is followed ends in what has just been parsed."""
        return self._payload is not None and self._payload.is_eof()

    def begin(self, payload: StreamReader | None) -> None:
        """A request begins; ``payload`` is its body if that is chunked.

        A body before it has ended in the same bytes: where, they do not say.
        """
        if self._payload is not None:
            self._unsure = True
        self._payload, self._seen = payload, b""

    def saw(self, data: bytes) -> None:
        """Take what has just been parsed, after the requests that begin in it."""
        if self._payload is not None:
            self._seen = (self._seen + data[-len(_BARE_END) :])[-len(_BARE_END) :]

    def may_have_come(self) -> bool:
        """Whether a body has ended, and not by a bare last chunk that is the last of its bytes."""
        if self.is_at_an_end:
            self._unsure = self._unsure or self._seen != _BARE_END
            self._payload = None
        return self._unsure
