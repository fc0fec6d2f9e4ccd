"""Which documents are joined for a question about two things."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.types import Hit
from service.answering.reading.expectation import Expectation
from service.answering.reading.joining import complements
from service.answering.reading.measured import Candidate, Passage
from service.answering.reading.question import Asked
from tests.indexes.documents import make_document, make_entry

NOTHING = np.zeros(0, np.float32)
RARITY = {
    "alpha": 0.9,
    "beta": 0.8,
    "gamma": 0.7,
    "delta": 0.6,
    "epsilon": 0.5,
    "the": 0.01,
    "of": 0.01,
}
ASKED = Asked(
    text="",
    expectation=Expectation.ANYTHING,
    subject="",
    several=False,
    joint=True,
    terms=tuple(RARITY),
    rarity=RARITY,
    vectors=None,
    token_weights=NOTHING,
    token_rarity=NOTHING,
)


def candidate(document: int, held: set[str], hit: float = 1.0, start: int = 0) -> Candidate:
    """A statement of this document that scores .32 times ``hit``."""
    made = make_document(f"{document}.md", "A statement.")
    (chunk,) = make_entry(made)[1]
    passage = Passage(
        number=document,
        offset=0,
        hit=Hit(document, hit, chunk, made.info),
        terms=frozenset(held),
        matches=None,
        similarity=0.0,
        rare_similarity=0.0,
    )
    return Candidate(
        passage=passage,
        start=start,
        end=start + 1,
        coverage=0.0,
        soft_coverage=0.0,
        bigrams=0.0,
        mismatch=False,
        similarity=0.0,
        context_similarity=0.0,
        defines=False,
        counts=False,
        held=frozenset(held),
        lead=None,
        within=None,
    )


def documents(*candidates: Candidate) -> list[int]:
    return [each.passage.number for each in complements(ASKED, candidates)]


def test_a_document_that_tells_what_is_left_open_joins() -> None:
    first, second = candidate(1, {"alpha", "beta"}), candidate(2, {"gamma", "delta"}, 0.5)
    assert documents(second, first) == [1, 2]


@pytest.mark.parametrize(
    "held",
    [
        {"alpha", "beta"},  # nothing new
        {"alpha", "gamma"},  # one new term
        {"epsilon", "of"},  # two of which one is common
        {"the", "of"},  # two that say nothing
        set(),
    ],
)
def test_one_that_adds_little_does_not(held: set[str]) -> None:
    assert documents(candidate(1, {"alpha", "beta"}), candidate(2, held)) == [1]


def test_nor_the_same_document_nor_one_far_below() -> None:
    first = candidate(1, {"alpha", "beta"})
    assert documents(first, candidate(1, {"gamma", "delta"}, 0.9)) == [1]
    assert documents(first, candidate(2, {"gamma", "delta"}, 0.13)) == [1, 2]
    assert documents(first, candidate(2, {"gamma", "delta"}, 0.12)) == [1]


def test_of_a_document_the_best_that_adds_is_taken() -> None:
    first = candidate(1, {"alpha", "beta"})
    empty, telling = candidate(2, {"alpha"}, 0.9), candidate(2, {"gamma", "delta"}, 0.5, 7)
    assert complements(ASKED, [empty, telling, first]) == [first, telling]


def test_no_statement_joins_nothing() -> None:
    assert complements(ASKED, []) == []


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sets(st.sampled_from(list(RARITY))), st.floats(0, 1)),
        max_size=8,
    )
)
def test_each_joined_adds_to_those_before(made: list[tuple[int, set[str], float]]) -> None:
    found = complements(ASKED, [candidate(*each) for each in made])
    assert len(found) <= 3
    assert len({each.passage.number for each in found}) == len(found)
    held: set[str] = set()
    for place, each in enumerate(found):
        if place:
            assert len(each.held - held) >= 2
        held |= each.held
