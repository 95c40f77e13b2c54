"""A bucket as a website: on its own host names, for everybody, in HTML.

What a page may be read by is decided as for any other GetObject of somebody
unknown: nothing here opens anything.

Source: User Guide, "Website endpoints", "Configuring an index document",
"Configuring a custom error document", "(Optional) Configuring a webpage
redirect"; recordings of S3, LocalStack's TestS3StaticWebsiteHosting.
"""

from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import quote

from gateway.call import Call
from gateway.configurations import website
from gateway.configurations.website import Place, Site
from gateway.exchange import Exchange, Reply, Stretches
from gateway.failures import Failure, describe
from gateway.protocol.errors import ProtocolError
from sigv4 import Anonymous, Request, read
from sigv4.canonical import origin_form, split_target
from storage.errors import StorageError

_FOUND: Final = 302  # of a folder that was asked for without its slash
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_ALLOW: Final = (b"allow", b"GET, HEAD, OPTIONS")
_REDIRECT: Final = b"x-amz-website-redirect-location"
_HIDDEN: Final = (403, 404)  # S3 tells who may not list that he may not read
# What makes an answer another than the whole object.
_CONDITIONAL: Final = (b"if-", b"range")


class Read(Protocol):
    """How an object is read for anybody."""

    async def __call__(self, call: Call, exchange: Exchange, key: bytes, *, plainly: bool) -> Reply:
        """Raises what GetObject raises."""
        ...


def claim_of(exchange: Exchange, *, plainly: bool) -> Anonymous:
    """The request as nobody's: a website knows no signatures, and nothing but S3's own headers.

    ``plainly`` leaves out conditions and ranges, too.
    """
    headers = [
        (name, value)
        for name, value in exchange.headers
        if not (lower := name.lower()).startswith((b"x-amz-", b"authorization"))
        and not (plainly and lower.startswith(_CONDITIONAL))
    ]
    path, _ = split_target(origin_form(exchange.target))
    claim = read(Request(exchange.method, path, headers), now=0, regions=())
    assert isinstance(claim, Anonymous), "nothing of a signature is left"
    return claim


async def answer(call: Call, exchange: Exchange, get: Read) -> Reply:
    """The answer to a request for a page.

    Raises:
        ProtocolError: MethodNotAllowed, NoSuchWebsiteConfiguration; what GetObject raises
        NoSuchBucket; what GetObject raises
    """
    assert call.target is not None, "set by the pipeline"
    assert call.target.bucket is not None, "a website is a bucket's"
    call.bucket = bucket = await call.services.buckets.find(call.target.bucket)
    site = await call.services.configurations.compiled(bucket, website.KIND, website.compiled)
    if site is None:
        raise ProtocolError("NoSuchWebsiteConfiguration", BucketName=bucket.record.name)
    if exchange.method not in ("GET", "HEAD"):
        raise ProtocolError(
            "MethodNotAllowed",
            headers=(_ALLOW,),
            Method=exchange.method,
            ResourceType="OBJECT",
        )
    path, query = split_target(origin_form(exchange.target))
    if site.redirect_all is not None:
        whole = path + (b"?" + query if query else b"")
        return _redirect(call, exchange, website.MOVED, site.redirect_all, whole.decode("latin-1"))
    key = call.target.key or b""
    routed = _routed(call, exchange, site, key, None)
    if routed is not None:
        return routed
    is_folder = not key or key.endswith(b"/")
    wanted = key + site.index_name.encode() if is_folder else key
    try:
        return await _page_or_redirect(await get(call, exchange, wanted, plainly=False))
    except (ProtocolError, StorageError) as error:
        return await _instead(call, exchange, get, site, key, error)


async def _instead(
    call: Call, exchange: Exchange, get: Read, site: Site, key: bytes, error: Exception
) -> Reply:
    """What to answer where the page itself cannot be: a folder, a rule's redirect, a document."""
    failure = describe(error, call.method)
    asked = call.target  # what the request was about, whatever else is looked for
    if failure.status < 400 or failure.status >= 500:
        raise error
    if failure.status in _HIDDEN and key and not key.endswith(b"/"):
        folder = key + b"/"
        is_there = await _is_there(call, exchange, get, folder + site.index_name.encode())
        call.target = asked
        if is_there:
            return Reply(_FOUND, [(b"location", _path_of(folder).encode())])
    routed = _routed(call, exchange, site, key, failure.status)
    if routed is not None:
        return routed
    if site.error is None:
        raise error
    try:
        reply = await get(call, exchange, site.error.encode(), plainly=True)
    except (ProtocolError, StorageError) as nested:
        call.target = asked
        return page(call, failure, nested=describe(nested, call.method), document=site.error)
    call.target = asked
    reply = await _page_or_redirect(reply)
    if reply.status < 300:
        reply.status = failure.status
    return reply


def _path_of(key: bytes) -> str:
    """A key's path by itself.  Two slashes at the beginning would name another host.

    Source: RFC 3986, section 4.2, "network-path reference".
    """
    path = quote(key)
    return f"/%2F{path[1:]}" if path.startswith("/") else f"/{path}"


async def _is_there(call: Call, exchange: Exchange, get: Read, key: bytes) -> bool:
    try:
        reply = await get(call, exchange, key, plainly=True)
    except (ProtocolError, StorageError):
        return False
    await _close(reply)
    return True


async def _close(reply: Reply) -> None:
    if isinstance(reply.body, Stretches):
        await reply.body.aclose()


async def _page_or_redirect(reply: Reply) -> Reply:
    """The page, or where its object says that it is.  Source: API Reference, PutObject."""
    place = next((value for name, value in reply.headers if name == _REDIRECT), None)
    if place is None:
        return reply
    await _close(reply)
    return Reply(website.MOVED, [(b"location", place)])


def _routed(
    call: Call, exchange: Exchange, site: Site, key: bytes, status: int | None
) -> Reply | None:
    """The redirect by the first rule that says so."""
    text = key.decode()
    route = site.route(text, status)
    if route is None:
        return None
    return _redirect(call, exchange, route.code, route.place, "/" + quote(route.key(text)))


def _redirect(call: Call, exchange: Exchange, status: int, place: Place, path: str) -> Reply:
    url = place.url(call.host, secure=exchange.secure, path=path)
    return Reply(status, [(b"location", url.encode("latin-1", "replace"))])


def page(
    call: Call, failure: Failure, *, nested: Failure | None = None, document: str = ""
) -> Reply:
    """An error in HTML; ``nested`` is why the custom ``document`` could not be had either."""
    title = f"{failure.status} {HTTPStatus(failure.status).phrase}"
    items = [
        ("Code", failure.code),
        ("Message", failure.message),
        *failure.fields,
        ("RequestId", call.request_id),
        ("HostId", call.services.host_id),
    ]
    lines = [
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<h1>{title}</h1>",
        *_listed(items),
    ]
    if nested is not None:
        lines.append(
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>"
        )
        reasons = [("Code", nested.code), ("Message", nested.message)]
        if nested.status == HTTPStatus.NOT_FOUND:
            reasons.append(("Key", document))
        lines += _listed(reasons)
    lines += ["<hr/>", "</body>", "</html>", ""]
    headers = [
        *failure.headers,
        (b"x-amz-error-code", failure.code.encode()),
        (b"x-amz-error-message", failure.message.encode("ascii", "replace")),
        _HTML,
    ]
    body = b"" if call.method == "HEAD" else "\n".join(lines).encode()
    return Reply(failure.status, headers, body)


def _listed(items: Sequence[tuple[str, str]]) -> list[str]:
    inside = [f"<li>{escape(name)}: {escape(text)}</li>" for name, text in items]
    return ["<ul>", *inside, "</ul>"]
