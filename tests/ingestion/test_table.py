"""The one form of tables: short ones as rows, long ones with their column names in every row."""

import pytest

from ingestion.table import SHORT_ROWS, Row, html_rows, table
from ingestion.types import Kind


def rows(*lines: str) -> list[Row]:
    return [Row(line.split("|"), f"row {n}") for n, line in enumerate(lines, 1)]


def numbered(count: int) -> list[str]:
    return [f"Tea {n}|{n}" for n in range(count)]


def test_a_short_table_is_its_rows() -> None:
    element = table(rows("Item|Price", "Tea|2", "Milk|", "|7"), header=1)
    assert element.kind is Kind.TABLE
    assert element.text == "Item | Price\nTea | 2\nMilk\n7"
    said = [(element.text[p.start : p.end], p.cells) for p in element.places]
    assert said == [
        ("Item | Price", "row 1"),
        ("Tea | 2", "row 2"),
        ("Milk", "row 3"),
        ("7", "row 4"),
    ]


def test_every_row_of_a_long_table_says_its_columns() -> None:
    lines = table(rows("Item|Price", *numbered(SHORT_ROWS + 1)), header=1).text.split("\n")
    assert lines[:3] == ["Item | Price", "Item: Tea 0 | Price: 0", "Item: Tea 1 | Price: 1"]
    assert len(lines) == SHORT_ROWS + 2


def test_a_few_rows_of_much_text_are_long_too() -> None:
    lines = table(rows("Question|Answer", f"Why|{'because ' * 200}"), header=1).text.split("\n")
    assert lines[1].startswith("Question: Why | Answer: because because")


def test_a_long_table_without_column_names_is_its_rows() -> None:
    assert table(rows(*numbered(20)), header=0).text == "\n".join(
        line.replace("|", " | ") for line in numbered(20)
    )


def test_a_title_stands_over_every_row_of_a_long_table() -> None:
    lines = ["Prices 2026", "In euros", "Item|Price", *numbered(20)]
    element = table(rows(*lines), header=1, section=("Shop",))
    assert element.section == ("Shop", "Prices 2026", "In euros")
    assert element.text.split("\n")[:4] == [
        "Prices 2026",
        "In euros",
        "Item | Price",
        "Item: Tea 0 | Price: 0",
    ]


def test_a_row_of_one_text_names_the_rows_below_it() -> None:
    lines = ["Item|Price", "Drinks|", *numbered(20)]
    assert table(rows(*lines), header=1).text.split("\n")[1:3] == [
        "Drinks",
        "Item: Tea 0 | Price: 0",
    ]


def test_columns_under_two_rows_of_names() -> None:
    lines = ["Item|Price|Price", "Item|small|large", *(f"Tea {n}|{n}|{n + 1}" for n in range(20))]
    guessed = table(rows(*lines), named=True).text.split("\n")
    assert guessed[2] == "Item: Tea 0 | Price / small: 0 | Price / large: 1"
    assert guessed == table(rows(*lines), header=2).text.split("\n")


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ("Item|Price", True),
        ("Region|2024", True),
        ("|Price", False),  # one name of two columns is too few
        ("Tea|2", False),
        ("Tea|2026-01-31", False),
        ("Tea|€2.50", False),
        ("Tea 3|Price", False),  # stands in the column below, too
        ("lan@example.org|Price", False),
        (f"Item|{'long ' * 30}", False),
    ],
)
def test_a_first_row_is_taken_for_names_when_it_reads_like_them(names: str, named: bool) -> None:  # noqa: FBT001
    text = table(rows(names, *numbered(20)), named=True).text
    assert (": Tea 5" in text) is named


def test_where_names_are_no_custom_the_rows_must_differ_from_them() -> None:
    towns = [
        f"{town}|{who}" for town in ("Hue", "Vinh", "Oslo", "Bern") for who in ("An", "Bo", "Cy")
    ]
    alike = rows("Amsterdam|Christopher", *towns)
    assert "Amsterdam: " not in table(alike).text
    assert "Amsterdam: Hue" in table(alike, named=True).text
    assert "Item: Tea 5" in table(rows("Item|Price", *numbered(20))).text


def test_cells_are_clean_and_empty_rows_and_columns_go() -> None:
    element = table([Row(["", " a\x00\n b", "", "e\u0301"]), Row(["", "", ""]), Row(["", "c"])])
    assert element.text == "a b | é\nc"


def test_rows_of_a_page() -> None:
    markup = "<table><caption>T &amp; U</caption><tr><th>a</th><th>b</th></tr><tr><td>1<br>2</td>"
    found, header = html_rows(f"{markup}<td>3</td></tr></table>")
    assert [row.cells for row in found] == [["T & U"], ["a", "b"], ["1 2", "3"]]
    assert header == 1
    assert html_rows("<table><tr><td>a</td><td>b</td></tr></table>")[1] is None
