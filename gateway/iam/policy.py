"""A policy: JSON in, compiled statements out, or what S3 says is wrong with it.

Two members of one name are refused: a reader that took the other one would
see another policy.  So is half a surrogate pair, which JSON can spell and no
answer, no record and no other reader can hold.

Source: IAM User Guide, "IAM JSON policy reference" and "Grammar of the IAM
JSON policy language"; User Guide, "Policies and permissions in Amazon S3".
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn

from gateway.iam.conditions import Held, compile_condition
from gateway.iam.keys import is_known
from gateway.iam.match import glob
from gateway.iam.principals import Level, Principals, Who, read_principals
from gateway.iam.targets import Targets
from gateway.iam.variables import Template, Values

# Source: User Guide, "Bucket policies": 20 KB.
POLICY_BYTES_MAX: Final = 20 * 1024
STATEMENTS_MAX: Final = 500  # the least that a statement takes would allow no more
WITH_VARIABLES: Final = "2012-10-17"
VERSIONS: Final = (WITH_VARIABLES, "2008-10-17")

OF_POLICIES: Final = frozenset(("Version", "Id", "Statement"))
OF_STATEMENTS: Final = frozenset(
    (
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    )
)
_DIRECT: Final = Level.DIRECT  # members of an enumeration are slow to look up
ARN_COLONS: Final = 5
_SYNTAX: Final = "Invalid policy syntax."


class MalformedPolicy(ValueError):
    """A document that is no policy; the text is S3's."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, compiled."""

    sid: str
    index: int  # its place in the policy, from 0
    allows: bool  # else it denies
    principals: Principals | None  # None in a policy that is of somebody
    not_principal: bool
    actions: tuple[str, ...]  # in lower case
    not_action: bool
    resources: tuple[Template, ...]
    not_resource: bool
    conditions: tuple[Held, ...]
    targets: Targets = field(compare=False)  # the resources, compiled

    def is_about(self, action: str) -> bool:
        """Whether an action, in lower case, is one that it speaks of."""
        return any(glob(one).matches(action) for one in self.actions) != self.not_action

    def level(self, who: Who) -> Level:
        """How directly it means whoever asks; what is of somebody means him."""
        if self.principals is None:
            return _DIRECT
        if self.not_principal:
            return Level.NONE if self.principals.excepts(who) else _DIRECT
        return self.principals.level(who)

    def covers(self, resource: str, values: Values) -> bool:
        """Whether a resource is one that it speaks of."""
        found = self.targets.mean(resource, values)
        if found is None:
            # Nobody knows what it was to except: of two readings the one that denies.
            found = self.not_resource and self.allows
        return found is not self.not_resource

    def holds(self, values: Values) -> bool:
        """Whether a request fulfils its conditions."""
        for one in self.conditions:  # noqa: SIM110  twice as fast as all()
            if not one.holds(values):
                return False
        return True

    @property
    def names(self) -> frozenset[str]:
        """The condition keys that it looks at, in lower case."""
        return frozenset[str]().union(
            *(condition.names for condition in self.conditions),
            *(template.names for template in self.resources),
        )


class Hinted(NamedTuple):
    """A statement, and what everything that it may mean begins with."""

    hints: tuple[str, ...]
    is_sure: bool  # what begins so is meant
    statement: Statement


class About(NamedTuple):
    """The statements of a policy that speak of an action."""

    denies: tuple[Hinted, ...]
    allows: tuple[Hinted, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, compiled."""

    version: str
    id: str
    statements: tuple[Statement, ...]
    names: frozenset[str]  # the condition keys that some statement looks at
    _by_action: dict[str, About] = field(default_factory=dict, compare=False)

    def about(self, action: str) -> About:
        """The statements that speak of one of the server's own actions."""
        found = self._by_action.get(action)
        if found is None:
            lower = action.lower()
            found = _sorted([one for one in self.statements if one.is_about(lower)])
            self._by_action[action] = found
        return found


def _sorted(statements: Sequence[Statement]) -> About:
    hinted = [
        Hinted(("",), False, one)
        if one.not_resource
        else Hinted(one.targets.hints, one.targets.is_sure, one)
        for one in statements
    ]
    return About(
        tuple(one for one in hinted if not one.statement.allows),
        tuple(one for one in hinted if one.statement.allows),
    )


class Dialect(NamedTuple):
    """What policies of one kind have, and others do not."""

    principals: bool = True  # each statement says whom it means
    resources: bool = True  # and what; a role's trust is about the role
    is_known: Callable[[str], bool] = is_known  # which condition keys there are
    bytes_max: int = POLICY_BYTES_MAX
    empty: bool = False  # a condition may have no values: nothing is equal to it
    completes: bool = False  # a resource with fewer than an ARN's parts means any of the others


OF_BUCKET: Final = Dialect()
_ALL: Final[tuple[str, ...]] = ("*",)


def parse(document: bytes, dialect: Dialect = OF_BUCKET) -> Policy:
    """The policy that a document is.

    Raises:
        MalformedPolicy
    """
    if len(document) > dialect.bytes_max:
        raise MalformedPolicy("Policy exceeds the maximum allowed document size.")
    return compiled(read(document), dialect)


def compiled(given: dict[str, Any], dialect: Dialect) -> Policy:
    """The same of a document that was read.

    Raises:
        MalformedPolicy
    """
    _check_names(given, OF_POLICIES)
    version = given.get("Version", VERSIONS[-1])
    if version not in VERSIONS:
        raise MalformedPolicy("The policy must contain a valid version string")
    if "Statement" not in given:
        raise MalformedPolicy("Missing required field Statement")
    statements = given["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or len(statements) > STATEMENTS_MAX:
        raise MalformedPolicy(_SYNTAX)
    if not statements:
        raise MalformedPolicy("Statement is empty!")
    found = tuple(
        _statement(one, index, dialect, variables=version == WITH_VARIABLES)
        for index, one in enumerate(statements)
    )
    names = frozenset[str]().union(*(one.names for one in found))
    return Policy(version, _text(given.get("Id", "")), found, names)


def read(document: bytes) -> dict[str, Any]:
    """The object that a document is, no member of it twice.

    Raises:
        MalformedPolicy
    """
    try:
        text = document.decode()
    except UnicodeDecodeError:
        raise MalformedPolicy("This policy contains invalid Json") from None
    if not text.lstrip(" \t\r\n").startswith("{"):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    try:
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        if "\\" in text:  # else it says nothing but what was decoded above
            json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise MalformedPolicy("This policy contains invalid Json") from None
    if not isinstance(given, dict):
        raise MalformedPolicy(_SYNTAX)
    return given


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_names(given: dict[str, Any], known: frozenset[str]) -> None:
    unknown = given.keys() - known
    if unknown:
        raise MalformedPolicy(f"Unknown field {min(unknown)}")


def _statement(given: Any, index: int, dialect: Dialect, *, variables: bool) -> Statement:
    if not isinstance(given, dict):
        raise MalformedPolicy(_SYNTAX)
    _check_names(given, OF_STATEMENTS)
    effect = given.get("Effect")
    if effect is None:
        raise MalformedPolicy("Missing required field Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Invalid effect: {effect}")
    principals, not_principal = _principals(given, of_resource=dialect.principals)
    if not_principal and effect == "Allow":
        raise MalformedPolicy("Allow with NotPrincipal is not allowed.")
    actions, not_action = _one_of(given, "Action", "Missing required field Action")
    texts, not_resource = _resources(given, dialect)
    if dialect.completes:
        texts = tuple(map(_completed, texts))
    resources = tuple(_resource(one, variables=variables) for one in texts)
    return Statement(
        sid=_text(given.get("Sid", "")),
        index=index,
        allows=effect == "Allow",
        principals=principals,
        not_principal=not_principal,
        actions=tuple(one.lower() for one in actions),
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        conditions=tuple(
            _conditions(
                given.get("Condition", {}), dialect, variables=variables, allows=effect == "Allow"
            )
        ),
        targets=Targets(resources),
    )


def _principals(given: dict[str, Any], *, of_resource: bool) -> tuple[Principals | None, bool]:
    present = [name for name in ("Principal", "NotPrincipal") if name in given]
    if not of_resource:
        if present:
            raise MalformedPolicy("Policy document should not specify a principal.")
        return None, False
    if not present:
        raise MalformedPolicy("Missing required field Principal")
    if len(present) > 1:
        raise MalformedPolicy(_SYNTAX)
    try:
        return read_principals(given[present[0]]), present[0] == "NotPrincipal"
    except ValueError:
        raise MalformedPolicy("Invalid principal in policy") from None


def _resources(given: dict[str, Any], dialect: Dialect) -> tuple[tuple[str, ...], bool]:
    if dialect.resources:
        return _one_of(given, "Resource", "Statement is missing required element")
    if "Resource" in given or "NotResource" in given:
        raise MalformedPolicy("Has prohibited field Resource")
    return _ALL, False


def _one_of(given: dict[str, Any], name: str, missing: str) -> tuple[tuple[str, ...], bool]:
    """The texts under a name or under its contrary, and whether it was that."""
    contrary = f"Not{name}"
    if name in given and contrary in given:
        raise MalformedPolicy(_SYNTAX)
    if name not in given and contrary not in given:
        raise MalformedPolicy(missing)
    return _texts(given.get(name, given.get(contrary))), contrary in given


def _completed(text: str) -> str:
    """IAM User Guide, "IAM identifiers", "Paths and ARNs", the note on incomplete ARNs."""
    missing = ARN_COLONS - text.count(":")
    return text + ":*" * missing if text.startswith("arn:") and missing > 0 else text


def _resource(text: str, *, variables: bool) -> Template:
    try:
        return Template(text, variables=variables)
    except ValueError:
        raise MalformedPolicy("Policy has invalid resource") from None


def _conditions(given: Any, dialect: Dialect, *, variables: bool, allows: bool) -> list[Held]:
    if not isinstance(given, dict):
        raise MalformedPolicy(_SYNTAX)
    found = []
    for operator, lines in given.items():
        if not isinstance(lines, dict) or not (lines or dialect.empty):
            raise MalformedPolicy(_SYNTAX)
        for key, values in lines.items():
            texts = () if dialect.empty and values == [] else _texts(values, scalars=True)
            if not dialect.is_known(key):
                raise MalformedPolicy("Policy has an invalid condition key")
            try:
                found.append(
                    compile_condition(operator, key, texts, variables=variables, allows=allows)
                )
            except LookupError:
                raise MalformedPolicy(f"Invalid Condition type : {operator}") from None
            except ValueError:
                raise MalformedPolicy(_SYNTAX) from None
    return found


def _texts(given: Any, *, scalars: bool = False) -> tuple[str, ...]:
    """One text or several; a condition's may be numbers and truth values, too."""
    found = given if isinstance(given, list) else [given]
    if not found:
        raise MalformedPolicy(_SYNTAX)
    return tuple(_scalar(one) if scalars else _text(one) for one in found)


def _scalar(given: Any) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return str(given)
    return _text(given)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise MalformedPolicy(_SYNTAX)
    return given
