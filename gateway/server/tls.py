"""TLS: several certificates by server name, replaced while serving."""

import logging
import ssl
from collections.abc import Sequence
from typing import NamedTuple

from gateway.config import ConfigError

_log = logging.getLogger(__name__)


class _BadPairError(Exception):
    """A certificate or its key cannot be used; the text names both."""


class _Pair(NamedTuple):
    """A certificate as it was last read."""

    names: frozenset[str]
    context: ssl.SSLContext


class Certificates:
    """The current contexts; ``reload`` swaps each pair or keeps what it was."""

    def __init__(self, certificates: Sequence[str], keys: Sequence[str]) -> None:
        """Load the pairs; the first is for clients that name no host we know.

        Raises:
            ConfigError
        """
        self._files = list(zip(certificates, keys, strict=True))
        try:
            self._pairs = [_load(*files) for files in self._files]
        except _BadPairError as error:
            raise ConfigError(f"tls: {error}") from None
        # The listener keeps this one; each handshake takes its certificate from the current.
        self.context = self._pairs[0].context
        self.context.sni_callback = self._choose

    def reload(self) -> None:
        """Read the files again; a bad pair stays as it was, and the log names it."""
        read = 0
        for number, files in enumerate(self._files):
            try:
                self._pairs[number] = _load(*files)
            except _BadPairError as error:
                _log.error("this certificate stays as it was: %s", error)
            else:
                read += 1
        _log.info("%d of %d certificates read again", read, len(self._files))

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        chosen = self._pairs[0].context
        for names, context in self._pairs:
            if name is not None and _matches(name.lower(), names):
                chosen = context
                break
        connection.context = chosen


def _load(certificate: str, key: str) -> _Pair:
    """Read one pair.

    Raises:
        _BadPairError
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An empty password instead of OpenSSL's question on the terminal.
        context.load_cert_chain(certificate, key, password="")
        return _Pair(_names_of(certificate), context)
    except (OSError, ValueError) as error:
        raise _BadPairError(f"{certificate} with {key}: {error}") from None


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
