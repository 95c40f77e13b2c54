"""Marks for tests whose server is to be reached in the clear, over TLS, or both."""

from typing import Final

import pytest

OVER_TLS: Final = pytest.mark.parametrize("endpoint", ["https"], indirect=True)
OVER_BOTH: Final = pytest.mark.parametrize("endpoint", ["http", "https"], indirect=True)
