"""Forms for tests: signed as of now, posted to a started server as a browser would."""

import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from sigv4 import Credentials, Signer, encode_form
from sigv4.post import Condition
from tests.serving import KEY, SECRET, Server

BOUNDARY = b"----WebKitFormBoundaryAbC123"


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        """The members of the error document."""
        return {item.tag: item.text or "" for item in ET.fromstring(self.body)}

    @property
    def code(self) -> tuple[str, int]:
        return self.error["Code"], self.status


def send(
    server: Server,
    path: str,
    body: bytes | Iterator[bytes],
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> Answered:
    connection = HTTPConnection(*server.address, timeout=30)
    given = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    connection.request(method, path, body, {**given, **(headers or {})})
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    read = Answered(answer.status, found, answer.read())
    connection.close()
    return read


def signed(
    bucket: str,
    key: str = "user/${filename}",
    fields: Mapping[str, str] | None = None,
    conditions: Sequence[Condition] | None = None,
    secret: str = SECRET,
) -> dict[str, str]:
    """The fields of a form that is right now; each given field has its condition."""
    if conditions is None:
        conditions = [{name: value} for name, value in (fields or {}).items()]
    return Signer(Credentials(KEY, secret), "us-east-1").post_form(
        bucket, key, now=int(time.time()), expires_s=60, fields=fields or {}, conditions=conditions
    )


def post(
    server: Server,
    bucket: str,
    fields: Mapping[str, str],
    content: bytes = b"hello",
    filename: str | None = "f.txt",
    **options: Any,
) -> Answered:
    body = encode_form(fields.items(), content, boundary=BOUNDARY, filename=filename)
    return send(server, f"/{bucket}", body, **options)


def keys(s3: Any, bucket: str) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
