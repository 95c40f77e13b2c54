"""``signet explain REQUEST-ID``: why a request was refused."""

import argparse
import json
from collections.abc import Container, Iterator, Sequence
from typing import Any, Final

from gateway import rootkey
from gateway.app import known_hosts
from gateway.cli import settings, stored
from gateway.cli.output import moment
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.observe.refused import Record, decode
from gateway.observe.ring import records
from gateway.refusals import file_of
from gateway.stores import was_served
from sigv4 import Credentials
from sigv4.explain import Explanation, Known, Unreadable, explain, read_case
from sigv4.explain.text import as_data, as_text, printable
from storage.identity import Directory
from storage.identity.names import is_access_key_id

UNEXPLAINED: Final = 1


_ABOUT: Final = """\
Says why a request was refused, and proves it by computing what the client computed.

Without an id it lists the refused requests that the data directory keeps."""

_EXAMPLES: Final = """
signet explain
signet explain 5F2C8A6E0D1B4973 --data-dir /srv/signet
signet explain 5F2C8A6E0D1B4973 --json
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(
        commands,
        "explain",
        "say why a request was refused, and prove it",
        _ABOUT,
        _EXAMPLES,
        "[REQUEST-ID] [FLAGS]",
    )
    parser.add_argument(
        "request_id", metavar="REQUEST-ID", nargs="?", help="as the answer named it; none: a list"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the explanation; 1 if there is none."""
    config = settings.read(chosen)
    if config.meta == "memory:":
        raise ConfigError("meta: memory: keeps no refused requests; set explain_in_answer")
    kept = sorted(_records(config), key=lambda record: -record.at_ms)
    if chosen.request_id is None:
        return _list(kept, as_json=chosen.json)
    wanted = chosen.request_id.strip().upper()
    record = next((one for one in kept if one.request_id == wanted), None)
    if record is None:
        raise ConfigError(
            f"request {wanted} is not among the last {len(kept)} refused ones in {config.data_dir}"
        )
    found = explained(record, config)
    if chosen.json:
        print(json.dumps({**_about(record), **as_data(found)}, indent=2))
    else:
        print(f"{moment(record.at_ms)} from {record.remote or 'a unix socket'}")
        if record.hidden:
            print(f"not kept: {printable(', '.join(record.hidden).encode())}")
        print(as_text(found), end="")
    return 0 if found.is_explained else UNEXPLAINED


def explained(record: Record, config: Config) -> Explanation:
    """Why it was refused, by what the operator's settings know."""
    declared = _credentials(config)
    known = Known(
        (*declared, *_stored(record, config, {pair.access_key for pair in declared})),
        (config.region,),
        hosts=known_hosts(config),
        form=record.as_form(),
        sigv2=config.sigv2 == "on",
    )
    now = record.at_ms // 1000
    return explain(record.request(), known, now=now, refused=record.refused())


def _records(config: Config) -> Iterator[Record]:
    for raw in records(file_of(config.data_dir)):
        record = decode(raw)
        if record is not None:
            yield record


def _credentials(config: Config) -> tuple[Credentials, ...]:
    pairs = [(key.id, key.secret) for account in config.accounts for key in account.access_keys]
    if config.root_access_key_id:
        pairs.append((config.root_access_key_id, config.root_secret_access_key))
    elif not rootkey.is_idle(config.data_dir):  # else the server does not know it, either
        kept = rootkey.kept_with_before(config.data_dir)
        if kept is not None:
            pairs += [(one.id, one.secret) for one in (kept.key, kept.before) if one is not None]
    return tuple(Credentials(*pair) for pair in pairs)


def _stored(record: Record, config: Config, declared: Container[str]) -> Sequence[Credentials]:
    """The stored key that a request claims to be signed with, if it is valid."""
    try:
        key_id = read_case(record.request(), Known(form=record.as_form())).access_key
    except Unreadable:
        return ()
    has_store = was_served(config)
    if key_id in declared or not is_access_key_id(key_id) or not has_store:
        return ()

    async def work(directory: Directory) -> Sequence[Credentials]:
        key = await directory.access_keys.find(key_id)
        if key is None or not key.active:
            return ()
        return (Credentials(key.id, await directory.access_keys.secret(key)),)

    return stored.run(config, work)


def _about(record: Record) -> dict[str, Any]:
    return {
        "request_id": record.request_id,
        "at": moment(record.at_ms),
        "remote": record.remote,
        "hidden": record.hidden,
    }


def _list(kept: list[Record], *, as_json: bool) -> int:
    if as_json:
        rows = [{**_about(one), "method": one.method, "code": one.code} for one in kept]
        print(json.dumps(rows, indent=2))
        return 0
    for one in kept:
        path = printable(one.target.partition(b"?")[0])
        print(f"{one.request_id}  {moment(one.at_ms)}  {one.code:32}  {one.method} {path}")
    return 0
