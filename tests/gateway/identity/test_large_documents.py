"""A large policy is read beside the event loop: others' requests do not wait for it."""

import json
import threading
from typing import Any

import pytest

from gateway import threads
from gateway.identity import documents
from gateway.query.errors import QueryError

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        pytest.param("identity", STATEMENT, id="of a user"),
        pytest.param(
            "trust",
            {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
            id="of who trusts",
        ),
    ],
)
async def test_who_reads_a_policy_depends_on_its_size(
    monkeypatch: pytest.MonkeyPatch, name: str, statement: dict[str, Any]
) -> None:
    read_by = []
    parse = getattr(documents, f"parse_{name}_policy")

    def watched(document: bytes, **options: Any) -> object:
        read_by.append(threading.current_thread())
        return parse(document, **options)

    monkeypatch.setattr(documents, f"parse_{name}_policy", watched)
    check = getattr(documents, f"check_{name}_document")
    small = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    await check(small)
    await check(small + " " * threads.PARSE_BYTES_MIN)
    assert [one is threading.current_thread() for one in read_by] == [True, False]
    with pytest.raises(QueryError, match="MalformedPolicyDocument"):
        await check(small + " " * threads.PARSE_BYTES_MIN + "{")
