"""What temporary credentials cannot ask of IAM and STS, whatever policies say.

Source: IAM User Guide, "Compare AWS STS credentials"; the words are STS's.
"""

from collections.abc import Mapping
from typing import Final

from gateway.call import Call
from gateway.iam.principals import ACCOUNT, ASSUMED_ROLE, FEDERATED_USER, USER
from gateway.query.errors import QueryError
from gateway.query.refusals import NOBODYS

_WHO: Final = "GetCallerIdentity"
# Operations of STS by aws:PrincipalType of a session; web identities are nobody's credentials.
_UNSIGNED: Final = frozenset(("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"))
_MAY: Final[Mapping[str, frozenset[str]]] = {
    FEDERATED_USER: frozenset((_WHO,)) | _UNSIGNED,
    # Of GetSessionToken, of a user or of an account itself; nobody has a second factor here.
    USER: frozenset((_WHO, "AssumeRole")) | _UNSIGNED,
    ACCOUNT: frozenset((_WHO, "AssumeRole")) | _UNSIGNED,
}
_MAY_NOT: Final[Mapping[str, frozenset[str]]] = {
    ASSUMED_ROLE: frozenset(("GetSessionToken", "GetFederationToken")),
}


def check_session(call: Call, service: str, operation: str) -> None:
    """Refuse what no session of its kind may ask.

    Raises:
        QueryError: AccessDenied; InvalidClientTokenId, as of IAM
    """
    if call.principal is None or call.principal.session is None:
        return
    kind = call.who.kind
    if service == "iam":
        if kind in _MAY:
            raise QueryError("InvalidClientTokenId", NOBODYS)
        return
    if operation in _MAY_NOT.get(kind, ()) or operation not in _MAY.get(kind, (operation,)):
        raise QueryError("AccessDenied", f"Cannot call {operation} with session credentials")
