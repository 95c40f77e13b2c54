"""Mistakes with the signed headers other than the host: altered, dropped, written otherwise."""

from collections.abc import Iterator
from email import base64mime, quoprimime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sigv4.canonical import canonical_value
from sigv4.explain.case import Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

HEADERS_MAX: Final = 48  # looked at one by one; a request has at most 128

# What clients usually sign and proxies, CDNs and HTTP libraries replace.
USUAL: Final = {
    b"accept": (b"*/*", b"application/json", b"application/xml", b"text/plain, */*"),
    b"accept-encoding": (
        *(b"identity", b"gzip", b"gzip, deflate", b"gzip, deflate, br", b"gzip,deflate"),
        *(b"gzip, deflate, br, zstd", b"deflate, gzip", b"br, gzip, deflate", b"gzip, br"),
        *(b"deflate, gzip, br, zstd", b"amz-1.0,gzip", b"gzip;q=1.0, identity;q=0", b"*"),
    ),
    b"cache-control": (b"no-cache", b"max-age=0", b"no-cache, no-store", b"no-store"),
    b"connection": (b"close", b"keep-alive", b"Keep-Alive", b"upgrade", b"TE", b"TE, close"),
    b"content-encoding": (b"aws-chunked", b"gzip", b"aws-chunked,gzip", b"gzip,aws-chunked"),
    b"content-length": (b"0",),
    b"content-type": (
        *(b"application/octet-stream", b"binary/octet-stream", b"application/xml", b"text/plain"),
        *(b"application/x-www-form-urlencoded", b"application/json", b"text/xml"),
        *(b"application/x-www-form-urlencoded; charset=utf-8", b"text/plain; charset=utf-8"),
        *(b"application/x-www-form-urlencoded; charset=UTF-8", b"text/plain;charset=UTF-8"),
        *(b"application/octet-stream; charset=utf-8", b"application/json; charset=utf-8"),
    ),
    b"expect": (b"100-continue", b"100-Continue"),
    b"pragma": (b"no-cache",),
    b"range": (b"bytes=0-",),
    b"te": (b"trailers", b"trailers, deflate"),
    b"transfer-encoding": (b"chunked",),
    b"x-forwarded-proto": (b"http", b"https"),
}


def _signed(case: Case) -> list[bytes]:
    """The signed headers that are not about the host."""
    return [name for name in case.signed if name != b"host"][:HEADERS_MAX]


def _valued(name: bytes, how: str, value: bytes) -> Change:
    return Change(f"{name.decode('latin-1')} was signed {how}", values={name: value})


def _white_space(case: Case, recipe: Recipe) -> Iterator[Change]:
    raw = {name.lower(): value for name, value in case.request.headers}
    for name in _signed(case):
        value = recipe.values.get(name)
        if value is None:
            continue
        yield _valued(name, "with a space after its value", value + b" ")
        yield _valued(name, "with a space before its value", b" " + value)
        yield _valued(name, "with a line break after its value", value + b"\n")
        kept = raw.get(name, value)
        for how, other in (
            ("with the white space inside as it is", case.headers.get(name, value)),
            ("with all its white space", kept),
            ("without any space", value.replace(b" ", b"")),
            ("with no-break spaces as spaces", canonical_value(kept.replace(b"\xc2\xa0", b" "))),
        ):
            if other != value:
                yield _valued(name, how, other)


def _all_white_space(case: Case, recipe: Recipe) -> Iterator[Change]:
    """As a client that trims nothing: one change for all headers."""
    values = {n: v for n in _signed(case) if (v := case.headers.get(n)) is not None}
    if any(recipe.values.get(name) != value for name, value in values.items()):
        yield Change("no header's inner white space was made one space", values=values)


def _altered(case: Case, recipe: Recipe) -> Iterator[Change]:
    for name in _signed(case):
        value = recipe.values.get(name)
        if value is None or name not in case.headers:
            continue
        for usual in _usual(case, name):
            if usual != value:
                yield _valued(name, f"as {usual.decode()!r}", usual)
        for how, other in _parts(value):
            if other != value:
                yield _valued(name, how, other)
        yield _valued(name, "with an empty value", b"")
        yield Change(
            f"{name.decode('latin-1')} has no line, but is in the list", values={name: None}
        )


def _usual(case: Case, name: bytes) -> tuple[bytes, ...]:
    if name == b"content-length":
        lengths = {len(case.known.body)} if case.known.body is not None else set()
        decoded = case.headers.get(b"x-amz-decoded-content-length", b"")
        return (
            *USUAL[name],
            *(b"%d" % length for length in lengths),
            *([decoded] if decoded else []),
        )
    return USUAL.get(name, ())


def _parts(value: bytes) -> Iterator[tuple[str, bytes]]:
    """A proxy has lengthened a list, cut off a parameter, or changed the case."""
    before, comma, _ = value.rpartition(b",")
    if comma:
        yield "without its last element", before.rstrip()
        yield "without its first element", value.partition(b",")[2].lstrip()
        yield "with a space after each comma", b", ".join(p.strip() for p in value.split(b","))
        yield "without a space after its commas", b",".join(p.strip() for p in value.split(b","))
    if b";" in value:
        yield "without its parameters", value.partition(b";")[0].rstrip()
        yield "without a space after its semicolons", value.replace(b"; ", b";")
        yield "with a space after its semicolons", value.replace(b";", b"; ")
    else:
        for charset in (
            b"; charset=utf-8",
            b"; charset=UTF-8",
            b";charset=utf-8",
            b";charset=UTF-8",
        ):
            yield f"with{charset.decode()} after it", value + charset
    yield "in lower case", value.lower()
    yield "in upper case", value.upper()
    yield "without its quotes", value.strip(b'"')
    yield "in quotes", b'"' + value + b'"'


def _dropped(case: Case, _: Recipe) -> Iterator[Change]:
    for name in _signed(case):
        if name not in case.headers:
            for usual in (*_usual(case, name), b""):
                yield _valued(name, f"as {usual.decode()!r} and did not arrive", usual)


def _dropped_and_unlisted(case: Case, recipe: Recipe) -> Iterator[Change]:
    """The list that arrived names more than was signed."""
    for name in _signed(case):
        kept = tuple(one for one in recipe.signed if one != name)
        yield Change(f"{name.decode('latin-1')} was not signed at all", {"signed": kept})


def _repeated(case: Case, recipe: Recipe) -> Iterator[Change]:
    for name in _signed(case):
        values = [value.strip(b" \t") for n, value in case.request.headers if n.lower() == name]
        if len(values) > 1:
            for how, value in (
                ("joined by a comma and a space", b", ".join(values)),
                ("in reverse order", b",".join(values[::-1])),
                ("sorted", b",".join(sorted(values))),
                ("with its first value alone", values[0]),
                ("with its last value alone", values[-1]),
                ("joined by a semicolon", b";".join(values)),
            ):
                if value != recipe.values.get(name):
                    yield _valued(name, how, value)


def _encoded(case: Case, recipe: Recipe) -> Iterator[Change]:
    for name in _signed(case):
        value = recipe.values.get(name)
        if value is None:
            continue
        for how, other in _encodings(value):
            if other != value:
                yield _valued(name, how, other)


def _encodings(value: bytes) -> Iterator[tuple[str, bytes]]:
    if b"%" in value:
        yield "percent-decoded", unquote_to_bytes(value)
    escaped = quote_from_bytes(value, safe="/~").encode()
    yield "percent-encoded", escaped
    yield "percent-encoded, its slashes too", quote_from_bytes(value, safe="~").encode()
    yield "with a slash before it", b"/" + value
    yield "without the slash before it", value.removeprefix(b"/")
    if value.startswith(b"=?"):
        yield "decoded (RFC 2047)", _decoded_words(value)
    if value.isascii():
        return
    yield "as UTF-8 taken for Latin-1", value.decode("latin-1").encode()
    text = value.decode("utf-8", "replace")
    yield "in Latin-1", text.encode("latin-1", "replace")
    yield "with question marks for what is not ASCII", text.encode("ascii", "replace")
    yield "without what is not ASCII", text.encode("ascii", "ignore")
    for charset in ("utf-8", "UTF-8"):
        quoted = quoprimime.header_encode(value, charset).encode()
        packed = base64mime.header_encode(value, charset).encode()
        for form in (
            quoted,
            quoted.replace(b"?q?", b"?Q?"),
            packed,
            packed.replace(b"?b?", b"?B?"),
        ):
            yield "encoded (RFC 2047)", form


def _decoded_words(value: bytes) -> bytes:
    """Encoded words as text; what is malformed, or in a character set nobody knows, as it is."""
    try:
        return str(make_header(decode_header(value.decode("latin-1")))).encode()
    except (HeaderParseError, LookupError, ValueError):
        return value


def _token(case: Case, recipe: Recipe) -> Iterator[Change]:
    """Only the holder of the token can tell: it has to be among what is known."""
    name = b"x-amz-security-token"
    for pair in case.known.credentials:
        if not pair.session_token or case.headers.get(name) == pair.session_token.encode():
            continue
        token = pair.session_token.encode()
        signed = tuple(sorted({*recipe.signed, name}))
        how = "the session token was signed and did not arrive"
        if case.location == "query":
            escaped = quote_from_bytes(token, safe="~").encode()
            pieces = sorted([*recipe.query.split(b"&"), b"X-Amz-Security-Token=" + escaped])
            yield Change(how, {"query": b"&".join(pieces)})
        yield Change(how, {"signed": signed}, {name: token})


def _other_lists(case: Case, recipe: Recipe) -> Iterator[Change]:
    values = {name: canonical_value(value) for name, value in case.headers.items()}
    values.pop(b"authorization", None)
    amz = {n for n in values if n.startswith(b"x-amz-")}
    for how, names in (
        ("all headers were signed", set(values)),
        ("host and every x-amz-* header were signed", {b"host", *amz}),
        ("host, content-type and every x-amz-* were signed", {b"host", b"content-type", *amz}),
        (
            "host, content-md5, content-type and every x-amz-* were signed",
            {b"host", b"content-md5", b"content-type", *amz},
        ),
        ("host and date were signed", {b"host", b"x-amz-date"}),
        ("only the host was signed", {b"host"}),
        ("no header was signed", set()),
    ):
        signed = tuple(sorted(names & values.keys()))
        if signed != recipe.signed:
            yield Change(f"{how}, whatever the list says", {"signed": signed}, _only(values, names))
    arrived = tuple(dict.fromkeys(n.lower() for n, _ in case.request.headers))
    unsorted = tuple(name for name in arrived if name in recipe.signed)
    for how, order in (
        ("in the order of arrival", unsorted),
        ("in reverse order", recipe.signed[::-1]),
        ("sorted, while the list that was sent is not", tuple(sorted(recipe.signed))),
    ):
        if order != recipe.signed and len(order) == len(recipe.signed):
            yield Change(f"the headers were signed {how}", {"signed": order})


def _only(values: dict[bytes, bytes], names: set[bytes]) -> dict[bytes, bytes | None]:
    return {name: value for name, value in values.items() if name in names}


def _spelled(case: Case, recipe: Recipe) -> Iterator[Change]:
    """Names in the lines as they were sent, or as HTTP libraries like to write them."""
    sent = {name.lower(): name for name, _ in case.request.headers}
    for how, spelling in (
        ("as they were sent", sent),
        ("with capitals", {name: name.title() for name in recipe.signed}),
    ):
        names = tuple(spelling.get(name, name) for name in recipe.signed)
        if names != recipe.signed:
            values = {spelling.get(name, name): value for name, value in recipe.values.items()}
            yield Change(f"the headers' names were signed {how}", {"signed": names}, values)


_UNTOUCHED: Final = (
    "Let the proxy pass it on untouched (docs/proxies.md), or tell the client not to sign it."
)

MISTAKES: Final = (
    Mistake(
        "header-altered",
        "A signed header arrived with another value than was signed.",
        _UNTOUCHED,
        _altered,
    ),
    Mistake(
        "header-dropped",
        "A signed header did not arrive.",
        _UNTOUCHED,
        _dropped,
    ),
    Mistake(
        "header-white-space",
        "White space in a header's value was signed as it is.",
        "Trim values, and make every run of spaces inside them one space.",
        _white_space,
    ),
    Mistake(
        "headers-white-space",
        "White space in headers' values was signed as it is.",
        "Trim values, and make every run of spaces inside them one space.",
        _all_white_space,
    ),
    Mistake(
        "header-repeated",
        "A header that is sent several times was not joined as it should be.",
        "Join the values with a comma and nothing else, in the order in which they are sent.",
        _repeated,
    ),
    Mistake(
        "header-in-another-encoding",
        "A header's value was signed in another encoding than it arrived in.",
        "Sign the bytes that are sent; metadata outside ASCII has to be encoded before signing.",
        _encoded,
    ),
    Mistake(
        "header-listed-but-not-signed",
        "SignedHeaders names a header that was not signed.",
        "The list and the lines have to name the same headers.",
        _dropped_and_unlisted,
    ),
    Mistake(
        "token-missing",
        "The session token was signed, but not sent.",
        "Send x-amz-security-token (X-Amz-Security-Token in a URL) with temporary credentials.",
        _token,
    ),
    Mistake(
        "headers-signed-by-another-list",
        "Other headers were signed than SignedHeaders says, or in another order.",
        "Sort the names; the list and the lines have to name the same headers.",
        _other_lists,
    ),
    Mistake(
        "header-names-not-in-lower-case",
        "The names of the headers were not signed in lower case.",
        "Turn the names into lower case for signing.",
        _spelled,
    ),
)
