"""What tools ask for before they delete, and what nobody has."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.identity.clients import Server, served
from tests.gateway.refusals import refused


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as found:
        yield found


@pytest.mark.parametrize(
    ("operation", "member", "named"),
    [
        ("list_instance_profiles", "InstanceProfiles", None),
        ("list_mfa_devices", "MFADevices", "UserName"),
        ("list_saml_providers", "SAMLProviderList", None),
        ("list_server_certificates", "ServerCertificateMetadataList", None),
        ("list_service_specific_credentials", "ServiceSpecificCredentials", "UserName"),
        ("list_signing_certificates", "Certificates", "UserName"),
        ("list_ssh_public_keys", "SSHPublicKeys", "UserName"),
        ("list_virtual_mfa_devices", "VirtualMFADevices", None),
    ],
)
def test_there_are_none(server: Server, operation: str, member: str, named: str | None) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    found: dict[str, Any] = getattr(iam, operation)(**({named: "ann"} if named else {}))
    assert found[member] == []
    if named is not None:
        with refused("NoSuchEntity", 404):
            getattr(iam, operation)(**{named: "nobody"})


def test_nobody_has_a_password(server: Server) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    for call in (iam.get_login_profile, iam.delete_login_profile):
        with refused("NoSuchEntity", 404) as error:
            call(UserName="ann")
        assert error["Message"] == "Login Profile for User ann cannot be found."
