"""``signet key``: access keys for partners, each for a part of what its parent may do."""

import argparse
import json
import shlex
from typing import Any, Final

from gateway.cli import amounts, beside, endpoint, settings, stored
from gateway.cli.output import moment
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.iam.accounts import ROOT_ACCOUNT
from gateway.trail.operators import Command
from storage.identity import Directory, names
from storage.identity.access_keys import NewKey
from storage.identity.records import AccessKey, Scope
from storage.identity.scoped_keys import Parent
from storage.limits import NO_LIMIT, OF_KEY, Limit, Limits
from storage.meta import MetaStore
from storage.seam import SystemClock

_ABOUT: Final = """\
Issues access keys for partners. Such a key may do a part of what its parent may, who is
an account or one of its users: with objects of some buckets, under a prefix of keys, for
a while. Nothing that a bucket's policy or anybody else allows it makes it more.

Servers that run on the data directory know it at once, and a revocation too."""

_ISSUE: Final = """\
Makes a key and shows its secret, which is shown this once only.

It may read, list, write and delete objects (with --read-only: read and list), never
change a bucket's settings, ACLs or locks, remove versions for good, or call IAM."""

_LIST: Final = "Shows the keys of an account that were issued so, and until when they are valid."
_REVOKE: Final = "Takes a key away: no request signed with it is accepted any more."

_EXAMPLES: Final = """
signet key issue --bucket photos --prefix in/ --expires 30d
signet key issue --bucket photos --read-only --rate 50/s --note "Ann's agency"
signet key issue --bucket logs --user collector --json
signet key list
signet key revoke AKIAEXAMPLEEXAMPLE22
"""


def add(commands: Any) -> None:
    """Register the subcommands."""
    usage = "issue|list|revoke [FLAGS]"
    parser = subcommand(commands, "key", "keys for partners", _ABOUT, _EXAMPLES, usage)
    inner = parser.add_subparsers(
        dest="key_command", required=True, metavar="issue|list|revoke", prog="signet key"
    )
    issuing = subcommand(inner, "issue", "make a key", _ISSUE, _EXAMPLES, "--bucket BUCKET [FLAGS]")
    _add_issue_flags(issuing)
    issuing.set_defaults(run=issue)
    listing = subcommand(inner, "list", "show the keys that were issued", _LIST, _EXAMPLES)
    listing.set_defaults(run=show)
    revoking = subcommand(inner, "revoke", "take a key away", _REVOKE, _EXAMPLES, "KEY-ID [FLAGS]")
    revoking.add_argument("key_id", metavar="KEY-ID")
    revoking.set_defaults(run=revoke)
    for one in (issuing, listing):
        one.add_argument(
            "--account", metavar="ID", default=ROOT_ACCOUNT, help="whose keys; else the root key's"
        )
        one.add_argument("--json", action="store_true", help="for programs")
    for one in (issuing, listing, revoking):
        settings.add_flags(one)


def _add_issue_flags(parser: argparse.ArgumentParser) -> None:
    add_flag = parser.add_argument
    add_flag("--bucket", action="append", required=True, help="a bucket; may be given again")
    add_flag("--prefix", default="", help="what the keys of its objects begin with")
    add_flag("--read-only", action="store_true", help="no writing and no deleting")
    add_flag("--expires", metavar="TIME", help="30d, 12h, 15m: how long it is valid; else for ever")
    add_flag("--rate", metavar="N/s", help="requests per second, over all workers")
    add_flag("--bytes", metavar="SIZE/s", help="bytes per second (10MB/s), over all workers")
    add_flag("--concurrency", metavar="N", help="requests at a time")
    add_flag("--user", metavar="NAME", default="", help="of whose permissions it is a part")
    add_flag("--note", metavar="TEXT", default="", help="for whom it is")
    add_flag("--endpoint", metavar="URL", help="where clients reach the server, for the example")


def issue(chosen: argparse.Namespace) -> int:
    """Make one, and show how it is used."""
    config = settings.read(chosen)
    clock = SystemClock()
    scope = Scope(tuple(dict.fromkeys(chosen.bucket)), chosen.prefix, chosen.read_only, chosen.note)
    expires_ms = 0
    if chosen.expires is not None:
        expires_ms = clock.now_ms() + 1000 * amounts.seconds("--expires", chosen.expires)
    limit = _limit(chosen)

    async def work(store: MetaStore) -> NewKey:
        directory = stored.directory_of(config, store, _command(chosen, scope, expires_ms, limit))
        await _check_account(config, directory, chosen.account)
        parent = Parent(chosen.account, chosen.user)
        return await directory.scoped_keys.issue(parent, scope, expires_ms=expires_ms, limit=limit)

    made = beside.run(config, work)
    url = chosen.endpoint or endpoint.of(config.listen, tls=bool(config.tls_cert))
    example = _example(scope, url)
    if chosen.json:
        secret = {"secret_access_key": made.secret}
        print(json.dumps(_told(made.key, limit) | secret | {"example": example}, indent=2))
        return 0
    print(f"AWS_ACCESS_KEY_ID={made.key.id}")
    print(f"AWS_SECRET_ACCESS_KEY={made.secret}")
    print(f"# {_summary(made.key, limit)}")
    print(f"# {example}")
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Print every one; no secret."""
    config = settings.read(chosen)

    async def work(store: MetaStore) -> list[tuple[AccessKey, Limit]]:
        found = await stored.directory_of(config, store).scoped_keys.list(chosen.account)
        limits = await Limits(store).all()
        return [(key, limits.get((OF_KEY, key.id), NO_LIMIT)) for key in found]

    listed = beside.run(config, work)
    if chosen.json:
        print(json.dumps([_told(key, limit) for key, limit in listed], indent=2))
        return 0
    for key, limit in listed:
        print(f"{key.id}  {_summary(key, limit)}")
    return 0


def revoke(chosen: argparse.Namespace) -> int:
    """Take one away."""
    config = settings.read(chosen)

    async def work(store: MetaStore) -> AccessKey:
        command = Command("signet key revoke", chosen.key_id)
        return await stored.directory_of(config, store, command).scoped_keys.revoke(chosen.key_id)

    print(f"{beside.run(config, work).id} is revoked")
    return 0


async def _check_account(config: Config, directory: Directory, account: str) -> None:
    """Raises ConfigError."""
    declared = {ROOT_ACCOUNT, *(one.id for one in config.accounts)}
    if account not in declared and await directory.accounts.find(account) is None:
        raise ConfigError(f"--account: there is no account {account!r}")


def _limit(chosen: argparse.Namespace) -> Limit:
    return amounts.limit(
        ("--rate", chosen.rate),
        ("--bytes", chosen.bytes),
        ("--concurrency", chosen.concurrency),
    )


def _command(chosen: argparse.Namespace, scope: Scope, expires_ms: int, limit: Limit) -> Command:
    whose = names.arn(chosen.account, "user", "/", chosen.user) if chosen.user else ""
    return Command(
        "signet key issue",
        _described(scope, chosen.user or chosen.account, expires_ms, limit),
        about=whose or f"arn:aws:iam::{chosen.account}:root",
    )


def _summary(key: AccessKey, limit: Limit) -> str:
    assert key.scope is not None, "issued with one"
    return _described(key.scope, key.user_name or key.account, key.expires_ms, limit)


def _described(scope: Scope, whose: str, expires_ms: int, limit: Limit) -> str:
    what = "reads" if scope.read_only else "reads and writes"
    places = ", ".join(f"s3://{bucket}/{scope.prefix}" for bucket in scope.buckets)
    until = f"until {moment(expires_ms)}" if expires_ms else "for ever"
    rates = [
        f"{value:,}{unit}"
        for value, unit in (
            (limit.requests, " requests/s"),
            (limit.bytes, " bytes/s"),
            (limit.concurrency, " at a time"),
        )
        if value
    ]
    note = [scope.note] if scope.note else []
    return "; ".join([f"{what} {places}", f"as {whose}", until, *rates, *note])


def _told(key: AccessKey, limit: Limit) -> dict[str, Any]:
    assert key.scope is not None, "issued with one"
    return {
        "access_key_id": key.id,
        "account": key.account,
        "user": key.user_name or None,
        "buckets": list(key.scope.buckets),
        "prefix": key.scope.prefix,
        "read_only": key.scope.read_only,
        "created": moment(key.created_ms),
        "expires": moment(key.expires_ms) if key.expires_ms else None,
        "requests_per_s": limit.requests or None,
        "bytes_per_s": limit.bytes or None,
        "concurrency": limit.concurrency or None,
        "note": key.scope.note,
    }


def _example(scope: Scope, url: str | None) -> str:
    place = shlex.quote(f"s3://{scope.buckets[0]}/{scope.prefix}")
    return f"aws --endpoint-url {url or 'URL'} s3 ls {place}"
