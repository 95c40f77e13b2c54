"""What nobody has here: passwords, devices, certificates, instance profiles, SAML providers.

Tools ask for them before they delete a user or a role, and are told the truth:
there are none.  To make one is not implemented.

Source: IAM API Reference, the operation of each.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from gateway.call import Call
from gateway.identity import holders
from gateway.identity.common import user_name_of
from gateway.identity.permission import check
from gateway.query.errors import QueryError
from gateway.query.registry import operation

_ALL: Final = "*"


class _List(NamedTuple):
    """An operation that lists what there is not."""

    name: str
    member: str  # of its output
    kind: str | None = None  # whose they would be, by a member of the input


_LISTS: Final = (
    _List("ListInstanceProfiles", "instance_profiles"),
    _List("ListInstanceProfilesForRole", "instance_profiles", "role"),
    _List("ListMFADevices", "mfa_devices", "user"),
    _List("ListSAMLProviders", "saml_provider_list"),
    _List("ListServerCertificates", "server_certificate_metadata_list"),
    _List("ListServiceSpecificCredentials", "service_specific_credentials", "user"),
    _List("ListSigningCertificates", "certificates", "user"),
    _List("ListSSHPublicKeys", "ssh_public_keys", "user"),
    _List("ListVirtualMFADevices", "virtual_mfa_devices"),
)


async def _list(what: _List, call: Call, ask: Any) -> Any:
    """Nothing."""
    if what.kind is not None and getattr(ask, f"{what.kind}_name") is not None:
        await holders.permitted(call, f"iam:{what.name}", what.kind, ask)
    else:
        check(call, f"iam:{what.name}", _ALL)
    return _Nothing(**{what.member: [], "is_truncated": False})


class _Nothing(SimpleNamespace):
    """An output without the members that it has not."""

    def __getattr__(self, _name: str) -> None:
        return None


async def _no_password(action: str, call: Call, ask: Any) -> None:
    """Nobody has a password.

    Raises:
        QueryError: NoSuchEntity; ValidationError
    """
    ask.user_name = user_name_of(call, ask.user_name)
    user = await holders.permitted(call, f"iam:{action}", "user", ask)
    raise QueryError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.")


for _what in _LISTS:
    operation("iam", _what.name)(partial(_list, _what))
for _action in ("GetLoginProfile", "DeleteLoginProfile"):
    operation("iam", _action)(partial(_no_password, _action))
