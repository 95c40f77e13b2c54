"""Cross-origin resource sharing: which pages of other origins may ask, and for what.

Source: API Reference, PutBucketCors, CORSRule; User Guide, "Elements of a CORS
configuration"; recordings of S3, LocalStack's test_s3_cors.
"""

from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

RULES_MAX: Final = 100  # API Reference, PutBucketCors
ID_CHARS_MAX: Final = 255  # API Reference, CORSRule
METHODS: Final = ("GET", "PUT", "HEAD", "POST", "DELETE")


def check(document: t.CORSConfiguration) -> None:
    """Refuse rules that S3 does not take.

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
