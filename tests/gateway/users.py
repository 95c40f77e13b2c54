"""Users of an application on memory: made through the directory, signing with keys of their own."""

import json
from typing import Any

from gateway.app import App
from sigv4 import Credentials
from tests.gateway.inside import ACCOUNT

BUCKET_OBJECTS = "arn:aws:s3:::bucket/*"


def allow(*actions: str, resource: str = "*", **more: Any) -> str:
    """A policy of one statement."""
    return policy({"Effect": "Allow", "Action": list(actions), "Resource": resource, **more})


def deny(*actions: str, resource: str = "*", **more: Any) -> str:
    """The same, denying."""
    return policy({"Effect": "Deny", "Action": list(actions), "Resource": resource, **more})


def policy(*statements: dict[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


async def new_user(
    app: App, name: str, *documents: str, account: str = ACCOUNT.id, **more: Any
) -> Credentials:
    """A user with inline policies, and his key."""
    directory = app.services.directory
    await directory.users.create(account, name, **more)
    for number, document in enumerate(documents):
        await directory.inlines.put(account, "user", name, f"p{number}", document)
    return await new_key(app, name, account)


async def new_key(app: App, name: str, account: str = ACCOUNT.id) -> Credentials:
    """One more key of a user."""
    new = await app.services.directory.access_keys.create(account, name)
    return Credentials(new.key.id, new.secret)
