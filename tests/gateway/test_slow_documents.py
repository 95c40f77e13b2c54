"""What is configured while a client takes its time with its document counts when that has come."""

import hashlib

from gateway.iam.acl import ALL_USERS
from tests.gateway.inside import ACCOUNT, Listed, ask, digest_of, furnished, put_document, text_of

BLOCK = (
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
    "</PublicAccessBlockConfiguration>"
)
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
PUBLIC = (
    f"<AccessControlPolicy><Owner><ID>{ACCOUNT.canonical_id}</ID></Owner><AccessControlList>"
    f'<Grant><Grantee {XSI} xsi:type="Group"><URI>{ALL_USERS}</URI></Grantee>'
    "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
)


async def test_public_access_that_is_blocked_before_a_list_is_there_keeps_it_out() -> None:
    """Source: User Guide, "Blocking public access to your Amazon S3 storage", BlockPublicAcls."""
    settings = {"default_object_ownership": "ObjectWriter", "default_public_access_block": "off"}
    async with furnished("/bucket", "/bucket/k", **settings) as app:

        class Slow(Listed):
            async def read(self) -> bytes:
                if self._left:
                    reply = await put_document(app, "/bucket?publicAccessBlock", BLOCK)
                    assert reply.status == 200
                return await super().read()

        body = PUBLIC.encode()
        sha256 = hashlib.sha256(body).hexdigest().encode()
        slow = Slow("PUT", b"/bucket/k?acl", [body], sha256, [digest_of(body)])
        reply = await app.serve(slow)
        assert (reply.status, "AccessDenied" in text_of(reply)) == (403, True)
        assert ALL_USERS not in text_of(await ask(app, "GET", "/bucket/k?acl"))
