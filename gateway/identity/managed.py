"""Managed policies by their ARNs: those of the account that asks, and AWS's.

Source: IAM User Guide, "IAM identifiers".
"""

from gateway.call import Call
from gateway.iam import builtin
from gateway.query.errors import QueryError
from storage.identity.errors import NoSuchEntity
from storage.identity.records import ManagedPolicy


async def find(call: Call, arn: str) -> ManagedPolicy | builtin.Builtin | None:
    """The policy of an ARN, of this account or of AWS; None if there is none."""
    own = builtin.POLICIES.get(arn)
    if own is not None:
        return own
    try:
        policy = await call.services.directory.policies.get(arn)
    except NoSuchEntity:
        return None
    return policy if policy.account == call.account.id else None


async def written(call: Call, arn: str) -> str:
    """An ARN with the capitals of the policy that it names.

    Names are not distinguished by them, but conditions on iam:PolicyARN are.
    """
    found = await find(call, arn)
    return arn if found is None else found.arn


def check_arn(arn: str) -> None:
    """Refuse what is no policy's ARN.

    Raises:
        QueryError: InvalidInput
    """
    if not arn.startswith("arn:") or ":policy/" not in arn:
        raise QueryError("InvalidInput", f"ARN {arn} is not valid.")
