"""Settings: which of several values wins, and what cannot be."""

from pathlib import Path

import pytest

from gateway.cli import main
from gateway.cli.reference import page
from gateway.config import ConfigError, load
from gateway.iam.accounts import ROOT_ACCOUNT, derived_canonical_id
from gateway.settings import SETTINGS, Setting, variable

FILE = """
region = "eu-west-1"
workers = 3
domains = ["s3.example.com"]

[[accounts]]
id = "000000000000"
display_name = "test"
access_keys = [{ id = "test", secret = "test" }]
"""

ONE = "[[accounts]]\nid = '000000000000'\n"
KEY = "access_keys = [{id = 't', secret = 's'}]\n"


def test_the_flag_wins_then_the_variable_then_the_file(tmp_path: Path) -> None:
    path = tmp_path / "signet.toml"
    path.write_text(FILE)
    config = load({"workers": ("5",)}, {"SIGNET_REGION": "us-west-2", "HOME": "/"}, path)
    assert (config.workers, config.origins["workers"]) == (5, "flag --workers")
    assert (config.region, config.origins["region"]) == ("us-west-2", "environment SIGNET_REGION")
    assert (config.domains, config.origins["domains"]) == (("s3.example.com",), str(path))
    assert config.origins["drain_timeout_s"] == "default"
    assert config.accounts[0].access_keys[0].id == "test"
    assert len(config.accounts[0].canonical_id) == 64


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    environment = {
        "SIGNET_ROOT_ACCESS_KEY_ID": "root",
        "SIGNET_ROOT_SECRET_ACCESS_KEY_FILE": str(path),
    }
    config = load({}, environment, None)
    assert config.root_secret_access_key == "s3cret"
    assert config.origins["root_secret_access_key"] == f"file {path}"


def test_the_url_of_the_metadata_from_a_file_is_shown_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://u:s3cret@h/d\n")
    assert load({}, {"SIGNET_META_FILE": str(path)}, None).meta == "postgresql://u:s3cret@h/d"
    monkeypatch.setenv("SIGNET_META_FILE", str(path))
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        assert main(arguments) == 0
        said = capsys.readouterr().out
        assert "postgresql://u@h/d" in said
        assert "s3cret" not in said


@pytest.mark.parametrize(
    "name",
    [
        # Kubernetes, "Service": what it sets for a service "redis-primary", for ours
        "SIGNET_SERVICE_HOST",
        "SIGNET_SERVICE_PORT",
        "SIGNET_SERVICE_PORT_HTTPS",
        "SIGNET_SERVICE_PORT_HTTP_9000",
        "SIGNET_PORT",
        "SIGNET_PORT_9000_TCP",
        "SIGNET_PORT_9000_TCP_PROTO",
        "SIGNET_PORT_9000_TCP_PORT",
        "SIGNET_PORT_9000_TCP_ADDR",
        "SIGNET_PORT_9000_UDP",
        "SIGNET_PORT_9000_UDP_ADDR",
        # Docker, --link signet
        "SIGNET_NAME",
        "SIGNET_ENV_SIGNET_REGION",
        "SIGNET_ENV_lower",
    ],
)
def test_what_kubernetes_and_docker_say_of_a_service_called_signet(name: str) -> None:
    config = load({}, {name: "tcp://10.0.0.11:9000"}, None)
    assert set(config.origins.values()) == {"default"}


@pytest.mark.parametrize(
    "name",
    [
        "SIGNET_SERVICE",
        "SIGNET_SERVICE_NAME",
        "SIGNET_SERVICE_HOSTS",
        "SIGNET_PORTS",
        "SIGNET_PORT_TCP",
        "SIGNET_PORT_9000",
        "SIGNET_PORT_9000_TCP_HOST",
        "SIGNET_PORT_9000_HTTP",
        "SIGNET_ENV",
        "SIGNET_HOST",
        "SIGNET_CONNECTIONS_MAX_PORT",
    ],
)
def test_what_only_looks_like_it_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown variable {name}$"):
        load({}, {name: "1"}, None)


@pytest.mark.parametrize(
    ("flags", "environment", "file", "said"),
    [
        ({"workers": ("none",)}, {}, "", "workers (flag --workers): 'none' is not a whole number"),
        ({"workers": ("٣",)}, {}, "", "workers"),
        ({}, {"SIGNET_WORKERS": "0"}, "", "workers (environment SIGNET_WORKERS): '0'"),
        ({}, {"SIGNET_WORKRES": "1"}, "", "unknown variable SIGNET_WORKRES"),
        ({}, {}, "wrokers = 1", "unknown key 'wrokers'"),
        ({}, {}, "workers = ", "signet.toml"),
        ({"region": ("no region",)}, {}, "", "region"),
        (
            {"meta": ("postgresql://",)},
            {},
            "",
            "meta (flag --meta): its value is no URL of the form",
        ),
        ({"meta": ("mysql://u:p@h/d",)}, {}, "", "its value is not one of sqlite:, memory:, postg"),
        ({"meta": ("memory:",)}, {}, "", "memory: for both or neither"),
        ({"root_access_key_id": ("a",)}, {}, "", "both or neither"),
        ({"tls_cert": ("a",)}, {}, "", "one key for each certificate"),
        ({}, {}, "[[accounts]]\nid = '12'", "id '12' is not 12 digits"),
        ({}, {}, "[[accounts]]\nid = '000000000000'\nname = 'x'", "unknown key 'name'"),
        ({}, {}, ONE + "access_keys = [{id = 't', secret = 's', x = 1}]", "unknown key 'x'"),
        ({}, {}, ONE + "access_keys = [{id = 't'}]", "000000000000: an access key needs secret"),
        ({}, {}, ONE + "access_keys = [{id = 1, secret = 's'}]", "needs id, a text"),
        ({}, {}, ONE + "access_keys = ['t']", "an access key is not a table"),
        ({}, {}, ONE + "access_keys = 't'", "access_keys is not a list"),
        ({}, {}, ONE + "email = 1", "email is no text"),
        ({}, {}, "accounts = 1", "write [[accounts]]"),
        ({}, {}, ONE + ONE, "account 000000000000 is declared twice"),
        (
            {},
            {},
            ONE + KEY + "[[accounts]]\nid = '000000000002'\n" + KEY,
            "access key t is declared twice, by accounts 000000000000 and 000000000002",
        ),
        ({}, {}, "[[accounts]]\nid = '000000000001'", "is the root key's account"),
        (
            {},
            {},
            ONE + "canonical_id = 'c'\n[[accounts]]\nid = '000000000002'\ncanonical_id = 'c'",
            "accounts 000000000000 and 000000000002 have the same canonical_id c",
        ),
        (
            {},
            {},
            ONE + f"canonical_id = '{derived_canonical_id(ROOT_ACCOUNT)}'",
            f"accounts {ROOT_ACCOUNT} and 000000000000 have the same canonical_id",
        ),
        (
            {"root_access_key_id": ("t",), "root_secret_access_key": ("s",)},
            {},
            ONE + KEY,
            "accounts: 000000000000 has the root access key's id",
        ),
        ({"data_dir": ("",)}, {}, "", "data_dir (flag --data-dir): '' is empty"),
        ({}, {}, "data_dir = ''", "'' is empty"),
        ({"data_dir": ("/tmp/\udcff\udcfe",)}, {}, "", "data_dir (flag --data-dir): '/tmp/"),
        (
            {},
            {"SIGNET_DATA_DIR": "\udcff"},
            "",
            "(environment SIGNET_DATA_DIR): '\\udcff' is not in",
        ),
        ({}, {}, 'data_dir = "a\\u0000"', "is text with a NUL in it"),
        ({}, {}, "data_dir = ['a']", "is a list, not a text"),
        ({}, {}, "data_dir = true", "is true or false, not a text"),
        ({}, {}, "workers = 1.5", "is a fraction, not a text or a whole number"),
        ({}, {}, "workers = 2026-01-01", "is of another type, not a text or a whole number"),
        ({}, {}, "listen = []", "is empty: nobody could connect"),
        ({}, {"SIGNET_LISTEN": ","}, "", "listen (environment SIGNET_LISTEN): is empty"),
        ({}, {}, "[listen]\nx = 1", "is a table, not texts"),
        ({}, {}, "listen = [['a']]", "is a list, not texts"),
        ({}, {}, "[testing]\nlifecycle_days = 1", "unknown key 'testing.lifecycle_days'"),
        ({}, {}, "testing = 1", "unknown key 'testing'"),
        ({}, {}, "testing_lifecycle_day_seconds = 1", "unknown key 'testing_lifecycle_day_sec"),
        ({}, {}, "[testing]\nlifecycle_day_seconds = -1", "not a whole number from 0 to 86400"),
        ({}, {}, "listen = 'a:1,b:2'", "'a:1,b:2' is not HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ({}, {"SIGNET_LISTEN": "a:1, b:2"}, "", "b:2' is not HOST:PORT"),
        ({"listen": ("",)}, {}, "", "'' is not HOST:PORT"),
        ({"listen": ("9000",)}, {}, "", "'9000' is not HOST:PORT"),
        ({"listen": (":9000",)}, {}, "", "':9000' is not HOST:PORT"),
        ({"listen": ("a:65536",)}, {}, "", "'a:65536' is not HOST:PORT"),
        ({"listen": ("::1:9000",)}, {}, "", "'::1:9000' is not HOST:PORT"),
        ({"listen": ("[::g]:9000",)}, {}, "", "'[::g]:9000' is not HOST:PORT"),
        ({"listen": ("unix:",)}, {}, "", "'unix:' is not unix:PATH with a path of 1 to 107 bytes"),
        ({"listen": ("unix:/" + 107 * "a",)}, {}, "", "is not unix:PATH with a path of"),
        ({"listen": ("a:1", "b:1", "a:1")}, {}, "", "listen: a:1 is given twice"),
        (
            {"root_access_key_id": ("a",)},
            {
                "SIGNET_ROOT_SECRET_ACCESS_KEY": "a",
                "SIGNET_ROOT_SECRET_ACCESS_KEY_FILE": "/dev/null",
            },
            "",
            "SIGNET_ROOT_SECRET_ACCESS_KEY and SIGNET_ROOT_SECRET_ACCESS_KEY_FILE are both set",
        ),
        ({}, {"SIGNET_ROOT_SECRET_ACCESS_KEY_FILE": "/nowhere"}, "", "_FILE: "),
    ],
)
def test_what_cannot_be_is_named(
    flags: dict[str, tuple[str, ...]],
    environment: dict[str, str],
    file: str,
    said: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / "signet.toml"
    path.write_text(file)
    with pytest.raises(ConfigError) as caught:
        load(flags, environment, path)
    assert said in str(caught.value)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_an_empty_variable_is_one_that_is_not_set(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "signet.toml"
    path.write_text(FILE)
    name = variable(setting.name)
    empty = {name: ""} | ({f"{name}_FILE": ""} if setting.secret else {})
    assert load({}, empty, None) == load({}, {}, None)
    assert load({}, empty, path) == load({}, {}, path)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1:0",
        "localhost:9000",
        "my_service.:65535",
        "[::]:9000",
        "[fe80::1%eth0]:9000",
        "unix:socket",
        "unix:/run/a b, c:1",
    ],
)
def test_places_to_listen(place: str) -> None:
    assert load({"listen": (place, "127.0.0.1:0", "[::1]:0")}, {}, None).listen[0] == place


def test_a_table_of_the_file_holds_the_settings_for_tests(tmp_path: Path) -> None:
    path = tmp_path / "signet.toml"
    path.write_text("[testing]\nlifecycle_day_seconds = 10\n")
    config = load({}, {}, path)
    assert config.testing_lifecycle_day_seconds == 10
    assert config.origins["testing_lifecycle_day_seconds"] == str(path)
    config = load({}, {"SIGNET_TESTING_LIFECYCLE_DAY_SECONDS": "5"}, path)
    assert config.testing_lifecycle_day_seconds == 5


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "signet.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    assert load({}, {}, path).region == "eu-west-1"


def test_the_page_of_settings_is_current() -> None:
    kept = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert kept.read_text() == page(), "python -m gateway.cli.reference > docs/configuration.md"
