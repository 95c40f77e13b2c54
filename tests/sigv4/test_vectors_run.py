"""``python -m sigv4 vectors``: every published vector passes, and no changed one does."""

import base64
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sigv4.__main__ import main
from sigv4.vectors import Outcome, run
from sigv4.vectors.command import FAILED, PASSED, UNUSABLE, run_command
from sigv4.vectors.record import body_of, seconds
from sigv4.vectors.run import KINDS
from tests.sigv4.vectors import DIRECTORY, Vector, need_vectors

need_vectors()
FILES = sorted(DIRECTORY.glob("*.jsonl"))


def read(path: Path) -> list[Vector]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def published() -> list[Vector]:
    return [vector for path in FILES for vector in read(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_published_vector_fails(path: Path) -> None:
    assert [outcome for outcome in run(read(path)) if outcome.result == "failed"] == []


def test_what_does_not_apply_is_told_and_is_little(published: list[Vector]) -> None:
    others = [outcome for outcome in run(published) if outcome.result == "not applicable"]
    kinds = Counter(outcome.kind for outcome in others)
    assert kinds.keys() == {"behaviour", "event-stream", "server"}
    assert (kinds["event-stream"], kinds["server"]) == (1, 1)
    reasons = {
        outcome.note
        for outcome in others
        if outcome.kind == "behaviour" and "another layer" not in str(outcome.note)
    }
    assert reasons == {
        "Signature Version 2 in a header is never accepted",
    }


def test_what_was_left_out_of_a_vector_that_passed_is_told(published: list[Vector]) -> None:
    notes = Counter(
        str(outcome.note).partition(":")[0]
        for outcome in run(published)
        if outcome.result == "passed" and outcome.note
    )
    assert set(notes) == {
        "not signed here",
        "right, and refused by S3's rules",
        "the request is not in the vector",
    }
    assert sum(notes.values()) < 10


# What is changed in a vector is found, and named


def _flip(text: str) -> str:
    """Another last character, of the same kind."""
    last = text[-1:]
    return text[:-1] + ("0" if last != "0" else "1")


def _expected(name: str) -> Callable[[Vector], None]:
    def change(vector: Vector) -> None:
        vector["expected"][name] = _flip(vector["expected"][name])

    return change


def _secret(vector: Vector) -> None:
    vector["credentials"]["secret_access_key"] += "x"


def _wire(vector: Vector) -> None:
    headers = vector["signed_request"]["headers"]
    for pair in headers:
        if pair[0].lower() == "authorization":
            pair[1] = _flip(pair[1])
            return
    target = vector["signed_request"]["target"]
    head, mark, tail = target.partition("X-Amz-Signature=")
    end = len(tail.partition("&")[0])
    vector["signed_request"]["target"] = head + mark + _flip(tail[:end]) + tail[end:]


SPOILED: list[tuple[str, Callable[[Vector], None], str]] = [
    ("request-header", _expected("canonical_request"), "canonical request"),
    ("request-header", _expected("string_to_sign"), "string to sign"),
    ("request-header", _expected("signature"), "signature"),
    ("request-header", _expected("signed_headers"), "signed headers"),
    ("request-header", _wire, "verifier"),
    ("request-query", _expected("canonical_request"), "canonical request"),
    ("request-query", _expected("signature"), "signature"),
    ("request-query", _wire, "verifier"),
    ("wire-header", _expected("signature"), "signature"),
    ("wire-header", _wire, "verifier"),
    ("wire-header", lambda v: v["expected"]["unsigned_headers"].append("a"), "unsigned headers"),
    ("wire-query", _wire, "verifier"),
    ("key-derivation", _secret, "signing key"),
    ("string-to-sign", _expected("signature"), "signature"),
    ("canonical-request", _expected("canonical_request"), "canonical request"),
    ("canonical-query", _expected("canonical_query"), "canonical query"),
    ("header-value", _expected("canonical_value"), "canonical value"),
    ("uri-encode", _expected("encoded"), "encoded"),
    ("big-endian-add-one", _expected("output_hex"), "output"),
    ("big-endian-compare", lambda v: v["expected"].update(result=7), "result"),
    (
        "big-endian-compare",
        lambda v: v["expected"].update(error=not v["expected"]["error"]),
        "error",
    ),
    (
        "negative",
        lambda v: v.update(request={**v["request"], "headers": [["Host", "a"]], "target": "/"}),
        "sign",
    ),
    ("post-policy", _expected("signature"), "signature"),
    ("post-policy", _expected("string_to_sign"), "string to sign"),
    ("sigv2", _expected("signature"), "signature"),
    ("sigv2", _expected("string_to_sign"), "string to sign"),
    (
        "chunked",
        lambda v: v["expected"]["chunks"][0].update(signature="0" * 64),
        "chunk 1: signature",
    ),
    ("stream", _expected("decoded_sha256"), "decoded content"),
    ("stream", _wire, "verifier"),
    (
        "v4a-chunked-template",
        lambda v: v["expected"].update(chunk_signature_length=64),
        "chunk 1: length",
    ),
    (
        "v4a-chunked-template",
        lambda v: v["expected"]["chunks"][1].update(string_to_sign_suffix="x"),
        "chunk 2: string to sign",
    ),
    ("v4a-chunked-template", _expected("public_key_x"), "public key x"),
]


@pytest.mark.parametrize(("kind", "change", "step"), SPOILED)
def test_a_changed_vector_fails_at_the_step_that_was_changed(
    published: list[Vector], kind: str, change: Callable[[Vector], None], step: str
) -> None:
    tried = [v for v in published if v["kind"] == kind and "ECDSA" not in v["algorithm"]]
    tried = tried or [v for v in published if v["kind"] == kind]
    outcome = None
    for vector in tried[:3]:
        copy = json.loads(json.dumps(vector))
        change(copy)
        (outcome,) = run([copy])
        assert (outcome.result, outcome.step) == ("failed", step), outcome
        assert outcome.expected != outcome.found
    assert outcome is not None


@pytest.mark.parametrize("kind", ["request-header", "request-query", "stream"])
def test_a_changed_vector_of_4a_fails_too(published: list[Vector], kind: str) -> None:
    vector = next(v for v in published if v["kind"] == kind and "ECDSA" in v["algorithm"])
    for change, step in (
        (_expected("public_key_y"), "public key y"),
        (_expected("canonical_request"), "canonical request"),
        (_expected("signature"), "signature"),
        (_wire, "verifier"),
        (_secret, "public key x"),
    ):
        copy = json.loads(json.dumps(vector))
        change(copy)
        (outcome,) = run([copy])
        assert (outcome.result, outcome.step) == ("failed", step), outcome


@pytest.mark.parametrize(
    ("algorithm", "part"),
    [("HMAC", "chunks"), ("HMAC", "trailer"), ("ECDSA", "chunks"), ("ECDSA", "trailer")],
)
def test_each_step_of_a_stream_is_held(published: list[Vector], algorithm: str, part: str) -> None:
    vector = next(
        v
        for v in published
        if v["kind"] == "stream"
        and algorithm in v["expected"]["string_to_sign"]
        and "signature" in (v["expected"].get("trailer") or {})
    )
    for field, step in (("string_to_sign", "string to sign"), ("signature", "signature")):
        copy = json.loads(json.dumps(vector))
        found = copy["expected"][part]
        found = found[0] if part == "chunks" else found
        found[field] = _flip(found[field])
        (outcome,) = run([copy])
        where = "chunk 1" if part == "chunks" else "trailer"
        assert (outcome.result, outcome.step) == ("failed", f"{where}: {step}"), outcome


@pytest.mark.parametrize("kind", ["server", "behaviour", "post-eval"])
def test_another_outcome_fails(published: list[Vector], kind: str) -> None:
    """Acceptance for refusal and the other way round, and another code."""
    seen = Counter[str]()
    for vector in (v for v in published if v["kind"] == kind):
        (before,) = run([vector])
        if before.result != "passed":
            continue
        copy = json.loads(json.dumps(vector))
        expected = copy["expected"]
        if kind == "behaviour":
            if (expected["status"] or 0) < 400:
                continue
            expected["status"] = 418
        else:
            expected["accept"] = not expected["accept"]
            expected["code"] = expected["code"] or "SignatureDoesNotMatch"
            expected["status"] = 403
        (after,) = run([copy])
        assert after.result == "failed", after
        seen[str(after.step)] += 1
    assert sum(seen.values()) > 20
    assert seen.keys() <= {"outcome", "status", "code"}


def test_every_kind_has_a_name_that_published_vectors_use(published: list[Vector]) -> None:
    assert KINDS.keys() == {vector["kind"] for vector in published} - {"event-stream"}


@pytest.mark.parametrize(
    ("vector", "result", "words"),
    [
        ({}, "not applicable", "kind 'None'"),
        ({"name": "a", "kind": "dance"}, "not applicable", "kind 'dance'"),
        ({"name": "a", "kind": "uri-encode"}, "failed", "KeyError"),
        ({"name": "a", "kind": "uri-encode", "input": 5, "options": {}}, "failed", "KeyError"),
        (
            {"name": "a", "kind": "behaviour", "auth": "", "expected": [], "request": 1},
            "failed",
            "TypeError",
        ),
        (
            {
                "name": "a",
                "kind": "string-to-sign",
                "algorithm": "ROT13",
                "expected": {"string_to_sign": "", "signature": ""},
                "credentials": {"access_key_id": "a", "secret_access_key": "b"},
            },
            "not applicable",
            "ROT13",
        ),
    ],
)
def test_what_is_no_vector_of_its_kind_never_passes(
    vector: Vector, result: str, words: str
) -> None:
    (outcome,) = run([vector])
    assert outcome.result == result
    assert words in f"{outcome.note}{outcome.found}"


def test_a_body_is_what_it_says_and_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigv4.vectors.record.BODY_BYTES_MAX", 100)
    packed = base64.b64encode(zlib.compress(bytes(101))).decode()
    with pytest.raises(ValueError, match="more than 100 bytes"):
        body_of({"body_zlib_b64": packed})
    assert body_of({"body_zlib_b64": base64.b64encode(zlib.compress(bytes(100))).decode()}) == (
        bytes(100)
    )
    with pytest.raises(ValueError, match="not what body_sha256 says"):
        body_of({"body_b64": "", "body_sha256": "0" * 64})
    with pytest.raises(ValueError, match="no timestamp"):
        seconds("2026")


# The command


def test_the_command_ends_with_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([str(path) for path in FILES]) == PASSED
    lines = capsys.readouterr().out.splitlines()
    count = Counter(outcome.result for path in FILES for outcome in run(read(path)))
    assert lines[-1] == f"{count['passed']} passed, 0 failed"
    assert lines[0] == f"{count['not applicable']} not applicable:"


def test_a_failure_is_named_with_its_step_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], published: list[Vector]
) -> None:
    vector = json.loads(json.dumps(next(v for v in published if v["kind"] == "request-header")))
    vector["expected"]["canonical_request"] = "GET\n/" + "x" * 1000
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(vector) + "\n\n")
    assert run_command([str(path)]) == FAILED
    out = capsys.readouterr().out
    head = f"FAILED {vector['name']} (request-header, {path}): canonical request\n"
    assert out.startswith(head + "  expected line ")
    assert "/" + "x" * 399 + "...\n" in out
    assert out.endswith("\n0 passed, 1 failed\n")


def test_a_value_that_ends_early_is_shown_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], published: list[Vector]
) -> None:
    vector = json.loads(json.dumps(next(v for v in published if v["kind"] == "request-header")))
    vector["expected"]["canonical_request"] += "\nmore"
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(vector))
    assert run_command([str(path)]) == FAILED
    assert "nothing more\n" in capsys.readouterr().out


def test_for_programs_it_is_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], published: list[Vector]
) -> None:
    vectors = [v for v in published if v["kind"] in ("uri-encode", "event-stream")]
    vectors.append({**vectors[-1], "expected": {"encoded": "x"}})
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(vector) for vector in vectors))
    assert run_command([str(path), "--json"]) == FAILED
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (data["passed"], data["failed"], data["not_applicable"]) == (3, 1, 1)
    assert len(data["results"]) == 5
    assert data["results"][0].keys() == {"file", *Outcome._fields}
    (failed,) = [result for result in data["results"] if result["result"] == "failed"]
    assert (failed["step"], failed["expected"], failed["file"]) == ("encoded", "x", str(path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}\nno JSON\n", ":2: no JSON"),
        (b"[]\n", ":1: a vector is a JSON object"),
        (b"\xff\n", "decode"),
        (None, "No such file"),
    ],
)
def test_what_is_no_file_of_vectors_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    path = tmp_path / "mine.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert run_command([str(path)]) == UNUSABLE
    assert words in capsys.readouterr().err


def test_it_is_a_command_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(DIRECTORY / "aws-c-auth-v4.jsonl")
    monkeypatch.setattr(sys, "argv", ["sigv4", "vectors", name])
    assert main() == PASSED
    assert capsys.readouterr().out == "76 passed, 0 failed\n"
