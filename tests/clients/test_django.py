"""Django: the example of docs/verifying.md, with sigv4 installed as a package of its own."""

import re
import subprocess
from pathlib import Path

from tests.clients.catalogue import CLIENTS, HERE, ROOT
from tests.clients.server import free_port
from tests.sigv4.exercise import exercise


def test_the_example_takes_what_boto3_signs_and_refuses_the_rest(tmp_path: Path) -> None:
    python = CLIENTS["django"].require()
    examples = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/verifying.md").read_text(), re.DOTALL
    )
    (example,) = [text for text in examples if "django" in text]
    (tmp_path / "example.py").write_text(example)
    port = free_port()
    service = HERE / "python" / "django_service.py"
    command = [str(python), "-P", str(service), str(tmp_path), str(port)]
    log = tmp_path / "log"
    with (
        log.open("wb") as complaints,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, cwd=tmp_path
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"listening\n", log.read_text()
            exercise(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
    assert "Traceback" not in log.read_text()
