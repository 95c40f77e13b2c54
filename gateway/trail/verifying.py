"""Whether the trail is what was signed: nothing removed, changed or put in up to a head.

What this does not show is in docs/audit.md: whoever has the master key can sign
another trail, and only a head that was kept elsewhere tells the two apart.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.trail.blocks import BEGINNING, NEXT_KEY, REMOVED, Block, CutOff, Head
from gateway.trail.segments import Reading, harmed, paths
from gateway.trail.signer import is_signed


class HeadOf(NamedTuple):
    """What stands for everything up to a block."""

    number: int
    digest: bytes
    made_ms: int = 0

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> "HeadOf":
        """What ``str`` gave.

        Raises:
            ValueError
        """
        number, _, digest = text.strip().partition(":")
        if len(digest) != 64 or not number.isdecimal():
            raise ValueError("not NUMBER:HASH, as `signet audit head` prints it")
        return cls(int(number), bytes.fromhex(digest))


class Verdict(NamedTuple):
    """What was found."""

    faults: list[str]
    blocks: int
    first: int  # block that is kept
    last: HeadOf
    removed: int  # the last block that retention removed


# The public key that a block has to be signed by, None if it is not known.
PublicOf = Callable[[Head], bytes | None]


def verify(folder: Path, public_of: PublicOf, kept: HeadOf | None = None) -> Verdict:
    """Look at every block; ``kept`` is a head that was kept elsewhere.

    Raises:
        OSError
    """
    checker = _Checker(public_of, kept)
    for path in paths(folder):
        blocks = Reading(path)
        for block in blocks:
            checker.add(block)
        checker.end(path, blocks)
    for path in harmed(folder):
        checker.faults.append(f"{path.name} was set aside: it does not begin with a block")
    return checker.verdict()


class _Checker:
    """Goes along the chain."""

    def __init__(self, public_of: PublicOf, kept: HeadOf | None) -> None:
        self.faults: list[str] = []
        self._public_of = public_of
        self._kept = kept
        self._found_kept = kept is None
        self._first: HeadOf | None = None  # what the first block names as the one before
        self._last = HeadOf(0, BEGINNING)
        self._removed: dict[int, bytes] = {}
        self._named: dict[
            int, bytes
        ] = {}  # public keys that a block signed by the one before names
        self._blocks = 0
        self._rest = ""  # what follows the last block in its segment
        self._is_cut = False

    def _say_rest(self) -> None:
        if self._rest:
            self.faults.append(self._rest)

    def end(self, path: Path, blocks: Reading) -> None:
        """At the end of a segment: what follows may be what a crash has left."""
        if blocks.end is not None:
            self._rest = f"{path.name}: {blocks.end}"
            self._is_cut = isinstance(blocks.end, CutOff) and not blocks.is_harmed
            if blocks.is_harmed:
                self._say_rest()
                self._rest = ""

    def add(self, block: Block) -> None:
        """Check a block against the one before, its records and its signature."""
        head, digest = block.head, block.digest
        if self._first is None:
            self._first = self._last = HeadOf(head.number - 1, head.previous)
        if head.number > self._last.number + 1:
            self._say_rest()
            self.faults.append(f"blocks {self._last.number + 1} to {head.number - 1} are missing")
        elif head.number != self._last.number + 1 or head.previous != self._last.digest:
            self._say_rest()
            self.faults.append(f"block {head.number} does not follow block {self._last.number}")
        self._rest = ""  # whoever went on after a crash went on from here
        public = self._public_of(head) or self._named.get(head.key_version)
        if public is None:
            self.faults.append(
                f"block {head.number} is signed by version {head.key_version} of the key, "
                "which is not there"
            )
        elif not is_signed(public, digest, block.signature):
            self.faults.append(f"block {head.number} has a signature that is wrong")
        else:
            named = [one for one in head.sources if one.kind == NEXT_KEY]
            self._named |= {int(one.name): one.upto for one in named}
        for source in head.sources:
            if source.kind == REMOVED:
                self._removed[int(source.name)] = source.upto
        self._last = HeadOf(head.number, digest, head.made_ms)
        self._blocks += 1
        if self._kept is not None and self._kept.number == head.number:
            self._found_kept = True
            if self._kept.digest != digest:
                self.faults.append(f"block {head.number} is not the one whose head was kept")

    def verdict(self) -> Verdict:
        """What all of that comes to."""
        if not self._is_cut:
            self._say_rest()  # else a block is just being written
        before = self._first or HeadOf(0, BEGINNING)
        removed = 0
        if before.number:
            if self._removed.get(before.number) == before.digest:
                removed = before.number
            else:
                self.faults.append(f"blocks 1 to {before.number} are missing")
        elif before.digest != BEGINNING:
            self.faults.append("block 1 names one before it")
        if self._kept is not None and not self._found_kept:
            self._check_kept(removed)
        return Verdict(self.faults, self._blocks, before.number + 1, self._last, removed)

    def _check_kept(self, removed: int) -> None:
        assert self._kept is not None, "asked before"
        number = self._kept.number
        if number > self._last.number:
            self.faults.append(
                f"the trail ends at block {self._last.number}, before the head that was kept, "
                f"{number}"
            )
        elif number > removed:
            self.faults.append(f"block {number}, whose head was kept, is missing")
        elif self._removed.get(number, self._kept.digest) != self._kept.digest:
            self.faults.append(f"block {number} was not the one whose head was kept")
