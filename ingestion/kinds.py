"""Each kind of source, made from its table in ``sources.toml``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from indexes.errors import ConfigurationError
from ingestion.acl import Permissions, Rules
from ingestion.remote.git import GitSource, Repository
from ingestion.remote.git_copy import FETCH, GitCopy
from ingestion.remote.mediawiki_api import MediaWikiApi
from ingestion.remote.network import Limits, Web
from ingestion.remote.secret import Secret
from ingestion.remote.website import WebsiteSource
from ingestion.remote.wiki import WikiSource
from ingestion.sources import FolderSource
from ingestion.toml import Table
from ingestion.types import Source


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is configured. Paths are relative to ``base``, the folder of the file."""

    collection: str
    name: str
    rules: Rules | None
    base: Path
    data_dir: Path

    @property
    def permissions(self) -> Permissions:
        """The configured rules, for kinds that hold no permissions files."""
        return Permissions.of(self.rules)

    def copy(self, url: str) -> Path:
        """A folder for what is fetched from ``url``, of this source alone."""
        identity = f"{self.collection}\0{self.name}\0{url}"
        return self.data_dir / "sources" / sha256(identity.encode()).hexdigest()[:32]


def _folder(table: Table, place: Place) -> Source:
    return FolderSource(place.base / table.text("path"), place.name, place.rules)


def _website(table: Table, place: Place) -> Source:
    sitemap, prefix = table.address("sitemap"), table.address("prefix", "")
    if prefix and not prefix.endswith("/"):
        raise table.refuse("prefix", "must end in a slash, or it would let others in")
    return WebsiteSource(
        place.name,
        sitemap,
        web=_web(table, place, table.secret("token")),
        prefix=prefix,
        permissions=place.permissions,
    )


def _git(table: Table, place: Place) -> Source:
    repository = Repository(
        table.address("url"),
        table.text("branch", ""),
        table.text("folder", ""),
        table.texts("include"),
        table.address("link", ""),
    )
    # Forges that take a token as a password let any name stand before it; GitLab wants this one.
    user, token = table.text("user", "oauth2"), table.secret("token")
    return GitSource(
        place.name,
        repository,
        GitCopy(
            place.copy(repository.url),
            repository.url,
            login=(user, token) if token else None,
            limits=replace(FETCH, bytes=table.positive("max_bytes", FETCH.bytes)),
        ),
        address_rule=table.address_rule("allow_private"),
        rules=place.rules,
    )


def _s3(table: Table, place: Place) -> Source:
    from ingestion.remote.bucket import Bucket, BucketSource  # noqa: PLC0415 - brings boto3

    prefix = table.text("prefix", "")
    bucket = Bucket(
        table.text("bucket"),
        f"{prefix.strip('/')}/" if prefix.strip("/") else "",
        table.address("endpoint_url", ""),
        table.text("region", ""),
    )
    access_key, secret_key = table.secret("access_key"), table.secret("secret_key")
    if (access_key is None) != (secret_key is None):
        raise table.refuse("access_key", "and secret_key come together, or not at all")
    return BucketSource(
        place.name,
        bucket,
        address_rule=table.address_rule("allow_private"),
        keys=(access_key, secret_key) if access_key and secret_key else None,
        rules=place.rules,
        limits=_limits(table),
    )


def _mediawiki(table: Table, place: Place) -> Source:
    url, token = table.address("url"), table.secret("token")
    return WikiSource(
        place.name,
        MediaWikiApi(url, _web(table, place, token), signed_in=token is not None),
        namespaces=table.integers("namespaces", (0,)),
        permissions=place.permissions,
    )


def _reader(table: Table, place: Place) -> Source:
    # LlamaIndex takes a second to import, and most nights have no source that needs it.
    from ingestion.connectors import Reader, ReaderSource  # noqa: PLC0415

    reader = Reader(
        table.text("reader"),
        table.arguments("arguments"),
        table.arguments("load"),
        table.text("suffix", ".txt"),
        table.text("path_from", ""),
    )
    if not reader.suffix.startswith("."):
        raise table.refuse("suffix", 'must begin with a dot, as in ".md"')
    rule = table.address_rule("allow_private")
    try:
        return ReaderSource(place.name, reader, address_rule=rule, permissions=place.permissions)
    except ConfigurationError as exc:
        raise table.refuse("reader", str(exc)) from exc


def _web(table: Table, place: Place, token: Secret | None) -> Web:
    rule = table.address_rule("allow_private")
    return Web(place.name, rule, token=token, limits=_limits(table))


def _limits(table: Table) -> Limits:
    usual = Limits()
    return replace(usual, bytes=table.positive("max_bytes", usual.bytes))


KINDS: Mapping[str, Callable[[Table, Place], Source]] = {
    "folder": _folder,
    "website": _website,
    "git": _git,
    "s3": _s3,
    "mediawiki": _mediawiki,
    "reader": _reader,
}
