"""Where the server is, and how each kind of client is told so."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An S3 endpoint and a key that may do everything there."""

    url: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    ca: Path | None = None  # the authority to trust when the URL is https

    @property
    def authority(self) -> str:
        """``host:port``, as a client without a notion of URLs wants it."""
        return urlsplit(self.url).netloc

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.url).port or (443 if self.url.startswith("https") else 80)

    def environment(self, home: Path) -> dict[str, str]:
        """The environment of a client program: nothing of the caller's but PATH.

        Neither the caller's AWS configuration nor a proxy reaches the client.
        """
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if self.ca is not None:
            # botocore's; OpenSSL's, Go's and rustls's; Node's.
            for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
                variables[name] = str(self.ca)
        return variables

    def boto(self, *, url: str | None = None, **config: Any) -> Any:
        """A boto3 client; ``config`` goes to botocore's Config."""
        settings = {
            "signature_version": "s3v4",
            "retries": {"max_attempts": 0},
            "s3": {"addressing_style": "path"},
            **config,
        }
        return boto3.session.Session().client(
            "s3",
            endpoint_url=url or self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            verify=str(self.ca) if self.ca else None,
            config=Config(**settings),
        )
