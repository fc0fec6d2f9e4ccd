"""The wiki, the archive and the sample collection, each made once for all tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from indexes.embedder import Embedder
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from ingestion.pipeline import run
from ingestion.sandbox import Sandbox
from ingestion.sources import FolderSource
from service.settings import Settings
from tests.service.archive import Archive, archive
from tests.service.server import serving
from tests.service.wiki import PUBLIC, RESTRICTED, Wiki, ingested, keyed_settings

SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "docs"
# Bytes of a body that the service with keys takes.
LIMIT = 20_000


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
    with serving(keyed_settings(wiki.data_dir, max_body_bytes=LIMIT)) as client:
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
        yield made


@pytest.fixture(scope="session")
def archivist(archived: Archive) -> Iterator[httpx.Client]:
    """The archive for callers with keys; no key is sent unless a test sends it."""
    with serving(keyed_settings(archived.data_dir)) as client:
        yield client


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    """The sample collection, ingested as `make run` does."""
    data_dir = tmp_path_factory.mktemp("sample")
    with Sandbox() as parser:
        source = FolderSource(SAMPLE, "docs")
        report = run([source], "sample", data_dir, embedder=embedder, parser=parser)
    assert report.failures == ()
    return LocalIndex.open(SnapshotStore(data_dir, "sample").published(), embedder)
