"""Pages laid out by hand: order, paragraphs, headings, tables, and texts that stay clean."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.canonical import clean
from ingestion.layout.elements import elements_of
from ingestion.layout.reading_order import reading_order
from ingestion.layout.spans import Area, PageContent, Span, Style, Word, legible, word_runs
from ingestion.types import Element, Kind

LETTER = 0.5  # of the font's size; the width of a letter here
BOLD = Style(bold=True, fixed=False)
PLAIN = Style(bold=False, fixed=False)


def span(text: str, left: float, top: float, size: float = 10, style: Style = PLAIN) -> Span:
    words, x = [], left
    for word in text.split():
        words.append(Word(word, x, x + LETTER * size * len(word)))
        x = words[-1].right + LETTER * size
    broken = text.endswith("-")
    return Span(tuple(words), left, top, words[-1].right, top + size, size, style, broken)


def page(spans: Iterable[Span], rules: Iterable[Area] = (), number: int = 1) -> PageContent:
    return PageContent(number, 600, 800, tuple(spans), rules=tuple(rules))


def lines(texts: Iterable[str], left: float, top: float, leading: float = 12) -> list[Span]:
    return [span(text, left, top + leading * n) for n, text in enumerate(texts)]


def read(*pages: PageContent) -> list[tuple[Kind, str]]:
    return [(element.kind, element.text) for element in elements_of(pages)]


PROSE = [
    "The quick brown fox jumps over the lazy dog and",
    "then it sleeps in the shade of an old oak until",
    "the evening, when the hunters have all gone home",
    "and nothing is heard but the owl in the big tree.",
]


def test_prose_in_columns_goes_down_and_numbers_in_columns_go_across() -> None:
    left, right = lines(PROSE, 40, 100), lines([text.upper() for text in PROSE], 320, 100)
    mixed = [each for pair in zip(left, right, strict=True) for each in pair]
    assert read(page(mixed)) == [
        (Kind.TEXT, " ".join(PROSE)),
        (Kind.TEXT, " ".join(PROSE).upper()),
    ]
    cells = [
        each
        for n in range(4)
        for each in (
            span(f"Branch {n}", 40, 100 + 12 * n),
            span(f"{n}00", 200, 100 + 12 * n),
            span(f"{n}.5", 300, 100 + 12 * n),
        )
    ]
    assert read(page(cells)) == [
        (Kind.TABLE, "\n".join(f"Branch {n} | {n}00 | {n}.5" for n in range(4)))
    ]


def test_a_gap_between_paragraphs_does_not_tear_columns_apart() -> None:
    spans = [
        *lines(PROSE, 40, 100),
        *lines(PROSE, 320, 100),
        *lines(PROSE, 40, 170),
        *lines(PROSE, 320, 170),
    ]
    order = [each for block in reading_order(spans[::-1]) for each in block]
    middles = [(each.left > 300, each.top) for each in order]
    assert middles == sorted(middles)


def test_a_page_from_the_right_begins_with_its_right_column() -> None:
    spans = [*lines(PROSE, 40, 100), *lines(PROSE, 320, 100)]
    blocks = reading_order(spans, from_right=True)
    assert [block[0].left for block in blocks] == [320, 40]


def test_text_under_two_columns_is_read_last() -> None:
    spans = [*lines(PROSE, 40, 100), *lines(PROSE, 320, 100), span("Note.", 40, 300)]
    assert read(page(spans))[-1] == (Kind.TEXT, "Note.")


@pytest.mark.parametrize("marks", [("1.", "2.", "3."), ("a)", "b)", "c)"), ("•", "•", "•")])
def test_marks_beside_their_items_are_no_column(marks: tuple[str, ...]) -> None:
    spans = []
    for n, mark in enumerate(marks):
        spans += [span(mark, 40, 100 + 24 * n), *lines(PROSE[:2], 70, 100 + 24 * n)]
    kinds = read(page(spans))
    assert [kind for kind, _ in kinds] == [Kind.LIST_ITEM] * 3
    assert all(text.endswith(" ".join(PROSE[:2])) for _, text in kinds)


def test_a_sentence_that_goes_on_in_the_next_column_is_one_paragraph() -> None:
    spans = [*lines(PROSE[:3] * 2, 40, 100), *lines(["and so it ends.", *PROSE], 320, 100)]
    (element,) = [each for each in elements_of([page(spans)]) if "so it ends." in each.text]
    assert element.text.startswith("The quick brown fox")
    assert len({place.box.left for place in element.places if place.box}) == 2


def test_headings_by_size_weight_and_number() -> None:
    spans = [
        span("Handbook", 40, 20, size=20),
        span("Leave of absence", 40, 60, size=14),
        *lines(PROSE, 40, 90),
        span("How to ask for it", 40, 150, style=BOLD),
        *lines(PROSE, 40, 170),
        span("2.1 Forms", 40, 230),
        *lines(PROSE, 40, 260),
        span("Pay", 40, 330, size=14),
        span("All is paid.", 40, 360),
    ]
    headings = [each.section for each in elements_of([page(spans)]) if each.kind is Kind.HEADING]
    assert headings == [
        ("Handbook",),
        ("Handbook", "Leave of absence"),
        ("Handbook", "Leave of absence", "How to ask for it"),
        ("Handbook", "Leave of absence", "How to ask for it", "2.1 Forms"),
        ("Handbook", "Pay"),
    ]


def test_no_heading_where_all_is_bold_or_a_sentence_or_a_lone_letter() -> None:
    bold = [span(text, 40, 100 + 12 * n, style=BOLD) for n, text in enumerate(PROSE)]
    assert {kind for kind, _ in read(page([*bold, span("Same", 40, 170, style=BOLD)]))} == {
        Kind.TEXT
    }
    spans = [*lines(PROSE, 40, 100), span("Mind this.", 40, 170, style=BOLD)]
    assert read(page([*spans, span("T", 40, 200, size=30)]))[1:] == [
        (Kind.TEXT, "Mind this."),
        (Kind.TEXT, "T"),
    ]


def test_paragraphs_begin_at_a_gap_an_indent_or_after_a_short_line() -> None:
    spans = [
        *lines(["First line of it all goes to the edge here,", "short end."], 40, 100),
        *lines(
            [
                "Second one, which also goes to the very edge",
                "and beyond that, as far as it can go in one.",
            ],
            40,
            124,
        ),
        span("Indented line that begins a third para-", 58, 148),
        *lines(["graph and goes on until it has its end here.", "Never."], 40, 160),
        span("After a gap.", 40, 200),
    ]
    assert [text.split()[0] for _, text in read(page(spans))] == [
        "First",
        "Second",
        "Indented",
        "After",
    ]


def grid(xs: list[float], ys: list[float]) -> list[Area]:
    across = [Area(xs[0], y - 0.3, xs[-1], y + 0.3) for y in ys]
    return across + [Area(x - 0.3, ys[0], x + 0.3, ys[-1]) for x in xs]


def test_words_of_one_span_go_into_the_cells_they_stand_in() -> None:
    # One span over two cells, as when the file writes a row at one go.
    spans = [span("one two", 42, 102), span("three four", 42, 122)]
    rules = grid([40, 58, 200], [100, 120, 140])
    (element,) = elements_of([page([*spans, *lines(PROSE, 40, 300)], rules)])[:1]
    assert element.text == "one | two\nthree | four"
    assert [element.text[place.start : place.end] for place in element.places] == [
        "one | two",
        "three | four",
    ]


def test_rows_without_rules_between_them_are_rows_still() -> None:
    spans = [span("Name", 42, 102), span("Days", 102, 102)]
    spans += [
        each
        for n in range(3)
        for each in (span(f"N{n}", 42, 122 + 12 * n), span(f"{n}", 102, 122 + 12 * n))
    ]
    rules = grid([40, 100, 200], [100, 120, 160])
    assert read(page(spans, rules)) == [(Kind.TABLE, "Name | Days\nN0 | 0\nN1 | 1\nN2 | 2")]


def test_a_frame_around_text_is_no_table() -> None:
    frame = grid([30, 400], [90, 160])
    assert read(page(lines(PROSE, 40, 100), frame)) == [(Kind.TEXT, " ".join(PROSE))]


def test_words_of_a_text_and_where_they_were_broken() -> None:
    runs = word_runs("ab  c\ufffed e\r\n\r\nfg ")
    assert list(zip(runs.starts.tolist(), runs.ends.tolist(), strict=True)) == [
        (0, 1),
        (4, 5),
        (6, 6),
        (8, 8),
        (13, 14),
    ]
    assert runs.rows.tolist() == [0, 0, 1, 1, 2]


@given(st.text())
def test_a_legible_word_is_clean(text: str) -> None:
    word = legible(text)
    assert clean(Element(Kind.TEXT, word)) == word


TEXTS = st.lists(
    st.text(
        st.one_of(
            st.sampled_from("ab-•.1|()\u0301\u3099か中가ا\u0644é"),
            st.characters(codec="utf-8"),
        ),
        min_size=1,
        max_size=8,
    )
    .map(legible)
    .filter(bool),
    min_size=1,
    max_size=12,
)


@given(TEXTS, st.lists(st.integers(0, 9), min_size=12, max_size=12), st.booleans())
def test_texts_are_clean_and_places_are_within_them(
    words: list[str],
    spots: list[int],
    fixed: bool,  # noqa: FBT001
) -> None:
    style = Style(bold=False, fixed=fixed)
    spans = [
        span(word, 40 + 90 * (spot % 3), 100 + 12 * (spot // 3), style=style)
        for word, spot in zip(words, spots, strict=False)
    ]
    for element in elements_of([page(spans, grid([30, 120, 400], [90, 110, 130]))]):
        assert element.text
        assert clean(element) == element.text
        assert all(0 <= p.start <= p.end <= len(element.text) for p in element.places)
        assert all(one.end <= other.start for one, other in pairwise(element.places))
