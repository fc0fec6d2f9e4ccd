"""Rows of different lengths come back as they were written, in any order."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.errors import SnapshotCorrupt
from indexes.ragged import RaggedRows, RaggedWriter

TYPE = np.dtype("<u4")
ROWS = st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=5), max_size=12)


def written(folder: Path, rows: list[list[int]]) -> RaggedRows[np.uint32]:
    with RaggedWriter(folder) as writer:
        for row in rows:
            writer.add(np.array(row, TYPE).tobytes())
    return RaggedRows(folder, TYPE)


@given(ROWS, st.data())
def test_rows_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[int]], data: st.DataObject
) -> None:
    held = written(tmp_path_factory.mktemp("rows") / "r", rows)
    assert len(held) == len(rows)
    places = st.lists(st.integers(0, len(rows) - 1)) if rows else st.just([])
    asked: list[int] = data.draw(places)
    values, counts = held.take(np.array(asked, np.int64))
    assert counts.tolist() == [len(rows[row]) for row in asked]
    assert values.tolist() == [value for row in asked for value in rows[row]]


def test_a_value_may_be_several_wide(tmp_path: Path) -> None:
    with RaggedWriter(tmp_path / "r") as writer:
        writer.add(bytes([1, 2, 3, 4]))
        writer.add(b"")
        writer.add(bytes([5, 6]))
    held = RaggedRows(tmp_path / "r", np.dtype(np.uint8), (2,))
    values, counts = held.take(np.array([2, 1, 0]))
    assert values.tolist() == [[5, 6], [1, 2], [3, 4]]
    assert counts.tolist() == [1, 0, 2]


@pytest.mark.parametrize("name", ["values", "ends"])
@pytest.mark.parametrize("damage", ["gone", "cut", "longer"])
def test_damage_is_found(tmp_path: Path, name: str, damage: str) -> None:
    folder = tmp_path / "r"
    written(folder, [[1], [2, 3]])
    file = folder / name
    content = file.read_bytes()
    match damage:
        case "gone":
            file.unlink()
        case "cut":
            file.write_bytes(content[:-4])
        case _:
            file.write_bytes(content + bytes(4))
    with pytest.raises(SnapshotCorrupt, match="r"):
        RaggedRows(folder, TYPE)


def test_rows_that_were_not_finished_are_not_read(tmp_path: Path) -> None:
    def interrupted() -> None:
        with RaggedWriter(tmp_path / "r") as writer:
            writer.add(bytes(4))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(SnapshotCorrupt):
        RaggedRows(tmp_path / "r", TYPE)
