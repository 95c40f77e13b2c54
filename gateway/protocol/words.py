"""User metadata beyond US-ASCII: words of RFC 2047, in and out.

Source: User Guide, "Working with object metadata"; RFC 2047.  Which of its
two encodings S3 takes, and what it leaves as it is, recordings show
(LocalStack's test_user_metadata_rfc2047_encoded and
test_post_object_with_unicode_metadata); every one is what JavaMail's
``MimeUtility`` makes of the text, whose rule for long ones is taken too.  Ends of
lines, which it leaves and no header can have, are encoded here.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Final

WORD_BYTES_MAX: Final = 63  # of an encoded text in UTF-8: with its frame of 12, RFC 2047's 75

_ODD: Final = re.compile(r"[^\t\x20-\x7e]")
_SPACES: Final = re.compile(r"([ \t\r\n]+)")
_WORD: Final = re.compile(r"=\?([^?*]*)(?:\*[^?]*)?\?([BbQq])\?(.*?)\?=(.*)\Z", re.ASCII)
_CHARSET: Final = re.compile(r"utf-8|us-ascii|iso-8859-(?:[1-9]|1[0-6])", re.IGNORECASE)
_ESCAPED: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SPECIAL: Final = b"=_?"  # section 4.2
_Q: Final = [
    "_" if byte == 0x20
    else chr(byte) if 0x20 < byte < 0x7F and byte not in _SPECIAL
    else f"={byte:02X}"
    for byte in range(256)
]  # fmt: skip


def encode(text: str) -> str:
    """A text as a header can hold it: itself, or words that stand for it."""
    if text.isascii() and text.isprintable():
        return text
    odd = sum(1 + (char > "\uffff") for char in _ODD.findall(text))  # as UTF-16 counts
    if not odd:
        return text
    size = len(text.encode("utf-16-le")) // 2
    form = "Q" if size - odd > odd else "B"
    return " ".join([f"=?UTF-8?{form}?{word}?=" for word in _words(text, form)])


def _words(text: str, form: str) -> list[str]:
    """The text as words none of which is too long: it is halved until they fit."""
    raw = text.encode()
    word = "".join([_Q[byte] for byte in raw]) if form == "Q" else b64encode(raw).decode()
    if len(word) <= WORD_BYTES_MAX or len(text) == 1:
        return [word]
    units = text.encode("utf-16-be")
    half = len(units) // 4 * 2
    if 0xD8 <= units[half - 2] <= 0xDB:
        half -= 2  # not inside a pair of surrogates
    first, last = units[:half].decode("utf-16-be"), units[half:].decode("utf-16-be")
    return [*(_words(first, form) if first else ()), *_words(last, form)]


def decode(text: str) -> str:
    """What a header's text stands for; what is no encoded word stays as it is."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    was_word, space = False, ""
    for number, token in enumerate(_SPACES.split(text)):
        if number % 2:
            space = token
            continue
        decoded = _decode_word(token)
        if not (was_word and decoded is not None):  # between two words space means nothing
            pieces.append(space)
        pieces.append(token if decoded is None else decoded)
        was_word, space = decoded is not None, ""
    return "".join(pieces)


def _decode_word(token: str) -> str | None:
    found = _WORD.match(token)
    if found is None or not token.isascii() or not _CHARSET.fullmatch(found[1]):
        return None
    raw = found[3].encode()
    if found[2] in "Qq":
        raw = _ESCAPED.sub(lambda one: bytes((int(one[1], 16),)), raw.replace(b"_", b" "))
    else:
        raw = _decode_base64(found[3])
    try:
        return raw.decode(found[1], "replace") + found[4]
    except LookupError:
        return None  # a part of ISO 8859 that there is not


def _decode_base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        # Recorded once (test_user_metadata_rfc2047_bad_b64_encoded): what is no digit is the
        # last one, and what makes no whole group is dropped.
        digits = [_BASE64.find(char) & 63 for char in text]
        whole = digits[: len(digits) // 4 * 4]
        groups = zip(*[iter(whole)] * 4, strict=True)
        return b"".join(
            [((a << 18) | (b << 12) | (c << 6) | d).to_bytes(3, "big") for a, b, c, d in groups]
        )
