"""Start nginx and HAProxy with the settings that docs/proxies.md shows."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .catalogue import ROOT
from .certificates import Pair
from .server import free_port

PAGE: Final = ROOT / "docs" / "proxies.md"
_BLOCK: Final = re.compile(r"<!-- tested: ([a-z-]+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
_START_S: Final = 60.0
_POLL_S: Final = 0.05
STREAM_MODULE: Final = Path("/usr/lib/nginx/modules/ngx_stream_module.so")  # as Debian has it
_BACKEND: Final = "127.0.0.1:9000"


def snippets() -> dict[str, str]:
    """The settings of the page, by name."""
    return dict(_BLOCK.findall(PAGE.read_text()))


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    """Addresses and files of this run; each must be there, or the page says something else."""
    for old, new in replacements.items():
        assert old in text, f"{old!r} is not in the settings any more"
        text = text.replace(old, new)
    return text


def nginx_settings(directory: Path, port: int, backend: str, pair: Pair) -> str:
    """The page's server in a file of its own."""
    inner = _replaced(
        snippets()["nginx"],
        {
            _BACKEND: backend,
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/s3.example.com.pem": str(pair.certificate),
            "/etc/ssl/s3.example.com.key": str(pair.key),
        },
    )
    places = "".join(
        f"    {name}_temp_path {directory / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"{_nginx_head(directory)}http {{\n    access_log off;\n{places}{inner}}}\n"


def nginx_stream_settings(directory: Path, port: int, backend: str) -> str:
    """The page's stream in a file of its own."""
    inner = _replaced(
        snippets()["nginx-stream"],
        {_BACKEND: backend, "listen 443;": f"listen 127.0.0.1:{port};"},
    )
    module = f"load_module {STREAM_MODULE};\n"
    return module + _nginx_head(directory) + inner


def _nginx_head(directory: Path) -> str:
    return (
        f"daemon off;\nworker_processes 2;\npid {directory / 'pid'};\n"
        f"error_log {directory / 'error.log'} warn;\nevents {{}}\n"
    )


def haproxy_settings(directory: Path, port: int, backend: str, pair: Pair) -> str:
    """The page's settings; HAProxy wants certificate and key in one file."""
    both = directory / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    return _replaced(
        snippets()["haproxy"],
        {
            _BACKEND: backend,
            "bind :443": f"bind 127.0.0.1:{port}",
            "/etc/ssl/s3.example.com.both.pem": str(both),
        },
    )


def haproxy_tcp_settings(port: int, backend: str) -> str:
    """The page's settings for TCP."""
    return _replaced(
        snippets()["haproxy-tcp"], {_BACKEND: backend, "bind :443": f"bind 127.0.0.1:{port}"}
    )


@contextmanager
def running(program: Path, settings: str, port: int, directory: Path) -> Iterator[None]:
    """A proxy with these settings, until the end; its words are raised if it does not start."""
    file = directory / "settings"
    file.write_text(settings)
    options = ["-c", str(file), "-p", str(directory)]
    if program.name == "haproxy":
        options = ["-db", "-f", str(file)]
    log = directory / "proxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, *options], stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_POLL_S)  # another program is starting: there is nothing else to wait on
    raise AssertionError(f"the proxy did not start:\n{log.read_text(errors='replace')}")


def find(name: str) -> Path | None:
    """A program that Debian puts beside root's own."""
    found = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return Path(found) if found else None


__all__ = [
    "STREAM_MODULE",
    "find",
    "free_port",
    "haproxy_settings",
    "haproxy_tcp_settings",
    "nginx_settings",
    "nginx_stream_settings",
    "running",
    "snippets",
]
