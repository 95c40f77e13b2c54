"""s3fs: S3 as files, by fsspec and aiobotocore.  Arguments: endpoint URL, bucket, folder."""

import hashlib
import random
import sys
from pathlib import Path

import fsspec
import s3fs


def _digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def main(url: str, bucket: str, folder: str) -> None:
    """Files, trees, globs and appends; the key comes from the environment."""
    files = s3fs.S3FileSystem(endpoint_url=url, use_listings_cache=False)
    source = random.Random("s3fs")
    large = source.randbytes(16 << 20)

    with files.open(f"{bucket}/folder/large", "wb", block_size=5 << 20) as file:
        for start in range(0, len(large), 1 << 20):
            file.write(large[start : start + (1 << 20)])
    with files.open(f"{bucket}/folder/large", "rb") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(large).digest()
    with files.open(f"{bucket}/folder/large", "rb", block_size=1 << 20) as file:
        file.seek(9_999_999)
        assert file.read(100) == large[9_999_999:10_000_099]
    assert files.cat_file(f"{bucket}/folder/large", start=-10) == large[-10:]
    assert files.info(f"{bucket}/folder/large")["size"] == len(large)

    with files.open(f"{bucket}/folder/large", "ab") as file:  # by UploadPartCopy
        file.write(b"appended")
    assert files.cat_file(f"{bucket}/folder/large", start=-8) == b"appended"
    assert files.size(f"{bucket}/folder/large") == len(large) + 8

    tree = Path(folder, "tree")
    for number in range(40):
        path = tree / f"d{number % 4}" / f"{number} ü"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.randbytes(number * 100))
    files.put(str(tree), f"{bucket}/tree", recursive=True)
    files.get(f"{bucket}/tree", f"{folder}/back", recursive=True)
    assert _digests(Path(folder, "back")) == _digests(tree)
    assert len(files.glob(f"{bucket}/tree/d1/*")) == 10
    assert len(files.find(f"{bucket}/tree")) == 40
    assert sorted(files.ls(f"{bucket}/tree")) == [f"{bucket}/tree/d{n}" for n in range(4)]

    files.copy(f"{bucket}/folder/large", f"{bucket}/copy")
    files.mv(f"{bucket}/copy", f"{bucket}/moved")
    assert not files.exists(f"{bucket}/copy")
    files.rm(f"{bucket}/tree", recursive=True)
    assert files.find(f"{bucket}/tree") == []

    with fsspec.open(f"s3://{bucket}/text.gz", "wt", compression="gzip", endpoint_url=url) as text:
        text.write("line\n" * 1000)
    with fsspec.open(f"s3://{bucket}/text.gz", "rt", compression="gzip", endpoint_url=url) as text:
        assert text.read() == "line\n" * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
