"""Work that would hold up everybody's requests: beside the event loop.

What a thread computes in Python takes turns with the loop, a few milliseconds
each; what hashes releases the interpreter altogether.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from storage.digests import THREAD_BYTES_MIN as HASH_BYTES_MIN
from storage.digests import pool as hashing

__all__ = ["HASH_BYTES_MIN", "PARSE_BYTES_MIN", "PARSE_ITEMS_MIN", "beside", "hashing", "parsing"]

# A hop costs some 30 µs; documents cost 60 µs a KiB, and many empty elements ten times that.
PARSE_BYTES_MIN: Final = 8 * 1024
PARSE_ITEMS_MIN: Final = 100  # of a list, at 5 µs each

# Few: each takes its turns, and more would leave the loop fewer.
parsing: Final = ThreadPoolExecutor(2, thread_name_prefix="parse")

Result = TypeVar("Result")


async def beside(threads: Executor, call: Callable[..., Result], *arguments: Any) -> Result:
    """The result of a call in one of these threads, or what it raises."""
    return await asyncio.get_running_loop().run_in_executor(threads, call, *arguments)
