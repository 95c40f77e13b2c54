"""obstore (Rust's object_store): puts, conditions, ranges.  Arguments: endpoint URL, bucket."""

import hashlib
import random
import sys

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError
from obstore.store import S3Store


def main(url: str, bucket: str) -> None:
    """Each operation that object_store has; the key comes from the environment."""
    store = S3Store(bucket, endpoint=url, region="us-east-1", client_options={"allow_http": True})
    source = random.Random("obstore")
    large = source.randbytes(23 << 20)

    obstore.put(store, "folder/small one", b"small", attributes={"Content-Type": "text/x-small"})
    obstore.put(store, "folder/large", large, use_multipart=True, chunk_size=5 << 20)
    got = obstore.get(store, "folder/large")
    digest = hashlib.sha256()
    for chunk in got:
        digest.update(chunk)
    assert digest.digest() == hashlib.sha256(large).digest()
    assert obstore.get(store, "folder/small one").attributes["Content-Type"] == "text/x-small"

    assert bytes(obstore.get_range(store, "folder/large", start=100, end=300)) == large[100:300]
    pieces = obstore.get_ranges(
        store, "folder/large", starts=[0, 9_000_000, 20_000_000], lengths=[10, 20, 30]
    )
    assert [bytes(piece) for piece in pieces] == [
        large[0:10],
        large[9_000_000:9_000_020],
        large[20_000_000:20_000_030],
    ]

    first = obstore.put(store, "once", b"1", mode="create")
    try:
        obstore.put(store, "once", b"2", mode="create")
    except AlreadyExistsError:
        pass
    else:
        raise AssertionError("created twice")
    obstore.put(store, "once", b"3", mode={"e_tag": first["e_tag"]})
    try:
        obstore.put(store, "once", b"4", mode={"e_tag": first["e_tag"]})
    except PreconditionError:
        pass
    else:
        raise AssertionError("updated what had changed")
    assert bytes(obstore.get(store, "once").bytes()) == b"3"

    obstore.copy(store, "once", "copied")
    obstore.rename(store, "copied", "renamed")
    listed = obstore.list_with_delimiter(store)
    assert sorted(entry["path"] for entry in listed["objects"]) == ["once", "renamed"]
    assert list(listed["common_prefixes"]) == ["folder"]
    names = [f"many/{number:04}" for number in range(60)]
    for name in names:
        obstore.put(store, name, name.encode())
    found = [entry["path"] for chunk in obstore.list(store, "many") for entry in chunk]
    assert found == names
    obstore.delete(store, names)
    try:
        obstore.head(store, names[0])
    except (NotFoundError, FileNotFoundError):
        pass
    else:
        raise AssertionError("deleted, and still there")


if __name__ == "__main__":
    main(*sys.argv[1:])
