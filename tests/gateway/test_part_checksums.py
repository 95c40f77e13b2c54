"""Which checksum of a part is told.

Source: recordings of S3 of February 2026 in LocalStack's test_s3.snapshot.json, named
below; floci pull request 3093, measured in September 2026: of an upload that declared
an algorithm always its own, else what the part brought, else none.
"""

import base64
import hashlib
import zlib
from typing import Any

import pytest

from tests.serving import Server

BODY = b"abc"
_CRC32 = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
_SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
_CRC32C = "Nks/tw=="  # test_multipart_parts_checksum_exceptions_full_object


@pytest.fixture
def bare(server: Server) -> Any:
    """A client that adds no checksum of its own."""
    return server.client(request_checksum_calculation="when_required")


@pytest.mark.parametrize(
    ("upload", "part", "told"),
    [
        pytest.param({}, {}, {}, id="none"),
        pytest.param({}, {"ChecksumCRC32": _CRC32}, {"ChecksumCRC32": _CRC32}, id="the part's"),
        pytest.param(
            {"ChecksumAlgorithm": "SHA256"},
            {"ChecksumSHA256": _SHA256},
            {"ChecksumSHA256": _SHA256},
            id="of both",
        ),
        pytest.param(
            {"ChecksumAlgorithm": "CRC32C", "ChecksumType": "FULL_OBJECT"},
            {},
            {"ChecksumCRC32C": _CRC32C},
            id="the upload's",
        ),
    ],
)
@pytest.mark.parametrize("is_copy", [False, True])
def test_the_checksum_of_a_part(
    bare: Any,
    bucket: str,
    upload: dict[str, str],
    part: dict[str, str],
    told: dict[str, str],
    is_copy: bool,
) -> None:
    where = {"Bucket": bucket, "Key": "k"}
    where["UploadId"] = bare.create_multipart_upload(**where, **upload)["UploadId"]
    if is_copy:
        bare.put_object(Bucket=bucket, Key="from", Body=BODY)
        done = bare.upload_part_copy(**where, PartNumber=1, CopySource=f"{bucket}/from")
        done = done["CopyPartResult"]
        told = told if upload else {}
    else:
        done = bare.upload_part(**where, PartNumber=1, Body=BODY, **part)
    assert {name: text for name, text in done.items() if name.startswith("Checksum")} == told
    (listed,) = bare.list_parts(**where)["Parts"]
    kept = told if upload else {}  # test_complete_multipart_parts_checksum_default
    assert {name: text for name, text in listed.items() if name.startswith("Checksum")} == kept
