"""Random browsers' forms signed by botocore and by us: the same fields to the byte, and accepted.

``python -m tests.differential.forms --requests N``; status 0 if none differs.
"""

import argparse
import copy
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from unittest import mock

import boto3
import botocore.auth
import botocore.signers
from botocore.config import Config

from sigv4 import (
    AnonymousForm,
    Credentials,
    FormParser,
    KeyCache,
    SigError,
    Signer,
    check_form,
    encode_form,
    read_form,
)
from tests.differential.cases import HOST, NOW, REGION, SECRET

_BOUNDARY: Final = b"----boundary"
_TYPE: Final = b"multipart/form-data; boundary=" + _BOUNDARY
_LETTERS: Final = "abcXYZ019-_.~ éß漢🪣!*'();:@&=+$,/?#[]\"<>\\^`{|}%"
_FIELDS: Final = ("acl", "Content-Type", "Cache-Control", "success_action_status", "tagging")


class Form(NamedTuple):
    """What is asked of a signer."""

    key: str
    fields: dict[str, str]
    conditions: list[Any]
    content: bytes
    token: str | None


def _text(draw: random.Random) -> str:
    return "".join(draw.choices(_LETTERS, k=draw.randint(1, 12))).strip() or "a"


def form(draw: random.Random) -> Form:
    """A random form, whose policy allows it."""
    names = [*draw.sample(_FIELDS, 2), *(f"x-amz-meta-{n}" for n in range(draw.randint(0, 3)))]
    fields = {name: _text(draw) for name in names}
    content = bytes(draw.randrange(256) for _ in range(draw.randint(1, 24)))
    conditions: list[Any] = [["content-length-range", 0, draw.randint(len(content), 99)]]
    for name, value in fields.items():
        exact, start = {name: value}, ["starts-with", f"${name}", value[: draw.randint(0, 3)]]
        # Of a Content-Type each piece between commas has to start so.
        conditions.append(
            draw.choice((exact, ["eq", f"${name}", value], start if "," not in value else exact))
        )
    key = _text(draw) + draw.choice(("", "/${filename}"))
    return Form(key, fields, conditions, content, draw.choice((None, None, _text(draw))))


def _by_botocore(asked: Form) -> dict[str, str]:
    moment = datetime.fromtimestamp(NOW, UTC)
    client = boto3.client(
        "s3",
        endpoint_url=f"https://{HOST}",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=SECRET,
        aws_session_token=asked.token,
        region_name=REGION,
        config=Config(signature_version="s3v4"),
    )
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment),
        mock.patch.object(botocore.signers, "get_current_datetime", return_value=moment),
    ):
        made = client.generate_presigned_post(
            "bkt",
            asked.key,
            Fields=dict(asked.fields),
            Conditions=copy.deepcopy(asked.conditions),
            ExpiresIn=60,
        )
    return dict(made["fields"])


def difference(asked: Form, theirs: dict[str, str]) -> str:
    """What differs; nothing, if all is well."""
    signer = Signer(Credentials("AKIDEXAMPLE", SECRET, asked.token), REGION)
    ours = signer.post_form(
        "bkt",
        asked.key,
        now=NOW,
        expires_s=60,
        fields=asked.fields,
        conditions=copy.deepcopy(asked.conditions),
    )
    if list(ours.items()) != list(theirs.items()):
        return f"fields: {theirs} but {ours}"
    body = encode_form(theirs.items(), asked.content, boundary=_BOUNDARY, filename="f.txt")
    parser = FormParser(_TYPE, content_length=len(body))
    try:
        parser.feed(body)
        claim = read_form(parser, now=NOW, regions=(REGION,))
        assert not isinstance(claim, AnonymousForm)
        reader = check_form(claim, SECRET, KeyCache(), bucket="bkt", now=NOW).body()
        content = b"".join(map(bytes, reader.feed(b"")))
        reader.finish()
    except SigError as error:
        return f"refused: {error.code}: {error.message}"
    return "" if content == asked.content else f"content: {content!r}"


def differences(count: int, seed: int) -> Iterator[tuple[Form, str]]:
    """The forms that came out otherwise, and how."""
    draw = random.Random(seed)
    for _ in range(count):
        asked = form(draw)
        found = difference(asked, _by_botocore(asked))
        if found:
            yield asked, found


def main() -> int:
    """Run, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.forms")
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = list(differences(options.requests, options.seed))
    for asked, what in found[:5]:
        print(f"{asked}\n  {what}")
    print(f"{options.requests:,} forms, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
