"""The settings as a server has them: found, read, and checked against each other.

The flag wins, then the variable, then the file, then the default of the table
(``settings``).  A variable that is empty is not set: that is what a compose file
makes of one that nobody gave.  What nobody knows is an error that names it, but
for the variables that Kubernetes and Docker set for a service of our name.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.iam import declared
from gateway.iam.accounts import Account
from gateway.peers import Peers
from gateway.settings import SECTIONS, SETTINGS, Setting, flag, key, variable
from storage.limits import Limit

PUBLIC_HOSTS_MAX: Final = 8  # each is one more signature for a request that does not match


class ConfigError(Exception):
    """A setting that cannot be; the text names it, its value and its origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings, checked."""

    listen: tuple[str, ...]
    data_dir: Path
    workers: int
    meta: str
    blobs: str
    region: str
    sigv2: str
    domains: tuple[str, ...]
    website_domains: tuple[str, ...]
    tls_cert: tuple[str, ...]
    tls_key: tuple[str, ...]
    root_access_key_id: str
    root_secret_access_key: str
    drain_timeout_s: int
    body_idle_timeout_s: int
    header_timeout_s: int
    keepalive_timeout_s: int
    connections_max: int
    limit_address: Limit
    limit_key: Limit
    limit_account: Limit
    limit_bucket: Limit
    inline_max_bytes: int
    log_delivery_s: int
    default_object_ownership: str
    default_public_access_block: str
    encrypt_at_rest: str
    kms: str
    kms_keys: tuple[str, ...]
    kms_token: str
    sse_c_without_tls: str
    identity_grace_s: int
    access_key_max_age_days: int
    trail: str
    trail_days: int
    trail_bytes_max: int
    trail_to: str
    trail_heads_to: str
    log_level: str
    explain_in_answer: str
    public_hosts: tuple[str, ...]
    trusted_proxies: tuple[Peers, ...]
    forwarded_header: str
    proxy_protocol_from: tuple[Peers, ...]
    testing_lifecycle_day_seconds: int
    testing_web_identities_over_http: str
    accounts: tuple[Account, ...]
    origins: Mapping[str, str]


def load(
    flags: Mapping[str, Sequence[str]], environment: Mapping[str, str], file: Path | None
) -> Config:
    """The settings from all places.

    Raises:
        ConfigError
    """
    document = _read_file(file) if file is not None else {}
    accounts = _read_accounts(file, document.pop("accounts", []))
    document = _flattened(file, document)
    known = {variable(s.name) for s in SETTINGS} | {
        variable(s.name) + "_FILE" for s in SETTINGS if s.secret
    }
    for name in environment:
        if not name.startswith("SIGNET_") or _OF_A_SERVICE.match(name):
            continue
        if name not in known | _OTHER_VARIABLES:
            raise ConfigError(f"environment: unknown variable {name}")
    environment = {name: text for name, text in environment.items() if text}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        raw, origin = _find(setting, flags, environment, document, file)
        origins[setting.name] = origin
        values[setting.name] = _value(setting, raw, origin)
    config = Config(**values, accounts=accounts, origins=origins)
    _check(config)
    return config


def _flattened(file: Path | None, document: Mapping[str, Any]) -> dict[str, Any]:
    """The file's keys by the names of their settings."""
    flat: dict[str, Any] = {}
    for name, found in document.items():
        if name in SECTIONS and isinstance(found, dict):
            flat |= {f"{name}.{one}": value for one, value in found.items()}
        else:
            flat[name] = found
    names = {key(one.name): one.name for one in SETTINGS}
    for one in flat:
        if one not in names:
            raise ConfigError(f"{file}: unknown key {one!r}")
    return {names[one]: found for one, found in flat.items()}


# Read by tests and tools, not settings.
_OTHER_VARIABLES: Final = frozenset(("SIGNET_CONFIG", "SIGNET_VECTORS", "SIGNET_TEST_ENDPOINT"))

# What the surroundings say of a service or a linked container that is called signet.
# Source: Kubernetes, "Service", "Environment variables"; Docker, "Legacy container links".
_OF_A_SERVICE: Final = re.compile(
    r"SIGNET_("
    r"SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
    r"|PORT(_[0-9]{1,5}_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?"
    r"|NAME|ENV_.*"
    r")\Z",
    re.ASCII | re.DOTALL,
)


def _find(
    setting: Setting,
    flags: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    document: Mapping[str, Any],
    file: Path | None,
) -> tuple[Sequence[str], str]:
    name = setting.name
    if flags.get(name):
        return flags[name], f"flag {flag(name)}"
    if setting.secret and variable(name) + "_FILE" in environment:
        return [_secret(setting, environment)], f"file {environment[variable(name) + '_FILE']}"
    if variable(name) in environment:
        text = environment[variable(name)]
        pieces = [one for one in text.split(",") if one] if setting.several else [text]
        return pieces, f"environment {variable(name)}"
    if name in document:
        return _from_toml(setting, document[name], f"{file}"), f"{file}"
    default = setting.default
    return [str(one) for one in default] if setting.several else [str(default)], "default"


def _from_toml(setting: Setting, found: Any, origin: str) -> list[str]:
    """A text or a whole number, or a list of them where several are meant."""
    pieces = found if setting.several and isinstance(found, list) else [found]
    for one in pieces:
        if not isinstance(one, str | int) or isinstance(one, bool):
            what = _TOML_TYPES.get(type(one), "of another type")
            wanted = "texts" if setting.several else "a text or a whole number"
            raise ConfigError(f"{setting.name} ({origin}): is {what}, not {wanted}")
    return [str(one) for one in pieces]


# What a value is called where it cannot be one; the others are of dates and times.
_TOML_TYPES: Final = {dict: "a table", list: "a list", bool: "true or false", float: "a fraction"}


def _secret(setting: Setting, environment: Mapping[str, str]) -> str:
    """A secret out of the file that a variable names."""
    plain = variable(setting.name)
    if plain in environment:
        raise ConfigError(f"{setting.name}: {plain} and {plain}_FILE are both set: choose one")
    try:
        return Path(environment[f"{plain}_FILE"]).read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{plain}_FILE: {error}") from None


def _value(setting: Setting, raw: Sequence[str], origin: str) -> Any:
    if not setting.several and len(raw) != 1:
        raise ConfigError(f"{setting.name} ({origin}): given {len(raw)} times")
    try:
        values = tuple(setting.read(_text(text)) for text in raw)
    except ValueError as error:
        shown = "its value" if setting.secret else repr(", ".join(raw))
        raise ConfigError(f"{setting.name} ({origin}): {shown} is {error}") from None
    return values if setting.several else values[0]


def _text(given: str) -> str:
    """What is not text (a name in another encoding), no database and no signature can take."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError("not in UTF-8") from None
    if "\0" in given:
        raise ValueError("text with a NUL in it")
    return given


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))  # a BOM or none
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _read_accounts(file: Path | None, tables: Any) -> tuple[Account, ...]:
    try:
        return declared.read(tables)
    except ValueError as error:
        raise ConfigError(f"{file}: accounts: {error}") from None


def _check(config: Config) -> None:
    if not config.listen:
        raise ConfigError(f"listen ({config.origins['listen']}): is empty: nobody could connect")
    for place in config.listen:
        if config.listen.count(place) > 1 and not place.endswith(":0"):
            raise ConfigError(f"listen: {place} is given twice")
    for account in config.accounts:
        if any(key.id == config.root_access_key_id for key in account.access_keys):
            raise ConfigError(f"accounts: {account.id} has the root access key's id")
    if len(config.tls_cert) != len(config.tls_key):
        raise ConfigError("tls_cert and tls_key: one key for each certificate")
    _check_hosts(config)
    if bool(config.root_access_key_id) != bool(config.root_secret_access_key):
        raise ConfigError("root_access_key_id and root_secret_access_key: both or neither")
    if config.kms.startswith("transit:") and not config.kms_token:
        raise ConfigError("kms_token: transit: needs one")
    if (config.meta == "memory:") != (config.blobs == "memory:"):
        raise ConfigError("meta and blobs: memory: for both or neither")
    if config.meta == "memory:" and config.workers != 1:
        raise ConfigError("workers: memory: is of one process, so --workers 1")


def _check_hosts(config: Config) -> None:
    if len(config.public_hosts) > PUBLIC_HOSTS_MAX:
        raise ConfigError(f"public_hosts: more than {PUBLIC_HOSTS_MAX}")
    for domain in config.website_domains:
        if domain in config.domains:
            raise ConfigError(f"website_domains: {domain} is one of domains, too")
