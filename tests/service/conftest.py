"""The embedder and the wiki, each made once for all tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from service.settings import Settings
from tests.service.archive import Archive, archive
from tests.service.server import serving
from tests.service.wiki import KEYS_FILE, PUBLIC, RESTRICTED, Wiki, ingested

# Bytes of a body that the service with keys takes.
LIMIT = 20_000


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return open_embedder(EmbedderSettings())


@pytest.fixture
def empty_wiki(tmp_path: Path, embedder: Embedder) -> Wiki:
    (tmp_path / "docs").mkdir()
    (tmp_path / "data").mkdir()
    return Wiki(tmp_path / "docs", tmp_path / "data", embedder)


@pytest.fixture(scope="session")
def wiki(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    """Ingested once; a test that changes documents makes its own."""
    return ingested(tmp_path_factory.mktemp("wiki"), PUBLIC | RESTRICTED, embedder)


@pytest.fixture(scope="session")
def keyed(wiki: Wiki) -> Iterator[httpx.Client]:
    """The wiki for callers with keys; no key is sent unless a test sends it."""
    keys_file = wiki.data_dir / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    with serving(
        Settings.read(data_dir=wiki.data_dir, keys_file=keys_file, max_body_bytes=LIMIT)
    ) as client:
        yield client


@pytest.fixture(scope="session")
def anonymous(wiki: Wiki) -> Iterator[httpx.Client]:
    """The wiki for everyone."""
    with serving(Settings.read(data_dir=wiki.data_dir, reranker="rank-bm25")) as client:
        yield client


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Archive]:
    """Ingested once; a test that changes documents makes its own."""
    with archive(tmp_path_factory.mktemp("archive"), embedder) as made:
        (made.data_dir / "keys.toml").write_text(KEYS_FILE)
        yield made


@pytest.fixture(scope="session")
def archivist(archived: Archive) -> Iterator[httpx.Client]:
    """The archive for callers with keys; no key is sent unless a test sends it."""
    keys_file = archived.data_dir / "keys.toml"
    with serving(Settings.read(data_dir=archived.data_dir, keys_file=keys_file)) as client:
        yield client
