"""`signet post-form`: its forms are accepted, its page works, its refusals say why."""

import json
import re
from typing import Any

import pytest

from tests.commands import Done, signet
from tests.gateway.forms import keys, post
from tests.serving import KEY, SECRET, Server


def command(server: Server, *arguments: str) -> Done:
    return signet(
        *("post-form", *arguments, "--endpoint", server.endpoint),
        environment={"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
    )


def test_the_command_makes_forms_that_are_accepted(server: Server, s3: Any, bucket: str) -> None:
    options = ("--field", "x-amz-meta-a=1=2", "--starts-with", "Content-Type=image/")
    made = json.loads(
        command(server, f"s3://{bucket}/u/${{filename}}", "--json", "--size", "1-1K", *options).out
    )
    assert made["url"] == f"{server.endpoint}/{bucket}"
    assert made["fields"]["x-amz-meta-a"] == "1=2"
    fields = {**made["fields"], "Content-Type": "image/png"}
    assert post(server, bucket, fields).status == 204
    assert post(server, bucket, fields, b"x" * 1025).code == ("EntityTooLarge", 400)
    assert s3.head_object(Bucket=bucket, Key="u/f.txt")["ContentType"] == "image/png"


def test_the_command_writes_a_page(server: Server, s3: Any, bucket: str) -> None:
    page = command(server, f's3://{bucket}/a"<b>', "--html", "--starts-with", "acl=bucket-").out
    assert f'<form action="{server.endpoint}/{bucket}" method="post"' in page
    assert page.index('type="file"') > page.rindex('type="hidden"')
    assert '<label>acl <input name="acl" value="bucket-"></label>' in page
    found = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    fields = {name: value.replace("&quot;", '"') for name, value in found.items()}
    fields = {
        name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in fields.items()
    }
    assert post(server, bucket, {**fields, "acl": "bucket-owner-full-control"}).status == 204
    assert keys(s3, bucket) == ['a"<b>']


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["s3://bucket"], "is not s3://BUCKET/KEY"),
        (["s3://b/k", "--expires", "8d"], "is not a time from 1s to 7d"),
        (["s3://b/k", "--size", "10"], "is not MIN-MAX"),
        (["s3://b/k", "--size", "10-1"], "lets no file through"),
        (["s3://b/k", "--field", "a"], "is not NAME=VALUE"),
        (["s3://b/k", "--field", "a=1", "--field", "a=2"], "each name once"),
    ],
)
def test_the_command_says_what_it_cannot_make(
    server: Server, arguments: list[str], words: str
) -> None:
    done = command(server, *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
