"""Every input member of every implemented operation takes effect, is echoed, or is refused.

The test reads the handlers: a member counts as used if the handler, or a
function it hands its input to, looks at it.  What is used elsewhere stands
below, each with its place.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import gateway.operations
from gateway.operations.documents import DOCUMENTS
from gateway.operations.identified import IDENTIFIED
from gateway.operations.stored import SYSTEM_HEADERS
from gateway.protocol.plan import Member
from gateway.protocol.plans import compile_plans, input_members
from gateway.registry import OPERATIONS, Operation

PLANS: Final = compile_plans()

# Members that no handler needs to look at, by what does instead.
ELSEWHERE: Final = {
    "bucket": "addressing and the pipeline",
    "key": "addressing",
    "expected_bucket_owner": "the pipeline's authorization",
    "copy_source": "the pipeline's authorization",
    "expected_source_bucket_owner": "the pipeline's authorization",
    "content_md5": "bodies: every body with a digest is checked against it",
    "content_length": "the server",
    # Only somebody who is not the account itself could lock himself out, and nobody is.
    "confirm_remove_self_bucket_access": "nothing",
    "request_payer": "payers.check_payer",
    # No destination is looked for, so that none has to be skipped.
    # API Reference, PutBucketNotificationConfiguration, "x-amz-skip-destination-validation".
    "skip_destination_validation": "nothing",
    # Until 2023 AWS's support gave it to whom it let enable Object Lock for an existing bucket.
    # User Guide, "Configuring S3 Object Lock": everybody may, without one.
    "token": "nothing",
}
# Each is read by the handlers that operations.kinds makes of the tables.
OF_DOCUMENTS: Final = {document.member for document in (*DOCUMENTS, *IDENTIFIED)}
# Of operations whose body is content or a document with a checksum of its own.
OF_A_BODY: Final = "bodies.read_promises"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_member_is_used_or_refused(operation: Operation) -> None:
    plan = PLANS.by_name[operation.name]
    used = _used_by(operation)
    forgotten = [
        member.wire_name
        for member in input_members(plan)
        if member.attribute not in used | operation.refused
        and not _is_used_elsewhere(member, of_a_body=plan.checksum_of_body or plan.streaming_input)
    ]
    assert forgotten == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_no_refusal_names_a_member_that_does_not_exist_anywhere(operation: Operation) -> None:
    known = {member.attribute for plan in PLANS.by_name.values() for member in input_members(plan)}
    assert operation.refused <= known


def _is_used_elsewhere(member: Member, *, of_a_body: bool) -> bool:
    if member.attribute in OF_DOCUMENTS or member.attribute in ELSEWHERE:
        return True
    if member.location == "stream":
        return True
    if member.wire_name.lower() in SYSTEM_HEADERS:
        return True
    return of_a_body and member.attribute.startswith("checksum_")


def _used_by(operation: Operation) -> set[str]:
    """Attributes of the input that a handler looks at, itself or through what it calls."""
    name: str = operation.handler.__name__
    parameters = list(inspect.signature(operation.handler).parameters)
    found: set[str] = set()
    waiting, seen = [(name, parameters[1])], set[tuple[str, str]]()
    while waiting:
        call = waiting.pop()
        if call not in seen:
            seen.add(call)
            used, passed_on = _looks(*call)
            found |= used
            waiting += passed_on
    return found


@cache
def _functions() -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    folder = Path(gateway.operations.__file__).parent
    return {
        node.name: node
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@cache
def _tables() -> dict[str, set[str]]:
    """The texts in each of the operations' tables, in which getattr finds its names."""
    folder = Path(gateway.operations.__file__).parent
    return {
        target.id: _texts(statement)
        for path in folder.glob("*.py")
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.AnnAssign) and isinstance(target := statement.target, ast.Name)
    }


def _texts(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _looks(function: str, variable: str) -> tuple[set[str], list[tuple[str, str]]]:
    """What a function looks at of one of its variables, and whom it gives it to, as what."""
    used: set[str] = set()
    passed_on: list[tuple[str, str]] = []
    tree = _functions()[function]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is(node.value, variable):
            used.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "getattr" and _is(node.args[0], variable):
                used |= _texts(node.args[1]) or _tabled_in(tree)
            else:
                passed_on += _given_to(node, variable)
    return used, passed_on


def _is(node: ast.expr, variable: str) -> bool:
    return isinstance(node, ast.Name) and node.id == variable


def _tabled_in(function: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return set[str]().union(*(_tables()[name] for name in names & _tables().keys()))


def _given_to(call: ast.Call, variable: str) -> Iterator[tuple[str, str]]:
    assert isinstance(call.func, ast.Name)
    target = _functions().get(call.func.id)
    if target is not None:
        for parameter, argument in zip(target.args.args, call.args, strict=False):
            if _is(argument, variable):
                yield call.func.id, parameter.arg


def test_this_reading_sees_what_a_handler_looks_at_and_no_more() -> None:
    assert _used_by(OPERATIONS["PutObject"]) == {
        *("acl", "metadata", "storage_class", "tagging"),
        *("grant_read", "grant_write", "grant_read_acp", "grant_write_acp", "grant_full_control"),
        *("if_match", "if_none_match"),
        *("object_lock_mode", "object_lock_retain_until_date", "object_lock_legal_hold_status"),
        *("object_lock_event_hold", "object_lock_event_hold_duration_days"),
        "object_lock_event_hold_duration_years",
        *("server_side_encryption", "ssekms_key_id", "ssekms_encryption_context"),
        *("sse_customer_algorithm", "sse_customer_key", "sse_customer_key_md5"),
        "bucket_key_enabled",
    }
