"""Cross-origin resource sharing: which pages of other origins may ask, and for what.

Source: API Reference, PutBucketCors, CORSRule; User Guide, "Elements of a CORS
configuration", "How does Amazon S3 evaluate the CORS configuration on a bucket?"; recordings of
S3, LocalStack's test_s3_cors.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gateway.configurations import kept
from gateway.configurations.rules import ID_CHARS_MAX
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "cors"
RULES_MAX: Final = 100  # API Reference, PutBucketCors
# Ours: a page that asks for more headers gets none, for each is held against all that are allowed
# (1,700 fit into a document), and anybody may ask.
HEADERS_MAX: Final = 100
METHODS: Final = ("GET", "PUT", "HEAD", "POST", "DELETE")


def check(document: t.CORSConfiguration) -> None:
    """Refuse rules that S3 does not take.

    It takes an origin that is none, an empty one among them (LocalStack's
    test_put_cors_empty_origin): what no browser sends is met by nobody.

    Raises:
        ProtocolError: MalformedXML, InvalidRequest
    """
    rules = document.cors_rules or []
    if not 1 <= len(rules) <= RULES_MAX:
        raise ProtocolError("MalformedXML")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: t.CORSRule) -> None:
    if not rule.allowed_methods or not rule.allowed_origins:
        raise ProtocolError("MalformedXML")
    if len(rule.id or "") > ID_CHARS_MAX or (rule.max_age_seconds or 0) < 0:
        raise ProtocolError("MalformedXML")
    for method in rule.allowed_methods:
        if method not in METHODS:
            raise ProtocolError(
                "InvalidRequest",
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}",
            )
    for name, patterns in (
        ("AllowedOrigin", rule.allowed_origins),
        ("AllowedHeader", rule.allowed_headers or []),
    ):
        for pattern in patterns:
            if pattern.count("*") > 1:
                text = f'{name} "{pattern}" can not have more than one wildcard.'
                raise ProtocolError("InvalidRequest", text)
    for header in rule.expose_headers or ():
        if "*" in header:
            raise ProtocolError(
                "InvalidRequest",
                f'ExposeHeader "{header}" contains wildcard. We currently do not support '
                "wildcard for ExposeHeader.",
            )
        _check_header(header)


def _check_header(name: str) -> None:
    """It will be written into answers.  RFC 9110, section 5.6.2: a token."""
    if not name or not name.isascii() or not all(char.isalnum() or char in _SIGNS for char in name):
        raise ProtocolError("MalformedXML")


_SIGNS: Final = "!#$%&'*+-.^_`|~"


class Pattern(NamedTuple):
    """A text with one wildcard at most, compiled."""

    start: str
    end: str | None = None  # None without a wildcard

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """As it stands in a document."""
        start, wildcard, end = text.partition("*")
        return cls(start, end if wildcard else None)

    def matches(self, text: str) -> bool:
        """Whether it says so."""
        if self.end is None:
            return text == self.start
        return (
            len(text) >= len(self.start) + len(self.end)
            and text.startswith(self.start)
            and text.endswith(self.end)
        )


class Wanted(NamedTuple):
    """What a page of another origin asks for, or announces that it will."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()  # lower case

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]], method: str) -> "Wanted | None":
        """What a request says; None if it comes from nowhere else.

        A request that names a method and headers to be asked for is held to those,
        be it a preflight or not (LocalStack's test_cors_match_methods, "get-wrong-op").
        """
        found: dict[bytes, bytes] = {}
        for name, value in headers:
            lower = name.lower()
            if lower in _OF_A_PREFLIGHT:
                found.setdefault(lower, value)
        if b"origin" not in found:
            return None
        asked = found.get(b"access-control-request-method", b"").decode("latin-1").strip()
        names = found.get(b"access-control-request-headers", b"").decode("latin-1").lower()
        return cls(
            found[b"origin"].decode("latin-1"),
            asked or method,
            tuple(name.strip() for name in names.split(",") if name.strip()),
        )


class Rule(NamedTuple):
    """One rule, compiled."""

    origins: tuple[Pattern, ...]
    methods: frozenset[str]
    headers: tuple[Pattern, ...]  # lower case
    constant: tuple[tuple[bytes, bytes], ...]  # of an answer, whoever asked

    def answer(self, wanted: Wanted) -> list[tuple[bytes, bytes]] | None:
        """The headers of an answer; None if the rule does not allow it."""
        if wanted.method not in self.methods:
            return None
        origin = next((one for one in self.origins if one.matches(wanted.origin)), None)
        if origin is None or not all(
            any(pattern.matches(header) for pattern in self.headers) for header in wanted.headers
        ):
            return None
        if origin == _ANYBODY:
            found = [(b"access-control-allow-origin", b"*")]
        else:
            found = [
                (b"access-control-allow-origin", wanted.origin.encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
            ]
        if wanted.headers:
            allowed = ", ".join(wanted.headers).encode("latin-1")
            found.append((b"access-control-allow-headers", allowed))
        return [*found, *self.constant]


def answer(rules: Sequence[Rule], wanted: Wanted) -> list[tuple[bytes, bytes]] | None:
    """The headers by the first rule that allows it; None if none does."""
    if len(wanted.headers) > HEADERS_MAX:
        return None
    for rule in rules:
        found = rule.answer(wanted)
        if found is not None:
            return found
    return None


def compiled(row: bytes) -> tuple[Rule, ...]:
    """A kept document's rules."""
    return tuple(_compiled(rule) for rule in _decode(row).cors_rules or ())


def _compiled(rule: t.CORSRule) -> Rule:
    methods = rule.allowed_methods or []
    constant = [(b"access-control-allow-methods", ", ".join(methods).encode())]
    if rule.expose_headers:
        names = ", ".join(rule.expose_headers).encode()
        constant.append((b"access-control-expose-headers", names))
    if rule.max_age_seconds is not None:
        constant.append((b"access-control-max-age", b"%d" % rule.max_age_seconds))
    constant.append((b"vary", _VARY))
    return Rule(
        tuple(Pattern.of(text) for text in rule.allowed_origins or ()),
        frozenset(methods),
        tuple(Pattern.of(text.lower()) for text in rule.allowed_headers or ()),
        tuple(constant),
    )


_decode: Final = kept.decoder_of(t.CORSConfiguration)
_ANYBODY: Final = Pattern("", "")
_OF_A_PREFLIGHT: Final = (
    b"origin",
    b"access-control-request-method",
    b"access-control-request-headers",
)
_VARY: Final = b"Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
