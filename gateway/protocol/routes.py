"""From what a request looks like to the operation it means.

Every operation of the model is routed, so that one we do not have answers by
its own name.  A name in the query that is any operation's sub-resource is never
ignored: ``DELETE ?accelerate`` is not DeleteBucket.

Source: the model's ``http`` traits; API Reference, "Error responses".
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.protocol import errata
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.plan import Plan
from gateway.protocol.query import Query

_NONE: Final[frozenset[str]] = frozenset()


class Plans:
    """All operations: by name, and by what a request looks like."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.by_name: Final = {plan.name: plan for plan in plans}
        self.subresources: Final = _NONE.union(*(plan.route.subresources for plan in plans))
        self._routes: dict[tuple[str, str, frozenset[str]], list[Plan]] = {}
        self._methods: dict[tuple[str, frozenset[str]], set[str]] = {}
        for plan in plans:
            method, level, subresources = plan.route[:3]
            self._routes.setdefault((method, level, subresources), []).append(plan)
            self._methods.setdefault((level, subresources), set()).add(method)
        for candidates in self._routes.values():
            # The most demanding first: CopyObject before PutObject.
            candidates.sort(key=lambda plan: -len(plan.route.parameters | plan.route.headers))

    def route(self, method: str, level: str, query: Query, headers: Mapping[bytes, bytes]) -> Plan:
        """The operation a request means.

        ``level`` is service, bucket or object.  An unknown parameter is
        ignored, as S3 does, and so is a sub-resource's value; ``x-id``, in which
        SDKs name the operation, decides nothing.

        Raises:
            ProtocolError: MethodNotAllowed, InvalidArgument, InvalidRequest, NotImplemented
        """
        found = _NONE
        if query.values and not self.subresources.isdisjoint(query.values):
            found = self.subresources.intersection(query.values)
            self._check_list_type(query)
        candidates = self._routes.get((method, level, found))
        if candidates is None:
            raise self._no_route(method, level, found)
        if len(candidates) == 1:
            return candidates[0]
        names = query.values.keys()
        for plan in candidates:
            route = plan.route
            if route.parameters <= names and route.headers <= headers.keys():
                return plan
        raise self._not_allowed(method, level, found)

    def _check_list_type(self, query: Query) -> None:
        kind = query.get("list-type")
        if kind not in (None, "2"):
            text = "Invalid List Type specified in Query"
            raise invalid_argument(text, "list-type", kind or "")

    def _no_route(self, method: str, level: str, found: frozenset[str]) -> ProtocolError:
        if (level, found) in self._methods:
            return self._not_allowed(method, level, found)
        names = sorted(found)
        if len(names) > 1:
            text = "Conflicting query string parameters: " + ", ".join(names)
            return invalid_argument(text, "ResourceType", names[0])
        # A sub-resource of another level: of a bucket, asked of a key.
        refusal = errata.MISPLACED.get((level, names[0]))
        if refusal is not None:
            return ProtocolError(*refusal)
        text = f"The sub-resource ?{names[0]} is not implemented here."
        return ProtocolError("NotImplemented", text, Resource="?" + names[0])

    def _not_allowed(self, method: str, level: str, found: frozenset[str]) -> ProtocolError:
        kind = min(found, default=level)
        methods = sorted(self._methods[level, found] - {method})
        return ProtocolError(
            "MethodNotAllowed",
            headers=((b"allow", ", ".join(methods).encode()),),
            Method=method,
            ResourceType=errata.RESOURCE_TYPES.get(kind, kind.upper()),
        )
