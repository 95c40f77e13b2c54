"""Test vectors as data: run a file of them through the package, or generate our own.

A vector is one JSON object; docs/vectors.md describes the schema.  ``run`` answers
for each whether it holds, and if not, which step differs first.
"""

from sigv4.vectors.run import Outcome, run

__all__ = ["Outcome", "run"]
