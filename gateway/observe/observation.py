"""One record of each answer: what metrics and logs are made of.

It is made once, when the answer is written or can no longer be, so that it
says what happened and not what was meant to happen.
"""

from collections.abc import Callable
from typing import NamedTuple


class Observation(NamedTuple):
    """What became of a request."""

    operation: str  # "" if it never became known
    request_id: str
    status: int  # 0 if nothing was answered
    seconds: float  # from the head's arrival to the last byte's leaving
    sent: int  # bytes of content
    whole: bool  # the client took all of the answer, as far as can be seen
    received: int = 0  # bytes of content that were announced
    limited: str = ""  # the kind of subject that had reached its limit: "key"
    counted: tuple[tuple[str, str], ...] = ()  # buckets' metrics filters: bucket and id


Observe = Callable[[Observation], None]
