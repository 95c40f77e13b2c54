"""An authority and a certificate for 127.0.0.1, made for one run."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE: Final = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Pair:
    """Files in PEM."""

    authority: Path  # what a client trusts
    certificate: Path
    key: Path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _draft(
    subject: str, key: ec.EllipticCurvePublicKey, *, authority: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("signet test authority"))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LIFE)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )


def make(directory: Path, host: str = "127.0.0.1") -> Pair:
    """Write an authority, and a certificate of it for ``host`` (an address)."""
    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    signed_root = _draft("signet test authority", root.public_key(), authority=True).sign(
        root, hashes.SHA256()
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    signed_leaf = (
        _draft("signet test server", leaf.public_key(), authority=False)
        .add_extension(names, critical=False)
        .add_extension(purpose, critical=False)
        .add_extension(issuer, critical=False)
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    pair = Pair(directory / "authority.pem", directory / "server.pem", directory / "server.key")
    pair.authority.write_bytes(signed_root.public_bytes(pem))
    pair.certificate.write_bytes(signed_leaf.public_bytes(pem))
    pair.key.write_bytes(
        leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pair
