"""Headers that a signer moved into a presigned URL: they count, or they are refused."""

from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from tests.serving import KEY, SECRET, Server


def _answer(server: Server, method: str, path: str, query: dict[str, str]) -> Any:
    url = f"http://{server.place}{path}?{urlencode(query)}"
    request = AWSRequest(method=method, url=url, data=b"")
    S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", "us-east-1").add_auth(request)
    return URLLib3Session().send(request.prepare())


def test_metadata_in_a_presigned_url_is_stored(server: Server, s3: Any, bucket: str) -> None:
    query = {"x-amz-meta-colour": "green", "X-Amz-Meta-Size": "1 2"}
    assert _answer(server, "PUT", f"/{bucket}/k", query).status_code == 200
    found = s3.head_object(Bucket=bucket, Key="k")
    assert found["Metadata"] == {"colour": "green", "size": "1 2"}


def test_a_copys_source_in_a_presigned_url_is_copied(server: Server, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from", Body=b"content")
    query = {"x-amz-copy-source": f"{bucket}/from"}
    assert _answer(server, "PUT", f"/{bucket}/to", query).status_code == 200
    assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"content"


def test_what_would_do_nothing_is_refused_in_a_presigned_url(
    server: Server, s3: Any, bucket: str
) -> None:
    header = "X-Amz-Write-Offset-Bytes"
    refused = _answer(server, "PUT", f"/{bucket}/k", {header: "0"})
    assert refused.status_code == 501
    assert f"<Header>{header.lower()}</Header>".encode() in refused.content
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x-amz-meta-a\r\nSet-Cookie: evil", id="a line"),
        pytest.param("x-amz-meta-a\nb", id="half a line"),
        pytest.param("x-amz-meta-a: b", id="a colon"),
    ],
)
def test_metadata_under_a_name_that_no_header_has_is_refused(
    server: Server, s3: Any, bucket: str, name: str
) -> None:
    """Stored, it would end its line in every answer to GET."""
    refused = _answer(server, "PUT", f"/{bucket}/k", {name: "1"})
    assert refused.status_code == 400
    assert b"<Code>AuthorizationQueryParametersError</Code>" in refused.content
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_the_checksum_of_a_body_not_yet_known_is_passed_over(
    server: Server, s3: Any, bucket: str
) -> None:
    query = {"x-amz-checksum-crc32": "AAAAAB==", "x-amz-sdk-checksum-algorithm": "CRC32"}
    assert _answer(server, "PUT", f"/{bucket}/k", query).status_code == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 0


def test_a_method_that_is_not_allowed_names_those_that_are(server: Server, bucket: str) -> None:
    refused = _answer(server, "DELETE", f"/{bucket}", {"accelerate": ""})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PUT")
    assert b"<Code>MethodNotAllowed</Code>" in refused.content
