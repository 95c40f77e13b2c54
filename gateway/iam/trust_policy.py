"""What IAM refuses of the policy that says who may have a role, and how it is compiled.

Source: IAM User Guide, "Roles terms and concepts", "Trust policy"; IAM API
Reference, CreateRole and UpdateAssumeRolePolicy; the words as users report
them.
"""

from typing import Final

from gateway.iam.identity_policy import DOCUMENT_MAX
from gateway.iam.match import glob
from gateway.iam.policy import Dialect, MalformedPolicy, Policy, parse

# The actions of STS that a trust policy may speak of, in lower case.
ACTIONS: Final = frozenset(
    (
        *("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"),
        *("sts:tagsession", "sts:setsourceidentity", "sts:setcontext"),
    )
)
_NOT_FOR_ROLES: Final = "AssumeRole policy may only specify STS AssumeRole actions."


def _has_vendor(key: str) -> bool:
    return ":" in key


DIALECT: Final = Dialect(
    resources=False, is_known=_has_vendor, bytes_max=4 * DOCUMENT_MAX, empty=True
)


def parse_trust_policy(document: bytes) -> Policy:
    """The policy to put on a role.

    Raises:
        MalformedPolicy: in IAM's words; MalformedPolicyDocument is its code
    """
    policy = parse(document, DIALECT)
    for statement in policy.statements:
        if not all(map(_means_one, statement.actions)):
            raise MalformedPolicy(_NOT_FOR_ROLES)
    return policy


def compile_trust_policy(document: bytes) -> Policy:
    """A policy that was put.

    Raises:
        MalformedPolicy: it is none
    """
    return parse(document, DIALECT)


def _means_one(pattern: str) -> bool:
    return pattern.startswith("sts:") and any(map(glob(pattern).matches, ACTIONS))
