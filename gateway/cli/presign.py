"""``signet presign get|put s3://bucket/key --expires 1h``."""

import argparse
import json
import time
from typing import Any, Final

from gateway.cli import signing
from gateway.cli.parsers import subcommand
from sigv4 import Request
from sigv4.encoding import encode_path

_ABOUT: Final = f"""\
Prints a URL that needs no key for a while: whoever has it may do that one thing.

{signing.ABOUT}"""

_EXAMPLES: Final = """
signet presign get s3://bucket/key
signet presign put s3://bucket/key --expires 10m --endpoint https://s3.example.com
curl -T file "$(signet presign put s3://bucket/key --data-dir /srv/signet)"
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(
        commands,
        "presign",
        "make a URL that needs no key for a while",
        _ABOUT,
        _EXAMPLES,
        "get|put|head|delete s3://BUCKET/KEY [FLAGS]",
    )
    parser.add_argument("method", choices=("get", "put", "head", "delete"))
    parser.add_argument("target", metavar="s3://BUCKET/KEY")
    parser.add_argument("--json", action="store_true", help="for programs")
    signing.add_flags(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the URL."""
    bucket, key = signing.read_target(chosen.target)
    asked = signing.read(chosen)
    target = encode_path(f"/{bucket}/{key}".encode())
    request = Request(chosen.method.upper(), target, [(b"host", asked.host.encode())])
    signed = asked.signer.presign(request, now=int(time.time()), expires_s=asked.expires_s)
    url = f"{asked.scheme}://{asked.host}{signed.decode()}"
    if chosen.json:
        print(json.dumps({"url": url, "method": request.method, "expires_s": asked.expires_s}))
    else:
        print(url)
    return 0
