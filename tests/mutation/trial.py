"""Try one mutant: a forked process in which the module is the changed one runs the tests."""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests" / "sigv4"
_CLAIMS: Final = (
    "test_claims_in_s3s_words.py",
    "test_claims_and_their_time.py",
    "test_what_claims_say_of_bodies.py",
    "test_clients_with_ways_of_their_own.py",
)
_SECURITY: Final = (
    "test_security_of_signatures.py",
    "test_security_of_headers_and_targets.py",
    "test_security_of_bodies.py",
    "test_security_of_secrets_and_patience.py",
)
_CHUNKED: Final = (
    "test_chunked.py",
    "test_chunked_trailers.py",
    "test_chunked_signatures.py",
    "test_chunked_however_cut.py",
)
_POST: Final = (
    "test_fields_that_a_form_needs.py",
    "test_what_a_policy_admits.py",
    "test_what_form_fields_stand_for.py",
    "test_forms_of_version_2.py",
    "test_forms_are_signed_as_botocore_signs.py",
)
# The quick ones first: most mutants do not live to see the others.  Our own vectors are run
# even before, without pytest.
FIRST: Final[Mapping[str, Sequence[str]]] = {
    "canonical": ("test_canonical.py", "test_generic.py"),
    "chunked": (*_CHUNKED, "test_v4a_chunked.py"),
    "ecdsa": ("test_v4a_keys.py",),
    "encoding": ("test_usual_urls.py", "test_properties.py"),
    "errors": ("test_statuses.py", *_CLAIMS, *_CHUNKED),
    "form": ("test_form.py",),
    "form_errors": ("test_statuses.py", *_POST),
    "hoisting": ("test_hoisting.py",),
    "keys": ("test_verified.py", "test_v4a_keys.py"),
    "payload": (*_CLAIMS, "test_bodies_in_one_piece.py", *_CHUNKED),
    "policy": ("test_policy.py",),
    "post": _POST,
    "scope": _CLAIMS,
    "sign": ("test_generic.py", "test_botocore.py", "test_v4a.py"),
    "sigv2": ("test_sigv2.py",),
    "v4a": ("test_v4a_keys.py", "test_v4a.py"),
    "verify": (*_CLAIMS, *_SECURITY),
    "document": ("test_document.py",),
    "verifier": ("test_verifier.py",),
    "wsgi": ("test_wsgi.py",),
    "authorization": (*_CLAIMS, "test_usual_headers.py"),
    "claims": _CLAIMS,
    "credential": _CLAIMS,
    "kept": ("test_usual_headers.py",),
    "presigned": (*_CLAIMS, "test_usual_urls.py"),
}
_ALL: Final = (
    *_CLAIMS,
    "test_bodies_in_one_piece.py",
    *_CHUNKED,
    *_SECURITY,
    "test_hoisting.py",
    "test_verified.py",
    "test_form.py",
    "test_policy.py",
    *_POST,
    "test_v4a_keys.py",
    "test_v4a_chunked.py",
    "test_v4a.py",
    "test_generic.py",
    "test_sigv2.py",
    "test_usual_urls.py",
    "test_properties.py",
    "test_botocore.py",
    "test_vectors.py",
    "test_vectors_forms.py",
    "test_vectors_units.py",
    "test_vectors_run.py",
    "test_behaviour.py",
    "test_canonical.py",
    "test_every_byte.py",
    "test_order.py",
    "test_usual_headers.py",
    "test_statuses.py",
    "test_verifier.py",
    "test_wsgi.py",
)
_EC: Final = "cryptography.hazmat.primitives.asymmetric.ec"
# Of one mutant; whoever takes longer was noticed.  Processor time, for the machine may be busy.
LIMIT_CPU_S: Final = 400
LIMIT_S: Final = 3600  # of one that waits for what never comes


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module a body of ours."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self._name = name
        self._code = compile(tree, str(path), "exec")
        self._path = path

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def warm_up() -> None:
    """Import what every trial needs and nothing of ours."""
    import hypothesis

    named = {name.partition("::")[0] for names in (_ALL, *FIRST.values()) for name in names}
    missing = sorted(name for name in named if not (TESTS / name).exists())
    assert not missing, f"pytest would fail, and every mutant seem noticed: {missing}"
    for name in ("botocore.auth", "botocore.awsrequest", "pytest", _EC):
        importlib.import_module(name)
    hypothesis.settings.register_profile("mutation", database=None, derandomize=True)
    hypothesis.settings.load_profile("mutation")
    assert not any(name.partition(".")[0] == "sigv4" for name in sys.modules), "too warm"


class Trial(NamedTuple):
    """A process in which one mutant is tried."""

    process: int
    started: float  # of time.monotonic

    def survived(self) -> bool | None:
        """Whether all tests passed with the module changed; None while they run."""
        done, status = os.waitpid(self.process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        took = time.monotonic() - self.started
        if took < LIMIT_CPU_S or (took < LIMIT_S and self._cpu_s() < LIMIT_CPU_S):
            return None
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        return False

    def _cpu_s(self) -> float:
        # Asked from here: a limit of the process's own makes its clocks coarse, which tests read.
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(module: str, tree: ast.Module, path: Path) -> Trial:
    """Begin a trial."""
    process = os.fork()
    if not process:
        status = 1
        try:
            status = _run(module, tree, path)
        finally:
            os._exit(status)
    return Trial(process, time.monotonic())


def _run(module: str, tree: ast.Module, path: Path) -> int:
    import pytest

    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _Changed(module, tree, path))
    if not _own_vectors_pass():
        return 1
    first = FIRST.get(module.rpartition(".")[2], _CLAIMS)
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for stage in (first, [name for name in _ALL if name not in first]):
        if pytest.main([*options, *(str(TESTS / name) for name in stage)]) != 0:
            return 1
    return 0


def _own_vectors_pass() -> bool:
    """As test_vectors_own.py has it."""
    from sigv4.vectors import run

    for path in sorted((ROOT / "fixtures" / "signatures").glob("*.jsonl")):
        vectors = [json.loads(line) for line in path.read_text().splitlines()]
        if any(outcome.result != "passed" or outcome.note for outcome in run(vectors)):
            return False
    return True
