"""``python -m tests.differential_iam --cases N``: how our decisions differ from another engine's.

Status 0 if no difference is unexplained.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.differential_iam.compare import Result, run
from tests.differential_iam.oracle import PACKAGE, VERSION, is_installed

SHARE = 2500  # cases of one task
SHOWN = 5


def main() -> int:
    """Run, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential_iam")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not is_installed():
        print("install it first: python -m tests.differential_iam.install")
        return 1
    started = time.monotonic()
    total = Result(Counter(), Counter(), Counter(), [], Counter())
    with ProcessPoolExecutor(options.processes) as pool:
        seeds = range(options.seed, options.seed + options.cases, SHARE)
        tasks = [pool.submit(run, min(SHARE, options.cases), seed) for seed in seeds]
        for number, task in enumerate(as_completed(tasks), 1):
            total.add(task.result())
            done = number * min(SHARE, options.cases)
            print(f"{done:,} cases, {len(total.unexplained)} unexplained", flush=True)
    for difference in total.unexplained[:SHOWN]:
        print(f"\ntheirs: {difference.theirs}, ours: {difference.ours}")
        print(json.dumps(difference.case._asdict()))
    minutes = (time.monotonic() - started) / 60
    print(f"\n{sum(total.decisions.values()):,} cases, {minutes:.0f} min, {PACKAGE} {VERSION}")
    for counter in (total.decisions, total.kinds):
        print("  " + ", ".join(f"{name}: {count:,}" for name, count in sorted(counter.items())))
    for name, count in total.explained.most_common():
        print(f"  {count:9,} differ and are explained: {name}")
    for name, count in total.refused.most_common(SHOWN):
        print(f"  {count:9,} refused by the other engine: {name}")
    print(f"  {len(total.unexplained):9,} differ and are not explained")
    return 1 if total.unexplained or total.refused else 0


if __name__ == "__main__":
    sys.exit(main())
