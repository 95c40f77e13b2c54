"""What the rows of identities hold.  MessagePack arrays as in ``storage.records``.

A new field goes to the end and has a default.  Times are Unix milliseconds.
"""

import msgspec

from storage.identity import names, quotas


class Account(msgspec.Struct, frozen=True, array_like=True):
    """Who owns buckets and identities; made by command, beside those that settings declare."""

    id: str  # 12 digits
    canonical_id: str
    name: str
    email: str
    created_ms: int
    access_keys: tuple[str, ...] = ()  # that speak for the account itself


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """How many an account has of each kind, and its alias."""

    users: int = 0
    groups: int = 0
    roles: int = 0
    policies: int = 0
    providers: int = 0
    alias: str = ""
    scoped: int = 0  # access keys with a scope


class User(msgspec.Struct, frozen=True, array_like=True):
    """A person or a program."""

    account: str
    name: str
    path: str
    id: str
    created_ms: int
    tags: dict[str, str] = {}
    boundary: str = ""  # a policy's ARN
    attached: tuple[str, ...] = ()  # ARNs of policies
    groups: tuple[str, ...] = ()  # ids, in the order in which the user was added
    access_keys: tuple[str, ...] = ()  # ids, the oldest first

    @property
    def arn(self) -> str:
        """As policies name it."""
        return names.arn(self.account, "user", self.path, self.name)


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Users that have policies in common."""

    account: str
    name: str
    path: str
    id: str
    created_ms: int
    attached: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """As policies name it."""
        return names.arn(self.account, "group", self.path, self.name)


class Role(msgspec.Struct, frozen=True, array_like=True):
    """What others may become for a while, by its trust policy."""

    account: str
    name: str
    path: str
    id: str
    created_ms: int
    trust: str  # the document
    description: str = ""
    session_s: int = quotas.SESSION_S_MIN  # the longest session
    tags: dict[str, str] = {}
    boundary: str = ""
    attached: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """As policies name it."""
        return names.arn(self.account, "role", self.path, self.name)


class PolicyVersion(msgspec.Struct, frozen=True, array_like=True):
    """One version of a managed policy; its document has a row of its own."""

    number: int
    created_ms: int

    @property
    def id(self) -> str:
        """As answers show it."""
        return f"v{self.number}"


class ManagedPolicy(msgspec.Struct, frozen=True, array_like=True):
    """A policy that may be attached to several."""

    account: str
    name: str
    path: str
    id: str
    created_ms: int
    updated_ms: int
    default: int  # the number of the version that counts
    versions: tuple[PolicyVersion, ...]  # the oldest first
    last: int  # the highest number that was given
    description: str = ""
    tags: dict[str, str] = {}
    attachments: int = 0
    boundaries: int = 0  # for how many it is the boundary

    @property
    def arn(self) -> str:
        """As attachments name it; AWS's own have "aws" for an account."""
        return names.arn(self.account, "policy", self.path, self.name)


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """What a key is for, whatever else its parent may do: objects of these buckets."""

    buckets: tuple[str, ...]
    prefix: str = ""  # of the objects' keys
    read_only: bool = False
    note: str = ""  # for whom it is


class AccessKey(msgspec.Struct, frozen=True, array_like=True):
    """A key pair of a user, or of an account itself; the secret is sealed under a master key."""

    id: str
    account: str
    user_id: str  # the account's, if it speaks for the account itself
    # As he is called now, of a key with a scope as he was called then; "" of the account's own.
    user_name: str
    created_ms: int
    sealed: bytes
    active: bool = True
    scope: Scope | None = None  # None: its holder's whole
    expires_ms: int = 0  # from when on it is not valid any more; 0: never

    def __repr__(self) -> str:
        return f"AccessKey({self.id!r}, user_id={self.user_id!r}, active={self.active})"


class LastUsed(msgspec.Struct, frozen=True, array_like=True):
    """When something was last used, and for what; not exact to the minute."""

    used_ms: int
    service: str
    region: str


class OidcProvider(msgspec.Struct, frozen=True, array_like=True):
    """Whose web identities are believed."""

    account: str
    url: str  # without its scheme
    created_ms: int
    clients: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """As trust policies name it."""
        return names.provider_arn(self.account, self.url)


decode_account = msgspec.msgpack.Decoder(Account).decode
decode_summary = msgspec.msgpack.Decoder(Summary).decode
decode_user = msgspec.msgpack.Decoder(User).decode
decode_group = msgspec.msgpack.Decoder(Group).decode
decode_role = msgspec.msgpack.Decoder(Role).decode
decode_policy = msgspec.msgpack.Decoder(ManagedPolicy).decode
decode_access_key = msgspec.msgpack.Decoder(AccessKey).decode
decode_last_used = msgspec.msgpack.Decoder(LastUsed).decode
decode_provider = msgspec.msgpack.Decoder(OidcProvider).decode
