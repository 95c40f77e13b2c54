"""Every input that fuzzing has kept, and what is near to it: the part of it that is quick."""

import random

import pytest

from tests.fuzz.corpora import load
from tests.fuzz.targets import TARGETS

INPUTS_MIN = 10
NEAR = 3  # damaged copies of each


@pytest.mark.parametrize("name", TARGETS)
def test_what_fuzzing_kept_still_goes_well(name: str) -> None:
    inputs = load(name)
    assert len(inputs) >= INPUTS_MIN
    source = random.Random(name)
    for data in inputs:
        TARGETS[name](data)
        for _ in range(NEAR if name != "explainer" else 0):
            TARGETS[name](damaged(data, source))


def damaged(data: bytes, source: random.Random) -> bytes:
    at = source.randrange(len(data) + 1)
    return data[:at] + source.randbytes(source.randrange(3)) + data[at + source.randrange(3) :]
