"""docker-registry, from Debian, with its S3 driver: layers pushed in pieces, pulled by digest."""

import hashlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content
from tests.clients.server import free_port

LAYER: Final = content("layer", 40 * MIB)  # above 32 MiB the driver moves by UploadPartCopy
MANIFEST_TYPE: Final = "application/vnd.docker.distribution.manifest.v2+json"
_START_S: Final = 60.0

CONFIGURATION: Final = """\
version: 0.1
log: {{level: warn}}
storage:
  s3:
    accesskey: {endpoint.access_key}
    secretkey: {endpoint.secret_key}
    region: {endpoint.region}
    regionendpoint: {endpoint.url}
    bucket: {bucket}
    secure: false
    v4auth: true
    chunksize: 5242880
    rootdirectory: /registry
    objectacl: bucket-owner-full-control
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _ask(
    method: str, url: str, body: bytes | None = None, kind: str = "application/octet-stream"
) -> tuple[bytes, Any]:
    """One request, redirects followed: the body and the headers of the answer."""
    headers = {"Content-Type": kind, "Accept": f"{MANIFEST_TYPE}, */*"}
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as answer:
        return answer.read(), answer.headers


@pytest.fixture
def registry(
    endpoint: Endpoint, bucket: str, environment: dict[str, str], tmp_path: Path
) -> Iterator[str]:
    """The URL of a registry that keeps everything in the bucket."""
    program, port = CLIENTS["registry"].require(), free_port()
    settings, log = tmp_path / "registry.yml", tmp_path / "registry.log"
    settings.write_text(CONFIGURATION.format(endpoint=endpoint, bucket=bucket, port=port))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "serve", settings], env=environment, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{port}/v2/"
    try:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                _ask("GET", url)
                break
            except urllib.error.URLError:
                assert time.monotonic() < deadline, log.read_text()
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)  # another process is starting
        yield url
    finally:
        process.terminate()
        process.wait()


def _push(registry: str, data: bytes, pieces: int) -> str:
    """Push a blob in ``pieces``; return its digest."""
    _, headers = _ask("POST", f"{registry}library/image/blobs/uploads/", b"")
    size = -(-len(data) // pieces)
    for start in range(0, len(data), size):
        where = urljoin(registry, headers["Location"])
        _, headers = _ask("PATCH", where, data[start : start + size])
    where, digest = urljoin(registry, headers["Location"]), _digest(data)
    _ask("PUT", f"{where}&digest={digest}", b"")
    return digest


def test_an_image_is_pushed_pulled_and_deleted(registry: str, s3: Any, bucket: str) -> None:
    settings = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    layer, described = _push(registry, LAYER, 3), _push(registry, settings, 1)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(settings),
                "digest": described,
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": len(LAYER),
                    "digest": layer,
                }
            ],
        }
    ).encode()
    _ask("PUT", f"{registry}library/image/manifests/latest", manifest, MANIFEST_TYPE)

    tags, _ = _ask("GET", f"{registry}library/image/tags/list")
    assert json.loads(tags)["tags"] == ["latest"]
    pulled, _ = _ask("GET", f"{registry}library/image/manifests/latest")
    assert pulled == manifest
    blob, headers = _ask("GET", f"{registry}library/image/blobs/{layer}")
    assert _digest(blob) == layer
    assert headers["x-amz-request-id"]  # the registry redirected to a presigned URL of ours

    key = f"registry/docker/registry/v2/blobs/sha256/{layer[7:9]}/{layer[7:]}/data"
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(LAYER)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)

    _ask("DELETE", f"{registry}library/image/manifests/{_digest(manifest)}")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _ask("GET", f"{registry}library/image/manifests/latest")
