"""The same input gives the same bytes: on every run, with every seed of Python's hashes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import freezegun
import pytest

from gateway.cli import main
from sigv4 import ECDSA_SHA256, GENERIC, Request, Signer, encode_form
from sigv4.sign import encode_chunks
from tests.sigv4.signing import KEYS, NOW, REGION, SIGNED, SIGNED_4A

ROOT = Path(__file__).parents[2]
HEAD = Request(
    "PUT",
    b"/bkt/key?b=2&a=1",
    [(b"host", b"s3.example.com"), (b"x-amz-meta-b", b"2"), (b"x-amz-meta-a", b"1")],
)
FIELDS = {"acl": "private", "x-amz-meta-b": "2", "x-amz-meta-a": "1"}


def everything() -> str:
    """The hash of all that is signed, each way."""
    made: list[bytes] = []
    for signer, chunked in (
        (Signer(KEYS, REGION), SIGNED),
        (Signer(KEYS, "*", algorithm=ECDSA_SHA256), SIGNED_4A),
        (Signer(KEYS, REGION, "orders", GENERIC), b"UNSIGNED-PAYLOAD"),
    ):
        added = signer.sign(HEAD, now=NOW, payload=chunked)
        made += [name + value for name, value in added]
        made.append(signer.presign(HEAD, now=NOW, expires_s=60))
        chunks = signer.chunk_signer(added[-1][1], now=NOW)
        made += encode_chunks([b"a", b"b"], chunks, [("x-amz-checksum-crc32", "AAAAAA==")])
    conditions = [{name: value} for name, value in FIELDS.items()]
    form = Signer(KEYS, REGION).post_form(
        "bkt", "k", now=NOW, expires_s=60, fields=FIELDS, conditions=conditions
    )
    made.append(encode_form(form.items(), b"file", boundary=b"b"))
    return hashlib.sha256(b"\n".join(made)).hexdigest()


@pytest.mark.parametrize("seed", ["0", "1", "4294967295"])
def test_the_seed_of_hashes_changes_nothing(seed: str) -> None:
    code = "from tests.sigv4.test_deterministic import everything; print(everything())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == everything()


@pytest.mark.parametrize(
    "command",
    [
        ["presign", "get", "s3://bkt/key", "--expires", "1h"],
        ["post-form", "s3://bkt/key", "--expires", "1h", "--json"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_at_the_same_moment_says_the_same(
    command: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGNET_ROOT_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("SIGNET_ROOT_SECRET_ACCESS_KEY", "s" * 40)
    said = []
    for _ in range(2):
        with freezegun.freeze_time("2026-08-21T10:11:12Z"):
            status = main([*command, "--data-dir", str(tmp_path)])
        assert not status
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "20260821T101112Z" in said[0]
