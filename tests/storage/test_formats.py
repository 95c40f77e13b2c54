"""What an older version wrote is read, whole, and goes on being used."""

from pathlib import Path

import pytest

from storage.format import FORMAT, claim
from tests.storage import formats


def test_the_present_format_has_its_fixture() -> None:
    released = sorted(entry.name for entry in formats.FIXTURES.iterdir() if entry.is_dir())
    assert released == [str(number) for number in range(1, FORMAT + 1)]


@pytest.mark.usefixtures("every_directory")
@pytest.mark.parametrize("number", range(1, FORMAT + 1))
async def test_a_data_directory_of_this_format_is_whole(number: int, tmp_path: Path) -> None:
    formats.lay_out(number, tmp_path)
    claim(tmp_path)
    engine = formats.open_engine(tmp_path)
    bucket = await engine.buckets.find(formats.BUCKET)
    for name, data in formats.OBJECTS.items():
        assert await engine.get(bucket, name.encode()) == data
    assert await engine.get(bucket, formats.COPY.encode()) == formats.OBJECTS["blob"]
    copy = await engine.objects.stat(bucket, formats.COPY.encode())
    assert copy.attributes.metadata == {"color": "blue"}
    assert await engine.get(bucket, formats.UPLOADED.encode()) == formats.UPLOADED_CONTENT
    assert (await engine.fsck()).findings == []

    await engine.put(bucket, b"blob", b"and it goes on")
    for _ in range(3):
        await engine.keeper.round()
    assert await engine.get(bucket, formats.COPY.encode()) == formats.OBJECTS["blob"]
    assert (await engine.fsck()).findings == []
    await formats.close(engine)
