"""The weights learned from a small corpus, told by situation, with the real house below it."""

from pathlib import Path

import pytest

from evals.__main__ import main
from evals.tuning.command import SITUATIONS, tune
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import NoSnapshot
from tests.evals.test_run import write_set


def test_every_situation_that_occurs_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "bakery")
    assert main(["run", str(folder), "--data-dir", str(tmp_path), "--modes", "hybrid"]) == 0
    told = tune([folder], tmp_path, open_embedder(EmbedderSettings()), limit=None)
    for situation in SITUATIONS:
        assert f"## {situation.name}\n" in told
    rows = [line.split(" | ") for line in told.splitlines() if line.startswith("| bakery")]
    assert len(rows) == len(SITUATIONS)
    # Four questions in English, four in the others; the odd ones are judged.
    odd = [int(row[1]) for row in rows]
    assert odd[0] == odd[1] <= 4
    assert odd[0] + odd[2] <= 8
    assert all(float(score) <= 1 for row in rows for score in row[2:4])
    assert all(row[-1].strip(" |") == "" for row in rows)  # there is no other set to learn from


def test_what_was_never_indexed_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "bakery")
    with pytest.raises(NoSnapshot):
        tune([folder], tmp_path, open_embedder(EmbedderSettings()), limit=None)
