"""Who a request comes from: what it claims is read, its key found, its signature checked.

The only way to a ``Verified``, for requests and for forms.
"""

from gateway import forms
from gateway.call import Call, Services
from gateway.exchange import Exchange, target_of
from gateway.hosts import check_any_host
from gateway.identities import Known
from sigv4 import (
    Anonymous,
    AnonymousForm,
    Claim,
    ClaimV2,
    FormClaim,
    Request,
    Verified,
    accept_anonymous,
    accept_anonymous_form,
    check_form,
    read,
    read_form,
)


async def authenticate(call: Call, exchange: Exchange) -> Verified:
    """The only way to a Verified; fills in who it is."""
    services = call.services
    request = Request(exchange.method, target_of(exchange), exchange.headers)
    now_ms = services.clock.now_ms()
    bucket_of_host = services.addressing.bucket_of_host if services.sigv2 else None
    claim = read(
        request,
        now=now_ms // 1000,
        regions=services.regions,
        v2_bucket_of_host=bucket_of_host,
    )
    if isinstance(claim, Anonymous):
        return accept_anonymous(claim)
    # What is known already costs no coroutine.
    known = services.identities.cached(claim.unverified_access_key, now_ms, claim.session_token)
    if known is None:
        known = await identify(services, claim, now_ms)
    verified = check_any_host(services, claim, known.secret if known else None, exchange)
    assert known is not None, "else it is refused"
    call.know(known, "s3", now_ms)
    return verified


async def authenticate_form(call: Call, exchange: Exchange) -> Verified:
    """The same for a form, which names its signer in its fields."""
    services = call.services
    assert call.verified is not None, "set by the pipeline"
    assert call.target is not None, "set by the pipeline"
    assert call.target.bucket is not None, "routed to a bucket"
    forms.check_bare(call.verified)
    parser = await forms.read_fields(exchange)
    call.form = parser.form
    now_ms = services.clock.now_ms()
    now = now_ms // 1000
    claim = read_form(parser, now=now, regions=services.regions, with_sigv2=services.sigv2)
    if isinstance(claim, AnonymousForm):
        return accept_anonymous_form(claim)
    known = await identify(services, claim, now_ms)
    verified = check_form(
        claim,
        known.secret if known else None,
        services.key_cache,
        bucket=call.target.bucket,
        now=now,
    )
    assert known is not None, "else it is refused"
    call.know(known, "s3", now_ms)
    return verified


async def identify(
    services: Services, claim: Claim | ClaimV2 | FormClaim, now_ms: int
) -> Known | None:
    """Whose a key is that a request claims to be signed with; None if it is not valid.

    Raises:
        SigError: a session token that is none, or over
        StoreUnavailable: nobody knows
    """
    identities, key_id = services.identities, claim.unverified_access_key
    token = claim.session_token
    known = identities.cached(key_id, now_ms, token)
    return known or await identities.find(key_id, now_ms, token)
