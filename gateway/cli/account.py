"""``signet account``: accounts beside the root account, made and listed; it may be served."""

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from gateway.cli import settings, stored
from gateway.cli.output import moment
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.iam.accounts import ROOT_ACCOUNT, derived_canonical_id
from gateway.trail.operators import Command
from storage.identity import Directory
from storage.identity.access_keys import NewKey
from storage.identity.records import Account

_ABOUT: Final = """\
An account owns buckets, users, groups, roles and policies, and sees nothing of others'.

Accounts are stored with the data, beside those that the settings declare. Within one,
identities are managed with the tools for AWS: "aws iam create-user --endpoint-url URL"."""

_CREATE: Final = """\
Makes an account and its first access key, which speaks for the account itself, and prints
both once. A server that runs knows them from the next request on."""

_LIST: Final = "Shows every account: its id, its name, when it was made."

_EXAMPLES: Final = """
signet account create --name example --data-dir /srv/signet
signet account create --name example --id 123456789012 --email ops@example.com
signet account list --json
"""


def add(commands: Any) -> None:
    """Register the subcommands."""
    parser = subcommand(
        commands, "account", "make and list accounts", _ABOUT, _EXAMPLES, "create|list [FLAGS]"
    )
    inner = parser.add_subparsers(
        dest="account_command", required=True, metavar="create|list", prog="signet account"
    )
    creating = subcommand(inner, "create", "make an account", _CREATE, _EXAMPLES)
    creating.add_argument("--name", required=True, help="what people call it")
    creating.add_argument("--id", help="12 digits; else some that are free")
    creating.add_argument("--email", default="", help="whom to ask")
    creating.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(creating)
    creating.set_defaults(run=create)
    listing = subcommand(inner, "list", "show the accounts", _LIST, _EXAMPLES)
    listing.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(listing)
    listing.set_defaults(run=show)


def create(chosen: argparse.Namespace) -> int:
    """Make one and print its key."""
    config = settings.read(chosen)
    if chosen.id in _declared(config):
        raise ConfigError(f"account {chosen.id} is declared by the settings")

    async def work(directory: Directory) -> NewKey:
        account = chosen.id or directory.accounts.new_id()
        return await directory.accounts.create(
            chosen.name, derived_canonical_id(account), account=account, email=chosen.email
        )

    made = stored.run(config, work, Command("signet account create", f"name {chosen.name}"))
    if chosen.json:
        told = {"account": made.key.account, "id": made.key.id, "secret": made.secret}
        print(json.dumps(told))
        return 0
    print(f"Account {made.key.account} was made; the secret of its key is shown once.")
    print(f"export AWS_ACCESS_KEY_ID={made.key.id} AWS_SECRET_ACCESS_KEY={made.secret}")
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Print the accounts, declared and stored; no secret."""
    config = settings.read(chosen)

    async def work(directory: Directory) -> Sequence[Account]:
        return await directory.accounts.list()

    found = [
        {"id": one.id, "name": one.display_name, "email": one.email, "created": ""}
        for one in config.accounts
    ]
    found += [
        {"id": one.id, "name": one.name, "email": one.email, "created": moment(one.created_ms)}
        for one in stored.run(config, work)
    ]
    found.sort(key=lambda one: one["id"])
    if chosen.json:
        print(json.dumps(found, indent=2))
        return 0
    for one in found:
        print(
            f"{one['id']} {one['created'] or 'declared':20} {one['name']} {one['email']}".rstrip()
        )
    return 0


def _declared(config: Config) -> set[str]:
    return {ROOT_ACCOUNT, *(one.id for one in config.accounts)}
