"""Request metrics of buckets that ask for them: counters for each filter, on one shared page.

Each worker has slots of its own, so nothing is locked, and names one when it
first counts there.  Slots are bounded, for what a client configures becomes
labels: requests beyond are counted together.

Source: User Guide, "Amazon S3 CloudWatch request metrics".
"""

import mmap
import struct
from typing import Final, NamedTuple

from gateway.observe.observation import Observation

SLOTS: Final = 256  # names in each worker; the last one is of all the others
_NAME_BYTES: Final = 192  # a bucket of 63 characters and an id of 64, and more
_NAME: Final = struct.Struct(f"<H{_NAME_BYTES - 2}s")
_CELL_BYTES: Final = 8
_OTHERS: Final = ("", "(others)")

# What S3 counts as which, by the beginning of the operation's name.
_TYPES: Final = ("get", "put", "delete", "head", "post", "list", "other")
_BEGINNINGS: Final = (
    *(("List", 5), ("Get", 0), ("Head", 3), ("Delete", 2), ("Abort", 2)),
    *(("Put", 1), ("Copy", 1), ("UploadPart", 1), ("Create", 4), ("Post", 4), ("Complete", 4)),
)
# After the types: errors of the client's and of ours, bytes from and to the client, time.
_ERRORS_4XX: Final = len(_TYPES)
_ERRORS_5XX: Final = _ERRORS_4XX + 1
_RECEIVED: Final = _ERRORS_5XX + 1
_SENT: Final = _RECEIVED + 1
_MICROSECONDS: Final = _SENT + 1
_WIDTH: Final = _MICROSECONDS + 1
_SLOT_BYTES: Final = _NAME_BYTES + _WIDTH * _CELL_BYTES

assert _SLOT_BYTES % _CELL_BYTES == 0


class Counted(NamedTuple):
    """One filter's label."""

    bucket: str
    filter: str


class FilterBoard:
    """The page; made before the fork."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._page = mmap.mmap(-1, workers * SLOTS * _SLOT_BYTES)
        self._cells = memoryview(self._page).cast("Q")
        self._slots: dict[int, dict[Counted, int]] = {}  # of a worker: the offset of each name

    def count(self, worker: int, seen: Observation) -> None:
        """One answer, for each filter that it belongs to."""
        for bucket, identity in seen.counted:
            at = self._slot(worker, Counted(bucket, identity)) // _CELL_BYTES
            at += _NAME_BYTES // _CELL_BYTES
            cells = self._cells
            cells[at + _type_of(seen.operation)] += 1
            if 400 <= seen.status < 600:
                cells[at + (_ERRORS_4XX if seen.status < 500 else _ERRORS_5XX)] += 1
            cells[at + _RECEIVED] += seen.received
            cells[at + _SENT] += seen.sent
            cells[at + _MICROSECONDS] += int(seen.seconds * 1_000_000)

    def _slot(self, worker: int, name: Counted) -> int:
        """Where a worker counts for a name."""
        known = self._slots.get(worker)
        if known is None:  # it may go on for one that died
            known = self._slots[worker] = dict(self._named(worker))
        found = known.get(name)
        if found is None:
            found = self._take(worker, known, name)
            if len(known) < SLOTS:
                known[name] = found
        return found

    def _take(self, worker: int, known: dict[Counted, int], name: Counted) -> int:
        raw = "\0".join(name).encode()
        if len(known) >= SLOTS - 1 or len(raw) > _NAME_BYTES - 2:
            name, number = Counted(*_OTHERS), SLOTS - 1
            raw = "\0".join(name).encode()
        else:
            number = len(known)
        at = (worker * SLOTS + number) * _SLOT_BYTES
        _NAME.pack_into(self._page, at, len(raw), raw)
        return at

    def _named(self, worker: int) -> list[tuple[Counted, int]]:
        found = []
        for number in range(SLOTS):
            at = (worker * SLOTS + number) * _SLOT_BYTES
            length, raw = _NAME.unpack_from(self._page, at)
            if length:
                bucket, _, identity = raw[:length].decode().partition("\0")
                found.append((Counted(bucket, identity), at))
        return found

    def _sums(self) -> dict[Counted, list[int]]:
        sums: dict[Counted, list[int]] = {}
        for worker in range(self._workers):
            for name, at in self._named(worker):
                first = (at + _NAME_BYTES) // _CELL_BYTES
                row = self._cells[first : first + _WIDTH]
                total = sums.setdefault(name, [0] * _WIDTH)
                for n, one in enumerate(row):
                    total[n] += one
        return sums

    def render(self) -> list[str]:
        """Lines in Prometheus' text form; none if nobody asked for any."""
        sums = sorted(self._sums().items())
        if not sums:
            return []
        lines = _head("requests_total", "Requests of a bucket's metrics filter, by type.")
        for label, row in _labelled(sums):
            lines += [
                f's3_filter_requests_total{{{label},type="{kind}"}} {row[n]}'
                for n, kind in enumerate(_TYPES)
                if row[n]
            ]
        lines += _head("errors_total", "Answers with an error, by class of status.")
        for label, row in _labelled(sums):
            for kind, n in (("4xx", _ERRORS_4XX), ("5xx", _ERRORS_5XX)):
                lines.append(f's3_filter_errors_total{{{label},status="{kind}"}} {row[n]}')
        for name, n, text in (
            ("received_bytes_total", _RECEIVED, "Bytes of content that came."),
            ("sent_bytes_total", _SENT, "Bytes of content sent."),
        ):
            lines += _head(name, text)
            lines += [f"s3_filter_{name}{{{label}}} {row[n]}" for label, row in _labelled(sums)]
        lines += _head("request_seconds_total", "Time from headers to the answers' ends.")
        for label, row in _labelled(sums):
            seconds = row[_MICROSECONDS] / 1_000_000
            lines.append(f"s3_filter_request_seconds_total{{{label}}} {seconds:.6f}")
        return lines


def _head(name: str, text: str) -> list[str]:
    return [f"# HELP s3_filter_{name} {text}", f"# TYPE s3_filter_{name} counter"]


def _labelled(sums: list[tuple[Counted, list[int]]]) -> list[tuple[str, list[int]]]:
    return [
        (f'bucket="{_escaped(name.bucket)}",filter="{_escaped(name.filter)}"', row)
        for name, row in sums
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _type_of(operation: str) -> int:
    for beginning, kind in _BEGINNINGS:
        if operation.startswith(beginning):
            return kind
    return len(_TYPES) - 1
