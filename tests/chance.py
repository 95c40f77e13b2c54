"""How many random cases are tried; and many of them, by seeds, of what is cheap to try.

Hypothesis takes a millisecond or more to think up a case, and makes a failing one small.
Where a case is small from the start, and is tried in a tenth of that, this tries as many in
a tenth of the time.
"""

import os
import random
from collections.abc import Callable
from typing import Final

_GIVEN: Final = "SIGNET_TEST_SEED"
_MORE: Final = "SIGNET_TEST_CASES"


def cases(few: int) -> int:
    """How many to try: few in each run, SIGNET_TEST_CASES times as many if that is set."""
    return few * int(os.environ.get(_MORE, "1"))


def tried(times: int) -> Callable[[Callable[[random.Random], None]], Callable[[], None]]:
    """Run a test so many times, each with another seed, which a failure names.

    The variable SIGNET_TEST_SEED tries that one alone.
    """

    def decorated(test: Callable[[random.Random], None]) -> Callable[[], None]:
        def all_times() -> None:
            given = os.environ.get(_GIVEN)
            first = int(given) if given else random.SystemRandom().getrandbits(48)
            for seed in range(first, first + (1 if given else cases(times))):
                try:
                    test(random.Random(seed))
                except BaseException as error:
                    error.add_note(f"{_GIVEN}={seed}")
                    raise

        all_times.__name__ = test.__name__
        all_times.__doc__ = test.__doc__
        all_times.__module__ = test.__module__
        return all_times

    return decorated
