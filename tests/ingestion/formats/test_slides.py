"""Presentations: slides as pages, titles over all of a slide, tables, charts, notes."""

from typing import Any

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.ingestion.formats.reading import pairs, parse, saved

BOX = (Inches(1), Inches(3), Inches(4), Inches(1))


def blank(deck: object) -> object:
    return deck.slides.add_slide(deck.slide_layouts[6])  # type: ignore[attr-defined]


def test_slides_are_pages_under_their_titles() -> None:
    deck = pptx.Presentation()
    for title, body in [("Quý một", "Doanh thu tăng"), ("第二季度", "收入增长了百分之十。")]:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slide.notes_slide.notes_text_frame.text = "Say it slowly"
    parsed = parse(saved(deck), "a.pptx")
    assert parsed.title == "Quý một"
    assert [(e.kind.value, e.text, e.page, e.section) for e in parsed.elements] == [
        ("heading", "Quý một", 1, ("Quý một",)),
        ("list_item", "Doanh thu tăng", 1, ("Quý một",)),
        ("heading", "第二季度", 2, ("第二季度",)),
        ("list_item", "收入增长了百分之十。", 2, ("第二季度",)),
        ("text", "Say it slowly", 2, ("第二季度",)),
    ]


def test_shapes_are_read_from_the_top_and_groups_as_one() -> None:
    deck = pptx.Presentation()
    slide = blank(deck)
    shapes = slide.shapes  # type: ignore[attr-defined]
    shapes.add_textbox(Inches(5), Inches(5), Inches(1), Inches(1)).text_frame.text = "last"
    shapes.add_textbox(Inches(5), Inches(1), Inches(1), Inches(1)).text_frame.text = "right"
    shapes.add_textbox(Inches(1), Inches(1.05), Inches(1), Inches(1)).text_frame.text = "left"
    group = shapes.add_group_shape()
    for top, text in ((4, "below"), (3, "above")):
        box = group.shapes.add_textbox(Inches(1), Inches(top), Inches(1), Inches(1))
        box.text_frame.text = text
    assert [text for _, text in pairs(parse(saved(deck), "a.pptx"))] == [
        *("left", "right", "above", "below", "last")
    ]


def test_merged_cells_are_in_every_row_and_column() -> None:
    deck = pptx.Presentation()
    grid = blank(deck).shapes.add_table(3, 3, *BOX).table  # type: ignore[attr-defined]
    for y, row in enumerate(["Class|All|", "R1|1|2", "|3|4"]):
        for x, text in enumerate(row.split("|")):
            grid.cell(y, x).text = text
    grid.cell(0, 1).merge(grid.cell(0, 2))
    grid.cell(1, 0).merge(grid.cell(2, 0))
    assert pairs(parse(saved(deck), "a.pptx")) == [
        ("table", "Class | All | All\nR1 | 1 | 2\nR1 | 3 | 4")
    ]


def test_a_chart_is_its_data() -> None:
    deck = pptx.Presentation()
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2025", "2026"]
    data.add_series("Ducks", (120, 130.5))
    data.add_series("Geese", (80, None))
    frame = blank(deck).shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *BOX, data)  # type: ignore[attr-defined]
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Birds"
    assert pairs(parse(saved(deck), "a.pptx")) == [
        ("table", "Birds\n| Ducks | Geese\n2025 | 120 | 80\n2026 | 130.5")
    ]


def test_a_hidden_slide_is_left_out_and_the_others_keep_their_numbers() -> None:
    deck = pptx.Presentation()
    for text in ("one", "two", "three"):
        shapes = blank(deck).shapes  # type: ignore[attr-defined]
        shapes.add_textbox(*BOX).text_frame.text = text
    deck.slides[1]._element.set("show", "0")
    parsed = parse(saved(deck), "a.pptx")
    assert [(e.text, e.page) for e in parsed.elements] == [("one", 1), ("three", 3)]
    assert parsed.remarks == ("the hidden slide 2 was left out",)
