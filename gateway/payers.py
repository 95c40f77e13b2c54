"""Buckets whose requesters pay: whoever is not the owner has to say that he will.

Source: User Guide, "Using Requester Pays general purpose buckets for storage
transfers and usage", "Downloading objects from Requester Pays buckets".
"""

from typing import Final

from gateway.call import Call
from gateway.configurations import payment
from gateway.protocol.errors import ProtocolError
from storage.rows import BucketRef

_HEADER: Final = "x-amz-request-payer"
CHARGED: Final = (b"x-amz-request-charged", payment.REQUESTER.encode())


async def check_payer(call: Call, bucket: BucketRef) -> None:
    """Refuse who would let the bucket's owner pay though its owner does not.

    To be asked of buckets that have such a document.  Says in the call if it is
    the requester who pays.

    Raises:
        ProtocolError: AccessDenied
    """
    configurations = call.services.configurations
    if not await configurations.compiled(bucket, payment.KIND, payment.compiled):
        return
    principal = call.principal
    if principal is not None and principal.account.id == bucket.record.account:
        return
    if principal is None or not _is_willing(call):
        raise ProtocolError("AccessDenied")
    call.pays = True


def _is_willing(call: Call) -> bool:
    said = call.headers.get(_HEADER.encode())
    if said is not None:
        return said.decode("latin-1").strip().lower() == payment.REQUESTER
    return call.query.get(_HEADER) == payment.REQUESTER  # presigned URLs have it there
