"""A refusal by S3's code, and the document it is shown in.

Source: API Reference, "Error responses", "REST error responses".
"""

from gateway.protocol.codes import ERRORS, ErrorSpec
from gateway.protocol.xml import escape_readably

__all__ = ["ERRORS", "ErrorSpec", "ProtocolError", "error_document", "invalid_argument"]

Headers = tuple[tuple[bytes, bytes], ...]


class ProtocolError(Exception):
    """A refusal by its code; ``fields`` are further members of the error document.

    ``headers`` go with the answer: Allow with MethodNotAllowed (RFC 9110, 15.5.6).
    """

    def __init__(
        self, code: str, message: str | None = None, *, headers: Headers = (), **fields: str
    ) -> None:
        spec = ERRORS[code]
        self.code = code
        self.status = spec.status
        self.message = spec.message if message is None else message
        self.fields = tuple(fields.items())
        self.headers = headers
        super().__init__(code, self.message)


def invalid_argument(message: str, name: str, value: str) -> ProtocolError:
    """InvalidArgument with the argument it is about."""
    return ProtocolError("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def not_http() -> ProtocolError:
    """What came is no request of HTTP, or has a part that no request has."""
    return ProtocolError("BadRequest", "An error occurred when parsing the HTTP request.")


def error_document(
    code: str,
    message: str,
    fields: tuple[tuple[str, str], ...],
    *,
    resource: str | None,
    request_id: str,
    host_id: str,
) -> bytes:
    """The body of an error answer.  It has no namespace, as S3's has none.

    Whatever the client sent, any XML reader takes it.
    """
    members = [("Code", code), ("Message", message), *fields]
    if resource is not None and not any(name == "Resource" for name, _ in fields):
        members.append(("Resource", resource))
    members += [("RequestId", request_id), ("HostId", host_id)]
    inner = "".join([f"<{name}>{escape_readably(value)}</{name}>" for name, value in members])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
