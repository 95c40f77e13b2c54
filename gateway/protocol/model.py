"""The models of S3, IAM and STS, as the installed botocore ships them: data, never its client.

Nothing is copied from them, so a newer botocore brings newer operations.
"""

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_VERSIONS: Final = {"s3": "2006-03-01", "iam": "2010-05-08", "sts": "2011-06-15"}

Shape = dict[str, Any]


class Model:
    """The model's operations and shapes, by name, and what it says of the service itself."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.metadata: Final[dict[str, Any]] = raw["metadata"]
        self.operations: Final[dict[str, Shape]] = raw["operations"]
        self.shapes: Final[dict[str, Shape]] = raw["shapes"]

    def input_of(self, operation: str) -> Shape | None:
        """The shape of an operation's input, None if it takes nothing."""
        reference = self.operations[operation].get("input")
        return self.shapes[reference["shape"]] if reference else None


@cache
def load(service: str = "s3") -> Model:
    """Read the model of ``s3``, ``iam`` or ``sts``; some 20 ms."""
    spec = find_spec("botocore")  # finds the files without importing the client
    assert spec is not None, "botocore is one of our requirements"
    assert spec.submodule_search_locations, "botocore is a package"
    data = Path(spec.submodule_search_locations[0], "data")
    path = data / service / _VERSIONS[service] / "service-2.json.gz"
    return Model(json.loads(gzip.decompress(path.read_bytes())))
