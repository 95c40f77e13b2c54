"""The clients: where each lives, which version it is, and what is said when it is not there.

``install.py`` puts them there; the table at the end of a run has this table's rows.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.missing import missing

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
TOOLS: Final = ROOT / ".tools"
CLIENTS_PYTHON: Final = TOOLS / "clients-venv" / "bin" / "python"
S3FS_PYTHON: Final = TOOLS / "s3fs-venv" / "bin" / "python"
DJANGO_PYTHON: Final = TOOLS / "django-venv" / "bin" / "python"
AWS_CLI: Final = TOOLS / "clients-venv" / "bin" / "aws"
JS_MODULES: Final = TOOLS / "js" / "node_modules"
GO_PROGRAM: Final = TOOLS / "go" / "client"
JAVA_PROGRAM: Final = TOOLS / "java" / "target" / "client.jar"
JAVA1_PROGRAM: Final = TOOLS / "java1" / "target" / "client.jar"
RUST_PROGRAM: Final = TOOLS / "rust" / "target" / "release" / "client"


@dataclass(frozen=True, slots=True)
class Client:
    """One client of the matrix."""

    name: str
    tests: str  # the folder or module of its tests, under tests/clients
    program: Path | str  # a path below .tools, or a name to look up in PATH
    version: Callable[[Path], str]  # asked only of a program that is there

    def find(self) -> Path | None:
        """The program, or None when it is not installed."""
        if isinstance(self.program, Path):
            return self.program if self.program.exists() else None
        found = shutil.which(self.program)
        return Path(found) if found else None

    def require(self) -> Path:
        """The program; without it the test is not run, and in CI it fails."""
        return self.find() or missing(
            f"{self.name} is not installed: make test-clients installs it"
        )


def _says(*arguments: str) -> Callable[[Path], str]:
    """The first version number that the program prints."""

    def ask(program: Path) -> str:
        said = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        found = re.search(r"\d+\.\d+(\.\d+)?", said.stdout + said.stderr)
        return found.group() if found else "?"

    return ask


def _distribution(name: str) -> Callable[[Path], str]:
    """The version of a Python distribution, as the environment that has it says."""
    return _says("-c", f"import importlib.metadata as m; print(m.version({name!r}))")


def _npm(package: str) -> Callable[[Path], str]:
    def read(modules: Path) -> str:
        described = json.loads((modules / package / "package.json").read_text())
        return str(described["version"])

    return read


def _pinned(file: str, pattern: str) -> Callable[[Path], str]:
    """The version that a checked-in build file names."""

    def read(_: Path) -> str:
        found = re.search(pattern, (HERE / file).read_text())
        return found.group(1) if found else "?"

    return read


CLIENTS: Final = {
    client.tests.partition(".")[0].removeprefix("test_"): client
    for client in (
        Client("boto3", "boto", Path(sys.executable), _distribution("boto3")),
        Client("aws-cli", "test_aws_cli.py", AWS_CLI, _says("--version")),
        Client("curl", "test_curl.py", "curl", _says("--version")),
        Client("s3cmd", "test_s3cmd.py", "s3cmd", _says("--version")),
        Client("rclone", "test_rclone.py", "rclone", _says("version")),
        Client("restic", "test_restic.py", "restic", _says("version")),
        Client("s3fs (Python)", "test_s3fs.py", S3FS_PYTHON, _distribution("s3fs")),
        Client("pyarrow", "test_pyarrow.py", CLIENTS_PYTHON, _distribution("pyarrow")),
        Client("Polars", "test_polars.py", CLIENTS_PYTHON, _distribution("polars")),
        Client("obstore", "test_obstore.py", CLIENTS_PYTHON, _distribution("obstore")),
        Client("minio-py", "test_minio.py", CLIENTS_PYTHON, _distribution("minio")),
        Client(
            "Django (docs/verifying.md)", "test_django.py", DJANGO_PYTHON, _distribution("django")
        ),
        Client("HAProxy (and nginx)", "test_proxies.py", "haproxy", _says("-v")),
        Client("docker-registry", "test_registry.py", "docker-registry", _says("--version")),
        Client("AWS SDK for JavaScript", "test_js.py", JS_MODULES, _npm("@aws-sdk/client-s3")),
        Client(
            "AWS SDK for Go",
            "test_go.py",
            GO_PROGRAM,
            _pinned("go/go.mod", r"service/s3 v([\d.]+)"),
        ),
        Client(
            "AWS SDK for Java",
            "test_java.py",
            JAVA_PROGRAM,
            _pinned("java/pom.xml", r"<aws\.version>([\d.]+)<"),
        ),
        Client(
            "AWS SDK for Java v1",
            "test_java1.py",
            JAVA1_PROGRAM,
            _pinned("java1/pom.xml", r"<aws\.version>([\d.]+)<"),
        ),
        Client(
            "AWS SDK for Rust",
            "test_rust.py",
            RUST_PROGRAM,
            _pinned("rust/Cargo.toml", r'aws-sdk-s3 = .*?"=([\d.]+)"'),
        ),
    )
}
