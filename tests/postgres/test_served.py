"""A server whose metadata is on PostgreSQL: served, refused, away and back."""

import collections
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import pytest
from botocore.exceptions import ClientError

from tests.clients.server import ACCESS_KEY, ROOT, SECRET_KEY, started
from tests.postgres.server import Postgres, postgres, required
from tests.serving import PATIENCE_S, Server, serving, until

pytestmark = pytest.mark.clients

CLIENTS: Final = 4
AWAY_S: Final = 3.0  # longer than the wait for a server that restarts
SLOWEST_S: Final = 10.0  # an answer, whatever happens, on a machine that others use, too
# What of the clients' suites depends on metadata.
SUITES: Final = tuple(
    f"tests/clients/boto/test_{name}.py"
    for name in ("buckets", "conditions", "copies", "listing", "multipart", "objects", "tagging")
)
PASSWORD: Final = "not-to-be-seen"


@pytest.fixture(scope="module")
def fragile() -> Iterator[Postgres]:
    found = required()
    with postgres(found) as running:
        yield running


def signet(*arguments: str, **variables: str) -> tuple[int, str]:
    """A command's exit status and what it said."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SIGNET_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        cwd=ROOT,
        env=kept | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout


def test_real_clients_see_no_difference(fragile: Postgres, tmp_path: Path) -> None:
    url = fragile.url(fragile.new_database())
    with started(tmp_path, arguments=("--meta", url)) as endpoint:
        variables = {
            "SIGNET_TEST_ENDPOINT": endpoint.url,
            "SIGNET_TEST_ACCESS_KEY_ID": ACCESS_KEY,
            "SIGNET_TEST_SECRET_ACCESS_KEY": SECRET_KEY,
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES],
            cwd=ROOT,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-8000:]
    for arguments in (("fsck",), ("audit", "verify")):
        code, said = signet(*arguments, "--data-dir", str(tmp_path / "data"), "--meta", url)
        assert code == 0, said


def test_a_data_directory_and_a_store_belong_to_each_other(
    fragile: Postgres, tmp_path: Path
) -> None:
    url, other = (fragile.url(fragile.new_database()) for _ in range(2))
    data = tmp_path / "data"
    with serving(data, "--meta", url) as server:
        server.client().create_bucket(Bucket="bucket")
        assert server.stop() == 0
    listen = ("serve", "--listen", "127.0.0.1:0", "--data-dir")
    for directory, meta, said in (
        (data, "sqlite:", "is in PostgreSQL: start with the --meta that it had"),
        (data, other, "is not the store that this data directory belongs to"),
        (tmp_path / "another", url, "belongs to another data directory than"),
    ):
        code, told = signet(*listen, str(directory), "--meta", meta)
        assert (code, len(told.splitlines())) == (2, 1), told
        assert said in told
    assert not (tmp_path / "another" / "metadata").exists()
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert fragile.sql(fragile.last_database, tables) == []
    (data / "blobs" / "17").rmdir()
    code, told = signet(*listen, str(data), "--meta", url)
    assert (code, "17 is missing, where" in told) == (2, True), told
    (data / "blobs" / "17").mkdir()
    with serving(data, "--meta", url) as server:
        assert [one["Name"] for one in server.client().list_buckets()["Buckets"]] == ["bucket"]


def test_metadata_that_is_in_the_data_directory_stays_there(
    fragile: Postgres, tmp_path: Path
) -> None:
    with serving(tmp_path / "data") as server:
        assert server.stop() == 0
    url = fragile.url(fragile.new_database())
    data = ("--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
    code, told = signet("serve", *data, "--meta", url)
    assert (code, "has its metadata in meta.db" in told) == (2, True), told


def test_a_server_that_is_not_there_is_said_in_one_line_without_the_password(
    tmp_path: Path,
) -> None:
    (tmp_path / "url").write_text(f"postgresql://u:{PASSWORD}@/d?host={tmp_path}")
    data = ("--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
    code, told = signet("serve", *data, SIGNET_META_FILE=str(tmp_path / "url"))
    assert code == 2
    assert len(told.splitlines()) == 1
    assert f"meta: postgresql://u@/d?host={tmp_path}: " in told
    assert "does the server run" in told
    assert PASSWORD not in told


def test_commands_change_what_a_server_serves(fragile: Postgres, tmp_path: Path) -> None:
    data, url = tmp_path / "data", fragile.url(fragile.new_database())
    with serving(data, "--meta", url) as server:
        s3 = server.client()
        s3.create_bucket(Bucket="bucket")
        where = ("--data-dir", str(data), "--meta", url)
        code, told = signet("quota", "set", "bucket", "bucket", "--bytes", "10", *where)
        assert code == 0, told

        def is_refused() -> bool:
            try:
                s3.put_object(Bucket="bucket", Key="key", Body=bytes(100))
            except ClientError as error:
                return str(error.response["Error"]["Code"]) == "QuotaExceeded"
            return False

        until(is_refused)


class Load:
    """Clients that write, read back, and note what they were told."""

    def __init__(self, server: Server) -> None:
        self.answers: collections.Counter[int] = collections.Counter()
        self.slowest_s = 0.0
        self.wrong: list[str] = []
        self._server = server
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(CLIENTS)
        ]

    def _work(self, number: int) -> None:
        s3, turn, last = self._server.client(), 0, {}
        while not self._stopping:
            turn += 1
            key = f"{number}/{turn % 7}"
            began = time.monotonic()
            try:
                s3.put_object(Bucket="bucket", Key=key, Body=b"%d" % turn)
                last[key] = turn
                found = int(s3.get_object(Bucket="bucket", Key=key)["Body"].read())
                if found != turn:
                    self.wrong.append(f"{key}: {turn} written, {found} read")
                self.answers[200] += 1
            except ClientError as error:
                meta = error.response["ResponseMetadata"]
                self.answers[meta["HTTPStatusCode"]] += 1
                if "retry-after" not in meta["HTTPHeaders"]:
                    self.wrong.append(f"no Retry-After: {error}")
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        for key, turn in last.items():
            found = int(s3.get_object(Bucket="bucket", Key=key)["Body"].read())
            if found < turn:
                self.wrong.append(f"{key}: {turn} acknowledged, {found} kept")

    def go_on(self) -> None:
        """Until all goes well again."""
        goal = self.answers[200] + 10 * CLIENTS
        until(lambda: self.answers[200] > goal, lambda: str(self.answers))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join()


def ready(server: Server) -> tuple[int, str]:
    """What is said of readiness."""
    try:
        with urllib.request.urlopen(f"{server.endpoint}/-/ready", timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_an_outage_is_503_and_ends_by_itself(fragile: Postgres, tmp_path: Path) -> None:
    url = fragile.url(fragile.new_database())
    with serving(tmp_path / "data", "--meta", url) as server:
        server.client().create_bucket(Bucket="bucket")
        workers = server.workers()
        with Load(server) as load:
            load.go_on()
            fragile.kill()
            time.sleep(AWAY_S)
            status, said = ready(server)
            assert status == 503
            assert "is away for" in said
            fragile.start()
            load.go_on()
            fragile.signal_all(signal.SIGSTOP)
            time.sleep(2 * AWAY_S)
            assert ready(server)[0] == 503
            fragile.signal_all(signal.SIGCONT)
            load.go_on()
            assert ready(server) == (200, "ready\n")
        assert load.wrong == []
        assert set(load.answers) == {200, 503}
        assert load.slowest_s < SLOWEST_S
        assert server.workers() == workers
        until(lambda: len(fragile.backends(fragile.last_database)) == 3 * len(workers))
        assert server.stop() == 0
