"""The processes: they start, replace each other, drain, and refuse to share."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.gateway.server.wire import Wire
from tests.serving import KEY, PATIENCE_S, SECRET, Server, serving, until

ROOT = Path(__file__).parents[3]


def refusal(*arguments: str) -> str:
    """What a start that must fail says, in one line."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "serve", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        s3 = server.client(retries={"max_attempts": 5})
        s3.create_bucket(Bucket="bucket")
        before = set(server.workers())
        assert len(before) == 3  # two workers and the keeper
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(server.workers()) - before) == 3)
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
        assert sum("is replaced" in line for line in server.log) == 3


def test_sigterm_lets_a_request_finish(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        server.client().create_bucket(Bucket="bucket")
        with Wire(server) as wire:
            body = b"x" * 100_000
            wire.begin("/bucket/k", body)
            wire.send(body[:-1])
            server.process.terminate()
            until(lambda: is_refused(server))
            wire.send(body[-1:])
            assert wire.response().status == 200
        assert server.process.wait(PATIENCE_S) == 0
    with serving(tmp_path / "data") as again:
        assert again.client().head_object(Bucket="bucket", Key="k")["ContentLength"] == 100_000


class Starting:
    """A server that is not waited for, of which one worker starts and the rest when told to."""

    workers = 4
    program = "tests.gateway.server.slow"

    def __init__(self, directory: Path) -> None:
        self.path = directory / "socket"
        self.log = directory / "log"
        self._go_on = directory / "go-on"
        arguments = ["--data-dir", str(directory / "data"), "--listen", f"unix:{self.path}"]
        arguments += ["--workers", str(self.workers), "--root-access-key-id", KEY]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.program, str(self._go_on), "serve", *arguments],
                cwd=ROOT,
                env=os.environ | {"SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET},
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def wire(self) -> Wire:
        """A connection, as soon as one is taken."""
        limit = time.monotonic() + PATIENCE_S
        while True:
            raw = socket.socket(socket.AF_UNIX)
            raw.settimeout(PATIENCE_S)
            try:
                raw.connect(str(self.path))
            except (FileNotFoundError, ConnectionRefusedError):
                raw.close()
                assert time.monotonic() < limit, self.log.read_text()
                time.sleep(0.01)
            else:
                return Wire.over(raw, "x")

    def go_on(self) -> None:
        """Let all start."""
        self._go_on.touch()

    def is_started(self) -> bool:
        """Whether it has said so."""
        return "signet answers" in self.log.read_text()

    def children(self) -> list[int]:
        """The processes that the parent forked."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in found.read_text().split()]

    def until(self, happens: Callable[[], bool]) -> None:
        """Wait for something that is bound to come while it lives."""

        def look() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return happens()

        until(look, self.log.read_text)


def test_a_stop_while_starting_lets_a_request_finish(tmp_path: Path) -> None:
    with Starting(tmp_path) as server, server.wire() as wire:
        wire.send(wire.signed("PUT", "/bucket"))
        assert wire.response().status == 200
        wire.begin("/bucket/k", b"x" * 1000)
        wire.send(b"x" * 999)
        server.process.terminate()
        until(lambda: len(server.children()) == 1)  # who has nothing to finish has gone
        wire.send(b"x")
        assert wire.response().status == 200
        assert server.process.wait(PATIENCE_S) == 0
        assert not server.is_started()


def test_processes_killed_while_starting_are_replaced(tmp_path: Path) -> None:
    with Starting(tmp_path) as server, server.wire() as wire:
        wire.send(b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.response().status == 200
        everyone = server.workers + 1
        for _ in range(3):
            server.until(lambda: len(server.children()) == everyone)
            killed = set(server.children())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            server.until(lambda: killed.isdisjoint(server.children()))  # noqa: B023
        assert not server.is_started()
        server.go_on()
        server.until(server.is_started)
        server.until(lambda: len(server.children()) == everyone)


def test_sigterm_lets_an_answer_finish(tmp_path: Path) -> None:
    """A request is under way until its answer is written."""
    with serving(tmp_path / "data") as server:
        s3 = server.client()
        s3.create_bucket(Bucket="bucket")
        body = os.urandom(30_000_000)
        s3.put_object(Bucket="bucket", Key="k", Body=body)
        with Wire(server) as wire:
            wire.send(wire.signed("GET", "/bucket/k"))
            wire.read_until(b"\r\n\r\n")
            server.process.terminate()
            until(lambda: len(server.workers()) == 1)  # who has nothing to finish has gone
            got = wire.rest(len(body))
        assert got == body
        assert server.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("arguments", [(), ("--proxy-protocol-from", "192.0.2.1")])
def test_who_comes_during_the_end_is_refused_at_once(
    tmp_path: Path, arguments: Sequence[str]
) -> None:
    """Not taken into a queue that nobody empties: the client tries another server."""
    with serving(tmp_path / "data", "--workers", "4", *arguments) as server:
        server.client().create_bucket(Bucket="bucket")
        with contextlib.ExitStack() as stack:
            # Enough of them that most workers have something to finish.
            busy = [stack.enter_context(Wire(server)) for _ in range(12)]
            for wire in busy:
                wire.begin("/bucket/k", b"x" * 1000)
            server.process.terminate()
            until(lambda: is_refused(server))
            for _ in range(32):  # the kernel would spread them over all sockets
                assert is_refused(server)
            for wire in busy:
                wire.send(b"x" * 1000)
                assert wire.response().status == 200
        assert server.process.wait(PATIENCE_S) == 0


def is_refused(server: Server) -> bool:
    """Whether nobody takes connections any more."""
    try:
        socket.create_connection(server.address, timeout=PATIENCE_S).close()
    except ConnectionRefusedError:
        return True
    return False


def drip(wire: Wire, stop: threading.Event) -> threading.Thread:
    """Begin a request and go on with it, a byte at a time."""

    def feed() -> None:
        with contextlib.suppress(OSError):
            while not stop.wait(0.1):
                wire.send(b"x")

    wire.begin("/bucket/k", b"x" * 1_000_000)
    wire.send(b"x" * 20_000)
    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    return thread


def test_no_client_can_prolong_the_end(tmp_path: Path) -> None:
    stop = threading.Event()
    with serving(tmp_path / "data", "--drain-timeout-s", "1") as server:
        server.client().create_bucket(Bucket="bucket")
        with Wire(server) as wire:
            thread = drip(wire, stop)
            assert server.stop() == 0, "the parent had to send SIGKILL"
            stop.set()
            thread.join()


def test_no_client_keeps_a_worker_whose_store_has_stopped(tmp_path: Path) -> None:
    """It restarts through recovery, and meanwhile nobody answers."""
    stop = threading.Event()
    with serving(tmp_path / "data", "--workers", "1") as server:
        s3 = server.client(read_timeout=5, retries={"max_attempts": 8})
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a", Body=b"x")
        with Wire(server) as wire:
            thread = drip(wire, stop)
            fans = [one for one in (tmp_path / "data" / "blobs").iterdir() if len(one.name) == 2]
            for fan in fans:
                fan.rename(fan.with_name(f"z{fan.name}"))
            # Nobody answers while half of the data directory is missing.
            with contextlib.suppress(ClientError, BotoCoreError):
                impatient = server.client(read_timeout=2)
                impatient.put_object(Bucket="bucket", Key="b", Body=b"y" * 100_000)
            for fan in fans:
                fan.with_name(f"z{fan.name}").rename(fan)
            until(lambda: any("ended with status 3" in line for line in server.log))
            assert s3.get_object(Bucket="bucket", Key="a")["Body"].read() == b"x"
            stop.set()
            thread.join()


def test_an_end_that_hangs_is_ended() -> None:
    """As on a disk that answers no more."""
    program = (
        "import time\n"
        "from gateway.server import worker\n"
        "worker.UNHEALTHY_DEADLINE_S = 0.1\n"
        "worker._end_in_any_case()\n"
        "time.sleep(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=50, check=False)
    assert done.returncode == 3


def test_nothing_is_shared_by_accident(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        said = refusal("--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
        assert "is in use by another signet" in said
        said = refusal("--data-dir", str(tmp_path / "other"), "--listen", server.place)
        assert f"listen: {server.place} is in use" in said


def test_what_is_kept_is_for_its_owner_alone_in_a_directory_that_was_there(tmp_path: Path) -> None:
    """The directory is not ours to change, so the operator hears of it."""
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    mask = os.umask(0o022)
    try:
        for _ in range(2):  # also after what the first one left was opened to everybody
            with serving(data) as server:
                s3 = server.client()
                s3.create_bucket(Bucket="bucket")
                s3.put_object(Bucket="bucket", Key="small", Body=b"x")
                s3.put_object(Bucket="bucket", Key="large", Body=bytes(100_000))
                kept = {one.relative_to(data): one.stat().st_mode for one in data.rglob("*")}
                assert {"meta.db", "meta.db-wal", "meta.db-shm", "blobs"} <= set(map(str, kept))
                assert [name for name, mode in kept.items() if mode & 0o077] == []
            told = [line for line in server.log if "others may look into" in line]
            assert len(told) == 1
            assert told[0].endswith(f"(mode 0755): chmod 700 {data}\n")
            assert data.stat().st_mode & 0o777 == 0o755
            (data / "meta.db").chmod(0o644)
    finally:
        os.umask(mask)


def test_a_directory_that_the_server_makes_is_closed_to_others(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert not any("others may look into" in line for line in server.log)


def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    assert "choose another directory" in refusal("--data-dir", str(tmp_path))
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "format").write_text("signet 999\n")
    assert "format 999" in refusal("--data-dir", str(newer))


def test_other_sockets(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with serving(tmp_path / "data", "--listen", "[::1]:0", "--listen", f"unix:{path}") as server:
        assert server.place.startswith("[::1]:")
        with urllib.request.urlopen(f"{server.endpoint}/-/ready") as answer:
            assert answer.read() == b"ready\n"
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(path))
            one.sendall(b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"live" in one.recv(4096)
        assert server.stop() == 0
        assert not path.exists()


def certificate(directory: Path, name: str, host: str) -> tuple[str, str]:
    """A self-signed pair of files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = directory / f"{host}.crt", directory / f"{host}.key"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(cert_path), str(key_path)


def shown(address: tuple[str, int], host: str) -> str:
    """The name in the certificate that a host is answered with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(address, timeout=PATIENCE_S) as raw,
        context.wrap_socket(raw, server_hostname=host) as tls,
    ):
        found = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    value = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert isinstance(value, str)
    return value


def wait_for(address: tuple[str, int], host: str, name: str) -> None:
    """Every worker answers with it soon; one that was killed may hang up before."""
    seen = 0

    def look() -> bool:
        nonlocal seen
        with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
            seen = seen + 1 if shown(address, host) == name else 0
        return seen >= 10

    until(look)


def test_certificates_by_name_and_reloaded(tmp_path: Path) -> None:
    first = certificate(tmp_path, "first", "one.test")
    second = certificate(tmp_path, "second", "*.two.test")
    arguments = ["--tls-cert", first[0], "--tls-key", first[1]]
    arguments += ["--tls-cert", second[0], "--tls-key", second[1]]
    with serving(tmp_path / "data", *arguments) as server:
        assert shown(server.address, "one.test") == "first"
        assert shown(server.address, "b.two.test") == "second"
        assert shown(server.address, "other.test") == "first"
        certificate(tmp_path, "renewed", "one.test")
        server.process.send_signal(signal.SIGHUP)
        wait_for(server.address, "one.test", "renewed")
        Path(first[0]).write_text("not a certificate")
        certificate(tmp_path, "also renewed", "*.two.test")
        server.process.send_signal(signal.SIGHUP)
        wait_for(server.address, "b.two.test", "also renewed")
        wait_for(server.address, "one.test", "renewed")
        bad = [line for line in server.log if "stays as it was" in line]
        assert bad
        assert all(first[0] in line for line in bad)
        # A worker that comes later has what the others have.
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        wait_for(server.address, "b.two.test", "also renewed")
        wait_for(server.address, "one.test", "renewed")


def test_a_key_with_a_password_is_an_error_and_no_question(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "locked", "one.test")
    plain = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    Path(key).write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    arguments = ("--tls-cert", cert, "--tls-key", key)
    assert key in refusal("--data-dir", str(tmp_path / "data"), *arguments)


def test_both_workers_serve(tmp_path: Path) -> None:
    """A line of metrics is not enough: the kernel spreads connections over both sockets."""
    with serving(tmp_path / "data") as server:
        workers = server.workers()[:2]
        before = [ticks(pid) for pid in workers]

        def have_both_worked() -> bool:
            for _ in range(10):
                with urllib.request.urlopen(f"{server.endpoint}/-/metrics") as answer:
                    answer.read()
            return all(ticks(pid) > then for pid, then in zip(workers, before, strict=True))

        until(have_both_worked)


def ticks(pid: int) -> int:
    """What a process has worked so far, in hundredths of a second."""
    return int(Path(f"/proc/{pid}/stat").read_text().split()[13])


def test_old_buckets_are_in_the_region_that_is_served_now(tmp_path: Path) -> None:
    """A client signs for the region that it is told, and only the server's is taken."""
    for region in ("eu-west-1", "us-east-1", "eu-central-1"):
        with serving(tmp_path / "data", "--workers", "1", "--region", region) as server:
            client = server.client(region_name=region)
            if region == "eu-west-1":
                client.create_bucket(
                    Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": region}
                )
            head = client.head_bucket(Bucket="bucket")
            assert head["BucketRegion"] == region
            located = client.get_bucket_location(Bucket="bucket").get("LocationConstraint")
            assert located == (None if region == "us-east-1" else region)
            (listed,) = client.list_buckets(BucketRegion=region)["Buckets"]
            assert listed["BucketRegion"] == region
