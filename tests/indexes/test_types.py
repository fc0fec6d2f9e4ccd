"""Ids that any machine agrees on, scopes, and where a document's text stands on its pages."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.types import EVERYONE, Box, Placement, Scope, chunk_id, document_id
from tests.indexes.documents import make_document

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
GROUPS = st.frozensets(st.sampled_from(["hr", "it", "board", EVERYONE]))


def test_the_id_of_a_document_is_fixed_for_all_time() -> None:
    assert document_id("wiki", "docs", "guide/leave.md") == "295bb582619c6587b4fec1d007e2ed04"
    assert document_id("wiki", "docs", "vi/nghỉ phép.md") == "264849383f25aeaf61c5ca25860a0a39"


@given(NAMES, NAMES, NAMES)
def test_an_id_is_half_the_sha256_of_the_three_joined_by_nul(
    collection: str, source: str, path: str
) -> None:
    joined = b"\0".join(part.encode() for part in (collection, source, path))
    assert document_id(collection, source, path) == sha256(joined).hexdigest()[:32]


def test_shifted_boundaries_are_other_documents() -> None:
    triples = [
        ("a", "b", "cd"),
        ("a", "bc", "d"),
        ("ab", "c", "d"),
        ("", "ab", "cd"),
        ("ab", "", "cd"),
        ("ab", "cd", ""),
        ("abcd", "", ""),
        ("", "", "abcd"),
    ]
    assert len({document_id(*triple) for triple in triples}) == len(triples)


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_two_triples_have_one_id_only_if_they_are_the_same(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (document_id(*one) == document_id(*other)) == (one == other)


def test_the_id_of_a_chunk_sorts_by_its_place() -> None:
    ids = [chunk_id("d", ordinal) for ordinal in (0, 9, 10, 12_345)]
    assert ids == ["d-00000", "d-00009", "d-00010", "d-12345"]
    assert sorted(ids) == ids


@given(GROUPS, GROUPS)
def test_a_scope_permits_what_shares_a_group_with_it(
    caller: frozenset[str], document: frozenset[str]
) -> None:
    assert Scope(caller).permits(document) == bool(caller & document)
    assert Scope.of(caller).permits(document) == bool((caller | {EVERYONE}) & document)


def test_nobody_sees_a_document_without_groups_and_an_empty_scope_sees_nothing() -> None:
    assert not Scope.of({"hr", "it"}).permits(frozenset())
    assert not Scope(frozenset()).permits(frozenset({EVERYONE}))


@pytest.fixture
def paged() -> tuple[Placement, ...]:
    return (
        Placement(0, 5, 1, Box(1, 10, 20, 30, 40)),
        Placement(6, 10, 1),
        Placement(11, 20, 2, Box(2, 1, 2, 3, 4)),
    )


@pytest.mark.parametrize(
    ("offset", "page"), [(0, 1), (4, 1), (5, None), (9, 1), (11, 2), (19, 2), (20, None)]
)
def test_a_page_holds_the_code_points_of_its_placements(
    paged: tuple[Placement, ...], offset: int, page: int | None
) -> None:
    document = make_document("a.pdf", "x" * 20, paged)
    assert document.page_at(offset) == page


@pytest.mark.parametrize(
    ("start", "end", "pages"),
    [(0, 5, [1]), (4, 12, [1, 2]), (5, 11, []), (6, 10, []), (19, 30, [2])],
)
def test_the_boxes_of_a_span_are_those_it_touches(
    paged: tuple[Placement, ...], start: int, end: int, pages: list[int]
) -> None:
    document = make_document("a.pdf", "x" * 20, paged)
    assert [box.page for box in document.boxes(start, end)] == pages
