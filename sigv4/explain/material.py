"""What a text tells of a request, and small things that every kind of text needs."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from sigv4.canonical import Request

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_BOUNDARY: Final = "------------------------sigv4explain"


class NoRequest(Exception):
    """The text holds no request; the message says what was looked for."""


class Material(NamedTuple):
    """A request, and what else the text tells."""

    request: Request
    body: bytes | None = None
    targets: tuple[bytes, ...] = ()  # that the client may have signed instead
    client_canonical: bytes = b""  # as the client's log shows it
    server_canonical: bytes = b""  # as the server's answer shows it


ReadFile = Callable[[str], bytes]
Part = tuple[str, str | None, bytes]  # the name of a field, that of its file, its content


def split_url(url: str) -> SplitResult:
    """A URL's parts.

    Raises:
        NoRequest
    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise NoRequest(f"{url!r} is no URL: {error}") from None


def authority(scheme: str, netloc: str) -> str:
    """As clients write Host: without what comes before @, without a default port."""
    host = netloc.rpartition("@")[2]
    return host.removesuffix(_DEFAULT_PORTS.get(scheme, "\0"))


def form_body(parts: Iterable[Part]) -> tuple[str, bytes]:
    """A form's Content-Type, and its body."""
    body = b""
    for name, filename, content in parts:
        shown = f'name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
        head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {shown}\r\n\r\n"
        body += head.encode() + content + b"\r\n"
    return f"multipart/form-data; boundary={_BOUNDARY}", body + f"--{_BOUNDARY}--\r\n".encode()
