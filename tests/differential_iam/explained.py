"""The differences that are known, each with what AWS's documentation says of it.

A difference is explained by writing the case in other words, which by that
documentation mean the same: ours has to say of them what it said before, and
the other engine has to agree.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.iam.principals import read_principals
from tests.differential_iam.cases import Case, Document

_VARIABLE: Final = re.compile(r"\$\{([^},*?$]+)\}")  # without a value for want of one
_NEGATIONS: Final = re.compile(r"(?:For(?:Any|All)Values?:)?(?:String|Arn)Not")
_OLD: Final = "2008-10-17"
_NEW: Final = "2012-10-17"


class Explained(NamedTuple):
    """A class of differences; ``rewrite`` gives the case unchanged if it is none of it."""

    name: str
    source: str
    rewrite: Callable[[Case], Case]


def _without_session(case: Case) -> Case:
    """What a resource of his account gives him by name, his session's policy does not limit."""
    is_named = case.policy is not None and any(
        _names(one["Principal"], case)
        for one in case.policy["Statement"]
        if one["Effect"] == "Allow" and "Principal" in one
    )
    if case.session is None or case.who.account != case.owner or not is_named:
        return case
    if any(one["Effect"] == "Deny" for one in case.session["Statement"]):
        denials = [one for one in case.session["Statement"] if one["Effect"] == "Deny"]
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return case._replace(session={**case.session, "Statement": [everything, *denials]})
    return case._replace(session=None)


def _names(principal: Any, case: Case) -> bool:
    if principal == "*":
        return True
    names = principal["AWS"]
    return bool({"*", case.who.arn} & {*(names if isinstance(names, list) else [names])})


def _with_chain(case: Case) -> Case:
    """NotPrincipal, where it is said of whom it denies, and of whom it does not."""
    if case.policy is None:
        return case
    made = []
    for one in case.policy["Statement"]:
        if "NotPrincipal" not in one:
            made.append(one)
            continue
        if not read_principals(one["NotPrincipal"]).excepts(case.who):
            rest = {name: value for name, value in one.items() if name != "NotPrincipal"}
            made.append({**rest, "Principal": "*"})
    nobody = {**case.policy["Statement"][0], "Effect": "Allow", "Principal": {"AWS": "9" * 12}}
    nobody.pop("NotPrincipal", None)
    return case._replace(policy={**case.policy, "Statement": made or [nobody]})


def _known_exceptions(case: Case) -> Case:
    """No exceptions of which nobody knows what they are: a Deny without, an Allow of nothing."""

    def change(document: Document | None) -> Document | None:
        if document is None or document["Version"] == _OLD:
            return document
        return {**document, "Statement": [_excepting(one, case) for one in document["Statement"]]}

    return _everywhere(case, change)


def _excepting(statement: Document, case: Case) -> Document:
    made = dict(statement)
    if statement["Effect"] == "Allow":
        given = made.get("NotResource", [])
        given = given if isinstance(given, list) else [given]
        if len(_resolved(given, case)) < len(given) or _is_doubted(made, case):
            made.pop("NotAction", None)
            made["Action"] = "sts:GetAccessKeyInfo"  # which nobody asks for here
        return made
    if "NotResource" in made:
        known = _resolved(made.pop("NotResource"), case)
        made.update({"NotResource": known} if known else {"Resource": "*"})
    condition = {}
    for operator, lines in made.pop("Condition", {}).items():
        kept = {
            key: _resolved(values, case) if _NEGATIONS.match(operator) else values
            for key, values in lines.items()
        }
        kept = {key: values for key, values in kept.items() if values != []}
        if kept:
            condition[operator] = kept
    return {**made, "Condition": condition} if condition else made


def _is_doubted(statement: Document, case: Case) -> bool:
    """Whether something is not to be what a variable stands for, which stands for nothing."""
    present = {name.lower() for name in case.context}
    return any(
        key.lower() in present
        and len(_resolved(values, case)) < len(values if isinstance(values, list) else [values])
        for operator, lines in statement.get("Condition", {}).items()
        if _NEGATIONS.match(operator)
        for key, values in lines.items()
    )


def _resolved(texts: Any, case: Case) -> list[str]:
    known = {name.lower() for name in case.context}
    return [
        text
        for text in (texts if isinstance(texts, list) else [texts])
        if all(name.lower() in known for name in _VARIABLE.findall(text))
    ]


def _with_dates(case: Case) -> Case:
    """A year is a date."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: _dated(one) if str(key).lower() == "aws:currenttime" else change(one)
                for key, one in value.items()
            }
        return [change(one) for one in value] if isinstance(value, list) else value

    return _everywhere(case, change)


def _dated(texts: Any) -> Any:
    if isinstance(texts, list):
        return [_dated(one) for one in texts]
    return "2026-01-01T00:00:00Z" if texts == "2026" else texts


def _with_ranges(case: Case) -> Case:
    """An address is the range of one address."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(one) for key, one in value.items()}
        if isinstance(value, list):
            return [change(one) for one in value]
        return f"{value}/32" if value == "192.0.2.1" else value

    return _everywhere(case, change)


def _without_variables(case: Case) -> Case:
    """The older version has no variables: what looks like one is a text."""

    def change(document: Document | None) -> Document | None:
        if document is None or document["Version"] != _OLD:
            return document
        return {"Version": _NEW, "Statement": _escaped(document["Statement"])}

    return _everywhere(case, change)


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace("${", "${$}{")


def _everywhere(case: Case, change: Callable[[Document | None], Any]) -> Case:
    return case._replace(
        identity=tuple(map(change, case.identity)),
        boundary=change(case.boundary),
        session=change(case.session),
        policy=change(case.policy),
    )


EXPLAINED: Final = (
    Explained(
        "a session's policy does not limit what is given to the session by name",
        "IAM User Guide, How AWS enforcement code logic evaluates requests: permissions granted "
        "directly to a session are not limited by an implicit deny in a session policy",
        _without_session,
    ),
    Explained(
        "NotPrincipal denies who is named without his account or his role",
        "IAM User Guide, AWS JSON policy elements: NotPrincipal: the account's ARN has to be "
        "specified, too, and of a session the role's",
        _with_chain,
    ),
    Explained(
        "where a variable in what is excepted has no value, a Deny stands and an Allow does not",
        "IAM User Guide, IAM policy elements: Variables and tags: it might cause the entire "
        "statement to be invalid; of an Allow it does here, of a Deny it does not",
        _known_exceptions,
    ),
    Explained(
        "a year is a date",
        "IAM User Guide, Date condition operators: ISO 8601 as W3C has it, where a year is one",
        _with_dates,
    ),
    Explained(
        "policies of version 2008-10-17 have no variables",
        "IAM User Guide, IAM policy elements: Variables and tags, Introduction: without that "
        "version variables are treated as literal strings",
        _without_variables,
    ),
    Explained(
        "an address of version 6 is not one of version 4",
        "IAM User Guide, IP address condition operators: NotIpAddress is all addresses except the "
        "specified one or range",
        _with_ranges,
    ),
)
