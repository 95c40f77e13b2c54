"""Other authorities in the place of the server's own: one that allows what a test says."""

from typing import Any

from gateway.authority import Place
from gateway.call import Call
from gateway.iam.accounts import Principal
from gateway.iam.decision import Decision
from storage.rows import BucketRef


class Gate:
    """Allows everything but one, and remembers what it was asked.

    Implements gateway.authority.Authority.
    """

    def __init__(self, refused: tuple[str, str] | None = None) -> None:
        self.refused = refused
        self.asked: list[tuple[str, str]] = []

    def is_plain(self, _principal: Principal | None, _bucket: BucketRef | None) -> bool:
        """Nothing is decided without being asked."""
        return False

    def is_closed(self, _principal: Principal | None, _bucket: BucketRef | None) -> bool:
        """Everything may be allowed."""
        return False

    async def is_late(self, _call: Call, _bucket: BucketRef | None) -> bool:
        """Nothing waits."""
        return False

    async def decide(self, _call: Call, action: str, place: Place, _ask: Any) -> Decision:
        """Decide one action."""
        one = action, place.bucket.record.name if place.bucket is not None else ""
        self.asked.append(one)
        return Decision(one != self.refused, "the gate")
