"""The command line: what it prints to people, and that no mistake of theirs is a traceback."""

import asyncio
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from freezegun import freeze_time

from gateway import datadir, rootkey
from gateway.cli import main, parser, serve
from gateway.cli.output import BROKEN_PIPE
from gateway.config import Config, ConfigError, load
from gateway.iam.accounts import AccessKey
from gateway.rootkey import RootKey
from gateway.server import parent
from gateway.stores import Stores
from storage.blob import BlobId
from storage.buckets import Buckets
from storage.seam import SystemClock, SystemRandomness
from tests.commands import signet
from tests.serving import KEY, PATIENCE_S, SECRET, serving

ROOT = Path(__file__).parents[2]
_EXAMPLE = re.compile(r"^  .*?(signet [a-z].*?)(?:  .*)?$", re.MULTILINE)
NOBODY = 65534
COMMANDS = (
    "serve",
    "config show",
    "presign",
    "post-form",
    "explain",
    "fsck",
    "keys list",
    "keys rotate",
    "version",
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "SIGNET_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings(flags: dict[str, Sequence[str]]) -> Config:
    return load(flags, {}, None)


def helped(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples_that_work(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = helped(capsys, *command.split())
    examples = _EXAMPLE.findall(text.partition("examples:")[2])
    assert examples
    for example in examples:
        words = shlex.split(example.rstrip(')"'))
        parser().parse_args(words[1:])


def test_a_version_four_url_is_made_with_the_settings_of_the_server(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "signet.toml").write_text(
        'region = "eu-west-1"\nlisten = ["unix:socket", "0.0.0.0:9443"]\n'
        'tls_cert = ["c"]\ntls_key = ["k"]\n'
        'root_access_key_id = "root"\nroot_secret_access_key = "secret"\n'
    )
    assert main(["presign", "get", "s3://bucket/a b", "--config", "signet.toml"]) == 0
    url = urlsplit(capsys.readouterr().out.strip())
    assert (url.scheme, url.netloc, url.path) == ("https", "127.0.0.1:9443", "/bucket/a%20b")
    (scope,) = parse_qs(url.query)["X-Amz-Credential"]
    assert re.fullmatch(r"root/[0-9]{8}/eu-west-1/s3/aws4_request", scope)


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"AWS_ACCESS_KEY_ID": "aws", "AWS_SECRET_ACCESS_KEY": "s"}, "aws"),
        ({"SIGNET_ROOT_ACCESS_KEY_ID": "root", "SIGNET_ROOT_SECRET_ACCESS_KEY": "s"}, "root"),
        ({}, "kept"),
        (
            {
                "AWS_ACCESS_KEY_ID": "aws",
                "AWS_SECRET_ACCESS_KEY": "s",
                "SIGNET_ROOT_ACCESS_KEY_ID": "root",
                "SIGNET_ROOT_SECRET_ACCESS_KEY": "s",
            },
            "aws",
        ),
    ],
    ids=["of AWS", "of the settings", "of the data directory", "AWS's come first"],
)
def test_whose_key_signs_a_url(
    environment: dict[str, str],
    key: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "root-key.json").write_text('{"id": "kept", "secret": "s"}')
    monkeypatch.setenv("SIGNET_DATA_DIR", "kept")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["presign", "put", "s3://bucket/key"]) == 0
    assert f"X-Amz-Credential={key}%2F" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["presign", "get", "bucket/key"], "is not s3://BUCKET/KEY"),
        (["presign", "get", "s3://b/k", "--expires", "8d"], "--expires"),
        (["presign", "get", "s3://b/k", "--endpoint", "ftp://x"], "--endpoint"),
        (["presign", "get", "s3://b/k", "--listen", "unix:x"], "--endpoint: give one"),
        (["presign", "get", "s3://b/k"], "no key"),
        (["presign", "get", "s3://b/k", "--config", "none.toml"], "none.toml"),
        (["post-form", "s3://b/k", "--data-dir", "junk"], "root-key.json is damaged"),
        (["presign", "get", "s3://b/k", "--data-dir", "junk"], "root-key.json is damaged"),
        (["serve", "--data-dir", "junk", "--listen", "127.0.0.1:0"], "root-key.json is damaged"),
        (["fsck"], "is no data directory"),
        (["fsck", "--data-dir", "junk/format"], "is no data directory"),
        (["fsck", "--data-dir", "a" * 300], "File name too long"),
        (["serve", "--data-dir", "\udcff"], "is not in UTF-8"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "format").write_text("signet 1\n")
    (tmp_path / "junk" / "root-key.json").write_bytes(b"\xff[]")
    assert run(*arguments) == (2, said)


def run(*arguments: str) -> tuple[int, "Saying"]:
    """In a process of its own if it is serve, which changes the process."""
    if arguments[0] != "serve":
        here = signet(*arguments)
        assert here.err.count("\n") == 1, here.err
        return here.status, Saying(here.err)
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.count("\n") == 1, done.stderr
    return done.returncode, Saying(done.stderr)


class Saying(str):
    """Equal to what it contains."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other in str(self)

    __hash__ = str.__hash__


def test_a_kept_key_that_the_server_does_not_take_signs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    os.close(datadir.take(data, in_use="is in use"))
    (data / "root-key.json").write_text('{"id": "kept", "secret": "s"}')
    sign = ("presign", "get", "s3://b/k", "--data-dir", str(data))
    with serving(data, "--workers", "1") as server:
        (said,) = [line for line in server.log if "root-key.json" in line]
        assert "WARNING" in said
        assert "is not valid while root_access_key_id names another" in said
        assert main(sign) == 2
        assert "root-key.json is not valid" in capsys.readouterr().err
        with monkeypatch.context() as patch:
            patch.setenv("SIGNET_ROOT_ACCESS_KEY_ID", KEY)
            patch.setenv("SIGNET_ROOT_SECRET_ACCESS_KEY", SECRET)
            assert main([*sign, "--endpoint", server.endpoint]) == 0
            url = capsys.readouterr().out.strip()
        with pytest.raises(HTTPError, match="404"):
            urlopen(url)
        assert server.stop() == 0
    found = rootkey.find(data, "", "").key
    assert rootkey.note_idle(data, found) is None
    assert main(sign) == 0, "a start without another key takes the kept one again"


@pytest.mark.parametrize(
    ("kept", "given", "is_idle"),
    [
        (None, AccessKey("a", "s"), False),
        (AccessKey("a", "s"), AccessKey("a", "s"), False),
        (AccessKey("a", "s"), AccessKey("a", "another"), True),
        (AccessKey("a", "s"), AccessKey("b", "s"), True),
    ],
)
def test_when_a_kept_key_is_not_valid(
    kept: AccessKey | None, given: AccessKey, is_idle: bool, tmp_path: Path
) -> None:
    if kept is not None:
        (tmp_path / "root-key.json").write_text(json.dumps({"id": kept.id, "secret": kept.secret}))
    for _ in range(2):
        said = rootkey.note_idle(tmp_path, given)
        assert (said is not None, rootkey.is_idle(tmp_path)) == (is_idle, is_idle)


def test_a_damaged_key_that_nobody_needs_does_not_stop_a_start(tmp_path: Path) -> None:
    (tmp_path / "root-key.json").write_text("junk")
    said = rootkey.note_idle(tmp_path, AccessKey("a", "s"))
    assert said is not None
    assert "cannot be noted" in said


def test_a_start_before_1970_is_refused() -> None:
    parent._check_clock(0)
    with freeze_time("1969-12-31T23:59:59Z"):
        assert SystemClock().now_ms() == 0, "a clock set back later makes no name fail"
    with pytest.raises(ConfigError, match="before 1970: set it"):
        parent._check_clock(-1)


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"id": 1, "secret": 2}', '{"id": "", "secret"'])
def test_a_root_key_that_is_not_ours_is_named(
    kept: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "root-key.json").write_text(kept)
    assert main(["presign", "get", "s3://b/k", "--data-dir", str(tmp_path)]) == 2
    assert "root-key.json is damaged" in capsys.readouterr().err


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A data directory that may not be entered: root has to be somebody else for that."""
    data = tmp_path / "closed"
    os.close(datadir.take(data, in_use="is in use"))
    parser()  # imports what could not be read any more
    data.chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    yield data
    os.seteuid(was)
    data.chmod(0o700)


@pytest.mark.parametrize("command", ["fsck", "fsck --repair", "presign get s3://b/k"])
def test_a_data_directory_that_may_not_be_entered_is_one_sentence(
    command: str, closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--data-dir", str(closed)]) == 2
    said = capsys.readouterr().err
    assert "Permission denied" in said
    assert said.count("\n") == 1


def _random(path: Path) -> None:
    path.write_bytes(os.urandom(8192))


def _cut(path: Path) -> None:
    os.truncate(path, 5000)


def _a_folder(path: Path) -> None:
    path.unlink()
    (path / "x").mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_random, "meta.db: file is not a database"),
        (_cut, "meta.db: database disk image is malformed"),
        (_a_folder, "meta.db: unable to open database file"),
    ],
)
def test_a_database_that_does_not_open_is_one_sentence(
    spoil: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    os.close(datadir.take(data, in_use="is in use"))

    async def begin() -> None:
        await Stores(settings({"data_dir": (str(data),)})).close()

    asyncio.run(begin())
    spoil(data / "meta.db")
    assert run("fsck", "--data-dir", str(data)) == (2, said)
    assert run("serve", "--data-dir", str(data), "--listen", "127.0.0.1:0") == (2, said)


def test_nothing_is_left_in_a_directory_of_somebody_else(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError, match="choose another directory"):
        datadir.take(theirs, in_use="is in use")
    assert [entry.name for entry in theirs.iterdir()] == ["thesis.txt"]


def test_settings_for_programs_are_lists_where_several_can_be_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--listen", "127.0.0.1:1", "--listen", "unix:a, b", "--trusted-proxies", "10.0.0.0/8"]
    assert main(["config", "show", "--json", *given]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["listen"] == {"value": ["127.0.0.1:1", "unix:a, b"], "origin": "flag --listen"}
    assert shown["trusted_proxies"]["value"] == ["10.0.0.0/8"]
    assert shown["public_hosts"]["value"] == []
    assert shown["workers"]["value"] == "2"


def test_whoever_reads_no_further_sees_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "config", "show"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == BROKEN_PIPE


@pytest.mark.parametrize("closed", [(1,), (0, 1), (0, 1, 2)], ids=str)
def test_a_server_serves_with_standard_descriptors_closed(
    closed: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "socket"
    by_the_shell = " ".join({0: "<&-", 1: ">&-", 2: "2>&-"}[one] for one in closed)
    words = [sys.executable, "-m", "gateway.cli", "serve", "--listen", f"unix:{path}"]
    with subprocess.Popen(
        ["sh", "-c", f"exec {shlex.join(words)} {by_the_shell}"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        assert b"live" in ask(path, process)
        for one in closed:
            assert os.readlink(f"/proc/{process.pid}/fd/{one}") == os.devnull
        process.terminate()
        assert process.wait(60) == 0
        assert b"Traceback" not in process.stderr.read()


def test_a_server_goes_on_though_nobody_reads_what_it_prints(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    memory = ["--meta", "memory:", "--blobs", "memory:", "--workers", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "serve", "--listen", f"unix:{path}", *memory],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        answer = ask(path, process)
        time.sleep(0.5)
        assert b"live" in answer
        assert b"live" in ask(path, process)
        process.terminate()
        assert process.wait(60) == 0
        assert b"Traceback" not in process.stderr.read()


def ask(path: Path, process: "subprocess.Popen[bytes]") -> bytes:
    limit = time.monotonic() + PATIENCE_S
    while True:
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                assert process.poll() is None
                assert time.monotonic() < limit
                time.sleep(0.02)
                continue
            one.settimeout(PATIENCE_S)
            one.sendall(b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n")
            return one.recv(4096)


def test_what_is_printed_to_paste_fits_where_the_server_listens() -> None:
    key = RootKey(AccessKey("id", "secret"), is_new=False)

    def said(*places: str) -> str:
        return "\n".join(serve._sentences(settings({}), key, places))

    assert "aws --endpoint-url http://127.0.0.1:1 s3 mb" in said("unix:/s", "0.0.0.0:1")
    assert "aws --endpoint-url http://[::1]:1 s3 mb" in said("[::]:1")
    assert "aws" not in said("unix:/a b")
    assert "curl --unix-socket '/a b' http://localhost/-/ready" in said("unix:/a b")


def test_contents_of_nobody_are_a_note_and_no_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    os.close(datadir.take(data, in_use="is in use"))

    async def leave_one() -> None:
        stores = Stores(settings({"data_dir": (str(data),)}))
        buckets = Buckets(
            stores.meta, stores.meta, clock=SystemClock(), randomness=SystemRandomness()
        )
        bucket = await buckets.create("bucket", account="1", region="r")
        writer = await stores.blobs.create(BlobId(bucket.id + bytes(16)))
        await writer.write(b"never answered")
        await writer.commit()
        await stores.close()

    asyncio.run(leave_one())
    assert main(["fsck", "--data-dir", str(data)]) == 0
    said = capsys.readouterr().out
    assert "0 findings" in said
    assert "1 contents of requests that were never answered: no fault" in said
    assert main(["fsck", "--data-dir", str(data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["findings"], len(found["orphans"])) == ([], 1)
    assert main(["fsck", "--data-dir", str(data), "--repair"]) == 0
    assert f"moved to {data / 'quarantine' / 'unnamed'}" in capsys.readouterr().out
    assert main(["fsck", "--data-dir", str(data)]) == 0
    assert "never answered" not in capsys.readouterr().out


@pytest.mark.parametrize("lost", ["meta.db", "blobs"])
@pytest.mark.parametrize("command", [["serve", "--listen", "127.0.0.1:0"], ["fsck", "--repair"]])
def test_half_a_data_directory_is_refused_and_left_as_it_is(
    lost: str, command: list[str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    os.close(datadir.take(data, in_use="is in use"))

    async def leave_one() -> None:
        stores = Stores(settings({"data_dir": (str(data),)}))
        writer = await stores.blobs.create(BlobId(bytes(24)))
        await writer.commit()
        await stores.close()

    asyncio.run(leave_one())
    (data / lost).rename(tmp_path / "elsewhere")
    before = sorted(data.rglob("*"))
    assert run(*command, "--data-dir", str(data)) == (2, f"{lost} is missing")
    assert sorted(data.rglob("*")) == before
    (tmp_path / "elsewhere").rename(data / lost)

    async def open_again() -> None:
        await Stores(settings({"data_dir": (str(data),)})).close()

    asyncio.run(open_again())


def test_what_does_not_belong_there_is_told_kept_and_told_no_more(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    os.close(datadir.take(data, in_use="is in use"))

    async def leave_one() -> None:
        stores = Stores(settings({"data_dir": (str(data),)}))
        (data / "blobs" / "stray").write_bytes(b"x")
        await stores.close()

    asyncio.run(leave_one())
    assert main(["fsck", "--data-dir", str(data)]) == 1
    assert f"stray file: {data / 'blobs' / 'stray'}\n" in capsys.readouterr().out
    assert main(["fsck", "--data-dir", str(data), "--repair"]) == 0
    kept = data / "quarantine" / "strays" / "stray"
    assert f"stray (taken out; its remains are in {kept})" in capsys.readouterr().out
    assert kept.read_bytes() == b"x"
    assert main(["fsck", "--data-dir", str(data)]) == 0
