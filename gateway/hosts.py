"""Signatures over Host, by any of the names under which a client may know us.

Behind a proxy the name that comes is not the one that was signed (docs/proxies.md).
"""

from contextlib import suppress

from gateway.call import Services
from gateway.exchange import Exchange
from sigv4 import Claim, SigError, Verified, check
from sigv4.sigv2 import ClaimV2


def check_any_host(
    services: Services, claim: Claim | ClaimV2, secret: str | None, exchange: Exchange
) -> Verified:
    """Check the Host as it came, then the other names by which a client may know us.

    A name stands for the same bucket, or it is not tried: what addressing
    has resolved is what was signed.

    Raises:
        SigError: the refusal of the Host as it came.
    """
    try:
        return check(claim, secret, services.key_cache)
    except SigError as error:
        hosts = (*exchange.hosts, *services.public_hosts)
        if error.code != "SignatureDoesNotMatch" or not hosts or not isinstance(claim, Claim):
            raise
        own = claim.headers[b"host"]
        bucket_of = services.addressing.bucket_of_host
        for host in dict.fromkeys(hosts):
            if bucket_of(host.decode("latin-1")) != bucket_of(own.decode("latin-1")):
                continue
            other = claim._replace(headers={**claim.headers, b"host": host})
            with suppress(SigError):
                return check(other, secret, services.key_cache)
        raise
