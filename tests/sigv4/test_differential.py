"""The differential test at a fixed budget; ``make differential-long`` is the long one."""

import random
from collections import Counter

import botocore.auth
import pytest

from sigv4 import Credentials, KeyCache, Signer
from tests.differential import forms, signers
from tests.differential.cases import CELLS, NOW, REGION, SECRET, Cell, Unsigned, case
from tests.differential.compare import EXPLAINED, Difference, differences, run

DRAW = random.Random(1)


def test_three_thousand_requests_without_an_unexplained_difference() -> None:
    clock = botocore.auth.get_current_datetime
    result = run(3000, 0)
    assert botocore.auth.get_current_datetime is clock, "other tests need it as it was"
    assert result.unexplained == []
    assert result.cells == Counter({str(cell): 10 for cell in CELLS})
    assert result.by_signer.keys() == {"botocore", "awscrt", "obstore"}
    assert not result.explained, "these sign as we do"


def test_the_same_seed_asks_the_same() -> None:
    first, second = ([case(random.Random(7), cell) for cell in CELLS] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("cell", [CELLS[0], CELLS[60], CELLS[130], CELLS[-1]])
def test_what_another_signer_did_wrong_is_found(cell: Cell) -> None:
    """Or a run that finds nothing would say nothing."""
    signer = signers.in_process()[-1]
    asked = case(DRAW, cell)
    (sent,) = signer.sign([asked])
    assert list(differences("awscrt", asked, sent, KeyCache())) == []
    wrong = sent._replace(target=sent.target.replace(b"/bkt/", b"/bkt/x"))
    (found,) = differences("awscrt", asked, wrong, KeyCache())
    assert found.what == "refused: SignatureDoesNotMatch"


def _more(asked: Unsigned) -> Unsigned:
    return asked._replace(headers=[*asked.headers, ("Content-Language", "en")])


def test_other_headers_signed_and_another_signature_are_found() -> None:
    """Right both, but not what was asked for."""
    signer = signers.in_process()[-1]
    asked = case(DRAW, CELLS[0])
    (sent,) = signer.sign([_more(asked)])
    less = sent._replace(headers=[pair for pair in sent.headers if pair[0] != b"Content-Language"])
    (found,) = differences("awscrt", _more(asked), less, KeyCache())
    assert found.what == "refused: SignatureDoesNotMatch"
    (found,) = differences("awscrt", asked._replace(target="/bkt/else"), sent, KeyCache())
    assert found.what == "signature"
    asked = asked._replace(body=b"one")
    (sent,) = signer.sign([asked])
    found = next(differences("awscrt", asked._replace(body=b"two"), sent, KeyCache()))
    assert found.what == "body"


URL = (
    "target=b'/bkt/k?a=1&X-Amz-Date=d{}&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0" * 64 + "'"
)
HASH = "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
ASKED = case(DRAW, CELLS[0])


def explained(signer: str, what: str, theirs: str, ours: str) -> list[str]:
    found = Difference(signer, what, ASKED, theirs, ours)
    return [row.name for row in EXPLAINED if row.applies(found)]


def test_an_explained_difference_is_that_one_and_no_other() -> None:
    js, names = "aws-sdk-js-v3", [row.name for row in EXPLAINED]
    theirs, ours = "(b'host', b'x-amz-a')", "(b'cache-control', b'host', b'x-amz-a')"
    url, plain = URL.format(HASH), URL.format("")
    another = plain.replace("0" * 64, "1" * 64)
    assert explained(js, "signed headers", theirs, ours) == [names[1]]
    assert explained(js, "signature", url, another) == [names[0]]
    for case_ in (
        ("botocore", "signed headers", theirs, ours),
        (js, "signature", theirs, ours),
        (js, "signed headers", ours, theirs),
        (js, "signed headers", "(b'host',)", ours),
        (js, "signed headers", theirs, ours.replace("cache-control", "content-type")),
        ("awscrt", "signature", url, another),
        (js, "refused: SignatureDoesNotMatch", url, another),
        (js, "signature", plain, another),
        (js, "signature", url, url),
        (js, "signature", another, url),
        (js, "signature", url.replace("a=1", "a=2"), another),
        (js, "signature", url.replace("/bkt/k", "/bkt/l"), another),
        (js, "signature", url.replace(HASH, HASH + HASH), another),
        (js, "signature", url.replace("UNSIGNED-PAYLOAD", "0" * 64), another),
        (js, "signature", url.replace("Headers=host", "Headers=date"), another),
        (js, "signature", "", ""),
    ):
        assert explained(*case_) == []
    assert len(EXPLAINED) <= 15
    assert all(row.source for row in EXPLAINED)


def test_a_hundred_forms_without_a_difference() -> None:
    assert list(forms.differences(100, 0)) == []


def test_a_form_that_differs_is_found() -> None:
    asked = forms.form(DRAW)
    theirs = Signer(asked_keys(asked), REGION).post_form(
        "bkt", asked.key, now=NOW, expires_s=60, fields=asked.fields, conditions=asked.conditions
    )
    assert forms.difference(asked, theirs) == ""
    assert forms.difference(asked, {**theirs, "acl": "other"}).startswith("fields")
    with_more = asked._replace(content=bytes(100))
    assert forms.difference(with_more, theirs).startswith("refused: EntityTooLarge")


def asked_keys(asked: forms.Form) -> Credentials:
    return Credentials("AKIDEXAMPLE", SECRET, asked.token)
