"""One table: what is implemented, by which function, needing which permissions.

Route and metric label are the operation's name; what the pipeline asks before
the handler runs stands beside it, for a copy's source too.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from gateway.iam.permissions import Needs, needs

Handler = Callable[[Any, Any], Awaitable[Any]]


class Operation(NamedTuple):
    """An implemented operation.

    ``needs`` are the permissions on what it addresses, ``source`` those on what
    x-amz-copy-source names.  ``refused`` are the input members that are not
    implemented: a request that sends one is answered 501.  ``stored`` is one
    whose document is checked, kept and given back, and changes nothing else.
    """

    name: str
    handler: Handler
    needs: Needs
    source: Needs | None
    refused: frozenset[str]
    stored: bool = False


OPERATIONS: Final[dict[str, Operation]] = {}


def operation(
    name: str,
    needed: Needs | str,
    *,
    source: Needs | None = None,
    refused: tuple[str, ...] = (),
    stored: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the function that implements an operation of S3's model."""

    def register(handler: Handler) -> Handler:
        assert name not in OPERATIONS, f"{name} is implemented twice"
        found = needs(needed) if isinstance(needed, str) else needed
        OPERATIONS[name] = Operation(name, handler, found, source, frozenset(refused), stored)
        return handler

    return register
