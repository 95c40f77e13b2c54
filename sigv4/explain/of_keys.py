"""Mistakes with the secret, the derived key, the scope, the date and the signature's form."""

import base64
import binascii
import html
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from sigv4.explain.case import ANY, WITH_SCOPE, Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.recipe import DERIVATIONS, LAYOUTS, TEXT_LAYOUTS, WRITINGS, Change, Recipe
from sigv4.scope import Scope, print_timestamp

SECRET_LENGTH: Final = 40  # characters of a secret that AWS makes
# Clocks that show local time: offsets from UTC in use go by quarters of an hour.
ZONE_STEP_S: Final = 900
ZONE_STEPS: Final = 14 * 4
SECONDS_APART: Final = 5  # between two readings of a clock within one request

# Source: AWS General Reference, "Service endpoints"; the last ones are gateways' own.
REGIONS: Final = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1"),
    *("mx-central-1", "sa-east-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1"),
    *("eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "af-south-1"),
    *("me-central-1", "me-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2"),
    *("ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2"),
    *("ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "cn-north-1"),
    *("cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "aws-global", "auto", "default"),
    *("EU", "US", "us-standard", "external-1", "garage", "minio", "local", ""),
)
SERVICES: Final = (
    *("s3", "s3express", "s3-object-lambda", "s3-outposts", "s3tables", "execute-api", "iam"),
    *("sts", "es", "lambda", "dynamodb", "ec2", "sqs", "sns", "kms", "aws", "S3", ""),
)


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def _from_base64(secret: str) -> str:
    try:
        return base64.b64decode(secret, validate=True).decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return secret


def _before(*marks: str) -> Callable[[str], str]:
    def cut(secret: str) -> str:
        return secret[: min((secret.find(m) for m in marks if m in secret), default=len(secret))]

    return cut


Changes = Callable[[Case, Recipe], Iterator[Change]]
Transforms = tuple[tuple[str, Callable[[str], str]], ...]
_WHITE_SPACE: Final[Transforms] = (
    ("a line feed after it", lambda s: s + "\n"),
    ("a carriage return and a line feed after it", lambda s: s + "\r\n"),
    ("a carriage return after it", lambda s: s + "\r"),
    ("a space after it", lambda s: s + " "),
    ("a tab after it", lambda s: s + "\t"),
    ("a space before it", lambda s: " " + s),
    ("a no-break space after it", lambda s: s + "\xa0"),
    ("a byte order mark before it", lambda s: "\ufeff" + s),
    ("the white space around it removed", str.strip),
)
_QUOTED: Final[Transforms] = (
    ("in double quotes", lambda s: f'"{s}"'),
    ("in single quotes", lambda s: f"'{s}'"),
    ("with a double quote after it", lambda s: s + '"'),
    ("with a comma after it", lambda s: s + ","),
    ("with a semicolon after it", lambda s: s + ";"),
    ("with its quotes removed", lambda s: s.strip("\"'")),
)
_ESCAPED: Final[Transforms] = (
    ("percent-encoded", lambda s: quote(s, safe="")),
    ("percent-encoded but for its slashes", quote),
    ("percent-encoded as in a form", quote_plus),
    ("percent-decoded", unquote),
    ("percent-decoded as in a form, where + is a space", unquote_plus),
    ("with \\/ for its slashes, as some write JSON", lambda s: s.replace("/", "\\/")),
    ("with a backslash before its plus signs", lambda s: s.replace("+", "\\+")),
    ("with its backslashes removed", lambda s: s.replace("\\", "")),
    ("escaped for XML", html.escape),
)
_BASE64: Final[Transforms] = (
    ("in base64", _base64),
    ("in base64, with a line feed before encoding", lambda s: _base64(s + "\n")),
    ("decoded from base64", _from_base64),
)
_CUT: Final[Transforms] = (
    (f"cut to {SECRET_LENGTH} characters", lambda s: s[:SECRET_LENGTH]),
    ("cut before its first slash", _before("/")),
    ("cut before its first plus sign", _before("+")),
    ("cut before its first equals sign", _before("=")),
    ("cut before its first # or ;", _before("#", ";")),
    ("cut before its first $, as a shell expands it", _before("$")),
    ("cut before its first colon", _before(":")),
    ("without its first character", lambda s: s[1:]),
    ("without its last character", lambda s: s[:-1]),
)
_OTHER_CASE: Final[Transforms] = (("in lower case", str.lower), ("in upper case", str.upper))


def _transformed(transforms: Transforms) -> Changes:
    def changes(_: Case, recipe: Recipe) -> Iterator[Change]:
        for how, transform in transforms:
            secret = transform(recipe.secret)
            if secret != recipe.secret:
                yield Change(f"the secret was used {how}", {"secret": secret})

    return changes


def _other_secret(case: Case, recipe: Recipe) -> Iterator[Change]:
    for pair in case.known.credentials:
        if pair.secret_key != recipe.secret:
            whose = (
                "an older secret of the same access key"
                if pair.access_key == case.access_key
                else f"the secret of the access key {pair.access_key}"
            )
            yield Change(f"it was signed with {whose}", {"secret": pair.secret_key})


def _secret_is_something_else(case: Case, _: Recipe) -> Iterator[Change]:
    yield Change("the access key itself was used as the secret", {"secret": case.access_key})
    yield Change("an empty secret was used", {"secret": ""})
    for word in ("None", "null", "undefined", "minioadmin", "minio123", "test", "secret"):
        yield Change(f"the word {word!r} was used as the secret", {"secret": word})
    for pair in case.known.credentials:
        if pair.session_token:
            fields = {"secret": pair.session_token}
            yield Change("the session token was used as the secret", fields)


def _derivation(_: Case, __: Recipe) -> Iterator[Change]:
    for name in DERIVATIONS:
        yield Change(f"the signing key was derived {name}", {"derivation": name})


def _rescoped(case: Case, part: str, scope: Scope) -> Iterator[Change]:
    """Another scope for the key, for the string to sign, or for both."""
    text = str(scope).encode()
    value = getattr(scope, part)
    yield Change(
        f"key and string to sign name {part} {value!r}", {"key_scope": scope, "scope": text}
    )
    yield Change(f"the key was derived for {part} {value!r}", {"key_scope": scope})
    named = getattr(case.scope, part)
    yield Change(f"the string to sign names {part} {value!r}, the key {named!r}", {"scope": text})


def _other_region(case: Case, _: Recipe) -> Iterator[Change]:
    for region in dict.fromkeys((*case.known.regions, *REGIONS)):
        if region != case.scope.region:
            yield from _rescoped(case, "region", case.scope._replace(region=region))


def _other_service(case: Case, _: Recipe) -> Iterator[Change]:
    for service in dict.fromkeys((case.known.service, *SERVICES)):
        if service != case.scope.service:
            yield from _rescoped(case, "service", case.scope._replace(service=service))


def _other_day(case: Case, _: Recipe) -> Iterator[Change]:
    days = [print_timestamp(case.seconds + n * 86_400)[:8] for n in (-1, 0, 1)]
    for day in dict.fromkeys((*days, case.timestamp, case.timestamp[:6], "")):
        if day != case.scope.date:
            yield from _rescoped(case, "date", case.scope._replace(date=day))


def _scope_written_otherwise(case: Case, recipe: Recipe) -> Iterator[Change]:
    scope = recipe.scope
    day, _, rest = scope.partition(b"/")
    regions = () if case.scope.names_region else (*case.known.regions, "us-east-1")
    for how, text in (
        *((f"with the region {name}", b"/".join((day, name.encode(), rest))) for name in regions),
        ("with the access key before it", case.access_key.encode() + b"/" + scope),
        ("with a slash before it", b"/" + scope),
        ("without aws4_request", scope.rpartition(b"/")[0]),
        ("without the date", scope.partition(b"/")[2]),
        ("in lower case", scope.lower()),
        ("with its slashes escaped", scope.replace(b"/", b"%2F")),
    ):
        if text != scope:
            yield Change(f"the string to sign has the scope {how}", {"scope": text})


def _clock_read_twice(case: Case, _: Recipe) -> Iterator[Change]:
    for apart in (n for n in range(-SECONDS_APART, SECONDS_APART + 1) if n):
        yield _later(case, apart, f"{apart:+d} s from the date that was sent")


def _local_time(case: Case, _: Recipe) -> Iterator[Change]:
    for step in (n for n in range(-ZONE_STEPS, ZONE_STEPS + 1) if n):
        apart = timedelta(seconds=abs(step) * ZONE_STEP_S)
        sign = "-" if step < 0 else "+"
        yield _later(case, step * ZONE_STEP_S, f"{sign}{apart} from the date that was sent")


def _later(case: Case, seconds: int, how: str) -> Change:
    moment = print_timestamp(case.seconds + seconds)
    scope = case.scope._replace(date=moment[:8])
    fields = {"timestamp": moment.encode(), "key_scope": scope, "scope": str(scope).encode()}
    return Change(f"the string to sign says {moment}, {how}", fields)


def _date_written_otherwise(case: Case, recipe: Recipe) -> Iterator[Change]:
    sent = recipe.timestamp
    day, time = sent[:8], sent[9:15]
    iso = b"%b-%b-%bT%b:%b:%bZ" % (
        *(day[:4], day[4:6], day[6:]),
        *(time[:2], time[2:4], time[4:]),
    )
    forms = [iso, day, sent.removesuffix(b"Z"), sent.lower()]
    if b"date" in case.headers:
        forms.append(case.headers[b"date"])
    for form in forms:
        if form != sent:
            shown = form.decode("latin-1")
            yield Change(f"the string to sign has the date as {shown!r}", {"timestamp": form})


def _arranged(field: str, names: tuple[str, ...], what: str) -> Changes:
    def changes(_: Case, __: Recipe) -> Iterator[Change]:
        for name in names[1:]:  # the first is the documented way
            yield Change(f"{what} {name}", {field: name})

    return changes


_AGAIN: Final = "Copy the secret again, without anything before or after it."
_LIBRARY: Final = "Sign with a maintained library; this one does not follow the documentation."

MISTAKES: Final = (
    Mistake(
        "secret-of-another-key",
        "The secret belongs to another access key, or to an earlier time.",
        "Configure access key and secret as a pair.",
        _other_secret,
        schemes=ANY,
    ),
    Mistake(
        "secret-with-white-space",
        "White space around the secret was taken for a part of it.",
        f"{_AGAIN} A file or a Kubernetes secret made by `echo` ends with a line feed.",
        _transformed(_WHITE_SPACE),
        schemes=ANY,
    ),
    Mistake(
        "secret-with-quotes",
        "Quotes or punctuation around the secret were taken for a part of it.",
        f"{_AGAIN} Environment files of Docker keep quotes.",
        _transformed(_QUOTED),
        schemes=ANY,
    ),
    Mistake(
        "secret-escaped",
        "The secret was escaped or unescaped on the way into the client.",
        "Give the secret as it is; inside a URL (a connection string, say) escape it there only.",
        _transformed(_ESCAPED),
        schemes=ANY,
    ),
    Mistake(
        "secret-in-base64",
        "The secret was encoded in base64 once too often, or once too seldom.",
        "In a Kubernetes manifest use stringData, or encode it in `data` exactly once.",
        _transformed(_BASE64),
        schemes=ANY,
    ),
    Mistake(
        "secret-cut-short",
        "Only a part of the secret reached the client.",
        "Quote it where it is configured; mind characters that a shell or a parser takes itself.",
        _transformed(_CUT),
        schemes=ANY,
    ),
    Mistake(
        "secret-in-another-case",
        "The secret was turned into lower or upper case.",
        _AGAIN,
        _transformed(_OTHER_CASE),
        schemes=ANY,
    ),
    Mistake(
        "secret-is-something-else",
        "Something else stands where the secret should.",
        "Configure the secret: the client took the wrong field, or an unset variable.",
        _secret_is_something_else,
        schemes=ANY,
    ),
    Mistake(
        "key-derived-otherwise",
        "The signing key was derived in another way than documented.",
        _LIBRARY,
        _derivation,
        schemes=WITH_SCOPE,
    ),
    Mistake(
        "region-of-the-key",
        "The signature was made for another region than the credential names.",
        "Configure the same region everywhere; nothing on the way may change the credential.",
        _other_region,
        paired=False,
        schemes=WITH_SCOPE,
    ),
    Mistake(
        "service-of-the-key",
        "The signature was made for another service than the credential names.",
        "Sign for the service `s3`.",
        _other_service,
        paired=False,
        schemes=WITH_SCOPE,
    ),
    Mistake(
        "date-of-the-key",
        "The key is of another day than the credential says.",
        "Take the day from X-Amz-Date, in UTC; derive the key again every day.",
        _other_day,
        schemes=WITH_SCOPE,
    ),
    Mistake(
        "scope-written-otherwise",
        "The scope in the string to sign is not DATE/REGION/SERVICE/aws4_request.",
        _LIBRARY,
        _scope_written_otherwise,
    ),
    Mistake(
        "clock-read-twice",
        "The client read its clock twice: the date that it signed is not the one that it sent.",
        "Take the time once for each request.",
        _clock_read_twice,
        paired=False,
    ),
    Mistake(
        "local-time",
        "The date that was signed is local time, or the one that was sent is.",
        "Use UTC in both places.",
        _local_time,
        paired=False,
    ),
    Mistake(
        "date-written-otherwise",
        "The date in the string to sign is not in the form yyyymmddThhmmssZ.",
        _LIBRARY,
        _date_written_otherwise,
    ),
    Mistake(
        "canonical-request-laid-out-otherwise",
        "The pieces of the canonical request are right, but put together otherwise.",
        _LIBRARY,
        _arranged("layout", tuple(LAYOUTS), "the canonical request was put together"),
    ),
    Mistake(
        "string-to-sign-laid-out-otherwise",
        "The canonical request is right, but not the string to sign around it.",
        _LIBRARY,
        _arranged("text_layout", tuple(TEXT_LAYOUTS), "the string to sign was put together"),
    ),
    Mistake(
        "signature-written-otherwise",
        "The signature is right, but not written as 64 lower-case hexadecimal digits.",
        _LIBRARY,
        _arranged("writing", tuple(WRITINGS), "the signature was written"),
        schemes=WITH_SCOPE,
    ),
)
