"""A read that holds back all deleting for long is told of, once."""

import logging
import time

import pytest

from storage.reads import LONG_S, BoardReads, LongReads, ReadsBoard
from tests.storage.engine import Engine

_LONG_NS = int(LONG_S * 1_000_000_000)


def test_a_long_read_is_news_once() -> None:
    board = ReadsBoard()
    long = LongReads(board)
    assert long.found_s() is None
    began = time.monotonic_ns() - _LONG_NS - 1
    board.publish(3, began)
    found = long.found_s()
    assert found is not None
    assert LONG_S <= found < LONG_S + 60
    assert long.found_s() is None
    board.publish(4, began - 1)  # another one, older still
    assert long.found_s() is not None
    assert long.found_s() is None


def test_a_short_read_is_no_news() -> None:
    board = ReadsBoard()
    reads = BoardReads(board, 0)
    token = reads.begin()
    assert LongReads(board).found_s() is None
    reads.end(token)
    assert LongReads(board).found_s() is None


async def test_the_keeper_tells_of_it(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine()
    engine.board.publish(1, time.monotonic_ns() - 2 * _LONG_NS)
    with caplog.at_level(logging.WARNING):
        await engine.keeper.round()
        await engine.keeper.round()
    (said,) = [one.message for one in caplog.records if "a read under way for" in one.message]
    assert "7200 s" in said
