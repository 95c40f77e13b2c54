"""What a verification costs, in microseconds: ``python -m tests.bench.micro_sigv4``.

A report and no gate; a header GET with its key cached should stay below 12.
"""

import time
import timeit
from collections.abc import Callable
from typing import Final

from sigv4 import Anonymous, KeyCache, Request, check, read
from tests.sigv4.signing import (
    KEYS,
    NOW,
    REGION,
    SIGNED,
    accept,
    by_header,
    by_url,
    streaming,
    with_headers,
)

ROUNDS: Final = 4000
REPEATS: Final = 7
CHUNK: Final = bytes(64 * 1024)

_UNSIGNED: Final = [
    (b"User-Agent", b"Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux"),
    (b"Accept-Encoding", b"identity"),
    (b"Accept", b"*/*"),
    (b"amz-sdk-invocation-id", b"7e5c9a3e-4a0e-4c0a-9c55-0d3c0a0d3c0a"),
    (b"amz-sdk-request", b"attempt=1"),
    (b"Connection", b"keep-alive"),
]
_META: Final = [(b"x-amz-meta-%d" % number, b"value") for number in range(6)]


def _verify(request: Request, cache: KeyCache) -> None:
    claim = read(request, now=NOW, regions=(REGION,))
    assert not isinstance(claim, Anonymous)
    check(claim, KEYS.secret_key, cache)


def _of(request: Request) -> Callable[[], None]:
    request, cache = with_headers(request, _UNSIGNED), KeyCache()
    return lambda: _verify(request, cache)


def _stream() -> Callable[[], None]:
    request, pieces = streaming(SIGNED, [CHUNK] * 16)
    verified, wire = accept(request), b"".join(pieces)

    def decode() -> None:
        body = verified.body()
        for start in range(0, len(wire), 256 * 1024):
            body.feed(wire[start : start + 256 * 1024])
        body.finish()

    return decode


CASES: Final[dict[str, Callable[[], None]]] = {
    "header GET, 3 signed": _of(by_header()),
    "header GET, escaped key": _of(by_header(target=b"/bkt/%C3%A9t%C3%A9/a%20b")),
    "header GET, key to encode": _of(by_header(target=b"/bkt/a$b=c@d")),
    "header LIST, 5 parameters": _of(
        by_header(
            target=b"/bkt?list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=100&encoding-type=url"
        )
    ),
    "header PUT, 9 signed": _of(by_header("PUT", headers=_META)),
    "presigned GET": _of(by_url()),
    "1 MiB in signed chunks of 64 KiB": _stream(),
}


def main() -> None:
    """Print the least of several runs of each case."""
    for name, case in CASES.items():
        rounds = 20 if "MiB" in name else ROUNDS
        best = (
            min(timeit.repeat(case, timer=time.process_time, number=rounds, repeat=REPEATS))
            / rounds
        )
        print(f"{name:34} {best * 1e6:8.1f} µs")


if __name__ == "__main__":
    main()
