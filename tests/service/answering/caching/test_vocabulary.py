"""The words of a real collection and of the real embedder."""

import pytest

from indexes.embedder import Embedder
from indexes.search import LocalIndex
from service.answering.caching.vocabulary import whole_words, words_of
from tests.indexes.documents import LIBRARY
from tests.indexes.embedded import write


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    folder = write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0]
    return LocalIndex.open(folder, embedder)


def test_words_of_the_collection_and_of_the_language(index: LocalIndex) -> None:
    known = words_of(index, "en")
    assert known("parental")  # stands in it
    assert known("volcano")  # does not, but is a frequent word
    assert not known("parnetal")
    assert not known("vloacnoo")


def test_a_language_that_the_embedder_does_not_read(index: LocalIndex) -> None:
    known = words_of(index, "vi")
    assert known("nghỉ")
    assert not known("ngỉh")
    assert not whole_words(index.embedder, "vi")("volcano")
