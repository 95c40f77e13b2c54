"""What clients cannot make a worker use."""

import contextlib
from pathlib import Path

from tests.gateway.server.wire import Wire, ask
from tests.serving import Server, serving, until


def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    settings = ["--workers", "1", "--connections-max", "3"]
    with serving(tmp_path / "data", *settings) as server, contextlib.ExitStack() as stack:
        held = [stack.enter_context(Wire(server)) for _ in range(3)]
        for wire in held:
            wire.send(wire.signed("GET", "/"))
            assert wire.response().status == 200
        with Wire(server) as wire:
            refused = wire.response()
            assert (refused.status, refused.code) == (503, "SlowDown")
            assert wire.is_closed()
        held[0].send(held[0].signed("GET", "/"))
        assert held[0].response().status == 200, "those that were there go on"
        held[1].socket.close()
        until(lambda: is_served(server))


def test_a_crash_leaves_no_image_of_a_memory_with_secrets(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "1") as server:
        for pid in (server.process.pid, *server.workers()):
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            (cores,) = [line for line in limits if line.startswith("Max core file size")]
            assert cores.split()[4] in ("0", "1"), "the soft limit; piped cores heed 1 alone"


def is_served(server: Server) -> bool:
    """Whether there is room; who is one too many may be cut off before it is told so."""
    with contextlib.suppress(ConnectionError):
        return ask(server, "GET", "/").status == 200
    return False
