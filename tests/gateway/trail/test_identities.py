"""What IAM changes is in the control partition's log, in the same commit; no parameter of it is."""

from dataclasses import replace
from typing import Any

from gateway.pipeline import Pipeline
from gateway.trail.entries import Entry, entries_of
from gateway.trail.recorder import Recorder
from gateway.trail.records import Committed, Row, decode_records, encode_records
from sigv4 import Credentials
from storage import keys
from storage.changes import Changes, What
from tests.gateway.identity.clients import Server, served
from tests.gateway.refusals import refused


class _Nowhere:
    def put(self, record: Row) -> None:
        """Only what was changed counts here."""


class _Rows:
    """Requests that changed nothing."""

    def __init__(self) -> None:
        self._found: list[Row] = []

    def put(self, record: Row) -> None:
        self._found.append(record)

    def clear(self) -> None:
        self._found.clear()

    def entries(self) -> list[Entry]:
        return list(entries_of(decode_records(encode_records(self._found))))


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


def test_why_somebody_was_refused_is_told_and_no_parameter_is() -> None:
    with served() as server:
        rows = _Rows()
        app: Any = server.app
        app._pipeline = Pipeline(replace(app.services, trail=Recorder(rows)), lambda _: None)
        iam = server.client("iam")
        iam.create_user(UserName="ann")
        made = iam.create_access_key(UserName="ann")["AccessKey"]
        ann = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
        rows.clear()
        for key, code in (
            (Credentials(ann.access_key, "another"), "SignatureDoesNotMatch"),
            (Credentials("AKIA" + "A" * 16, "x"), "InvalidClientTokenId"),
            (Credentials(ann.access_key, ann.secret_key, "forged"), "InvalidClientTokenId"),
        ):
            with refused(code, 403):
                server.client("iam", key).list_users()
        with refused("AccessDenied", 403):
            server.client("iam", ann).list_users()
        with refused("ValidationError", 400):
            iam.get_user(UserName="S3CRET!")
        with refused("InvalidIdentityToken", 400):
            server.client("sts").assume_role_with_web_identity(
                RoleArn="arn:aws:iam::000000000001:role/r",
                RoleSessionName="rs",
                WebIdentityToken="S3CRET",
            )
    wrong, unknown, forged, denied, invalid, identity = rows.entries()
    for one in (wrong, unknown, forged, denied, identity):
        assert one.is_denied
        assert one.asked is not None
        assert one.asked.why
    assert wrong.access_key == forged.access_key == ann.access_key
    assert wrong.person is forged.person is None
    assert denied.asked is not None
    assert "not authorized to perform: iam:ListUsers" in denied.asked.why
    assert not invalid.is_denied
    assert "S3CRET" not in repr(rows.entries())
