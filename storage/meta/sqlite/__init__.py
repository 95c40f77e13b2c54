"""The metadata port on SQLite: one file, any number of processes of one machine.

Point reads run where they are asked for, on the event loop: they take a few
microseconds, a hop to a thread ten times as long.  Commits run in one thread a
process, which takes everything that is waiting into one transaction and one
fsync; between processes a fair lock keeps the order.  WAL with
``synchronous=FULL``: a commit that returned survives a power cut.

==============  ==============================================================
``store``       the port: reads here, writes handed to the committer
``committer``   the thread that writes: groups, outcomes, what a failure means
``apply``       one batch inside a transaction
``layout``      tables, statements, how a connection is set up
``log``         copying the write-ahead log back, so that it stays bounded
``reserve``     room kept back, so that deletes go on when the disk is full
``turn``        whose turn it is, among the processes
==============  ==============================================================

Source: sqlite.org, "Write-Ahead Logging", "PRAGMA synchronous", "PRAGMA data_version".
"""

from storage.meta.sqlite.layout import IsLarge, all_small
from storage.meta.sqlite.store import SqliteMeta

__all__ = ["IsLarge", "SqliteMeta", "all_small"]
