"""A POST policy: what a form must be like for its signature to mean anything.

A policy is read whole before it judges: what cannot be understood refuses the
form.  Its signature is checked before this module sees it.

Source: S3 API Reference, "POST Policy".
"""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, NoReturn

from sigv4 import form_errors as errors

IGNORED_PREFIX: Final = "x-ignore-"

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_ASCII_SPACE: Final = re.compile(rb"[ \t\n\r]+")
# The Reference escapes the dollar sign, and has \v, which JSON has not.
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_FOREIGN_ESCAPES: Final = {"$": "$", "v": "\\u000b"}
_EXPIRATION: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_INTEGER: Final = re.compile(r"[0-9]{1,19}\Z")
_MATCHES: Final = ("eq", "starts-with")
_RANGE: Final = "content-length-range"


class Condition(NamedTuple):
    """One condition on a field, by its lower-case name; ``field`` None is a name without $."""

    operator: str  # eq or starts-with; content-length-range if it is none
    field: str | None
    value: str
    text: str  # as error documents show it


class Range(NamedTuple):
    """How many bytes the file may have; both ends count."""

    least: int
    most: int


class Policy(NamedTuple):
    """A policy that was understood."""

    expires_at: int  # Unix seconds
    conditions: tuple[Condition, ...]
    size: Range | None

    def check(
        self, fields: Mapping[str, str], *, bucket: str, now: int, exempt: frozenset[str]
    ) -> None:
        """Judge a form by its fields, by lower-case name.

        ``bucket`` is the one that the request addresses, whatever the form
        says (CVE-2023-43040).  Every field must have a condition, but those of
        ``exempt`` and those that begin with x-ignore-.

        Raises:
            SigError: AccessDenied
        """
        if self.expires_at < now:
            raise errors.policy_expired()
        for condition in self.conditions:
            name = condition.field
            value = bucket if name == "bucket" else fields.get(name) if name else None
            if value is None or not _holds(condition, value):
                raise errors.condition_failed(condition.text)
        covered = {condition.field for condition in self.conditions} | exempt
        for name in (*fields, "bucket"):
            if name not in covered and not name.startswith(IGNORED_PREFIX):
                raise errors.extra_field(name)


def _holds(condition: Condition, value: str) -> bool:
    if condition.operator == "eq":
        return value == condition.value
    if condition.field == "content-type":
        # A list of types: each has to begin so.
        return all(item.strip().startswith(condition.value) for item in value.split(","))
    return value.startswith(condition.value)


def parse(encoded: bytes) -> Policy:
    """Understand the field ``policy``: JSON in base64.

    Raises:
        SigError: InvalidPolicyDocument
    """
    members = _read_members(_decode(encoded))
    for name in ("expiration", "conditions"):
        if name not in members:
            raise errors.invalid_policy(f"Policy missing {name}.")
    expires_at = _read_expiration(members["expiration"])
    conditions, ranges = [], []
    for value, text in members["conditions"]:
        read = _read_condition(value, text)
        if isinstance(read, Range):
            ranges.append(read)
        else:
            conditions.append(read)
    size = None
    if ranges:
        size = Range(max(one.least for one in ranges), min(one.most for one in ranges))
    return Policy(expires_at, tuple(conditions), size)


def _decode(encoded: bytes) -> str:
    packed = _ASCII_SPACE.sub(b"", encoded)
    try:
        raw = b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except Base64Error:
        raise errors.invalid_policy("invalid Base64 encoding.") from None
    if not raw.strip():
        raise errors.invalid_policy("Expecting '{' but found End-of-Input")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _no_json() from None


# JSON, with the spelling of each condition kept


def _no_json() -> Exception:
    return errors.invalid_policy("Invalid JSON.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity, which only Python takes for JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A condition that is checked and another that is shown: no member comes twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


_JSON: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse_constant)


class _Scanner:
    """Reads JSON a value at a time, and says how each was spelt."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def take(self, wanted: str) -> bool:
        """Whether the next character is this one, which is then behind us."""
        self._skip()
        found = self._text.startswith(wanted, self._at)
        self._at += found
        return found

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise ValueError(wanted)

    def value(self) -> tuple[Any, str]:
        self._skip()
        start = self._at
        value, self._at = _JSON.raw_decode(self._text, start)
        return value, self._text[start : self._at]

    def end(self) -> None:
        self._skip()
        if self._at != len(self._text):
            raise ValueError

    def is_list(self) -> bool:
        self._skip()
        return self._text.startswith("[", self._at)

    def items(self) -> list[tuple[Any, str]]:
        """A list's values and their spelling."""
        self.need("[")
        found: list[tuple[Any, str]] = []
        if self.take("]"):
            return found
        while True:
            found.append(self.value())
            if self.take("]"):
                return found
            self.need(",")

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None, "it matches nothing at all, too"
        self._at = space.end()


def _read_members(text: str) -> dict[str, Any]:
    """Expiration and conditions; these as values with their spelling."""
    text = _ESCAPE.sub(lambda found: _FOREIGN_ESCAPES.get(found[1], found[0]), text)
    try:
        return _scan_members(_Scanner(text))
    except (ValueError, RecursionError):
        raise _no_json() from None


def _scan_members(scanner: _Scanner) -> dict[str, Any]:
    members: dict[str, Any] = {}
    scanner.need("{")
    if scanner.take("}"):
        scanner.end()
        return members
    while True:
        name, _ = scanner.value()
        scanner.need(":")
        if not isinstance(name, str) or name in members:
            raise ValueError
        if name == "conditions" and scanner.is_list():
            members[name] = scanner.items()
        else:
            members[name], _ = scanner.value()
            _check_member(name)
        if scanner.take("}"):
            scanner.end()
            return members
        scanner.need(",")


def _check_member(name: str) -> None:
    if name == "conditions":
        raise errors.invalid_policy("Invalid 'conditions' value: must be a List.")
    if name != "expiration":
        raise errors.invalid_policy(f"Unexpected: '{name}'")


# Expiration and conditions


def _read_expiration(value: object) -> int:
    if not isinstance(value, str):
        raise _no_json()
    found = _EXPIRATION.match(value)
    try:
        if found is None:
            raise ValueError
        return int(datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).timestamp())
    except ValueError:
        raise errors.invalid_policy(f"Invalid 'expiration' value: '{value}'") from None


def _read_condition(value: object, text: str) -> Condition | Range:
    if isinstance(value, dict):
        return _read_simple(value)
    if not isinstance(value, list):
        raise errors.invalid_policy("Invalid condition test: must be a List or Object.")
    if not value:
        raise errors.invalid_policy("Invalid Condition: missing operation identifier.")
    given, *arguments = value
    if not isinstance(given, str):
        raise _no_json()
    operator = given.lower()
    if operator not in (*_MATCHES, _RANGE):
        raise errors.invalid_policy(f"Invalid Condition: unknown operation '{given}'.")
    if len(arguments) != 2:
        raise errors.invalid_policy(f"Invalid {given}: wrong number of arguments.")
    if operator == _RANGE:
        return _read_range(arguments, text)
    reference, wanted = arguments[0], _scalar(arguments[1])
    if not isinstance(reference, str):
        raise _no_json()
    # Where the dollar sign was escaped for JSON and once more.
    dollar, _, name = reference.removeprefix("\\").partition("$")
    field = name.lower() if name and not dollar else None
    return Condition(operator, field, wanted, text)


def _read_simple(members: dict[str, Any]) -> Condition:
    if len(members) != 1:
        raise errors.invalid_policy(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        )
    [(name, value)] = members.items()
    if not isinstance(value, str):
        raise errors.invalid_policy("Invalid Simple-Condition: value must be a string.")
    text = json.dumps(["eq", f"${name}", value], ensure_ascii=False)
    return Condition("eq", name.lower() or None, value, text)


def _read_range(arguments: list[Any], text: str) -> Condition | Range:
    """Two integers, or their spelling; what is neither is a condition that never holds."""
    ends = []
    for argument in arguments:
        if isinstance(argument, str) and _INTEGER.match(argument):
            argument = int(argument)
        if isinstance(argument, str):
            return Condition(_RANGE, None, "", text)
        if type(argument) is not int:  # True is an integer to Python
            raise _no_json()
        ends.append(argument)
    return Range(*ends)


def _scalar(value: object) -> str:
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise _no_json()
    return value
