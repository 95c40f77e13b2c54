"""Fewer directories of blobs: a simulated disk makes them again and again."""

import pytest

from storage.blob import file


@pytest.fixture(autouse=True)
def few_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "FANS", file.FANS[:6])
