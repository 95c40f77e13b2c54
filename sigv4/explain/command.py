"""``python -m sigv4 explain``: files and the environment in, an explanation out."""

import argparse
import configparser
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sigv4.explain import Known, explain
from sigv4.explain.material import Material, NoRequest
from sigv4.explain.reading import read_raw, read_text
from sigv4.explain.text import as_data, as_text
from sigv4.keys import Credentials
from sigv4.scope import parse_timestamp

EXPLAINED: Final = 0
UNEXPLAINED: Final = 1
UNUSABLE: Final = 2

_DESCRIPTION: Final = """\
Say why a signature does not match, and prove it.

FILE holds a raw request, a curl command, the output of curl -v, a debug log of botocore, boto3 or
aws-cli, or a form as generate_presigned_post of boto3 gives it; - reads standard input. The secret
comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from --credentials.
Status 0: explained; 1: not; 2: unusable input.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sigv4 explain",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="what the client did; - is standard input")
    parser.add_argument(
        "--received",
        metavar="FILE",
        help="the raw request as the server received it, if it differs",
    )
    parser.add_argument("--body", metavar="FILE", help="the body, where FILE does not hold it")
    parser.add_argument(
        "--credentials", metavar="FILE", help="pairs in the form of ~/.aws/credentials, all tried"
    )
    parser.add_argument(
        "--region", action="append", metavar="NAME", help="the server's regions (us-east-1)"
    )
    parser.add_argument("--service", default="s3", metavar="NAME")
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="a name clients may have used"
    )
    parser.add_argument("--sigv2", action="store_true", help="the server takes Signature Version 2")
    parser.add_argument("--now", metavar="WHEN", help="judge the clock: `now` or yyyymmddThhmmssZ")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Explain, print, and return the status."""
    chosen = _parser().parse_args(arguments)
    try:
        material = read_text(_contents(chosen.file), _contents)
        received = material
        if chosen.received:
            received = read_raw(_contents(chosen.received))
        now = _moment(chosen.now)
        known = _known(chosen, environment, material)
    except (NoRequest, OSError, ValueError, configparser.Error) as error:
        sys.stderr.write(f"explain: {error}\n")
        return UNUSABLE
    explanation = explain(received.request, known, now=now)
    sides = {"client": material.client_canonical, "server": material.server_canonical}
    if chosen.json:
        sys.stdout.write(json.dumps(as_data(explanation, **sides), indent=2) + "\n")
    else:
        sys.stdout.write(as_text(explanation, **sides))
    return EXPLAINED if explanation.is_explained else UNEXPLAINED


def _contents(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "now":
        return int(time.time())
    found = parse_timestamp(text)
    if found is None:
        raise ValueError(f"--now: {text!r} is neither `now` nor yyyymmddThhmmssZ")
    return found


def _known(chosen: argparse.Namespace, environment: Mapping[str, str], material: Material) -> Known:
    pairs = []
    key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        pairs.append(Credentials(key, secret, environment.get("AWS_SESSION_TOKEN")))
    if chosen.credentials:
        pairs += _profiles(Path(chosen.credentials).read_text())
    return Known(
        tuple(pairs),
        tuple(chosen.region or ["us-east-1"]),
        chosen.service,
        tuple(chosen.host),
        Path(chosen.body).read_bytes() if chosen.body else material.body,
        material.targets,
        sigv2=chosen.sigv2,
    )


def _profiles(text: str) -> list[Credentials]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return [
        Credentials(
            section["aws_access_key_id"],
            section["aws_secret_access_key"],
            section.get("aws_session_token"),
        )
        for section in (parser[name] for name in parser.sections())
        if "aws_access_key_id" in section and "aws_secret_access_key" in section
    ]


def main() -> int:
    """The command."""
    return run(sys.argv[2:], os.environ)
