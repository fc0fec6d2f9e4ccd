"""The text that both legs read: the passage under a header that says where it stands."""

import pytest

from indexes.passage import header, passage
from tests.indexes.documents import make_document

LEAVE = make_document("guide/leave.md", "", title="Parental leave").info


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ((), "Parental leave"),
        (("Who",), "Parental leave\nWho"),
        (("Rules", "Who", "Part time"), "Parental leave\nWho\nPart time"),
        (("Parental leave",), "Parental leave"),
        (("Who", "Who"), "Parental leave\nWho"),
        (("Who", ""), "Parental leave\nWho"),
    ],
)
def test_a_header_is_the_title_and_the_last_two_headings_each_once(
    section: tuple[str, ...], expected: str
) -> None:
    assert header(LEAVE, section) == expected


def test_a_title_that_only_repeats_the_name_of_the_file_is_left_out() -> None:
    before = make_document("guide/leave.md", "", title="leave").info
    after = make_document("hr/parents.md", "", title="parents").info
    assert header(before, ("Who",)) == "Who"
    assert passage(before, (), "Text.") == passage(after, (), "Text.") == "Text."


def test_a_long_header_is_cut() -> None:
    long = make_document("a.md", "", title="t" * 500).info
    assert header(long, ("Who",)) == "t" * 160


def test_the_passage_follows_its_header() -> None:
    assert passage(LEAVE, ("Who",), "All.\nEach.") == "Parental leave\nWho\nAll.\nEach."
