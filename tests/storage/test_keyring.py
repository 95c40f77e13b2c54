"""Master keys: made when first needed, kept for good, rotated, and told when they are lost."""

import stat
import threading
from pathlib import Path

import pytest

from storage.errors import KmsKeyNotFound, MasterKeyMissing
from storage.keyring import LOOK_MS, SSE_S3, Keyring, MasterKey
from storage.kms import AWS_MANAGED, KeyNames, LocalKms, parse_arn
from storage.seam import SystemRandomness
from tests.storage.engine import StoppedClock

PLAIN = b"p" * 32
FIRST = 1_800_000_000  # the version made first: the second at which the clock stands
ARN = "arn:aws:kms:us-east-1:000000000001:key/"


def keyring(directory: Path | None, clock: StoppedClock | None = None) -> Keyring:
    return Keyring(directory, clock=clock or StoppedClock(), randomness=SystemRandomness())


async def test_what_is_wrapped_is_unwrapped_by_another_process(tmp_path: Path) -> None:
    wrapped = await keyring(tmp_path).wrap(SSE_S3, PLAIN, b"use")
    assert PLAIN not in wrapped
    assert await keyring(tmp_path).unwrap(SSE_S3, wrapped, b"use") == PLAIN


async def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    await keyring(tmp_path).wrap(SSE_S3, PLAIN, b"")
    folder = tmp_path / "keys"
    assert [path.name for path in folder.iterdir()] == [f"sse-s3.{FIRST}.json"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / f"sse-s3.{FIRST}.json").stat().st_mode) == 0o600


async def test_no_key_is_made_before_one_is_needed(tmp_path: Path) -> None:
    assert keyring(tmp_path).list() == []
    assert not (tmp_path / "keys").exists()


async def test_a_wrapped_key_is_good_for_its_use_and_name_alone(tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    wrapped = await ring.wrap(SSE_S3, PLAIN, b"use")
    await ring.wrap("kms:other", PLAIN, b"use")
    with pytest.raises(MasterKeyMissing):
        await ring.unwrap(SSE_S3, wrapped, b"another use")
    with pytest.raises(MasterKeyMissing):
        await ring.unwrap("kms:other", wrapped, b"use")
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(MasterKeyMissing):
            await ring.unwrap(SSE_S3, bytes(changed), b"use")


async def test_after_a_rotation_the_new_version_wraps_and_the_old_one_unwraps(
    tmp_path: Path,
) -> None:
    clock = StoppedClock()
    serving = keyring(tmp_path, clock)
    old = await serving.wrap(SSE_S3, PLAIN, b"")
    assert keyring(tmp_path).rotate(SSE_S3).version == FIRST + 1
    clock.ms += LOOK_MS
    new = await serving.wrap(SSE_S3, PLAIN, b"")
    assert [int.from_bytes(one[:4], "big") for one in (old, new)] == [FIRST, FIRST + 1]
    assert await serving.unwrap(SSE_S3, old, b"") == PLAIN
    assert await keyring(tmp_path).unwrap(SSE_S3, new, b"") == PLAIN
    assert [key.version for key in serving.list()] == [FIRST, FIRST + 1]
    keyring(tmp_path).rotate(SSE_S3)
    clock.ms -= 24 * 3600 * 1000  # set back, it does not keep the new version unnoticed for a day
    newest = await serving.wrap(SSE_S3, PLAIN, b"")
    assert int.from_bytes(newest[:4], "big") == FIRST + 2


async def test_a_version_that_another_process_added_is_found_when_it_is_met(
    tmp_path: Path,
) -> None:
    serving = keyring(tmp_path)
    await serving.wrap(SSE_S3, PLAIN, b"")
    keyring(tmp_path).rotate(SSE_S3)
    wrapped = await keyring(tmp_path).wrap(SSE_S3, PLAIN, b"")
    assert await serving.unwrap(SSE_S3, wrapped, b"") == PLAIN


async def test_of_two_that_make_the_first_key_both_use_one(tmp_path: Path) -> None:
    one, other = keyring(tmp_path), keyring(tmp_path)
    assert one.list() == other.list() == []
    assert one.newest(SSE_S3) == other.newest(SSE_S3)
    assert one.rotate(SSE_S3).version == FIRST + 1
    assert other.rotate(SSE_S3).version == FIRST + 2


class Interrupted:
    """Randomness that is asked for while another thread wants the same key."""

    def __init__(self) -> None:
        self.other: threading.Thread | None = None
        self.found: list[MasterKey] = []
        self.ring: Keyring | None = None

    def bytes(self, count: int) -> bytes:
        if self.other is None:
            assert self.ring is not None
            newest = self.ring.newest
            self.other = threading.Thread(target=lambda: self.found.append(newest(SSE_S3)))
            self.other.start()
            self.other.join(0.05)  # it must not get through; should it, it makes a key of its own
        return SystemRandomness().bytes(count)


@pytest.mark.parametrize("in_folder", [False, True])
def test_two_requests_that_need_the_first_key_at_once_get_one(
    tmp_path: Path, in_folder: bool
) -> None:
    randomness = Interrupted()
    directory = tmp_path if in_folder else None
    ring = randomness.ring = Keyring(directory, clock=StoppedClock(), randomness=randomness)
    made = ring.newest(SSE_S3)
    assert randomness.other is not None
    randomness.other.join()
    assert randomness.found == [made]
    assert ring.newest(SSE_S3) == made


async def test_a_lost_or_damaged_key_is_named(tmp_path: Path) -> None:
    wrapped = await keyring(tmp_path).wrap(SSE_S3, PLAIN, b"")
    path = tmp_path / "keys" / f"sse-s3.{FIRST}.json"
    text = path.read_bytes()
    path.unlink()
    with pytest.raises(
        MasterKeyMissing, match=r"version 1800000000 of the key sse-s3 .*keys: restore it"
    ):
        await keyring(tmp_path).unwrap(SSE_S3, wrapped, b"")
    for damaged in (b"", b"{}", text[:-10], text.replace(b'"version": 1', b'"version": 2', 1)):
        path.write_bytes(damaged)
        with pytest.raises(
            MasterKeyMissing, match=r"sse-s3.1800000000.json is damaged: restore it"
        ):
            keyring(tmp_path).list()


async def test_a_folder_that_was_lost_is_restored_beside_a_new_one(tmp_path: Path) -> None:
    old = await keyring(tmp_path).wrap(SSE_S3, PLAIN, b"")
    (tmp_path / "keys").rename(tmp_path / "lost")
    clock = StoppedClock()
    clock.ms += 1000
    new = await keyring(tmp_path, clock).wrap(SSE_S3, PLAIN, b"")
    for path in (tmp_path / "lost").iterdir():
        path.rename(tmp_path / "keys" / path.name)
    for wrapped in (old, new):
        assert await keyring(tmp_path).unwrap(SSE_S3, wrapped, b"") == PLAIN


async def test_names_that_are_no_file_names_are_keys_all_the_same(tmp_path: Path) -> None:
    names = ["kms:../../etc/passwd", "kms:a/b", "kms:" + ARN + "x" * 2000, "kms:ü\0"]
    for name in names:
        wrapped = await keyring(tmp_path).wrap(name, PLAIN, b"")
        assert await keyring(tmp_path).unwrap(name, wrapped, b"") == PLAIN
    assert sorted(key.name for key in keyring(tmp_path).list()) == sorted(names)
    assert {path.parent for path in (tmp_path / "keys").iterdir()} == {tmp_path / "keys"}


def test_a_secret_shows_in_no_repr() -> None:
    assert "secret" not in repr(MasterKey("name", 1, 0, b"secret" * 6))


# Names of keys in KMS


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("key-1", "key-1", id="its id"),
        pytest.param("alias/one", "key-1", id="an alias"),
        pytest.param(ARN + "key-1", "key-1", id="the ARN of an id"),
        pytest.param(
            "arn:aws:kms:us-east-1:000000000001:alias/one", "key-1", id="the ARN of an alias"
        ),
        pytest.param(ARN + "full", ARN + "full", id="a declared ARN"),
        pytest.param("full", ARN + "full", id="the id in a declared ARN"),
        pytest.param("alias/aws/s3", AWS_MANAGED, id="S3's own"),
    ],
)
def test_a_key_is_found_by_each_of_its_names(asked: str, found: str) -> None:
    names = KeyNames(("key-1", "alias/one=key-1", ARN + "full"), "us-east-1")
    assert names.find(asked) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("other", "Invalid keyId 'other'"),
        ("", "Invalid keyId ''"),
        ("aws/s3", "Invalid keyId 'aws/s3'"),
        (ARN + "other", f"Key '{ARN}other' does not exist"),
        ("arn:aws:kms:us-west-2:000000000001:key/key-1", "Invalid arn us-west-2"),
    ],
)
def test_a_key_that_is_not_there_is_refused_in_the_words_of_kms(asked: str, said: str) -> None:
    with pytest.raises(KmsKeyNotFound) as refusal:
        KeyNames(("key-1",), "us-east-1").find(asked)
    assert refusal.value.message == said


def test_what_is_no_arn_is_none() -> None:
    for text in ("", "key-1", "arn:aws:s3:::bucket", "arn:aws:kms:us-east-1:1:key/a"):
        assert parse_arn(text) is None


async def test_a_local_key_wraps_for_one_use(tmp_path: Path) -> None:
    kms = LocalKms(keyring(tmp_path), ("key-1", "key-2"), "us-east-1", SystemRandomness())
    made = await kms.generate_data_key("key-1", b"use")
    assert len(made.plain) == 32
    assert await kms.unwrap("key-1", made.wrapped, b"use") == made.plain
    with pytest.raises(MasterKeyMissing):
        await kms.unwrap("key-1", made.wrapped, b"other")
    with pytest.raises(MasterKeyMissing):
        await kms.unwrap("key-2", made.wrapped, b"use")
    undeclared = LocalKms(keyring(tmp_path), (), "us-east-1", SystemRandomness())
    with pytest.raises(KmsKeyNotFound):
        await undeclared.unwrap("key-1", made.wrapped, b"use")
