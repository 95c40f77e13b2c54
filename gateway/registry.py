"""One table: what is implemented, by which function, needing which permission.

Route, metric label and audit name are the operation's name; the permission
stands beside its handler.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

Handler = Callable[[Any, Any], Awaitable[Any]]


class Operation(NamedTuple):
    """An implemented operation.

    ``action`` is the permission it needs; ``refused`` are the input members
    that are not implemented: a request that sends one is answered 501.
    """

    name: str
    handler: Handler
    action: str
    refused: frozenset[str]


OPERATIONS: Final[dict[str, Operation]] = {}


def operation(
    name: str, action: str, *, refused: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Register the function that implements an operation of S3's model."""

    def register(handler: Handler) -> Handler:
        assert name not in OPERATIONS, f"{name} is implemented twice"
        OPERATIONS[name] = Operation(name, handler, action, frozenset(refused))
        return handler

    return register
