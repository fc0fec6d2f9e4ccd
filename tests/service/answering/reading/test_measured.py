"""What is measured of passages and statements: each figure by its definition."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from indexes.embedder import Embedder
from indexes.language import analyze
from indexes.matches import Matches
from indexes.search import LocalIndex
from indexes.types import Document, Filters, Hit, Mode, Scope
from service.answering.reading.measured import (
    Candidate,
    Passage,
    measure_passage,
    measure_statements,
)
from service.answering.reading.question import Asked, take_apart
from tests.indexes.documents import LIBRARY, make_document, make_entry
from tests.indexes.embedded import write

PRICES = make_document(
    "vi/gia.md",
    "Bảng giá phụ tùng\n\nTên | Giá bán\nNắp cảm biến | 18\nHộp số | 310",
    title="Giá",
    language="vi",
)
STEPS = make_document(
    "en/reset.md",
    "How do I reset the gearbox?\n\nDo this:\n\nhold the button\nwait for the tone\n\nCall us.",
    title="Gearbox",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(
        write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0], embedder
    )


def best(index: LocalIndex, question: str) -> tuple[Asked, Passage, list[Candidate]]:
    """The first hit for a question, as it is read."""
    result = index.search(question, Scope.of([]), Filters(), 1, Mode.HYBRID)
    asked = take_apart(question, result.language, index, result.tokens)
    matches = None
    if result.tokens is not None:
        (matches,) = index.matches(result.tokens, result.hits, result.rows)
    passage = measure_passage(asked, result.hits[0], matches, 1, 0)
    return asked, passage, list(measure_statements(asked, passage))


def read(
    index: LocalIndex, question: str, document: Document = PRICES, score: float = 1.0
) -> tuple[Asked, list[Candidate]]:
    """A whole document as one passage, at 100 of its evidence, that has no token codes."""
    chunk, *_ = make_entry(document)[1]
    whole = replace(chunk, text=document.text, end=len(document.text))
    hit = Hit(1, score, whole, document.info)
    asked = take_apart(question, document.info.language, index, None)
    return asked, list(measure_statements(asked, measure_passage(asked, hit, None, 3, 100)))


def test_similarities_are_maxsim_over_stored_codes(index: LocalIndex, embedder: Embedder) -> None:
    asked, passage, (found,) = best(index, "Where are trains booked?")
    text = passage.hit.chunk.text
    assert text == "Trains are booked through the travel desk."
    assert asked.vectors is not None
    (said,) = embedder.encode_passages([f"Travel\n{text}"]).tokens
    exact = asked.vectors.values @ said.values.T
    words = [i for i, (a, b) in enumerate(said.spans) if f"Travel\n{text}"[a:b].isalnum()]
    inside = [i for i in words if said.spans[i][0] >= len("Travel\n")]
    # "Where are trains booked ?": the function words and the mark count a quarter.
    weights = [0.25, 0.25, 1, 1, 0.25]
    similarity = np.average(exact[:, inside].max(axis=1), weights=weights)
    # A code is of one bit for each of 384 coordinates.
    assert found.similarity == pytest.approx(similarity, abs=0.1)
    assert found.context_similarity == found.similarity
    anywhere = np.average(exact[:, words].max(axis=1), weights=weights)
    assert passage.similarity == pytest.approx(anywhere, abs=0.1)
    assert passage.similarity >= found.similarity
    rarity = [asked.rarity.get(term, 0.0) for term in ("", "", "train", "book", "")]
    rare = np.average(exact[:, words].max(axis=1), weights=rarity)
    assert passage.rare_similarity == pytest.approx(rare, abs=0.1)


def test_what_cannot_be_read_has_no_similarity(index: LocalIndex) -> None:
    _, passage, found = best(index, "员工有多少天年假？")
    assert passage.matches is None
    assert passage.similarity == passage.rare_similarity == 0.0
    assert {each.similarity for each in found} == {each.context_similarity for each in found} == {0}
    asked, *_ = best(index, "Where are trains booked?")
    assert measure_passage(asked, passage.hit, None, 1, 0).similarity == 0.0


def test_coverage_and_score_by_their_formulas(index: LocalIndex) -> None:
    question = "Giá bán hộp số ba cảm biến?"
    asked, found = read(index, question, score=0.5)
    text = PRICES.text
    assert [text[each.start - 100 : each.end - 100] for each in found] == [
        "Nắp cảm biến | 18",
        "Hộp số | 310",
    ]
    total = sum(asked.rarity.values())
    heads = ["Bảng giá phụ tùng", "Tên | Giá bán"]
    for each in found:
        own = text[each.start - 100 : each.end - 100]
        terms = [term for part in (own, *heads) for term in analyze(part, "vi")]
        # The row before says nothing of the next.
        known = {*terms, *analyze("Giá", "vi")}
        coverage = sum(value for term, value in asked.rarity.items() if term in terms) / total
        assert each.coverage == pytest.approx(coverage)
        assert each.soft_coverage == pytest.approx(asked.soft_coverage(known))
        assert each.held == asked.rarity.keys() & known
        assert not each.mismatch
        assert each.score == pytest.approx(0.17 * coverage + 0.24 * each.soft_coverage + 0.32 * 0.5)


def test_every_measure_counts_in_the_score(index: LocalIndex) -> None:
    """Where the tokens are known, meaning counts, and words the less for it."""
    _, (found, _) = read(index, "Giá bán hộp số?", score=0.0)
    words = replace(found, coverage=0, soft_coverage=0, similarity=0, context_similarity=0)
    tokens = Matches(np.zeros((1, 1), np.float32), *np.zeros((2, 1), np.int32))
    meaning = replace(words, passage=replace(words.passage, matches=tokens))
    measures = ["coverage", "soft_coverage", "similarity", "context_similarity"]
    kinds = ["defines", "counts", "mismatch"]
    for nothing, weights in (
        (words, [0.17, 0.24, 0, 0, 0.03, 0.08, -0.12]),
        (meaning, [0.08, 0.05, 0.31, 0.28, 0.03, 0.05, -0.09]),
    ):
        assert nothing.score == 0
        for name, weight in zip([*measures, *kinds], weights, strict=True):
            measured: dict[str, Any] = {name: 1}
            assert replace(nothing, **measured).score == pytest.approx(weight)
    hit = replace(found.passage.hit, score=1)
    for nothing, weight in ((words, 0.32), (meaning, 0.30)):
        of_hit = replace(nothing, passage=replace(nothing.passage, hit=hit))
        assert of_hit.score == pytest.approx(weight)


def test_shared_pairs_of_terms_in_their_order(index: LocalIndex) -> None:
    _, found = read(index, "wait for the button tone", STEPS)
    # Of wait-button and button-tone no statement has either; of the next question one has one.
    assert {each.bigrams for each in found} == {0.0}
    _, found = read(index, "hold button tone", STEPS)
    assert max(each.bigrams for each in found) == 0.5


def test_a_list_is_read_whole_where_several_things_are_asked(index: LocalIndex) -> None:
    for question, whole in (("How do I reset it?", True), ("Who made the button?", False)):
        asked, found = read(index, question, STEPS)
        assert asked.several is whole
        said = [STEPS.text[each.start - 100 : each.end - 100] for each in found]
        assert said == [
            "hold the button",
            "wait for the tone",
            *["Do this:\n\nhold the button\nwait for the tone"] * whole,
            "Call us.",
        ]


def test_an_item_knows_the_line_that_leads_to_its_list(index: LocalIndex) -> None:
    _, found = read(index, "Who waits?", STEPS)
    leads = [each.lead and STEPS.text[each.lead[0] - 100 : each.lead[1] - 100] for each in found]
    assert leads == ["Do this:", "Do this:", None]


BROWSERS = replace(
    STEPS,
    text="The key works in these browsers on a Mac:\n\nFirefox\nChrome\nIt works.\n\nCall us.",
)


def test_a_row_knows_the_first_row_of_its_table_and_nothing_of_the_row_before(
    index: LocalIndex,
) -> None:
    _, found = read(index, "Giá bán hộp số?")
    assert [
        each.lead and PRICES.text[each.lead[0] - 100 : each.lead[1] - 100] for each in found
    ] == ["Tên | Giá bán"] * 2
    labelled = replace(PRICES, text="Tên | Giá\n\nTên: Hộp số | Giá: 310\nTên: Nắp | Giá: 18")
    _, found = read(index, "Giá hộp số?", labelled)
    assert [each.lead for each in found] == [None] * len(found)


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("Which browsers work?", [True, True, True, False]),
        # An item that holds a word of the question, which its lead does not, answers by itself.
        ("Does the key work in Firefox on a Mac?", [False, True, True, False]),
        # Where the lead was not asked for, no list answers.
        ("Who calls?", [False] * 4),
    ],
)
def test_of_a_list_whose_lead_was_asked_for_no_item_answers_alone(
    index: LocalIndex, question: str, whole: list[bool]
) -> None:
    _, found = read(index, question, BROWSERS)
    end = BROWSERS.text.index("\n\nCall")
    assert [each.within for each in found] == [(100, 100 + end) if one else None for one in whole]


@pytest.mark.parametrize(
    ("heading", "denied"),
    [
        ("What is not covered", True),
        ("Exclusions", True),
        ("Những gì không được bảo hành", True),
        ("不在保修范围内", True),
        ("What is covered", False),
        ("Notes on the warranty", False),
        ("What is not covered?", False),
        ("保修范围", False),
    ],
)
def test_a_heading_that_denies_is_told_with_what_stands_under_it(
    index: LocalIndex, heading: str, *, denied: bool
) -> None:
    text = f"{heading}\n\nBearings and seals wear out.\n\nCall us."
    _, found = read(index, "Are bearings covered?", replace(STEPS, text=text))
    lead = (100, 100 + len(heading)) if denied else None
    assert [each.lead for each in found] == [lead, None]


def test_what_says_what_a_thing_is_defines_it(index: LocalIndex) -> None:
    text = replace(STEPS, text="A probe is a sensor.\n\nThe probe is new.\n\nUse a probe.")
    _, found = read(index, "What is a probe?", text)
    assert [each.defines for each in found] == [True, True, False]
    _, found = read(index, "Who has a probe?", text)
    assert not any(each.defines for each in found)


def test_the_sentence_before_a_sentence_is_no_list(index: LocalIndex) -> None:
    asked, found = read(index, "How do I hold, wait, call?", STEPS)
    assert asked.several
    last = found[-1]
    assert last.held == {"wait", "call"}


def test_a_passage_knows_its_place(index: LocalIndex) -> None:
    _, found = read(index, "Giá?")
    assert {(each.passage.number, each.passage.offset) for each in found} == {(3, 100)}
    assert found[0].passage.terms == set(analyze(f"Giá\n{PRICES.text}", "vi"))
