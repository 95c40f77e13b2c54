"""What is taken out is kept, each under a name of its own, on whatever file system it is given."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.blob import BLOB_ID_BYTES, BlobId
from storage.blob.file import FileBlobs
from storage.errors import StoreUnavailable
from storage.files import RealFiles
from storage.quarantine import QuarantineFolder, Remains

HERE = Path("/nowhere/srv")  # is asked for, and is not on the machine
BLOB = BlobId(bytes(BLOB_ID_BYTES))


class Moved(RealFiles):
    """A file system whose root is a directory of the machine's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_"):
            return found
        call: Callable[..., Any] = found

        def moved(*args: Any, **options: Any) -> Any:
            return call(*(self._at(one) for one in args), **options)

        return moved

    def _at(self, one: Any) -> Any:
        return self._root / one.relative_to("/") if isinstance(one, Path) else one


@pytest.fixture
def files(tmp_path: Path) -> Moved:
    (tmp_path / HERE.relative_to("/")).mkdir(parents=True)
    return Moved(tmp_path)


def kept_in(tmp_path: Path) -> dict[str, bytes]:
    folder = tmp_path / HERE.relative_to("/") / "quarantine"
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.glob("*/*")}


async def test_strays_of_one_name_are_all_kept(tmp_path: Path, files: Moved) -> None:
    blobs = FileBlobs(HERE / "blobs", files=files)
    folder = QuarantineFolder(HERE / "quarantine", blobs, files)
    for text in (b"one", b"another", b"a third"):
        (tmp_path / "nowhere/srv/blobs/stray").write_bytes(text)
        folder.take(HERE / "blobs/stray")
    assert kept_in(tmp_path) == {
        "strays/stray": b"one",
        "strays/stray.1": b"another",
        "strays/stray.2": b"a third",
    }
    await blobs.close()


async def test_what_was_kept_before_is_neither_written_again_nor_lost(
    tmp_path: Path, files: Moved
) -> None:
    blobs = FileBlobs(HERE / "blobs", files=files)
    writer = await blobs.create(BLOB)
    await writer.write(b"large")
    await writer.commit()
    remains = Remains("bucket", b"place", {"why": "x"}, [BLOB], {b"s": b"small"})
    folder = QuarantineFolder(HERE / "quarantine", blobs, files)
    name = Path(folder.keep(remains)).name
    first = kept_in(tmp_path)
    assert first.keys() == {f"{name}/{BLOB.hex()}", f"{name}/{b's'.hex()}", f"{name}/what.json"}
    assert json.loads(first[f"{name}/what.json"]) == {"why": "x", "missing": []}
    await blobs.delete([BLOB])
    assert Path(folder.keep(remains)).name == name
    assert kept_in(tmp_path) == first
    with pytest.raises(StoreUnavailable):
        folder.take(HERE / "blobs/nothing")
    await blobs.close()
