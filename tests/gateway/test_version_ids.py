"""Version ids that no version can have, and such as merely no version has.

Source: recordings of S3 of February 2026 in LocalStack's test_s3_api.snapshot.json
(test_get_object_with_version_unversioned_bucket, test_delete_object_versioned,
test_delete_objects_versioned); the words for an empty one in aws-sdk-core-ruby
issue 76 and noobaa-core pull request 7970.
"""

import base64
import hashlib
from typing import Any

import pytest

from storage.versioning import VersionId
from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

EMPTY = "Version id cannot be the empty string"
INVALID = "Invalid version id specified"
UNKNOWN = str(VersionId.make(7, bytes))


@pytest.fixture
def key(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="k", Body=b"current")
    return f"/{bucket}/k"


@pytest.mark.parametrize(
    ("text", "message"), [("", EMPTY), ("bogus", INVALID), ("1" * 31, INVALID)]
)
@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "tagging&"),
        ("PUT", "tagging&"),
        ("DELETE", "tagging&"),
        ("GET", "attributes&"),
    ],
)
def test_what_is_no_version_id_is_refused(
    server: Server, s3: Any, bucket: str, key: str, method: str, query: str, text: str, message: str
) -> None:
    found = ask(server, method, f"{key}?{query}versionId={text}")
    assert (found.status, found.code, found.field("Message")) == (400, "InvalidArgument", message)
    assert (found.field("ArgumentName"), found.field("ArgumentValue")) == ("versionId", text)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"current"


@pytest.mark.parametrize("text", ["", "bogus"])
def test_head_has_the_status_alone(server: Server, key: str, text: str) -> None:
    assert ask(server, "HEAD", f"{key}?versionId={text}").status == 400


@pytest.mark.parametrize(("text", "message"), [("", EMPTY), ("bogus", INVALID)])
@pytest.mark.parametrize("query", ["", "?partNumber=1&uploadId=u"])
def test_of_a_copys_source_too(
    server: Server, bucket: str, key: str, query: str, text: str, message: str
) -> None:
    source = [(b"x-amz-copy-source", f"{key}?versionId={text}".encode())]
    upload = ask(server, "POST", f"{key}?uploads").field("UploadId") or ""
    target = f"/{bucket}/to{query.replace('=u', '=' + upload)}".replace("/to?", "/k?")
    found = ask(server, "PUT", target, headers=source)
    assert (found.code, found.field("Message")) == ("InvalidArgument", message)


def test_a_version_that_is_not_there(server: Server, s3: Any, bucket: str, key: str) -> None:
    with refused("NoSuchVersion", 404) as fields:
        s3.get_object(Bucket=bucket, Key="k", VersionId=UNKNOWN)
    assert fields["VersionId"] == UNKNOWN
    assert ask(server, "DELETE", f"{key}?versionId={UNKNOWN}").status == 204
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"current"


def test_among_many_keys_each_has_its_own_answer(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    objects = [{"Key": "k", "VersionId": "bogus"}, {"Key": "gone", "VersionId": "null"}]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert done["Deleted"] == [{"Key": "gone", "VersionId": "null"}]
    (error,) = done["Errors"]
    assert (error["Key"], error["VersionId"], error["Code"]) == ("k", "bogus", "NoSuchVersion")


def test_an_empty_version_among_many_deletes_nothing(
    server: Server, s3: Any, bucket: str, key: str
) -> None:
    body = b"<Delete><Object><Key>k</Key><VersionId></VersionId></Object></Delete>"
    digest = [(b"content-md5", base64.b64encode(hashlib.md5(body).digest()))]
    found = ask(server, "POST", f"/{bucket}?delete", body, headers=digest)
    assert (found.status, found.field("Message")) == (400, EMPTY)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"current"
