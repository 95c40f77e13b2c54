"""S3's service model, as the installed botocore ships it: data, never its client.

Nothing is copied from it, so a newer botocore brings newer operations.
"""

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_S3: Final = ("data", "s3", "2006-03-01", "service-2.json.gz")

Shape = dict[str, Any]


class Model:
    """The model's operations and shapes, by name."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.operations: Final[dict[str, Shape]] = raw["operations"]
        self.shapes: Final[dict[str, Shape]] = raw["shapes"]

    def input_of(self, operation: str) -> Shape | None:
        """The shape of an operation's input, None if it takes nothing."""
        reference = self.operations[operation].get("input")
        return self.shapes[reference["shape"]] if reference else None


@cache
def load() -> Model:
    """Read the model; some 20 ms."""
    spec = find_spec("botocore")  # finds the files without importing the client
    assert spec is not None, "botocore is one of our requirements"
    assert spec.submodule_search_locations, "botocore is a package"
    path = Path(spec.submodule_search_locations[0]).joinpath(*_S3)
    return Model(json.loads(gzip.decompress(path.read_bytes())))
