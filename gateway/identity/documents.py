"""Policies on their way in: refused in IAM's words if they are none.

A request may bring a document of 128 KiB, which takes a quarter of a second:
others' requests go on beside that.

Source: IAM API Reference, MalformedPolicyDocument.
"""

from collections.abc import Callable
from functools import partial

from gateway import threads
from gateway.iam.identity_policy import parse_identity_policy
from gateway.iam.policy import MalformedPolicy
from gateway.iam.trust_policy import parse_trust_policy
from gateway.query.errors import QueryError


async def check_identity_document(document: str, *, managed: bool = False) -> None:
    """Refuse what is no policy of a user, a group or a role.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    await _check(partial(parse_identity_policy, managed=managed), document)


async def check_trust_document(document: str) -> None:
    """Refuse what is no trust policy.

    Raises:
        QueryError: MalformedPolicyDocument
    """
    await _check(parse_trust_policy, document)


async def _check(parse: Callable[[bytes], object], document: str) -> None:
    raw = document.encode()
    try:
        if len(raw) < threads.PARSE_BYTES_MIN:
            parse(raw)
        else:
            await threads.beside(threads.parsing, parse, raw)
    except MalformedPolicy as error:
        raise QueryError("MalformedPolicyDocument", str(error)) from None
