"""Mistakes with the host: a proxy, a port, another name of the server."""

import re
from collections.abc import Iterator
from typing import Final

from sigv4.explain.case import Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import Change, Recipe

PORTS: Final = (b"80", b"443", b"9000", b"8080", b"8443")
LOCAL: Final = (b"localhost", b"127.0.0.1", b"[::1]", b"0.0.0.0", b"host.docker.internal")
NAMES_MAX: Final = 32  # hosts that a request's headers may suggest

# Where proxies say which host they were asked for.
FORWARDED: Final = (
    *(b"x-forwarded-host", b"x-original-host", b"x-host", b"x-forwarded-server"),
    *(b"x-real-host", b"x-envoy-original-host", b"cf-connecting-host", b":authority"),
)
_FORWARDED_HOST: Final = re.compile(rb'host="?([^";,]+)', re.IGNORECASE)
_PORT: Final = re.compile(rb":[0-9]*\Z")


def _named(host: bytes) -> Change:
    return Change(
        f"{host.decode('utf-8', 'replace')!r} was signed as the host", values={b"host": host}
    )


def _hosts(recipe: Recipe, hosts: Iterator[bytes]) -> Iterator[Change]:
    own = recipe.values.get(b"host")
    if b"host" not in recipe.signed:
        return
    for host in dict.fromkeys(hosts):
        if host and host != own:
            yield _named(host)


def _with_ports(case: Case, names: list[bytes]) -> Iterator[bytes]:
    """Each name alone and with every port that is known."""
    own = _PORT.search(case.headers.get(b"host", b""))
    forwarded = case.headers.get(b"x-forwarded-port", b"").partition(b",")[0].strip()
    ports = [own.group()[1:] if own else b"", forwarded, *PORTS]
    for name in names[:NAMES_MAX]:
        yield name
        bare = _PORT.sub(b"", name)
        yield bare
        for port in ports:
            if port:
                yield bare + b":" + port


def _port(case: Case, recipe: Recipe) -> Iterator[Change]:
    yield from _hosts(recipe, _with_ports(case, [case.headers.get(b"host", b"")]))


def _forwarded(case: Case, recipe: Recipe) -> Iterator[Change]:
    names = []
    for header in FORWARDED:
        names += [one.strip() for one in case.headers.get(header, b"").split(b",")]
    names += _FORWARDED_HOST.findall(case.headers.get(b"forwarded", b""))
    for one in names + [name.partition(b"://")[2] for name in names]:
        yield from _hosts(recipe, _with_ports(case, [one.strip()] if one.strip() else []))


def _public(case: Case, recipe: Recipe) -> Iterator[Change]:
    bucket = case.path[1:].partition(b"/")[0]
    names = [host.encode() for host in case.known.hosts]
    names += [bucket + b"." + name for name in names if bucket]
    yield from _hosts(recipe, _with_ports(case, names))


def _local(case: Case, recipe: Recipe) -> Iterator[Change]:
    yield from _hosts(recipe, _with_ports(case, list(LOCAL)))


def _of_aws(case: Case, recipe: Recipe) -> Iterator[Change]:
    """Signed for S3 itself, sent elsewhere."""
    bucket = case.path[1:].partition(b"/")[0]
    region = case.scope.region.encode()
    endpoints = [
        b"s3.amazonaws.com",
        b"s3." + region + b".amazonaws.com",
        b"s3-" + region + b".amazonaws.com",
        b"s3.dualstack." + region + b".amazonaws.com",
        b"s3-accelerate.amazonaws.com",
    ]
    yield from _hosts(recipe, iter(endpoints))
    yield from _hosts(recipe, (bucket + b"." + one for one in endpoints if bucket))


def _styles(case: Case, recipe: Recipe) -> Iterator[Change]:
    """A proxy turned BUCKET.HOST/KEY into HOST/BUCKET/KEY, or the reverse."""
    host = case.headers.get(b"host", b"")
    bucket, _, key = recipe.path[1:].partition(b"/")
    bases = [host, *(name.encode() for name in case.known.hosts)]
    bases += [case.headers.get(b"x-forwarded-host", b"")]
    for base in dict.fromkeys(bases):
        if bucket and base:
            yield _moved(
                base if base.startswith(bucket + b".") else bucket + b"." + base, b"/" + key
            )
    first, dot, rest = host.partition(b".")
    if dot and rest:
        yield _moved(rest, b"/" + first + recipe.path)


def _moved(host: bytes, path: bytes) -> Change:
    shown = f"{host.decode('utf-8', 'replace')!r} and {path.decode('utf-8', 'replace')!r}"
    return Change(f"host {shown} were signed", {"path": path}, {b"host": host})


def _written(case: Case, recipe: Recipe) -> Iterator[Change]:
    host = case.headers.get(b"host", b"")
    path = case.path.partition(b"?")[0]
    spellings = (
        *(host.lower(), host.upper(), host.rstrip(b"."), host + b"."),
        *(b"http://" + host, b"https://" + host, b"https://" + host + path),
        *(host + b"/", host + path),
    )
    yield from _hosts(recipe, iter(spellings))
    if b"host" in recipe.signed:
        yield Change("no host was signed, though it is in the list", values={b"host": None})
        yield Change("an empty host was signed", values={b"host": b""})


_CURE: Final = (
    "Let the proxy keep the Host header (nginx: proxy_set_header Host $http_host), or name it "
    "in public_hosts, or list the proxy in trusted_proxies (docs/proxies.md)."
)

MISTAKES: Final = (
    Mistake("host-port", "The host was signed with another port, or without one.", _CURE, _port),
    Mistake(
        "host-rewritten",
        "A proxy replaced the host that the client signed.",
        _CURE,
        _forwarded,
    ),
    Mistake(
        "host-public",
        "The client signed a public name of the server, and another one arrived.",
        _CURE,
        _public,
    ),
    Mistake(
        "host-local",
        "The client signed a local name, and another one arrived.",
        "Sign for the name that the request is sent to: a presigned URL cannot be moved. " + _CURE,
        _local,
    ),
    Mistake(
        "host-of-aws",
        "The request was signed for Amazon's own endpoint.",
        "Give the client this server's endpoint before it signs.",
        _of_aws,
    ),
    Mistake(
        "host-and-style",
        "Host and path were turned from one addressing style into the other.",
        f"Nothing on the way may move the bucket between host and path. {_CURE}",
        _styles,
    ),
    Mistake(
        "host-written-otherwise",
        "The host was written otherwise for signing.",
        "Sign the Host header exactly as it is sent.",
        _written,
    ),
)
