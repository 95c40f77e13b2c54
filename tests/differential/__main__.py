"""``python -m tests.differential --requests N``: how our signatures differ from others'.

Status 0 if no difference is unexplained and every cell has its share.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.differential import signers
from tests.differential.cases import CELLS
from tests.differential.compare import Result, run

SHARE = 5000  # requests of one task
SHOWN = 2  # of one kind


def main() -> int:
    """Run, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    others, missing = signers.programs()
    for name, reason in missing.items():
        print(f"left out: {name}: {reason}")
    started = time.monotonic()
    total = Result(Counter(), Counter(), Counter(), [])
    seeds = range(options.seed, options.seed + options.requests, SHARE)
    with ProcessPoolExecutor(options.processes) as pool:
        tasks = [pool.submit(run, SHARE, seed, tuple(others)) for seed in seeds]
        for number, task in enumerate(as_completed(tasks), 1):
            total.add(task.result())
            if number % 20 == 0:
                print(
                    f"{number * SHARE:,} requests, {len(total.unexplained)} unexplained", flush=True
                )
    seen: Counter[tuple[str, str]] = Counter()
    for difference in total.unexplained:
        seen[difference.signer, difference.what] += 1
        if seen[difference.signer, difference.what] > SHOWN:
            continue
        print(f"\n{difference.signer}: {difference.what}\n  {difference.case}")
        print(f"  theirs: {difference.theirs}\n  ours:   {difference.ours}")
    least = min(total.cells[str(cell)] for cell in CELLS)
    print(
        f"\n{sum(total.cells.values()):,} requests in {len(CELLS)} cells, at least {least:,} each; "
        f"{(time.monotonic() - started) / 60:.0f} min"
    )
    for name, count in total.by_signer.most_common():
        print(f"  {count:9,} signed by {name}")
    for name, count in total.explained.most_common():
        print(f"  {count:9,} differ and are explained: {name}")
    for (signer, what), count in seen.most_common():
        print(f"  {count:9,} unexplained: {signer}: {what}")
    print(f"  {len(total.unexplained):9,} differ and are not explained")
    return 1 if total.unexplained or least < min(1000, options.requests // len(CELLS)) else 0


if __name__ == "__main__":
    sys.exit(main())
