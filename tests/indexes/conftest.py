"""The real embedder, loaded once for all tests of this folder."""

import pytest

from indexes.embedder import EmbedderSettings, SentenceTransformerEmbedder, open_embedder


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    return open_embedder(EmbedderSettings())
