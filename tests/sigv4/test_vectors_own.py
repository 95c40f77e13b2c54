"""Our own vectors: generated alike every time, run whole, and right by plain arithmetic.

The arithmetic here is hashlib, hmac and ``cryptography`` on what a record says, and botocore's
canonical request: nothing of the package.
"""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
    derive_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

from sigv4.__main__ import main
from sigv4.vectors import run
from sigv4.vectors.generate import FILES, content, generate
from sigv4.vectors.run import KINDS

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "fixtures" / "signatures"
Record = dict[str, Any]


def read(name: str) -> list[Record]:
    return [json.loads(line) for line in (DIRECTORY / name).read_text().splitlines()]


VECTORS = [vector for name in FILES for vector in read(name)]


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_command_writes(name: str) -> None:
    """If not: python -m sigv4 generate-vectors fixtures/signatures"""
    assert (DIRECTORY / name).read_text() == content(name)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_they_do_not_depend_on_the_order_of_hashes(tmp_path: Path, seed: str) -> None:
    command = [sys.executable, "-m", "sigv4", "generate-vectors", str(tmp_path / "a" / "b")]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    for name in FILES:
        assert (tmp_path / "a" / "b" / name).read_bytes() == (DIRECTORY / name).read_bytes()


def test_a_directory_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert generate([str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["sigv4", "generate-vectors", str(tmp_path / "new")])
    assert main() == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_all_pass_and_nothing_is_left_out(name: str) -> None:
    outcomes = list(run(read(name)))
    assert [o for o in outcomes if o.result != "passed" or o.note] == []


def test_a_vector_has_a_name_of_its_own_a_source_and_a_licence() -> None:
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS) == 500
    assert {vector["license"] for vector in VECTORS} == {"Apache-2.0"}
    assert all(vector["source"] and vector["kind"] in KINDS for vector in VECTORS)


def test_they_cover_the_kinds_that_can_be_generated() -> None:
    """What others recorded, and their drawn signatures, cannot."""
    recorded = {"behaviour", "wire-header", "wire-query", "sigv2", "v4a-chunked-template"}
    derived = {"canonical-request", "string-to-sign"}  # steps of request-header and -query
    assert {vector["kind"] for vector in VECTORS} == KINDS.keys() - recorded - derived


# Plain arithmetic


def derived(vector: Record) -> bytes:
    key: bytes = b"AWS4" + vector["credentials"]["secret_access_key"].encode()
    for text in (vector["timestamp"][:8], vector["region"], vector["service"], "aws4_request"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return key


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def of_algorithm(algorithm: str) -> list[Record]:
    return [v for v in VECTORS if v.get("algorithm") == algorithm and "expected" in v]


def signatures(expected: Record) -> list[Record]:
    steps = [expected, *expected.get("chunks", ()), expected.get("trailer") or {}]
    return [step for step in steps if "signature" in step]


def test_each_step_of_version_4_by_plain_arithmetic() -> None:
    count = Counter[str]()
    for vector in of_algorithm("AWS4-HMAC-SHA256"):
        expected = vector["expected"]
        if "signing_key" in expected:
            assert bytes.fromhex(expected["signing_key"]) == derived(vector)
            count["keys"] += 1
        if "canonical_request" in expected:
            lines = expected["string_to_sign"].split("\n")
            date, region, service = vector["timestamp"], vector["region"], vector["service"]
            scope = f"{date[:8]}/{region}/{service}/aws4_request"
            digest = hashed(expected["canonical_request"])
            assert lines == ["AWS4-HMAC-SHA256", date, scope, digest], vector["name"]
            count["requests"] += 1
        previous = expected.get("signature")
        for step in signatures(expected):
            text = step["string_to_sign"].encode()
            found = hmac.new(derived(vector), text, hashlib.sha256).hexdigest()
            assert step["signature"] == found, vector["name"]
            if step is not expected:
                assert step["string_to_sign"].split("\n")[3] == previous
            previous = found
            count["signatures"] += 1
        if "authorization" in expected:
            keys = vector["credentials"]["access_key_id"]
            scope = f"{vector['timestamp'][:8]}/{vector['region']}/{vector['service']}"
            assert expected["authorization"] == (
                f"AWS4-HMAC-SHA256 Credential={keys}/{scope}/aws4_request, "
                f"SignedHeaders={expected['signed_headers']}, Signature={expected['signature']}"
            )
            count["authorizations"] += 1
    assert min(count.values()) > 80, count


def test_each_step_of_version_4a_by_plain_arithmetic() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    count = Counter[str]()
    for vector in of_algorithm("AWS4-ECDSA-P256-SHA256"):
        expected = vector["expected"]
        keys = vector["credentials"]
        label = b"\0\0\0\1AWS4-ECDSA-P256-SHA256\0" + keys["access_key_id"].encode()
        secret = b"AWS4A" + keys["secret_access_key"].encode()
        found = hmac.new(secret, label + b"\1\0\0\1\0", hashlib.sha256).digest()
        number = int.from_bytes(found) + 1
        assert number < order
        assert f"{number:064x}" == expected["private_key"]
        point = derive_private_key(number, SECP256R1()).public_key().public_numbers()
        x, y = int(expected["public_key_x"], 16), int(expected["public_key_y"], 16)
        assert (point.x, point.y) == (x, y)
        public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        if "canonical_request" in expected:
            scope = f"{vector['timestamp'][:8]}/{vector['service']}/aws4_request"
            digest = hashed(expected["canonical_request"])
            lines = ["AWS4-ECDSA-P256-SHA256", vector["timestamp"], scope, digest]
            assert expected["string_to_sign"].split("\n") == lines
        for step in signatures(expected):
            text = step["string_to_sign"].encode()
            public.verify(bytes.fromhex(step["signature"]), text, ECDSA(SHA256()))
            count["signatures"] += 1
    assert count["signatures"] > 150


def test_botocore_makes_the_same_canonical_request() -> None:
    """Of a target that is canonical already: botocore takes it as it is."""
    same = 0
    for vector in of_algorithm("AWS4-HMAC-SHA256"):
        if vector["kind"] != "request-header" or vector["service"] != "s3":
            continue
        expected, signed = vector["expected"], vector["signed_request"]
        canonical = expected["canonical_request"]
        path, _, query = signed["target"].partition("?")
        if (
            path != canonical.split("\n")[1]
            or "&".join(sorted(query.split("&"))) != (canonical.split("\n")[2])
        ):
            continue
        if not all(value.isascii() for _, value in signed["headers"]):
            continue
        names = expected["signed_headers"].split(";")
        host = dict(signed["headers"])["Host"]
        request = AWSRequest(method=signed["method"], url=f"https://{host}{signed['target']}")
        for name, value in signed["headers"]:
            if name.lower() in names:
                request.headers.add_header(name, value)
        keys = Credentials("key", "secret")
        found = S3SigV4Auth(keys, "s3", vector["region"]).canonical_request(request)
        assert found == canonical, vector["name"]
        same += 1
    assert same > 40, same


def test_the_documented_figures_are_aws_s() -> None:
    """Each signature that the vectors have is a literal of the module, not computed."""
    source = (ROOT / "sigv4" / "vectors" / "documented.py").read_text()
    vectors = read("documented.jsonl")
    for vector in vectors:
        for step in signatures(vector["expected"]):
            assert f'"{step["signature"]}"' in source
    assert len(vectors) == 10


def test_the_documentation_lists_the_files_and_the_kinds() -> None:
    page = (ROOT / "docs" / "vectors.md").read_text()
    for name in FILES:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert row.endswith(f"| {len(read(name))} |")
    for kind in KINDS:
        assert f"`{kind}`" in page
