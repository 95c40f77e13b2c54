"""How a test says which refusal it expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, status: int) -> Iterator[dict[str, Any]]:
    """The block ends in this error of S3; its fields are given back."""
    fields: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield fields
    answer = caught.value.response
    got = (answer["Error"].get("Code"), answer["ResponseMetadata"]["HTTPStatusCode"])
    assert got == (code, status), answer["Error"].get("Message")
    fields |= answer["Error"]
