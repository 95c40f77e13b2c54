"""From the URL to obstore's stores.

Credentials: what the URL says, else what the environment says, as obstore finds it
(AWS_*, GOOGLE_*, AZURE_*, the machine's own role).
"""

import json
from datetime import timedelta
from typing import Any, Final

from obstore.store import AzureStore, GCSStore, S3Store

from storage.blob.cloud.calls import CALL_S, Calls
from storage.blob.place import AZURE, S3, Place, parse, shown

CONNECT_S: Final = 3.0
SILENCE_S: Final = 8.0  # while bytes are waited for
STREAM_S: Final = 3600.0  # a whole answer; after that the rest is asked for anew
RETRIES: Final = 3
RETRY_S: Final = 8.0  # no retry begins later than this after the first try

assert SILENCE_S < CALL_S
assert RETRY_S < CALL_S

_RETRY: Final = {
    "max_retries": RETRIES,
    "retry_timeout": timedelta(seconds=RETRY_S),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}


def connected(url: str) -> Calls:
    """The objects of a place; nothing is asked yet.

    Raises:
        ValueError: no place is named by that.
    """
    place = parse(url)
    store = _MAKERS[place.scheme](place)
    return Calls(store, f"the store {shown(url)}", bulk=place.scheme == S3, attributes=True)


def _common(place: Place) -> dict[str, Any]:
    client: dict[str, Any] = {
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=SILENCE_S),
        "timeout": timedelta(seconds=STREAM_S),
    }
    if place.endpoint.startswith("http:"):
        client["allow_http"] = True
    prefix = place.prefix or None
    return {"prefix": prefix, "client_options": client, "retry_config": _RETRY}


def _s3(place: Place) -> Any:
    # Copies that shall not overwrite: S3 has the condition on the end of an upload only.
    config = {"copy_if_not_exists": "multipart", "conditional_put": "etag"}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if place.region:
        config["region"] = place.region
    if place.secret:
        config |= {"access_key_id": place.user, "secret_access_key": place.secret}
    return S3Store(place.bucket, config=config, **_common(place))


def _google(place: Place) -> Any:
    config = {}
    if place.endpoint:
        config["base_url"] = place.endpoint
    if place.service_account:
        config["service_account"] = place.service_account
    elif place.endpoint.startswith("http:"):
        # An emulator: nobody sends a token over plain HTTP.
        config["service_account_key"] = json.dumps(
            {
                "gcs_base_url": place.endpoint,
                "disable_oauth": True,
                "client_email": "",
                "private_key": "",
                "private_key_id": "",
            }
        )
    return GCSStore(place.bucket, config=config, **_common(place))


def _azure(place: Place) -> Any:
    config = {}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if place.user:
        config["account_name"] = place.user
    if place.secret:
        config["account_key"] = place.secret
    return AzureStore(place.bucket, config=config, **_common(place))


_MAKERS: Final = {S3: _s3, "gs": _google, AZURE: _azure}
