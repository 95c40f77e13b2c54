"""A PostgreSQL of Debian's packages, in a directory of its own, on a unix socket."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.missing import missing
from tests.serving import until

DEBIAN: Final = Path("/usr/lib/postgresql")
PORT: Final = 5432  # of the socket's name
_USER: Final = "nobody"  # the server refuses to be root
FSYNC: Final = {"fsync": "on"}  # for those who measure
_OPTIONS: Final = {
    "listen_addresses": "",
    "fsync": "off",  # processes are killed here, not machines
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
}


def programs() -> Path | None:
    """Where the newest version's programs are."""
    found = [one for one in DEBIAN.glob("*/bin") if (one / "initdb").exists()]
    if found:
        return max(found, key=lambda one: float(one.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def required() -> Path:
    """The same; a test that has no PostgreSQL ends here."""
    return programs() or missing("PostgreSQL is not installed: make test-clients installs it")


_NO_OPTIONS: Final[Mapping[str, str]] = {}
# Who comes in without a password: everybody, but to one database nobody.
_ADMITTED: Final = """
local locked all scram-sha-256
local all all trust
local replication all trust
host all all 127.0.0.1/32 trust
"""


class Postgres:
    """One server; it can be killed and started again."""

    def __init__(
        self,
        directory: Path,
        found: Path,
        port: int | None = None,
        options: Mapping[str, str] = _NO_OPTIONS,
        follows: "Postgres | None" = None,
    ) -> None:
        """``port``: it listens there on the loopback, too; ``follows``: whose standby it is."""
        self._bin = found
        self._directory = directory
        self._data = directory / "data"
        self._user = _USER if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(directory, pwd.getpwnam(self._user).pw_uid, -1)
        self.user = self._user or pwd.getpwuid(os.geteuid()).pw_name
        if follows is None:
            initdb = ("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
            self._call("initdb", "-D", str(self._data), *initdb)
            (self._data / "pg_hba.conf").write_text(_ADMITTED)
        else:
            copying = ("-R", "-X", "stream", "-c", "fast", "--no-sync")
            self._call("pg_basebackup", "-D", str(self._data), *copying, *follows.where)
        self._port = str(port or PORT)
        self._options = dict(_OPTIONS, unix_socket_directories=str(directory), port=self._port)
        self._options |= options
        if port is not None:
            self._options["listen_addresses"] = "127.0.0.1"
        self._databases = 0
        self.start()

    def _call(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._bin / program, *arguments],
            user=self._user,
            cwd=self._directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [
            word for name, value in self._options.items() for word in ("-c", f"{name}={value}")
        ]
        with (self._directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._bin / "postgres", "-D", str(self._data), *options],
                user=self._user,
                cwd=self._directory,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        until(self._answers, self.log)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()
        ready = [str(self._bin / "pg_isready"), "-q", *self.where]
        return subprocess.run(ready).returncode == 0

    @property
    def where(self) -> tuple[str, ...]:
        """What its programs are told to find it."""
        return ("-h", str(self._directory), "-p", self._port)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._directory / f".s.PGSQL.{self._port}"

    def log(self) -> str:
        """What it has said last."""
        return (self._directory / "log").read_text(errors="replace")[-4000:]

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql://{self.user}@/{database}?host={self._directory}&port={self._port}"

    def sql(self, database: str, text: str) -> list[list[str]]:
        """What psql answers, rows of columns."""
        wide = ("-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1")
        said = self._call("psql", *wide, *self.where, "-d", database, "-c", text)
        return [line.split("\t") for line in said.splitlines()]

    @property
    def last_database(self) -> str:
        """The name of the one that was made last."""
        return f"test{self._databases}"

    def new_database(self) -> str:
        """The name of a database that nobody has used."""
        self._databases += 1
        name = self.last_database
        self.sql("postgres", f"CREATE DATABASE {name}")
        return name

    def backends(self, database: str) -> list[int]:
        """The processes that serve connections to a database."""
        text = (
            "SELECT pid FROM pg_stat_activity "
            f"WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        )
        return [int(row[0]) for row in self.sql("postgres", text)]

    def processes(self) -> list[int]:
        """The server and what it has forked."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]

    def signal_all(self, number: signal.Signals) -> None:
        """A signal to everything that belongs to it."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @property
    def host(self) -> str:
        """Where a URL has to look for it."""
        return str(self._directory)

    def set(self, options: Mapping[str, str]) -> None:
        """Change settings of a running server."""
        for name, value in options.items():
            self.sql("postgres", f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql("postgres", "SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Let a standby be the primary from now on."""
        self._call("pg_ctl", "promote", "-D", str(self._data), "-w")

    def kill(self) -> None:
        """kill -9 of everything at once, as a machine would end."""
        self.signal_all(signal.SIGSTOP)  # so that nobody forks or says anything meanwhile
        self.signal_all(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it without waiting for its clients."""
        if self.process.poll() is None:
            self.signal_all(signal.SIGCONT)
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


@contextlib.contextmanager
def postgres(
    found: Path,
    port: int | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    follows: Postgres | None = None,
) -> Iterator[Postgres]:
    """A server that is gone at the end."""
    # Not below pytest's own directory: a socket's path has 107 bytes, and others must get there.
    directory = Path(tempfile.mkdtemp(prefix="signet-pg-"))
    try:
        server = Postgres(directory, found, port, options, follows)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)
