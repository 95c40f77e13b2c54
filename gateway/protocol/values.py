"""Values of the query and of headers that have a rule of their own, by the model's shape.

They are read when a request is parsed, so that no operation can forget a rule.
"""

import re
from typing import Final

from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.plan import Convert
from gateway.protocol.scalars import read_time
from storage.versioning import check_version_id

_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z", re.ASCII)
_ISO_DATE: Final = re.compile(r"[0-9]{4}-?[0-9]{2}", re.ASCII)
_REDIRECTS: Final = ("/", "http://", "https://")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # a tab may stand in a field's value


def read_version_id(text: str, name: str) -> str:
    """A version's id; that it is one does not say that there is such a version.

    Raises:
        InvalidArgument
    """
    check_version_id(text, name)
    return text


def read_account_id(text: str, _name: str) -> str:
    """An account's id: twelve digits.

    The words are S3's; its list of errors shortens them.

    Raises:
        ProtocolError: InvalidBucketOwnerAWSAccountID

    Source: API Reference, "List of error codes"; User Guide, "Verifying bucket
    ownership with bucket owner condition".
    """
    if not _ACCOUNT.match(text):
        raise ProtocolError(
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS Account ID... "
            f"[{text}]",
        )
    return text


def read_redirect(text: str, _name: str) -> str:
    """Where a website sends those who ask for an object.

    Raises:
        ProtocolError: InvalidRedirectLocation

    Source: API Reference, PutObject, "x-amz-website-redirect-location".
    """
    if not text.startswith(_REDIRECTS):
        raise ProtocolError("InvalidRedirectLocation")
    return text


def read_retain_until(text: str, name: str) -> int:
    """To when an object is to be retained.

    Raises:
        ProtocolError: InvalidArgument

    Source: API Reference, PutObject, "x-amz-object-lock-retain-until-date"; the words
    as versitygw issue 1733 quotes S3.
    """
    found = read_time(text) if _ISO_DATE.match(text) else None
    if found is None:
        message = "The retain until date must be provided in ISO 8601 format"
        raise invalid_argument(message, name, text)
    return found


def read_response_header(text: str, name: str) -> str:
    """What a GET wants in a header of its answer: what a header can hold.

    S3 answers thus to characters beyond ISO-8859-1; that a control character
    is refused in the same words is ours, for RFC 9110 (section 5.5) has none.

    Raises:
        ProtocolError: InvalidArgument
    """
    if not text.isascii():
        try:
            text.encode("latin-1")
        except UnicodeEncodeError:
            raise _unrepresentable(text, name) from None
    if _CONTROLS.search(text):
        raise _unrepresentable(text, name)
    return text


def _unrepresentable(text: str, name: str) -> ProtocolError:
    return invalid_argument("Header value cannot be represented using ISO-8859-1.", name, text)


# By the name of the member's shape.
READERS: Final[dict[str, Convert]] = {
    "AccountId": read_account_id,
    "ObjectLockRetainUntilDate": read_retain_until,
    "ObjectVersionId": read_version_id,
    "ResponseCacheControl": read_response_header,
    "ResponseContentDisposition": read_response_header,
    "ResponseContentEncoding": read_response_header,
    "ResponseContentLanguage": read_response_header,
    "ResponseContentType": read_response_header,
    "WebsiteRedirectLocation": read_redirect,
}
