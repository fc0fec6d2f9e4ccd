"""Which token of a passage a stored code belongs to, and what is left out rather than guessed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexes.embedder import Embedder
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.errors import SnapshotMismatch
from indexes.indexing import TOKENS_FOLDER
from indexes.matches import Matches, TokenPlaces, matches
from indexes.passage import header, passage
from indexes.search import LocalIndex, SearchResult
from indexes.tokens import TokenIndex
from indexes.types import Filters, Mode, Scope
from tests.indexes.documents import LIBRARY, make_document, make_entry
from tests.indexes.embedded import write

QUESTION = "How many weeks of paid parental leave does a parent get?"
MARKED = make_document(
    "en/marks.md",
    "“Twenty weeks” – of leave!\n\nAsk twice: leave, leave… (and leave).",
    title="Parents",
)
ENTRIES = [*LIBRARY, make_entry(MARKED, ("Parents", "Leave"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    return write(tmp_path_factory.mktemp("library"), ENTRIES, embedder)[0]


@pytest.fixture(scope="module")
def index(folder: Path, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(folder, embedder)


@pytest.fixture(scope="module")
def found(index: LocalIndex) -> SearchResult:
    return index.search(QUESTION, Scope.of([]), Filters(), 100, Mode.HYBRID)


def of_hits(index: LocalIndex, found: SearchResult) -> list[Matches | None]:
    assert found.tokens is not None
    return index.matches(found.tokens, found.hits, found.rows)


def test_a_result_names_the_rows_of_its_hits_and_the_tokens_of_its_query(
    index: LocalIndex, found: SearchResult, embedder: Embedder
) -> None:
    assert [chunk for chunk, _ in index.catalog.chunks(found.rows)] == [
        hit.chunk for hit in found.hits
    ]
    assert found.tokens is not None
    (encoded,) = embedder.encode_queries([QUESTION]).tokens
    assert found.tokens.spans == encoded.spans
    np.testing.assert_array_equal(found.tokens.values, encoded.values)
    unread = index.search("员工有多少天年假？", Scope.of([]), Filters(), 3, Mode.HYBRID)
    assert unread.tokens is None
    assert len(unread.rows) == len(unread.hits) == 3
    by_words = index.search(QUESTION, Scope.of([]), Filters(), 3, Mode.LEXICAL)
    assert by_words.tokens is None
    assert len(by_words.rows) == len(by_words.hits)


def test_every_code_meets_the_question_as_its_own_token_does(
    index: LocalIndex, found: SearchResult, embedder: Embedder
) -> None:
    assert found.tokens is not None
    read = 0
    for hit, match in zip(found.hits, of_hits(index, found), strict=True):
        if match is None:
            assert not embedder.reads(hit.document.language)
            continue
        read += 1
        text = passage(hit.document, hit.chunk.section, hit.chunk.text)
        begins = len(text) - len(hit.chunk.text)
        (tokens,) = embedder.encode_passages([text]).tokens
        exact = {
            (start - begins, end - begins): found.tokens.values @ row
            for (start, end), row in zip(tokens.spans, tokens.values, strict=True)
        }
        spans = list(zip(match.starts.tolist(), match.ends.tolist(), strict=True))
        assert spans == sorted(spans)
        assert set(spans) == {
            (a, b) for a, b in exact if any(map(str.isalnum, text[a + begins : b + begins]))
        }
        errors = match.cosines - np.stack([exact[span] for span in spans], axis=1)
        assert np.abs(errors).max() < 0.25  # a bit for each coordinate: see test_tokens
        assert errors.std() < 0.06
    assert read > 5


def test_words_of_the_header_stand_before_the_text(index: LocalIndex, found: SearchResult) -> None:
    place = next(i for i, hit in enumerate(found.hits) if hit.document.path == "en/marks.md")
    hit, match = found.hits[place], of_hits(index, found)[place]
    assert match is not None
    above = header(hit.document, hit.chunk.section)
    assert above == "Parents\nLeave"
    said = [
        (above + "\n")[start:end] if start < 0 else hit.chunk.text[start:end]
        for start, end in zip(match.starts.tolist(), match.ends.tolist(), strict=True)
        for start, end in [(start, end + len(above) + 1 if end <= 0 else end)]
    ]
    assert (match.starts < 0).sum() == 2
    assert said[2:][0] in {"Twenty", "Ask"}
    assert all(any(map(str.isalnum, word)) for word in said)


class Otherwise(WrappedEmbedder):
    """Divides every text into one token more than the codes were made of."""

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        return [((0, 1), *spans) for spans in super().token_spans(texts)]


def test_codes_that_fit_no_tokens_are_not_guessed_at(
    folder: Path, found: SearchResult, embedder: Embedder
) -> None:
    assert found.tokens is not None
    tokens = TokenIndex(folder / TOKENS_FOLDER)
    hits, rows = found.hits[:3], found.rows[:3]
    divided = matches(found.tokens, hits, rows, tokens, TokenPlaces(Otherwise(embedder)))
    assert divided == [None] * 3
    longer = replace(hits[0], chunk=replace(hits[0].chunk, text=f"{hits[0].chunk.text} More."))
    places = TokenPlaces(embedder)
    found_anew = matches(found.tokens, (longer, *hits[1:]), rows, tokens, places)
    assert [match is None for match in found_anew] == [True, False, False]
    assert matches(found.tokens, (), (), tokens, places) == []


class Counted(WrappedEmbedder):
    """Counts the texts that it divided into tokens."""

    divided = 0

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        self.divided += len(texts)
        return super().token_spans(texts)


def test_a_passage_is_divided_once(
    monkeypatch: pytest.MonkeyPatch, found: SearchResult, embedder: Embedder
) -> None:
    counted = Counted(embedder)
    places = TokenPlaces(counted)
    first = places.of(found.hits[:3], found.rows[:3])
    again = places.of(found.hits[1:5][::-1], found.rows[1:5][::-1])
    assert counted.divided == 5
    for one, other in zip(first[1:], again[::-1], strict=False):
        np.testing.assert_array_equal(one, other)
    # Where too many are remembered, all are forgotten, and none is mistaken for another.
    monkeypatch.setattr("indexes.matches._REMEMBERED", 2)
    for one, other in zip(places.of(found.hits[:6], found.rows[:6]), first, strict=False):
        np.testing.assert_array_equal(one, other)
    assert counted.divided == 6


def test_tokens_of_another_embedder_are_refused(index: LocalIndex, found: SearchResult) -> None:
    assert found.tokens is not None
    other = replace(found.tokens, values=found.tokens.values[:, :64])
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        index.matches(other, found.hits, found.rows)


def test_without_token_codes_nothing_is_matched(
    tmp_path: Path, embedder: Embedder, found: SearchResult
) -> None:
    assert found.tokens is not None

    class Whole(WrappedEmbedder):
        has_tokens = False

    index = LocalIndex.open(write(tmp_path, ENTRIES, embedder)[0], Whole(embedder))
    index._retriever = replace(index._retriever, tokens=None)
    assert index.matches(found.tokens, found.hits[:2], found.rows[:2]) == [None, None]
