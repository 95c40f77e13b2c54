"""Whose word is believed about a request's host, scheme and client."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ConfigError, load
from gateway.exchange import HeaderList
from gateway.forwarding import HOPS_MAX, Forwarding, address_of
from gateway.peers import Peers, is_among

PROXY = "10.0.0.1"
CLIENT = "192.0.2.7"
TRUSTED = (Peers.parse("10.0.0.0/8"), Peers.parse("fd00::/8"), Peers.parse("unix"))


class Received:
    """An exchange of which only its head matters."""

    method = "GET"
    target = b"/"
    content_length: int | None = None
    has_body = False
    header_bytes = 0
    received = 0

    def __init__(self, remote: str, headers: dict[str, str] | HeaderList) -> None:
        pairs = headers.items() if isinstance(headers, dict) else headers
        self.headers: HeaderList = [
            (b"Host", b"backend:9000"),
            *((_bytes(name), _bytes(value)) for name, value in pairs),
        ]
        self.remote = remote
        self.secure = False
        self.tls_version: str | None = None
        self.hosts: tuple[bytes, ...] = ()
        self.tls: tuple[str, str] | None = None

    async def read(self) -> bytes:
        return b""


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


Seen = tuple[str, bool, str, tuple[str, ...]]


def seen(
    headers: dict[str, str] | HeaderList, *, header: str = "x-forwarded", remote: str = PROXY
) -> Seen:
    """Host, scheme, client and the other spellings of the host."""
    exchange = Received(remote, headers)
    Forwarding(TRUSTED, header).apply(exchange)
    host = dict(exchange.headers)[b"Host"].decode()
    hosts = tuple(host.decode() for host in exchange.hosts)
    return host, exchange.secure, exchange.remote, hosts


UNTOUCHED: Seen = ("backend:9000", False, PROXY, ())
ALL = {
    "X-Forwarded-Host": "s3.example.com",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": CLIENT,
    "X-Forwarded-Port": "8443",
    "Forwarded": "for=198.51.100.1;host=evil.example;proto=https",
}


def test_a_trusted_proxy_is_believed() -> None:
    assert seen(ALL) == (
        "s3.example.com",
        True,
        CLIENT,
        ("s3.example.com:8443", "backend:9000"),
    )


@pytest.mark.parametrize("remote", [CLIENT, "11.0.0.1", "::1", "fc00::1"])
@pytest.mark.parametrize("header", ["x-forwarded", "forwarded"])
def test_x_forwarded_host_untrusted(remote: str, header: str) -> None:
    """GHSA-fc6g-2gcp-2qrq: nothing is believed of anyone else."""
    assert seen(ALL, header=header, remote=remote) == ("backend:9000", False, remote, ())


def test_nobody_is_trusted_unless_listed() -> None:
    exchange = Received(PROXY, ALL)
    Forwarding((), "x-forwarded").apply(exchange)
    assert (exchange.remote, exchange.secure, exchange.hosts) == (PROXY, False, ())


def test_a_proxy_on_a_unix_socket_is_listed_by_that_word() -> None:
    assert seen(ALL, remote="")[2] == CLIENT
    assert is_among("", TRUSTED)
    assert not is_among("", TRUSTED[:2])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, UNTOUCHED, id="nothing said"),
        pytest.param(
            {"X-Forwarded-Host": "evil.example, s3.example.com"},
            ("s3.example.com", False, PROXY, ("backend:9000",)),
            id="what a client claims stands before the proxy's word",
        ),
        pytest.param(
            {"X-Forwarded-For": f"1.2.3.4, {CLIENT}, 10.0.0.9"},
            ("backend:9000", False, CLIENT, ()),
            id="the client is the last address that no proxy of ours has",
        ),
        pytest.param(
            {"X-Forwarded-For": "10.0.0.8, 10.0.0.9"},
            ("backend:9000", False, "10.0.0.8", ()),
            id="a client that is a proxy of ours",
        ),
        pytest.param(
            {"X-Forwarded-For": "1.2.3.4, unknown"}, UNTOUCHED, id="an address nobody knows"
        ),
        pytest.param(
            {"X-Forwarded-For": "1.2.3.4, unknown, 10.0.0.9"},
            ("backend:9000", False, "10.0.0.9", ()),
            id="a chain that breaks off",
        ),
        pytest.param(
            {"X-Forwarded-For": f"{CLIENT}:4711"},
            ("backend:9000", False, CLIENT, ()),
            id="an address with a port",
        ),
        pytest.param(
            {"X-Forwarded-For": "[2001:db8::7]:4711"},
            ("backend:9000", False, "2001:db8::7", ()),
            id="an address of version 6 with a port",
        ),
        pytest.param(
            {"X-Forwarded-Port": "8443"}, UNTOUCHED, id="a port beside a host that has one"
        ),
        pytest.param({"X-Forwarded-Proto": "gopher"}, UNTOUCHED, id="a scheme we do not speak"),
        pytest.param({"X-Forwarded-Host": "a b"}, UNTOUCHED, id="no host"),
        pytest.param({"X-Forwarded-Host": "x/../y"}, UNTOUCHED, id="a path for a host"),
        pytest.param({"X-Forwarded-Host": ""}, UNTOUCHED, id="an empty host"),
        pytest.param(
            {"X-Forwarded-Host": "[2001:db8::1]:9000", "X-Forwarded-Port": "1"},
            ("[2001:db8::1]:9000", False, PROXY, ("backend:9000",)),
            id="a host that is an address, with its port",
        ),
    ],
)
def test_what_x_forwarded_headers_say(headers: dict[str, str], expected: Seen) -> None:
    assert seen(headers) == expected


def test_a_port_completes_a_host_that_came_through() -> None:
    exchange = Received(PROXY, {"X-Forwarded-Port": "8443"})
    exchange.headers = [(b"host", b"s3.example.com"), *exchange.headers[1:]]
    Forwarding(TRUSTED, "x-forwarded").apply(exchange)
    assert exchange.hosts == (b"s3.example.com:8443",)


def test_headers_of_several_lines_are_one_list() -> None:
    lines = [(b"X-Forwarded-For", CLIENT.encode()), (b"x-forwarded-for", b"10.0.0.9")]
    assert seen(lines)[2] == CLIENT


def test_long_lists_are_looked_at_from_their_end() -> None:
    chain = ", ".join([CLIENT] + ["10.0.0.9"] * HOPS_MAX)
    assert seen({"X-Forwarded-For": chain})[2] == "10.0.0.9"
    chain = ", ".join([f"for={CLIENT}"] + ["for=10.0.0.9"] * HOPS_MAX)
    assert seen({"Forwarded": chain}, header="forwarded")[2] == "10.0.0.9"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            f'for={CLIENT};proto=https;host="s3.example.com:8443"',
            ("s3.example.com:8443", True, CLIENT, ("backend:9000",)),
            id="one proxy",
        ),
        pytest.param(
            'For="[2001:db8::7]:4711" ; PROTO=http',
            ("backend:9000", False, "2001:db8::7", ()),
            id="names in any case, an address in quotes",
        ),
        pytest.param(
            f"for=1.2.3.4;host=evil, for={CLIENT};host=public;proto=https, "
            'for="10.0.0.9";host=inner',
            ("public", True, CLIENT, ("backend:9000",)),
            id="as far as proxies of ours go",
        ),
        pytest.param(
            'for=10.0.0.9;host="a\\"b", for=10.0.0.8;host=inner',
            ("inner", False, "10.0.0.9", ("backend:9000",)),
            id="a host that is none",
        ),
        pytest.param("for=_hidden;host=h", ("h", False, PROXY, ("backend:9000",)), id="obscured"),
        pytest.param("for=unknown", UNTOUCHED, id="unknown"),
        pytest.param("for", UNTOUCHED, id="no value"),
        pytest.param("for=1.2.3.4;for=1.2.3.5", UNTOUCHED, id="twice"),
        pytest.param('for="1.2.3.4', UNTOUCHED, id="an open quote"),
        pytest.param("for=1.2.3.4;", UNTOUCHED, id="nothing after the semicolon"),
        pytest.param("for=1.2.3.4 host=h", UNTOUCHED, id="no semicolon"),
        pytest.param("", UNTOUCHED, id="empty"),
        pytest.param('by="a,b;c";for=1.2.3.4', ("backend:9000", False, "1.2.3.4", ()), id="commas"),
    ],
)
def test_what_forwarded_says(value: str, expected: Seen) -> None:
    headers = {"Forwarded": value, **{k: v for k, v in ALL.items() if k != "Forwarded"}}
    assert seen(headers, header="forwarded") == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b'"' + b'\\"' * 20_000, id="a quote that does not end"),
        pytest.param(b'for="' + b'\\"' * 20_000, id="a value that does not end"),
        pytest.param(b'"\\"' * 13_000 + b'"', id="many quotes"),
        pytest.param(b"," * 40_000, id="empty elements"),
        pytest.param(b"for=" * 10_000, id="no pairs"),
        pytest.param(b"a" * 40_000 + b"=" + b" " * 40_000 + b"x", id="white space"),
    ],
)
def test_a_long_forwarded_header_is_looked_at_once(value: bytes) -> None:
    """Anybody may send it, and the event loop waits: looked at once it takes milliseconds."""
    began = time.process_time()
    assert seen([(b"Forwarded", value)], header="forwarded") == UNTOUCHED
    assert time.process_time() - began < 1


@pytest.mark.parametrize("rest", [b"for=1.2.3.4;host=h", b'for=1.2.3.4;host="h"'])
def test_after_a_quote_left_open_nothing_is_believed(rest: bytes) -> None:
    """It may have been meant to end in what the proxy added."""
    lines = [(b"Forwarded", b'for="'), (b"Forwarded", rest)]
    assert seen(lines, header="forwarded") == UNTOUCHED


def test_empty_elements_count_for_nothing() -> None:
    """RFC 9110, section 5.6.1.2."""
    assert seen({"Forwarded": f"for={CLIENT},,"}, header="forwarded")[2] == CLIENT


def test_only_the_header_that_was_chosen_is_believed() -> None:
    assert seen(ALL)[0] == "s3.example.com"
    assert seen(ALL, header="forwarded")[0] == "evil.example"


@given(st.binary(max_size=100), st.sampled_from(["x-forwarded", "forwarded"]))
def test_whatever_a_proxy_says_an_address_stays_one(value: bytes, header: str) -> None:
    names = (b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Port", b"Forwarded")
    exchange = Received(PROXY, [(name, value) for name in names])
    Forwarding(TRUSTED, header).apply(exchange)
    assert address_of(exchange.remote.encode()) == exchange.remote
    assert b"\n" not in dict(exchange.headers)[b"Host"]


@pytest.mark.parametrize(
    ("text", "remote", "listed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("::/0", "10.0.0.1", False),
        ("unix", "", True),
        ("127.0.0.1", "", False),
    ],
)
def test_peers(text: str, remote: str, listed: bool) -> None:
    assert is_among(remote, (Peers.parse(text),)) is listed
    assert str(Peers.parse(str(Peers.parse(text)))) == str(Peers.parse(text))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"trusted_proxies": ("10.0.0.1/8",)}, "'10.0.0.1/8' is no address, network or unix"),
        ({"trusted_proxies": ("proxy.example",)}, "no address, network or unix"),
        ({"proxy_protocol_from": ("",)}, "no address, network or unix"),
        ({"public_hosts": ("https://s3.example.com",)}, "not HOST or HOST:PORT"),
        ({"public_hosts": tuple(f"h{n}" for n in range(9))}, "public_hosts: more than 8"),
        ({"forwarded_header": ("both",)}, "not one of x-forwarded, forwarded"),
        ({"explain_in_answer": ("yes",)}, "not one of off, on"),
    ],
)
def test_settings_that_cannot_be(flags: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(flags, {}, None)
    assert said in str(caught.value)


def test_settings_of_proxies() -> None:
    flags = {
        "trusted_proxies": ("10.0.0.0/8", "unix"),
        "public_hosts": ("s3.example.com:8443", "[2001:db8::1]:9000", "localhost"),
    }
    config = load(flags, {"SIGNET_PROXY_PROTOCOL_FROM": "10.0.0.1,::1"}, None)
    assert [str(one) for one in config.trusted_proxies] == ["10.0.0.0/8", "unix"]
    assert [str(one) for one in config.proxy_protocol_from] == ["10.0.0.1/32", "::1/128"]
