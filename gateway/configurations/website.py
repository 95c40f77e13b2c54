"""A bucket as a website: its documents and redirects.

Source: API Reference, PutBucketWebsite; User Guide, "Hosting a static website
using Amazon S3"; recordings of S3, LocalStack's test_validate_website_configuration.
"""

import re
from typing import Final, NamedTuple

from gateway.configurations import kept
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument

KIND: Final = "website"
MOVED: Final = 301  # unless a rule says otherwise
ROUTING_RULES_MAX: Final = 50  # User Guide, "(Optional) Configuring a webpage redirect"
_REDIRECT_CODE: Final = re.compile(r"3[0-9]{2}\Z", re.ASCII)
_ERROR_CODE: Final = re.compile(r"[45][0-9]{2}\Z", re.ASCII)
_PROTOCOLS: Final = (None, "http", "https")


def check(document: t.WebsiteConfiguration) -> None:
    """Refuse what is no website.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument, InvalidRequest
    """
    if document.redirect_all_requests_to is not None:
        _check_redirect_all(document, document.redirect_all_requests_to)
        return
    if document.index_document is None:
        raise invalid_argument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument",
            "null",
        )
    suffix = document.index_document.suffix or ""
    if not suffix or "/" in suffix:
        text = "The IndexDocument Suffix is not well formed"
        raise invalid_argument(text, "IndexDocument", suffix)
    if document.error_document is not None and not document.error_document.key:
        raise ProtocolError("MalformedXML")
    if document.routing_rules is not None:
        _check_rules(document.routing_rules)


def _check_redirect_all(document: t.WebsiteConfiguration, target: t.RedirectAllRequestsTo) -> None:
    others = (document.index_document, document.error_document, document.routing_rules)
    if any(other is not None for other in others):
        raise invalid_argument(
            "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
            "RedirectAllRequestsTo",
            "not null",
        )
    if not target.host_name:
        raise ProtocolError("MalformedXML")
    _check_place(target.host_name, target.protocol)


def _check_rules(rules: list[t.RoutingRule]) -> None:
    if not rules:
        raise ProtocolError("MalformedXML")
    if len(rules) > ROUTING_RULES_MAX:
        raise ProtocolError(
            "InvalidRequest",
            f"{len(rules)} routing rules provided, the number of routing rules in a website "
            f"configuration is limited to {ROUTING_RULES_MAX}.",
        )
    for rule in rules:
        if rule.redirect is None:
            raise ProtocolError("MalformedXML")
        if rule.condition is not None:
            _check_condition(rule.condition)
        _check_redirect(rule.redirect)


def _check_condition(condition: t.Condition) -> None:
    code = condition.http_error_code_returned_equals
    if code is None and condition.key_prefix_equals is None:
        raise ProtocolError(
            "InvalidRequest",
            "Condition cannot be empty. To redirect all requests without a condition, the "
            "condition element shouldn't be present.",
        )
    if code is not None and not _ERROR_CODE.match(code):
        raise ProtocolError(
            "InvalidRequest",
            f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX.",
        )


def _check_redirect(redirect: t.Redirect) -> None:
    if all(getattr(redirect, name) is None for name in redirect.__struct_fields__):
        raise ProtocolError("MalformedXML")
    if redirect.replace_key_prefix_with is not None and redirect.replace_key_with is not None:
        raise ProtocolError(
            "InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both."
        )
    _check_place(redirect.host_name, redirect.protocol)
    code = redirect.http_redirect_code
    if code is not None and (not _REDIRECT_CODE.match(code) or code == "300"):
        raise ProtocolError(
            "InvalidRequest",
            f"The provided HTTP redirect code ({code}) is not valid. "
            "Valid codes are 3XX except 300.",
        )


def _check_place(host: str | None, protocol: str | None) -> None:
    if protocol not in _PROTOCOLS:
        raise ProtocolError(
            "InvalidRequest",
            "Invalid protocol, protocol can be http or https. If not defined the protocol will "
            "be selected automatically.",
        )
    if host is not None and (not host.isascii() or not host.isprintable() or " " in host):
        raise ProtocolError("MalformedXML")  # it will stand in a Location


class Place(NamedTuple):
    """Where a redirect leads beside the key: None is where the request came."""

    host: str | None
    protocol: str | None

    def url(self, host: str, *, secure: bool, path: str) -> str:
        """The whole address, given how the client has addressed us."""
        protocol = self.protocol or ("https" if secure else "http")
        return f"{protocol}://{self.host or host}{path}"


class Route(NamedTuple):
    """A routing rule, compiled."""

    prefix: str
    status: int | None  # of the error that it is for; None applies before anything is looked for
    place: Place
    code: int
    replace_key: str | None
    replace_prefix: str | None

    def key(self, key: str) -> str:
        """The key that the redirect leads to."""
        if self.replace_key is not None:
            return self.replace_key
        if self.replace_prefix is not None:
            return self.replace_prefix + key[len(self.prefix) :]
        return key


class Site(NamedTuple):
    """A website, compiled."""

    redirect_all: Place | None
    index_name: str
    error: str | None
    routes: tuple[Route, ...]

    def route(self, key: str, status: int | None) -> Route | None:
        """The first rule for a key, or for an error that came of it."""
        for route in self.routes:
            if route.status == status and key.startswith(route.prefix):
                return route
        return None


def compiled(row: bytes) -> Site:
    """A kept document's site."""
    document = _decode(row)
    everything = document.redirect_all_requests_to
    index, error = document.index_document, document.error_document
    return Site(
        Place(everything.host_name, everything.protocol) if everything is not None else None,
        (index.suffix if index is not None else None) or "",
        error.key if error is not None else None,
        tuple(_route(rule) for rule in document.routing_rules or ()),
    )


def _route(rule: t.RoutingRule) -> Route:
    condition, redirect = rule.condition or t.Condition(), rule.redirect or t.Redirect()
    error = condition.http_error_code_returned_equals
    return Route(
        condition.key_prefix_equals or "",
        int(error) if error is not None else None,
        Place(redirect.host_name, redirect.protocol),
        int(redirect.http_redirect_code or MOVED),
        redirect.replace_key_with,
        redirect.replace_key_prefix_with,
    )


_decode: Final = kept.decoder_of(t.WebsiteConfiguration)
