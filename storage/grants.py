"""Whether what buckets are granted of their account's quota is what the account has written down.

The rules are those of ``storage.quotas``: what a bucket may hold, and what it
holds, is at most what the account's row says it was granted; and every bucket
of an account that has a quota is under one.  More in the account's row than in
the bucket's is no fault, nor is a grant of a bucket that is gone: whoever needs
it takes it back.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.errors import StorageError
from storage.findings import Kind, Report
from storage.garbage import pages
from storage.meta import Batch, MetaStore, Row, counter_value, prefix_range
from storage.records import (
    AccountQuota,
    Allowance,
    Bucket,
    decode_account_quota,
    decode_bucket,
    decode_name,
    encode,
)

_NOTHING: Final = Allowance(0, 0)


class _Owned(NamedTuple):
    """A bucket of an account with a quota."""

    id: bytes
    row: Row
    record: Bucket
    used: Allowance

    def may_pass(self, given: Allowance) -> str:
        """Why it holds, or may come to hold, more than it was granted; "" if not."""
        granted, used = self.record.granted, self.used
        if granted is None:
            return "under no grant"
        if max(granted.bytes, used.bytes) <= given.bytes and (
            max(granted.objects, used.objects) <= given.objects
        ):
            return ""
        return (
            f"may hold {granted.bytes} bytes and {granted.objects} objects, holds {used.bytes} and "
            f"{used.objects}, and was granted {given.bytes} and {given.objects}"
        )


class Grants:
    """Checks all accounts that have a quota, once names and usage are right."""

    def __init__(
        self, control: MetaStore, data: MetaStore, report: Report, *, repairs: bool
    ) -> None:
        self._control = control
        self._data = data
        self._report = report
        self._repairs = repairs

    async def check(self) -> None:
        """Compare, and set right what is wrong, if asked to."""
        async for page in pages(self._control, prefix_range(keys.QUOTAS)):
            for row in page:
                account = row.key[len(keys.QUOTAS) :].decode()
                await self._check(row, decode_account_quota(row.value), await self._owned(account))

    async def _owned(self, account: str) -> Sequence[_Owned]:
        found = []
        async for page in pages(self._control, keys.account_buckets(account)):
            for row in page:
                bucket_id = decode_name(row.value).bucket_id
                own = await self._data.get(keys.bucket(bucket_id))
                if own is not None:
                    used = Allowance(
                        counter_value(await self._data.get(keys.usage_bytes(bucket_id))),
                        counter_value(await self._data.get(keys.usage_objects(bucket_id))),
                    )
                    found.append(_Owned(bucket_id, own, decode_bucket(own.value), used))
        return found

    async def _check(self, row: Row, quota: AccountQuota, owned: Sequence[_Owned]) -> None:
        wrong = [
            (one, why) for one in owned if (why := one.may_pass(quota.grants.get(one.id, _NOTHING)))
        ]
        if not wrong:
            return
        left = await self._mend(row, quota, [one for one, _ in wrong]) if self._repairs else ""
        for one, why in wrong:
            repaired = self._repairs and not left
            self._report.add(Kind.GRANT, one.record.name, why + left, repaired=repaired)

    async def _mend(self, row: Row, quota: AccountQuota, wrong: Sequence[_Owned]) -> str:
        """Let each hold what it holds, and draw the rest anew; what to add if that failed.

        The buckets first: a bucket's lower grant is no fault.
        """
        grants = dict(quota.grants)
        try:
            for one in wrong:
                record = msgspec.structs.replace(one.record, granted=one.used)
                batch = Batch(one.row.key, expect={one.row.key: one.row.revision})
                batch.put[one.row.key] = encode(record)
                await self._data.commit(batch)
                grants[one.id] = one.used
            batch = Batch(keys.CONTROL, expect={row.key: row.revision})
            batch.put[row.key] = encode(msgspec.structs.replace(quota, grants=grants))
            await self._control.commit(batch)
        except StorageError as error:
            return f"; left as it is: {type(error).__name__} {error}"
        return ""
