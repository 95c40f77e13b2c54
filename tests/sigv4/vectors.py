"""Where the published vectors are, and how to read one line of them."""

import base64
import json
import os
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sigv4 import Request
from sigv4.scope import parse_timestamp

DIRECTORY = Path(os.environ.get("SIGNET_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
Vector = dict[str, Any]


def need_vectors() -> None:
    """Report that they are not here; whoever names a directory must have it."""
    if DIRECTORY.is_dir():
        return
    if "SIGNET_VECTORS" in os.environ:
        pytest.fail(f"SIGNET_VECTORS: no directory {DIRECTORY}", pytrace=False)
    pytest.skip("the published vectors are not here: set SIGNET_VECTORS", allow_module_level=True)


@cache
def _all() -> tuple[Vector, ...]:
    return tuple(
        json.loads(line)
        for path in sorted(DIRECTORY.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    )


def of_kind(*kinds: str, algorithm: str | None = "AWS4-HMAC-SHA256") -> Iterator[Vector]:
    """The vectors of these kinds, of one algorithm unless that is None."""
    for vector in _all():
        if vector["kind"] not in kinds:
            continue
        if algorithm is None or vector.get("algorithm", algorithm) == algorithm:
            yield vector


def kinds() -> set[str]:
    """Every kind there is."""
    return {vector["kind"] for vector in _all()}


def to_bytes(text: str) -> bytes:
    """Header and target bytes as the vectors hold them."""
    return text.encode("utf-8", "surrogateescape")


def request_of(shape: dict[str, Any]) -> Request:
    """A vector's request, as it goes over the wire."""
    headers = [(to_bytes(name), to_bytes(value)) for name, value in shape["headers"]]
    return Request(shape["method"], to_bytes(shape["target"]), headers)


def body_of(shape: dict[str, Any]) -> bytes:
    """A vector's body."""
    if shape.get("body_zlib_b64"):
        return zlib.decompress(base64.b64decode(shape["body_zlib_b64"]))
    return base64.b64decode(shape.get("body_b64") or "")


def seconds(timestamp: str) -> int:
    """A vector's timestamp in Unix seconds."""
    found = parse_timestamp(timestamp)
    assert found is not None
    return found
