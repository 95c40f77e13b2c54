"""Other people's signers: each takes requests and gives them back signed.

botocore, awscrt and obstore run in this process.  Others are programs of ``others/`` that
read a JSON object a line and write one a line; those that are not installed are left out, and
said so.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import awscrt.auth
import awscrt.http
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreKeys

from sigv4 import HMAC_SHA256, Request
from tests.differential import by_obstore
from tests.differential.cases import EXPIRES_S, HOST, NOW, REGION, Unsigned

_OTHERS: Final = Path(__file__).parent / "others"
_TOOLS: Final = Path(__file__).parents[2] / ".tools"
_MOMENT: Final = datetime.fromtimestamp(NOW, UTC)

Sign = Callable[[Sequence[Unsigned]], list[Request]]


class Signer(NamedTuple):
    """One of them; ``takes`` says which requests it can sign."""

    name: str
    takes: Callable[[Unsigned], bool]
    sign: Sign
    moment: Callable[[Request], int] = lambda _: NOW  # at which it signed, in Unix seconds
    weight: int = 1  # how often it is chosen among those that take a request


def _request(method: str, target: str, headers: Sequence[tuple[str, str]]) -> Request:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return Request(method, target.encode(), pairs)


# botocore


def _by_botocore(cases: Sequence[Unsigned]) -> list[Request]:
    clock = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: _MOMENT
    try:
        return [_one_by_botocore(case) for case in cases]
    finally:
        botocore.auth.get_current_datetime = clock


def _one_by_botocore(case: Unsigned) -> Request:
    keys = BotocoreKeys(case.keys.access_key, case.keys.secret_key, case.token)
    body = b"" if case.in_query else case.body  # which its presigner takes for parameters
    request = AWSRequest(case.method, f"https://{HOST}{case.target}", data=body)
    for name, value in case.headers:
        request.headers.add_header(name, value)
    if case.in_query:
        auth: Any = botocore.auth.S3SigV4QueryAuth(keys, "s3", REGION, expires=EXPIRES_S)
    else:
        auth = botocore.auth.S3SigV4Auth(keys, "s3", REGION)
        if case.cell.payload == "unsigned-trailer":
            request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
        signs = {"payload_signing_enabled": case.cell.payload == "exact"}
        request.context["client_config"] = SimpleNamespace(s3=signs)
    auth.add_auth(request)
    target = request.url.removeprefix(f"https://{HOST}")
    return _request(case.method, target, [("Host", HOST), *request.headers.items()])


# awscrt


def _by_awscrt(cases: Sequence[Unsigned]) -> list[Request]:
    return [_one_by_awscrt(case) for case in cases]


def _one_by_awscrt(case: Unsigned) -> Request:
    keys = case.keys
    request = awscrt.http.HttpRequest(case.method, case.target)
    request.headers.add("Host", HOST)
    for name, value in case.headers:
        request.headers.add(name, value)
    algorithms, kinds = awscrt.auth.AwsSigningAlgorithm, awscrt.auth.AwsSignatureType
    bodies = awscrt.auth.AwsSignedBodyHeaderType
    config = awscrt.auth.AwsSigningConfig(
        algorithm=algorithms.V4 if case.algorithm == HMAC_SHA256 else algorithms.V4_ASYMMETRIC,
        signature_type=kinds.HTTP_REQUEST_QUERY_PARAMS
        if case.in_query
        else kinds.HTTP_REQUEST_HEADERS,
        credentials_provider=awscrt.auth.AwsCredentialsProvider.new_static(
            keys.access_key, keys.secret_key, keys.session_token
        ),
        region=REGION,
        service="s3",
        date=_MOMENT,
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value=case.payload,
        signed_body_header_type=bodies.NONE if case.in_query else bodies.X_AMZ_CONTENT_SHA_256,
        expiration_in_seconds=EXPIRES_S if case.in_query else None,
        omit_session_token=False,
    )
    signed = awscrt.auth.aws_sign_request(request, config).result()
    return _request(case.method, signed.path, list(signed.headers))


# Programs


class Program:
    """One that runs beside, for as long as we do."""

    def __init__(self, command: Sequence[str], folder: Path | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )

    def __call__(self, cases: Sequence[Unsigned]) -> list[Request]:
        """Ask for a whole batch at once."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([_asked(case) for case in cases]) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended")
        return [
            _request(case.method, answer["target"], [tuple(pair) for pair in answer["headers"]])
            for case, answer in zip(cases, json.loads(line), strict=True)
        ]


def _asked(case: Unsigned) -> dict[str, object]:
    keys = case.keys
    return {
        "method": case.method,
        "host": HOST,
        "target": case.target,
        "headers": [list(pair) for pair in case.headers],
        "payload": case.payload,
        "body": b64encode(case.body).decode(),
        "access_key": keys.access_key,
        "secret_key": keys.secret_key,
        "token": keys.session_token,
        "region": REGION,
        "now": NOW,
        "expires": EXPIRES_S if case.in_query else None,
    }


def _repeats(case: Unsigned) -> bool:
    return case.cell.headers == "repeated"


def _is_v4(case: Unsigned) -> bool:
    return case.algorithm == HMAC_SHA256


def _path_is_kept_by_urls(case: Unsigned) -> bool:
    """Whether a library's own URLs leave the path alone."""
    path = urlsplit(f"https://{HOST}{case.target}").path
    return not any(piece in ("", ".", "..") for piece in path.split("/")[1:])


def programs() -> tuple[dict[str, Callable[[], Signer]], dict[str, str]]:
    """Those that are installed, and why the others are not there."""
    found: dict[str, Callable[[], Signer]] = {}
    missing: dict[str, str] = {}
    python = Path(os.environ.get("SIGNERS_PYTHON", _TOOLS / "clients-venv" / "bin" / "python"))
    if python.exists():
        command = [str(python), str(_OTHERS / "sign_minio.py")]
        found["minio-py"] = lambda: Signer(
            "minio-py",
            lambda case: (
                _is_v4(case)
                and not _repeats(case)
                and case.token is None
                and not (case.in_query and case.headers)
            ),  # it presigns the host alone
            Program(command),
        )
    else:
        missing["minio-py"] = f"no {python}"
    node, modules = shutil.which("node"), Path(os.environ.get("SIGNERS_NODE", _TOOLS / "js"))
    if node and (modules / "node_modules" / "@smithy" / "signature-v4").exists():
        found["aws-sdk-js-v3"] = lambda: Signer(
            "aws-sdk-js-v3",
            lambda case: _is_v4(case) and not _repeats(case),
            Program([node, str(_OTHERS / "sign.mjs"), str(modules)]),
        )
    else:
        missing["aws-sdk-js-v3"] = f"no node, or no packages in {modules}"
    go = Path(os.environ.get("SIGNERS_GO", _TOOLS / "sign-go"))
    if go.exists():
        found["aws-sdk-go-v2"] = lambda: Signer(
            "aws-sdk-go-v2", lambda case: _is_v4(case) and not case.in_query, Program([str(go)])
        )
    else:
        missing["aws-sdk-go-v2"] = f"no {go}"
    rust = Path(os.environ.get("SIGNERS_RUST", _TOOLS / "sign-rust/target/release/sign-rust"))
    if rust.exists():
        found["aws-sdk-rust"] = lambda: Signer("aws-sdk-rust", _is_v4, Program([str(rust)]))
    else:
        missing["aws-sdk-rust"] = f"no {rust}"
    java = Path(os.environ.get("SIGNERS_JAVA", _TOOLS / "sign-java/target/sign-java.jar"))
    if shutil.which("java") and java.exists():
        classes = f"{java}:{java.parent}/lib/*"
        found["aws-sdk-java-v2"] = lambda: Signer(
            "aws-sdk-java-v2",
            # Its chunks it frames itself, and then signs other headers than it was given.
            lambda case: _is_v4(case) and case.cell.payload in ("exact", "unsigned"),
            Program(["java", "-cp", classes, "Sign"]),
        )
    else:
        missing["aws-sdk-java-v2"] = f"no java, or no {java}"
    return found, missing


def in_process() -> list[Signer]:
    """Those that are always there."""
    return [
        Signer(
            "botocore",
            lambda case: (
                _is_v4(case) and case.cell.payload in ("exact", "unsigned", "unsigned-trailer")
            ),
            _by_botocore,
        ),
        # It takes one request of a hundred.
        Signer("obstore", by_obstore.takes, by_obstore.sign, by_obstore.moment, weight=4),
        Signer("awscrt", lambda case: True, _by_awscrt),
    ]
