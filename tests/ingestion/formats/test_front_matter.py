"""Front matter: what it says, and what only looks like it."""

import pytest

from ingestion.formats.front_matter import split_front_matter
from ingestion.types import Kind
from tests.ingestion.formats.reading import parse, texts


@pytest.mark.parametrize(
    ("matter", "title"),
    [
        ('title: "Ticket #42 is # closed"  # so far', "Ticket #42 is # closed"),
        ("title: 'It''s paid'", "It's paid"),
        ('title: "Say \\"yes\\""', 'Say "yes"'),
        ("title: >-\n  A long title\n  on two lines", "A long title on two lines"),
        ("title: |\n  Kept", "Kept"),
        ("title: A plain title # so far", "A plain title"),
        ("title: C# in use", "C# in use"),
        ("title: A plain title\n  on two lines", "A plain title on two lines"),
        ("# of late\ntags:\n- a\n- b\ntitle: Tagged", "Tagged"),
    ],
)
def test_titles(matter: str, title: str) -> None:
    parsed = parse(f"---\n{matter}\n---\nText.\n", "a.md")
    assert (parsed.title, texts(parsed, Kind.TEXT)) == (title, ["Text."])


def test_lists_stand_line_by_line() -> None:
    said, rest = split_front_matter('---\nauthors:\n  - Lan\n  - "Minh"\n---\nText.')
    assert (said, rest) == ({"authors": "Lan\nMinh"}, "Text.")


@pytest.mark.parametrize(
    "prose",
    [
        "Note: the office is closed on Monday.\n\nPlease work from home.\n",
        "Note: the office is closed on Monday\nand on Tuesday.\n",
        "Note: the office is closed on Monday.\n",
        "Note: bring\n- a pen\n",
    ],
)
def test_prose_between_two_rules_is_no_front_matter(prose: str) -> None:
    text = f"---\n{prose}\n---\n\n# Closed\n"
    assert split_front_matter(text) == ({}, text)
    said = " ".join(element.text for element in parse(text, "a.md").elements)
    assert all(word in said for word in prose.replace("- ", "").split())
