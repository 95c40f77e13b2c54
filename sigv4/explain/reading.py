"""A request out of what people have at hand: a raw one, a curl line, curl -v, a botocore log."""

import ast
import html
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from sigv4.canonical import Request, origin_form

LINE_FEED: Final = re.compile(rb"\r?\n")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


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


def read_text(text: bytes, read_file: ReadFile) -> Material:
    """Recognise the form of ``text`` and read it.

    ``read_file`` gets the contents of files that a curl line names (``-d @FILE``).

    Raises:
        NoRequest
    """
    if b"AWSPreparedRequest" in text or b"CanonicalRequest:\n" in text:
        return read_log(text.decode("utf-8", "replace"))
    if text.lstrip().startswith((b"curl ", b"$ curl ")):
        return read_curl(text.decode(), read_file)
    if re.search(rb"^> [A-Z]+ \S+ HTTP/", text, re.MULTILINE):
        return read_raw(_sent_lines(text))
    return read_raw(text)


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
    authority = urlsplit(target).netloc if b"://" in target else b""
    return [(b"Host", authority), *headers] if authority else headers


def _sent_lines(text: bytes) -> bytes:
    """What curl -v marks as sent: the last request of several."""
    lines = [line[2:] for line in LINE_FEED.split(text) if line.startswith(b">")]
    starts = [n for n, line in enumerate(lines) if re.match(rb"[A-Z]+ \S+ HTTP/", line)]
    return b"\n".join(lines[starts[-1] :])


# A curl line

_DATA: Final = frozenset(("-d", "--data", "--data-ascii", "--data-raw", "--data-binary", "--json"))
_WITH_VALUE: Final = _DATA | {
    *("-X", "--request", "-H", "--header", "-A", "--user-agent", "-e", "--referer", "-b"),
    *("--cookie", "-r", "--range", "-T", "--upload-file", "--url", "-u", "--user", "-o"),
    *("--output", "-x", "--proxy", "--aws-sigv4", "--cacert", "--cert", "--key", "--resolve"),
    *("--connect-to", "-m", "--max-time", "--connect-timeout", "--retry", "-w", "--write-out"),
    *("-c", "--cookie-jar", "-D", "--dump-header", "--noproxy", "--limit-rate", "--interface"),
}
_HEADER_OPTIONS: Final = {
    **dict.fromkeys(("-A", "--user-agent"), "User-Agent"),
    **dict.fromkeys(("-e", "--referer"), "Referer"),
    **dict.fromkeys(("-b", "--cookie"), "Cookie"),
    **dict.fromkeys(("-r", "--range"), "Range"),
}
_FORM: Final = "application/x-www-form-urlencoded"


def read_curl(line: str, read_file: ReadFile) -> Material:
    """The request that a curl command sends.

    Raises:
        NoRequest: it has no URL, or leaves the signing to curl.
    """
    words = _words(line)
    options = list(_options(words))
    given = dict(options)
    if "--aws-sigv4" in given:
        raise NoRequest("curl signs by itself here: run it with -v and give what it prints")
    url = next((value for name, value in options if name in ("", "--url")), "")
    if not url:
        raise NoRequest("the curl line names no URL")
    body = _curl_body(options, read_file)
    parts = urlsplit(url if "://" in url else f"http://{url}")
    path = parts.path or "/"
    if "--path-as-is" not in given:
        path = without_dots(path)
    query = f"?{parts.query}" if parts.query else ""
    target, written = f"{path}{query}", f"{parts.path or '/'}{query}"
    headers = [("Host", _authority(parts.scheme, parts.netloc)), *_curl_headers(options, body)]
    request = Request(_curl_method(given, body), _wire(target), _merged(headers))
    return Material(request, body, (_wire(written),) if written != target else ())


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line.strip().removeprefix("$ ").replace("\\\n", " "))
    except ValueError as error:
        raise NoRequest(f"the curl line cannot be read: {error}") from None
    return words[1:]


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with their values; what is no option has an empty name."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            yield "", word
        elif word.startswith("--"):
            yield word, next(rest, "") if word in _WITH_VALUE else ""
        else:
            yield from _short(word, rest)


def _short(word: str, rest: Iterator[str]) -> Iterator[tuple[str, str]]:
    """``-sSXPUT``: flags together, the last one with its value."""
    for n, letter in enumerate(word[1:], start=2):
        option = f"-{letter}"
        if option in _WITH_VALUE:
            yield option, word[n:] or next(rest, "")
            return
        yield option, ""


def _curl_body(options: Sequence[tuple[str, str]], read_file: ReadFile) -> bytes | None:
    pieces = []
    for name, value in options:
        if name in ("-T", "--upload-file"):
            return read_file(value)
        if name not in _DATA:
            continue
        if value.startswith("@") and name != "--data-raw":
            data = read_file(value[1:])
            # Only --data-binary sends a file as it is: curl(1).
            pieces.append(data if name == "--data-binary" else re.sub(rb"[\r\n\0]", b"", data))
        else:
            pieces.append(value.encode())
    return b"&".join(pieces) if pieces else None


def _curl_headers(
    options: Sequence[tuple[str, str]], body: bytes | None
) -> Iterator[tuple[str, str]]:
    names = {name for name, _ in options}
    for name, value in options:
        if name in _HEADER_OPTIONS:
            header = _HEADER_OPTIONS[name]
            yield header, f"bytes={value}" if header == "Range" else value
    if "--compressed" in names:
        yield "Accept-Encoding", "deflate, gzip, br, zstd"
    if body is not None:
        yield "Content-Length", str(len(body))
    if names & _DATA:
        yield "Content-Type", "application/json" if "--json" in names else _FORM
    for name, value in options:
        if name in ("-H", "--header"):
            header, colon, text = value.partition(":")
            yield (header, text.strip()) if colon else (value.removesuffix(";"), "")


def _merged(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """curl's own headers give way to those of -H; ``Name:`` removes one."""
    ours: dict[str, int] = {}
    found: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        pair = (name.encode(), value.encode())
        known = ours.get(name.lower())
        if known is None or name.lower().startswith("x-amz-"):
            ours[name.lower()] = len(found)
            found.append(pair)
        else:
            found[known] = pair
    return found


def _curl_method(given: dict[str, str], body: bytes | None) -> str:
    named = given.get("-X") or given.get("--request")
    if named:
        return named
    if "-I" in given or "--head" in given:
        return "HEAD"
    if "-T" in given or "--upload-file" in given:
        return "PUT"
    return "GET" if body is None else "POST"


def _authority(scheme: str, netloc: str) -> str:
    """As curl writes Host: without what comes before @, without a default port."""
    host = netloc.rpartition("@")[2]
    return host.removesuffix(_DEFAULT_PORTS.get(scheme, "\0"))


def _wire(target: str) -> bytes:
    """curl sends what it is given, but escapes a space."""
    return quote(target, safe="%/?#[]@!$&'()*+,;=:~\"\\^`{|}").encode()


def without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4, which curl applies before it sends."""
    kept: list[str] = []
    pieces = path.split("/")
    for n, piece in enumerate(pieces[1:], start=1):
        if piece == "..":
            if kept:
                kept.pop()
        elif piece != ".":
            kept.append(piece)
            continue
        if n == len(pieces) - 1:
            kept.append("")
    return "/" + "/".join(kept)


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
    parts = urlsplit(found["url"])
    try:
        headers = ast.literal_eval(found["headers"])
    except (ValueError, SyntaxError):
        raise NoRequest("the headers in the log cannot be read") from None
    pairs = [(_bytes(name), _bytes(value)) for name, value in headers.items()]
    if not any(name.lower() == b"host" for name, _ in pairs):
        pairs.insert(0, (b"Host", _authority(parts.scheme, parts.netloc).encode()))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(found["method"], target.encode(), pairs)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _unescaped(text: str) -> bytes:
    """An answer's text, which the log shows as Python writes bytes."""
    text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\'", "'")
    return html.unescape(text).encode()
