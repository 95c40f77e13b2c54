"""Refused requests: kept for the operator, and explained to the client where that is allowed."""

import logging
import time
from pathlib import Path
from typing import Final, Protocol

from gateway.exchange import Exchange
from gateway.observe.refused import encode, record_of
from gateway.observe.ring import Ring
from sigv4 import Credentials, Form, Request, SigError
from sigv4.canonical import origin_form
from sigv4.explain import Known, Refused, Unreadable, explain, read_case
from sigv4.explain.text import printable

_log = logging.getLogger(__name__)

FILE: Final = "refused.ring"
# An explanation takes some ten milliseconds of the loop: a flood of refusals gets none.
EXPLAINED_PER_S: Final = 5


def file_of(data_dir: Path) -> Path:
    """Where a data directory keeps its refused requests."""
    return data_dir / FILE


class Secrets(Protocol):
    """Knows secrets of access keys."""

    def secret(self, key_id: str) -> str | None:
        """The secret of a key, None if it is not at hand."""
        ...


class Refusals:
    """One worker's."""

    def __init__(
        self,
        ring: Ring | None,
        secrets: Secrets,
        *,
        regions: tuple[str, ...],
        hosts: tuple[str, ...] = (),
        in_answer: bool = False,
    ) -> None:
        self._ring = ring
        self._secrets = secrets
        self._regions = regions
        self._hosts = hosts
        self._in_answer = in_answer
        self._failed = False
        self._second, self._explained = 0, 0

    def keep(
        self,
        exchange: Exchange,
        error: SigError,
        *,
        request_id: str,
        now_ms: int,
        form: Form | None = None,
        body: bytes | None = None,
    ) -> SigError:
        """Keep what was refused; the error to answer with, which may say why.

        ``body`` is what services other than S3 sign and no header tells of: it is not kept.
        """
        try:
            if self._ring is not None:
                record = record_of(exchange, error, request_id=request_id, now_ms=now_ms, form=form)
                self._ring.put(encode(record))
            if self._in_answer and self._may_explain():
                return self._explained_error(exchange, error, now_ms, form, body)
        except OSError as why:
            if not self._failed:
                _log.warning("refused requests are not kept: %s", why)
            self._failed = True
        except Exception:  # noqa: BLE001 - logged whole; see below
            # The refusal has to be answered whatever is wrong with its explanation.
            _log.exception("refused request %s was not explained", request_id)
        return error

    def _may_explain(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._explained = second, 0
        self._explained += 1
        return self._explained <= EXPLAINED_PER_S

    def _explained_error(
        self,
        exchange: Exchange,
        error: SigError,
        now_ms: int,
        form: Form | None,
        body: bytes | None,
    ) -> SigError:
        """With a member Explanation; it draws on no secret but that of the key that was named."""
        request = Request(exchange.method, origin_form(exchange.target), exchange.headers)
        pair = self._pair_of(request, form)
        known = Known(pair, self._regions, hosts=self._hosts, body=body, form=form)
        found = explain(request, known, now=now_ms // 1000, refused=Refused(error), mistakes_max=1)
        said = list(found.advice)
        for finding in found.search.findings[:1]:
            for step in finding.steps:
                detail = printable(step.change.detail.encode())
                mistake = step.mistake
                said.append(f"{mistake.name}: {mistake.says} Here: {detail}. {mistake.cure}")
        if not said:
            return error
        fields = (*error.fields, ("Explanation", " ".join(said)))
        return SigError(error.code, error.status, error.message, fields)

    def _pair_of(self, request: Request, form: Form | None) -> tuple[Credentials, ...]:
        try:
            access_key = read_case(request, Known(form=form)).access_key
        except Unreadable:
            return ()
        secret = self._secrets.secret(access_key)
        return () if secret is None else (Credentials(access_key, secret),)

    def close(self) -> None:
        """Give the file back."""
        if self._ring is not None:
            self._ring.close()
