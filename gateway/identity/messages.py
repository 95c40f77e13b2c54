"""Why IAM refused something: told to whoever may decode it, and to nobody else.

A refusal has its details beside its message, sealed.  Whoever was refused can
hand them to somebody with the permission sts:DecodeAuthorizationMessage.

Source: STS API Reference, DecodeAuthorizationMessage.
"""

import json

from gateway.call import Call
from gateway.identity.permission import check
from gateway.query import types_sts as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from gateway.sessions.tokens import NotAToken


@operation("sts", "DecodeAuthorizationMessage")
async def decode_authorization_message(
    call: Call, ask: t.DecodeAuthorizationMessageRequest
) -> t.DecodeAuthorizationMessageResponse:
    """Why somebody of the same account was refused something."""
    assert ask.encoded_message is not None, "the model requires it"
    check(call, "sts:DecodeAuthorizationMessage", "*")
    try:
        found = json.loads(await call.services.tokens.open_message(ask.encoded_message))
    except NotAToken:
        found = {"account": None}
    if found["account"] != call.account.id:
        raise QueryError("InvalidAuthorizationMessageException", "Message is not valid")
    return t.DecodeAuthorizationMessageResponse(decoded_message=json.dumps(found["told"]))


@operation("sts", "GetAccessKeyInfo")
async def get_access_key_info(
    call: Call, ask: t.GetAccessKeyInfoRequest
) -> t.GetAccessKeyInfoResponse:
    """The account that an access key is of, valid or not."""
    assert ask.access_key_id is not None, "the model requires it"
    check(call, "sts:GetAccessKeyInfo", "*")
    account = await call.services.identities.account_of(ask.access_key_id)
    if account is None:
        raise QueryError("ValidationError", f"Invalid AccessKeyId: {ask.access_key_id}")
    return t.GetAccessKeyInfoResponse(account=account)
