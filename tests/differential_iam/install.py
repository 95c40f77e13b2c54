"""``python -m tests.differential_iam.install``: the other engine, one version, into ``.tools``."""

import json
import shutil
import subprocess
import sys

from tests.differential_iam.oracle import PACKAGE, TOOLS, VERSION, is_installed


def main() -> int:
    """Install it, unless it is there."""
    if is_installed():
        return 0
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed")
        return 1
    TOOLS.mkdir(parents=True, exist_ok=True)
    wanted = {"private": True, "dependencies": {PACKAGE: VERSION}}
    (TOOLS / "package.json").write_text(json.dumps(wanted))
    command = [npm, "install", "--silent", "--no-audit", "--no-fund"]
    return subprocess.run(command, cwd=TOOLS, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
