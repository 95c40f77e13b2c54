"""A directory of identities in memory."""

import pytest

from storage.identity import Directory
from storage.keyring import Keyring
from storage.meta.memory import MemoryMeta
from storage.seam import SystemRandomness
from tests.storage.engine import StoppedClock

BUILTIN = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
ACCOUNT = "123456789012"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def meta() -> MemoryMeta:
    return MemoryMeta()


@pytest.fixture
def directory(meta: MemoryMeta, clock: StoppedClock) -> Directory:
    randomness = SystemRandomness()
    keyring = Keyring(None, clock=clock, randomness=randomness)
    return Directory(meta, keyring, clock=clock, randomness=randomness, builtin={BUILTIN})
