"""PostObject: a browser's form that uploads one file.

Source: API Reference, "POST Object".
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec

from gateway.bodies import read_promises
from gateway.call import Answer, Call
from gateway.iam.acl import Grants
from gateway.operations.common import (
    attributes_of,
    checksum_members,
    new_version_id,
    quoted,
    write_condition,
)
from gateway.operations.encryption import encryption_members, wish_of
from gateway.operations.grants import for_object
from gateway.operations.lifecycle import expiration_of
from gateway.operations.stored import as_text
from gateway.protocol import types as t
from gateway.protocol.plan import XML
from gateway.protocol.xml import escape
from gateway.registry import operation
from sigv4 import FormFile
from sigv4.encoding import encode
from sigv4.form import AFTER_FILE_BYTES_MAX
from storage.errors import EntityTooLarge
from storage.objects import OBJECT_BYTES_MAX
from storage.records import Attributes

# What S3 answers to a field that says none of these.
STATUS: Final = 204
STATUSES: Final = {"200": 200, "201": 201, "204": 204}
_NOT_LATIN: Final = re.compile(r"[^\x00-\xff]")
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_OF_URLS: Final = ":/?#[]@!$&'()*+,;=%~"


@operation("PostObject", "s3:PutObject", refused=("write_offset_bytes",))
async def post_object(call: Call, ask: t.PutObjectRequest) -> Answer:
    """Source: API Reference, "POST Object"."""
    file = _file(call)
    owner, acl = for_object(call, ask)
    expected = file.parser.expected_size
    if expected is not None and expected > OBJECT_BYTES_MAX + AFTER_FILE_BYTES_MAX:
        raise EntityTooLarge(expected, OBJECT_BYTES_MAX)
    put = await call.services.objects.put(
        call.bucket,
        call.key,
        call.body,
        attributes=_attributes(call, ask, acl),
        owner=owner,
        promises=read_promises(call.headers),
        condition=write_condition(ask),
        wish=await wish_of(call, ask),
    )
    call.seen = put
    output = t.PutObjectOutput(
        expiration=await expiration_of(call, put),
        etag=quoted(put.etag),
        version_id=new_version_id(put),
        **checksum_members(put.checksum),
        **encryption_members(t.PutObjectOutput, put.encryption, ask),
    )
    return _answer(call, file.fields, output)


def _attributes(call: Call, ask: t.PutObjectRequest, acl: Grants | None) -> Attributes:
    """The fields' text as headers in ISO-8859-1, in which S3 leaves a space for any other.

    Source: a recording of S3, LocalStack's test_post_object_with_unicode_metadata.
    """
    made = attributes_of(call, ask, acl)
    if all(text.isascii() for text in made.headers.values()):
        return made
    headers = {
        name: as_text(_NOT_LATIN.sub(" ", text).encode("latin-1"))
        for name, text in made.headers.items()
    }
    return msgspec.structs.replace(made, headers=headers)


def _file(call: Call) -> FormFile:
    assert call.verified is not None, "no handler without a verified request"
    payload = call.verified.payload
    assert isinstance(payload, FormFile), "routed as a form"
    return payload


def _answer(call: Call, fields: Mapping[str, str], output: t.PutObjectOutput) -> Answer:
    assert output.etag is not None, "every object has one"
    redirect = fields.get("success_action_redirect", fields.get("redirect"))
    target = _redirect(redirect, call, output.etag) if redirect is not None else None
    if target is not None:
        return Answer(output, b"", 303, [(b"location", target.encode())])
    location = _location(call)
    headers = [(b"location", location.encode())]
    status = STATUSES.get(fields.get("success_action_status", ""), STATUS)
    if status != 201:
        return Answer(output, b"", status, headers)
    members = {
        "Location": location,
        "Bucket": call.bucket.record.name,
        "Key": call.key.decode(),
        "ETag": output.etag,
    }
    inner = "".join([f"<{name}>{escape(text)}</{name}>" for name, text in members.items()])
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'
    headers.append((b"content-type", XML))
    return Answer(output, document.encode(), status, headers)


def _location(call: Call) -> str:
    """The object's URL, by the host that the form was sent to; in it a key has no slash."""
    assert call.target is not None, "routed by its target"
    scheme = "https" if call.secure else "http"
    path = encode(call.key).decode()
    if not call.target.virtual_host:
        path = f"{call.target.bucket}/{path}"
    return f"{scheme}://{call.host}/{path}"


def _redirect(url: str, call: Call, etag: str) -> str | None:
    """Where the browser goes, told what was made; None if S3 would not take it for a URL."""
    if _NOT_IN_URL.search(url):
        return None
    try:
        parts = urlsplit(quote(url, safe=_OF_URLS))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    told = {"bucket": call.bucket.record.name, "key": call.key, "etag": etag}
    query = "&".join(filter(None, (parts.query, urlencode(told, quote_via=quote, safe=""))))
    return urlunsplit(parts._replace(query=query))
