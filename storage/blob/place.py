"""Where contents are, if in a store elsewhere: a URL.  Pure.

    s3://[KEY:SECRET@]BUCKET[/PREFIX][?endpoint=URL&region=REGION]
    gs://BUCKET[/PREFIX][?endpoint=URL&service_account=FILE]
    az://[ACCOUNT:KEY@]CONTAINER[/PREFIX][?account=NAME&endpoint=URL]

Credentials that are not in it come from the environment, as each provider's
own programs find them.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

S3, GOOGLE, AZURE = "s3", "gs", "az"
FORM: Final = "s3://BUCKET, gs://BUCKET, az://CONTAINER"

_OPTIONS: Final = {
    S3: frozenset(("endpoint", "region")),
    GOOGLE: frozenset(("endpoint", "service_account")),
    AZURE: frozenset(("account", "endpoint")),
}
# What all three take: letters, digits, dots, hyphens, underscores.
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}\Z", re.ASCII)
_PREFIX: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*\Z", re.ASCII)
_ENDPOINT: Final = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?\Z", re.ASCII)


class Place(NamedTuple):
    """Such a URL, read."""

    scheme: str
    bucket: str  # Azure: the container
    prefix: str  # without slashes at its ends; may be empty
    user: str  # S3: the access key's id; Azure: the account
    secret: str
    endpoint: str  # empty: the provider's own
    region: str
    service_account: str  # Google: a file


def is_cloud(text: str) -> bool:
    """Whether it names a store elsewhere."""
    return text.partition("://")[0] in _OPTIONS and "://" in text


def parse(text: str) -> Place:
    """Read the URL.

    Raises:
        ValueError: what is wrong; never with the URL in it, for there may be a secret in that.
    """
    if any(character.isspace() for character in text):
        raise ValueError(f"none of {FORM}: there is a blank in it")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"none of {FORM}") from None
    if parts.scheme not in _OPTIONS or parts.fragment:
        raise ValueError(f"none of {FORM} (special characters of a secret as %XX)")
    credentials, _, bucket = parts.netloc.rpartition("@")
    if not _BUCKET.match(bucket):
        raise ValueError(f"none of {FORM}: there is no bucket in it, or one of no such name")
    prefix = parts.path.strip("/")
    if prefix and (not _PREFIX.match(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise ValueError("with a prefix of other characters than A-Z a-z 0-9 . _ - /")
    options = _options(parts.scheme, parts.query)
    user, secret = (unquote(one) for one in _pair(credentials))
    if parts.scheme == GOOGLE and (user or secret):
        raise ValueError("with credentials, which gs:// has in a file: service_account=FILE")
    if bool(user) != bool(secret):
        raise ValueError("with half of credentials, which are two with a colon between them")
    return Place(
        parts.scheme,
        bucket,
        prefix,
        user or options.get("account", ""),
        secret,
        options.get("endpoint", ""),
        options.get("region", ""),
        options.get("service_account", ""),
    )


def _pair(credentials: str) -> tuple[str, str]:
    user, _, secret = credentials.partition(":")
    return user, secret


def _options(scheme: str, query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs):
        raise ValueError("with an option that is given twice")
    if options.keys() - _OPTIONS[scheme]:
        known = ", ".join(sorted(_OPTIONS[scheme]))
        raise ValueError(f"with an option that {scheme}:// does not have (it has {known})")
    if "endpoint" in options and not _ENDPOINT.match(options["endpoint"]):
        raise ValueError("with an endpoint that is not http(s)://HOST[:PORT][/PATH]")
    return options


def check(text: str) -> str:
    """The URL, if it can be read.

    Raises:
        ValueError: as ``parse``.
    """
    parse(text)
    return text


def shown(text: str) -> str:
    """The URL without what is secret in it."""
    if not is_cloud(text):
        return text
    parts = urlsplit(text)
    credentials, at, bucket = parts.netloc.rpartition("@")
    query = urlencode(parse_qsl(parts.query), safe="/:")
    return parts._replace(netloc=f"{_pair(credentials)[0]}{at}{bucket}", query=query).geturl()
