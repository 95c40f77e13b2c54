"""``signet keys``: the master keys of a data directory, listed and rotated; it may be served."""

import argparse
import json
from typing import Any, Final

from gateway.cli import beside, directories, recorded, settings
from gateway.cli.output import moment
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.sessions.tokens import MASTER_KEY as SESSIONS
from gateway.trail.operators import Command
from gateway.trail.signer import KEY as TRAIL
from storage.errors import KmsKeyNotFound, MasterKeyMissing
from storage.identity.access_keys import MASTER_KEY as IDENTITY
from storage.identity.resealing import Resealed, Resealing
from storage.keyring import SSE_S3, Keyring
from storage.kms import KeyNames, keyring_name
from storage.meta import MetaStore
from storage.seam import SystemClock, SystemRandomness

_ABOUT: Final = """\
Shows the master keys that encrypt the data keys of objects, and adds versions to them.

They lie in the folder "keys" of the data directory. Without it what they encrypted
cannot be read again: keep a copy in another place than the copies of the data."""

_LIST: Final = "Shows each version of each key: its name, its number, when it was made."
_ROTATE: Final = """\
Adds a version to a master key. It encrypts the data keys of new objects, in servers that
run within seconds; older versions go on decrypting and have to stay. Objects are not
encrypted anew: UpdateObjectEncryption, or a copy, brings one under the newer version.

Of the key identity the secrets that are stored are sealed anew at once, as by "reseal"."""
_RESEAL: Final = """\
Seals the secrets of access keys that are under an older version of the key identity under
the newest one. It goes on where it was cut short, and does nothing if nothing is left.
Older versions then are needed for older copies of the metadata alone.

The exit status is 0 if none is left, else 1."""

_EXAMPLES: Final = """
signet keys list --data-dir /srv/signet
signet keys rotate
signet keys rotate --key my-kms-key
signet keys rotate --key identity
signet keys reseal
signet keys rotate --key sessions
signet keys rotate --key trail
"""


def add(commands: Any) -> None:
    """Register the subcommands."""
    parser = subcommand(
        commands,
        "keys",
        "list and rotate master keys",
        _ABOUT,
        _EXAMPLES,
        "list|rotate|reseal [FLAGS]",
    )
    inner = parser.add_subparsers(
        dest="keys_command", required=True, metavar="list|rotate|reseal", prog="signet keys"
    )
    listing = subcommand(inner, "list", "show the master keys", _LIST, _EXAMPLES)
    listing.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(listing)
    listing.set_defaults(run=show)
    rotating = subcommand(inner, "rotate", "add a version to one", _ROTATE, _EXAMPLES)
    rotating.add_argument(
        "--key",
        help=f"one of kms_keys, {IDENTITY}, which seals the secrets of access keys, {SESSIONS}, "
        f"which seals session tokens, or {TRAIL}, which signs the trail; else the key of SSE-S3 is "
        "rotated",
    )
    settings.add_flags(rotating)
    rotating.set_defaults(run=rotate)
    resealing = subcommand(
        inner, "reseal", "bring secrets under the newest version", _RESEAL, _EXAMPLES
    )
    settings.add_flags(resealing)
    resealing.set_defaults(run=reseal)


def show(chosen: argparse.Namespace) -> int:
    """Print every version; no secret."""
    keyring = _keyring(settings.read(chosen))
    try:
        found = keyring.list()
    except (MasterKeyMissing, OSError) as error:
        raise ConfigError(f"keys: {error}") from None
    if chosen.json:
        told = [
            {"name": key.name, "version": key.version, "created": moment(key.created_ms)}
            for key in found
        ]
        print(json.dumps(told, indent=2))
        return 0
    for key in found:
        print(f"{key.name:40} {key.version:>12} {moment(key.created_ms)}")
    return 0


def rotate(chosen: argparse.Namespace) -> int:
    """Add a version."""
    config = settings.read(chosen)
    name = SSE_S3
    if chosen.key in (IDENTITY, SESSIONS, TRAIL) and chosen.key not in config.kms_keys:
        name = chosen.key
    elif chosen.key is not None:
        if config.kms != "local:":
            raise ConfigError(f"kms: the keys of {config.kms} are rotated there")
        try:
            name = keyring_name(KeyNames(config.kms_keys, config.region).find(chosen.key))
        except KmsKeyNotFound:
            raise ConfigError(f"kms_keys: there is no {chosen.key!r} among them") from None
    keyring = _keyring(config)
    recorded.before(config, Command("signet keys rotate", f"key {name}"))
    try:
        made = keyring.rotate(name)
    except (MasterKeyMissing, OSError) as error:
        raise ConfigError(f"keys: {error}") from None
    does = "signs" if made.name == TRAIL else "encrypts"
    print(f"{made.name}: version {made.version} {does} from now on")
    return _reseal(config, keyring) if made.name == IDENTITY else 0


def reseal(chosen: argparse.Namespace) -> int:
    """Bring secrets under the newest version."""
    config = settings.read(chosen)
    keyring = _keyring(config)
    recorded.before(config, Command("signet keys reseal", f"key {IDENTITY}"))
    return _reseal(config, keyring)


def _reseal(config: Config, keyring: Keyring) -> int:
    """0 if no secret is left under an older version."""
    if not recorded.has_metadata(config):
        return 0  # no server was ever started

    async def work(store: MetaStore) -> Resealed:
        return await Resealing(store, keyring).run()

    found = beside.run(config, work)
    print(f"secrets sealed anew: {found.done}; left as they were: {len(found.left)}")
    for key_id, why in found.left.items():
        print(f"{key_id}: {why}")
    return 1 if found.left else 0


def _keyring(config: Config) -> Keyring:
    return Keyring(directories.checked(config), clock=SystemClock(), randomness=SystemRandomness())
