"""How long a process waits before it is started again."""

from itertools import pairwise

from gateway.server.children import PAUSE_MAX_S, SOON_S, Backoff


def test_short_lives_double_the_pause_up_to_its_limit_and_a_long_one_ends_it() -> None:
    backoff = Backoff()
    pauses = [backoff.pause_s(1, 0.1) for _ in range(20)]
    assert pauses[0] == 0
    assert 0 < pauses[1] <= 0.5
    assert all(b in (2 * a, PAUSE_MAX_S) for a, b in pairwise(pauses[1:]))
    assert pauses[-1] == PAUSE_MAX_S
    assert backoff.pause_s(2, 0.1) == 0, "one process is not punished for another"
    assert backoff.pause_s(1, SOON_S) == 0
    assert backoff.pause_s(1, 0.1) == 0
