"""What a handler can get from a call."""

from contextlib import suppress
from typing import Any

from gateway.call import Call
from gateway.protocol.errors import ProtocolError
from tests.gateway.inside import Listed


def test_a_call_gives_nobody_its_exchange() -> None:
    """From it a handler could read what no signature was checked of."""
    exchange = Listed("PUT", b"/bucket/k", [b"content"], b"UNSIGNED-PAYLOAD")
    services: Any = None
    call = Call(services, exchange, "0")
    given = []
    for name in dir(call):
        if not name.startswith("_"):
            with suppress(AssertionError, ProtocolError):
                given.append(getattr(call, name))
    assert len(given) > 5
    # Nothing but this file knows it; even the body's reader does not exist before a Verified.
    assert not any(one is exchange or hasattr(one, "read") for one in given)
