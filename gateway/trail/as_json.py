"""Entries as our own JSON: everything that is known."""

from typing import Any

from gateway.trail.entries import Entry, moment
from gateway.trail.records import OfMany
from storage.changes import What


def as_json(entry: Entry) -> dict[str, Any]:
    """Everything; what is empty is left out."""
    told, asked, change = entry.told, entry.asked, entry.change
    if told is None:
        assert entry.lost is not None, "else something is told"
        return {
            "time": moment(entry.at_ms),
            "lost": entry.lost.count,
            "why": entry.lost.why,
        }
    found: dict[str, Any] = {
        "time": moment(entry.at_ms),
        "id": entry.identity,
        "request": told.request_id,
        "operation": told.operation,
        "bucket": told.bucket,
        "key": entry.key,
        "version": entry.version_id,
        "source": told.source,
        "resource": told.about,
        "issued": told.issued,
        "detail": told.detail,
        "who": _who(entry),
        "from": told.remote,
        "tls": " ".join(told.tls) if told.tls is not None else "",
        "agent": told.agent.decode("latin-1"),
        "signature": _signature(entry),
        "decision": _decision(entry),
        "mark": told.mark,
        "method": told.method,
        "target": told.target.decode("latin-1"),
    }
    if change is not None:
        found["changed"] = _changed(entry)
    if asked is not None:
        found |= {
            "status": asked.status,
            "error": asked.error,
            "why": asked.why,
            "claimed": asked.claimed,
            "received": asked.received,
            "sent": asked.sent,
            "size": asked.size,
            "ms": asked.total_us / 1000,
            "unchanged": [_of_many(one) for one in asked.of_many],
        }
    return _filled(found)


def _who(entry: Entry) -> dict[str, Any]:
    person = entry.person
    if person is None:
        return {}
    found = {
        "account": person.account,
        "arn": person.arn,
        "type": person.kind,
        "user": person.user_name,
        "id": person.user_id if entry.is_command else "",
        "key": person.access_key,
        "issuer": person.issuer,
        "service": person.service,
        "source_identity": person.source_identity,
    }
    return _filled(found)


def _signature(entry: Entry) -> dict[str, Any]:
    signed = entry.signed
    if signed is None:
        return {}
    found = {
        "in": signed.where,
        "algorithm": signed.algorithm,
        "headers": sorted(name.decode("latin-1") for name in signed.headers),
        "age_s": entry.signature_age_s,
        "expires": moment(signed.expires_at * 1000) if signed.expires_at else "",
        "region": signed.scope,
    }
    return _filled(found)


def _decision(entry: Entry) -> dict[str, Any]:
    decided = entry.decided
    if decided is None:
        return {}
    found = {
        "allowed": decided.allowed,
        "by": decided.by,
        "policy": decided.source,
        "statement": decided.statement,
    }
    return _filled(found)


def _changed(entry: Entry) -> dict[str, Any]:
    change = entry.change
    assert change is not None, "asked before"
    found: dict[str, Any] = {"what": change.what.name.lower(), "size": change.size}
    if What.DOCUMENT_PUT <= change.what <= What.DOCUMENT_REMOVED:
        kind, _, identity = change.key.partition(b"\x00")
        found |= {"document": kind.decode(), "identity": identity.decode()}
    if entry.changed_access_key:
        found["access_key"] = entry.changed_access_key
    if change.etag:
        found["etag"] = change.etag
    return _filled(found)


def _of_many(one: OfMany) -> dict[str, Any]:
    found = {"key": one.key, "version": one.version_id, "error": one.code}
    return _filled(found)


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; a 0 and a False say something."""
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}
