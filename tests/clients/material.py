"""What the clients carry: bytes, files and trees that are the same on every run."""

import hashlib
import itertools
import random
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
_BLOCK: Final = 4 * MIB
_LARGEST_TREE_FILE: Final = 256 << 10


def content(seed: str, size: int) -> bytes:
    """``size`` bytes that do not compress and that only this seed gives."""
    return random.Random(seed).randbytes(size)


def sha256(data: bytes) -> str:
    """The hexadecimal SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_file(path: Path, seed: str, size: int) -> str:
    """Write ``size`` bytes of ``seed`` to ``path``; return their SHA-256."""
    source, digest = random.Random(seed), hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK):
            block = source.randbytes(min(_BLOCK, size - start))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def digests(root: Path) -> dict[str, str]:
    """Every file under ``root``: its relative name and SHA-256."""
    return {
        path.relative_to(root).as_posix(): sha256_of(path)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def copy_tree(root: Path, files: int) -> dict[str, str]:
    """Lay ``files`` real files (the interpreter's library) under ``root``; return their digests.

    A library with fewer files is laid down again under another folder.
    """
    for number, source in enumerate(itertools.islice(_library(), files)):
        library, path = source
        target = root / f"copy-{library}" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_STDLIB / path, target)
        assert number < files
    return digests(root)


_STDLIB: Final = Path(sysconfig.get_path("stdlib"))


def _library() -> Iterator[tuple[int, Path]]:
    names = [
        path.relative_to(_STDLIB)
        for path in sorted(_STDLIB.rglob("*.py"))
        if "site-packages" not in path.parts and path.stat().st_size <= _LARGEST_TREE_FILE
    ]
    for number in itertools.count():
        yield from ((number, name) for name in names)
