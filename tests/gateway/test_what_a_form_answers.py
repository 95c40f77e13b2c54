"""Browsers' forms over the wire: statuses, documents and redirects."""

from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest

from sigv4 import encode_form
from tests.gateway.forms import BOUNDARY, keys, post, send, signed
from tests.serving import Server


@pytest.mark.parametrize(
    ("field", "status"),
    [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204), ("２０１", 204)],
)
def test_the_status_that_the_form_asks_for(
    server: Server, bucket: str, field: str, status: int
) -> None:
    answer = post(server, bucket, signed(bucket, "a & b/<c>", {"success_action_status": field}))
    location = f"{server.endpoint}/{bucket}/a%20%26%20b%2F%3Cc%3E"
    assert (answer.status, answer.headers["location"]) == (status, location)
    if status != 201:
        assert answer.body == b""
        return
    assert answer.headers["content-type"] == "application/xml"
    root = ET.fromstring(answer.body)
    assert root.tag == "PostResponse"
    assert [(item.tag, item.text) for item in root] == [
        ("Location", location),
        ("Bucket", bucket),
        ("Key", "a & b/<c>"),
        ("ETag", answer.headers["etag"]),
    ]


def test_a_form_to_a_buckets_own_host(server: Server, s3: Any, bucket: str) -> None:
    body = encode_form(signed(bucket, "a/b").items(), b"hello", boundary=BOUNDARY)
    answer = send(server, "/", body, {"Host": f"{bucket}.localhost"})
    assert (answer.status, answer.headers["location"]) == (204, f"http://{bucket}.localhost/a%2Fb")
    assert keys(s3, bucket) == ["a/b"]


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://localhost.test/random", "http://localhost.test/random?"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c&"),
        ("https://example.com", "https://example.com?"),
        ("https://example.com/ü", "https://example.com/%C3%BC?"),
    ],
)
def test_a_redirect_is_told_what_was_made(
    server: Server, bucket: str, name: str, url: str, start: str
) -> None:
    answer = post(server, bucket, signed(bucket, "a/b c", {name: url}))
    assert (answer.status, answer.body) == (303, b"")
    assert answer.headers["location"].startswith(start)
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query)) == {
        **({"b": "c"} if "b=c" in url else {}),
        "bucket": bucket,
        "key": "a/b c",
        "etag": answer.headers["etag"],
    }
    assert urlsplit(answer.headers["location"]).fragment == urlsplit(url).fragment


@pytest.mark.parametrize(
    "url",
    [
        *(
            "/wrong/redirect/relative",
            "javascript:alert(1)",
            "//example.com/",
            "http://",
            "http:/a",
        ),
        *("ftp://example.com/", "http://exa mple.com/", "http://a/\r\nSet-Cookie: b", "http://[a/"),
    ],
)
def test_what_is_no_url_redirects_nobody(server: Server, bucket: str, url: str) -> None:
    answer = post(server, bucket, signed(bucket, "k", {"success_action_redirect": url}))
    assert answer.status == 204
    assert "set-cookie" not in answer.headers


def test_the_newer_name_of_a_redirect_counts(server: Server, bucket: str) -> None:
    fields = {"redirect": "http://old.example/", "success_action_redirect": "http://new.example/"}
    answer = post(server, bucket, signed(bucket, "k", fields))
    assert answer.headers["location"].startswith("http://new.example/?")


def test_the_connection_goes_on_after_a_form(server: Server, bucket: str) -> None:
    connection = HTTPConnection(*server.address, timeout=30)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    for content in (b"", b"x" * 100_000):
        body = encode_form(signed(bucket, "k").items(), content, boundary=BOUNDARY)
        connection.request("POST", f"/{bucket}", body + b"epilogue", kind)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()
