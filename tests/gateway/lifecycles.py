"""The parts of lifecycle documents, and requests that put and get them."""

from typing import Final

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from tests.gateway.inside import ask, put_document, text_of

ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
MINIMUM: Final = b"x-amz-transition-default-minimum-object-size"


def of_rules(*rules: str) -> str:
    return f"<LifecycleConfiguration {ROOT}>{''.join(rules)}</LifecycleConfiguration>"


async def put(app: App, document: str, headers: HeaderList = ()) -> Reply:
    return await put_document(app, "/bucket?lifecycle", document, headers)


async def got(app: App) -> tuple[int, str]:
    reply = await ask(app, "GET", "/bucket?lifecycle")
    return reply.status, text_of(reply)


def rule(
    actions: str = "<Expiration><Days>1</Days></Expiration>",
    wanted: str = "<Filter><Prefix>a/</Prefix></Filter>",
    name: str = "r",
) -> str:
    return f"<Rule><ID>{name}</ID>{wanted}<Status>Enabled</Status>{actions}</Rule>"


def expiration(inside: str) -> str:
    return f"<Expiration>{inside}</Expiration>"


def transition(storage_class: str, inside: str) -> str:
    return f"<Transition>{inside}<StorageClass>{storage_class}</StorageClass></Transition>"


def later(storage_class: str, days: int) -> str:
    return (
        f"<NoncurrentVersionTransition><NoncurrentDays>{days}</NoncurrentDays>"
        f"<StorageClass>{storage_class}</StorageClass></NoncurrentVersionTransition>"
    )


def old(inside: str) -> str:
    return f"<NoncurrentVersionExpiration>{inside}</NoncurrentVersionExpiration>"


def days(count: int) -> str:
    return f"<Days>{count}</Days>"


def midnight(day: int, hour: int = 0) -> str:
    return f"<Date>2030-01-{day:02}T{hour:02}:00:00.000Z</Date>"


def both(*predicates: str) -> str:
    return f"<Filter><And>{''.join(predicates)}</And></Filter>"


PREFIX: Final = "<Prefix>a/</Prefix>"
TAG: Final = "<Tag><Key>k</Key><Value>v</Value></Tag>"
TAGGED: Final = f"<Filter>{TAG}</Filter>"
LARGER: Final = "<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>"
SIZED: Final = f"<Filter>{LARGER}</Filter>"
MARKERS: Final = "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
ABORT: Final = (
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
    "</AbortIncompleteMultipartUpload>"
)
