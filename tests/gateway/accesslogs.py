"""A server access log as its readers take it apart.

The expression follows the field table of the User Guide's "Amazon S3 server
access log format" (27 fields, of which four are quoted or bracketed), not our
writer.
"""

import re
from typing import Final

FIELDS: Final = (
    *("owner", "bucket", "time", "remote", "requester", "request_id", "operation", "key", "uri"),
    *("status", "error", "sent", "size", "total", "own", "referer", "agent", "version"),
    *("host_id", "signature", "cipher", "authentication", "host", "tls", "access_point"),
    *("acl_required", "source_region"),
)
_WORD: Final = r"([^ ]+)"
_QUOTED: Final = r'"([^"]*)"'
_FORMS: Final = {
    "time": r"\[([^\]]*)\]",
    "uri": r'("[^"]*"|-)',  # a part of a request has none
    "referer": _QUOTED,
    "agent": _QUOTED,
}
_LINE: Final = re.compile(" ".join(_FORMS.get(name, _WORD) for name in FIELDS))

assert len(FIELDS) == 27


def read_line(line: str) -> dict[str, str]:
    """The fields by name."""
    found = _LINE.fullmatch(line)
    assert found is not None, line
    return {name: text.strip('"') for name, text in zip(FIELDS, found.groups(), strict=True)}
