"""What a listing writes straight from the rows is what its documents' own writer makes of them."""

import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.operations.contents import written
from gateway.operations.listing import shown
from gateway.protocol import types as t
from gateway.protocol.plans import compile_plans
from storage.listing import Entry
from storage.records import Attributes, Checksum, ObjectVersion

TEXTS = st.text(max_size=20)
TAGS = st.text(string.hexdigits + "-", max_size=40) | TEXTS
TIMES = st.integers(0, 4_102_444_800_000)  # up to 2100
CHECKSUMS = st.none() | st.builds(
    Checksum, st.sampled_from(["CRC32", "a<b"]), st.sampled_from(["FULL_OBJECT", "&"]), st.just("")
)
VERSIONS = st.builds(
    ObjectVersion,
    st.just(1),
    st.just(""),
    TIMES,
    size=st.integers(0, 2**48),
    etag=TAGS,
    owner=st.sampled_from(["000000000001", "000000000002", ""]),
    attributes=st.builds(Attributes, storage_class=st.sampled_from(["STANDARD", "GLACIER", "<"])),
    checksum=CHECKSUMS,
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
OWNERS: dict[str, t.Owner] = {
    "000000000001": t.Owner(id="a" * 64, display_name="one & only"),
    "000000000002": t.Owner(id="<b>"),
    "": t.Owner(id="c" * 64),
}


def owner_of(found: ObjectVersion) -> t.Owner:
    return OWNERS[found.owner]


@given(st.lists(st.tuples(KEYS, VERSIONS), max_size=5), st.booleans(), st.booleans())
def test_they_are_the_same(
    rows: list[tuple[str, ObjectVersion]], encode: bool, owner: bool
) -> None:
    entries = [Entry(key.encode(), found) for key, found in rows]
    plan = compile_plans().by_name["ListObjectsV2"]
    contents: Any = written(
        entries,
        shown=(lambda text: shown(text, encode=True)) if encode else None,
        owner_of=owner_of if owner else None,
    )
    objects = [
        t.ObjectShape(
            key=shown(key, encode=encode),
            last_modified=found.modified_ms,
            etag=f'"{found.etag}"',
            checksum_algorithm=[found.checksum.algorithm] if found.checksum else None,
            checksum_type=found.checksum.type if found.checksum else None,
            size=found.size,
            storage_class=found.attributes.storage_class,
            owner=owner_of(found) if owner else None,
        )
        for key, found in rows
    ]
    ours = plan.render(t.ListObjectsV2Output(name="b", contents=contents))
    assert ours == plan.render(t.ListObjectsV2Output(name="b", contents=objects))
