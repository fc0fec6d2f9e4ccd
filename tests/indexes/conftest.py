"""The real embedder, loaded once for all tests of this folder."""

import pytest
from hypothesis import HealthCheck, settings

from indexes.embedder import EmbedderSettings, SentenceTransformerEmbedder, open_embedder

# A busy machine is slow; only what a test asserts may fail it.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    return open_embedder(EmbedderSettings())
