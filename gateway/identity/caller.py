"""Who asks.

Source: STS API Reference, GetCallerIdentity.
"""

from gateway.call import Call
from gateway.query import types_sts as t
from gateway.query.registry import operation


@operation("sts", "GetCallerIdentity")
async def get_caller_identity(call: Call, _ask: t.GetCallerIdentityRequest) -> object:
    """Account, ARN and unique id; needs no permission, and no policy can deny it."""
    who = call.who
    return t.GetCallerIdentityResponse(
        user_id=who.user_id or who.account, account=who.account, arn=who.arn
    )
