"""``signet presign get|put s3://bucket/key --expires 1h``."""

import argparse
import json
import os
import re
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from gateway import rootkey
from gateway.config import ConfigError
from sigv4 import Credentials, Request, Signer
from sigv4.encoding import encode_path

_DURATION: Final = re.compile(r"([0-9]{1,7})([smhd]?)\Z", re.ASCII)
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
EXPIRES_MAX_S: Final = 604_800


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "presign", help="make a URL that needs no key for a while"
    )
    parser.add_argument("method", choices=("get", "put", "head", "delete"))
    parser.add_argument("target", metavar="s3://BUCKET/KEY")
    add_signing_flags(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def add_signing_flags(parser: argparse.ArgumentParser) -> None:
    """Who signs, for how long, for which server."""
    parser.add_argument("--expires", default="1h", metavar="TIME", help="30s, 10m, 1h, 7d")
    parser.add_argument("--endpoint", default="http://127.0.0.1:9000", metavar="URL")
    parser.add_argument("--region", default=os.environ.get("SIGNET_REGION", "us-east-1"))
    parser.add_argument("--data-dir", default=os.environ.get("SIGNET_DATA_DIR", "data"))


def run(chosen: argparse.Namespace) -> int:
    """Print the URL."""
    bucket, key = read_target(chosen.target)
    expires_s = read_seconds(chosen.expires)
    endpoint = read_endpoint(chosen.endpoint)
    target = encode_path(f"/{bucket}/{key}".encode())
    request = Request(chosen.method.upper(), target, [(b"host", endpoint.netloc.encode())])
    signer = Signer(find_credentials(Path(chosen.data_dir)), chosen.region)
    signed = signer.presign(request, now=int(time.time()), expires_s=expires_s)
    url = f"{endpoint.scheme}://{endpoint.netloc}{signed.decode()}"
    if chosen.json:
        print(json.dumps({"url": url, "method": request.method, "expires_s": expires_s}))
    else:
        print(url)
    return 0


def read_target(text: str) -> tuple[str, str]:
    """Bucket and key.

    Raises:
        ConfigError
    """
    bucket, slash, key = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or not bucket or not slash or not key:
        raise ConfigError(f"{text!r} is not s3://BUCKET/KEY")
    return bucket, key


def read_endpoint(text: str) -> SplitResult:
    """Where the server is, as its clients see it.

    Raises:
        ConfigError
    """
    endpoint = urlsplit(text)
    if endpoint.scheme not in ("http", "https") or not endpoint.netloc:
        raise ConfigError(f"--endpoint: {text!r} is no http or https URL")
    return endpoint


def read_seconds(text: str) -> int:
    """A time from 1 second to 7 days.

    Raises:
        ConfigError
    """
    found = _DURATION.match(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 1 <= seconds <= EXPIRES_MAX_S:
        raise ConfigError(f"--expires: {text!r} is not a time from 1s to 7d")
    return seconds


def find_credentials(data_dir: Path) -> Credentials:
    """From the environment, as AWS's tools do, else the root key of the data directory.

    Raises:
        ConfigError
    """
    key_id = os.environ.get("AWS_ACCESS_KEY_ID")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key_id and secret:
        return Credentials(key_id, secret, os.environ.get("AWS_SESSION_TOKEN"))
    found = rootkey.kept(data_dir)
    if found is None:
        raise ConfigError(f"no key: set AWS_ACCESS_KEY_ID, or --data-dir (none in {data_dir})")
    return Credentials(found.id, found.secret)
