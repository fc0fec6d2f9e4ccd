"""The canonical text: what it keeps, what it drops, and where each element stands in it."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from indexes.types import Box, Placement
from ingestion.canonical import canonical, clean
from ingestion.types import Element, Kind
from tests.ingestion.elements import elements

CONTROLS = {"Cc", "Cs"}


def element(text: str, kind: Kind = Kind.TEXT) -> Element:
    return Element(kind, text)


def test_blocks_stand_apart_and_the_items_of_a_list_together() -> None:
    body = canonical(
        [
            element("Leave", Kind.HEADING),
            element("Ask for:"),
            element("days", Kind.LIST_ITEM),
            element(" \n", Kind.LIST_ITEM),
            element("hours", Kind.LIST_ITEM),
            element("Thanks."),
        ]
    )
    assert body.text == "Leave\n\nAsk for:\n\ndays\nhours\n\nThanks."
    assert [span.element.text for span in body.spans] == [
        "Leave",
        "Ask for:",
        "days",
        "hours",
        "Thanks.",
    ]


def test_a_line_break_of_the_source_is_a_space_except_in_tables_and_code() -> None:
    text = "one\r\n two \t three \n"
    assert clean(element(text)) == "one two three"
    assert clean(element(text, Kind.TABLE)) == "one\n two \t three"
    assert clean(element("\n  if x:\n\n\n    y \n\n", Kind.CODE)) == "  if x:\n\n\n    y"


def test_composed_text_without_what_cannot_be_printed() -> None:
    text = unicodedata.normalize("NFD", "Nghỉ\x00 phép\x9f 休\ud800假 😀")
    assert clean(element(text)) == "Nghỉ phép 休假 😀"


def test_nothing_is_the_empty_text() -> None:
    assert canonical([]).text == ""
    body = canonical([element("\x00 \u3000"), element("\u3000\n \n", Kind.TABLE)])
    assert (body.text, body.spans, body.placements) == ("", (), ())


def test_what_has_a_page_is_placed_and_nothing_else() -> None:
    upper, lower = Box(2, 10, 20, 30, 40), Box(2, 10, 40, 30, 60)
    lines = (Placement(0, 2, 2, upper), Placement(3, 6, 2, lower))
    body = canonical(
        [
            Element(Kind.TEXT, "before"),
            Element(Kind.TEXT, "第一页 😀", page=1),
            Element(Kind.TEXT, "on two", page=2, places=lines),
            Element(Kind.TABLE, "a | b\n1 | 2", places=(Placement(6, 11, cells="row 2"),)),
        ]
    )
    placed = [(body.text[p.start : p.end], p.page, p.box, p.cells) for p in body.placements]
    assert placed == [
        ("第一页 😀", 1, None, ""),
        ("on", 2, upper, ""),
        ("two", 2, lower, ""),
        ("1 | 2", None, None, "row 2"),
    ]


def test_places_of_a_text_that_had_to_be_cleaned_speak_of_all_of_it() -> None:
    box = Box(1, 0, 0, 9, 9)
    body = canonical([Element(Kind.TEXT, "a  b", page=1, places=(Placement(3, 4, 1, box),))])
    assert [(body.text[p.start : p.end], p.box) for p in body.placements] == [("a b", box)]


@given(st.lists(elements()))
def test_every_element_stands_where_its_span_says(given_elements: list[Element]) -> None:
    body = canonical(given_elements)
    end = 0
    for span in body.spans:
        assert body.text[span.start : span.end] == clean(span.element)
        assert body.text[end : span.start].strip("\n") == ""
        assert span.start < span.end
        end = span.end
    assert end == len(body.text)
    kept = "".join("".join(clean(each).split()) for each in given_elements)
    assert "".join(body.text.split()) == kept


@given(st.lists(elements()))
def test_the_text_is_normal_and_printable(given_elements: list[Element]) -> None:
    text = canonical(given_elements).text
    assert unicodedata.is_normalized("NFC", text)
    assert {char for char in text if unicodedata.category(char) in CONTROLS} <= {"\n", "\t"}
    text.encode()
