"""``signet audit``: read the trail, prove it, and say what to keep elsewhere."""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.cli import directories, settings
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.iam.accounts import Accounts
from gateway.stores import Stores
from gateway.trail import segments
from gateway.trail.as_access_line import as_access_line
from gateway.trail.as_cloudtrail import as_cloudtrail
from gateway.trail.as_json import as_json
from gateway.trail.blocks import Damaged
from gateway.trail.entries import Entry, moment
from gateway.trail.opening import spool_of
from gateway.trail.reading import Waiting, entries, waiting
from gateway.trail.records import OPERATOR, WEB_IDENTITY, Person
from gateway.trail.signer import KEY, Signer
from gateway.trail.verifying import HeadOf, PublicOf, Verdict, verify
from storage.changes import Changes
from storage.errors import MasterKeyMissing, StorageError
from storage.keyring import Keyring
from storage.seam import SystemClock, SystemRandomness

_ABOUT: Final = """\
Reads the trail of who did what, and proves that it is whole. The server may run."""

_QUERY: Final = """\
Prints what was asked of the server and what was changed, oldest first; all of it, or what
the flags leave. A change is in it as soon as it is acknowledged, anything else after some
seconds. With --format cloudtrail each line is an event of CloudTrail, with access-log a
line of S3's server access log."""

_VERIFY: Final = """\
Checks that nothing of the trail was removed or changed: each block is signed and names the
one before. Up to a head that was kept elsewhere that holds against whoever has the key,
too. What it does not prove is in docs/audit.md. The exit status is 0 if all is well, else 1.

With --segments DIR it checks copies of segments, which needs no data directory but the
key that "signet audit head" prints. Where that key was rotated, the key of the first
block is enough: the last block that it signed names the next one."""

_HEAD: Final = """\
Prints the head of the trail: the number and the hash of its last block, the key that
verifies its signature, and the keys of other versions. Keep it where whoever has this
machine cannot change it."""

_EXAMPLES: Final = """
signet audit query --key AKIAIOSFODNN7EXAMPLE --since 1h --denied
signet audit query --bucket photos --format cloudtrail
signet audit head
signet audit verify --head 4711:5d41402abc4b2a76...
"""

_SPAN: Final = re.compile(r"([0-9]{1,9})([smhdw])\Z", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def add(commands: Any) -> None:
    """Register the subcommands."""
    parser = subcommand(
        commands,
        "audit",
        "read and verify the trail of who did what",
        _ABOUT,
        _EXAMPLES,
        "query|verify|head [FLAGS]",
    )
    inner = parser.add_subparsers(
        dest="audit_command", required=True, metavar="query|verify|head", prog="signet audit"
    )
    querying = subcommand(inner, "query", "print what was done", _QUERY, _EXAMPLES)
    querying.add_argument(
        "--key", metavar="ID", help="by this access key, or a change of it, or who was given it"
    )
    querying.add_argument(
        "--who",
        metavar="TEXT",
        help="by whose ARN, account, or name as operator or web identity has it in it",
    )
    querying.add_argument("--bucket", metavar="NAME", help="in this bucket")
    querying.add_argument("--prefix", metavar="TEXT", help="of keys that begin so")
    querying.add_argument("--operation", metavar="NAME", help="PutObject and the like")
    querying.add_argument("--request", metavar="ID", help="of this request")
    querying.add_argument("--since", metavar="WHEN", help="90s, 1h, 7d, or 2026-11-21T18:00:00Z")
    querying.add_argument("--until", metavar="WHEN", help="the same")
    querying.add_argument("--denied", action="store_true", help="only what was refused")
    querying.add_argument("--changes", action="store_true", help="only what was changed")
    querying.add_argument(
        "--format", choices=("json", "cloudtrail", "access-log"), default="json", help="how"
    )
    settings.add_flags(querying)
    querying.set_defaults(run=query)
    verifying = subcommand(inner, "verify", "prove that it is whole", _VERIFY, _EXAMPLES)
    verifying.add_argument("--head", metavar="NUMBER:HASH", help="one that was kept elsewhere")
    verifying.add_argument("--segments", metavar="DIR", help="copies, instead of the trail itself")
    verifying.add_argument(
        "--public-key",
        metavar="HEX",
        action="append",
        help="instead of the master keys; may be given again",
    )
    settings.add_flags(verifying)
    verifying.set_defaults(run=check)
    heading = subcommand(inner, "head", "print what to keep elsewhere", _HEAD, _EXAMPLES)
    heading.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(heading)
    heading.set_defaults(run=head)


def query(chosen: argparse.Namespace) -> int:
    """Print entries, a line each."""
    config = _config(chosen)
    now_ms = time.time_ns() // 1_000_000
    since_ms = _when(chosen.since, now_ms, "since") or 0
    until_ms = _when(chosen.until, now_ms, "until")
    wanted = _filter(chosen, since_ms, until_ms)
    shown = _rendering(chosen.format, config)
    folder = segments.folder_of(config.data_dir)
    try:
        rest = asyncio.run(_waiting(config))
        for entry in entries(folder, rest, since_ms=since_ms):
            line = shown(entry) if wanted(entry) else None
            if line is not None:
                print(line)
    except (StorageError, OSError, Damaged) as error:
        raise ConfigError(f"the trail: {error}") from None
    return 0


async def _waiting(config: Config) -> list[Waiting]:
    stores = await Stores.open(config)
    try:
        spool = spool_of(config.data_dir, config.workers, config.workers, SystemClock())
        return await waiting(spool, Changes(stores.meta, stores.meta))
    finally:
        await stores.close()


def _filter(
    chosen: argparse.Namespace, since_ms: int, until_ms: int | None
) -> Callable[[Entry], bool]:
    """What the flags leave."""

    def is_wanted(entry: Entry) -> bool:
        told = entry.told
        if entry.at_ms < since_ms or (until_ms is not None and entry.at_ms > until_ms):
            return False
        if told is None:  # of requests that were lost nobody knows whose they were
            return not (chosen.changes or chosen.request)
        person, key = entry.person, entry.key
        who = _names_of(person) if person is not None else ""
        return not (
            (chosen.key and chosen.key not in _keys_of(entry))
            or (chosen.who and chosen.who not in who)
            or (chosen.bucket and told.bucket != chosen.bucket)
            or (chosen.prefix and not (key or "").startswith(chosen.prefix))
            or (chosen.operation and told.operation != chosen.operation)
            or (chosen.request and told.request_id != chosen.request.strip().upper())
            or (chosen.denied and not entry.is_denied)
            or (chosen.changes and entry.change is None)
        )

    return is_wanted


def _keys_of(entry: Entry) -> tuple[str, str, str]:
    return entry.access_key, entry.changed_access_key, entry.issued_access_key


def _names_of(person: Person) -> str:
    named = person.user_name if person.kind in (OPERATOR, WEB_IDENTITY) else ""
    return f"{person.arn} {person.account} {named}"


def _rendering(name: str, config: Config) -> Callable[[Entry], str | None]:
    if name == "access-log":
        accounts = Accounts(config.accounts)
        return lambda entry: as_access_line(
            entry, lambda account: accounts.account(account).canonical_id
        )
    if name == "cloudtrail":

        def event(entry: Entry) -> str | None:
            found = as_cloudtrail(entry, config.region)
            return None if found is None else json.dumps(found)

        return event
    return lambda entry: json.dumps(as_json(entry), ensure_ascii=True)


def check(chosen: argparse.Namespace) -> int:
    """0 if the trail is what was signed."""
    kept = None
    if chosen.head is not None:
        try:
            kept = HeadOf.parse(chosen.head)
        except ValueError as error:
            raise ConfigError(f"--head: {error}") from None
    if chosen.segments is not None and chosen.public_key is None:
        raise ConfigError("--segments: needs --public-key, as `signet audit head` printed it")
    if chosen.segments is None:
        config = _config(chosen)
        folder = segments.folder_of(config.data_dir)
    else:
        folder = Path(chosen.segments)
    public_of = _given(chosen.public_key) if chosen.public_key else _kept_keys(_config(chosen))
    try:
        found = verify(folder, public_of, kept)
    except OSError as error:
        raise ConfigError(f"the trail: {error}") from None
    for line in _told(found, kept):
        print(line)
    return 1 if found.faults else 0


def _told(found: Verdict, kept: HeadOf | None) -> Iterator[str]:
    yield from found.faults
    if found.removed:
        yield f"blocks 1 to {found.removed} were removed when they were old, as is signed"
    upto = f"; it holds the head {kept}" if kept is not None and not found.faults else ""
    yield f"{found.blocks} blocks, {len(found.faults)} faults{upto}"
    if found.blocks:
        yield f"head {found.last} of {moment(found.last.made_ms)}"


def head(chosen: argparse.Namespace) -> int:
    """Print the last block's number and hash."""
    config = _config(chosen)
    try:
        last = _last_head(segments.folder_of(config.data_dir))
    except (OSError, Damaged) as error:
        raise ConfigError(f"the trail: {error}") from None
    if last is None:
        raise ConfigError("the trail: there is none yet")
    found, public = last
    older = [one.hex() for one in _kept_publics(config).values() if one != public]
    if chosen.json:
        told = {"head": str(found), "made": moment(found.made_ms), "public_key": public.hex()}
        print(json.dumps(told | {"other_public_keys": older}))
        return 0
    print(found)
    print(f"public key {public.hex()}")
    for one in older:
        print(f"another version's public key {one}")
    return 0


def _last_head(folder: Path) -> tuple[HeadOf, bytes] | None:
    """The last whole block; one that is just being written is not looked at."""
    for path in reversed(segments.paths(folder)):
        last = None
        for block in segments.Reading(path):
            made = block.head
            last = HeadOf(made.number, block.digest, made.made_ms), made.public
        if last is not None:
            return last
    return None


def _given(texts: Sequence[str]) -> PublicOf:
    try:
        known = {bytes.fromhex(text) for text in texts}
    except ValueError:
        raise ConfigError("--public-key: not hexadecimal") from None
    return lambda block: block.public if block.public in known else None


def _kept_keys(config: Config) -> PublicOf:
    known = _kept_publics(config)
    return lambda block: known.get(block.key_version)


def _kept_publics(config: Config) -> dict[int, bytes]:
    """By version."""
    keyring = Keyring(config.data_dir, clock=SystemClock(), randomness=SystemRandomness())
    try:
        return {key.version: Signer(key).public for key in keyring.list() if key.name == KEY}
    except (MasterKeyMissing, OSError) as error:
        raise ConfigError(f"keys: {error}") from None


def _config(chosen: argparse.Namespace) -> Config:
    config = settings.read(chosen)
    if config.meta == "memory:":
        raise ConfigError("meta: memory: keeps no trail")
    directories.checked(config)
    return config


def _when(text: str | None, now_ms: int, flag: str) -> int | None:
    """Milliseconds of Unix time.

    Raises:
        ConfigError
    """
    if text is None:
        return None
    span = _SPAN.match(text)
    if span is not None:
        return now_ms - int(span[1]) * _SECONDS[span[2]] * 1000
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--{flag}: {text!r} is neither a span (1h) nor a time") from None
    if then.tzinfo is None:
        raise ConfigError(f"--{flag}: {text!r} has no zone: end it with Z")
    return int(then.timestamp() * 1000)
