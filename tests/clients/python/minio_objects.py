"""minio-py: buckets, objects, presigned URLs, tags.  Arguments: endpoint URL, bucket, folder."""

import hashlib
import io
import os
import random
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

from minio import Minio
from minio.commonconfig import ComposeSource, CopySource, Tags
from minio.deleteobjects import DeleteObject
from minio.error import S3Error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main(url: str, bucket: str, folder: str) -> None:
    """What minio-py's users do; the key comes from the environment."""
    scheme, _, authority = url.partition("://")
    client = Minio(
        authority,
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        secure=scheme == "https",
        region="us-east-1",
    )
    source = random.Random("minio")
    large = source.randbytes(17 << 20)

    made = f"{bucket}-minio"
    assert not client.bucket_exists(made)
    client.make_bucket(made)
    assert made in {entry.name for entry in client.list_buckets()}
    client.remove_bucket(made)

    path = Path(folder, "large")
    path.write_bytes(large)
    client.fput_object(
        bucket, "folder/large ü", str(path), metadata={"colour": "blue"}, part_size=5 << 20
    )
    client.fget_object(bucket, "folder/large ü", f"{path}.back")
    assert _digest(Path(f"{path}.back").read_bytes()) == _digest(large)
    found = client.stat_object(bucket, "folder/large ü")
    assert (found.size, found.metadata["x-amz-meta-colour"]) == (len(large), "blue")

    # A stream whose length nobody knows.
    client.put_object(bucket, "streamed", io.BytesIO(large), -1, part_size=5 << 20)
    part = client.get_object(bucket, "streamed", offset=6_000_000, length=1000)
    assert part.read() == large[6_000_000:6_001_000]
    part.close()
    part.release_conn()

    client.copy_object(bucket, "copied", CopySource(bucket, "streamed"))
    client.compose_object(
        bucket, "composed", [ComposeSource(bucket, "streamed"), ComposeSource(bucket, "copied")]
    )
    whole = client.get_object(bucket, "composed")
    assert _digest(whole.read()) == _digest(large + large)
    whole.close()
    whole.release_conn()

    tags = Tags.new_object_tags()
    tags["project"] = "one + two/three"
    client.set_object_tags(bucket, "copied", tags)
    assert client.get_object_tags(bucket, "copied") == {"project": "one + two/three"}
    client.delete_object_tags(bucket, "copied")

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = client.presigned_put_object(bucket, "presigned key", expires=timedelta(minutes=5))
    request = urllib.request.Request(url, data=b"presigned", method="PUT")
    assert opener.open(request).status == 200
    url = client.presigned_get_object(bucket, "presigned key", expires=timedelta(minutes=5))
    assert opener.open(url).read() == b"presigned"

    names = {entry.object_name for entry in client.list_objects(bucket)}
    assert names == {"folder/", "streamed", "copied", "composed", "presigned key"}
    errors = client.remove_objects(bucket, [DeleteObject(name) for name in names])
    assert list(errors) == []
    try:
        client.stat_object(bucket, "copied")
    except S3Error as error:
        refusal = error.code
    else:
        refusal = "none"
    assert refusal == "NoSuchKey"


if __name__ == "__main__":
    main(*sys.argv[1:])
