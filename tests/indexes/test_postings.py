"""Posting lists as they were written, and files that cannot be theirs."""

import mmap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.postings import PostingLists, write_postings

LISTS = {
    "leave": [0, 3, 4],
    "": [1],
    "trains": [2, 4],
    "年假": [0],
    "lea": [2],
    "leaves": [1],
    "\ud800": [3],
}
TERMS = st.text(max_size=4)


def write(lists: Mapping[str, list[int]], folder: Path) -> None:
    """The weight of a row is its number and a half."""
    folder.mkdir()
    pieces = [np.array(rows, np.int32) for rows in lists.values()]
    write_postings(
        folder,
        {term: number for number, term in enumerate(lists)},
        np.array([len(rows) for rows in pieces], np.int64),
        [(rows, rows.astype(np.float32) + np.float32(0.5)) for rows in pieces],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(LISTS, tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize("term", LISTS)
def test_a_term_gives_its_rows_and_weights(folder: Path, term: str) -> None:
    lists = PostingLists(folder)
    rows, weights = lists.of(term)
    assert rows.tolist() == LISTS[term]
    assert weights.tolist() == [row + 0.5 for row in LISTS[term]]
    assert lists.frequency(term) == len(LISTS[term])


@pytest.mark.parametrize("term", ["le", "leav", "leavf", "z", "年", "\0", "\U0010ffff"])
def test_an_unknown_term_gives_none(folder: Path, term: str) -> None:
    lists = PostingLists(folder)
    rows, weights = lists.of(term)
    assert len(rows) == len(weights) == lists.frequency(term) == 0


@given(st.dictionaries(TERMS, st.sets(st.integers(0, 99)).map(sorted), max_size=12), TERMS)
def test_any_terms_are_found_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, lists: dict[str, list[int]], other: str
) -> None:
    folder = tmp_path_factory.mktemp("any") / "index"
    write(lists, folder)
    read = PostingLists(folder)
    for term in [*lists, other]:
        assert read.of(term)[0].tolist() == lists.get(term, [])


def test_nothing_is_copied_into_memory(folder: Path) -> None:
    for column in PostingLists(folder).of("leave"):
        owner: object = column
        while isinstance(owner, np.ndarray):
            owner = owner.base
        assert isinstance(owner, mmap.mmap)
        assert not column.flags.writeable


@pytest.mark.parametrize(
    ("name", "column", "problem"),
    [
        ("rows", np.arange(3, dtype=np.int32), "number of postings"),
        ("weights", np.ones(3, np.float32), "number of postings"),
        ("starts", np.zeros(2, np.int64), "number of terms"),
        ("frequencies", np.ones(2, np.int32), "number of terms"),
        ("bounds", np.zeros(0, np.int64), "cut off"),
        ("text", np.zeros(3, np.uint8), "cut off"),
        ("weights", np.ones(9, np.float64), "another kind"),
        ("rows", np.ones((9, 1), np.int32), "another kind"),
        ("rows", np.array([None, "object"], object), "Python objects"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    folder: Path, name: str, column: NDArray[np.generic], problem: str
) -> None:
    np.save(folder / f"{name}.npy", column)
    with pytest.raises(ValueError, match=problem):
        PostingLists(folder)


def test_a_file_cut_short_is_refused(folder: Path) -> None:
    path = folder / "rows.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="greater than file size"):
        PostingLists(folder)
