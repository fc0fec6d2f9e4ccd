"""The office, indexed once for a module of tests."""

import pytest

from indexes.embedder import Embedder
from indexes.search import LocalIndex
from indexes.types import Filters, Mode
from service.answering.types import Evidence
from tests.indexes.embedded import write
from tests.service.answering.checking.office import ENTRIES, EVERYONE, PASSAGES


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(write(tmp_path_factory.mktemp("office"), ENTRIES, embedder)[0], embedder)


@pytest.fixture(scope="module")
def everything(index: LocalIndex) -> dict[str, Evidence]:
    """Every passage of the snapshot by its text, as a search gives it out."""
    found = index.search("leave", EVERYONE, Filters(), 100, Mode.HYBRID).hits
    assert len(found) == len(PASSAGES)
    return {
        hit.chunk.text: Evidence(0, hit.chunk.text, hit.chunk.start, hit.chunk.end, (hit,))
        for hit in found
    }
