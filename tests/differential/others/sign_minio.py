"""minio-py's signer: a JSON list of requests a line in, their signed forms out.

Run by the Python that has minio: ``.tools/clients-venv/bin/python``.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from minio import signer
from minio.credentials import Credentials


def sign(asked: dict[str, Any]) -> dict[str, Any]:
    """One request."""
    keys = Credentials(asked["access_key"], asked["secret_key"])
    url = urlsplit(f"https://{asked['host']}{asked['target']}")
    moment = datetime.fromtimestamp(asked["now"], UTC)
    headers = {"Host": asked["host"], **dict(asked["headers"])}
    common = {"region": asked["region"], "credentials": keys, "date": moment}
    if asked["expires"]:
        signed = signer.presign_v4(
            method=asked["method"], url=url, expires=asked["expires"], **common
        )
        return {"target": f"{signed.path}?{signed.query}", "headers": list(headers.items())}
    headers["x-amz-content-sha256"] = asked["payload"]
    headers["x-amz-date"] = moment.strftime("%Y%m%dT%H%M%SZ")
    made = signer.sign_v4_s3(
        method=asked["method"],
        url=url,
        headers=headers,
        content_sha256=asked["payload"],
        **common,
    )
    return {"target": asked["target"], "headers": list({**headers, **made}.items())}


for line in sys.stdin:
    print(json.dumps([sign(asked) for asked in json.loads(line)]), flush=True)
