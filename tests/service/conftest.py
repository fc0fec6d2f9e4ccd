"""The embedder and the wiki, each made once for all tests."""

from pathlib import Path

import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from tests.service.wiki import ACL, HIDDEN, HIDDEN_PATH, PUBLIC, Wiki


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
    folder = tmp_path_factory.mktemp("wiki")
    made = Wiki(folder / "docs", folder / "data", embedder)
    made.root.mkdir()
    for path, text in (PUBLIC | {HIDDEN_PATH: HIDDEN, ".footnote-acl.toml": ACL}).items():
        made.write(path, text)
    made.ingest()
    return made
