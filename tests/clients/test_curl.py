"""curl: presigned URLs of two makers, and its own signing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import pytest

from tests.clients.catalogue import CLIENTS, ROOT
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content, sha256, sha256_of, write_file
from tests.clients.programs import run, run_json
from tests.clients.server import DOMAIN

KEY: Final = "folder/ä key+with~marks.bin"
# curl 7.88 does not send x-amz-content-sha256, which S3 requires: it is given and so signed.
UNSIGNED: Final = ("-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD")

Presign: TypeAlias = Callable[[str, str, str, int], str]


@pytest.fixture
def curl() -> list[str | Path]:
    """The program; it fails on an HTTP error and says nothing but the body."""
    return [CLIENTS["curl"].require(), "--silent", "--show-error", "--fail", "--noproxy", "*"]


@pytest.fixture
def signing(curl: list[str | Path], endpoint: Endpoint) -> list[str | Path]:
    """curl that signs for S3."""
    user = f"{endpoint.access_key}:{endpoint.secret_key}"
    return [*curl, "--aws-sigv4", f"aws:amz:{endpoint.region}:s3", "--user", user]


def _by_boto3(endpoint: Endpoint, _: dict[str, str]) -> Presign:
    def presign(verb: str, bucket: str, key: str, expires_s: int) -> str:
        client = endpoint.boto()
        url: str = client.generate_presigned_url(
            f"{verb}_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=expires_s
        )
        client.close()
        return url

    return presign


def _by_signet(endpoint: Endpoint, environment: dict[str, str]) -> Presign:
    def presign(verb: str, bucket: str, key: str, expires_s: int) -> str:
        command = [sys.executable, "-m", "gateway.cli", "presign", verb, f"s3://{bucket}/{key}"]
        options = ["--expires", f"{expires_s}s", "--endpoint", endpoint.url]
        return run([*command, *options], environment, cwd=ROOT).strip()

    return presign


@pytest.fixture(params=[_by_boto3, _by_signet], ids=["by boto3", "by signet presign"])
def presign(
    request: pytest.FixtureRequest, endpoint: Endpoint, environment: dict[str, str]
) -> Presign:
    """A maker of presigned URLs."""
    made: Presign = request.param(endpoint, environment)
    return made


@pytest.mark.parametrize("size", [0, 5000, 8 * MIB], ids="{} bytes".format)
def test_a_presigned_put_and_get(
    curl: list[str | Path],
    presign: Presign,
    bucket: str,
    environment: dict[str, str],
    tmp_path: Path,
    size: int,
) -> None:
    digest = write_file(tmp_path / "source", "curl", size)
    put = presign("put", bucket, KEY, 600)
    run([*curl, "--upload-file", tmp_path / "source", put], environment)
    get = presign("get", bucket, KEY, 600)
    run([*curl, "--output", tmp_path / "target", get], environment)
    assert sha256_of(tmp_path / "target") == digest


def test_a_presigned_url_is_for_its_verb_key_and_time_alone(
    curl: list[str | Path], presign: Presign, s3: Any, bucket: str, environment: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    s3.put_object(Bucket=bucket, Key="kex", Body=b"other")
    url = presign("get", bucket, "key", 600)
    status = [*curl[:3], "--noproxy", "*", "--output", "/dev/null", "--write-out", "%{http_code}"]
    assert run([*status, url], environment) == "200"
    for changed in (
        [url.replace("/key?", "/kex?")],
        [url.replace("X-Amz-Expires=600", "X-Amz-Expires=601")],
        ["-X", "DELETE", url],
        ["-X", "PUT", "--data-binary", "x", url],
        ["-H", "x-amz-acl: public-read", url],  # a header that nobody signed
    ):
        assert run([*status, *changed], environment) == "403", changed
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


def test_a_presigned_url_in_virtual_host_style(
    curl: list[str | Path], endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"content")
    client = endpoint.boto(
        url=f"http://{DOMAIN}:{endpoint.port}", s3={"addressing_style": "virtual"}
    )
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": KEY})
    client.close()
    host = f"{bucket}.{DOMAIN}"
    assert url.startswith(f"http://{host}:")
    resolve = f"{host}:{endpoint.port}:127.0.0.1"
    assert run([*curl, "--resolve", resolve, url], environment) == "content"


def test_curl_signs_a_put_a_get_and_a_delete(
    signing: list[str | Path],
    endpoint: Endpoint,
    s3: Any,
    bucket: str,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    digest = write_file(tmp_path / "source", "signed", 3 * MIB)
    url = f"{endpoint.url}/{bucket}/folder/signed.bin"
    run([*signing, *UNSIGNED, "--upload-file", tmp_path / "source", url], environment)
    run([*signing, *UNSIGNED, "--output", tmp_path / "target", url], environment)
    assert sha256_of(tmp_path / "target") == digest
    assert sha256(s3.get_object(Bucket=bucket, Key="folder/signed.bin")["Body"].read()) == digest
    run([*signing, *UNSIGNED, "-X", "DELETE", url], environment)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_curl_signs_the_hash_of_the_body(
    signing: list[str | Path], endpoint: Endpoint, bucket: str, environment: dict[str, str]
) -> None:
    url = f"{endpoint.url}/{bucket}/hashed"
    body = content("hashed", 300).hex()
    claimed = ("-H", f"x-amz-content-sha256: {sha256(body.encode())}")
    run([*signing, *claimed, "-X", "PUT", "--data-binary", body, url], environment)
    assert run([*signing, *UNSIGNED, url], environment) == body


def test_curl_lists_with_its_query_in_order(
    signing: list[str | Path],
    endpoint: Endpoint,
    s3: Any,
    bucket: str,
    environment: dict[str, str],
) -> None:
    for key in ("a/1", "a/2", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    # curl 7.88 signs the query as it is written: sorted, each name with its equals sign.
    query = f"delimiter={quote('/', safe='')}&list-type=2&prefix="
    listed = run([*signing, *UNSIGNED, f"{endpoint.url}/{bucket}?{query}"], environment)
    assert "<Key>b</Key>" in listed
    assert "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>" in listed


def test_a_url_made_by_signet_as_json(
    curl: list[str | Path], endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    command = [sys.executable, "-m", "gateway.cli", "presign", "--json", "get"]
    asked = [f"s3://{bucket}/key", "--expires", "1h", "--endpoint", endpoint.url]
    made = run_json([*command, *asked], environment, cwd=ROOT)
    assert run([*curl, made["url"]], environment) == "content"


def test_metadata_beyond_ascii_comes_back_in_words(
    signing: list[str | Path],
    endpoint: Endpoint,
    s3: Any,
    bucket: str,
    environment: dict[str, str],
) -> None:
    url = f"{endpoint.url}/{bucket}/described"
    named = ("-H", "x-amz-meta-name: grüße")
    run([*signing, *UNSIGNED, *named, "-X", "PUT", "--data-binary", "x", url], environment)
    kept = s3.head_object(Bucket=bucket, Key="described")["Metadata"]
    assert kept == {"name": "=?UTF-8?Q?gr=C3=BC=C3=9Fe?="}
