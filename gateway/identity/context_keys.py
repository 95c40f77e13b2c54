"""Which condition keys and variables policies look at, for whoever wants to simulate them.

Source: IAM API Reference, GetContextKeysForCustomPolicy,
GetContextKeysForPrincipalPolicy.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from gateway import threads
from gateway.call import Call
from gateway.identity.documents import check_identity_document
from gateway.identity.held import held_by, permitted
from gateway.identity.permission import check
from gateway.query import types_iam as t
from gateway.query.registry import operation

_VARIABLE: Final = re.compile(r"\$\{([^}*?$,]+)")
_WITH_VARIABLES: Final = ("Resource", "NotResource", "Condition")


@operation("iam", "GetContextKeysForCustomPolicy")
async def get_context_keys_for_custom_policy(
    call: Call, ask: t.GetContextKeysForCustomPolicyRequest
) -> t.GetContextKeysForPolicyResponse:
    """The keys of the policies that are given."""
    check(call, "iam:GetContextKeysForCustomPolicy", "*")
    return await _answer((), ask.policy_input_list or ())


@operation("iam", "GetContextKeysForPrincipalPolicy")
async def get_context_keys_for_principal_policy(
    call: Call, ask: t.GetContextKeysForPrincipalPolicyRequest
) -> t.GetContextKeysForPolicyResponse:
    """The keys of a user's, a group's or a role's policies, and of those that are given."""
    assert ask.policy_source_arn is not None, "the model requires it"
    action = "iam:GetContextKeysForPrincipalPolicy"
    holder = await permitted(call, action, ask.policy_source_arn)
    held = [one.document for one in await held_by(call, holder)]
    return await _answer(held, ask.policy_input_list or ())


async def _answer(held: Iterable[str], given: Sequence[str]) -> t.GetContextKeysForPolicyResponse:
    """The keys of policies that are known to be some, and of those that are given."""
    for document in given:
        await check_identity_document(document)
    names = await threads.beside(threads.parsing, _keys, (*held, *given))
    return t.GetContextKeysForPolicyResponse(context_key_names=names)


def _keys(documents: Iterable[str]) -> list[str]:
    """Each once, whatever its capitals, in order."""
    found: dict[str, str] = {}
    for document in documents:
        given = json.loads(document)["Statement"]
        for statement in given if isinstance(given, list) else [given]:
            for name in _keys_of(statement):
                found.setdefault(name.lower(), name)
    return [found[lower] for lower in sorted(found)]


def _keys_of(statement: dict[str, Any]) -> Iterator[str]:
    for condition in statement.get("Condition", {}).values():
        yield from condition
    for element in _WITH_VARIABLES:
        text = json.dumps(statement.get(element, ""))
        for name in _VARIABLE.findall(text):
            yield name.strip()
