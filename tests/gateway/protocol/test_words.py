"""Words of RFC 2047: what S3 was seen to answer, and what the standard library makes of ours.

Source of the pairs: recordings of S3 of February 2026, LocalStack's
test_user_metadata_rfc2047_encoded, test_user_metadata_rfc2047_bad_b64_encoded,
test_put_unicode_metadata_with_sig_s3 and test_post_object_with_unicode_metadata.
"""

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.words import WORD_BYTES_MAX, decode, encode

RECORDED = {
    "test_—_file%E2%80%94_é_2?.pdf": (
        "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?="
    ),
    "ÄMÄZÕÑ S3": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=",
    "\x00\x01\x02\x03": "=?UTF-8?B?AAECAw==?=",
    "\ufffd" * 7: "=?UTF-8?B?77+977+977+977+977+977+977+9?=",
    "non-ascii-%E2%80%94_—_é_": "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?=",
    "test_—_file%E2%80%94_é_2👑.pdf": (
        "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=F0=9F=91=91.pdf?="
    ),
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t",
    "": "",
}


@pytest.mark.parametrize("text", RECORDED)
def test_as_s3_answers(text: str) -> None:
    assert encode(text) == RECORDED[text]
    assert decode(RECORDED[text]) == text


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
        ("=?UTF-8?B?YWJj?=", "abc"),
        ("=?UTF-8?B?=GGG?=", "\ufffda\ufffd"),
        ("=?utf-8?q?a=20b_c?=", "a b c"),
        ("=?ISO-8859-1?Q?=FC?=", "ü"),
        ("=?UTF-8*de?Q?x?=", "x"),
        ("a =?UTF-8?Q?b?= =?UTF-8?Q?c?=  d", "a bc  d"),
        ("=?UTF-8?Q??=", ""),
        ("=?UTF-8?Q?=F?=", "=F"),
        ("=?no-such?Q?x?=", "=?no-such?Q?x?="),
        ("=?ISO-8859-12?Q?x?=", "=?ISO-8859-12?Q?x?="),
        ("=?UTF-8?X?x?=", "=?UTF-8?X?x?="),
        ("=?UTF-8?Q?x", "=?UTF-8?Q?x"),
        ("=?ü?Q?x?=", "=?ü?Q?x?="),
        ("what=?", "what=?"),
    ],
)
def test_what_a_header_stands_for(sent: str, stored: str) -> None:
    assert decode(sent) == stored


def test_no_line_ends_within_a_header() -> None:
    assert encode("a\r\nb: c") == "=?UTF-8?Q?a=0D=0Ab:_c?="
    assert decode("=?UTF-8?Q?a=0D=0Ab:_c?=") == "a\r\nb: c"


_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(_ANY)
def test_every_text_comes_back(text: str) -> None:
    """The standard library reads it too; what looks like a word already is sent as it is."""
    encoded = encode(text)
    assert encoded.replace("\t", " ").isprintable()
    assert encoded.isascii()
    if encoded != text:
        assert decode(encoded) == text
        assert str(make_header(decode_header(encoded))) == text
        assert all(len(word) <= WORD_BYTES_MAX + 12 for word in encoded.split(" "))


@given(st.text("=?UTF-8QqBb*ü_ \t", max_size=40))
def test_whatever_is_sent_is_some_text(text: str) -> None:
    assert isinstance(encode(decode(text)), str)
