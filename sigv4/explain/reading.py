"""A request out of what people have at hand.

A raw one, a curl line, what curl -v printed, a botocore log, a form that boto3 made.
"""

import ast
import html
import json
import re
from typing import Final

from sigv4.canonical import Request, origin_form
from sigv4.explain.material import Material, NoRequest, ReadFile, authority, form_body, split_url
from sigv4.explain.reading_curl import read_curl

LINE_FEED: Final = re.compile(rb"\r?\n")


def read_text(text: bytes, read_file: ReadFile) -> Material:
    """Recognise the form of ``text`` and read it.

    ``read_file`` gets the contents of files that a curl line names (``-d @FILE``).

    Raises:
        NoRequest
    """
    if b"AWSPreparedRequest" in text or b"CanonicalRequest:\n" in text:
        return read_log(text.decode("utf-8", "replace"))
    if text.lstrip().startswith((b"curl ", b"$ curl ")):
        try:
            return read_curl(text.decode(), read_file)
        except UnicodeDecodeError:
            raise NoRequest("the curl line is no UTF-8") from None
    if re.search(rb"^> [A-Z]+ \S+ HTTP/", text, re.MULTILINE):
        return read_raw(_sent_lines(text))
    if text.lstrip().startswith(b"{"):
        return read_form(text)
    return read_raw(text)


# A form that a library made


def read_form(text: bytes) -> Material:
    """What generate_presigned_post gives, as JSON: ``url`` and ``fields``; with an empty file.

    Raises:
        NoRequest
    """
    try:
        found = json.loads(text)
        parts = split_url(str(found["url"]))
        fields = [(str(name), str(value)) for name, value in found["fields"].items()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoRequest("the JSON is no form: it has no `url` and `fields`") from None
    kind, body = form_body([*((name, None, value.encode()) for name, value in fields), FILE])
    host = authority(parts.scheme, parts.netloc)
    headers = [(b"Host", host.encode()), (b"Content-Type", kind.encode())]
    return Material(Request("POST", (parts.path or "/").encode(), headers), body)


FILE: Final = ("file", "file", b"")


# A raw request


def read_raw(text: bytes) -> Material:
    """Request line, headers, an empty line, the body; lines end with CR LF or LF.

    Raises:
        NoRequest
    """
    text = text.lstrip(b"\r\n")
    head, body = _split_head(text)
    first, *lines = LINE_FEED.split(head)
    words = first.split(b" ")
    if len(words) < 2 or not words[0].isalpha():
        raise NoRequest("the first line is not METHOD TARGET HTTP/1.1")
    target = b" ".join(words[1:-1]) if words[-1].startswith(b"HTTP/") else b" ".join(words[1:])
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and headers:  # obs-fold
            headers[-1] = (headers[-1][0], headers[-1][1] + b" " + line.strip())
        elif not colon:
            raise NoRequest(f"no header: {line.decode('utf-8', 'replace')!r}")
        else:
            headers.append((name.strip(), value.strip(b" \t")))
    length = next((v for n, v in headers if n.lower() == b"content-length"), b"")
    if length.isdigit():
        body = body[: int(length)]
    request = Request(words[0].decode(), origin_form(target), _with_host(headers, target))
    return Material(request, body)


def _split_head(text: bytes) -> tuple[bytes, bytes]:
    found = re.search(rb"\r?\n\r?\n", text)
    if found is None:
        return text.rstrip(b"\r\n"), b""
    return text[: found.start()], text[found.end() :]


def _with_host(headers: list[tuple[bytes, bytes]], target: bytes) -> list[tuple[bytes, bytes]]:
    """A target that names a host names it in the absence of a header, too."""
    if any(name.lower() == b"host" for name, _ in headers):
        return headers
    if b"://" not in target:
        return headers
    named = split_url(target.decode("latin-1")).netloc.encode("latin-1")
    return [(b"Host", named), *headers] if named else headers


def _sent_lines(text: bytes) -> bytes:
    """What curl -v marks as sent: the last request of several."""
    lines = [line[2:] for line in LINE_FEED.split(text) if line.startswith(b">")]
    starts = [n for n, line in enumerate(lines) if re.match(rb"[A-Z]+ \S+ HTTP/", line)]
    return b"\n".join(lines[starts[-1] :])


# A debug log of botocore, boto3 or aws-cli

_SENT: Final = re.compile(
    r"Sending http request: <AWSPreparedRequest stream_output=\w+, method=(?P<method>\w+), "
    r"url=(?P<url>\S+), headers=(?P<headers>\{.*?\})>"
)
_CANONICAL: Final = re.compile(r"CanonicalRequest:\n(.*?)\n[^\n]*StringToSign:\n", re.DOTALL)
_ANSWERED: Final = re.compile(r"<CanonicalRequest>(.*?)</CanonicalRequest>", re.DOTALL)
_REFUSED: Final = "SignatureDoesNotMatch"


def read_log(text: str) -> Material:
    """The last refused request of a debug log, else the last one.

    botocore logs its canonical request only while it signs by itself, not
    through awscrt; the server's stands in its answer.

    Raises:
        NoRequest
    """
    sent = list(_SENT.finditer(text))
    if not sent:
        raise NoRequest("the log has no line `Sending http request`: log at DEBUG level")
    ends = [*(found.start() for found in sent[1:]), len(text)]
    chosen = len(sent) - 1
    for n, found in enumerate(sent):
        if _REFUSED in text[found.end() : ends[n]]:
            chosen = n
    found = sent[chosen]
    before = text[sent[chosen - 1].end() if chosen else 0 : found.start()]
    after = text[found.end() : ends[chosen]]
    canonical = _CANONICAL.findall(before)
    answered = _ANSWERED.search(after)
    return Material(
        _sent_request(found),
        client_canonical=canonical[-1].encode() if canonical else b"",
        server_canonical=_unescaped(answered[1]) if answered else b"",
    )


def _sent_request(found: re.Match[str]) -> Request:
    parts = split_url(found["url"])
    try:
        headers = ast.literal_eval(found["headers"])
    except (ValueError, SyntaxError):
        raise NoRequest("the headers in the log cannot be read") from None
    pairs = [(_bytes(name), _bytes(value)) for name, value in headers.items()]
    if not any(name.lower() == b"host" for name, _ in pairs):
        pairs.insert(0, (b"Host", authority(parts.scheme, parts.netloc).encode()))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(found["method"], target.encode(), pairs)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _unescaped(text: str) -> bytes:
    """An answer's text, which the log shows as Python writes bytes."""
    text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\'", "'")
    return html.unescape(text).encode()
