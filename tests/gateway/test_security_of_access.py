"""Published failures of peers that concern who may do what: each a test named after its id."""

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.gateway.refusals import refused
from tests.serving import Server, serving

PUBLIC: Final = b"content for everybody"
SECRET: Final = b"content for the owner alone"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("access")
    with serving(folder / "data", "--workers", "1", "--default-public-access-block", "off") as one:
        yield one


@pytest.fixture(scope="module")
def own(server: Server) -> Any:
    return server.client()


@pytest.fixture(scope="module")
def shared(own: Any) -> str:
    """A bucket of which everybody may read what is below ``public/``."""
    own.create_bucket(Bucket="shared")
    own.put_object(Bucket="shared", Key="public/k", Body=PUBLIC)
    for key in ("private/k", "k", "/public/k", "public"):
        own.put_object(Bucket="shared", Key=key, Body=SECRET)
    put_policy(own, "shared", Action="s3:GetObject", Resource="arn:aws:s3:::shared/public/*")
    return "shared"


def put_policy(own: Any, bucket: str, *more: dict[str, Any], **statement: Any) -> None:
    first = {"Effect": "Allow", "Principal": "*", **statement}
    document = {"Version": "2012-10-17", "Statement": [first, *more]}
    own.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def ask(
    server: Server, method: str, target: str, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """A request of nobody in particular, its target as it is written."""
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


SPELLED: Final = [
    ("/shared/public/k", PUBLIC),
    ("/shared/public%2Fk", PUBLIC),
    ("/shared/%70ublic/k", PUBLIC),
    ("/shared/private/k", None),
    ("/shared/private%2Fk", None),
    ("/shared/public/../private/k", None),
    ("/shared/public%2F..%2Fprivate%2Fk", None),
    ("/shared/public/..%2Fk", None),
    ("/shared/./public/k", None),
    ("/shared//public/k", None),
    ("/shared/public", None),
    ("/shared/PUBLIC/k", None),
    ("/other/../shared/k", None),
]


@pytest.mark.parametrize(("target", "wanted"), SPELLED)
def test_cve_2026_42882_policy_and_storage_see_one_key(
    server: Server, shared: str, target: str, wanted: bytes | None
) -> None:
    """And versitygw's normalisation of keys: what is not below ``public/`` is not read."""
    status, body = ask(server, "GET", target)
    assert SECRET not in body
    assert (body == PUBLIC, status == 200) == (wanted is not None, wanted is not None)
    assert status in (200, 403, 404)


FORGED: Final = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Amz-Source-Ip"]


@pytest.mark.parametrize("header", FORGED)
def test_cve_2026_21862_an_address_in_a_header_is_not_the_client_s(
    server: Server, own: Any, header: str
) -> None:
    own.create_bucket(Bucket=f"by-{FORGED.index(header)}")
    bucket = f"by-{FORGED.index(header)}"
    own.put_object(Bucket=bucket, Key="k", Body=SECRET)
    only = {"IpAddress": {"aws:SourceIp": "192.0.2.1"}}
    put_policy(
        own, bucket, Action="s3:GetObject", Resource=f"arn:aws:s3:::{bucket}/*", Condition=only
    )
    value = "for=192.0.2.1" if header == "Forwarded" else "192.0.2.1"
    assert ask(server, "GET", f"/{bucket}/k", {header: value})[0] == 403


def test_cve_2023_25812_a_denied_bypass_is_denied(own: Any) -> None:
    own.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + timedelta(days=1)
    put = own.put_object(
        Bucket="locked",
        Key="k",
        Body=b"kept",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=until,
    )
    put_policy(
        own,
        "locked",
        Effect="Deny",
        Action="s3:BypassGovernanceRetention",
        Resource="arn:aws:s3:::locked/*",
    )
    one = {"Key": "k", "VersionId": put["VersionId"]}
    with refused("AccessDenied", 403):
        own.delete_object(Bucket="locked", **one, BypassGovernanceRetention=True)
    answer = own.delete_objects(
        Bucket="locked", Delete={"Objects": [one]}, BypassGovernanceRetention=True
    )
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    with refused("AccessDenied", 403):
        own.put_object_retention(
            Bucket="locked", **one, Retention={}, BypassGovernanceRetention=True
        )
    assert own.get_object(Bucket="locked", **one)["Body"].read() == b"kept"
    own.delete_bucket_policy(Bucket="locked")
    own.delete_object(Bucket="locked", **one, BypassGovernanceRetention=True)


def test_rustfs_a_version_needs_the_permission_of_versions(
    server: Server, own: Any, shared: str
) -> None:
    for query in ("versionId=null", "versionId=null&attributes", "tagging&versionId=null"):
        assert ask(server, "GET", f"/shared/public/k?{query}")[0] == 403


def test_cve_2023_43040_the_bucket_of_a_form_is_the_one_it_is_sent_to(
    server: Server, own: Any
) -> None:
    for name in ("writable", "closed"):
        own.create_bucket(Bucket=name)
    put_policy(own, "writable", Action="s3:PutObject", Resource="arn:aws:s3:::writable/*")
    for bucket, status in (("writable", 204), ("closed", 403)):
        fields = {"bucket": "writable", "key": "k"}
        parts = [f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                 for name, value in (*fields.items(), ("file", "x"))]  # fmt: skip
        body = "".join(parts) + "--b--\r\n"
        connection = http.client.HTTPConnection(*server.address, timeout=10)
        headers = {"content-type": "multipart/form-data; boundary=b"}
        connection.request("POST", f"/{bucket}", body.encode(), headers)
        assert connection.getresponse().status == status, bucket
        connection.close()
    assert "Contents" not in own.list_objects_v2(Bucket="closed")


OPERATIONS: Final = [
    ("GET", "?acl"), ("PUT", "?acl"), ("GET", "?policy"), ("PUT", "?policy"), ("DELETE", "?policy"),
    ("GET", "?policyStatus"), ("GET", "?publicAccessBlock"), ("PUT", "?publicAccessBlock"),
    ("DELETE", "?publicAccessBlock"), ("GET", "?ownershipControls"), ("PUT", "?ownershipControls"),
    ("DELETE", "?ownershipControls"), ("GET", ""), ("DELETE", ""), ("GET", "?versioning"),
    ("GET", "?uploads"), ("GET", "?tagging"), ("GET", "/k?acl"),
    ("PUT", "/k?acl"), ("PUT", "/k"), ("DELETE", "/k"), ("POST", "/k?uploads"),
    ("GET", "/k?tagging"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "rest"), OPERATIONS)
def test_nobody_in_particular_may_do_what_a_policy_does_not_say(
    server: Server, shared: str, method: str, rest: str
) -> None:
    headers = {"content-length": "0", "x-amz-acl": "public-read-write"}
    assert ask(server, method, f"/{shared}{rest}", headers)[0] == 403
