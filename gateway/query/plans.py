"""One operation of the query API, compiled: its form in, its XML out.

A service's model is read when the first request for it comes, and an operation
compiled when the first one for that comes: most never do.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from gateway.protocol.model import Model, load
from gateway.query import types_iam, types_sts
from gateway.query.classes import Classes
from gateway.query.constraints import Problems
from gateway.query.errors import QueryError
from gateway.query.form import Node
from gateway.query.readers import Reader, Readers
from gateway.query.writers import Writer, Writers

CONTENT_TYPE: Final = b"text/xml"
SERVICES: Final = ("iam", "sts")
_GENERATED: Final = {"iam": types_iam, "sts": types_sts}
_NO_VERSION: Final = "NO_VERSION_SPECIFIED"


class Plan(NamedTuple):
    """What to do with one operation."""

    service: str
    name: str
    make: Callable[[], Any]
    read: Reader | None  # None: it takes nothing
    write: Writer | None  # None: it gives nothing
    namespace: str
    unsigned: bool  # the caller proves himself by what he sends, not by a signature

    def parse(self, node: dict[str, Node]) -> Any:
        """The operation's input.

        Raises:
            QueryError: MalformedInput, ValidationError
        """
        if self.read is None:
            return self.make()
        problems = Problems()
        found = self.read(node, "", problems)
        problems.check()
        return found

    def render(self, output: Any, request_id: str) -> bytes:
        """The document of an answer; an output of None has no members."""
        name, inner = self.name, ""
        if self.write is not None:
            inner = self.write(output) if output is not None else ""
            inner = f"<{name}Result>{inner}</{name}Result>"
        return (
            f'<{name}Response xmlns="{self.namespace}">{inner}<ResponseMetadata><RequestId>'
            f"{request_id}</RequestId></ResponseMetadata></{name}Response>"
        ).encode()


class Service:
    """IAM or STS."""

    def __init__(self, name: str, model: Model) -> None:
        self.name = name
        self.model = model
        self.version: Final[str] = model.metadata["apiVersion"]
        self.namespace: Final[str] = model.metadata["xmlNamespace"]
        self._classes = Classes(model, _GENERATED[name])
        self._readers = Readers(model, self._classes)
        self._writers = Writers(model)
        self._plans: dict[str, Plan] = {}

    def plan(self, action: str | None, version: str | None) -> Plan:
        """The plan of an operation.

        Raises:
            QueryError: MissingAction, InvalidAction
        """
        if not action:
            raise QueryError(
                "MissingAction", "The request is missing an action or a required parameter."
            )
        if action not in self.model.operations or version != self.version:
            asked = version or _NO_VERSION
            raise QueryError(
                "InvalidAction", f"Could not find operation {action} for version {asked}"
            )
        found = self._plans.get(action)
        if found is None:
            found = self._plans[action] = self._compile(action)
        return found

    def _compile(self, name: str) -> Plan:
        definition = self.model.operations[name]
        given, taken = definition.get("input"), definition.get("output")
        return Plan(
            self.name,
            name,
            self._classes.of(given["shape"]) if given else msgspec.Struct,
            self._readers.of(given["shape"]) if given else None,
            self._writers.of(taken["shape"]) if taken else None,
            self.namespace,
            definition.get("authtype") == "none",
        )


@cache
def service(name: str) -> Service:
    """A service by its name in credential scopes, ``iam`` or ``sts``."""
    return Service(name, load(name))
