"""The table of usual mistakes, in the order in which they are tried.

What clients and proxies do most often comes first: among mistakes that explain
a signature equally well, the first is named first.
"""

from typing import Final

from sigv4.explain import (
    of_forms,
    of_headers,
    of_hosts,
    of_keys,
    of_paths,
    of_payloads,
    of_queries,
    of_v2,
)
from sigv4.explain.mistake import Mistake

MISTAKES: Final[tuple[Mistake, ...]] = (
    *of_hosts.MISTAKES,
    *of_paths.MISTAKES,
    *of_queries.MISTAKES,
    *of_headers.MISTAKES,
    *of_payloads.MISTAKES,
    *of_keys.MISTAKES,
    *of_forms.MISTAKES,
    *of_v2.MISTAKES,
)

assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES), "a name is an address"
