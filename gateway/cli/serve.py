"""``signet serve``."""

import argparse
import logging
from collections.abc import Sequence
from typing import Any

from gateway.cli import settings
from gateway.config import Config
from gateway.rootkey import RootKey


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser: argparse.ArgumentParser = commands.add_parser("serve", help="answer S3 requests")
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
    """What a new user needs next."""
    scheme = "https" if config.tls_cert else "http"
    endpoint = next((f"{scheme}://{p}" for p in places if not p.startswith("unix:")), places[0])
    print(f"signet answers on {', '.join(places)}; data in {config.data_dir}", flush=True)
    if key.is_new:
        print("A root access key was made; its secret is shown once and kept with the data.")
        print(f"export AWS_ACCESS_KEY_ID={key.key.id} AWS_SECRET_ACCESS_KEY={key.key.secret}")
    else:
        print(f"Root access key: {key.key.id}")
    print(f"aws --endpoint-url {endpoint} s3 mb s3://my-bucket")
    print(f"aws --endpoint-url {endpoint} s3 cp README.md s3://my-bucket/", flush=True)
