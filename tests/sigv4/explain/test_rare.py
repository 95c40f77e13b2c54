"""What seldom comes: forms that were cut off, empty hosts, headers that stand elsewhere."""

import base64
import runpy
from pathlib import Path

import pytest

from sigv4 import Request, SigError
from sigv4.explain import Known, Refused, explain, reference
from sigv4.explain.claims import read_case
from sigv4.keys import signing_key
from tests.sigv4.explain import test_forms as forms
from tests.sigv4.explain import test_v2 as v2
from tests.sigv4.explain.mistaken import DATE, Signed, by_header, by_url
from tests.sigv4.signing import KEYS, NOW

KNOWN = Known((KEYS,), sigv2=True)
WRONG = "".join(reversed("0123456789abcdef" * 4))


def names(request: Request) -> set[str]:
    found = explain(request, KNOWN, now=NOW).search.findings
    return {step.mistake.name for finding in found for step in finding.steps}


def test_of_a_url_of_version_2_with_secrets_nothing_is_computed() -> None:
    refused = Refused(SigError("SignatureDoesNotMatch", 403, ""), canonical_sha256="0" * 64)
    explanation = explain(v2.by_url(), KNOWN, refused=refused)
    assert explanation.unreadable == "what was signed held secrets, which the server does not keep"
    assert explanation.recipe is None
    assert not explanation.search.findings


def test_a_form_that_was_cut_off_before_its_file_is_refused_for_that() -> None:
    request, body = forms.sent(forms.made())
    cut = body[: body.rindex(b"--")][: body.index(b'name="file"')]
    explanation = explain(request, Known((KEYS,), body=cut))
    assert explanation.refusal is not None
    assert explanation.refusal.status == 400
    assert explanation.is_explained


def test_of_a_form_that_nobody_can_read_a_condition_is_not_advised_about() -> None:
    words = 'Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"]'
    refused = Refused(SigError("AccessDenied", 403, words))
    nothing = Request("POST", b"/bkt", [(b"Host", b"s3.example.com")])
    assert explain(nothing, KNOWN, refused=refused).advice == ()


def test_a_policy_that_is_no_json_was_signed_otherwise() -> None:
    fields = forms.made()
    policy = base64.b64encode(b' {"no": JSON}\r\n')
    scope = forms.scope_of(fields)
    key = signing_key(KEYS.secret_key, scope)
    signed = base64.b64encode(b'{"no": JSON}')
    fields |= {"policy": policy.decode(), "x-amz-signature": key.sign(signed).decode()}
    explanation = forms.explained(fields)
    (finding,) = explanation.search.findings
    assert [step.change.detail for step in finding.steps] == [
        "the base64 of the policy without white space around its JSON was signed"
    ]


def test_a_header_in_the_query_has_a_value() -> None:
    signed = by_url(target="/bkt/key?X-Amz-Meta-A=one").request
    case = read_case(signed, KNOWN)
    assert case.value(b"x-amz-meta-a") == b"one"
    assert case.value(b"x-amz-meta-b") is None
    assert case.value(b"expect") == b"100-continue"
    with_header = signed._replace(headers=[*signed.headers, (b"x-amz-meta-a", b"two")])
    assert read_case(with_header, KNOWN).value(b"x-amz-meta-a") == b"two"


def test_a_header_in_the_query_of_version_2_counts_as_one() -> None:
    request = v2.by_url()
    request = request._replace(target=request.target + b"&X-Amz-Meta-A=one&Content-MD5=a")
    headers = read_case(request, KNOWN).headers
    assert headers[b"x-amz-meta-a"] == b"one"


def forged(signed: Signed) -> Request:
    """With a signature of nothing, so that everything is tried."""
    request = signed.request
    pairs = [
        (name, value[:-64] + WRONG.encode() if name.lower() == b"authorization" else value)
        for name, value in request.headers
    ]
    return request._replace(headers=pairs)


def test_a_date_header_with_the_time_of_the_other_changes_nothing() -> None:
    request = forged(by_header().but(added={"Date": DATE}))
    assert names(request) == set()


@pytest.mark.parametrize("host", ["", ".example.com", ":80"])
def test_a_host_without_a_first_name_stands_for_no_bucket(host: str) -> None:
    signed = Signed(by_header().request, "", b"").but(host=host).request
    assert "bucket" not in str(names(signed))
    request = v2.arrived(v2.by_url(), headers={"Host": host}, method="PUT")
    for finding in v2.explained(request).search.findings:
        assert all("of the host" not in step.change.detail for step in finding.steps)


def test_a_signed_header_that_did_not_arrive_is_not_tried_in_another_encoding() -> None:
    signed = by_header(headers={"x-amz-meta-a": "a/b"}).but(headers={"x-amz-meta-a": None})
    assert names(forged(signed)) == set()


def test_a_header_that_arrived_percent_encoded_is_recognised() -> None:
    signed = by_header(headers={"x-amz-meta-a": "a/b c"})
    request = signed.but(headers={"x-amz-meta-a": "a%2Fb%20c"}).request
    (finding,) = explain(request, KNOWN, now=NOW).search.findings
    assert [step.change.detail for step in finding.steps] == [
        "x-amz-meta-a was signed percent-decoded"
    ]


def test_without_a_secret_a_form_is_judged_as_far_as_it_can_be() -> None:
    request, body = forms.sent(forms.made())
    explanation = explain(request, Known((), body=body))
    assert explanation.refusal is None
    assert explanation.case is not None
    assert explanation.recipe is None


def test_the_command_renews_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text("## What is tried\nold\n")
    monkeypatch.setattr("sys.argv", ["reference", str(path)])
    runpy.run_path(reference.__file__, run_name="__main__")
    assert path.read_text() == reference.table()
