"""An S3 bucket as a source, of Amazon's or of any server that speaks its API; owns boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from indexes.errors import SourceError, SourceGone
from ingestion.acl import ACL_FILE, Permissions, Rules, parse_rules
from ingestion.remote.addresses import AddressRule
from ingestion.remote.dates import in_utc
from ingestion.remote.network import Limits
from ingestion.remote.secret import Secret, redact
from ingestion.types import SourceFile

_PART = 2**20  # bytes that are read at a time
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_DENIED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the objects are.

    ``prefix`` is empty or ends in a slash. Without ``endpoint_url`` or ``region`` boto3 chooses.
    """

    name: str
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""

    @property
    def location(self) -> str:
        """The bucket as a URI."""
        at = f"?endpoint={quote(self.endpoint_url, safe=':/')}" if self.endpoint_url else ""
        return f"s3://{self.name}/{quote(self.prefix)}{at}"


class BucketSource:
    """All objects of a bucket below a prefix, hidden ones left out."""

    def __init__(
        self,
        name: str,
        bucket: Bucket,
        *,
        address_rule: AddressRule,
        keys: tuple[Secret, Secret] | None = None,
        rules: Rules | None = None,
        limits: Limits | None = None,
    ) -> None:
        """``keys`` are the id and the secret of an access key; without them boto3 looks itself.

        ``rules`` narrow what the bucket's own permissions files permit.
        """
        self.name = name
        self.location = bucket.location
        self._bucket = bucket
        self._address_rule = address_rule
        self._keys = keys
        self._rules = rules
        self._limits = limits or Limits()
        with self._asking("its settings"):
            self._client: Any = self._connect()

    def _connect(self) -> Any:
        identity, key = self._keys or (None, None)
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._bucket.endpoint_url or None,
            region_name=self._bucket.region or None,
            aws_access_key_id=identity.value if identity else None,
            aws_secret_access_key=key.value if key else None,
            config=Config(
                connect_timeout=self._limits.silence,
                read_timeout=self._limits.silence,
                retries={"total_max_attempts": self._limits.attempts, "mode": "standard"},
                # A proxy of the environment would hide which address is connected to.
                proxies={},
            ),
        )

    def files(self) -> Iterator[SourceFile]:
        """Every object, in order of path. SourceError when the bucket cannot be listed.

        SourceGone when there is no such bucket.
        """
        with self._asking("its list of objects"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket.name, Prefix=self._bucket.prefix
            )
            objects = {
                item["Key"].removeprefix(self._bucket.prefix): item
                for page in pages
                for item in page.get("Contents", ())
            }
        permissions = Permissions.of(
            self._rules,
            [
                (path, parse_rules(self._content(path), f"{self.location}{path}"))
                for path in sorted(objects)
                if path.rpartition("/")[2] == ACL_FILE
            ],
        )
        for path in sorted(objects):
            if _is_document(path):
                yield self._describe(path, objects[path], permissions)

    def _describe(self, path: str, item: dict[str, Any], permissions: Permissions) -> SourceFile:
        tag = item.get("ETag", "").strip('"')
        return SourceFile(
            source=self.name,
            path=path,
            uri=f"s3://{self._bucket.name}/{quote(self._bucket.prefix + path)}",
            updated_at=in_utc(item.get("LastModified")),
            groups=permissions.groups(path),
            version=f"{tag}:{item['Size']}" if tag else "",
        )

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one object. SourceError when they cannot be read."""
        return self._content(file.path)

    def _content(self, path: str) -> bytes:
        limit = self._limits.bytes
        with self._asking(path):
            answer = self._client.get_object(
                Bucket=self._bucket.name, Key=self._bucket.prefix + path
            )
            content = bytearray()
            with answer["Body"] as body:
                while part := body.read(_PART):
                    content += part
                    if len(content) > limit:
                        raise SourceError(f"is larger than {limit} bytes, the limit")
        return bytes(content)

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            with self._address_rule.enforced(self.name):
                yield
        except (BotoCoreError, ClientError, HTTPClientError, ValueError) as exc:
            reason = redact(str(exc), self._keys or ())
            raise (SourceGone if _code(exc) == "NoSuchBucket" else SourceError)(
                f"{what} in {self.location} of the source {self.name!r} cannot be read: {reason}; "
                f"{_advice(exc)}"
            ) from exc


def _code(error: Exception) -> str:
    """What the server calls the error, empty where it answered none."""
    if not isinstance(error, ClientError):
        return ""
    return str(error.response.get("Error", {}).get("Code", ""))


def _advice(error: Exception) -> str:
    code = _code(error)
    if code in _MISSING:
        return "check the source's bucket and prefix"
    if code in _DENIED:
        return "check its keys and that they may list the bucket and get its objects"
    return "try again later, or check its endpoint_url, region and keys"


def _is_document(path: str) -> bool:
    """Whether it is a file, not a mark for a folder, and no part of its path is hidden."""
    return bool(path) and not path.endswith("/") and not f"/{path}".count("/.")
