"""What an operator changes with a command, as the trail has it: by whom, and what he asked for.

Who that is the operating system says, of the process that runs the command;
whom ``sudo`` says to have been called by is taken for what it is: a claim.
"""

import os
import pwd
import socket
from typing import Final, NamedTuple

from gateway.trail.records import OPERATOR, TEXT_BYTES_MAX, Decided, Person, Told, encode_told
from storage.changes import Trace
from storage.seam import Clock

_BY_HOLDING: Final = Decided(True, "data directory")  # who can write to it may do everything


class Operator(NamedTuple):
    """Who runs a command."""

    user_id: int  # the operating system's
    user_name: str
    called_by: str  # says sudo; "" if it does not
    host: str


class Command(NamedTuple):
    """What a command does."""

    name: str  # as it is typed: "signet key issue"
    detail: str = ""  # nothing secret
    about: str = ""  # an ARN
    bucket: str = ""


def whoever_runs_this() -> Operator:
    """Of this process."""
    user_id = os.getuid()
    try:
        name = pwd.getpwuid(user_id).pw_name
    except KeyError:  # in a container, say
        name = ""
    return Operator(user_id, name, os.environ.get("SUDO_USER", ""), socket.gethostname())


def trace_of(operator: Operator, command: Command, clock: Clock) -> Trace:
    """Tells change logs of a command."""

    def tell() -> bytes:
        return encode_told(_told(operator, command, clock.now_ms()))

    return Trace(tell)


def _told(operator: Operator, command: Command, at_ms: int) -> Told:
    return Told(
        at_ms=at_ms,
        request_id="",
        operation=command.name,
        method="",
        target=b"",
        host=operator.host,
        remote="",
        tls=None,
        agent=b"",
        referer=b"",
        bucket=command.bucket,
        owner="",
        key=None,
        version_id=None,
        person=Person(
            "",  # no account: he is above them
            "",
            OPERATOR,
            f"uid:{operator.user_id}",
            operator.user_name,
            "",
            source_identity=operator.called_by[:TEXT_BYTES_MAX],
        ),
        signed=None,
        decided=_BY_HOLDING,
        about=command.about,
        detail=command.detail[:TEXT_BYTES_MAX],
    )
