"""``signet limit``: how much keys, accounts, buckets and addresses may ask for."""

import argparse
import ipaddress
import json
from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import amounts, beside, recorded, settings
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.limits.addresses import V6_PREFIX_BITS, subject_of
from gateway.limits.amounts import shown
from gateway.trail.operators import Command
from storage.errors import InvalidBucketName
from storage.identity.names import is_account
from storage.limits import KINDS, OF_ACCOUNT, OF_ADDRESS, OF_BUCKET, Limit, Limits, Subject
from storage.meta import MetaStore
from storage.naming import check_bucket_name
from storage.seam import SystemClock

_ABOUT: Final = """\
Limits requests per second, bytes per second and requests at a time, of an access key, an
account, a bucket or a source address. They hold for all workers of the server together;
what is too much is answered 503 SlowDown, with Retry-After.

What is set for one holds in place of the setting limit_key, limit_account, limit_bucket or
limit_address. Servers that run on the data directory know of it within a second."""

_SET: Final = (
    "Sets what one may ask for. What is not given is not limited; with nothing, nothing is."
)
_LIST: Final = "Shows the defaults of the settings, and what was set."
_REMOVE: Final = "Takes away what was set: the default of the settings holds again."

_EXAMPLES: Final = """
signet limit set key AKIAEXAMPLEEXAMPLE22 --requests 50/s
signet limit set bucket photos --bytes 100MB/s --concurrency 64
signet limit set address 192.0.2.7
signet limit list
signet limit remove bucket photos
"""
_SUBJECT: Final = "KIND NAME [FLAGS]"


def add(commands: Any) -> None:
    """Register the subcommands."""
    usage = "set|list|remove [FLAGS]"
    parser = subcommand(commands, "limit", "limits of rates", _ABOUT, _EXAMPLES, usage)
    inner = parser.add_subparsers(
        dest="limit_command", required=True, metavar="set|list|remove", prog="signet limit"
    )
    setting = subcommand(inner, "set", "set one", _SET, _EXAMPLES, _SUBJECT)
    _add_subject(setting)
    setting.add_argument("--requests", metavar="N/s", help="requests per second")
    setting.add_argument("--bytes", metavar="SIZE/s", help="bytes per second, as 10MB/s")
    setting.add_argument("--concurrency", metavar="N", help="requests at a time")
    setting.set_defaults(run=put)
    listing = subcommand(inner, "list", "show them", _LIST, _EXAMPLES)
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(run=show)
    removing = subcommand(inner, "remove", "take one away", _REMOVE, _EXAMPLES, _SUBJECT)
    _add_subject(removing)
    removing.set_defaults(run=remove)
    for one in (setting, listing, removing):
        settings.add_flags(one)


def _add_subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument(
        "name", metavar="NAME", help="a key's id or a role's ARN, 12 digits, a bucket, an address"
    )


def put(chosen: argparse.Namespace) -> int:
    """Set one."""
    config = settings.read(chosen)
    limit = amounts.limit(
        ("--requests", chosen.requests),
        ("--bytes", chosen.bytes),
        ("--concurrency", chosen.concurrency),
    )
    name = _name(chosen)
    _check_name(chosen.kind, name)

    async def work(store: MetaStore) -> None:
        await _limits(config, store, chosen, shown(limit)).set(chosen.kind, name, limit)

    beside.run(config, work)
    print(f"{chosen.kind} {name}: {shown(limit)}")
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Print the defaults and every one."""
    config = settings.read(chosen)

    async def work(store: MetaStore) -> Mapping[Subject, Limit]:
        return await Limits(store).all()

    found = beside.run(config, work)
    defaults = {kind: _default(config, kind) for kind in KINDS}
    if chosen.json:
        told = [
            {"kind": kind, "name": name, **_told(limit)} for (kind, name), limit in found.items()
        ]
        of_kinds = {kind: _told(limit) for kind, limit in defaults.items()}
        print(json.dumps({"defaults": of_kinds, "limits": told}, indent=2))
        return 0
    for kind, limit in defaults.items():
        print(f"every {kind}: {shown(limit)}")
    for (kind, name), limit in found.items():
        print(f"{kind} {name}: {shown(limit)}")
    return 0


def remove(chosen: argparse.Namespace) -> int:
    """Take one away."""
    config = settings.read(chosen)
    name = _name(chosen)

    async def work(store: MetaStore) -> bool:
        return await _limits(config, store, chosen, "").remove(chosen.kind, name)

    if not beside.run(config, work):
        raise ConfigError(f"nothing is set for {chosen.kind} {name}")
    print(f"{chosen.kind} {name}: {shown(_default(config, chosen.kind))}, as every {chosen.kind}")
    return 0


def _limits(config: Config, store: MetaStore, chosen: argparse.Namespace, what: str) -> Limits:
    """To be changed."""
    command = Command(
        f"signet limit {chosen.limit_command}",
        ": ".join(filter(None, (f"{chosen.kind} {_name(chosen)}", what))),
        bucket=chosen.name if chosen.kind == OF_BUCKET else "",
    )
    return Limits(store, clock=SystemClock(), trace=recorded.trace(config, command))


def _check_name(kind: str, name: str) -> None:
    """Refuse what nobody's name can be: a limit of it would limit nobody.

    Raises:
        ConfigError
    """
    if kind in _IS_ONE and not _IS_ONE[kind](name):
        raise ConfigError(f"{name!r} is no {kind}")


def _is_bucket(name: str) -> bool:
    try:
        check_bucket_name(name)
    except InvalidBucketName:
        return False
    return True


def _is_address(name: str) -> bool:
    """One address, or the network of an IPv6 one; of other networks nobody is asked."""
    try:
        network = ipaddress.ip_network(name)
    except ValueError:
        return False
    return network.prefixlen == (32 if network.version == 4 else V6_PREFIX_BITS)


# Declared keys may have any id.
_IS_ONE: Final = {OF_ADDRESS: _is_address, OF_ACCOUNT: is_account, OF_BUCKET: _is_bucket}


def _name(chosen: argparse.Namespace) -> str:
    name: str = chosen.name
    return subject_of(name) if chosen.kind == OF_ADDRESS else name


def _default(config: Config, kind: str) -> Limit:
    found = getattr(config, f"limit_{kind}")
    assert isinstance(found, Limit), "as the settings read it"
    return found


def _told(limit: Limit) -> dict[str, int | None]:
    return {
        "requests_per_s": limit.requests or None,
        "bytes_per_s": limit.bytes or None,
        "concurrency": limit.concurrency or None,
    }
