"""What IAM refuses of a policy that is put on a user, a group or a role, or comes with a session.

In IAM's words and order: what is no policy at all, then its version, then what
an older parser of AWS's does not read, then what a statement lacks, then names
that are none.

Source: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON
policy elements"; IAM API Reference, CreatePolicy, MalformedPolicyDocument; the
words as users report them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from gateway.iam.policy import (
    ARN_COLONS,
    OF_POLICIES,
    OF_STATEMENTS,
    VERSIONS,
    WITH_VARIABLES,
    Dialect,
    MalformedPolicy,
    Policy,
    compiled,
)
from gateway.iam.policy import read as read_json

# IAM API Reference, "PolicyDocument": the most that a parameter may have, in characters.
DOCUMENT_MAX: Final = 131_072

SYNTAX: Final = "Syntax errors in policy."
_LEGACY: Final = "The policy failed legacy parsing"
_OLD: Final = "Policy document must be version 2012-10-17 or greater."
_PRINCIPAL: Final = "Policy document should not specify a principal."
_SIDS: Final = "Statement IDs (SID) in a single policy must be unique."
_SID: Final = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*"
)
_NO_ACTIONS: Final = "Policy statement must contain actions."
_NO_RESOURCES: Final = "Policy statement must contain resources."
_NO_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_COLONS: Final = "Actions/Condition can contain only one colon."
_VENDOR: Final = "Resource vendor must be fully qualified and cannot contain regexes."

_ALPHANUMERIC: Final = re.compile(r"[0-9A-Za-z]*\Z", re.ASCII)
_SERVICE: Final = re.compile(r"[a-zA-Z0-9.-]*\Z", re.ASCII)
_PARTITION: Final = re.compile(r"(?:\*|aws(?:-[a-z]+)*)\Z", re.ASCII)
# What a resource of IAM begins with.  Service Authorization Reference, "Resource types defined by
# AWS Identity and Access Management".
_OF_IAM: Final = tuple(
    f"{kind}/"
    for kind in (
        *("user", "federated-user", "role", "group", "instance-profile", "mfa"),
        *("server-certificate", "policy", "sms-mfa", "saml-provider", "oidc-provider"),
        *("report", "access-report"),
    )
)
_ACCESS_POINT: Final = "accesspoint/"


def _has_vendor(key: str) -> bool:
    return ":" in key


DIALECT: Final = Dialect(
    principals=False,
    is_known=_has_vendor,
    bytes_max=4 * DOCUMENT_MAX,
    empty=True,
    completes=True,
)


def parse_identity_policy(document: bytes, *, managed: bool = False) -> Policy:
    """The policy to put; ``managed`` ones need a version that has variables.

    Raises:
        MalformedPolicy: in IAM's words; MalformedPolicyDocument is its code
    """
    given = _read(document)
    statements = _statements(given)
    _check_elements(given, statements)
    if managed and given.get("Version") != WITH_VARIABLES:
        raise MalformedPolicy(_OLD)
    _check_wholeness(statements)
    for text in _texts_under(statements, "Action"):
        _check_action(text)
    try:
        return compiled(given, DIALECT)
    except MalformedPolicy:
        raise MalformedPolicy(_LEGACY) from None


def compile_identity_policy(document: bytes) -> Policy:
    """A policy that was put.

    Raises:
        MalformedPolicy: it is none
    """
    return compiled(read_json(document), DIALECT)


def _read(document: bytes) -> dict[str, Any]:
    try:
        return read_json(document)
    except MalformedPolicy:
        raise MalformedPolicy(SYNTAX) from None


def _statements(given: dict[str, Any]) -> list[dict[str, Any]]:
    found = given.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy(SYNTAX)
    if not all(isinstance(one, dict) for one in statements):
        raise MalformedPolicy(SYNTAX)
    return statements


def _check_elements(given: dict[str, Any], statements: list[dict[str, Any]]) -> None:
    """What each element is, before what it says."""
    is_right = (
        given.keys() <= OF_POLICIES
        and given.get("Version", WITH_VARIABLES) in VERSIONS
        and isinstance(given.get("Id", ""), str)
        and all(_has_right_elements(one) for one in statements)
    )
    if not is_right:
        raise MalformedPolicy(SYNTAX)


def _has_right_elements(statement: dict[str, Any]) -> bool:
    both = any(name in statement and f"Not{name}" in statement for name in ("Action", "Resource"))
    effect = statement.get("Effect")
    return (
        not both
        and statement.keys() <= OF_STATEMENTS
        and isinstance(effect, str)
        and effect.lower() in ("allow", "deny")
        and isinstance(statement.get("Sid", ""), str)
        and all(
            _is_texts(statement.get(name, ""))
            for name in ("Action", "NotAction", "Resource", "NotResource")
        )
    )


def _is_texts(given: Any) -> bool:
    found = given if isinstance(given, list) else [given]
    return all(isinstance(one, str) for one in found)


def _check_wholeness(statements: list[dict[str, Any]]) -> None:
    if any(one["Effect"] not in ("Allow", "Deny") for one in statements):
        raise MalformedPolicy(_LEGACY)
    if any("Principal" in one or "NotPrincipal" in one for one in statements):
        raise MalformedPolicy(_PRINCIPAL)
    sids = Counter(one["Sid"] for one in statements if one.get("Sid"))
    if any(times > 1 for times in sids.values()):
        raise MalformedPolicy(_SIDS)
    if not all(_ALPHANUMERIC.match(sid) for sid in sids):
        raise MalformedPolicy(_SID)
    if any(_lacks(one, "Action") for one in statements):
        raise MalformedPolicy(_NO_ACTIONS)
    for text in _texts_under(statements, "Resource"):
        _check_resource(text)
    if any(_lacks(one, "Resource") for one in statements):
        raise MalformedPolicy(_NO_RESOURCES)


def _lacks(statement: dict[str, Any], name: str) -> bool:
    return not statement.get(name, statement.get(f"Not{name}"))


def _texts_under(statements: list[dict[str, Any]], name: str) -> Iterator[str]:
    for one in statements:
        found = one.get(name, one.get(f"Not{name}", []))
        yield from found if isinstance(found, list) else [found]


def _check_action(text: str) -> None:
    vendor, colon, name = text.partition(":")
    if not colon and text != "*":
        raise MalformedPolicy(_NO_VENDOR)
    if ":" in name:
        raise MalformedPolicy(_COLONS)
    if vendor != "*" and not _SERVICE.match(vendor):
        raise MalformedPolicy(f"Vendor {vendor} is not valid")


def _check_resource(text: str) -> None:
    if text == "*":
        return
    parts = text.split(":", ARN_COLONS)
    if len(parts) == 1:
        raise MalformedPolicy(f'Resource {text} must be in ARN format or "*".')
    if not _PARTITION.match(parts[1]):
        rest = (*parts[2:], "*", "*", "*", "*")[:4]
        shown = ":".join(("arn", parts[1], *rest))
        raise MalformedPolicy(f'Partition "{parts[1]}" is not valid for resource "{shown}".')
    if len(parts) == 2:
        raise MalformedPolicy(_VENDOR)
    if parts[0] != "arn" or parts[2] == "":
        raise MalformedPolicy(_LEGACY)
    _check_resource_of(text, parts[2], (*parts, "", "", "")[3], parts[-1])


def _check_resource_of(text: str, service: str, region: str, name: str) -> None:
    if service == "s3" and region and not name.startswith(_ACCESS_POINT):
        raise MalformedPolicy(f"Resource {text} can not contain region information.")
    if service != "iam":
        return
    if region:
        raise MalformedPolicy(f"IAM resource {text} cannot contain region information.")
    if not name.startswith((*_OF_IAM, "*", "root")) and not name.startswith("${"):
        allowed = ", ".join(_OF_IAM)
        raise MalformedPolicy(f'IAM resource path must either be "*" or start with {allowed}.')
