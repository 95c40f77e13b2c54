"""A disk that forgets, on a power cut, whatever was not synced.

The files themselves lie in a real directory, which plays the page cache: what
the program sees.  Beside it this module keeps what has reached the platter.
A cut drops, tears or reorders everything in between: some writes reached the
platter and others did not, or each sector of 512 bytes of a file keeps some
earlier state, each name of a directory too, all of them independently, for
that is the least a disk promises.  ``mount_again`` lays the
result out in a new directory.

    disk = SimulatedDisk(tmp_path)
    blobs = FileBlobs(disk.path / "blobs", files=disk.filesystem())
    meta = SqliteMeta(disk.path / "meta.db", files=disk.filesystem(), vfs=disk.vfs_name)
    disk.power_off_after(calls=100)
    ...  # everything fails once the power is off
    disk.cut(random.Random(seed))
    path = disk.mount_again()

``ignore`` names syncs that the disk only pretends to do: each has a name, our
own after the line of source that asks for it (``tests.crash.files``), SQLite's
after what it is for (``tests.crash.vfs``).

What is modelled of SQLite's own Unix file layer: a connection's first sync of
a journal or a log also syncs the directory (os_unix.c, UNIXFILE_DIRSYNC).
"""

import errno
import itertools
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from threading import RLock
from typing import Final

SECTOR_BYTES: Final = 512
_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at an offset."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    """A new size."""

    size: int


@dataclass(slots=True)
class Inode:
    """A file: its synced content, and what was done to it since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Written | Truncated] = field(default_factory=list)
    size: int = 0  # as the program sees it
    reserved: int = 0

    def settle(self) -> None:
        """All of it reaches the platter."""
        for change in self.pending:
            _change(self.durable, change)
        self.pending.clear()

    def torn(self, rng: random.Random) -> bytes:
        """What a cut leaves: some of the writes, or every sector as of a moment of its own."""
        count = len(self.pending)
        between = rng.randint(0, count)
        whole = {
            "nothing": self.pending[:0],
            "everything": self.pending,
            "a beginning": self.pending[:between],
            "an end": self.pending[between:],
            "some": [change for change in self.pending if rng.random() < 0.5],
        }
        style = rng.choice([*whole, "anything", "anything"])
        if style in whole:
            content = bytearray(self.durable)
            for change in whole[style]:
                _change(content, change)
            return bytes(content)
        versions = [bytearray(self.durable)]
        for change in self.pending:
            versions.append(bytearray(versions[-1]))
            _change(versions[-1], change)
        size = len(rng.choice(versions))
        sectors = []
        for start in range(0, size, SECTOR_BYTES):
            sector = rng.choice(versions)[start : start + SECTOR_BYTES]
            sectors.append(bytes(sector).ljust(SECTOR_BYTES, b"\0"))
        return b"".join(sectors)[:size]


def _change(content: bytearray, change: Written | Truncated) -> None:
    if isinstance(change, Truncated):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    end = change.offset + len(change.data)
    content.extend(bytes(max(0, end - len(content))))
    content[change.offset : end] = change.data


# A directory's entry: a file, or (a directory is known by its path) True.
Entry = Inode | bool


@dataclass(slots=True)
class Directory:
    """Names: those synced, and what was done to them since."""

    durable: dict[str, Entry] = field(default_factory=dict)
    pending: list[tuple[str, Entry | None]] = field(default_factory=list)

    def settle(self) -> None:
        """All of it reaches the platter."""
        for name, entry in self.pending:
            _enter(self.durable, name, entry)
        self.pending.clear()

    def torn(self, rng: random.Random) -> dict[str, Entry]:
        """What a cut leaves: every name as of a moment of its own."""
        left = dict(self.durable)
        for changed in sorted({name for name, _ in self.pending}):
            history = [entry for name, entry in self.pending if name == changed]
            for entry in history[: rng.randint(0, len(history))]:
                _enter(left, changed, entry)
        return left


def _enter(names: dict[str, Entry], name: str, entry: Entry | None) -> None:
    if entry is None:
        names.pop(name, None)
    else:
        names[name] = entry


class SimulatedDisk:
    """See the module."""

    def __init__(
        self, root: Path, *, ignore: frozenset[str] = frozenset(), capacity: int | None = None
    ) -> None:
        """``ignore`` names syncs that the disk only pretends to do; ``capacity`` is in bytes."""
        from tests.crash.vfs import SimulatedVfs

        self._root = root
        self._ignore = ignore
        self.capacity = capacity
        self.lock = RLock()
        self._mounts = 0
        self._names: dict[str, Inode] = {}
        self._directories: dict[str, Directory] = {"": Directory()}
        self._on = True
        self.calls = 0  # that change something
        self.synced: set[str] = set()  # names of syncs asked for
        self._at_call: dict[int, Callable[[], OSError | None]] = {}
        self._off_at: list[str] = []
        self.path = self._new_mount()
        self.vfs_name = f"simulated-{next(_serial)}"
        self._vfs = SimulatedVfs(self, self.vfs_name)

    def _new_mount(self) -> Path:
        path = self._root / f"mount-{self._mounts}"
        self._mounts += 1
        path.mkdir(parents=True)
        return path

    def filesystem(self) -> "SimulatedFiles":
        """The disk for blobs."""
        return SimulatedFiles(self)

    # Trouble

    @property
    def is_on(self) -> bool:
        """Whether the power has not gone."""
        return self._on

    def power_off_after(self, *, calls: int) -> None:
        """Let every call fail, once so many more have been made."""

        def off() -> None:
            self._on = False

        self._at_call = {self.calls + calls: off}

    def power_off_at(self, *sites: str) -> None:
        """Let every call fail from the last of these syncs on, once they came in this order."""
        self._off_at = list(sites)

    def fail(self, *, call: int, number: int) -> None:
        """Let one call fail with an error number: the ``call``-th from now."""
        self._at_call = {self.calls + call: lambda: OSError(number, os.strerror(number))}

    def heal(self) -> bool:
        """No more trouble; whether there was any."""
        happened = any(call <= self.calls for call in self._at_call)
        self._at_call = {}
        return happened

    def about_to_sync(self, site: str, mount: Path) -> None:
        """Count a call, which is a sync of that name.

        Raises:
            OSError: the one asked for, or the power is off.
        """
        self.synced.add(site)
        if self._off_at and self._off_at[0] == site:
            del self._off_at[0]
            self._on = self._on and bool(self._off_at)
        self.about_to_change(mount)

    def about_to_change(self, mount: Path) -> None:
        """Count a call of a program that found the disk mounted there.

        Raises:
            OSError: the one asked for, or the power is off.
        """
        if mount != self.path:
            # Connections that nobody closed are closed when Python finds the time.
            raise OSError(errno.EIO, "a cut ended this program")
        self.calls += 1
        trouble = self._at_call.get(self.calls)
        error = trouble() if trouble else None
        if error is None and not self._on:
            error = OSError(errno.EIO, "the power is off")
        if error is not None:
            raise error

    def need_room(self, more: int) -> None:
        """Raises OSError if the disk has no ``more`` bytes left."""
        if self.capacity is None:
            return
        used = sum(max(inode.size, inode.reserved) for inode in self._names.values())
        if used + more > self.capacity:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # What is done to the disk

    def _relative(self, path: PurePath) -> str:
        return "/".join(path.relative_to(self.path).parts)

    def _place(self, path: PurePath) -> tuple[Directory, str]:
        parent, _, name = self._relative(path).rpartition("/")
        return self._directories[parent], name

    def inode(self, path: PurePath) -> Inode:
        """The file of that name."""
        return self._names[self._relative(path)]

    def make(self, path: PurePath) -> Inode:
        """A new file."""
        inode = Inode()
        directory, name = self._place(path)
        directory.pending.append((name, inode))
        self._names[self._relative(path)] = inode
        return inode

    def forget(self, path: PurePath) -> None:
        """Remove a name."""
        if self._names.pop(self._relative(path), None) is not None:
            directory, name = self._place(path)
            directory.pending.append((name, None))

    def link(self, source: PurePath, target: PurePath) -> None:
        """One more name for a file."""
        inode = self.inode(source)
        directory, name = self._place(target)
        directory.pending.append((name, inode))
        self._names[self._relative(target)] = inode

    def rename(self, source: PurePath, target: PurePath) -> None:
        """Another name for a file."""
        self.link(source, target)
        self.forget(source)

    def make_directory(self, path: PurePath) -> None:
        """A new directory."""
        directory, name = self._place(path)
        directory.pending.append((name, True))
        self._directories[self._relative(path)] = Directory()

    def forget_directory(self, path: PurePath) -> None:
        """Remove an empty directory."""
        if self._directories.pop(self._relative(path), None) is not None:
            directory, name = self._place(path)
            directory.pending.append((name, None))

    def sync(self, inode: Inode, site: str) -> None:
        """Make a file's content durable, unless this disk only pretends to."""
        if site not in self._ignore:
            inode.settle()

    def sync_directory(self, path: PurePath, site: str) -> None:
        """Make a directory's names durable, unless this disk only pretends to."""
        if site not in self._ignore:
            self._directories[self._relative(path)].settle()

    # The cut

    def program_died(self) -> None:
        """kill -9: another program finds everything as this one saw it, synced or not."""
        with self.lock:
            self._on = True
            self._at_call, self._off_at = {}, []

    def cut(self, rng: random.Random) -> None:
        """The power goes; what is left is decided."""
        with self.lock:
            self._on = False
            left_of = {id(inode): inode for inode in self._names.values()}
            directories, names = {"": Directory()}, dict[str, Inode]()
            waiting = [""]
            while waiting:
                here = waiting.pop()
                for name, entry in sorted(self._directories[here].torn(rng).items()):
                    path = f"{here}/{name}" if here else name
                    directories[here].durable[name] = entry
                    if isinstance(entry, Inode):
                        names[path] = entry
                    else:
                        directories[path] = Directory()
                        # Its own names may be lost while its name is kept, not the reverse.
                        if path in self._directories:
                            waiting.append(path)
            left_of |= {id(inode): inode for inode in names.values()}
            for inode in left_of.values():
                inode.durable[:] = inode.torn(rng)
                inode.pending.clear()
                inode.size, inode.reserved = len(inode.durable), 0
            self._directories, self._names = directories, names

    def mount_again(self) -> Path:
        """Turn the power on; where the files lie now."""
        with self.lock:
            self.path = self._new_mount()
            for path in sorted(self._directories):
                (self.path / path).mkdir(exist_ok=True)
            for path, inode in self._names.items():
                (self.path / path).write_bytes(inode.durable)
            self._on = True
            self._at_call, self._off_at = {}, []
            return self.path


from tests.crash.files import SimulatedFiles  # noqa: E402 - it needs what is above
