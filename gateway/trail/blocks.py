"""Blocks: the trail's records, chained by hashes and signed.  Pure.

A block is a head, its signature, and records, deflated.  The head has the hash
of the head before and of the records, so that the hash of one head stands for
everything up to it: nothing before can be changed, removed or put in without
changing it.  It also says where the records came from, and how far, so that
none is taken twice.

    "SGT1"  length of the head (4)  length of the records (4)
    head    signature (64)          records
"""

import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from gateway.trail.signer import SIGNATURE_BYTES, Signer
from storage.records import UNDECODABLE

MAGIC: Final = b"SGT1"
BEGINNING: Final = bytes(32)  # the hash before the first block
_LEVEL: Final = 1  # records resemble each other: a fifth is left, at little cost
FRAME: Final = len(MAGIC) + 8


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Where records came from: a spool's file, or a log up to a place; or what is no more."""

    kind: str
    name: bytes
    upto: bytes = b""


SPOOL: Final = "spool"
LOG: Final = "log"
REMOVED: Final = "removed"  # by retention: blocks up to the number ``name``, whose hash is ``upto``
NEXT_KEY: Final = "key"  # what signs from now on: version ``name``, whose public key is ``upto``


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What is signed."""

    number: int  # from 1
    previous: bytes  # hash of the head before
    made_ms: int
    sources: tuple[Source, ...]
    size: int  # of the records, inflated
    records_sha256: bytes  # as they are stored
    key_version: int
    public: bytes


class Block(NamedTuple):
    """A block as it is read; what it says of itself is not believed yet."""

    head: Head
    raw_head: bytes
    signature: bytes
    payload: bytes

    @property
    def digest(self) -> bytes:
        """What the next block names, and what is signed."""
        return sha256(self.raw_head).digest()

    @property
    def is_whole(self) -> bool:
        """Whether the records are those that the head is of."""
        return sha256(self.payload).digest() == self.head.records_sha256

    def records(self) -> bytes:
        """The pieces of records.

        Raises:
            Damaged
        """
        inflater = zlib.decompressobj()
        try:
            found = inflater.decompress(self.payload, self.head.size)
        except zlib.error as error:
            raise Damaged(f"block {self.head.number}: {error}") from None
        if len(found) != self.head.size or inflater.unconsumed_tail:
            raise Damaged(f"block {self.head.number}: other records than it says")
        return found


class Damaged(Exception):
    """What is no block; the text says why."""


class CutOff(Damaged):
    """The beginning of a block: it is being written, or a crash ended that."""


_TIMES_END_MS: Final = 253_402_300_800_000  # the year 10000, which no calendar here has
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Head).decode


def make(
    signer: Signer,
    number: int,
    previous: bytes,
    made_ms: int,
    sources: tuple[Source, ...],
    pieces: bytes,
) -> bytes:
    """A block, as it is written."""
    payload = zlib.compress(pieces, _LEVEL)
    head = _encode(
        Head(
            number,
            previous,
            made_ms,
            sources,
            len(pieces),
            sha256(payload).digest(),
            signer.version,
            signer.public,
        )
    )
    lengths = len(head).to_bytes(4, "big") + len(payload).to_bytes(4, "big")
    return b"".join((MAGIC, lengths, head, signer.sign(sha256(head).digest()), payload))


def read(content: bytes) -> Iterator[tuple[int, Block]]:
    """The blocks of a segment, each with where it ends.

    Raises:
        Damaged: what follows is none
        CutOff: or not all of one
    """
    at = 0
    while at < len(content):
        start = at + FRAME
        head_size, size = lengths_of(content[at:start], at)
        signed = start + head_size
        records = signed + SIGNATURE_BYTES
        if records + size > len(content):
            raise CutOff(f"at byte {at}: a block that was cut off")
        raw = content[start:signed]
        head = head_of(raw, at)
        at = records + size
        yield at, Block(head, raw, content[signed:records], content[records:at])


def lengths_of(frame: bytes, at: int = 0) -> tuple[int, int]:
    """How long a head and its records are, by the FRAME bytes that a block begins with.

    Raises:
        Damaged
        CutOff: there are less
    """
    if len(frame) < FRAME:
        raise CutOff(f"at byte {at}: a block that was cut off")
    if not frame.startswith(MAGIC):
        raise Damaged(f"at byte {at}: no block begins here")
    return int.from_bytes(frame[-8:-4], "big"), int.from_bytes(frame[-4:], "big")


def head_of(raw: bytes, at: int = 0) -> Head:
    """A head as it is written.

    Raises:
        Damaged
    """
    try:
        found = _decode(raw)
    except UNDECODABLE as error:
        raise Damaged(f"at byte {at}: {error}") from None
    if not 0 <= found.made_ms < _TIMES_END_MS:
        raise Damaged(f"at byte {at}: a block of no time")
    return found
