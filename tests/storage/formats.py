"""Small data directories of each released format: ``python -m tests.storage.formats`` makes one.

A directory that was released is never made again: it shows that what an older
version wrote can still be read.  Only what has to be kept is copied, neither
locks nor the reserve.
"""

import asyncio
import random
import shutil
import tempfile
from pathlib import Path
from typing import Final

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.blob.file import FANS, FileBlobs
from storage.copying import Original
from storage.format import FORMAT, claim
from storage.integrity import NOTHING_PROMISED
from storage.meta.sqlite import SqliteMeta
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes
from tests.storage.engine import Body, Engine

FIXTURES: Final = Path(__file__).parent.parent.parent / "fixtures" / "formats"
BUCKET: Final = "a-bucket"


def content(name: str, size: int) -> bytes:
    """What an object of that name holds."""
    return random.Random(name).randbytes(size)


OBJECTS: Final = {
    name: content(name, size)
    for name, size in (
        ("empty", 0),
        ("inline", 16),
        ("blob", 20_000),
        ("a/b", 5),
        ("a", 6),
        ("naïve\x00", 7),
    )
}
COPY: Final = "copy of blob"
UPLOADED: Final = "uploaded"
UPLOADED_CONTENT: Final = content(UPLOADED, 3000)


def open_engine(directory: Path) -> Engine:
    """The services on a data directory."""
    blobs = FileBlobs(directory / "blobs")
    meta = SqliteMeta(directory / "meta.db", is_large=keys.is_large)
    return Engine(meta=meta, blobs=blobs)


def lay_out(number: int, directory: Path) -> None:
    """A copy of a released directory, with the empty folders that a repository does not keep."""
    shutil.copytree(FIXTURES / str(number), directory, dirs_exist_ok=True)
    for fan in FANS:
        (directory / "blobs" / fan).mkdir(exist_ok=True)


async def close(engine: Engine) -> None:
    """Close its stores."""
    await engine.meta.close()
    await engine.blobs.close()


async def fill(directory: Path) -> None:
    """Make a data directory with something of everything in it."""
    claim(directory)
    engine = open_engine(directory)
    bucket = await engine.buckets.create(BUCKET, account="1", region="us-east-1")
    for name, data in OBJECTS.items():
        await engine.put(bucket, name.encode(), b"an earlier content")
        await engine.put(bucket, name.encode(), data)
    await engine.copies.copy(
        Original(bucket, b"blob", await engine.objects.stat(bucket, b"blob")),
        bucket,
        COPY.encode(),
        attributes=Attributes(metadata={"color": "blue"}),
        owner="1",
        algorithm=None,
        condition=UNCONDITIONAL,
    )
    key = UPLOADED.encode()
    upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner="1")
    part, _ = await engine.uploads.put_part(
        bucket, key, upload, 1, Body(UPLOADED_CONTENT), NOTHING_PROMISED
    )
    claimed = [Claimed(1, part.etag)]
    await engine.uploads.complete(bucket, key, upload, claimed, Wanted(), UNCONDITIONAL)
    await close(engine)


def main() -> None:
    """Make the directory of the present format."""
    target = FIXTURES / str(FORMAT)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary)
        asyncio.run(fill(made))
        for name in ("format", "meta.db"):
            shutil.copy(made / name, target / name)
        for blob in (made / "blobs").glob("[0-9a-f][0-9a-f]/*"):
            (target / "blobs" / blob.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(blob, target / "blobs" / blob.parent.name / blob.name)


if __name__ == "__main__":
    main()
