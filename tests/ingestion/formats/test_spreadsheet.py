"""Spreadsheets: every cell, several tables on a sheet, merged cells, and where each row stands."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import openpyxl
import pytest

from indexes.errors import ParseError
from ingestion.formats import spreadsheet
from tests.ingestion.formats.reading import cells, pairs, parse, rezipped, saved


def book(*rows: Sequence[object], title: str = "Prices") -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    return made


def test_every_cell_is_kept_and_can_be_cited() -> None:
    made = book(
        ["Bảng lương"],
        [],
        [None, "Name", "Share", "Note"],
        [None, "陈伟", 0.125, "N/A"],
        [None, "NA", 1234567.891, "spans\nlines"],
        title="Lương",
    )
    made.active["C4"].number_format = "0.0%"
    made.create_sheet("Empty")
    parsed = parse(saved(made), "a.xlsx")
    assert pairs(parsed) == [
        ("heading", "Lương"),
        ("text", "Bảng lương"),
        ("table", "Name | Share | Note\n陈伟 | 12.5% | N/A\nNA | 1234567.891 | spans lines"),
    ]
    assert {element.section for element in parsed.elements} == {("Lương",)}
    assert cells(parsed) == {
        "Lương!A1": "Bảng lương",
        "Lương!B3:D3": "Name | Share | Note",
        "Lương!B4:D4": "陈伟 | 12.5% | N/A",
        "Lương!B5:D5": "NA | 1234567.891 | spans lines",
    }


def test_the_name_of_a_sheet_is_quoted_as_in_a_formula() -> None:
    parsed = parse(saved(book(["a", "b"], [1, 2], title="Q1 '26")), "a.xlsx")
    assert list(cells(parsed)) == ["'Q1 ''26'!A1:B1", "'Q1 ''26'!A2:B2"]


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (datetime(2026, 1, 31), "d/m/yy", "2026-01-31"),  # noqa: DTZ001 - as spreadsheets hold it
        (datetime(2026, 1, 31, 9, 30), "d/m/yy h:mm", "2026-01-31 09:30:00"),  # noqa: DTZ001
        (datetime(2026, 1, 31, 9, 30), "d/m/yy", "2026-01-31"),  # noqa: DTZ001
        (datetime(2026, 1, 31, 9, 30), "[$-409]h:mm AM/PM", "09:30:00"),  # noqa: DTZ001
        (time(9, 30), "h:mm", "09:30:00"),
        (timedelta(hours=30), "[h]:mm", "30:00:00"),
        (timedelta(minutes=62.5), "[mm]:ss", "1:02:30"),
        (timedelta(hours=-1.5), "[h]:mm", "-1:30:00"),
        (datetime(2026, 1, 1), 'yyyy"年"m"月"', "2026-01-01"),  # noqa: DTZ001
        (0.5, "0%", "50%"),
        (1, "0.00%", "100.00%"),
        (-2.5, '"$"#,##0.00', "-$2.5"),
        (1200, "#,##0 [$₫-42A]", "1200 ₫"),
        (901234567, "0000000000", "0901234567"),
        (-0.05, "#,##0%", "-5%"),
        (12.5, '0.0"kg"', "12.5kg"),
        (0.1 + 0.2, "General", "0.3"),
        (True, "General", "TRUE"),
        ("None", "General", "None"),
    ],
)
def test_values_as_they_are_shown(value: object, shown: str, text: str) -> None:
    made = book(["x"])
    made.active["A1"] = value
    made.active["A1"].number_format = shown
    assert pairs(parse(saved(made), "a.xlsx"))[1] == ("text", text)


def test_amounts_with_a_unit_name_no_columns() -> None:
    made = book([5, 50000], *([n, 1000 * n] for n in range(20)))
    for row in made.active.iter_rows():
        row[0].number_format, row[1].number_format = '0"元"', '#,##0 "đ"'
    (_, (_, text)) = pairs(parse(saved(made), "a.xlsx"))
    assert text.split("\n")[:2] == ["5元 | 50000 đ", "0元 | 0 đ"]


def test_a_merged_cell_is_in_every_row_and_a_title_is_said_once() -> None:
    made = book(["Ducks", None, None], ["Year", "Quarter", "Seen"])
    for row in ([2025, "Q1", 3], [None, "Q2", 4], [2026, "none", None]):
        made.active.append(row)
    for span in ("A1:C1", "A3:A4", "B5:C5"):
        made.active.merge_cells(span)
    assert pairs(parse(saved(made), "a.xlsx"))[1] == (
        "table",
        "Ducks\nYear | Quarter | Seen\n2025 | Q1 | 3\n2025 | Q2 | 4\n2026 | none | none",
    )


def test_tables_below_and_beside_each_other_are_apart() -> None:
    made = book(
        ["Item", "Price", None, "Town", "Staff"],
        ["Tea", 2, None, "Hue", 30],
        ["Milk", 1, None, "Hanoi", 40],
        [],
        ["Year", "Sales"],
        [2025, 7],
    )
    assert pairs(parse(saved(made), "a.xlsx"))[1:] == [
        ("table", "Item | Price\nTea | 2\nMilk | 1"),
        ("table", "Town | Staff\nHue | 30\nHanoi | 40"),
        ("table", "Year | Sales\n2025 | 7"),
    ]


def test_a_column_left_empty_for_the_looks_parts_no_table() -> None:
    made = book(
        ["Zone", "Sales", None, "Costs", "Profit"],
        ["EUR", 9, None, -8, 1],
        ["NA", 7, None, -9, -2],
    )
    assert pairs(parse(saved(made), "a.xlsx"))[1:] == [
        ("table", "Zone | Sales | Costs | Profit\nEUR | 9 | -8 | 1\nNA | 7 | -9 | -2")
    ]


def test_names_above_an_empty_row_name_the_columns_below_it() -> None:
    made = book(["Zone", "Sales"], [], *([f"Zone {n}", n] for n in range(20)))
    (_, (_, text)) = pairs(parse(saved(made), "a.xlsx"))
    assert text.split("\n")[:2] == ["Zone | Sales", "Zone: Zone 0 | Sales: 0"]


def test_a_single_column_is_a_list() -> None:
    parsed = parse(saved(book(["first"], ["second"])), "a.xlsx")
    assert pairs(parsed)[1:] == [("list_item", "first"), ("list_item", "second")]
    assert list(cells(parsed)) == ["Prices!A1", "Prices!A2"]


def test_what_is_left_out_is_said() -> None:
    made = book(["a", "=1+1"], ["b", "=2+2"])
    made.create_sheet("Secret").append(["salary"])
    made["Secret"].sheet_state = "hidden"
    parsed = parse(saved(made), "a.xlsx")
    assert parsed.remarks == (
        "the hidden sheet 'Secret' was left out",
        "2 formulas have no stored value; save it in a spreadsheet program",
    )
    assert "salary" not in str(parsed.elements)


def test_a_formula_stands_as_its_stored_value() -> None:
    content = saved(book(["Sum", "=1+1"]))
    sheet = "xl/worksheets/sheet1.xml"
    with_value = (
        openpyxl_part(content, sheet).replace("<v />", "<v>2</v>").replace("<v></v>", "<v>2</v>")
    )
    parsed = parse(rezipped(content, {sheet: with_value}), "a.xlsx")
    assert pairs(parsed)[1] == ("table", "Sum | 2")
    assert parsed.remarks == ()


def test_a_large_workbook_is_streamed_and_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[object]] = [[f"Tea {n}", n / 8] for n in range(300)]
    content = saved(book(["Item", "Price"], *rows))
    whole = parse(content, "a.xlsx")
    monkeypatch.setattr(spreadsheet, "WHOLE_BYTES", 0)
    streamed = parse(content, "a.xlsx")
    assert streamed.elements == whole.elements
    assert cells(whole)["Prices!A201:B201"] == "Item: Tea 199 | Price: 24.875"


def test_one_cell_far_away_costs_nothing() -> None:
    made = book(["near", "by"])
    made.active["XFD1048576"] = "far"
    assert pairs(parse(saved(made), "a.xlsx"))[1:] == [("table", "near | by"), ("text", "far")]


def test_properties_are_those_stated() -> None:
    made = book(["x", "y"])
    made.properties.title, made.properties.creator = "Price list", "Lan; Minh"
    content = saved(made)
    parsed = parse(content, "a.xlsx")
    assert (parsed.title, parsed.authors) == ("Price list", ("Lan", "Minh"))
    core = openpyxl_part(content, "docProps/core.xml")
    stated = core.partition("</dcterms:modified>")[0].rpartition(">")[2]
    dated = core.replace(
        f"{stated}</dcterms:modified>", "2026-01-31T16:30:00+07:00</dcterms:modified>"
    )
    assert parse(rezipped(content, {"docProps/core.xml": dated}), "a.xlsx").written_at == (
        "2026-01-31T09:30:00Z"
    )
    bare = core[: core.index("<dc:creator")] + "</cp:coreProperties>"
    assert parse(rezipped(content, {"docProps/core.xml": bare}), "a.xlsx").written_at is None


def test_a_broken_workbook_says_so() -> None:
    broken = rezipped(saved(book(["x"])), {"xl/workbook.xml": "<workbook"})
    with pytest.raises(ParseError, match=r"its part xl/workbook\.xml is not well-formed XML"):
        parse(broken, "a.xlsx")


def openpyxl_part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()
