"""Which key protects a content: its data keys are made, wrapped, unwrapped, and wrapped anew.

=============  =======================  ============================
algorithm      first layer's data key   second layer's
=============  =======================  ============================
AES256         the keyring              none
aws:kms        KMS, or a bucket key     none
aws:kms:dsse   KMS                      the keyring
SSE-C          the customer's key       none
=============  =======================  ============================

A bucket key is a data key of KMS's that wraps the data keys of many objects of
one bucket for a while, so that KMS is asked less often.  What is wrapped is
bound to its bucket, to the object's encryption context and to the layer.

Source: User Guide, "Protecting data with encryption", "Reducing the cost of
SSE-KMS with Amazon S3 Bucket Keys", "Using dual-layer server-side encryption".
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from storage import wrapping
from storage.encryption import KEY_BYTES, Cipher, opaque_etag
from storage.errors import MasterKeyMissing, WrongCustomerKey
from storage.kept import LastUsed
from storage.keyring import SSE_S3, Keyring
from storage.kms import DataKey, Kms
from storage.records import Encryption
from storage.seam import Clock, Randomness
from storage.wrapping import Unwrappable, binding

AES256: Final = "AES256"
KMS: Final = "aws:kms"
DSSE: Final = "aws:kms:dsse"
CUSTOMER: Final = "SSE-C"
ALGORITHMS: Final = (AES256, KMS, DSSE, CUSTOMER)

BUCKET_KEY_MS: Final = 5 * 60 * 1000  # how long one wraps, and how long an unwrapped one is kept
_BUCKET_KEYS_BYTES: Final = 1024 * 1024  # of those that are kept, some thousands
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Wish:
    """The encryption that a content is to have."""

    algorithm: str
    key_id: str = ""  # of KMS, as ``Kms.describe`` gave it
    context: str = ""
    bucket_key: bool = False
    customer_key: bytes | None = None

    def __repr__(self) -> str:
        return f"Wish({self.algorithm!r}, {self.key_id!r})"


class Sealing(NamedTuple):
    """How a content is encrypted, and its data keys: never to be kept."""

    record: Encryption
    data_keys: tuple[bytes, ...]

    def cipher(self, content: bytes) -> Cipher:
        """What seals and opens the content of that name."""
        return Cipher(self.data_keys, content)

    def etag(self, md5: bytes) -> bytes:
        """What an entity tag is made of in place of the MD5.

        API Reference, Object, "ETag": of SSE-S3 it is the content's MD5, of the others it is not.
        """
        if self.record.algorithm == AES256:
            return md5
        return opaque_etag(self.data_keys[0], md5)

    def __repr__(self) -> str:
        return f"Sealing({self.record.algorithm!r})"


class _BucketKey(NamedTuple):
    key: DataKey
    until_ms: int

    def holds(self, now_ms: int) -> bool:
        """Whether it may be used still; a clock that is set back does not make it last."""
        return now_ms < self.until_ms <= now_ms + BUCKET_KEY_MS


class Protection:
    """Makes and opens sealings."""

    def __init__(self, keyring: Keyring, kms: Kms, clock: Clock, randomness: Randomness) -> None:
        self.keyring = keyring
        self.kms = kms
        self._clock = clock
        self._randomness = randomness
        self._wrapping = LastUsed[_BucketKey](_BUCKET_KEYS_BYTES)  # by bucket and KMS key
        self._unwrapped = LastUsed[_BucketKey](_BUCKET_KEYS_BYTES)  # by what was wrapped

    async def begin(self, bucket_id: bytes, wish: Wish) -> Sealing:
        """A sealing with new data keys.

        Raises:
            MasterKeyMissing, KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable
        """
        record = Encryption(
            wish.algorithm,
            self._randomness.bytes(_ID_BYTES),
            (),
            key_id=wish.key_id,
            context=wish.context,
        )
        bound_to = _bound(bucket_id, record, 0)
        if wish.algorithm == CUSTOMER:
            assert wish.customer_key is not None, "it is what SSE-C is"
            plain = self._randomness.bytes(KEY_BYTES)
            wrapped = wrapping.wrap(wish.customer_key, plain, bound_to, self._randomness)
            return _sealing(record, DataKey(plain, wrapped))
        if wish.algorithm == AES256:
            return _sealing(record, await self._from_keyring(bound_to))
        if wish.algorithm == KMS and wish.bucket_key:
            bucket_key = await self._bucket_key(bucket_id, wish.key_id)
            plain = self._randomness.bytes(KEY_BYTES)
            wrapped = wrapping.wrap(bucket_key.plain, plain, bound_to, self._randomness)
            record = msgspec.structs.replace(record, bucket_key=bucket_key.wrapped)
            return _sealing(record, DataKey(plain, wrapped))
        first = await self.kms.generate_data_key(wish.key_id, bound_to)
        if wish.algorithm == KMS:
            return _sealing(record, first)
        return _sealing(record, first, await self._from_keyring(_bound(bucket_id, record, 1)))

    async def open(
        self, bucket_id: bytes, record: Encryption, customer_key: bytes | None
    ) -> Sealing:
        """The sealing of a content that was encrypted before.

        Raises:
            WrongCustomerKey: also if none is given, and one is needed.
            MasterKeyMissing, KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable
        """
        if record.algorithm == CUSTOMER:
            return self.open_customers(bucket_id, record, customer_key)
        first = await self._first(bucket_id, record)
        if len(record.wrapped) == 1:
            return Sealing(record, (first,))
        second = await self.keyring.unwrap(SSE_S3, record.wrapped[1], _bound(bucket_id, record, 1))
        return Sealing(record, (first, second))

    @staticmethod
    def open_customers(bucket_id: bytes, record: Encryption, customer_key: bytes | None) -> Sealing:
        """The same of SSE-C, for which nobody has to be asked.

        Raises:
            WrongCustomerKey
        """
        if customer_key is None:
            raise WrongCustomerKey
        try:
            plain = wrapping.unwrap(customer_key, record.wrapped[0], _bound(bucket_id, record, 0))
        except Unwrappable:
            raise WrongCustomerKey from None
        return Sealing(record, (plain,))

    async def rewrap(self, bucket_id: bytes, record: Encryption, wish: Wish) -> Encryption:
        """The same data keys under what the wish names, each by the newest version of its key.

        For as many layers as there are, and none of a customer's.

        Raises:
            as ``open``
        """
        first, *others = (await self.open(bucket_id, record, None)).data_keys
        assert len(others) == (wish.algorithm == DSSE), "layers are not added, or taken away"
        new = Encryption(wish.algorithm, record.id, (), key_id=wish.key_id, context=wish.context)
        bound_to = _bound(bucket_id, new, 0)
        if wish.algorithm == AES256:
            wrapped = [await self.keyring.wrap(SSE_S3, first, bound_to)]
        elif wish.bucket_key:
            bucket_key = await self._bucket_key(bucket_id, wish.key_id)
            wrapped = [wrapping.wrap(bucket_key.plain, first, bound_to, self._randomness)]
            new = msgspec.structs.replace(new, bucket_key=bucket_key.wrapped)
        else:
            wrapped = [await self.kms.wrap(wish.key_id, first, bound_to)]
        for layer, key in enumerate(others, 1):
            wrapped.append(await self.keyring.wrap(SSE_S3, key, _bound(bucket_id, new, layer)))
        return msgspec.structs.replace(new, wrapped=tuple(wrapped))

    def matches(self, bucket_id: bytes, record: Encryption | None, wish: Wish | None) -> bool:
        """Whether what is encrypted so is encrypted as it is wished to be."""
        if record is None or wish is None:
            return record is None and wish is None
        asked = (wish.algorithm, wish.key_id, wish.context)
        if asked != (record.algorithm, record.key_id, record.context):
            return False
        if wish.algorithm != CUSTOMER:
            return wish.bucket_key == bool(record.bucket_key)
        try:
            self.open_customers(bucket_id, record, wish.customer_key)
        except WrongCustomerKey:
            return False
        return True

    async def _first(self, bucket_id: bytes, record: Encryption) -> bytes:
        bound_to, wrapped = _bound(bucket_id, record, 0), record.wrapped[0]
        if record.algorithm == AES256:
            return await self.keyring.unwrap(SSE_S3, wrapped, bound_to)
        if not record.bucket_key:
            return await self.kms.unwrap(record.key_id, wrapped, bound_to)
        bucket_key = await self._unwrapped_bucket_key(bucket_id, record)
        try:
            return wrapping.unwrap(bucket_key, wrapped, bound_to)
        except Unwrappable:
            raise MasterKeyMissing(f"a data key is not under {record.key_id}") from None

    async def _from_keyring(self, bound_to: bytes) -> DataKey:
        plain = self._randomness.bytes(KEY_BYTES)
        return DataKey(plain, await self.keyring.wrap(SSE_S3, plain, bound_to))

    async def _bucket_key(self, bucket_id: bytes, key: str) -> DataKey:
        now, place = self._clock.now_ms(), bucket_id + key.encode()
        kept = self._wrapping.get(place)
        if kept is None or not kept.holds(now):
            made = await self.kms.generate_data_key(key, _bound_bucket(bucket_id, key))
            kept = _BucketKey(made, now + BUCKET_KEY_MS)
            self._wrapping.keep(place, kept, len(made.wrapped) + KEY_BYTES)
            self._unwrapped.keep(made.wrapped, kept, len(made.wrapped) + KEY_BYTES)
        return kept.key

    async def _unwrapped_bucket_key(self, bucket_id: bytes, record: Encryption) -> bytes:
        now, wrapped = self._clock.now_ms(), record.bucket_key
        kept = self._unwrapped.get(wrapped)
        if kept is None or not kept.holds(now):
            bound_to = _bound_bucket(bucket_id, record.key_id)
            plain = await self.kms.unwrap(record.key_id, wrapped, bound_to)
            kept = _BucketKey(DataKey(plain, wrapped), now + BUCKET_KEY_MS)
            self._unwrapped.keep(wrapped, kept, len(wrapped) + KEY_BYTES)
        return kept.key.plain


def layers_of(record: Encryption | None) -> int:
    """How often each frame is sealed; 0 of what is not encrypted."""
    return len(record.wrapped) if record is not None else 0


def _sealing(record: Encryption, *keys: DataKey) -> Sealing:
    wrapped = tuple(key.wrapped for key in keys)
    return Sealing(
        msgspec.structs.replace(record, wrapped=wrapped), tuple(key.plain for key in keys)
    )


def _bound(bucket_id: bytes, record: Encryption, layer: int) -> bytes:
    """What a wrapped data key is for."""
    return binding(
        (
            b"data key",
            bucket_id,
            record.id,
            record.algorithm.encode(),
            record.key_id.encode(),
            record.context.encode(),
            b"%d" % layer,
        )
    )


def _bound_bucket(bucket_id: bytes, key: str) -> bytes:
    return binding((b"bucket key", bucket_id, key.encode()))
