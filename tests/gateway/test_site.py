"""A bucket's website: pages, folders, redirects and errors, in HTML, for everybody.

The pages of errors are S3's own: LocalStack's recordings of
TestS3StaticWebsiteHosting; the rest is the User Guide's "Hosting a static website".
"""

import json
import re
from collections.abc import AsyncIterator
from typing import Final

import pytest

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from tests.gateway.accesslogs import read_line
from tests.gateway.inside import KEY, ask, furnished, open_to_all, put_document

DOMAIN: Final = "website.example"
HOST: Final = f"bucket.{DOMAIN}"
INDEX: Final = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
ERROR: Final = "<ErrorDocument><Key>error.html</Key></ErrorDocument>"
PAGES: Final = {
    "index.html": b"index",
    "photos/index.html": b"photos",
    "photos/a%20b.html": b"a b",
    "plain.txt": b"plain",
}


@pytest.fixture
async def app() -> AsyncIterator[App]:
    targets = ["/bucket", "/other"]
    async with furnished(*targets, website_domains=DOMAIN) as made:
        for key, content in PAGES.items():
            headers: HeaderList = [(b"content-type", b"text/html")]
            reply = await ask(made, "PUT", f"/bucket/{key}", [content], headers=headers)
            assert reply.status == 200
        yield made


async def configure(app: App, inside: str) -> None:
    document = f"<WebsiteConfiguration>{inside}</WebsiteConfiguration>"
    assert (await put_document(app, "/bucket?website", document)).status == 200


def rule(condition: str = "", **redirect: str) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in redirect.items())
    condition = f"<Condition>{condition}</Condition>" if condition else ""
    return f"<RoutingRule>{condition}<Redirect>{inside}</Redirect></RoutingRule>"


def prefix(text: str) -> str:
    return f"<KeyPrefixEquals>{text}</KeyPrefixEquals>"


def error(status: int) -> str:
    return f"<HttpErrorCodeReturnedEquals>{status}</HttpErrorCodeReturnedEquals>"


def rules(*each: str) -> str:
    return f"<RoutingRules>{''.join(each)}</RoutingRules>"


async def visit(
    app: App, path: str, method: str = "GET", headers: HeaderList = (), host: str = HOST
) -> Reply:
    return await ask(open_to_all(app), method, path, headers=headers, key=None, host=host)


def content(reply: Reply) -> bytes:
    assert isinstance(reply.body, bytes)
    return reply.body


def location(reply: Reply) -> tuple[int, str | None]:
    return reply.status, dict(reply.headers).get(b"location", b"").decode() or None


def recorded(status: str, *items: str, nested: tuple[str, ...] = ()) -> str:
    """S3's page, as it was recorded; what differs each time is <>."""
    listed = "".join(f"<li>{item}</li>\n" for item in (*items, "RequestId: <>", "HostId: <>"))
    more = ""
    if nested:
        inside = "".join(f"<li>{item}</li>\n" for item in nested)
        more = (
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
            f"<ul>\n{inside}</ul>\n"
        )
    return (
        f"<html>\n<head><title>{status}</title></head>\n<body>\n<h1>{status}</h1>\n"
        f"<ul>\n{listed}</ul>\n{more}<hr/>\n</body>\n</html>\n"
    )


def shown(reply: Reply) -> str:
    text = (content(reply)).decode()
    assert (b"content-type", b"text/html; charset=utf-8") in reply.headers
    return re.sub(r"(RequestId|HostId): [0-9A-Za-z]+", r"\1: <>", text)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", b"index"),
        ("/index.html", b"index"),
        ("/photos/", b"photos"),
        ("/photos/a%20b.html", b"a b"),
        ("/plain.txt", b"plain"),
        ("/plain.txt?versionId=x&acl", b"plain"),
    ],
)
async def test_a_page_is_an_object(app: App, path: str, expected: bytes) -> None:
    await configure(app, INDEX)
    reply = await visit(app, path)
    assert (reply.status, content(reply)) == (200, expected)
    assert (b"content-type", b"text/html") in reply.headers
    head = await visit(app, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert (b"content-length", b"%d" % len(expected)) in head.headers


async def test_a_folder_without_its_slash_is_found_with_it(app: App) -> None:
    await configure(app, INDEX)
    assert location(await visit(app, "/photos")) == (302, "/photos/")


async def test_a_folder_whose_name_begins_with_a_slash_is_no_other_host(app: App) -> None:
    assert (await ask(app, "PUT", "/bucket//host.example/index.html", [b"x"])).status == 200
    await configure(app, INDEX)
    assert location(await visit(app, "//host.example")) == (302, "/%2Fhost.example/")
    assert (await visit(app, "/%2Fhost.example/")).status == 200


async def test_conditions_and_ranges_are_those_of_getobject(app: App) -> None:
    await configure(app, INDEX + ERROR)
    etag = dict((await visit(app, "/")).headers)[b"etag"]
    reply = await visit(app, "/", headers=[(b"if-none-match", etag)])
    assert (reply.status, reply.body) == (304, b"")
    reply = await visit(app, "/", headers=[(b"range", b"bytes=1-2")])
    assert (reply.status, content(reply)) == (206, b"nd")
    since: HeaderList = [(b"if-modified-since", b"Fri, 01 Jan 2100 00:00:00 GMT")]
    assert (await visit(app, "/", headers=since)).status == 304


async def test_what_is_missing_is_said_in_html(app: App) -> None:
    await configure(app, INDEX)
    for path, key in (("/none", "none"), ("/none/", "none/index.html")):
        reply = await visit(app, path)
        assert reply.status == 404
        assert shown(reply) == recorded(
            "404 Not Found",
            "Code: NoSuchKey",
            "Message: The specified key does not exist.",
            f"Key: {key}",
        )
        assert (b"x-amz-error-code", b"NoSuchKey") in reply.headers
    head = await visit(app, "/none", "HEAD")
    assert (head.status, head.body) == (404, b"")


async def test_a_key_is_no_html(app: App) -> None:
    await configure(app, INDEX)
    text = shown(await visit(app, "/%3Cscript%3Ealert(1)%3C/script%3E"))
    assert "<script>" not in text
    assert "Key: &lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_an_error_document_is_shown_with_the_errors_status(app: App) -> None:
    await configure(app, INDEX + ERROR)
    reply = await visit(app, "/none")
    assert shown(reply) == recorded(
        "404 Not Found",
        "Code: NoSuchKey",
        "Message: The specified key does not exist.",
        "Key: none",
        nested=(
            "Code: NoSuchKey",
            "Message: The specified key does not exist.",
            "Key: error.html",
        ),
    )
    assert (await ask(app, "PUT", "/bucket/error.html", [b"sorry"])).status == 200
    for headers in ((), [(b"if-match", b'"x"'), (b"range", b"bytes=1-")]):
        reply = await visit(app, "/none", headers=headers)
        assert (reply.status, content(reply)) == (404, b"sorry")


async def test_no_bucket_and_no_website_are_said_in_html(app: App) -> None:
    reply = await visit(app, "/", host=f"nobodys.{DOMAIN}")
    assert reply.status == 404
    assert shown(reply) == recorded(
        "404 Not Found",
        "Code: NoSuchBucket",
        "Message: The specified bucket does not exist",
        "BucketName: nobodys",
    )
    reply = await visit(app, "/k")
    assert reply.status == 404
    assert shown(reply) == recorded(
        "404 Not Found",
        "Code: NoSuchWebsiteConfiguration",
        "Message: The specified bucket does not have a website configuration",
        "BucketName: bucket",
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_website_is_only_read(app: App, method: str) -> None:
    await configure(app, INDEX)
    reply = await visit(app, "/index.html", method)
    assert reply.status == 405
    assert shown(reply) == recorded(
        "405 Method Not Allowed",
        "Code: MethodNotAllowed",
        "Message: The specified method is not allowed against this resource.",
        f"Method: {method}",
        "ResourceType: OBJECT",
    )
    assert (await ask(app, "HEAD", "/bucket/index.html")).status == 200


async def test_whoever_signs_is_nobody_here(app: App) -> None:
    """The owner may read the object, but not by this door: User Guide, "Website endpoints"."""
    await configure(app, INDEX)
    reply = await ask(app, "GET", "/index.html", host=HOST, key=KEY)
    assert reply.status == 403
    assert "<li>Code: AccessDenied</li>" in shown(reply)


async def test_all_requests_go_elsewhere(app: App) -> None:
    everything = "<RedirectAllRequestsTo><HostName>a.example</HostName>{}</RedirectAllRequestsTo>"
    await configure(app, everything.format(""))
    assert location(await visit(app, "/a%20b/c?d=e")) == (301, "http://a.example/a%20b/c?d=e")
    await configure(app, everything.format("<Protocol>https</Protocol>"))
    assert location(await visit(app, "/")) == (301, "https://a.example/")


@pytest.mark.parametrize(
    ("path", "rule_", "expected"),
    [
        # The User Guide's examples.
        (
            "/docs/a.html",
            rule(prefix("docs/"), ReplaceKeyPrefixWith="documents/"),
            (301, f"http://{HOST}/documents/a.html"),
        ),
        (
            "/images/x.png",
            rule(prefix("images/"), ReplaceKeyWith="folderdeleted.html"),
            (301, f"http://{HOST}/folderdeleted.html"),
        ),
        (
            "/photos2/none",
            rule(error(404), HostName="ec2.example", ReplaceKeyPrefixWith="report-404/"),
            (301, "http://ec2.example/report-404/photos2/none"),
        ),
        (
            "/docs/none",
            rule(prefix("docs/") + error(404), HttpRedirectCode="302", Protocol="https"),
            (302, f"https://{HOST}/docs/none"),
        ),
        ("/plain.txt", rule(error(404), HostName="never"), (200, None)),
        ("/none", rule(error(403), HostName="never"), (404, None)),
        ("/none", rule(prefix("docs/"), HostName="never"), (404, None)),
        ("/any", rule(HostName="all.example"), (301, "http://all.example/any")),
        (
            "/docs/%C3%BC%0A",
            rule(prefix("docs/"), ReplaceKeyPrefixWith=""),
            (301, f"http://{HOST}/%C3%BC%0A"),
        ),
    ],
)
async def test_a_routing_rule_leads_elsewhere(
    app: App, path: str, rule_: str, expected: tuple[int, str | None]
) -> None:
    # In the schema's order: host, code, protocol, prefix, key; ours may stand in any.
    await configure(app, INDEX + rules(rule_))
    assert location(await visit(app, path)) == expected


async def test_the_first_rule_that_fits_is_taken(app: App) -> None:
    await configure(
        app,
        INDEX
        + rules(
            rule(prefix("a/b/"), HostName="first"),
            rule(prefix("a/"), HostName="second"),
            rule(error(404), HostName="third"),
        ),
    )
    for path, host in (("/a/b/c", "first"), ("/a/c", "second"), ("/c", "third")):
        assert location(await visit(app, path)) == (301, f"http://{host}{path}")


async def test_an_object_may_lead_elsewhere_on_websites_alone(app: App) -> None:
    await configure(app, INDEX)
    headers: HeaderList = [(b"x-amz-website-redirect-location", b"/plain.txt")]
    assert (await ask(app, "PUT", "/bucket/moved", [b"x"], headers=headers)).status == 200
    assert location(await visit(app, "/moved")) == (301, "/plain.txt")
    assert location(await visit(app, "/moved", "HEAD")) == (301, "/plain.txt")
    reply = await ask(app, "GET", "/bucket/moved")
    assert (reply.status, content(reply)) == (200, b"x")


async def test_a_website_tells_pages_of_other_origins_what_they_may(app: App) -> None:
    await configure(app, INDEX)
    document = (
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
        "<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"
    )
    assert (await put_document(app, "/bucket?cors", document)).status == 200
    origin: HeaderList = [(b"origin", b"http://a")]
    for reply in (
        await visit(app, "/", headers=origin),
        await visit(app, "/none", headers=origin),
        await visit(app, "/", "OPTIONS", [*origin, (b"access-control-request-method", b"GET")]),
    ):
        assert (b"access-control-allow-origin", b"*") in reply.headers


async def test_a_log_has_the_key_that_was_asked_for(app: App) -> None:
    """Not that of a folder's index or an error document, which were looked for instead."""
    await configure(app, INDEX + ERROR)
    document = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>other</TargetBucket><TargetPrefix/>"
        "</LoggingEnabled></BucketLoggingStatus>"
    )
    assert (await put_document(app, "/bucket?logging", document)).status == 200
    for path in ("/none", "/photos", "/photos/"):
        reply = await visit(app, path)
        assert reply.on_end is not None
        reply.on_end(0, True)
    spool = app.services.access_log
    spool.set_aside()
    [(_, records)] = spool.waiting()
    lines = [read_line(json.loads(record)[-1]) for record in records.splitlines()]
    assert [(one["operation"], one["key"]) for one in lines] == [
        ("WEBSITE.GET.OBJECT", "none"),
        ("WEBSITE.GET.OBJECT", "photos"),
        ("WEBSITE.GET.OBJECT", "photos/index.html"),
    ]


async def test_a_bucket_of_the_domains_own_name_is_no_website(app: App) -> None:
    """Every other host name goes where it went."""
    reply = await ask(app, "GET", "/bucket/index.html", host="website.example.other")
    assert reply.status == 200


async def opened(app: App, *actions: str) -> None:
    """A policy lets everybody do this, and nothing blocks it."""
    assert (await ask(app, "DELETE", "/bucket?publicAccessBlock")).status == 204
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (await put_document(app, "/bucket?policy", policy)).status == 204


async def test_a_policy_opens_pages_and_nothing_else_does(app: App) -> None:
    await configure(app, INDEX)
    assert (await ask(app, "GET", "/", key=None, host=HOST)).status == 403
    await opened(app, "s3:GetObject")
    for path, expected in (("/", (200, b"index")), ("/photos/", (200, b"photos"))):
        reply = await ask(app, "GET", path, key=None, host=HOST)
        assert (reply.status, content(reply)) == expected
    assert location(await ask(app, "GET", "/photos", key=None, host=HOST)) == (302, "/photos/")


async def test_who_may_not_list_is_not_told_what_is_missing(app: App) -> None:
    """Source: API Reference, GetObject, "Permissions": 403 without s3:ListBucket, else 404."""
    await configure(app, INDEX + rules(rule(error(404), HostName="elsewhere")))
    await opened(app, "s3:GetObject")
    reply = await ask(app, "GET", "/none", key=None, host=HOST)
    assert reply.status == 403
    assert "<li>Code: AccessDenied</li>" in shown(reply)
    await opened(app, "s3:GetObject", "s3:ListBucket")
    reply = await ask(app, "GET", "/none", key=None, host=HOST)
    assert location(reply) == (301, "http://elsewhere/none")


async def test_an_error_document_is_shown_to_who_may_not_read_the_page(app: App) -> None:
    await configure(app, INDEX + ERROR)
    assert (await ask(app, "PUT", "/bucket/error.html", [b"sorry"])).status == 200
    assert (await ask(app, "DELETE", "/bucket?publicAccessBlock")).status == 204
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/error.html",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (await put_document(app, "/bucket?policy", policy)).status == 204
    reply = await ask(app, "GET", "/", key=None, host=HOST)
    assert (reply.status, content(reply)) == (403, b"sorry")
