"""What the places of a question's words say, by hand."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import SnapshotCorrupt
from indexes.forward import Evidence, ForwardIndex, ForwardWriter

PASSAGES = [
    ["vpn", "gateway", "restart", "night"],
    ["restart", "the", "server", "vpn", "vpn", "gateway"],
    [],
    ["leave", "night"],
]
TITLES = [["vpn"], ["vpn", "guide", "vpn"], [], ["leave", "night"]]
OWNERS = np.array([7, 7, 3, 9])
IDF = {"vpn": 1.0, "gateway": 2.0, "restart": 3.0, "unknown": 4.0}
WORDS = st.lists(st.sampled_from(["vpn", "gateway", "restart", "unknown", "night"]), max_size=6)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ForwardIndex:
    folder = tmp_path_factory.mktemp("forward") / "f"
    with ForwardWriter(folder) as writer:
        for words, title in zip(PASSAGES, TITLES, strict=True):
            writer.add(words, title)
    return ForwardIndex(folder)


def ask(index: ForwardIndex, words: list[str], rows: list[int]) -> Evidence:
    idf = {word: IDF.get(word, 1.0) for word in words}
    return index.evidence(words, idf, np.array(rows), OWNERS[rows])


def test_neighbours_in_the_question_that_are_neighbours_in_the_passage(index: ForwardIndex) -> None:
    # vpn gateway (1), gateway restart (2), restart unknown (3): of 6.
    found = ask(index, ["vpn", "gateway", "restart", "unknown"], [0, 1, 2, 3])
    np.testing.assert_allclose(found.phrases, [3 / 6, 1 / 6, 0, 0], atol=1e-6)
    # Another word stands between them.
    assert ask(index, ["restart", "server"], [1]).phrases.tolist() == [0]


def test_proximity_by_hand(index: ForwardIndex) -> None:
    found = ask(index, ["restart", "vpn"], [0, 1, 3])
    # vpn .. restart: 1 / 2^2; restart .. vpn: 1 / 3^2; over that and 1 + 3.
    expected = [0.25 / 4.25, (1 / 9) / (4 + 1 / 9), 0]
    np.testing.assert_allclose(found.proximity, expected, atol=1e-6)


def test_a_document_is_covered_by_its_passages_together(index: ForwardIndex) -> None:
    together = ask(index, ["gateway", "night"], [0, 1, 3]).document
    np.testing.assert_allclose(together, [1, 1, 1 / 3], atol=1e-6)
    alone = ask(index, ["gateway", "night"], [1, 3]).document
    np.testing.assert_allclose(alone, [2 / 3, 1 / 3], atol=1e-6)


def test_a_title_is_compared_as_a_set(index: ForwardIndex) -> None:
    found = ask(index, ["vpn", "guide", "restart"], [0, 1, 2, 3])
    np.testing.assert_allclose(found.title, [1 / 3, 2 / 3, 0, 0], atol=1e-6)


@pytest.mark.parametrize("words", [[], ["unknown"], ["unknown", "unknown"]])
def test_nothing_asked_or_found_is_no_evidence(index: ForwardIndex, words: list[str]) -> None:
    found = ask(index, words, [0, 1])
    for evidence in (found.phrases, found.proximity, found.document, found.title):
        assert evidence.tolist() == [0, 0]


def test_words_without_rarity_are_no_evidence(index: ForwardIndex) -> None:
    found = index.evidence(["vpn"], {"vpn": 0.0}, np.array([0]), OWNERS[[0]])
    assert found.document.tolist() == [0]


@given(WORDS, st.lists(st.integers(0, 3), max_size=5))
def test_evidence_lies_between_0_and_1(
    index: ForwardIndex, words: list[str], rows: list[int]
) -> None:
    found = ask(index, words, rows)
    for evidence in (found.phrases, found.proximity, found.document, found.title):
        assert evidence.shape == (len(rows),)
        assert evidence.dtype == np.float32
        assert (evidence >= 0).all()
        assert (evidence <= 1 + 1e-6).all()


@given(WORDS, st.permutations([0, 1, 2, 3]))
def test_the_order_of_the_rows_changes_nothing(
    index: ForwardIndex, words: list[str], rows: list[int]
) -> None:
    straight, turned = ask(index, words, [0, 1, 2, 3]), ask(index, words, rows)
    for name in ("phrases", "proximity", "document", "title"):
        np.testing.assert_allclose(getattr(straight, name)[rows], getattr(turned, name), atol=1e-6)


def test_density_by_hand(index: ForwardIndex) -> None:
    idf = {"vpn": 1.0, "gateway": 2.0}
    # The first window has passages 0 and 1: vpn 3 times and gateway twice in 10 words; the second
    # passage 0 alone: once each in 4. 7 words are the mean.
    found = index.density(idf, np.array([[0, 1], [-1, 0]]))
    long, short = 0.9 * 10 / 7, 0.9 * 4 / 7
    expected = [3 / (3 + long) + 2 * 2 / (2 + long), 1 / (1 + short) + 2 / (1 + short)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_density_of_nothing_is_none(index: ForwardIndex) -> None:
    idf = {"vpn": 1.0}
    assert index.density(idf, np.array([[2, -1], [-1, -1]])).tolist() == [0, 0]
    assert index.density(idf, np.array([[-1, -1]])).tolist() == [0]
    assert index.density({}, np.array([[0, 1]])).tolist() == [0]
    assert index.density(idf, np.empty((0, 5), np.int64)).tolist() == []


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=6), st.permutations(sorted(IDF)))
def test_the_order_of_a_window_and_of_the_words_changes_nothing(
    index: ForwardIndex, window: list[int], words: list[str]
) -> None:
    straight = index.density(IDF, np.array([window, [0] * len(window)]))
    idf = {word: IDF[word] for word in words}
    turned = index.density(idf, np.array([window[::-1], [0] * len(window)]))
    np.testing.assert_allclose(straight, turned, rtol=1e-5)
    assert (straight >= 0).all()
    assert (straight <= sum(IDF.values())).all()


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    with ForwardWriter(tmp_path / "f") as writer:
        writer.add(["word"])
    assert len(ForwardIndex(tmp_path / "f")) == 1
    (tmp_path / "f" / "titles" / "ends").unlink()
    with pytest.raises(SnapshotCorrupt):
        ForwardIndex(tmp_path / "f")
