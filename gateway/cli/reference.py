"""The page of all settings, made from their table: ``python -m gateway.cli.reference``."""

from gateway.server.pace import BYTES_PER_S_MIN
from gateway.settings import SETTINGS, flag, key, variable

_HEAD = """# Settings

Generated: `python -m gateway.cli.reference > docs/configuration.md`.

A flag wins over a variable, a variable over the TOML file (`--config FILE` or `SIGNET_CONFIG`).
A variable that is empty counts as not set; an empty flag or TOML value is a value, and refused
where there has to be one. A setting that may be given several times is a comma-separated variable
and a TOML list; `testing.NAME` is the key NAME of the table `[testing]`. All text is UTF-8, names
of directories too. What nobody knows is an error that names it; `signet config show` prints each
value and where it came from. The variables that Kubernetes and Docker set for a service called
signet (`SIGNET_SERVICE_HOST`, `SIGNET_PORT_9000_TCP_ADDR`, `SIGNET_ENV_...`) mean nothing and are
passed over.

| TOML key | flag | variable | default | |
|---|---|---|---|---|
"""
_TAIL = f"""
`body_idle_timeout_s` is one rule for both directions: a client that sends or takes nothing for so
long inside a body is not waited for, nor one that we have waited for longer than that and that has
moved less than {BYTES_PER_S_MIN} bytes for each second beyond it. One on a slow link is neither.

The first start without `root_access_key_id` makes a root key and keeps it in `root-key.json` of the
data directory. A start with `root_access_key_id` takes that one alone, and says so: what is signed
with the kept key gets 403, and `signet presign` and `post-form` refuse to sign with it. A start
without `root_access_key_id` takes the kept one again.

Secrets may also be read from a file: `SIGNET_ROOT_SECRET_ACCESS_KEY_FILE`, `SIGNET_META_FILE`,
`SIGNET_KMS_TOKEN_FILE`.

Accounts are declared in the file alone:

    [[accounts]]
    id = "000000000000"             # 12 digits
    canonical_id = "..."            # any text; generated if absent
    display_name = "..."
    email = "..."
    access_keys = [{{ id = "test", secret = "test" }}]
"""


def page() -> str:
    """The text of docs/configuration.md."""
    rows = []
    for setting in SETTINGS:
        default = setting.default
        shown = ", ".join(default) if setting.several else str(default)
        rows.append(
            f"| `{key(setting.name)}` | `{flag(setting.name)}` | `{variable(setting.name)}` "
            f"| {f'`{shown}`' if shown else ''} | {setting.help} |\n"
        )
    return _HEAD + "".join(rows) + _TAIL


if __name__ == "__main__":
    print(page(), end="")
