"""Contents encrypted in frames, so that a range is decrypted without the rest.  Pure.

A content is cut into frames of 64 KiB of plaintext, each sealed by AES-256-GCM
(NIST SP 800-38D) and longer by a tag of 16 bytes.  The nonce is the frame's
number; a nonce never comes twice under a key, for every content has a key of
its own, derived from its object's data key and its name, which is never given
twice.  A frame authenticates its number and whether it is the last one: frames
cannot be swapped, left out, cut off, added, or brought from another content.

With two layers (aws:kms:dsse) a frame is sealed twice, under independent keys.

Derivation is HKDF-Expand of RFC 5869 with SHA-256, one block of it: a data key
is uniformly random, so that nothing has to be extracted.
"""

import hmac
from collections.abc import Sequence
from typing import Final, NamedTuple

from storage.blob import Buffer
from storage.errors import BlobDamaged

KEY_BYTES: Final = 32
FRAME_BYTES: Final = 64 * 1024  # of plaintext
TAG_BYTES: Final = 16
ETAG_BYTES: Final = 16

_NUMBER_BYTES: Final = 8
_NONCE: Final = b"\0" * (12 - _NUMBER_BYTES)  # 96 bits in all: SP 800-38D, section 5.2.1.1
_OTHER, _LAST = b"\0", b"\1"
_CONTENT: Final = b"signet content 1"
_ETAG: Final = b"signet etag 1"


def frames_of(size: int) -> int:
    """How many frames a content of ``size`` bytes has; one without bytes has none."""
    return -(-size // FRAME_BYTES)


def sealed_size(size: int, layers: int) -> int:
    """What a content of ``size`` bytes takes in the store."""
    return size + frames_of(size) * layers * TAG_BYTES


class Stretch(NamedTuple):
    """The frames that a range of the plaintext lies in."""

    frame: int  # the first one's number
    offset: int  # bytes of the sealed content before it
    length: int  # bytes of the sealed content in all these frames
    skip: int  # bytes of plaintext before the range, in the first one


def stretch_of(size: int, layers: int, offset: int, length: int) -> Stretch:
    """Where ``length`` bytes (one at least) from ``offset`` lie in a content of ``size`` bytes."""
    first, last = offset // FRAME_BYTES, (offset + length - 1) // FRAME_BYTES
    sealed_frame = FRAME_BYTES + layers * TAG_BYTES
    start = first * sealed_frame
    end = min((last + 1) * sealed_frame, sealed_size(size, layers))
    return Stretch(first, start, end - start, offset - first * FRAME_BYTES)


class Cipher:
    """Seals and opens the frames of one content."""

    def __init__(self, data_keys: Sequence[bytes], content: bytes) -> None:
        """One layer for each of ``data_keys``; ``content`` is the content's name."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        # The layer is part of it: under one key twice, the second would undo the first.
        self._layers = [
            AESGCM(_derived(key, _CONTENT + bytes([layer]) + content))
            for layer, key in enumerate(data_keys)
        ]

    @property
    def layers(self) -> int:
        """How often a frame is sealed."""
        return len(self._layers)

    @property
    def sealed_frame_bytes(self) -> int:
        """The size of a sealed frame other than the last."""
        return FRAME_BYTES + len(self._layers) * TAG_BYTES

    def seal(self, number: int, frame: Buffer, *, last: bool) -> bytes:
        """A frame as the store gets it."""
        place = number.to_bytes(_NUMBER_BYTES, "big")
        mark = place + (_LAST if last else _OTHER)
        sealed: Buffer = frame
        for layer in self._layers:
            sealed = layer.encrypt(_NONCE + place, sealed, mark)
        assert isinstance(sealed, bytes), "there is a layer"
        return sealed

    def open(self, number: int, sealed: Buffer, *, last: bool) -> bytes:
        """A frame as it was.

        Raises:
            BlobDamaged: it is not what was sealed there under this key.
        """
        from cryptography.exceptions import InvalidTag

        place = number.to_bytes(_NUMBER_BYTES, "big")
        mark = place + (_LAST if last else _OTHER)
        frame: Buffer = sealed
        try:
            for layer in reversed(self._layers):
                frame = layer.decrypt(_NONCE + place, frame, mark)
        except InvalidTag:
            raise BlobDamaged(f"frame {number} is not what was encrypted") from None
        assert isinstance(frame, bytes), "there is a layer"
        return frame

    def seal_whole(self, content: Buffer) -> bytes:
        """A content that is in memory."""
        sealer = Sealer(self)
        return b"".join([*sealer.update(content), sealer.finish()])

    def open_frames(self, size: int, first: int, sealed: Buffer) -> bytes:
        """The plaintext of consecutive sealed frames of a content of ``size`` bytes.

        Raises:
            BlobDamaged
        """
        view, step, end = memoryview(sealed), self.sealed_frame_bytes, frames_of(size) - 1
        return b"".join(
            [
                self.open(number, view[start : start + step], last=number == end)
                for number, start in enumerate(range(0, len(view), step), first)
            ]
        )


class Sealer:
    """Takes a content piece by piece and gives its sealed frames."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._number = 0
        self._held = bytearray()  # up to a whole frame: whether it is the last, the next byte tells

    def update(self, data: Buffer) -> list[bytes]:
        """The frames that are complete with ``data``, and are not the last."""
        if len(self._held) + len(data) <= FRAME_BYTES:
            self._held += data
            return []
        view = memoryview(data)
        position = FRAME_BYTES - len(self._held)
        self._held += view[:position]
        sealed = [self._seal(self._held, last=False)]
        while len(view) - position > FRAME_BYTES:
            end = position + FRAME_BYTES
            sealed.append(self._seal(view[position:end], last=False))
            position = end
        self._held = bytearray(view[position:])
        return sealed

    def finish(self) -> bytes:
        """The last frame; nothing of a content without bytes."""
        return self._seal(self._held, last=True) if self._held else b""

    def _seal(self, frame: Buffer, *, last: bool) -> bytes:
        sealed = self._cipher.seal(self._number, frame, last=last)
        self._number += 1
        return sealed


def opaque_etag(data_key: bytes, md5: bytes) -> bytes:
    """An entity tag that says nothing of the content to whoever has not its key.

    It is the same for the same content under the same key: a part that is sent
    again has the tag that it had, and whoever has the key can check it.
    """
    return _derived(data_key, _ETAG + md5)[:ETAG_BYTES]


def _derived(key: bytes, info: bytes) -> bytes:
    return hmac.digest(key, info + b"\1", "sha256")
