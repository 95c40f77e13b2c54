"""Random policies, requests and contexts: few names, so that they often meet.

Left out is what the other engine takes for something else, or not at all: a star
in the name of what is asked for is a pattern there, ``0.0.0.0/0`` means nothing,
canonical ids are nobody's, a key may be there without a value, and what is no number
is (S3 refuses it) or no ARN is unequal to none; ACLs and an
account itself, which it does not know.
"""

import random
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from gateway.iam.principals import Who, federated_of, session_of, user_of

A: Final = "111111111111"
B: Final = "222222222222"
CANONICAL: Final = {A: "a" * 64, B: "b" * 64}
Document = dict[str, Any]


def _people(account: str) -> dict[str, Who]:
    canonical = CANONICAL[account]
    bob = user_of(account, canonical, user_id="AIDABOB", name="bob")
    eve = user_of(account, canonical, user_id="AIDAEVE", name="eve", path="/div/")
    role = f"arn:aws:iam::{account}:role/reader"
    return {
        "user": bob,
        "other": eve,
        "role": session_of(account, canonical, role_id="AROA1", role_arn=role, session="s1"),
        "federated": federated_of(account, canonical, name="bob", issuer=bob.arn),
    }


PEOPLE: Final = {account: _people(account) for account in (A, B)}
_NAMED: Final = tuple(
    name
    for account in (A, B)
    for name in (
        account,
        f"arn:aws:iam::{account}:root",
        f"arn:aws:iam::{account}:user/bob",
        f"arn:aws:iam::{account}:user/div/eve",
        f"arn:aws:iam::{account}:role/reader",
        f"arn:aws:sts::{account}:assumed-role/reader/s1",
        f"arn:aws:sts::{account}:assumed-role/reader/s2",
        f"arn:aws:sts::{account}:federated-user/bob",
    )
)


class Case(NamedTuple):
    """One request, and everything that has a say."""

    who: Who
    action: str
    resource: str
    owner: str  # the resource's account
    context: dict[str, Any]  # condition key -> value or values
    identity: tuple[Document, ...]
    boundary: Document | None
    session: Document | None
    policy: Document | None  # of the resource
    restricted: bool  # public bucket policies give nothing to other accounts


class Kind(NamedTuple):
    """Actions of one sort, with what they are done to and what policies may say of them."""

    service: str
    actions: Sequence[str]
    resources: Sequence[str]
    patterns: Sequence[str]  # of actions
    targets: Sequence[str]  # of resources, in policies
    has_policy: bool = False


# In NotResource the other engine does not complete them as in Resource.
_INCOMPLETE: Final = ("arn:aws:s3:*", "arn:aws:iam:*")
_S3_PATTERNS: Final = (
    *("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:getobject", "s3:Put*", "s3:?etObject"),
    *("s3:*Object", "s3:List*", "s3:DeleteObject", "s3:PutObject", "s3:ListBucket"),
)
_OBJECTS: Final = Kind(
    "s3",
    ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"),
    (
        *("arn:aws:s3:::bkt/a", "arn:aws:s3:::bkt/a/b", "arn:aws:s3:::bkt/bob/x"),
        *("arn:aws:s3:::bkt/x:y", "arn:aws:s3:::bkt/${aws:username}", "arn:aws:s3:::bkt/a b"),
    ),
    _S3_PATTERNS,
    (
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*", "arn:aws:s3:::bkt/a"),
        *("arn:aws:s3:::bkt/a*", "arn:aws:s3:::b?t/*", "arn:aws:s3:::*/a", "arn:aws:s3:::other/*"),
        *("arn:aws:s3:::bkt/${aws:username}/*", "arn:aws:s3:::bkt/${aws:PrincipalTag/dir}*"),
        *("arn:aws:s3:::bkt/${aws:PrincipalTag/none, 'a'}", "arn:aws:s3:::bkt/a${*}b"),
        *("arn:aws:s3:::bkt/?", "arn:aws:s3:::bkt/*b", "arn:aws:s3:::bkt/x:*", "arn:*:s3:::bkt/*"),
        *_INCOMPLETE,
        *("arn:aws:s3:::bkt/${aws:PrincipalTag/none}", "arn:aws:s3:::bkt/A"),
    ),
    has_policy=True,
)
_BUCKETS: Final = Kind(
    "s3",
    ("s3:ListBucket", "s3:GetBucketLocation", "s3:PutBucketTagging", "s3:DeleteBucket"),
    ("arn:aws:s3:::bkt",),
    (*_S3_PATTERNS, "s3:*Bucket*", "s3:GetBucketLocation"),
    (*_OBJECTS.targets, "arn:aws:s3:::b*"),
    has_policy=True,
)
_IAM: Final = Kind(
    "iam",
    ("iam:CreateUser", "iam:DeleteUser", "iam:PutUserPolicy", "iam:AttachUserPolicy"),
    ("arn:aws:iam::{}:user/bob", "arn:aws:iam::{}:user/div/eve"),
    ("*", "iam:*", "iam:*User", "iam:CreateUser", "iam:*UserPolicy", "s3:*"),
    (
        *("*", "arn:aws:iam::111111111111:user/*", "arn:aws:iam::*:user/bob"),
        *("arn:aws:iam::111111111111:user/${aws:username}", "arn:aws:iam::222222222222:*"),
        *("arn:aws:iam::111111111111:user/div/*", "arn:aws:iam::111111111111:role/*"),
    ),
)
_ROLES: Final = Kind(
    "sts",
    ("sts:AssumeRole", "sts:TagSession"),
    ("arn:aws:iam::{}:role/reader",),
    ("*", "sts:*", "sts:AssumeRole", "sts:Tag*"),
    (
        *("*", "arn:aws:iam::111111111111:role/*", "arn:aws:iam::*:role/reader"),
        *("arn:aws:iam::222222222222:role/reader", "arn:aws:iam::111111111111:role/writer"),
    ),
    has_policy=True,
)
KINDS: Final = (_OBJECTS, _OBJECTS, _BUCKETS, _IAM, _ROLES)


class Key(NamedTuple):
    """A condition key: what a request may have under it, and what policies compare it with."""

    name: str
    values: Sequence[Any]
    wanted: Sequence[str]
    operators: str  # "String", "Numeric", ...
    is_list: bool = False


_WORDS: Final = ("a", "b", "A", "bob", "ab", "", "a*", "x/y")
_ARNS: Final = (
    *("arn:aws:iam::111111111111:role/reader", "arn:aws:iam::111111111111:user/bob"),
    *("arn:aws:iam::222222222222:user/div/eve", "arn:aws:sns:us-east-1:111111111111:t:u"),
)
KEYS: Final = (
    Key("aws:PrincipalTag/dir", ("a", "b", "bob", "*"), (*_WORDS, "${aws:username}"), "String"),
    Key("aws:username", ("bob", "Bob", "eve"), ("bob", "b*", "?ob", "BOB", "*"), "String"),
    Key("aws:userid", ("AIDABOB", "AROA1:s1"), ("AIDABOB", "AROA1:*", "*:s?"), "String"),
    Key(
        "s3:prefix",
        ("a", "a/", "bob/", "", "a/b"),
        ("a", "a/*", "${aws:username}/*", "", "*", "${aws:PrincipalTag/dir}/"),
        "String",
    ),
    Key("s3:x-amz-acl", ("private", "public-read"), ("private", "public-*", "*"), "String"),
    Key("s3:ExistingObjectTag/t", ("a", "b"), (*_WORDS, "${aws:PrincipalTag/dir}"), "String"),
    Key("sts:ExternalId", ("42", "x"), ("42", "4?", "*"), "String"),
    Key("iam:PolicyARN", _ARNS, (*_ARNS, "arn:aws:iam::*:role/*", "arn:*:*:*:*:*"), "Arn"),
    Key(
        "aws:PrincipalArn",
        _ARNS,
        (*_ARNS, "arn:aws:iam::111111111111:*", "arn:aws:*:*:*:*", "arn:aws:sns:us-*:*:t:?",
         "arn:aws:iam::?11111111111:role/r*", "arn:aws:sns:*:*:t*",
         "arn:aws:iam::*:user/${aws:username}"),
        "Arn",
    ),
    Key(
        "s3:max-keys",
        ("1", "10", "010", "-1", "1.5"),
        ("1", "10", "2.5", "-3", "10.0"),
        "Numeric",
    ),
    Key("aws:MultiFactorAuthAge", ("0", "3600"), ("3600", "1", "0"), "Numeric"),
    Key("s3:signatureAge", ("5000", "600000"), ("600000", "5000.0"), "Numeric"),
    Key(
        "aws:CurrentTime",
        ("2026-05-05T10:00:00Z", "2026-05-05T12:00:00+02:00", "2025-01-01T00:00:00Z"),
        ("2026-05-05T10:00:00Z", "2026-05-05", "2026", "2025-01-01T00:00:00.000Z", "2027-01"),
        "Date",
    ),
    Key("aws:SecureTransport", ("true", "false", "True"), ("true", "false", "TRUE"), "Bool"),
    Key("aws:MultiFactorAuthPresent", ("true", "false"), ("true", "false"), "Bool"),
    Key(
        "aws:SourceIp",
        ("192.0.2.1", "198.51.100.7", "2001:db8::1", "10.0.0.1"),
        ("192.0.2.0/24", "192.0.2.1", "128.0.0.0/1", "2001:db8::/32", "10.0.0.0/8", "192.0.2.1/32"),
        "Ip",
    ),
    Key("aws:TagKeys", (["a"], ["a", "b"], ["b", "c"]), ("a", "b", "A", "*"), "String", True),
    Key("s3:RequestObjectTagKeys", (["a"], ["a", "b"]), ("a", "b", "a*"), "String", True),
)  # fmt: skip
_KEYS_OF: Final = {
    kind.service: tuple(key for key in KEYS if key.name.startswith(("aws:", f"{kind.service}:")))
    for kind in KINDS
}
_OPERATORS: Final = {
    "String": (
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"),
        *("StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"),
    ),
    "Arn": (*("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "StringEquals", "StringLike"),),
    "Numeric": tuple(
        f"Numeric{name}"
        for name in (
            *("Equals", "NotEquals", "LessThan", "LessThanEquals"),
            *("GreaterThan", "GreaterThanEquals"),
        )
    ),
    "Date": tuple(
        f"Date{name}"
        for name in (
            *("Equals", "NotEquals", "LessThan", "LessThanEquals"),
            *("GreaterThan", "GreaterThanEquals"),
        )
    ),
    "Bool": ("Bool",),
    "Ip": ("IpAddress", "NotIpAddress"),
}
CONDITIONED: Final = 0.35  # of statements
PRESENT: Final = 0.7  # of the keys that policies ask for, in requests
VERSION_OLD: Final = 0.05


def case(draw: random.Random) -> Case:
    """One more."""
    kind = draw.choice(KINDS)
    account = draw.choice((A, A, B))
    owner = draw.choice((A, A, A, B))
    name = draw.choice(("user", "user", "role", "role", "other", "federated"))
    made = _Maker(draw, kind)
    identity = tuple(made.document() for _ in range(draw.choice((0, 1, 1, 1, 2))))
    boundary = made.document() if draw.random() < 0.3 else None
    is_session = name in ("role", "federated")
    session = made.document() if is_session and draw.random() < 0.4 else None
    policy = made.of_resource() if kind.has_policy and draw.random() < 0.7 else None
    if kind is _ROLES and policy is None:
        policy = made.of_resource()
    return Case(
        PEOPLE[account][name],
        draw.choice(kind.actions),
        draw.choice(kind.resources).replace("{}", owner),
        owner,
        made.context(),
        identity,
        boundary,
        session,
        policy,
        kind.service == "s3" and draw.random() < 0.1,
    )


class _Maker:
    """Makes the documents of one case, and remembers which keys they ask for."""

    def __init__(self, draw: random.Random, kind: Kind) -> None:
        self._draw = draw
        self._kind = kind
        self._keys: dict[str, Key] = {}

    def document(self) -> Document:
        """A policy of somebody."""
        statements = [self._statement() for _ in range(self._draw.choice((1, 1, 2, 3)))]
        return self._whole(statements)

    def of_resource(self) -> Document:
        """A policy of the resource."""
        statements = []
        for _ in range(self._draw.choice((1, 1, 2, 3))):
            statement = self._statement()
            if self._kind is _ROLES:
                statement.pop("Resource", None)
                statement.pop("NotResource", None)
            name = "Principal"
            if statement["Effect"] == "Deny" and self._draw.random() < 0.2:
                name = "NotPrincipal"
            statement[name] = self._principal(anyone=name == "Principal")
            statements.append(statement)
        return self._whole(statements)

    def context(self) -> dict[str, Any]:
        """What the request has of what the policies ask for."""
        asked = {**self._keys, "aws:username": KEYS[1], "aws:PrincipalTag/dir": KEYS[0]}
        return {
            name: self._draw.choice(key.values)
            for name, key in asked.items()
            if self._draw.random() < PRESENT
        }

    def _whole(self, statements: list[Document]) -> Document:
        old = self._draw.random() < VERSION_OLD
        return {
            "Version": "2008-10-17" if old else "2012-10-17",
            "Statement": statements,
        }

    def _statement(self) -> Document:
        draw, kind = self._draw, self._kind
        made: Document = {"Effect": draw.choice(("Allow", "Allow", "Allow", "Deny"))}
        is_deny = made["Effect"] == "Deny"
        is_wide = draw.random() < (0.1 if is_deny else 0.5)
        if is_wide and draw.random() < 0.7:
            made["Action"] = draw.choice(("*", f"{kind.service}:*"))
        else:
            made["NotAction" if draw.random() < 0.15 else "Action"] = self._some(kind.patterns)
        if is_wide and draw.random() < 0.7:
            made["Resource"] = "*"
        else:
            chance = 0.3 if is_deny else 0.15
            if draw.random() < chance:
                whole = [one for one in kind.targets if one not in _INCOMPLETE]
                made["NotResource"] = self._some(whole)
            else:
                made["Resource"] = self._some(kind.targets)
        if draw.random() < CONDITIONED:
            made["Condition"] = self._condition()
        return made

    def _some(self, texts: Sequence[str]) -> Any:
        draw = self._draw
        if draw.random() < 0.7:
            return draw.choice(texts)
        return draw.sample(texts, k=min(len(texts), draw.choice((1, 2, 3))))

    def _principal(self, *, anyone: bool) -> Any:
        draw = self._draw
        if anyone and draw.random() < 0.2:
            return draw.choice(("*", {"AWS": "*"}))
        return {"AWS": self._some(_NAMED)}

    def _condition(self) -> Document:
        draw = self._draw
        found: Document = {}
        for _ in range(draw.choice((1, 1, 2))):
            key = draw.choice(_KEYS_OF[self._kind.service])
            self._keys[key.name] = key
            name, values = self._operator(key)
            found.setdefault(name, {})[_spelled(draw, key.name)] = values
        return found

    def _operator(self, key: Key) -> tuple[str, Any]:
        draw = self._draw
        if draw.random() < 0.1:
            return "Null", draw.choice(("true", "false"))
        name = draw.choice(_OPERATORS[key.operators])
        if key.is_list or draw.random() < 0.05:
            name = f"{draw.choice(('ForAllValues', 'ForAnyValue'))}:{name}"
        if draw.random() < 0.2:
            name += "IfExists"
        return name, self._some(key.wanted)


def _spelled(draw: random.Random, name: str) -> str:
    """Names of condition keys have no case."""
    return name.lower() if draw.random() < 0.1 else name
