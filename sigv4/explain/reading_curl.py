"""The request that a curl command sends.  Source: curl(1)."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from sigv4.canonical import Request
from sigv4.explain.material import (
    Material,
    NoRequest,
    Part,
    ReadFile,
    authority,
    form_body,
    split_url,
)

_DATA: Final = frozenset(("-d", "--data", "--data-ascii", "--data-raw", "--data-binary", "--json"))
_WITH_VALUE: Final = _DATA | {
    *("-X", "--request", "-H", "--header", "-A", "--user-agent", "-e", "--referer", "-b"),
    *("--cookie", "-r", "--range", "-T", "--upload-file", "--url", "-u", "--user", "-o"),
    *("--output", "-x", "--proxy", "--aws-sigv4", "--cacert", "--cert", "--key", "--resolve"),
    *("--connect-to", "-m", "--max-time", "--connect-timeout", "--retry", "-w", "--write-out"),
    *("-F", "--form", "--form-string"),
    *("-c", "--cookie-jar", "-D", "--dump-header", "--noproxy", "--limit-rate", "--interface"),
}
_FORMS: Final = frozenset(("-F", "--form", "--form-string"))
_HEADER_OPTIONS: Final = {
    **dict.fromkeys(("-A", "--user-agent"), "User-Agent"),
    **dict.fromkeys(("-e", "--referer"), "Referer"),
    **dict.fromkeys(("-b", "--cookie"), "Cookie"),
    **dict.fromkeys(("-r", "--range"), "Range"),
}
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


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
    kind, body = _curl_body(options, read_file)
    parts = split_url(url if "://" in url else f"http://{url}")
    path = parts.path or "/"
    if "--path-as-is" not in given:
        path = without_dots(path)
    query = f"?{parts.query}" if parts.query else ""
    target, written = f"{path}{query}", f"{parts.path or '/'}{query}"
    headers = [("Host", authority(parts.scheme, parts.netloc)), *_curl_headers(options, kind, body)]
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


def _curl_body(options: Sequence[tuple[str, str]], read_file: ReadFile) -> tuple[str, bytes | None]:
    """The type that curl gives the body, and the body."""
    parts = [_part(name, value, read_file) for name, value in options if name in _FORMS]
    if parts:
        return form_body(parts)
    pieces = []
    for name, value in options:
        if name in ("-T", "--upload-file"):
            return "", read_file(value)
        if name not in _DATA:
            continue
        if value.startswith("@") and name != "--data-raw":
            data = read_file(value[1:])
            # Only --data-binary sends a file as it is: curl(1).
            pieces.append(data if name == "--data-binary" else re.sub(rb"[\r\n\0]", b"", data))
        else:
            pieces.append(value.encode())
    kind = _JSON if any(name == "--json" for name, _ in options) else _FORM
    return (kind, b"&".join(pieces)) if pieces else ("", None)


def _part(option: str, text: str, read_file: ReadFile) -> Part:
    """Source: curl(1), ``--form`` and ``--form-string``."""
    name, _, value = text.partition("=")
    if option == "--form-string" or value[:1] not in ("@", "<"):
        shown = value if option == "--form-string" else value.partition(";type=")[0]
        return name, None, shown.encode()
    path, *options = value[1:].split(";")
    content = read_file(path)
    if value.startswith("<"):
        return name, None, content
    named = next((o.removeprefix("filename=") for o in options if o.startswith("filename=")), path)
    return name, named.rpartition("/")[2], content


def _curl_headers(
    options: Sequence[tuple[str, str]], kind: str, body: bytes | None
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
    if kind:
        yield "Content-Type", kind
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
