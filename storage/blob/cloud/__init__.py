"""The blob port on a store elsewhere: S3 and what speaks it, Google, Azure; by obstore.

A blob of up to ``PART_BYTES`` is one object, made by one conditional request.  A
larger one is uploaded in parts, which no store lets be conditional from here: so its
writer first makes, conditionally, an empty object of the blob's name, the claim, and
then the object of the bytes beside it, which only the claim's owner writes
(docs/decisions/0012).

=============  ===============================================================
``store``      the port
``writing``    one request, or a claim and an upload in parts
``reading``    stretches: whole if short, else a stream that is begun again when it breaks
``listing``    blobs out of the names of objects
``settling``   what has to be true before a server starts; whose store it is
``calls``      every call: its deadline, what its failure means
``breaker``    when the store is away: nobody waits, one looks whether it is back
``failures``   what went wrong, in our words
``room``       how much memory uploads may take together
``opening``    from the URL to obstore's stores
``naming``     names of objects
=============  ===============================================================
"""

from storage.blob.cloud.opening import connected
from storage.blob.cloud.settling import check, take
from storage.blob.cloud.store import CloudBlobs

__all__ = ["CloudBlobs", "check", "connected", "take"]
