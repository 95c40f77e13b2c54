"""What IAM changes is in the control partition's log, in the same commit; no parameter of it is."""

from dataclasses import replace
from typing import Any

from gateway.pipeline import Pipeline
from gateway.trail.entries import Entry, entries_of
from gateway.trail.recorder import Recorder
from gateway.trail.records import Committed, Row
from storage import keys
from storage.changes import Changes, What
from tests.gateway.identity.clients import Server, served
from tests.gateway.refusals import refused


class _Nowhere:
    def put(self, record: Row) -> None:
        """Only what was changed counts here."""


def _changed(server: Server) -> list[Entry]:
    meta = server.app.stores.meta
    found = server.run(Changes(meta, meta).read(keys.CONTROL))
    return list(entries_of([Committed(keys.CONTROL, *one) for one in found]))


def test_each_change_is_told_once_with_whom_it_is_about() -> None:
    with served() as server:
        app: Any = server.app
        app._pipeline = Pipeline(replace(app.services, trail=Recorder(_Nowhere())), lambda _: None)
        iam = server.client("iam")
        iam.create_user(UserName="ann", Tags=[{"Key": "secret", "Value": "S3CRET"}])
        made = iam.create_access_key(UserName="ann")["AccessKey"]
        iam.list_users()
        iam.get_user(UserName="ann")
        with refused("EntityAlreadyExists", 409):
            iam.create_user(UserName="ann")

        found = _changed(server)

    assert [one.told.operation for one in found if one.told] == [
        "iam:CreateUser",
        "iam:CreateAccessKey",
    ]
    assert [one.changed_access_key for one in found] == ["", made["AccessKeyId"]]
    for one in found:
        assert one.change is not None
        assert one.change.what is What.IDENTITY
        assert one.told is not None
        assert one.told.about == "arn:aws:iam::000000000001:user/ann"
        assert "S3CRET" not in repr(one)
        assert made["SecretAccessKey"] not in repr(one)
