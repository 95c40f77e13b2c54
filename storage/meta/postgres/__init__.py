"""The metadata port on PostgreSQL: any number of gateways on any number of machines.

Only SQL that CockroachDB and YugabyteDB take, too.  Every transaction first
writes the row of each partition that it changes, so that no two of one
partition run side by side at any isolation level: that orders stamps, makes
revisions grow, and lets expectations be read after the lock and hold until
the commit (docs/decisions/0010).

=============  ===============================================================
``store``      the port
``writing``    groups of batches, each in one transaction
``outcome``    whether a commit happened whose answer was lost
``reading``    point reads of a worker, together in one query; scans
``watching``   what others have committed, for the epoch
``link``       one connection, made again when it is lost
``session``    a connection that is up: statements, deadlines
``failures``   what the server's error codes mean to us
``schema``     the tables, their format number, what to do when they are not ours
=============  ===============================================================

Source: PostgreSQL 15 Documentation, 13.2 "Transaction Isolation", Appendix A
"PostgreSQL Error Codes"; CockroachDB, "Transaction Retry Error Reference".
"""

from storage.meta.postgres.schema import Facts, prepare, settle
from storage.meta.postgres.store import PostgresMeta

__all__ = ["Facts", "PostgresMeta", "prepare", "settle"]
