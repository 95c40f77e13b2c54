"""Where every record lives: one table of key layouts, in byte order.

========================  =====================================================
control (names)
``cn`` name               bucket name -> NameRecord
``ca`` account NUL name   the buckets of an account, in order of name
``cg`` id                 when a bucket and all of its rows went, for a while
``ci``                    accounts, users, policies: ``storage.identity.layout``
``cl`` stamp              the change log of what belongs to no bucket
``cq`` kind NUL name      Limit: how much a key, account, bucket or address may ask for
``cq#``                   counts the changes of limits
``cu`` account            AccountQuota: how much its buckets may hold, and what each may
data (a partition each)
``b`` id                  Bucket
``b`` id ``d`` kind NUL i a configuration document, perhaps of several with identities
``b`` id ``o`` key        the current ObjectVersion of a key
``b`` id ``v`` key~ seq   noncurrent versions, newest first
``b`` id ``s`` content n  segments beyond the row's own, with cumulative offsets
``b`` id ``i`` content    a small content itself, apart from its row
``b`` id ``r`` content    how many names a content has; that a blob is named
``b`` id ``u`` key~ id    Upload (ids begin with time)
``b`` id ``p`` id number  Part; number 0 counts the changes of the upload's parts
``b`` id ``k`` id         what a completed upload answered, for a repeated Complete
``b`` id ``g`` stamp      contents and parts nobody names any more
``b`` id ``c`` stamp      the change log
``b`` id ``#`` counter    usage
========================  =====================================================

``key~`` is the key with NUL escaped and a terminator, so that what follows it
never mixes with the bytes of a longer key.
"""

from typing import Final

from storage import naming
from storage.blob import BUCKET_ID_BYTES, BlobId
from storage.meta import KEY_BYTES_MAX, Range, prefix_range

CONTROL: Final = b"c"
NAMES: Final = b"cn"
ACCOUNTS: Final = b"ca"
GONE: Final = b"cg"
IDENTITIES: Final = b"ci"
CONTROL_CHANGES: Final = b"cl"
LIMITS: Final = b"cq"
QUOTAS: Final = b"cu"
LIMITS_REVISION: Final = b"cq#"

SEQUENCE_BYTES: Final = 8
SEQUENCE_MAX: Final = 2**64 - 1
_ESCAPED_NUL: Final = b"\x00\xff"
_TERMINATOR: Final = b"\x00\x01"

# Every NUL of a key takes two bytes, and what stands around it less than this.
assert 2 * naming.KEY_BYTES_MAX + 64 <= KEY_BYTES_MAX
assert _TERMINATOR < _ESCAPED_NUL  # so that "a" sorts before "a\0"


def escape(key: bytes) -> bytes:
    """``key`` with a terminator, keeping the order of keys."""
    return key.replace(b"\x00", _ESCAPED_NUL) + _TERMINATOR


def escape_prefix(prefix: bytes) -> bytes:
    """The beginning that every escaped key starting with ``prefix`` has."""
    return prefix.replace(b"\x00", _ESCAPED_NUL)


def unescape_prefix(text: bytes) -> bytes:
    """What ``escape_prefix`` was given."""
    return text.replace(_ESCAPED_NUL, b"\x00")


def is_escaped_whole(text: bytes) -> bool:
    """Whether it begins with a whole escaped key, not with a beginning of one."""
    return _TERMINATOR in text


def unescape(text: bytes) -> tuple[bytes, bytes]:
    """Split an escaped key from what follows its terminator."""
    end = text.index(_TERMINATOR)
    while text[end : end + 2] != _TERMINATOR:
        end = text.index(_TERMINATOR, end + 1)
    return text[:end].replace(_ESCAPED_NUL, b"\x00"), text[end + 2 :]


def escaped_key(text: bytes) -> bytes:
    """What stands before the terminator; everything if there is none."""
    return text.partition(_TERMINATOR)[0]


# Control


def name(bucket: str) -> bytes:
    return NAMES + bucket.encode()


def account_bucket(account: str, bucket: str) -> bytes:
    return ACCOUNTS + account.encode() + b"\x00" + bucket.encode()


def account_buckets(account: str) -> Range:
    return prefix_range(ACCOUNTS + account.encode() + b"\x00")


def gone(bucket_id: bytes) -> bytes:
    return GONE + bucket_id


def limit(kind: str, subject: str) -> bytes:
    return LIMITS + kind.encode() + b"\x00" + subject.encode()


def quota(account: str) -> bytes:
    return QUOTAS + account.encode()


# Data: every function takes the bucket's id


def bucket(bucket_id: bytes) -> bytes:
    """The bucket's own row, which is also its partition."""
    return b"b" + bucket_id


def bucket_id_of(key: bytes) -> bytes:
    return key[1 : 1 + BUCKET_ID_BYTES]


def all_buckets() -> Range:
    return prefix_range(b"b")


def everything(bucket_id: bytes) -> Range:
    return prefix_range(b"b" + bucket_id)


def document(bucket_id: bytes, kind: str, identity: str = "") -> bytes:
    """A document of a kind; of some kinds there are several, each with an identity."""
    own = b"b" + bucket_id + b"d" + kind.encode()
    return own + b"\x00" + identity.encode() if identity else own


def documents(bucket_id: bytes) -> Range:
    return prefix_range(b"b" + bucket_id + b"d")


def documents_of(bucket_id: bytes, kind: str) -> Range:
    """Those of a kind that have an identity."""
    return prefix_range(b"b" + bucket_id + b"d" + kind.encode() + b"\x00")


def kind_of_document(key: bytes) -> str:
    return key[_TAG + 1 :].partition(b"\x00")[0].decode()


def objects_prefix(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"o"


def current(bucket_id: bytes, key: bytes) -> bytes:
    return b"b" + bucket_id + b"o" + key


def versions_prefix(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"v"


def noncurrent(bucket_id: bytes, key: bytes, sequence: int) -> bytes:
    """Higher sequences first: the newest noncurrent version leads its key's rows."""
    return b"b" + bucket_id + b"v" + place_of_version(key, sequence)


def place_of_version(key: bytes, sequence: int) -> bytes:
    """Where a version stands among all versions of all keys."""
    return escape(key) + (SEQUENCE_MAX - sequence).to_bytes(SEQUENCE_BYTES, "big")


def noncurrent_of(bucket_id: bytes, key: bytes) -> Range:
    return prefix_range(b"b" + bucket_id + b"v" + escape(key))


def segments(bucket_id: bytes, content: bytes, first: int) -> bytes:
    return b"b" + bucket_id + b"s" + content + first.to_bytes(2, "big")


def segments_of(bucket_id: bytes, content: bytes) -> Range:
    return prefix_range(b"b" + bucket_id + b"s" + content)


def inline(bucket_id: bytes, content: bytes) -> bytes:
    return b"b" + bucket_id + b"i" + content


def reference(bucket_id: bytes, content: bytes) -> bytes:
    return b"b" + bucket_id + b"r" + content


def references(bucket_id: bytes) -> Range:
    return prefix_range(b"b" + bucket_id + b"r")


def uploads_prefix(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"u"


def upload(bucket_id: bytes, key: bytes, upload_id: bytes) -> bytes:
    return b"b" + bucket_id + b"u" + escape(key) + upload_id


def part(bucket_id: bytes, upload_id: bytes, number: int) -> bytes:
    return b"b" + bucket_id + b"p" + upload_id + number.to_bytes(2, "big")


def parts_counter(bucket_id: bytes, upload_id: bytes) -> bytes:
    """Changed by every UploadPart without conflict; Complete expects it unchanged."""
    return part(bucket_id, upload_id, 0)


def parts(bucket_id: bytes, upload_id: bytes, after: int = 0) -> Range:
    start = part(bucket_id, upload_id, after) + b"\x00"
    return Range(start, prefix_range(b"b" + bucket_id + b"p" + upload_id).end)


def all_parts(bucket_id: bytes) -> Range:
    """The parts of all uploads, and the counters of their changes."""
    return prefix_range(b"b" + bucket_id + b"p")


def is_parts_counter(key: bytes) -> bool:
    return key[-2:] == b"\x00\x00"


def upload_of_part(bucket_id: bytes, key: bytes) -> bytes:
    return key[len(bucket(bucket_id)) + 1 : -2]


def completed(bucket_id: bytes, upload_id: bytes) -> bytes:
    return b"b" + bucket_id + b"k" + upload_id


def completed_all(bucket_id: bytes) -> Range:
    return prefix_range(b"b" + bucket_id + b"k")


def garbage(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"g"


def changes(partition: bytes) -> bytes:
    """The change log of a bucket's partition, or of the control partition."""
    return CONTROL_CHANGES if partition == CONTROL else partition + b"c"


def usage_bytes(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"#bytes"


def usage_objects(bucket_id: bytes) -> bytes:
    return b"b" + bucket_id + b"#objects"


def bucket_of_blob(blob: BlobId) -> bytes:
    """A blob's name begins with its bucket's id."""
    return blob[:BUCKET_ID_BYTES]


def is_setting(key: bytes) -> bool:
    """Whether it is read for every request of a bucket: its own row, its documents."""
    return key[_TAG : _TAG + 1] in (b"", b"d")


_LARGE_TAGS: Final = (b"i", b"s")  # contents and lists of segments
_TAG: Final = 1 + BUCKET_ID_BYTES


def is_large(start: bytes, end: bytes) -> bool | None:
    """Whether the rows of a range (or of one key, given twice) hold large values.

    None: the range may have both kinds.
    """
    if start[:1] != b"b":
        return False
    tag = start[_TAG : _TAG + 1]
    # A range of one kind ends at the latest where the next kind begins.
    if start[:_TAG] != end[:_TAG] or not tag or end > start[:_TAG] + bytes([tag[0] + 1]):
        return False if start == end else None
    return tag in _LARGE_TAGS
