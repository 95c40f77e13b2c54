"""docs/forms.md: its examples run."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sigv4 import SigError, encode_form
from tests.gateway.forms import BOUNDARY, post, signed
from tests.serving import KEY, SECRET, Server

PAGE = Path(__file__).parents[2] / "docs" / "forms.md"
FORM, RECEIVE = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_form_of_the_page_is_accepted(server: Server, bucket: str) -> None:
    text = FORM.replace("http://127.0.0.1:9000", server.endpoint).replace("my-bucket", bucket)
    printed = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fields = dict(re.findall(r"'([\w-]+)': '([^']*)'", printed))
    assert post(server, bucket, fields, b"png").status == 204
    assert post(server, bucket, {**fields, "Content-Type": "text/html"}).status == 403


def test_the_receiver_of_the_page_receives() -> None:
    space: dict[str, Any] = {}
    exec(RECEIVE, space)

    def receive(fields: dict[str, str], bucket: str = "bkt") -> tuple[str, bytes]:
        body = encode_form(fields.items(), b"hello", boundary=BOUNDARY, filename="f.txt")
        key, file = space["receive"](
            b"multipart/form-data; boundary=" + BOUNDARY,
            len(body),
            pieces(body),
            bucket=bucket,
            now=int(time.time()),
            secret_of={KEY: SECRET}.get,
        )
        return key, b"".join(file)

    assert receive(signed("bkt")) == ("user/f.txt", b"hello")
    with pytest.raises(SigError, match="AccessDenied"):
        receive(signed("bkt"), "other")
    with pytest.raises(PermissionError):
        receive({"key": "a"})


def pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]
