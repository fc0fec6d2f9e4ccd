"""Postings as counting would give them, however little fits in memory."""

import gc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import inversion
from indexes.inversion import Inversion

CORPORA = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=9)


def counted(passages: list[list[str]], numbers: dict[str, int]) -> list[tuple[int, int, int]]:
    """(term number, row, count) of every pair, by term, then by row."""
    return sorted(
        (numbers[term], row, count)
        for row, passage in enumerate(passages)
        for term, count in Counter(passage).items()
    )


@given(CORPORA, st.integers(1, 20), st.integers(1, 20))
def test_postings_are_those_of_counting(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], run: int, batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inversion, "_RUN", run)
        patch.setattr(inversion, "_BATCH", batch)
        inverted = Inversion(tmp_path_factory.getbasetemp())
        for passage in passages:
            inverted.add(passage)
        batches = list(inverted.batches())
    assert list(inverted.numbers) == list(dict.fromkeys(t for one in passages for t in one))
    assert list(inverted.numbers.values()) == list(range(len(inverted.numbers)))
    assert inverted.lengths.tolist() == [len(passage) for passage in passages]
    found = [
        entry
        for each in batches
        for entry in zip(each.terms.tolist(), each.rows.tolist(), each.counts.tolist(), strict=True)
    ]
    expected = counted(passages, inverted.numbers)
    assert found == expected
    containing = Counter(term for term, _, _ in expected)
    assert inverted.frequencies().tolist() == [containing[i] for i in range(len(containing))]


@given(CORPORA, st.integers(1, 5))
def test_a_batch_is_no_larger_than_it_may_be(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], batch: int
) -> None:
    """A single term's postings are never split."""
    inverted = Inversion(tmp_path_factory.getbasetemp())
    for passage in passages:
        inverted.add(passage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inversion, "_BATCH", batch)
        for each in inverted.batches():
            assert len(each.rows) <= batch or len(np.unique(each.terms)) == 1


def test_runs_wait_where_they_are_told_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inversion, "_RUN", 2)
    inverted = Inversion(tmp_path)
    inverted.add(["a", "b", "a"])
    assert list(tmp_path.iterdir()) == []  # a file without a name dies with its process
    keys = inverted._keys
    del inverted
    gc.collect()
    assert keys.closed


def test_a_scratch_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Inversion(tmp_path / "missing")
