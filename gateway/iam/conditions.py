"""The Condition element: every operator, compiled once.

A condition on a key that the request does not have holds only for an operator
that says what must not be; ``...IfExists`` holds then, too, but not with
``ForAnyValue:``, which nothing fulfils that is not there.  Of several values
in a policy one must match; of an operator that negates, none may.  A key that
a request has several values of is looked at by ``ForAllValues:`` (each of
them) or ``ForAnyValue:`` (one of them); each of these is asked of every single
value, negated or not, which is not the same as the negation of the whole.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and
"Set operators for multivalued context keys".
"""

import ipaddress
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gateway.iam.match import PLAIN, arn_matches, glob
from gateway.iam.variables import Template, Values

# Whether a value of the request is what the policy means.
Matches = Callable[[str, Values], bool]

ALL: Final = "ForAllValues"
ANY: Final = "ForAnyValue"
_IF_EXISTS: Final = "IfExists"
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?\Z", re.ASCII)
_DATE: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?\Z",
    re.ASCII,
)
_EPOCH: Final = re.compile(r"[0-9]{5,15}\Z", re.ASCII)
_ARN_COLONS: Final = 5
_ADDRESSES_KEPT: Final = 1024  # one client asks many times
_MAPPED_PREFIX: Final = 96  # of ::ffff:0:0/96, RFC 4291, section 2.5.5.2


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator, and the values it is compared with."""

    operator: str  # as the policy has it
    key: str  # in lower case
    texts: tuple[str, ...]
    matches: tuple[Matches, ...]
    negated: bool
    if_exists: bool
    quantifier: str  # ALL, ANY or ""
    names: frozenset[str]  # the keys it asks for: its own, and those of its variables
    doubted: tuple[Template, ...] = ()  # without a value of each variable here it does not hold

    def holds(self, values: Values) -> bool:
        """Whether a request fulfils it."""
        given = values(self.key)
        if not given:
            return self._holds_without()
        if self.doubted and not all(template.resolves(values) for template in self.doubted):
            return False
        if self.quantifier == ALL:
            return all(self._matches(one, values) != self.negated for one in given)
        if self.quantifier == ANY:
            return any(self._matches(one, values) != self.negated for one in given)
        if len(given) == 1:
            return self._matches(given[0], values) is not self.negated
        return any(self._matches(one, values) for one in given) is not self.negated

    def _holds_without(self) -> bool:
        if self.quantifier:
            return self.quantifier == ALL  # also with IfExists: one of no values never matches
        return self.if_exists or self.negated

    def _matches(self, given: str, values: Values) -> bool:
        for matches in self.matches:  # noqa: SIM110  twice as fast as any()
            if matches(given, values):
                return True
        return False


@dataclass(frozen=True, slots=True)
class NullCondition:
    """Whether a key is there at all."""

    operator: str
    key: str
    texts: tuple[str, ...]
    names: frozenset[str]
    wanted: frozenset[bool]  # that it is absent

    negated = False
    if_exists = False

    def holds(self, values: Values) -> bool:
        """Whether a request fulfils it."""
        return (not values(self.key)) in self.wanted


Held = Condition | NullCondition


class _Operator(NamedTuple):
    make: Callable[[Template], Matches]
    negated: bool = False


def compile_condition(
    operator: str, key: str, texts: tuple[str, ...], *, variables: bool, allows: bool = False
) -> Held:
    """One line of a Condition element.

    ``variables`` says whether the policy's version has variables.  ``allows`` is of a
    statement that does: whoever is not to be what a variable stands for, which stands for
    nothing, is allowed nothing by that, though he is denied what others are.

    Raises:
        LookupError: there is no such operator
        ValueError: a value is none that the operator compares with
    """
    name = operator
    quantifier, colon, rest = operator.partition(":")
    if colon:
        if quantifier not in (ALL, ANY):
            raise LookupError(operator)
        name = rest
    else:
        quantifier = ""
    if name == "Null" and not colon:
        wanted = frozenset(_boolean(text) for text in texts)
        return NullCondition(operator, key.lower(), texts, frozenset((key.lower(),)), wanted)
    if_exists = name.endswith(_IF_EXISTS)
    found = _OPERATORS.get(name.removesuffix(_IF_EXISTS) if if_exists else name)
    if found is None:
        raise LookupError(operator)
    templates = tuple(Template(text, variables=variables) for text in texts)
    return Condition(
        operator=operator,
        key=key.lower(),
        texts=texts,
        matches=tuple(found.make(template) for template in templates),
        negated=found.negated,
        if_exists=if_exists,
        quantifier=quantifier,
        names=frozenset((key.lower(),)).union(*(template.names for template in templates)),
        doubted=_doubted(templates, found) if allows and found.negated else (),
    )


# Stands for nothing, whatever a request has.
_NOTHING: Final = Template("${signet:nothing}", variables=True)


def _doubted(templates: Sequence[Template], operator: "_Operator") -> tuple[Template, ...]:
    """What may stand for nothing; what is to be an ARN and is none does always."""
    return tuple(
        _NOTHING if operator.make is _arn and not _is_arn(one.text) else one
        for one in templates
        if one.names or (operator.make is _arn and not _is_arn(one.text))
    )


# Texts


def _equals(template: Template) -> Matches:
    if template.literal is not None:
        wanted = template.literal.translate(PLAIN)
        return lambda given, _: given == wanted

    def matches(given: str, values: Values) -> bool:
        return given == template.plain(values, len(given))

    return matches


def _equals_ignoring_case(template: Template) -> Matches:
    def matches(given: str, values: Values) -> bool:
        folded = given.casefold()  # may be longer
        wanted = template.plain(values, len(folded))
        return wanted is not None and folded == wanted.casefold()

    return matches


def _like(template: Template) -> Matches:
    literal = template.literal
    if literal is not None:
        return lambda given, _: glob(literal).matches(given)

    def matches(given: str, values: Values) -> bool:
        wanted = template.pattern(values, len(given))
        return wanted is not None and glob(wanted).matches(given)

    return matches


def _arn(template: Template) -> Matches:
    literal = template.literal
    if literal is not None:
        return lambda given, _: _is_like(literal, given)

    def matches(given: str, values: Values) -> bool:
        wanted = template.pattern(values, len(given))
        return wanted is not None and _is_like(wanted, given)

    return matches


def _is_like(pattern: str, arn: str) -> bool:
    return _is_arn(pattern) and arn_matches(pattern, arn)


def _is_arn(pattern: str) -> bool:
    """A pattern of fewer parts than an ARN has is none; a star alone is anything."""
    return pattern == "*" or pattern.count(":") >= _ARN_COLONS


# What has an order


def _number(text: str) -> Decimal:
    if not _NUMBER.match(text):
        raise ValueError(f"{text} is no number")
    return Decimal(text)


def read_date(text: str) -> datetime:
    """A date as ISO 8601 has it, or in seconds since 1970.

    Raises:
        ValueError
    """
    if _EPOCH.match(text):
        return datetime.fromtimestamp(_seconds(text), UTC)
    found = _DATE.match(text)
    if found is None:
        raise ValueError(f"{text} is no date")
    year, month, day, rest = found.groups()
    made = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}{rest or ''}")
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made


def _seconds(text: str) -> int:
    seconds = int(text)
    if seconds > 253_402_300_799:  # the end of the year 9999
        raise ValueError(f"{text} is no date")
    return seconds


def _ordered(
    read: Callable[[str], Any], compare: Callable[[Any, Any], bool]
) -> Callable[[Template], Matches]:
    def make(template: Template) -> Matches:
        wanted = read(template.text)

        def matches(given: str, _values: Values) -> bool:
            try:
                return compare(read(given), wanted)
            except ValueError:
                return False

        return matches

    return make


# The rest


def _boolean(text: str) -> bool:
    lower = text.lower()
    if lower not in ("true", "false"):
        raise ValueError(f"{text} is neither true nor false")
    return lower == "true"


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        raise ValueError(f"{text} is no base64") from None


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_network(text: str) -> _Network:
    """A range of addresses; one address is a range.  Bits behind the prefix are passed over.

    A range of IPv4 addresses as IPv6 has them is one of IPv4's.

    Raises:
        ValueError
    """
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        inner = network.network_address.ipv4_mapped
        if inner is not None:
            return ipaddress.ip_network((inner, network.prefixlen - _MAPPED_PREFIX))
    return network


def _read_address(text: str) -> _Address:
    found = ipaddress.ip_address(text)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _address(template: Template) -> Matches:
    network = read_network(template.text)

    version, first, mask = network.version, int(network.network_address), int(network.netmask)

    def matches(given: str, _values: Values) -> bool:
        found = _numbered(given)
        return found is not None and found[0] == version and found[1] & mask == first

    return matches


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _numbered(text: str) -> tuple[int, int] | None:
    """An address's version and number; None of what is none."""
    try:
        found = _read_address(text)
    except ValueError:
        return None
    return found.version, int(found)


_OPERATORS: Final = {
    "StringEquals": _Operator(_equals),
    "StringNotEquals": _Operator(_equals, negated=True),
    "StringEqualsIgnoreCase": _Operator(_equals_ignoring_case),
    "StringNotEqualsIgnoreCase": _Operator(_equals_ignoring_case, negated=True),
    "StringLike": _Operator(_like),
    "StringNotLike": _Operator(_like, negated=True),
    "NumericEquals": _Operator(_ordered(_number, lambda a, b: a == b)),
    "NumericNotEquals": _Operator(_ordered(_number, lambda a, b: a == b), negated=True),
    "NumericLessThan": _Operator(_ordered(_number, lambda a, b: a < b)),
    "NumericLessThanEquals": _Operator(_ordered(_number, lambda a, b: a <= b)),
    "NumericGreaterThan": _Operator(_ordered(_number, lambda a, b: a > b)),
    "NumericGreaterThanEquals": _Operator(_ordered(_number, lambda a, b: a >= b)),
    "DateEquals": _Operator(_ordered(read_date, lambda a, b: a == b)),
    "DateNotEquals": _Operator(_ordered(read_date, lambda a, b: a == b), negated=True),
    "DateLessThan": _Operator(_ordered(read_date, lambda a, b: a < b)),
    "DateLessThanEquals": _Operator(_ordered(read_date, lambda a, b: a <= b)),
    "DateGreaterThan": _Operator(_ordered(read_date, lambda a, b: a > b)),
    "DateGreaterThanEquals": _Operator(_ordered(read_date, lambda a, b: a >= b)),
    "Bool": _Operator(_ordered(_boolean, lambda a, b: a == b)),
    "BinaryEquals": _Operator(_ordered(_bytes, lambda a, b: a == b)),
    "IpAddress": _Operator(_address),
    "NotIpAddress": _Operator(_address, negated=True),
    "ArnEquals": _Operator(_arn),
    "ArnLike": _Operator(_arn),
    "ArnNotEquals": _Operator(_arn, negated=True),
    "ArnNotLike": _Operator(_arn, negated=True),
}
OPERATORS: Final = frozenset(_OPERATORS) | {"Null"}
