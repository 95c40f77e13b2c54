"""From the models of IAM and STS to generated Python classes.

``python -m gateway.query generate`` writes ``types_iam.py`` and ``types_sts.py``:
a class for each structure that an operation in ``OPERATIONS`` takes or gives.
Times are Unix milliseconds, what is absent is None.
"""

from collections.abc import Iterator
from typing import Final

from gateway.protocol.model import Model, load
from gateway.protocol.shapes import attribute, class_name

_SCALARS: Final = {
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "timestamp": "int",
    "blob": "bytes",
}

# Families of IAM's operations that have no meaning here; the rest have generated classes.
# No consoles, no devices of users, no certificates of load balancers, no AWS services that
# act for somebody, no organizations: docs/identity.md.
LEFT_OUT: Final = (
    "DelegationRequest",
    "DelegationToken",
    "HumanReadableSummary",
    "InstanceProfile",
    "LoginProfile",
    "MFADevice",
    "OrganizationsAccessReport",
    "Organizations",
    "OutboundWebIdentity",
    "PasswordPolicy",
    "ChangePassword",
    "RoleTemplate",
    "AcquireRole",
    "SAMLProvider",
    "SSHPublicKey",
    "ServerCertificate",
    "ServiceLastAccessedDetails",
    "ServiceLinkedRole",
    "ServiceSpecificCredential",
    "SigningCertificate",
    "CredentialReport",
    "AccountProperties",
    "SecurityTokenServicePreferences",
    "PoliciesGrantingServiceAccess",
)
# Of these: what tools ask for before they delete, and are told that there is none of.
_ABSENT: Final = (
    "DeleteLoginProfile",
    "GetLoginProfile",
    "ListInstanceProfiles",
    "ListInstanceProfilesForRole",
    "ListMFADevices",
    "ListSAMLProviders",
    "ListSSHPublicKeys",
    "ListServerCertificates",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "ListVirtualMFADevices",
)


def typed_operations(model: Model) -> list[str]:
    """The operations whose structures have generated classes."""
    return [
        name
        for name in sorted(model.operations)
        if name in _ABSENT or not any(one in name for one in LEFT_OUT)
    ]


def _type_of(name: str, model: Model) -> str:
    shape = model.shapes[name]
    match shape["type"]:
        case "structure":
            return class_name(name)
        case "list":
            return f"list[{_type_of(shape['member']['shape'], model)}]"
        case "map":
            return f"dict[str, {_type_of(shape['value']['shape'], model)}]"
    return _SCALARS[shape["type"]]


def _reachable(model: Model) -> list[str]:
    """The structures that the operations need, each after those it contains."""
    found: dict[str, None] = {}
    seen = set[str]()

    def visit(name: str) -> None:
        shape = model.shapes[name]
        if name in seen:
            return
        seen.add(name)
        for inner in ("member", "value"):
            if inner in shape:
                visit(shape[inner]["shape"])
        for member in shape.get("members", {}).values():
            visit(member["shape"])
        if shape["type"] == "structure":
            found[name] = None

    for operation in typed_operations(model):
        for side in ("input", "output"):
            if side in model.operations[operation]:
                visit(model.operations[operation][side]["shape"])
    return list(found)


def generated_module(service: str) -> str:
    """The text of a service's module, as the formatter leaves it."""
    return "\n".join(_lines(load(service), service.upper())) + "\n"


def _lines(model: Model, service: str) -> Iterator[str]:
    by = "Generated: `python -m gateway.query generate`."
    yield f'"""The structures of {service}\'s model.  {by}"""'
    yield ""
    yield "import msgspec"
    for name in _reachable(model):
        yield ""
        yield ""
        yield f"class {class_name(name)}(msgspec.Struct, kw_only=True):"
        yield f'    """{service}\'s {name}."""'
        members = model.shapes[name]["members"]
        if members:
            yield ""
        for member, definition in members.items():
            kind = _type_of(definition["shape"], model)
            yield f"    {attribute(member)}: {kind} | None = None"
