"""How long the protocol takes with one request: microseconds of CPU, the best of several runs.

    python -m tests.bench.micro_protocol

A report, not a gate: machines are noisy.  The budget is design's: a GET routed
and parsed in 3, rendered in 2.
"""

import time
import timeit
from collections.abc import Callable
from typing import Final

from gateway.protocol import types as t
from gateway.protocol.model import load
from gateway.protocol.plans import compile_plans
from gateway.protocol.query import Query
from gateway.protocol.xml import parse
from storage.versioning import VersionId

ROUNDS: Final = 7
ROUND_S: Final = 0.2  # at least
HEADERS: Final = {
    b"host": b"localhost:9000",
    b"accept-encoding": b"identity",
    b"user-agent": b"Boto3/1.44",
    b"x-amz-date": b"20261121T000000Z",
    b"x-amz-content-sha256": b"UNSIGNED-PAYLOAD",
    b"authorization": b"AWS4-HMAC-SHA256 ...",
}
PUT_HEADERS: Final = HEADERS | {
    b"content-type": b"text/plain",
    b"content-length": b"4096",
    b"x-amz-sdk-checksum-algorithm": b"CRC32",
    b"x-amz-checksum-crc32": b"AAAAAA==",
    b"x-amz-meta-colour": b"green",
}
VERSION_ID: Final = str(VersionId(1, bytes(16))).encode()
LIST_QUERY: Final = b"list-type=2&prefix=photos%2F&delimiter=%2F&max-keys=1000&encoding-type=url"
SIGNED_QUERY: Final = (
    b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261121%2Fus-east-1%2Fs3%2Faws4_request"
    b"&X-Amz-Date=20261121T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
)


def measure(name: str, work: Callable[[], object]) -> None:
    """Print the microseconds that one call takes."""
    timer = timeit.Timer(work, timer=time.process_time)
    number = 1
    while timer.timeit(number) < ROUND_S:
        number *= 2
    best = min(timer.repeat(ROUNDS, number)) / number * 1e6
    print(f"{name:44}{best:10.2f} us")


def main() -> None:
    """Print the report."""
    started = time.perf_counter()
    load()
    loaded = time.perf_counter()
    plans = compile_plans()
    print(f"{'load the model':44}{(loaded - started) * 1e6:10.0f} us")
    print(f"{'compile the plans':44}{(time.perf_counter() - loaded) * 1e6:10.0f} us")

    def request(
        method: str, level: str, raw: bytes = b"", headers: dict[bytes, bytes] = HEADERS
    ) -> object:
        query = Query(raw)
        plan = plans.route(method, level, query, headers)
        return plan.parse("bucket", "key" if level == "object" else None, query, headers)

    measure("GetObject, route and parse", lambda: request("GET", "object"))
    measure("... of a version", lambda: request("GET", "object", b"versionId=%s" % VERSION_ID))
    measure("... presigned", lambda: request("GET", "object", SIGNED_QUERY))
    measure("PutObject, route and parse", lambda: request("PUT", "object", b"", PUT_HEADERS))
    measure("ListObjectsV2, route and parse", lambda: request("GET", "bucket", LIST_QUERY))

    put = plans.by_name["PutObject"]
    put_output = t.PutObjectOutput(
        etag='"9bb58f26192e4ba00f01e2e7b136bbd8"',
        checksum_crc32="AAAAAA==",
        checksum_type="FULL_OBJECT",
    )
    measure("PutObject, render", lambda: put.render(put_output))
    listing = plans.by_name["ListObjectsV2"]
    page = t.ListObjectsV2Output(
        name="bucket",
        prefix="",
        max_keys=1000,
        key_count=1000,
        is_truncated=False,
        contents=[
            t.ObjectShape(
                key=f"photos/2026/11/{number:08}.jpg",
                last_modified=1_792_540_800_000 + number * 1013,
                etag='"9bb58f26192e4ba00f01e2e7b136bbd8"',
                size=number,
                storage_class="STANDARD",
            )
            for number in range(1000)
        ],
    )
    measure("ListObjectsV2 of 1,000 keys, render", lambda: listing.render(page))
    part = b"<Part><PartNumber>1</PartNumber><ETag>9bb58f26192e4ba00f01e2e7b136bbd8</ETag></Part>"
    body = b"<CompleteMultipartUpload>" + part * 10_000 + b"</CompleteMultipartUpload>"
    complete = plans.by_name["CompleteMultipartUpload"]
    measure(
        "CompleteMultipartUpload of 10,000 parts, read",
        lambda: complete.read_body(t.CompleteMultipartUploadRequest(), body),
    )
    measure("... of which XML", lambda: parse(body))


if __name__ == "__main__":
    main()
