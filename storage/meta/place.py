"""Where the server is: a URL as libpq knows it.  Pure.

Source: PostgreSQL 15 Documentation, 34.1.1.2 "Connection URIs".
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

SCHEMES: Final = ("postgresql", "postgres")
FORM: Final = "postgresql://USER@HOST[:PORT]/DATABASE"
_SECRETS: Final = frozenset(("password", "sslpassword"))


def is_postgres(text: str) -> bool:
    """Whether it names a place here."""
    return text.partition("://")[0] in SCHEMES and "://" in text


def check(text: str) -> str:
    """The URL, if it says where to go.

    Raises:
        ValueError: it does not; the text never holds the URL, for there may be a password in it.
    """
    if any(character.isspace() for character in text):
        raise ValueError(f"no URL of the form {FORM}: there is a blank in it")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"no URL of the form {FORM}") from None
    if parts.scheme not in SCHEMES or parts.fragment:
        raise ValueError(f"no URL of the form {FORM} (special characters of a password as %XX)")
    query = dict(parse_qsl(parts.query))
    ports = query.get("port", "").count(",")
    if ports and ports != query.get("host", "").count(","):
        raise ValueError(f"no URL of the form {FORM}: one port for all hosts, or one for each")
    if not parts.path.strip("/") or "/" in parts.path[1:]:
        raise ValueError(f"no URL of the form {FORM}: which database it is has to be said")
    return text


def each(text: str) -> list[str]:
    """A URL for each of the servers that it names, in this order."""
    parts = urlsplit(text)
    credentials, at, netloc = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query))
    if "host" not in query:
        places = (f"{credentials}{at}{one}" for one in netloc.split(","))
        return [parts._replace(netloc=one).geturl() for one in places]
    hosts, ports = query["host"].split(","), query.get("port", "").split(",")
    if len(ports) == 1:  # of all of them
        ports *= len(hosts)
    ways = (
        query | {"host": host} | ({"port": port} if port else {})
        for host, port in zip(hosts, ports, strict=True)
    )
    return [parts._replace(query=_joined(way)).geturl() for way in ways]


def _joined(query: Mapping[str, str]) -> str:
    return urlencode(query, safe="/:,")


def shown(text: str) -> str:
    """The URL without what is secret in it."""
    if not is_postgres(text):
        return text
    parts = urlsplit(text)
    credentials, at, hosts = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    rest = {name: value for name, value in parse_qsl(parts.query) if name.lower() not in _SECRETS}
    return parts._replace(netloc=f"{user}{at}{hosts}", query=_joined(rest)).geturl()
