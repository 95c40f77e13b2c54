"""TLS: several certificates by server name, replaced while serving."""

import ssl
from collections.abc import Sequence

from gateway.config import ConfigError


class Certificates:
    """The current contexts; ``reload`` swaps them whole or keeps the old."""

    def __init__(self, certificates: Sequence[str], keys: Sequence[str]) -> None:
        """Load the pairs; the first is for clients that name no host we know.

        Raises:
            ConfigError
        """
        self._pairs = list(zip(certificates, keys, strict=True))
        self._contexts = self._load()
        # The listener keeps this one; each handshake takes its certificate from the current.
        self.context = self._contexts[0][1]
        self.context.sni_callback = self._choose

    def _load(self) -> list[tuple[frozenset[str], ssl.SSLContext]]:
        loaded = []
        for certificate, key in self._pairs:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(["http/1.1"])
            try:
                context.load_cert_chain(certificate, key)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"tls: {certificate} with {key}: {error}") from None
            loaded.append((_names_of(certificate), context))
        return loaded

    def reload(self) -> None:
        """Read the files again.

        Raises:
            ConfigError: one is bad; all old ones stay.
        """
        self._contexts = self._load()

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        chosen = self._contexts[0][1]
        for names, context in self._contexts:
            if name is not None and _matches(name.lower(), names):
                chosen = context
                break
        connection.context = chosen


def _names_of(certificate: str) -> frozenset[str]:
    """The host names a certificate is for."""
    from cryptography import x509

    with open(certificate, "rb") as file:
        found = x509.load_pem_x509_certificate(file.read())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName))


def _matches(name: str, patterns: frozenset[str]) -> bool:
    return name in patterns or f"*.{name.partition('.')[2]}" in patterns
