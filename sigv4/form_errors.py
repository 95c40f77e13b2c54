"""Why a form was not accepted: S3's code, status, words and fields.  One factory a message.

Source: S3 API Reference, "POST Object" and "POST Policy"; texts recorded on S3
where no page has them.
"""

from sigv4.errors import SigError


def _argument(message: str, name: str, value: str) -> SigError:
    fields = (("ArgumentName", name), ("ArgumentValue", value))
    return SigError("InvalidArgument", 400, message, fields)


# The body


def not_multipart() -> SigError:
    return SigError(
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold",
        (("Condition", "Bucket POST must be of the enclosure-type multipart/form-data"),),
    )


def malformed() -> SigError:
    text = "The body of your POST request is not well-formed multipart/form-data."
    return SigError("MalformedPOSTRequest", 400, text)


def too_much_before_file(limit: int) -> SigError:
    return SigError(
        "MaxPostPreDataLengthExceeded",
        400,
        "Your POST request fields preceeding the upload file was too large.",
        (("MaxPostPreDataLengthBytes", str(limit)),),
    )


def number_of_files(count: int) -> SigError:
    text = "POST requires exactly one file upload per request."
    return _argument(text, "file", str(count))


def too_large(size: int, limit: int) -> SigError:
    return SigError(
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size",
        (("ProposedSize", str(size)), ("MaxSizeAllowed", str(limit))),
    )


def too_small(size: int, limit: int) -> SigError:
    return SigError(
        "EntityTooSmall",
        400,
        "Your proposed upload is smaller than the minimum allowed size",
        (("ProposedSize", str(size)), ("MinSizeAllowed", str(limit))),
    )


# Fields


def field_missing(name: str) -> SigError:
    return _argument(
        f"Bucket POST must contain a field named '{name}'.  "
        "If it is specified, please check the order of the fields.",
        name,
        "",
    )


def field_repeated(name: str) -> SigError:
    return _argument(f"Bucket POST must contain the field '{name}' only once.", name, "")


def field_invalid(name: str) -> SigError:
    text = f"The value of the field '{name}' cannot be the value of a header."
    return _argument(text, name, "")


def key_empty() -> SigError:
    return _argument("User key must have a length greater than 0.", "key", "")


def algorithm(value: str) -> SigError:
    return _argument("Only AWS4-HMAC-SHA256 is supported", "X-Amz-Algorithm", value)


def date(value: str) -> SigError:
    text = "X-Amz-Date must be formated via ISO8601 Long format"
    return _argument(text, "X-Amz-Date", value)


def credential(why: SigError, value: str) -> SigError:
    """What is wrong with a credential, as a complaint about its field."""
    fields = (("ArgumentName", "X-Amz-Credential"), ("ArgumentValue", value), *why.fields)
    return SigError("InvalidArgument", 400, why.message, fields)


def access_denied() -> SigError:
    """A policy that nobody has signed."""
    return SigError("AccessDenied", 403, "Access Denied")


# The policy, as a document


def invalid_policy(why: str) -> SigError:
    return SigError("InvalidPolicyDocument", 400, f"Invalid Policy: {_shown(why)}")


# The policy, as a judge


def _against_policy(why: str) -> SigError:
    return SigError("AccessDenied", 403, f"Invalid according to Policy: {_shown(why)}")


def policy_expired() -> SigError:
    return _against_policy("Policy expired.")


def condition_failed(condition: str) -> SigError:
    return _against_policy(f"Policy Condition failed: {condition}")


def extra_field(name: str) -> SigError:
    return _against_policy(f"Extra input fields: {name}")


def _shown(text: str) -> str:
    # JSON can spell half a surrogate pair, which no document can show.
    return text.encode("utf-8", "replace").decode()
