"""What policies cost a small GET: ten statements of a user's and ten of the bucket's.

    python -m tests.bench.micro_policy [DIRECTORY]

The same GET by the account itself in a bucket without a policy, by a user with a policy of
ten statements, and by him in a bucket that has one of ten besides, without conditions and
with; round about in one run, microseconds of CPU, the best of several; and the evaluator
alone, once all is known.  A report, not a gate.
"""

import hashlib
import json
import sys
import tempfile
import time
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import uvloop

from gateway.app import App
from gateway.config import load
from gateway.iam.accounts import AccessKey, Account, Principal, derived_canonical_id
from gateway.iam.authorize import BucketPolicy, authorize
from gateway.iam.bucket_policy import arn_of, compile_bucket_policy
from gateway.iam.evaluate import Request, Source
from gateway.iam.identity import POLICY, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.keys import Facts
from gateway.iam.principals import user_of
from gateway.identities import Known
from gateway.stores import Stores
from storage.meta.epoch import SharedEpoch
from storage.reads import ReadsBoard
from storage.records import Bucket, Ownership
from tests.bench.micro_request import ACCOUNT, KEY, SIZE, ListedExchange

CALLS: Final = 400
ROUNDS: Final = 40
_USER: Final = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}


def statements(bucket: str, *, asks: bool) -> list[dict[str, Any]]:
    """Ten, eight about reading; the last one allows it, ``asks`` under two conditions."""

    def under(*ends: str) -> list[str]:
        return [f"arn:aws:s3:::{bucket}/{end}" for end in ends]

    made: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": under("*")},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": under("kept/*")},
        {"Effect": "Deny", "Action": "s3:*", "Resource": under("secret/*")},
        {"Effect": "Deny", "Action": "s3:Get*", "Resource": under("*.key")},
        {"Effect": "Deny", "Action": "s3:GetObject*", "Resource": under("by-?/*/x")},
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": under("b/*", "c/*")},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": under("a/*")},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": under("d/*")},
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": under("e")},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObjectAcl"], "Resource": under("*")},
    ]
    if asks:
        made[-1]["Condition"] = {
            "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
            "StringLike": {"aws:username": "a*"},
        }
    return made


def document(found: list[dict[str, Any]], **more: Any) -> bytes:
    """A policy of statements."""
    whole = [{**one, **more} for one in found]
    return json.dumps({"Version": "2012-10-17", "Statement": whole}).encode()


def key_of(account: Account, bucket: str, *, asks: bool) -> Known:
    """A key of a user who has one policy about a bucket."""
    made = compile_identity_policy(document(statements(bucket, asks=asks)))
    who = user_of(account.id, account.canonical_id, user_id="AIDAUSER", name="alice")
    identity = Identity((Source("p", made, POLICY),))
    return Known(KEY.secret_key, Principal(account, KEY.access_key, identity, who))


def evaluator(account: Account, *, asks: bool) -> float:
    """The seconds that one decision by both policies takes, everything known."""
    known = key_of(account, "plain", asks=asks)
    who, identity = known.principal.who, known.principal.identity
    policy = compile_bucket_policy(document(statements("plain", asks=asks), Principal=_USER))
    bucket = Bucket("plain", ACCOUNT, 0, "", ownership=Ownership.ENFORCED)
    by, values = BucketPolicy.of(policy), Facts(who=who, remote="127.0.0.1").value
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(CALLS):
            request = Request(who, "s3:GetObject", arn_of("plain", "photos/key00001"), values)
            assert authorize(request, bucket, "", by, None, identity).allowed
        best = min(best, (time.thread_time() - began) / CALLS)
    return best


async def report(data_dir: Path) -> None:
    """Print the report."""
    given = {"data_dir": [str(data_dir)], "limit_address": ["none"]}  # no answer is ever sent
    config = load(given, {}, None)
    keys = (AccessKey(KEY.access_key, KEY.secret_key),)
    account = Account(ACCOUNT, derived_canonical_id(ACCOUNT), access_keys=keys)
    app = App(config, [account], Stores(config, SharedEpoch()), ReadsBoard(), 0)
    identities = app.services.identities
    root = Known(KEY.secret_key, Principal(account, KEY.access_key))

    async def answer(method: str, target: str, body: bytes = b"") -> None:
        exchange = ListedExchange(method, target.encode(), body)
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        exchange.headers = [*exchange.headers, (b"Content-MD5", b64encode(digest))]
        reply = await app.serve(exchange)
        assert reply.status in (200, 204), reply

    for bucket in ("bare", "plain", "asking"):
        await answer("PUT", f"/{bucket}")
        await answer("PUT", f"/{bucket}/photos/key00001", bytes(SIZE))
    for bucket, asks in (("plain", False), ("asking", True)):
        policy = document(statements(bucket, asks=asks), Principal=_USER)
        await answer("PUT", f"/{bucket}?policy", policy)
    forms = (
        ("the account, no policy", root, "bare"),
        ("a user, his 10", key_of(account, "bare", asks=False), "bare"),
        ("a user, his 10 and the bucket's 10", key_of(account, "plain", asks=False), "plain"),
        ("the same under conditions", key_of(account, "asking", asks=True), "asking"),
    )
    best = [float("inf")] * len(forms)
    gets = [ListedExchange("GET", f"/{bucket}/photos/key00001".encode()) for _, _, bucket in forms]
    for _ in range(ROUNDS):
        for number, (_, known, _) in enumerate(forms):
            identities.declare(known)
            get = gets[number]
            began = time.thread_time()
            for _ in range(CALLS):
                reply = await app.serve(get)
                assert reply.status == 200, reply
            best[number] = min(best[number], (time.thread_time() - began) / CALLS)
    identities.declare(root)
    for asks in (False, True):
        seconds = evaluator(account, asks=asks)
        print(f"{'the evaluator alone':30}{'asking' if asks else '':10}{seconds * 1e6:10.2f} us")
    for (name, _, _), seconds in zip(forms, best, strict=True):
        print(f"{name:40}{seconds * 1e6:10.2f} us {(seconds - best[0]) * 1e6:+8.2f}")
    await app.close()


def main() -> None:
    """Run it on a data directory of its own."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as path:
        uvloop.run(report(Path(path)))


if __name__ == "__main__":
    main()
