"""Whether a policy is public: what GetBucketPolicyStatus says, and two of the four blocks ask.

A policy counts as public until each of its allowing statements is bound to
somebody: to principals by name, or, whoever they are, by a condition that
holds a fixed value, or fixed ranges of addresses that are not most of the
world.

Source: User Guide, "Blocking public access to your Amazon S3 storage", "The
meaning of public".
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from gateway.iam.conditions import ANY, Condition, Held, read_network
from gateway.iam.policy import Policy, Statement
from gateway.iam.principals import ANONYMOUS_ID, ANONYMOUS_USER, Principals

# Keys whose fixed value binds a statement, by operators that say what has to be.
_BINDING: Final = frozenset(
    (
        *(
            "aws:principalarn",
            "aws:principalaccount",
            "aws:principalorgid",
            "aws:principalorgpaths",
        ),
        *("aws:principalservicename", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce"),
        *("aws:sourcevpcarn", "aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid"),
        *("aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
    )
)
_EQUALITIES: Final = frozenset(
    (
        *("StringEquals", "StringEqualsIgnoreCase", "StringLike"),
        *("ArnEquals", "ArnLike", "NumericEquals"),
    )
)
_NOT_FIXED: Final = re.compile(r"[*?]|\$\{")
_ACCESS_POINT: Final = re.compile(
    r"arn:aws[a-z-]*:s3:[a-z0-9-]*:[0-9]{12}:accesspoint/[^$]*\Z", re.ASCII
)
# Ranges that are larger are most of the world, unless nobody there is reached from outside.
_PREFIX_MIN: Final = {4: 8, 6: 32}
_PRIVATE: Final = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def is_public(policy: Policy) -> bool:
    """Whether some statement allows something to anybody."""
    return any(_is_open(statement) for statement in policy.statements if statement.allows)


def _is_open(statement: Statement) -> bool:
    principals = statement.principals
    if principals is not None and not _means_anybody(principals) and not statement.not_principal:
        return False
    return not any(_binds(condition) for condition in statement.conditions)


def _means_anybody(principals: Principals) -> bool:
    """Whether it means all, or all who do not say who they are."""
    return principals.anyone or ANONYMOUS_ID in principals.canonical_ids


def _binds(condition: Held) -> bool:
    if not isinstance(condition, Condition) or condition.if_exists or condition.negated:
        return False
    if condition.quantifier not in ("", ANY):  # ForAllValues holds without any value
        return False
    operator = condition.operator.rpartition(":")[2]
    if operator == "IpAddress":
        return condition.key == "aws:sourceip" and _are_narrow(condition.texts)
    if condition.key not in _BINDING or operator not in _EQUALITIES:
        return False
    return all(_is_fixed(condition.key, text) for text in condition.texts)


def _is_fixed(key: str, text: str) -> bool:
    if key == "aws:userid" and text.casefold() == ANONYMOUS_USER:
        return False  # that is whoever signs nothing; an operator may ignore case
    if not _NOT_FIXED.search(text):
        return True
    return key == "s3:dataaccesspointarn" and _ACCESS_POINT.match(text) is not None


def _are_narrow(texts: Iterable[str]) -> bool:
    """Whether ranges are narrow, also those that they make together."""
    networks = [read_network(text) for text in texts]
    four = [one for one in networks if isinstance(one, ipaddress.IPv4Network)]
    six = [one for one in networks if isinstance(one, ipaddress.IPv6Network)]
    return all(map(_is_narrow, ipaddress.collapse_addresses(four))) and all(
        map(_is_narrow, ipaddress.collapse_addresses(six))
    )


def _is_narrow(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if network.prefixlen >= _PREFIX_MIN[network.version]:
        return True
    return isinstance(network, ipaddress.IPv4Network) and any(
        network.subnet_of(private) for private in _PRIVATE
    )
