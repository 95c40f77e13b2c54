"""What the commands that sign for others share: who signs, for how long, for which server."""

import argparse
import os
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from gateway import rootkey
from gateway.cli import endpoint, settings
from gateway.config import Config, ConfigError
from sigv4 import Credentials, Signer
from sigv4.presigned import EXPIRES_MAX_S

ABOUT: Final = """\
It is signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if they are set, else
with the root key of the settings, else with the one that the data directory keeps.
Without --endpoint the URL is of the first place where the settings say to listen."""

_DURATION: Final = re.compile(r"([0-9]{1,7})([smhd]?)\Z", re.ASCII)
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


class Signing(NamedTuple):
    """The flags, read."""

    signer: Signer
    scheme: str
    host: str  # with its port, as the Host header has it
    expires_s: int


def add_flags(parser: argparse.ArgumentParser) -> None:
    """``--expires``, ``--endpoint`` and every setting."""
    parser.add_argument(
        "--expires", default="1h", metavar="TIME", help="30s, 10m, 1h (default), up to 7d"
    )
    parser.add_argument("--endpoint", metavar="URL", help="where clients reach the server")
    settings.add_flags(parser)


def read(chosen: argparse.Namespace) -> Signing:
    """Those flags.

    Raises:
        ConfigError
    """
    config = settings.read(chosen)
    expires_s = read_seconds(chosen.expires)
    scheme, host = _read_endpoint(chosen.endpoint, config)
    return Signing(Signer(find_credentials(config), config.region), scheme, host, expires_s)


def read_target(text: str) -> tuple[str, str]:
    """Bucket and key.

    Raises:
        ConfigError
    """
    bucket, slash, key = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or not bucket or not slash or not key:
        raise ConfigError(f"{text!r} is not s3://BUCKET/KEY")
    return bucket, key


def read_seconds(text: str, name: str = "--expires", *, least: int = 1) -> int:
    """A time from 1 second (or ``least``) to 7 days; ``name`` is the flag's.

    Raises:
        ConfigError
    """
    found = _DURATION.match(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if found is None or not least <= seconds <= EXPIRES_MAX_S:
        raise ConfigError(f"{name}: {text!r} is not a time from {least}s to 7d")
    return seconds


def _read_endpoint(given: str | None, config: Config) -> tuple[str, str]:
    url = given or endpoint.of(config.listen, tls=bool(config.tls_cert))
    if url is None or url.endswith(":0"):
        raise ConfigError("--endpoint: give one: the settings listen on no port that is known")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ConfigError(f"--endpoint: {url!r} is not http://HOST:PORT or https://HOST:PORT")
    return parts.scheme, parts.netloc


def find_credentials(config: Config) -> Credentials:
    """From the environment, as AWS's tools do, else the root key as the server has it.

    Raises:
        ConfigError
    """
    key_id = os.environ.get("AWS_ACCESS_KEY_ID", "")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if bool(key_id) != bool(secret):
        raise ConfigError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: both or neither")
    if key_id:
        return Credentials(key_id, secret, os.environ.get("AWS_SESSION_TOKEN"))
    if config.root_access_key_id:
        return Credentials(config.root_access_key_id, config.root_secret_access_key)
    found = rootkey.in_use(config.data_dir)
    if found is None:
        raise ConfigError(
            "no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            f"or --data-dir ({config.data_dir} keeps none)"
        )
    return Credentials(found.id, found.secret)
