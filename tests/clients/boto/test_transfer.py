"""s3transfer: files as people move them, in parts and in threads."""

import io
from pathlib import Path
from typing import Any, Final

import pytest
from boto3.s3.transfer import TransferConfig

from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content, sha256, sha256_of, write_file

GIB: Final = 1 << 30
_THREADED: Final = TransferConfig(
    multipart_threshold=16 * MIB, multipart_chunksize=16 * MIB, max_concurrency=8
)


def test_a_file_of_one_gibibyte_goes_up_and_comes_back(
    endpoint: Endpoint, bucket: str, tmp_path: Path
) -> None:
    client = endpoint.boto(max_pool_connections=16)
    source, target = tmp_path / "source", tmp_path / "target"
    digest = write_file(source, "a gibibyte", GIB)
    client.upload_file(str(source), bucket, "folder/large file", Config=_THREADED)
    source.unlink()
    head = client.head_object(Bucket=bucket, Key="folder/large file")
    assert head["ContentLength"] == GIB
    assert head["ETag"].endswith('-64"')
    client.download_file(bucket, "folder/large file", str(target), Config=_THREADED)
    assert sha256_of(target) == digest
    target.unlink()
    client.delete_object(Bucket=bucket, Key="folder/large file")
    client.close()


def test_a_copy_by_s3transfer_is_in_parts(s3: Any, bucket: str) -> None:
    body = content("transfer", 12 * MIB)
    s3.upload_fileobj(io.BytesIO(body), bucket, "source")
    split = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.copy({"Bucket": bucket, "Key": "source"}, bucket, "copy", Config=split)
    target = io.BytesIO()
    s3.download_fileobj(bucket, "copy", target)
    assert sha256(target.getvalue()) == sha256(body)
    assert s3.head_object(Bucket=bucket, Key="copy")["ETag"].endswith('-3"')


@pytest.mark.parametrize("calculation", ["when_supported", "when_required"])
def test_with_and_without_checksums_by_default(
    endpoint: Endpoint, bucket: str, calculation: str
) -> None:
    client = endpoint.boto(
        request_checksum_calculation=calculation, response_checksum_validation=calculation
    )
    body = content(calculation, 9 * MIB)
    client.upload_fileobj(io.BytesIO(body), bucket, "key")
    target = io.BytesIO()
    client.download_fileobj(bucket, "key", target)
    assert sha256(target.getvalue()) == sha256(body)
    client.close()
