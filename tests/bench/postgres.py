"""What a request costs by where its metadata is: ``python -m tests.bench.postgres``.

CPU of the workers, and of PostgreSQL's processes beside them, for each request of several
kinds, turn by turn on SQLite and PostgreSQL (``fsync`` on in both).  The client's own does not
count; so neither does what else the machine does, but for the caches it spoils.
"""

import argparse
import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sigv4 import Credentials, Request, Signer
from tests.postgres.server import FSYNC, Postgres, postgres, programs
from tests.serving import KEY, SECRET, Server, serving

TICKS: Final = os.sysconf("SC_CLK_TCK")
BODY: Final = bytes(4096)
OBJECTS: Final = 500
BUCKET: Final = "bench"


class Kind(NamedTuple):
    """A request, made for the n-th time."""

    name: str
    make: Callable[[int], tuple[str, str, bytes]]  # method, target, body


KINDS: Final = (
    Kind("GET of 4 KiB", lambda n: ("GET", f"/{BUCKET}/key{n % OBJECTS}", b"")),
    Kind("HEAD", lambda n: ("HEAD", f"/{BUCKET}/key{n % OBJECTS}", b"")),
    Kind("GET of what is not there", lambda n: ("GET", f"/{BUCKET}/no{n}", b"")),
    Kind("PUT of 4 KiB, new", lambda n: ("PUT", f"/{BUCKET}/{time.time_ns()}-{n}", BODY)),
    Kind("PUT of 4 KiB, over another", lambda n: ("PUT", f"/{BUCKET}/key{n % OBJECTS}", BODY)),
    Kind("ListObjectsV2, 100 keys", lambda n: ("GET", f"/{BUCKET}?list-type=2&max-keys=100", b"")),
)


def signed(server: Server, method: str, target: str, body: bytes) -> bytes:
    """A whole request."""
    payload = hashlib.sha256(body).hexdigest().encode()
    headers = [(b"host", server.place.encode())]
    if body:
        headers.append((b"content-length", b"%d" % len(body)))
    signer = Signer(Credentials(KEY, SECRET), "us-east-1")
    request = Request(method, target.encode(), headers)
    headers += signer.sign(request, now=int(time.time()), payload=payload)
    lines = [f"{method} {target} HTTP/1.1".encode(), *(b": ".join(pair) for pair in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def replay(server: Server, requests: Sequence[bytes], connections: int) -> None:
    """Send them all, and read every answer."""
    left = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection(*server.address)
        for request in left:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head[9:12] in (b"200", b"404"), head + request[:500]
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if b"transfer-encoding: chunked" in head:
                await reader.readuntil(b"\r\n0\r\n\r\n")
            elif not request.startswith(b"HEAD"):
                await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*[one() for _ in range(connections)])


def used_s(pids: Sequence[int]) -> float:
    """CPU of processes so far."""
    total = 0
    for pid in pids:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(words[11]) + int(words[12])
    return total / TICKS


@contextmanager
def served(data: Path, *arguments: str) -> Iterator[Server]:
    """With objects in it."""
    with serving(data, "--workers", "1", "--trail", "off", *arguments) as server:
        s3 = server.client()
        s3.create_bucket(Bucket=BUCKET)
        for number in range(OBJECTS):
            s3.put_object(Bucket=BUCKET, Key=f"key{number}", Body=BODY)
        yield server


def measure(
    server: Server, rows: Postgres | None, kind: Kind, count: int, connections: int
) -> tuple[float, float]:
    """Microseconds of the worker, and of PostgreSQL, for each request."""
    requests = [signed(server, *kind.make(number)) for number in range(count)]
    worker = server.workers()[:1]
    stored = rows.processes() if rows is not None else ()
    gateway_s, beside_s = used_s(worker), used_s(stored)
    asyncio.run(replay(server, requests, connections))
    gateway_s, beside_s = used_s(worker) - gateway_s, used_s(stored) - beside_s
    return gateway_s / count * 1e6, beside_s / count * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    found = programs()
    assert found is not None, "PostgreSQL is not installed: apt-get install postgresql"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = stack.enter_context(postgres(found, options=FSYNC))
        url = rows.url(rows.new_database())
        servers = (
            (stack.enter_context(served(folder / "sqlite")), None),
            (stack.enter_context(served(folder / "postgres", "--meta", url)), rows),
        )
        print("| request | connections | SQLite | PostgreSQL | its server |")
        for kind in KINDS:
            for connections in (1, 32):
                taken: list[list[tuple[float, float]]] = [[], []]
                for _ in range(chosen.rounds):
                    for several, (server, beside) in zip(taken, servers, strict=True):
                        several.append(measure(server, beside, kind, chosen.requests, connections))
                sqlite, (gateway, stored) = (
                    [statistics.median(column) for column in zip(*several, strict=True)]
                    for several in taken
                )
                print(
                    f"| {kind.name} | {connections} | {sqlite[0]:.0f} | {gateway:.0f} "
                    f"({gateway / sqlite[0]:.1f}) | {stored:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
