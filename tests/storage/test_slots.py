"""Counters of commits that processes share, each counting for itself."""

import os

from storage.meta.slots import Slots


def test_a_commit_of_any_slot_moves_it_and_nothing_else_does() -> None:
    slots = Slots(3)
    seen = {slots.value()}
    for slot in (0, 2, 1, 2):
        slots.begin(slot)
        slots.end(slot)
        assert slots.value() == slots.value()
        seen.add(slots.value())
    assert len(seen) == 5


def test_what_is_routine_leaves_the_settings() -> None:
    slots = Slots()
    before = slots.value(), slots.value(settings=True)
    slots.begin(0, routine=True)
    during = slots.value(settings=True)
    slots.end(0)
    assert during == slots.value(settings=True) == before[1]
    assert slots.value() != before[0]


def test_while_anybody_commits_no_answer_is_given_twice() -> None:
    slots = Slots(2)
    slots.begin(0)
    slots.begin(1)
    slots.end(1)
    assert len({slots.value() for _ in range(5)}) == 5
    slots.end(0)
    assert slots.value() == slots.value()


def test_a_forked_process_moves_it_for_all() -> None:
    slots = Slots(2)
    before = slots.value(settings=True)
    child = os.fork()
    if not child:
        slots.begin(1)
        slots.end(1)
        os._exit(0)
    os.waitpid(child, 0)
    assert slots.value(settings=True) == slots.value(settings=True) != before
