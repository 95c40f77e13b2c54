"""What a gate lets in, by a clock that is passed in: rates, bytes, concurrency, on all workers."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.limits.gate import BURST_NS, Gate, Limited, Passage
from gateway.limits.page import SETS, WAYS, LimitPage
from gateway.limits.rules import Rules
from storage.limits import Limit, Limits
from storage.meta.memory import MemoryMeta

S = 1_000_000_000


@dataclass
class Machine:
    """Workers with one limit for each key."""

    limit: Limit
    workers: int = 2
    now_ns: int = 5 * S
    gates: list[Gate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = LimitPage(self.workers)
        rules = Rules(Limits(MemoryMeta()), lambda: 0, {"key": self.limit})
        self.gates = [
            Gate(self.page, worker, rules, lambda: self.now_ns) for worker in range(self.workers)
        ]

    def enter(self, worker: int = 0, name: str = "k") -> Passage:
        passage = self.gates[worker].enter(None, "key", name)
        assert passage is not None
        return passage

    def is_let_in(self, worker: int = 0, name: str = "k") -> bool:
        try:
            self.enter(worker, name)
        except Limited:
            return False
        return True


def refusal(machine: Machine, worker: int = 0) -> dict[bytes, bytes]:
    with pytest.raises(Limited) as caught:
        machine.enter(worker)
    assert (caught.value.code, caught.value.status) == ("SlowDown", 503)
    assert caught.value.message == "Please reduce your request rate."
    return dict(caught.value.headers)


@settings(max_examples=50, deadline=None)
@given(
    rate=st.integers(1, 20_000),
    workers=st.integers(1, 5),
    pauses=st.lists(st.integers(0, S // 10), min_size=1, max_size=8),
)
def test_no_pattern_of_requests_passes_more_than_the_rate_and_a_burst(
    rate: int, workers: int, pauses: list[int]
) -> None:
    machine = Machine(Limit(requests=rate), workers)
    began, let_in = machine.now_ns, 0
    for number, pause in enumerate(pauses * 3):
        machine.now_ns += pause
        while machine.is_let_in(number % workers):
            let_in += 1
    elapsed = machine.now_ns - began
    assert let_in <= (elapsed + BURST_NS) * rate / S + 1
    assert let_in >= 1


@pytest.mark.parametrize("rate", [1, 3, 50, 1000, 30_000])
def test_who_asks_all_the_time_gets_the_rate_within_a_tenth(rate: int) -> None:
    machine = Machine(Limit(requests=rate), workers=4)
    seconds, step = 10, S // (3 * rate)
    let_in = 0
    for number in range(seconds * S // step if rate < 10_000 else rate):
        machine.now_ns += step
        let_in += machine.is_let_in(number % 4)
    elapsed = (seconds if rate < 10_000 else 1 / 3) * rate
    assert elapsed * 0.9 <= let_in - BURST_NS * rate / S <= elapsed * 1.1 + 1


def test_a_refusal_says_when_to_come_back() -> None:
    machine = Machine(Limit(requests=1))
    machine.enter()
    assert refusal(machine) == {b"retry-after": b"1"}
    machine.now_ns += S
    machine.enter(1)
    machine = Machine(Limit(bytes=1000))
    machine.enter().announce(10_000)
    assert refusal(machine) == {b"retry-after": b"10"}


def test_refused_requests_cost_nothing() -> None:
    machine = Machine(Limit(requests=10))
    while machine.is_let_in():
        pass
    for _ in range(1000):
        assert not machine.is_let_in(1)
    machine.now_ns += S // 10
    assert machine.is_let_in(1)


def test_bytes_are_paid_for_before_more_begins() -> None:
    machine = Machine(Limit(bytes=1000))
    machine.enter(0).announce(3000)
    machine.now_ns += 3 * S - BURST_NS - 1
    assert not machine.is_let_in(1)
    machine.now_ns += 1
    assert machine.is_let_in(1)


def test_what_was_not_sent_is_not_paid_for() -> None:
    machine = Machine(Limit(bytes=1000))
    passage = machine.enter()
    passage.announce(1_000_000)
    assert not machine.is_let_in()
    passage.leave(500)
    machine.now_ns += S // 2
    assert machine.is_let_in()


def test_what_never_came_of_an_upload_is_not_paid_for() -> None:
    machine = Machine(Limit(bytes=1))
    passage = machine.enter()
    passage.announce(10**18)  # more nanoseconds than a word of the page holds
    assert not machine.is_let_in()
    passage.announce(200)  # its answer's
    passage.leave(200, received=300)
    machine.now_ns += 500 * S - BURST_NS - 1
    assert not machine.is_let_in()
    machine.now_ns += 1
    assert machine.is_let_in()


def test_what_came_without_a_length_is_paid_for() -> None:
    machine = Machine(Limit(bytes=1000))
    machine.enter().leave(0, received=9000)
    assert refusal(machine) == {b"retry-after": b"9"}


def test_what_was_sent_unannounced_is_paid_for() -> None:
    machine = Machine(Limit(bytes=1000))
    passage = machine.enter()
    passage.announce(0)
    passage.leave(9000)
    assert refusal(machine) == {b"retry-after": b"9"}


def test_only_so_many_are_under_way_on_all_workers_together() -> None:
    machine = Machine(Limit(concurrency=3))
    passages = [machine.enter(worker) for worker in (0, 1, 1)]
    assert refusal(machine, 0) == {b"retry-after": b"1"}
    passages[1].leave(0)
    passages[1].leave(0)  # once more does nothing
    assert machine.is_let_in(0)
    assert not machine.is_let_in(1)


def test_a_dead_worker_s_requests_are_over() -> None:
    machine = Machine(Limit(concurrency=2))
    left = [machine.enter(1), machine.enter(1)]
    assert not machine.is_let_in(0)
    machine.page.clear(1)
    assert machine.is_let_in(0)
    machine.page.clear(2)  # of the keeper, which lets nobody in
    for passage in left:
        passage.leave(0)
    assert machine.is_let_in(0)
    assert not machine.is_let_in(0)


def test_others_are_not_limited_by_it() -> None:
    machine = Machine(Limit(requests=4))
    while machine.is_let_in():
        pass
    assert machine.is_let_in(0, "another")


def test_what_has_no_limit_has_no_passage() -> None:
    machine = Machine(Limit())
    assert machine.gates[0].enter(None, "key", "k") is None
    assert machine.gates[0].enter(None, "bucket", "b") is None


def test_one_request_is_counted_under_all_that_limits_it() -> None:
    machine = Machine(Limit(concurrency=1))
    passage = machine.gates[0].enter(machine.enter(0, "a"), "key", "b")
    assert passage is not None
    assert not machine.is_let_in(1, "a")
    assert not machine.is_let_in(1, "b")
    passage.leave(0)
    assert machine.is_let_in(1, "a")
    assert machine.is_let_in(1, "b")


def test_many_more_subjects_than_slots_find_one_each_in_turn() -> None:
    machine = Machine(Limit(requests=S, concurrency=1), workers=1)
    for number in range(3 * SETS * WAYS):
        machine.now_ns += 10
        machine.enter(0, f"{number}").leave(0)
    assert not any(machine.page.cells[3 :: machine.page.width]), "none is under way"


def test_where_all_slots_are_held_subjects_share() -> None:
    machine = Machine(Limit(concurrency=2), workers=1)
    passages = []
    for number in range(4 * SETS * WAYS):
        passage = machine.gates[0]
        try:
            passages.append(passage.enter(None, "key", f"{number}"))
        except Limited:
            continue
    assert len(passages) >= SETS * WAYS
    for one in passages:
        assert one is not None
        one.leave(0)
    assert machine.is_let_in()
