"""Counters of all workers on one shared page, summed when somebody asks.

Each worker writes its own row, so nothing is locked; a worker that is
replaced goes on counting where the dead one stopped.
"""

import mmap
import struct
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from gateway.observe.filtered import FilterBoard
from gateway.observe.observation import Observation
from storage.limits import KINDS

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# The last: what the client did not take all of, whatever its status said.
_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx", "broken")
_BROKEN: Final = len(_CLASSES) - 1
_KINDS: Final = {2: 0, 3: 1, 4: 2, 5: 3}  # hundreds of a status: the place of its class
_CELL: Final = struct.Struct("<Q")
_OTHER: Final = "other"

# Per operation: a counter for each class of status, bytes sent, microseconds, a histogram.
_BYTES: Final = len(_CLASSES)
_MICROSECONDS: Final = _BYTES + 1
_HISTOGRAM: Final = _MICROSECONDS + 1
_WIDTH: Final = _HISTOGRAM + len(BUCKETS_S) + 1


class Board:
    """The page; made before the fork."""

    def __init__(self, operations: Sequence[str], workers: int) -> None:
        self._names = (*operations, _OTHER)
        self._at = {name: number * _WIDTH for number, name in enumerate(self._names)}
        self._workers = workers
        self._row = len(self._names) * _WIDTH
        self._page = mmap.mmap(-1, max(self._row * workers * _CELL.size, mmap.PAGESIZE))
        self._cells = memoryview(self._page).cast("Q")
        self._limited = memoryview(
            mmap.mmap(-1, max(len(KINDS) * workers * _CELL.size, mmap.PAGESIZE))
        ).cast("Q")
        self._filters = FilterBoard(workers)

    def count(self, worker: int, seen: Observation) -> None:
        """One answer."""
        operation, _, status, seconds, sent, whole, _, limited, counted = seen
        if counted:
            self._filters.count(worker, seen)
        if limited:
            self._limited[worker * len(KINDS) + KINDS.index(limited)] += 1
        cells = self._cells
        at = worker * self._row + self._at.get(operation, self._at[_OTHER])
        kind = _KINDS.get(status // 100, 0) if whole else _BROKEN
        cells[at + kind] += 1
        cells[at + _BYTES] += sent
        cells[at + _MICROSECONDS] += int(seconds * 1_000_000)
        cells[at + _HISTOGRAM + bisect_left(BUCKETS_S, seconds)] += 1

    def _sums(self, operation: int) -> list[int]:
        first = operation * _WIDTH
        return [
            sum(self._cells[worker * self._row + first + n] for worker in range(self._workers))
            for n in range(_WIDTH)
        ]

    def _render_limited(self) -> list[str]:
        """Requests that were told to come later, by the kind of what had reached its limit."""
        lines = ["# HELP s3_limited_total Requests answered SlowDown because of a limit."]
        lines.append("# TYPE s3_limited_total counter")
        for number, kind in enumerate(KINDS):
            total = sum(
                self._limited[worker * len(KINDS) + number] for worker in range(self._workers)
            )
            if total:
                lines.append(f's3_limited_total{{limit="{kind}"}} {total}')
        return lines

    def render(self) -> bytes:
        """Everything in Prometheus' text form; operations nobody used are left out."""
        requests = ["# HELP s3_requests_total Answers by operation and class of status."]
        requests.append("# TYPE s3_requests_total counter")
        sent = ["# HELP s3_sent_bytes_total Bytes of content sent."]
        sent.append("# TYPE s3_sent_bytes_total counter")
        durations = ["# HELP s3_request_duration_seconds Time from headers to the answer's end."]
        durations.append("# TYPE s3_request_duration_seconds histogram")
        for number, name in enumerate(self._names):
            sums = self._sums(number)
            if not any(sums):
                continue
            label = f'operation="{name}"'
            requests += [
                f's3_requests_total{{{label},status="{kind}"}} {sums[n]}'
                for n, kind in enumerate(_CLASSES)
                if sums[n]
            ]
            sent.append(f"s3_sent_bytes_total{{{label}}} {sums[_BYTES]}")
            total = 0
            for bound, one in zip((*BUCKETS_S, "+Inf"), sums[_HISTOGRAM:], strict=True):
                total += one
                durations.append(
                    f's3_request_duration_seconds_bucket{{{label},le="{bound}"}} {total}'
                )
            durations.append(f"s3_request_duration_seconds_count{{{label}}} {total}")
            seconds = sums[_MICROSECONDS] / 1_000_000
            durations.append(f"s3_request_duration_seconds_sum{{{label}}} {seconds:.6f}")
        lines = requests + sent + durations + self._render_limited() + self._filters.render()
        return ("\n".join(lines) + "\n").encode()
