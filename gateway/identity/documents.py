"""Policies on their way in: refused in IAM's words if they are none.

Source: IAM API Reference, MalformedPolicyDocument.
"""

from gateway.iam.identity_policy import parse_identity_policy
from gateway.iam.policy import MalformedPolicy
from gateway.iam.trust_policy import parse_trust_policy
from gateway.query.errors import QueryError


def check_identity_document(document: str, *, managed: bool = False) -> None:
    """Refuse what is no policy of a user, a group or a role.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    try:
        parse_identity_policy(document.encode(), managed=managed)
    except MalformedPolicy as error:
        raise QueryError("MalformedPolicyDocument", str(error)) from None


def check_trust_document(document: str) -> None:
    """Refuse what is no trust policy.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    try:
        parse_trust_policy(document.encode())
    except MalformedPolicy as error:
        raise QueryError("MalformedPolicyDocument", str(error)) from None
