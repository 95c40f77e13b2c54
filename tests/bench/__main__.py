"""Signet beside moto's server and a bare aiohttp server, in one run, turn by turn.

``python -m tests.bench``: requests are signed beforehand and replayed by wrk, so that the client
costs next to nothing.  Needs wrk and curl; moto's server if it is installed.
"""

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import boto3
from botocore.config import Config

from sigv4 import Credentials, Request, Signer
from tests.serving import KEY, SECRET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUCKET = "bench"
KEYS = 2000
SIZE = 4096
_RESULT = re.compile(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)")


class Peer(NamedTuple):
    """A server under load."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pids(self) -> list[int]:
        """The process and its children."""
        found = subprocess.run(
            ["pgrep", "-g", str(os.getpgid(self.process.pid))],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(pid) for pid in found.stdout.split()]

    def pss_mb(self) -> float:
        """Memory of all processes, shared pages counted once."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]
        return total / 1024

    def cpu_s(self) -> float:
        """Processor seconds of all processes so far."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """One run of wrk."""

    rate: float  # requests a second
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_s: float  # of the server, for 1,000 requests
    pss_mb: float


@contextlib.contextmanager
def started(name: str, port: int, command: Sequence[str]) -> Iterator[Peer]:
    """A peer in a process group of its own, killed at the end."""
    environment = os.environ | {
        "SIGNET_ROOT_ACCESS_KEY_ID": KEY,
        "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET,
    }
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    peer = Peer(name, port, process)
    try:
        limit = time.monotonic() + 60
        while subprocess.run(
            ["curl", "-s", "-o", "/dev/null", f"{peer.endpoint}/-/ready"], check=False
        ).returncode:
            if time.monotonic() > limit or process.poll() is not None:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.1)
        yield peer
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def signed(peer: Peer, method: str, target: bytes, body: bytes = b"") -> bytes:
    """One request, as it goes over the wire."""
    host = f"127.0.0.1:{peer.port}".encode()
    signer = Signer(Credentials(KEY, SECRET), "us-east-1")
    payload = hashlib.sha256(body).hexdigest().encode()
    request = Request(method, target, [(b"host", host)])
    added = signer.sign(request, now=int(time.time()), payload=payload)
    headers = [(b"host", host), *added]
    if method == "PUT":
        headers.append((b"content-length", b"%d" % len(body)))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method.encode(), target, lines, body)


def replay(peer: Peer, requests: Sequence[bytes], *, connections: int, seconds: int) -> Measured:
    """wrk, once."""
    with tempfile.NamedTemporaryFile() as file:
        for one in requests:
            file.write(b"%d\n%b" % (len(one), one))
        file.flush()
        before = peer.cpu_s()
        done = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "-s",
                str(HERE / "replay.lua"),
                peer.endpoint,
                file.name,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        cpu = peer.cpu_s() - before
    found = _RESULT.search(done.stdout)
    assert found is not None, done.stdout
    count, took_us, p50, p99, _, errors = map(int, found.groups())
    return Measured(
        count / (took_us / 1e6),
        p50 / 1000,
        p99 / 1000,
        errors,
        cpu / max(count, 1) * 1000,
        peer.pss_mb(),
    )


def fill(peer: Peer) -> None:
    """The bucket and its keys, by boto3."""
    s3 = boto3.client(
        "s3",
        endpoint_url=peer.endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    s3.create_bucket(Bucket=BUCKET)
    for number in range(KEYS):
        s3.put_object(Bucket=BUCKET, Key=f"k{number:05d}", Body=os.urandom(SIZE))


def workloads(peer: Peer) -> dict[str, list[bytes]]:
    """The requests of each workload, signed now."""
    body = os.urandom(SIZE)
    return {
        "GET 4 KiB": [
            signed(peer, "GET", b"/%b/k%05d" % (BUCKET.encode(), n)) for n in range(KEYS)
        ],
        "PUT 4 KiB": [
            signed(peer, "PUT", b"/%b/p%05d" % (BUCKET.encode(), n), body) for n in range(KEYS)
        ],
        "LIST 1,000": [
            signed(peer, "GET", b"/%b?list-type=2&prefix=k" % BUCKET.encode()) for _ in range(4)
        ],
    }


def large(peer: Peer, size: int) -> tuple[float, float]:
    """PUT and GET of one large object by curl, in seconds."""
    signer = Signer(Credentials(KEY, SECRET), "us-east-1")
    host = f"127.0.0.1:{peer.port}".encode()
    times = []
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        piece = os.urandom(1024 * 1024)
        for _ in range(size // len(piece)):
            file.write(piece)
        file.flush()
        for method, extra in (("PUT", ["-T", file.name]), ("GET", [])):
            request = Request(method, f"/{BUCKET}/large".encode(), [(b"host", host)])
            target = signer.presign(request, now=int(time.time()), expires_s=3600).decode()
            began = time.perf_counter()
            subprocess.run(
                ["curl", "-sf", "-o", "/dev/null", *extra, peer.endpoint + target], check=True
            )
            times.append(time.perf_counter() - began)
    return times[0], times[1]


def main() -> int:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--large-mb", type=int, default=1024)
    parser.add_argument("--port", type=int, default=19500)
    chosen = parser.parse_args()
    for needed in ("wrk", "curl"):
        if shutil.which(needed) is None:
            raise SystemExit(f"{needed} is missing: apt-get install {needed}")
    moto = shutil.which("moto_server", path=str(Path(sys.executable).parent)) or ""
    port, workers = chosen.port, str(chosen.workers)
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp"))
        command = [sys.executable, "-m", "gateway.cli", "serve", "--workers", workers]
        command += ["--data-dir", f"{data}/data", "--listen", f"127.0.0.1:{port}"]
        peers = [stack.enter_context(started("signet", port, command))]
        bare = [sys.executable, str(HERE / "bare.py"), str(port + 1), workers]
        peers.append(stack.enter_context(started("bare aiohttp", port + 1, bare)))
        if moto:
            peers.append(
                stack.enter_context(
                    started("moto", port + 2, [moto, "-H", "127.0.0.1", "-p", str(port + 2)])
                )
            )
        for peer in peers:
            if peer.name != "bare aiohttp":
                fill(peer)
        print(
            f"{'':12} {'':14} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} "
            f"{'cpu s/1000':>10} {'PSS MB':>7} {'errors':>6} {'of bare':>8}"
        )
        for name in ("GET 4 KiB", "PUT 4 KiB", "LIST 1,000"):
            results: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
            for _ in range(chosen.rounds):
                for peer in peers:
                    requests = workloads(peer)[name]
                    results[peer.name].append(
                        replay(
                            peer,
                            requests,
                            connections=chosen.connections,
                            seconds=chosen.seconds,
                        )
                    )
            reference = statistics.median(one.rate for one in results["bare aiohttp"])
            for peer_name, runs in results.items():
                one = sorted(runs)[len(runs) // 2]
                print(
                    f"{name:12} {peer_name:14} {one.rate:8.0f} {one.p50_ms:8.2f} "
                    f"{one.p99_ms:8.2f} {one.cpu_s:10.3f} {one.pss_mb:7.0f} {one.errors:6} "
                    f"{one.rate / reference:8.2f}",
                    flush=True,
                )
        size = chosen.large_mb * 1024 * 1024
        put_s, get_s = large(peers[0], size)
        print(
            f"{chosen.large_mb} MiB: PUT {size / put_s / 1e6:.0f} MB/s, "
            f"GET {size / get_s / 1e6:.0f} MB/s, PSS {peers[0].pss_mb():.0f} MB after"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
