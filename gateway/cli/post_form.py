"""``signet post-form s3://bucket/key``: a form with which a browser uploads one file."""

import argparse
import html
import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.cli import signing
from gateway.cli.parsers import subcommand
from gateway.config import ConfigError
from sigv4.encoding import encode_path
from sigv4.post import Condition

_SIZE: Final = re.compile(r"([0-9]{1,15})([KMG]?)-([0-9]{1,15})([KMG]?)\Z", re.ASCII)
_UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}

_ABOUT: Final = f"""\
Makes a form with which a browser uploads one file, without a key; docs/forms.md says how
it works. It prints a command of curl, with --html a page, with --json its fields.

{signing.ABOUT}"""

_EXAMPLES: Final = """
signet post-form 's3://bucket/uploads/${filename}' --size 1-10M --html
signet post-form s3://bucket/key --field Content-Type=image/png --expires 10m
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(
        commands,
        "post-form",
        "make a form with which a browser uploads one file",
        _ABOUT,
        _EXAMPLES,
        "s3://BUCKET/KEY [FLAGS]",
    )
    parser.add_argument(
        "target",
        metavar="s3://BUCKET/KEY",
        help="a key that ends in ${filename} leaves that end to the form's user",
    )
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a field of this value, such as Content-Type=image/png.  Repeatable.",
    )
    parser.add_argument(
        "--starts-with",
        action="append",
        default=[],
        metavar="NAME=PREFIX",
        help="a field for the form's user, whose value begins so.  Repeatable.",
    )
    parser.add_argument("--size", metavar="MIN-MAX", help="of the file in bytes: 1-10M")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="URL and fields, for programs")
    form.add_argument("--html", action="store_true", help="a page")
    signing.add_flags(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the form, as a command of curl if nothing else is asked for."""
    bucket, key = signing.read_target(chosen.target)
    asked = signing.read(chosen)
    fields = _pairs("--field", chosen.field)
    prefixes = _pairs("--starts-with", chosen.starts_with)
    conditions: list[Condition] = [{name: value} for name, value in fields.items()]
    conditions += [["starts-with", f"${name}", prefix] for name, prefix in prefixes.items()]
    if chosen.size is not None:
        conditions.append(["content-length-range", *_size(chosen.size)])
    signed = asked.signer.post_form(
        bucket,
        key,
        now=int(time.time()),
        expires_s=asked.expires_s,
        fields=fields,
        conditions=conditions,
    )
    path = encode_path(f"/{bucket}".encode()).decode()
    url = f"{asked.scheme}://{asked.host}{path}"
    if chosen.json:
        print(json.dumps({"url": url, "fields": signed}))
    elif chosen.html:
        print(_page(url, signed, prefixes), end="")
    else:
        print(_command(url, signed, prefixes))
    return 0


def _pairs(flag: str, texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or name in found:
            raise ConfigError(f"{flag}: {text!r} is not NAME=VALUE, each name once")
        found[name] = value
    return found


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.match(text)
    if found is None:
        raise ConfigError(f"--size: {text!r} is not MIN-MAX, as 1-10M")
    least, most = int(found[1]) * _UNITS[found[2]], int(found[3]) * _UNITS[found[4]]
    if least > most:
        raise ConfigError(f"--size: {text!r} lets no file through")
    return least, most


def _command(url: str, fields: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    # Not --form, to which a value that begins with @ or < is a file.
    words = ["curl", "--fail"]
    for name, value in {**prefixes, **fields}.items():
        words += ["--form-string", shlex.quote(f"{name}={value}")]
    return " ".join((*words, "--form", "file=@FILE", shlex.quote(url)))


def _page(url: str, fields: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    lines = [
        "<!DOCTYPE html>",
        '<meta charset="utf-8">',
        f'<form action="{html.escape(url)}" method="post" enctype="multipart/form-data">',
    ]
    for name, value in fields.items():
        lines.append(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        )
    for name, prefix in prefixes.items():
        shown, start = html.escape(name), html.escape(prefix)
        lines.append(f'<label>{shown} <input name="{shown}" value="{start}"></label>')
    # The last field: whatever follows the file is ignored.
    lines += ['<input type="file" name="file" required>', "<button>Upload</button>", "</form>"]
    return "\n".join(lines) + "\n"
