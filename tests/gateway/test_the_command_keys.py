"""``signet keys``: what it shows, what it adds, and that servers use it."""

import asyncio
import json
import os
from pathlib import Path

import boto3
import pytest

from gateway import datadir
from gateway.cli import main
from storage.keyring import SSE_S3, Keyring
from storage.seam import SystemClock, SystemRandomness
from tests.serving import serving


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    os.close(datadir.take(directory, in_use="is in use"))
    return directory


def listed(data: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["keys", "list", "--data-dir", str(data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    versions = [(one["name"], one["version"]) for one in found]
    assert versions == sorted(set(versions))
    return [name for name, _ in versions]


def test_a_rotation_adds_a_version_that_encrypts(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(data, capsys) == []
    keyring = Keyring(data, clock=SystemClock(), randomness=SystemRandomness())
    wrapped = asyncio.run(keyring.wrap(SSE_S3, bytes(32), b""))
    assert main(["keys", "rotate", "--data-dir", str(data)]) == 0
    assert "encrypts from now on\n" in capsys.readouterr().out
    assert listed(data, capsys) == ["sse-s3"] * 2
    assert asyncio.run(keyring.unwrap(SSE_S3, wrapped, b"")) == bytes(32)


def test_a_key_of_kms_is_rotated_by_any_of_its_names(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--data-dir", str(data), "--kms-keys", "key-1", "--kms-keys", "alias/one=key-1"]
    for name in ("key-1", "alias/one"):
        assert main(["keys", "rotate", "--key", name, *flags]) == 0
    capsys.readouterr()
    assert listed(data, capsys) == ["kms:key-1"] * 2
    assert main(["keys", "list", "--data-dir", str(data)]) == 0
    shown = capsys.readouterr().out
    secrets = [path.read_text() for path in (data / "keys").iterdir()]
    assert not any(json.loads(text)["secret"] in shown for text in secrets)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["keys", "list", "--data-dir", "nothing"], "is no data directory"),
        (["keys", "rotate", "--key", "other", "--data-dir", "DATA"], "there is no 'other'"),
        (
            [
                *("keys", "rotate", "--key", "k", "--data-dir", "DATA"),
                *("--kms", "transit:http://127.0.0.1:1/transit"),
            ],
            "are rotated there",
        ),
    ],
)
def test_what_cannot_be_rotated_is_said(
    data: Path,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGNET_KMS_TOKEN", "token")
    assert main([str(data) if one == "DATA" else one for one in arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_damaged_key_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "rotate", "--data-dir", str(data)]) == 0
    (path,) = (data / "keys").iterdir()
    path.write_text("{}")
    assert main(["keys", "list", "--data-dir", str(data)]) == 2
    assert f"{path.name} is damaged: restore it" in capsys.readouterr().err


def test_secrets_are_sealed_anew_beside_a_server_and_go_on_working(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    place = ["--data-dir", str(data)]
    with serving(data, "--workers", "1") as server:
        server.client().create_bucket(Bucket="bucket")
        server.client().put_object(Bucket="bucket", Key="k", Body=b"x")
        assert main(["key", "issue", "--bucket", "bucket", "--json", *place]) == 0
        made = json.loads(capsys.readouterr().out)

        assert main(["keys", "rotate", "--key", "identity", *place]) == 0
        assert "secrets sealed anew: 1; left as they were: 0\n" in capsys.readouterr().out
        assert main(["keys", "reseal", *place]) == 0
        assert capsys.readouterr().out.startswith("secrets sealed anew: 0;")
        first, _ = sorted((data / "keys").glob("identity.*.json"))
        first.unlink()

        partner = boto3.client(
            "s3",
            endpoint_url=server.endpoint,
            aws_access_key_id=made["access_key_id"],
            aws_secret_access_key=made["secret_access_key"],
            region_name="us-east-1",
        )
        assert partner.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
        assert server.stop() == 0
