"""What a verification costs, in microseconds: ``python -m tests.bench.micro_sigv4``.

A report and no gate.  Machines differ, so what is wanted is a ratio to one HMAC over 200
bytes, ``hmac.digest``, which takes 1.5 µs on the machine of the budget: a header GET with
its key cached 12 µs there, so 8 of them; a presigned one 10, a PUT with nine signed headers
12.  botocore's signing of the same requests stands beside.
"""

import hmac
import timeit
from collections.abc import Callable, Iterable
from typing import Final

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreKeys

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

Case = Callable[[], None]
_KEY: Final = bytes(32)
_TEXT: Final = bytes(200)
CHUNK: Final = bytes(64 * 1024)
CALLS: Final = 50
ROUNDS: Final = 400

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


def _of(request: Request) -> Case:
    request, cache = with_headers(request, _UNSIGNED), KeyCache()
    return lambda: _verify(request, cache)


def _stream() -> Case:
    request, pieces = streaming(SIGNED, [CHUNK] * 16)
    verified, wire = accept(request), b"".join(pieces)

    def decode() -> None:
        body = verified.body()
        for start in range(0, len(wire), 256 * 1024):
            body.feed(wire[start : start + 256 * 1024])
        body.finish()

    return decode


CASES: Final[dict[str, Case]] = {
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


BUDGET: Final = {"header GET, 3 signed": 8.0, "header PUT, 9 signed": 12.0, "presigned GET": 10.0}


def _botocore(method: str, extra: Iterable[tuple[bytes, bytes]], *, in_query: bool) -> Case:
    keys = BotocoreKeys(KEYS.access_key, KEYS.secret_key)
    if in_query:
        auth: S3SigV4Auth = S3SigV4QueryAuth(keys, "s3", REGION, expires=3600)
    else:
        auth = S3SigV4Auth(keys, "s3", REGION)
    headers = {name.decode(): value.decode() for name, value in extra}

    def sign() -> None:
        request = AWSRequest(method=method, url="https://s3.example.com/bkt/key", headers=headers)
        auth.add_auth(request)

    return sign


SIGNERS: Final[dict[str, Case]] = {
    "botocore signs the GET": _botocore("GET", (), in_query=False),
    "botocore signs the PUT": _botocore("PUT", _META, in_query=False),
    "botocore presigns": _botocore("GET", (), in_query=True),
}


def _least(case: Callable[[], object], calls: int, rounds: int) -> float:
    """Microseconds of one run, in the quietest of many short moments."""
    return min(timeit.repeat(case, number=calls, repeat=rounds)) / calls * 1e6


def main() -> None:
    """Print the least of many short runs of each case, and its ratio to one HMAC."""
    unit = _least(lambda: hmac.digest(_KEY, _TEXT, "sha256"), 10 * CALLS, ROUNDS)
    print(f"{'one HMAC over 200 bytes':34} {unit:8.2f} µs")
    for name, case in (CASES | SIGNERS).items():
        took = _least(case, 2, 1 + ROUNDS // 8) if "MiB" in name else _least(case, CALLS, ROUNDS)
        wanted = f"  (wanted: {BUDGET[name]:g})" if name in BUDGET else ""
        print(f"{name:34} {took:8.1f} µs {took / unit:6.1f} HMACs{wanted}")


if __name__ == "__main__":
    main()
