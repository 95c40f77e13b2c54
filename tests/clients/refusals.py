"""Say in one line which of S3's errors is the right answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, status: int) -> Iterator[dict[str, Any]]:
    """The call in this block is answered with ``code`` and ``status``.

    Gives the error's fields, filled when the block ends.  To a HEAD there is no
    body, so that botocore gives the status as the code.
    """
    error: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield error
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    error.update(answer["Error"], headers=answer["ResponseMetadata"]["HTTPHeaders"])
