"""``signet serve``."""

import argparse
import logging
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gateway.cli import endpoint, settings
from gateway.cli.output import stop_printing
from gateway.cli.parsers import subcommand
from gateway.config import Config
from gateway.rootkey import RootKey

_ABOUT: Final = """\
Answers S3 requests until SIGTERM; requests under way then finish.

At the first start it makes a root access key, prints it once and keeps it in the
data directory (root-key.json). SIGHUP reads the certificates again."""

_EXAMPLES: Final = """
signet serve
signet serve --listen 127.0.0.1:9000 --listen '[::1]:9000' --data-dir /srv/signet
signet serve --listen 0.0.0.0:443 --tls-cert s3.pem --tls-key s3.key --domains s3.example.com
signet serve --listen unix:/run/signet.sock
signet serve --meta memory: --blobs memory: --workers 1    for tests: everything is forgotten
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(commands, "serve", "answer S3 requests", _ABOUT, _EXAMPLES)
    settings.add_flags(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    config = settings.read(chosen)
    logging.basicConfig(
        level=config.log_level.upper(),
        format="%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s",
    )
    from gateway.server.parent import Parent

    return Parent(config, lambda key, places: _announce(config, key, places)).run()


def _announce(config: Config, key: RootKey, places: Sequence[str]) -> None:
    """What a new user needs next; a server goes on though nobody reads it."""
    try:
        print("\n".join(_sentences(config, key, places)), flush=True)
    except OSError:  # a pipe that nobody reads, a full disk
        stop_printing()


def _sentences(config: Config, key: RootKey, places: Sequence[str]) -> Iterator[str]:
    yield f"signet answers on {', '.join(places)}; data in {config.data_dir}"
    if key.is_new:
        yield "A root access key was made; its secret is shown once and kept with the data."
        yield f"export AWS_ACCESS_KEY_ID={key.key.id} AWS_SECRET_ACCESS_KEY={key.key.secret}"
    else:
        yield f"Root access key: {key.key.id}"
    url = endpoint.of(places, tls=bool(config.tls_cert))
    if url is None:
        # What of AWS speaks HTTP speaks it over TCP alone.
        path = places[0].removeprefix("unix:")
        yield f"curl --unix-socket {shlex.quote(path)} http://localhost/-/ready"
        return
    yield f"aws --endpoint-url {url} s3 mb s3://my-bucket"
    yield f"aws --endpoint-url {url} s3 cp README.md s3://my-bucket/"
