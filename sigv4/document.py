"""A refusal as S3's clients read it: an XML document.

Source: S3 API Reference, "Error responses", "REST error responses".
"""

import re
from typing import Final
from xml.sax.saxutils import escape

from sigv4.errors import SigError

MEDIA_TYPE: Final = "application/xml"

# What XML 1.0 cannot hold, and half a character, which UTF-8 cannot.
_IMPOSSIBLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error_document(error: SigError, *, request_id: str = "") -> bytes:
    """The body of the answer; any XML reader takes it, whatever the client sent."""
    members = [("Code", error.code), ("Message", error.message), *error.fields]
    if request_id:
        members.append(("RequestId", request_id))
    inner = "".join(f"<{name}>{_shown(value)}</{name}>" for name, value in members)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def _shown(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("\ufffd", text), {"\r": "&#xd;"})
