"""Install the clients of the matrix: ``python -m tests.clients.install [--long]``.

Everything goes to ``.tools`` below the repository, but for Debian's packages.
A step that was done is not done again until its recipe changes.  A step that
fails is named at the end; in CI (CI=true) it also makes the status 1.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.postgres import server as postgres

from . import proxies
from .catalogue import (
    DJANGO_PYTHON,
    GO_PROGRAM,
    HERE,
    JAVA1_PROGRAM,
    JAVA_PROGRAM,
    ROOT,
    RUST_PROGRAM,
    TOOLS,
)

EMULATORS: Final = ROOT / "tests" / "cloud"
DEBIAN: Final = ("curl", "docker-registry", "rclone", "restic", "s3cmd")  # programs, and packages


class NotPossible(Exception):
    """Why a client cannot be installed here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to install."""

    name: str
    recipe: tuple[Path, ...]  # done again when one of these files changes
    install: Callable[[], None]
    long: bool = False  # only for the long form


def _call(command: Sequence[str | Path], *, cwd: Path | None = None, **variables: str) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotPossible(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def _need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise NotPossible(f"{program} is not installed")
    return found


def _venv(name: str) -> Callable[[], None]:
    def install() -> None:
        where = TOOLS / f"{name}-venv"
        _call([sys.executable, "-m", "venv", "--clear", where])
        requirements = HERE / f"requirements-{name}.txt"
        _call([where / "bin" / "pip", "install", "--quiet", "-r", requirements])

    return install


def _django() -> None:
    """Django, and sigv4/ as a package of its own."""
    _venv("django")()
    _call([DJANGO_PYTHON, "-m", "pip", "install", "--quiet", ROOT / "sigv4"])


def _debian() -> None:
    missing = [name for name in DEBIAN if shutil.which(name) is None]
    if not missing:
        return
    if os.geteuid() != 0:
        raise NotPossible(f"not root; as root: apt-get install {' '.join(missing)}")
    apt = _need("apt-get")
    _call([apt, "update"])
    options = ("--yes", "--no-install-recommends")
    _call([apt, "install", *options, *missing], DEBIAN_FRONTEND="noninteractive")


def _proxies() -> None:
    found = (proxies.find("nginx"), proxies.find("haproxy"), proxies.STREAM_MODULE.exists())
    if all(found):
        return
    packages = ("nginx", "libnginx-mod-stream", "haproxy")
    if os.geteuid() != 0:
        raise NotPossible(f"not root; as root: apt-get install {' '.join(packages)}")
    options = ("--yes", "--no-install-recommends")
    _call([_need("apt-get"), "install", *options, *packages], DEBIAN_FRONTEND="noninteractive")


def _postgresql() -> None:
    if postgres.programs() is not None:
        return
    if os.geteuid() != 0:
        raise NotPossible("not root; as root: apt-get install postgresql")
    # Its own server need not run: the tests start theirs.
    options = ("--yes", "--no-install-recommends")
    _call([_need("apt-get"), "update"])
    _call([_need("apt-get"), "install", *options, "postgresql"], DEBIAN_FRONTEND="noninteractive")


def _js() -> None:
    where = TOOLS / "js"
    where.mkdir(exist_ok=True)
    shutil.copyfile(HERE / "js" / "package.json", where / "package.json")
    quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
    _call([_need("npm"), "install", *quiet], cwd=where)


def _iam_engine() -> None:
    _need("npm")
    _call([sys.executable, "-m", "tests.differential_iam.install"], cwd=ROOT)


def _emulators() -> None:
    where = TOOLS / "emulators-venv"
    _call([sys.executable, "-m", "venv", "--clear", where])
    _call([where / "bin" / "pip", "install", "--quiet", "-r", EMULATORS / "requirements.txt"])


def _azurite() -> None:
    where = TOOLS / "azurite"
    where.mkdir(exist_ok=True)
    shutil.copyfile(EMULATORS / "package.json", where / "package.json")
    quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
    _call([_need("npm"), "install", *quiet], cwd=where)


def _go() -> None:
    _call([_need("go"), "build", "-o", GO_PROGRAM, "."], cwd=HERE / "go")


def _java(folder: str, program: Path) -> Callable[[], None]:
    def install() -> None:
        where = program.parent.parent
        _lay_out(folder, where)
        _call([_need("mvn"), "--quiet", "--batch-mode", "package"], cwd=where)

    return install


def _rust() -> None:
    where = RUST_PROGRAM.parent.parent.parent
    _lay_out("rust", where)  # cargo writes its lock beside the sources
    _call([_need("cargo"), "build", "--quiet", "--release"], cwd=where)


def _lay_out(folder: str, where: Path) -> None:
    """Copy a program's sources to where its tool may write beside them."""
    shutil.copytree(HERE / folder, where, dirs_exist_ok=True)


def _sources(folder: str) -> tuple[Path, ...]:
    return tuple(path for path in sorted((HERE / folder).rglob("*")) if path.is_file())


def _modules(package: Path) -> tuple[Path, ...]:
    return (package / "pyproject.toml", *sorted(package.rglob("*.py")))


STEPS: Final = (
    Step("Debian packages", (), _debian),
    Step("nginx and HAProxy", (), _proxies),
    Step("PostgreSQL", (), _postgresql),
    Step("Python clients", (HERE / "requirements-clients.txt",), _venv("clients")),
    Step("s3fs", (HERE / "requirements-s3fs.txt",), _venv("s3fs")),
    Step("Django", (HERE / "requirements-django.txt", *_modules(ROOT / "sigv4")), _django),
    Step("AWS SDK for JavaScript", (HERE / "js" / "package.json",), _js),
    Step("iam-simulate", (ROOT / "tests" / "differential_iam" / "oracle.py",), _iam_engine),
    Step("moto", (EMULATORS / "requirements.txt",), _emulators),
    Step("Azurite", (EMULATORS / "package.json",), _azurite),
    Step("AWS SDK for Go", _sources("go"), _go),
    Step("AWS SDK for Java", _sources("java"), _java("java", JAVA_PROGRAM), long=True),
    Step("AWS SDK for Java v1", _sources("java1"), _java("java1", JAVA1_PROGRAM), long=True),
    Step("AWS SDK for Rust", _sources("rust"), _rust, long=True),
)


def _mark(step: Step) -> tuple[Path, str]:
    """The file that says the step is done, and what it then contains."""
    digest = hashlib.sha256(sys.version.encode())
    for path in step.recipe:
        digest.update(path.read_bytes())
    return TOOLS / f".done-{step.name.lower().replace(' ', '-')}", digest.hexdigest()


def _is_done(step: Step) -> bool:
    mark, wanted = _mark(step)
    return bool(step.recipe) and mark.exists() and mark.read_text() == wanted


def main(arguments: Sequence[str]) -> int:
    """Do every step that is not done; return 1 if one failed and this is CI."""
    TOOLS.mkdir(exist_ok=True)
    failed = 0
    for step in STEPS:
        if (step.long and "--long" not in arguments) or _is_done(step):
            continue
        began = time.monotonic()
        try:
            step.install()
        except NotPossible as why:
            failed += 1
            print(f"not installed: {step.name}: {why}", file=sys.stderr)
            continue
        mark, contents = _mark(step)
        mark.write_text(contents)
        print(f"installed: {step.name} ({time.monotonic() - began:.0f} s)")
    return 1 if failed and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
