"""Polars: frames sunk to S3 and scanned lazily.  Arguments: endpoint URL, bucket."""

import sys

import polars as pl

ROWS = 300_000


def main(url: str, bucket: str) -> None:
    """Write and read each format; the key comes from the environment."""
    options = {"aws_endpoint_url": url, "aws_allow_http": "true", "aws_region": "us-east-1"}
    frame = pl.DataFrame({"id": range(ROWS)}).with_columns(
        hashed=pl.col("id").hash(seed=7), group=pl.col("id") % 7
    )

    frame.write_parquet(f"s3://{bucket}/frames/written.parquet", storage_options=options)
    frame.lazy().sink_parquet(f"s3://{bucket}/frames/sunk.parquet", storage_options=options)
    frame.lazy().sink_csv(f"s3://{bucket}/other/sunk.csv", storage_options=options)
    frame.lazy().sink_ipc(f"s3://{bucket}/other/sunk.arrow", storage_options=options)

    for name in ("written", "sunk"):
        back = pl.read_parquet(f"s3://{bucket}/frames/{name}.parquet", storage_options=options)
        assert back.equals(frame)
    assert pl.read_csv(
        f"s3://{bucket}/other/sunk.csv", storage_options=options, schema=frame.schema
    ).equals(frame)
    scanned = pl.scan_ipc(f"s3://{bucket}/other/sunk.arrow", storage_options=options)
    assert scanned.collect().equals(frame)

    # A glob is a listing; columns and rows not asked for are not fetched.
    both = pl.scan_parquet(f"s3://{bucket}/frames/*.parquet", storage_options=options)
    found = both.filter(pl.col("group") == 3).select(pl.col("id").sum()).collect().item()
    assert found == 2 * sum(range(3, ROWS, 7))


if __name__ == "__main__":
    main(*sys.argv[1:])
