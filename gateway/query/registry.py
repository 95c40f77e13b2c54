"""One table: which operations of IAM and STS are implemented, and by which function."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

Handler = Callable[[Any, Any], Awaitable[Any]]


class Operation(NamedTuple):
    """An implemented operation.

    ``refused`` are the input members that would have no effect: a request that
    sends one is answered 501.
    """

    service: str
    name: str
    handler: Handler
    refused: tuple[str, ...]


OPERATIONS: Final[dict[tuple[str, str], Operation]] = {}


def operation(
    service: str, name: str, *, refused: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Register the function that implements an operation.

    It is called with the Call and the input, checks the permissions itself, and
    gives the output, or None for one without members.
    """

    def register(handler: Handler) -> Handler:
        assert (service, name) not in OPERATIONS, f"{name} is implemented twice"
        OPERATIONS[service, name] = Operation(service, name, handler, refused)
        return handler

    return register


def label(service: str, name: str) -> str:
    """An operation as metrics and logs call it."""
    return f"{service}:{name}"


def labels() -> list[str]:
    """Those of all that are implemented."""
    return sorted(label(service, name) for service, name in OPERATIONS)
