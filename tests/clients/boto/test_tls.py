"""Over TLS botocore leaves the body unsigned and lets the checksum follow it as a trailer."""

import io
from typing import Any, Final

import pytest
from botocore.httpchecksum import _CHECKSUM_CLS

from tests.clients.material import MIB, content, sha256
from tests.clients.schemes import OVER_TLS

pytestmark = OVER_TLS
COMPUTED: Final = sorted(name.upper() for name in _CHECKSUM_CLS)


@pytest.mark.parametrize("algorithm", COMPUTED)
@pytest.mark.parametrize("size", [0, 100_000, 3 * MIB + 1], ids="{} bytes".format)
def test_a_stream_with_its_checksum_as_a_trailer(
    s3: Any, bucket: str, algorithm: str, size: int
) -> None:
    body = content("trailer", size)
    put = s3.put_object(
        Bucket=bucket, Key="key", Body=io.BytesIO(body), ChecksumAlgorithm=algorithm
    )
    expected = _CHECKSUM_CLS[algorithm.lower()]().handle(body)
    assert put[f"Checksum{algorithm}"] == expected
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert got[f"Checksum{algorithm}"] == expected
    assert "ContentEncoding" not in got  # aws-chunked was the way, not the content


def test_a_large_object_and_its_ranges(s3: Any, bucket: str) -> None:
    body = content("tls", 40 * MIB + 1)
    s3.upload_fileobj(io.BytesIO(body), bucket, "key")
    target = io.BytesIO()
    s3.download_fileobj(bucket, "key", target)
    assert sha256(target.getvalue()) == sha256(body)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert sha256(got["Body"].read()) == sha256(body)
    got = s3.get_object(Bucket=bucket, Key="key", Range="bytes=20000000-29999999")
    assert sha256(got["Body"].read()) == sha256(body[20_000_000:30_000_000])
