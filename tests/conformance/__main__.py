"""Run the suite and compare: what passed once must pass.

``python -m tests.conformance CHECKOUT PYTHON [--only TEXT] [--accept]``: the
checkout of ceph/s3-tests and a Python that has its requirements.  ``--accept``
adds to ``passing.txt`` what passes now.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.users import (
    KMS_KEYS,
    accounts,
    make_users,
    suite_configuration,
    with_alt_as_user,
)
from tests.serving import serving

HERE: Final = Path(__file__).parent
DIFFERENCES: Final = HERE.parents[1] / "docs" / "conformance.md"
DAY_S: Final = 10  # long enough that a slow machine is on time, short enough to wait for some
TEST_S: Final = 120
LISTS: Final = ("core", "beyond", "identity")  # of tests, each in a file
_ROW: Final = re.compile(r"^\| `(test_\w+\.py::[^`]+)`", re.MULTILINE)
# To these alone objects may go after one day.  User Guide, "Constraints and considerations for
# transitions".
ARCHIVES: Final = ("GLACIER", "DEEP_ARCHIVE")
# What the suite takes for granted and AWS no longer does, or never did over plain HTTP.
SETTINGS: Final = (
    *("--workers", "2", "--sigv2", "on"),
    # The suite is older than the defaults of 2023.
    *("--default-object-ownership", "none", "--default-public-access-block", "off"),
    *("--testing-lifecycle-day-seconds", str(DAY_S)),
    # It speaks plain HTTP to a server of its own.
    *("--sse-c-without-tls", "on"),
    *(argument for key in KMS_KEYS for argument in ("--kms-keys", key)),
)


class Setting(NamedTuple):
    """What a group of tests takes for granted."""

    classes: tuple[str, ...] = ()  # storage classes beside STANDARD
    alt_is_user: bool = False  # "s3 alt" is a user in the account of "iam"
    region: str = "us-east-1"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("checkout", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("--only", default="", help="tests whose names contain this")
    parser.add_argument("--accept", action="store_true")
    options = parser.parse_args(arguments)
    lists = {label: names(f"{label}.txt") for label in LISTS}
    wanted = {name for name in set[str]().union(*lists.values()) if options.only in name}
    results: dict[str, tuple[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (setting, group) in enumerate(by_setting(wanted)):
            place = Path(folder) / str(number)
            place.mkdir()
            results |= run(options.checkout, options.python, group, place, setting)
    return report(results, wanted, lists, accept=options.accept)


def names(file: str) -> set[str]:
    path = HERE / file
    return set(path.read_text().split()) if path.exists() else set()


def by_setting(wanted: set[str]) -> list[tuple[Setting, set[str]]]:
    """Tests with what they need.

    Tests that copy between classes read what they wrote, which an archive does
    not allow: they know STANDARD alone, whose names they bear.
    """
    identities = {name for name in wanted if name.startswith(("test_iam.py", "test_sts.py"))}
    classed = {name for name in wanted if "transition" in name and not name.endswith("]")}
    # A bucket has to be made in a region by its name, which us-east-1 does not have.
    located = wanted & {"test_s3.py::test_bucket_get_location"}
    groups = [
        (Setting(), wanted - classed - identities - located),
        (Setting(region="eu-west-1"), located),
        (Setting(classes=ARCHIVES), classed),
        (Setting(alt_is_user=True), identities),
    ]
    return [(setting, group) for setting, group in groups if group]


def run(
    checkout: Path, python: Path, wanted: set[str], folder: Path, setting: Setting
) -> dict[str, tuple[str, str]]:
    """Each test's result and, unless it passed, what it said."""
    users = make_users()
    (folder / "signet.toml").write_text(accounts(users))
    (folder / "wanted").write_text("\n".join(wanted))
    told = folder / "results"
    told.touch()
    settings = (*SETTINGS, "--config", str(folder / "signet.toml"), "--region", setting.region)
    with serving(folder / "data", *settings) as server:
        if setting.alt_is_user:
            users = with_alt_as_user(users, server.endpoint)
        (folder / "suite.conf").write_text(
            suite_configuration(users, *server.address, DAY_S, setting.classes, setting.region)
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DEFAULT_REGION": setting.region,
            "AWS_MAX_ATTEMPTS": "2",
            "PYTHONPATH": str(HERE),
            "S3TEST_CONF": str(folder / "suite.conf"),
            "SUITE_RESULTS": str(told),
            "SUITE_WANTED": str(folder / "wanted"),
        }
        files = sorted({f"s3tests/functional/{name.partition('::')[0]}" for name in wanted})
        pytest = [str(python), "-m", "pytest", "-p", "plugin", "-p", "no:cacheprovider", "-q"]
        limits = [
            "--timeout",
            str(TEST_S),
            "-o",
            "timeout_func_only=true",
            "--tb=no",
            "-W",
            "ignore",
        ]
        subprocess.run(
            [*pytest, *limits, *files], cwd=checkout, env=environment, stdout=subprocess.DEVNULL
        )
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    return {line["name"]: (line["result"], line["text"]) for line in lines}


def report(
    results: dict[str, tuple[str, str]],
    wanted: set[str],
    lists: dict[str, set[str]],
    *,
    accept: bool,
) -> int:
    """Say how many pass, what does not and is not explained, and what no longer does."""
    passed = {name for name, (result, _) in results.items() if result == "passed"}
    different = set(_ROW.findall(DIFFERENCES.read_text())) if DIFFERENCES.exists() else set()
    before = names("passing.txt")
    for name in sorted(wanted - passed):
        result, text = results.get(name, ("not run", ""))
        mark = next(label for label, group in lists.items() if name in group)
        mark = "AWS differs" if name in different else mark
        print(f"{mark:12} {result:8} {name}  {text.splitlines()[0][:150] if text else ''}")
    for label, whole in lists.items():
        group = whole & wanted
        explained = len((group & different) - passed)
        print(f"{label}: {len(group & passed)} of {len(group)} pass, {explained} contradict AWS")
    for name in sorted(different & passed):
        print(f"passes, though docs/conformance.md says that AWS differs: {name}")
    lost = (before & wanted) - passed
    for name in sorted(lost):
        print(f"passed before: {name}")
    if accept:
        (HERE / "passing.txt").write_text("\n".join(sorted(before | passed)) + "\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
