"""Which bucket and key a host and a path stand for.

Source: User Guide, "Virtual hosting of general purpose buckets"; RFC 9110, section
7.2; RFC 3986, section 3.2.2; RFC 9112, section 3.2.
"""

import string
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.addressing import HOSTS_MAX, Addressing, Target
from gateway.protocol.errors import ProtocolError

DOMAIN: Final = "s3.example.com"


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        pytest.param(DOMAIN, None, id="the service's own name"),
        pytest.param(f"bkt.{DOMAIN}", "bkt", id="a bucket's"),
        pytest.param(f"bkt.{DOMAIN}:9000", "bkt", id="with a port"),
        pytest.param(f"bkt.{DOMAIN}:", "bkt", id="with the colon of one"),
        pytest.param(f"bkt.{DOMAIN}.", "bkt", id="from the root on"),
        pytest.param(f"my.own.bkt.{DOMAIN}", "my.own.bkt", id="dots in it"),
        pytest.param(f"Bkt.{DOMAIN.upper()}", "bkt", id="in capitals"),
        pytest.param(f"my_bkt.{DOMAIN}", "my_bkt", id="as old buckets are named"),
        pytest.param("127.0.0.1:9000", None, id="an address"),
        pytest.param("[::1]:9000", None, id="a longer one"),
        pytest.param("[fe80::1%25eth0]", None, id="with a zone"),
        pytest.param("storage_1:9000", None, id="a container's"),
        pytest.param(f"other{DOMAIN}", None, id="not below the domain"),
        pytest.param("a" * 255, None, id="the longest"),
        pytest.param("", None, id="none at all, which the signature's rules refuse"),
    ],
)
def test_a_host(host: str, bucket: str | None) -> None:
    addressing = Addressing((DOMAIN,))
    for _ in range(2):  # the second time from memory
        assert addressing.bucket_of_host(host) == bucket
        expected = Target(None, None, "/") if bucket is None else Target(bucket, None, "/", True)
        assert addressing.resolve(host, b"/") == expected


@pytest.mark.parametrize(
    "host",
    [
        *("a b", f"bkt.{DOMAIN}:abc", f"bkt.{DOMAIN}:9:9", ":9000", "[::1", "[::1]x", "::1", "[]"),
        *("a/b", "user@a", "a?b", "a#b", "a\\b", "a\tb", "a,b", "b\u00fccket", "%", "%zz", '"a"'),
        *("a" * 256, "a\n", "\0"),
    ],
)
@pytest.mark.parametrize("domains", [(), (DOMAIN,)])
def test_what_is_no_host(host: str, domains: tuple[str, ...]) -> None:
    refuse(Addressing(domains), host)


def test_a_name_without_its_first_label_is_no_host() -> None:
    """It would be of a bucket whose name is empty."""
    refuse(Addressing((DOMAIN,)), f".{DOMAIN}")


def refuse(addressing: Addressing, host: str) -> None:
    for _ in range(2):
        assert addressing.bucket_of_host(host) is None
        with pytest.raises(ProtocolError) as caught:
            addressing.resolve(host, b"/bucket/key")
        assert (caught.value.code, caught.value.status) == ("BadRequest", 400)


BUCKETS = st.text(string.ascii_lowercase + string.digits + "-.", min_size=3, max_size=63)


@given(BUCKETS, st.sampled_from(["", ":80", ":9000"]))
def test_both_styles_mean_the_same(bucket: str, port: str) -> None:
    addressing = Addressing((DOMAIN,))
    virtual = addressing.resolve(f"{bucket}.{DOMAIN}{port}", b"/a%20key")
    path = addressing.resolve(f"{DOMAIN}{port}", f"/{bucket}/a%20key".encode())
    assert (virtual.bucket, virtual.key) == (path.bucket, path.key) == (bucket, b"a key")


def test_hosts_beyond_memory_are_still_right() -> None:
    addressing = Addressing((DOMAIN,))
    for number in range(HOSTS_MAX + 10):
        assert addressing.bucket_of_host(f"b{number}.{DOMAIN}") == f"b{number}"
