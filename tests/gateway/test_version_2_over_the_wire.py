"""Signature Version 2, in forms and URLs: off unless it is asked for."""

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.gateway.forms import post, send
from tests.gateway.refusals import refused
from tests.serving import KEY, Server, serving


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes Signature Version 2."""
    with serving(tmp_path_factory.mktemp("v2") / "data", "--sigv2", "on") as running:
        running.client().create_bucket(Bucket="bkt")
        yield running


def test_version_2_is_off_and_the_error_says_what_to_use(server: Server, bucket: str) -> None:
    old = server.client(signature_version="s3")
    url = urlsplit(old.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}))
    by_url = send(server, f"{url.path}?{url.query}", b"", method="GET")
    by_form = post(server, bucket, old.generate_presigned_post(bucket, "k")["fields"])
    for answer in (by_url, by_form):
        assert answer.code == ("InvalidRequest", 400)
        assert answer.error["Message"].endswith("Please use AWS4-HMAC-SHA256.")


def test_version_2_where_it_is_on(lenient: Server) -> None:
    old = lenient.client(signature_version="s3")
    fields = old.generate_presigned_post("bkt", "user/${filename}")["fields"]
    assert "AWSAccessKeyId" in fields
    assert post(lenient, "bkt", fields).status == 204
    assert post(lenient, "bkt", {**fields, "acl": "private"}).code == ("AccessDenied", 403)
    for operation, body, method in (("put_object", b"hello", "PUT"), ("get_object", b"", "GET")):
        made = old.generate_presigned_url(operation, {"Bucket": "bkt", "Key": "user/f.txt"})
        url = urlsplit(made)
        headers = {} if method == "GET" else {"Content-Type": ""}
        answer = send(lenient, f"{url.path}?{url.query}", body, headers, method=method)
        if method == "GET":
            # The client's Content-Type was none of those that were signed.
            assert answer.code == ("SignatureDoesNotMatch", 403)
        else:
            assert answer.status == 200


def test_version_2_lets_nothing_through_that_it_does_not_sign(lenient: Server) -> None:
    old = lenient.client(signature_version="s3")
    url = urlsplit(old.generate_presigned_url("list_objects", {"Bucket": "bkt"}))
    connection = HTTPConnection(*lenient.address, timeout=30)
    for added, status in (("", 200), ("&x-id=ListObjects", 200), ("&prefix=secret", 403)):
        query = "&".join(one for one in url.query.split("&") if not one.startswith("encoding-type"))
        connection.request("GET", f"{url.path}?{query}{added}")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == status, body
        if status == 403:
            assert b"<ParametersNotSigned>prefix</ParametersNotSigned>" in body
    connection.request("GET", "/bkt", headers={"Authorization": f"AWS {KEY}:c2ln"})
    answer = connection.getresponse()
    assert (answer.status, b"AWS4-HMAC-SHA256" in answer.read()) == (400, True)
    connection.close()


def test_version_4_goes_on_where_version_2_is_on(lenient: Server) -> None:
    s3 = lenient.client()
    s3.put_object(Bucket="bkt", Key="v4", Body=b"x")
    assert s3.get_object(Bucket="bkt", Key="v4")["Body"].read() == b"x"
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket="bkt", Key="missing")
