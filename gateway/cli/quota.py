"""``signet quota``: how much a bucket may hold, and all buckets of an account together."""

import argparse
import json
from typing import Any, Final

from gateway.cli import amounts, beside, recorded, settings
from gateway.cli.parsers import subcommand
from gateway.config import ConfigError
from gateway.trail.operators import Command
from storage import keys
from storage.changes import Trace
from storage.meta import COUNTER_MAX, MetaStore
from storage.naming import check_bucket_name
from storage.quotas import Quotas, Usage
from storage.records import Allowance, decode_bucket, decode_name
from storage.seam import SystemClock

_ABOUT: Final = """\
Limits how many bytes and how many objects a bucket holds, or the buckets of an account
together. Every version counts, and parts of uploads under way count their bytes. What would
be more is refused with 403 QuotaExceeded, to the byte, whichever worker is asked.

Servers that run on the data directory keep to it from the next write on."""

_SET: Final = "Sets a quota, in place of the one there was. What is held beyond it stays."
_SHOW: Final = "Shows a quota and what is held."
_REMOVE: Final = "Takes a quota away."

_EXAMPLES: Final = """
signet quota set bucket photos --bytes 100GB
signet quota set account 000000000002 --bytes 1TB --objects 5000000
signet quota show bucket photos --json
signet quota remove bucket photos
"""
_KINDS: Final = ("bucket", "account")
_SUBJECT: Final = "KIND NAME [FLAGS]"


def add(commands: Any) -> None:
    """Register the subcommands."""
    usage = "set|show|remove KIND NAME [FLAGS]"
    parser = subcommand(commands, "quota", "how much may be stored", _ABOUT, _EXAMPLES, usage)
    inner = parser.add_subparsers(
        dest="quota_command", required=True, metavar="set|show|remove", prog="signet quota"
    )
    setting = subcommand(inner, "set", "set one", _SET, _EXAMPLES, _SUBJECT)
    setting.add_argument("--bytes", metavar="SIZE", help="as 500000, 100GB, 2TiB")
    setting.add_argument("--objects", metavar="N", help="objects, or versions of them")
    setting.set_defaults(run=put)
    showing = subcommand(inner, "show", "show one", _SHOW, _EXAMPLES, _SUBJECT)
    showing.add_argument("--json", action="store_true", help="for programs")
    showing.set_defaults(run=show)
    removing = subcommand(inner, "remove", "take one away", _REMOVE, _EXAMPLES, _SUBJECT)
    removing.set_defaults(run=remove)
    for one in (setting, showing, removing):
        one.add_argument("kind", choices=_KINDS)
        one.add_argument("name", metavar="NAME", help="a bucket, or the 12 digits of an account")
        settings.add_flags(one)


def put(chosen: argparse.Namespace) -> int:
    """Set one."""
    if chosen.bytes is None and chosen.objects is None:
        raise ConfigError("--bytes or --objects: give at least one")
    size = COUNTER_MAX if chosen.bytes is None else amounts.size("--bytes", chosen.bytes)
    objects = COUNTER_MAX if chosen.objects is None else amounts.count("--objects", chosen.objects)
    _change(chosen, Allowance(size, objects))
    return 0


def remove(chosen: argparse.Namespace) -> int:
    """Take one away."""
    _change(chosen, None)
    return 0


def _change(chosen: argparse.Namespace, quota: Allowance | None) -> None:
    config = settings.read(chosen)
    command = Command(
        f"signet quota {chosen.quota_command}",
        f"{chosen.kind} {chosen.name}: {_shown(quota)}",
        about=f"arn:aws:iam::{chosen.name}:root" if chosen.kind == "account" else "",
        bucket=chosen.name if chosen.kind == "bucket" else "",
    )

    async def work(store: MetaStore) -> None:
        quotas = _quotas(store, recorded.trace(config, command))
        if chosen.kind == "bucket":
            await quotas.set_bucket(await _bucket_id(store, chosen.name), quota)
        else:
            await quotas.set_account(chosen.name, quota)

    beside.run(config, work)
    print(f"{chosen.kind} {chosen.name}: {_shown(quota)}")


def show(chosen: argparse.Namespace) -> int:
    """Print one."""

    async def work(store: MetaStore) -> tuple[Allowance | None, Usage]:
        quotas = _quotas(store)
        if chosen.kind == "account":
            held, _ = await quotas.of_account(chosen.name)
            limit = None if held is None else held.limit
            return limit, await quotas.usage_of_account(chosen.name)
        bucket_id = await _bucket_id(store, chosen.name)
        row = await store.get(keys.bucket(bucket_id))
        quota = None if row is None else decode_bucket(row.value).quota
        return quota, await quotas.usage(bucket_id)

    quota, used = beside.run(settings.read(chosen), work)
    if chosen.json:
        limits = {
            name: value if value != COUNTER_MAX else None
            for name, value in zip(used._fields, _values(quota), strict=True)
        }
        print(json.dumps({"quota": limits, "used": used._asdict()}, indent=2))
    else:
        print(f"{chosen.kind} {chosen.name}: {_shown(quota)}; holds {_shown(Allowance(*used))}")
    return 0


def _quotas(store: MetaStore, trace: Trace | None = None) -> Quotas:
    return Quotas(store, store, SystemClock().now_ms, trace)


async def _bucket_id(store: MetaStore, name: str) -> bytes:
    """Raises ConfigError, InvalidBucketName."""
    check_bucket_name(name)
    row = await store.get(keys.name(name))
    if row is None:
        raise ConfigError(f"there is no bucket {name!r}")
    return decode_name(row.value).bucket_id


def _values(quota: Allowance | None) -> tuple[int, int]:
    return (COUNTER_MAX, COUNTER_MAX) if quota is None else (quota.bytes, quota.objects)


def _shown(quota: Allowance | None) -> str:
    units = zip(_values(quota), ("bytes", "objects"), strict=True)
    found = [f"{value:,} {unit}" for value, unit in units if value != COUNTER_MAX]
    return ", ".join(found) or "no quota"
