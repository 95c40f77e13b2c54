"""pyarrow: a Parquet data set written to S3 and read back.  Arguments: authority, bucket."""

import hashlib
import random
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

ROWS = 400_000


def main(authority: str, bucket: str) -> None:
    """Write, read, filter, list; the key comes from the environment."""
    source = random.Random("pyarrow")
    table = pa.table(
        {
            "id": pa.array(range(ROWS)),
            "group": pa.array([number % 5 for number in range(ROWS)]),
            "noise": pa.array([source.randbytes(24) for _ in range(ROWS)]),
        }
    )
    s3 = fs.S3FileSystem(endpoint_override=authority, scheme="http", region="us-east-1")

    pq.write_table(table, f"{bucket}/one/table.parquet", filesystem=s3, compression="none")
    assert s3.get_file_info(f"{bucket}/one/table.parquet").size > 10 << 20  # so: in parts
    assert pq.read_table(f"{bucket}/one/table.parquet", filesystem=s3).equals(table)
    ids = pq.read_table(f"{bucket}/one/table.parquet", filesystem=s3, columns=["id"])
    assert ids.equals(table.select(["id"]))  # by ranges

    ds.write_dataset(
        table, f"{bucket}/many", filesystem=s3, format="parquet", partitioning=["group"]
    )
    many = ds.dataset(f"{bucket}/many", filesystem=s3, partitioning=["group"])
    found = many.to_table(filter=ds.field("group") == 3, columns=["id"])
    expected = table.filter(pc.equal(table["group"], 3)).select(["id"])
    assert sorted(found["id"].to_pylist()) == expected["id"].to_pylist()

    raw = source.randbytes(11 << 20)
    with s3.open_output_stream(f"{bucket}/raw", metadata={"Content-Type": "text/x-raw"}) as sink:
        sink.write(raw)
    with s3.open_input_stream(f"{bucket}/raw") as stream:
        assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(raw).digest()
    with s3.open_input_file(f"{bucket}/raw") as file:
        file.seek(7_000_001)
        assert file.read(1000) == raw[7_000_001:7_001_001]

    s3.copy_file(f"{bucket}/raw", f"{bucket}/copied")
    s3.move(f"{bucket}/copied", f"{bucket}/moved")
    names = {info.path for info in s3.get_file_info(fs.FileSelector(bucket))}
    assert names == {f"{bucket}/{name}" for name in ("one", "many", "raw", "moved")}
    s3.delete_dir(f"{bucket}/many")
    assert s3.get_file_info(f"{bucket}/many").type == fs.FileType.NotFound


if __name__ == "__main__":
    main(*sys.argv[1:])
