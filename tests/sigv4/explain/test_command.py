"""``python -m sigv4 explain``, as a person runs it."""

import io
import json
import sys
from pathlib import Path
from typing import Final

import pytest

from sigv4 import Credentials, Request
from sigv4 import __main__ as package
from sigv4.explain import Known, explain
from sigv4.explain.command import run
from sigv4.explain.text import as_data, as_text, beside, printable
from tests.sigv4.explain.mistaken import HOST, by_header, by_url
from tests.sigv4.explain.test_reading import logged
from tests.sigv4.signing import KEYS, NOW

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": KEYS.access_key,
    "AWS_SECRET_ACCESS_KEY": KEYS.secret_key,
}


def raw(request: Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.target)]
    lines += [name + b": " + value for name, value in request.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def said(
    capsys: pytest.CaptureFixture[str],
    path: Path,
    *arguments: str,
    environment: dict[str, str] = ENVIRONMENT,
) -> tuple[int, str]:
    status = run([str(path), *arguments], environment)
    out, complaint = capsys.readouterr()
    return status, out + complaint


@pytest.fixture
def proxied(tmp_path: Path) -> Path:
    """A request that a proxy sent on under another host."""
    path = tmp_path / "request"
    path.write_bytes(raw(by_header(host="backend:9000", signed_host=HOST).request))
    return path


def test_a_proven_mistake(capsys: pytest.CaptureFixture[str], proxied: Path) -> None:
    status, text = said(capsys, proxied, "--host", HOST)
    assert status == 0
    assert "PROVEN  host-public: The client signed a public name" in text
    assert "  > host:backend:9000" in text or "  > server: host:backend:9000" in text
    assert "host:s3.example.com" in text


def test_the_same_for_programs(capsys: pytest.CaptureFixture[str], proxied: Path) -> None:
    status, text = said(capsys, proxied, "--host", HOST, "--json")
    found = json.loads(text)
    assert status == 0
    assert found["explained"] is True
    assert found["findings"][0]["mistakes"][0]["name"] == "host-public"
    assert f"host:{HOST}" in found["findings"][0]["canonical_request"]
    assert "host:backend:9000" in found["canonical_request"]
    assert found["refusal"]["code"] == "SignatureDoesNotMatch"


def test_what_nothing_explains_has_another_status(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "request"
    path.write_bytes(raw(by_header(credentials=Credentials(KEYS.access_key, "none")).request))
    status, text = said(capsys, path)
    assert status == 1
    assert "hypotheses makes the signature that was sent" in text
    assert "Canonical request:\n    GET\n    /bkt/key\n" in text
    status, text = said(capsys, path, environment={})
    assert status == 1
    assert "no secret is known" in text


def test_all_profiles_of_a_file_are_tried(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, profiles = tmp_path / "request", tmp_path / "credentials"
    path.write_bytes(raw(by_header(credentials=Credentials(KEYS.access_key, "other")).request))
    profiles.write_text(
        f"[one]\naws_access_key_id={KEYS.access_key}\naws_secret_access_key={KEYS.secret_key}\n"
        "[two]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other\n[three]\nregion=x\n"
    )
    status, text = said(capsys, path, "--credentials", str(profiles), environment={})
    assert status == 0
    assert "the secret of the access key AKIDOTHER" in text


def test_the_clock_is_judged_when_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "request"
    path.write_bytes(raw(by_header().request))
    assert "The verifier accepts this request." in said(capsys, path)[1]
    status, text = said(capsys, path, "--now", "20260821T111112Z")
    assert status == 0
    assert "RequestTimeTooSkewed" in text
    assert "3600 s (1:00:00) behind the server's" in text
    assert "RequestTimeTooSkewed" in said(capsys, path, "--now", "now")[1]


def test_a_body_and_what_the_server_received(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sent, received, body = tmp_path / "sent", tmp_path / "received", tmp_path / "body"
    sent.write_text("curl http://s3.example.com/bkt/a/../key")
    signed = by_header(target="/bkt/a/../key").but(target=("/a/../key", "/key"))
    received.write_bytes(raw(signed.request))
    body.write_bytes(b"")
    options = ("--received", str(received), "--body", str(body))
    status, text = said(capsys, sent, *options)
    assert status == 0
    assert "path-rewritten" in text


def test_a_log_shows_both_sides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(logged("wrong", in_python=True))
    status, text = said(capsys, path)
    assert status == 1
    assert "Both sides made the same canonical request: they have different secrets." in text
    server = path.read_text().replace("/bkt/a%20b/%C3%A4%2Bc\\n", "/bkt/a%2520b\\n")
    path.write_text(server)
    assert "^ first difference" in said(capsys, path)[1]


@pytest.mark.parametrize(
    ("contents", "arguments", "complaint"),
    [
        (b"nonsense", (), "the first line is not METHOD TARGET"),
        (b"GET /\n", ("--now", "noon"), "--now: 'noon'"),
        (b"GET /\n", ("--body", "/nowhere/at/all"), "No such file"),
        (b"GET /\n", ("--credentials", __file__), "File contains no section headers"),
    ],
)
def test_unusable_input_is_named(
    contents: bytes,
    arguments: tuple[str, ...],
    complaint: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "request"
    path.write_bytes(contents)
    status, text = said(capsys, path, *arguments)
    assert status == 2
    assert complaint in text


def test_the_command_of_the_package(
    proxied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["sigv4", "explain", "-", "--host", HOST])
    stdin = io.TextIOWrapper(io.BytesIO(proxied.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert package.main() == 0
    assert "host-public" in capsys.readouterr().out
    for wrong in (["sigv4"], ["sigv4", "expose"]):
        monkeypatch.setattr(sys, "argv", wrong)
        assert package.main() == 2
        assert "usage: python -m sigv4 explain" in capsys.readouterr().err


# What is shown


def explained(request: Request) -> str:
    return as_text(explain(request, Known((KEYS,))))


def test_no_secret_is_shown() -> None:
    token = "very/secret+token"
    temporary = Credentials(KEYS.access_key, KEYS.secret_key, token)
    customer_key = "x-amz-server-side-encryption-customer-key"
    for request in (
        by_header(credentials=temporary, headers={customer_key: "cGFzc3dvcmQ"}).request,
        by_url(credentials=temporary).request,
    ):
        moved = request._replace(target=request.target.replace(b"/key", b"/other"))
        for known in (Known((temporary,)), Known((KEYS,))):
            explanation = explain(moved, known)
            for text in (as_text(explanation), json.dumps(as_data(explanation))):
                assert "(hidden)" in text
                for word in ("very", "token+", "cGFzc3dvcmQ", KEYS.secret_key, "secret%2B"):
                    assert word not in text


def test_what_was_sent_does_not_reach_the_terminal_as_it_is() -> None:
    nasty = by_header(target="/bkt/k").but(
        target=("/bkt/k", "/bkt/\x1b[31m%1B"), headers={"Host": "h\x9b2J"}
    )
    text = explained(nasty.request)
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert printable(b"a\x1b\n\xff") == "a\\x1b\\x0a\\xff"


def test_a_request_without_a_signature() -> None:
    request = by_header().but(headers={"Authorization": None}).request
    text = explained(request)
    assert text.startswith("There is no signature to look at: neither an Authorization header")
    assert as_data(explain(request, Known((KEYS,))))["access_key"] is None


def test_a_mended_url() -> None:
    request = by_url().request
    text = explained(request._replace(target=request.target.replace(b"&", b"&amp;")))
    assert "PROVEN  url-escaped-for-html" in text


def test_a_search_that_was_cut_short_says_so() -> None:
    unknown = by_header(credentials=Credentials(KEYS.access_key, "none")).request
    explanation = explain(unknown, Known((KEYS,)))
    cut = explanation._replace(search=explanation.search._replace(is_complete=False))
    assert "There were more pairs" in as_text(cut)


def test_a_kept_hash_says_what_could_not_be_tried() -> None:
    unknown = by_header(credentials=Credentials(KEYS.access_key, "none")).request
    explanation = explain(unknown, Known((KEYS,)))
    assert explanation.recipe is not None
    kept = explanation._replace(recipe=explanation.recipe._replace(digest=b"0" * 64))
    text = as_text(kept)
    assert "which the server does not keep" in text
    assert "Canonical request" not in text
    assert as_data(kept)["canonical_request"] is None


def test_texts_beside_each_other() -> None:
    rows = list(beside(["GET", "/a b"], ["GET", "/a%20b"], ("server", "client")))
    assert rows == [
        "    server   client",
        "    GET      GET",
        "  > /a b     /a%20b",
        "      ^        ^",
    ]
    long = "x" * 80
    below = list(beside([long + "1", "a"], [long + "2"], ("server", "client")))
    assert below == [
        f"  > server: {long}1",
        f"  > client: {long}2",
        f"            {' ' * 80}^ first difference",
        "  > server: a",
        "  > client: no line",
        "            ^ first difference",
    ]
    assert list(beside(["a" * 60], ["a" * 60, "b"], ("server", "client")))[1:3] == [
        "  > server: no line",
        "  > client: b",
    ]
    assert NOW
