"""The users that the suite wants to know, made up for each run: for its configuration and ours."""

import secrets
from typing import Final, NamedTuple

import boto3

KMS_KEYS: Final = ("suite-key-1", "suite-key-2")
FULL_S3: Final = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


class User(NamedTuple):
    """One section of the suite's configuration, and one account of ours."""

    section: str
    account: str
    canonical_id: str
    name: str
    key: str
    secret: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


def make_users() -> list[User]:
    sections = ("s3 main", "s3 alt", "s3 tenant", "iam", "iam root", "iam alt root")
    return [
        User(
            section,
            f"{100_000_000_001 + number}",
            secrets.token_hex(32),
            section.replace(" ", "-"),
            "AKIA" + secrets.token_hex(8).upper(),
            secrets.token_urlsafe(30),
        )
        for number, section in enumerate(sections)
    ]


def suite_configuration(
    users: list[User], host: str, port: int, day_s: int, classes: tuple[str, ...], region: str
) -> str:
    """What the suite reads; ``day_s`` seconds are one of lifecycle's days.

    ``classes`` are storage classes beside STANDARD.
    """
    lines = [
        "[DEFAULT]",
        *(f"host = {host}", f"port = {port}", "is_secure = False", "ssl_verify = False"),
        "[fixtures]",
        *(
            "bucket prefix = suite-{random}-",
            "iam name prefix = suite-",
            "iam path prefix = /suite/",
        ),
    ]
    for user in users:
        lines += [
            f"[{user.section}]",
            *(f"display_name = {user.name}", f"user_id = {user.canonical_id}"),
            *(f"email = {user.email}", f"access_key = {user.key}", f"secret_key = {user.secret}"),
        ]
        if user.section == "s3 main":
            api_name = "" if region == "us-east-1" else region
            lines += [
                f"api_name = {api_name}",
                "kms_keyid = " + KMS_KEYS[0],
                "kms_keyid2 = " + KMS_KEYS[1],
            ]
            lines += [f"storage_classes = {', '.join(classes)}", f"lc_debug_interval = {day_s}"]
        if user.section == "s3 tenant":
            lines += ["tenant = tenant"]
    return "\n".join(lines) + "\n"


def accounts(users: list[User]) -> str:
    """The same in our TOML."""
    tables = []
    for user in users:
        tables += [
            "[[accounts]]",
            *(f'id = "{user.account}"', f'canonical_id = "{user.canonical_id}"'),
            *(f'display_name = "{user.name}"', f'email = "{user.email}"'),
            f'access_keys = [{{ id = "{user.key}", secret = "{user.secret}" }}]',
        ]
    return "\n".join(tables) + "\n"


def with_alt_as_user(users: list[User], endpoint: str) -> list[User]:
    """The users of tests that put policies on "s3 alt": that one is made in the account of "iam".

    He is named by his section's user_id, as the suite asks for him.  What his own policies
    do not deny he may do in S3, as a user of the suite's server may with his buckets.
    """
    owner = next(one for one in users if one.section == "iam")
    iam = boto3.client(
        "iam",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=owner.key,
        aws_secret_access_key=owner.secret,
    )
    made = []
    for one in users:
        if one.section != "s3 alt":
            made.append(one)
            continue
        name = one.canonical_id
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
        iam.attach_group_policy(GroupName=name, PolicyArn=FULL_S3)
        iam.add_user_to_group(GroupName=name, UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append(one._replace(key=key["AccessKeyId"], secret=key["SecretAccessKey"]))
    return made
