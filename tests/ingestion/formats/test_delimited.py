"""Delimited text: as it is written, each row citable by its number."""

import pytest

from tests.ingestion.formats.reading import cells, parse


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.csv", 'id,name,note\n007,NA,"a, b"\n8\n9,x,y,z\n'),
        ("a.csv", "id;name;note\n007;NA;a, b\n8\n9;x;y;z\n"),
        ("a.csv", "sep=;\nid;name;note\n007;NA;a, b\n8\n9;x;y;z\n"),
        ("a.tsv", "id\tname\tnote\n007\tNA\ta, b\n8\n9\tx\ty\tz\n"),
    ],
)
def test_delimited_text_is_read_as_written(path: str, text: str) -> None:
    parsed = parse(text, path)
    (table,) = parsed.elements
    assert table.text == "id | name | note\n007 | NA | a, b\n8\n9 | x | y | z"
    assert cells(parsed) == {
        "row 1": "id | name | note",
        "row 2": "007 | NA | a, b",
        "row 3": "8",
        "row 4": "9 | x | y | z",
    }


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    lines = "".join(f'Tea {n},"{n}\n{n}"\n' for n in range(20))
    parsed = parse(f"Item,Price\n\n{lines}", "a.csv")
    assert cells(parsed)["row 3"] == "Item: Tea 0 | Price: 0 0"
    assert cells(parsed)["row 22"] == "Item: Tea 19 | Price: 19 19"
