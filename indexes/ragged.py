"""Rows of different lengths on disk, memory-mapped: values end to end, and where each ends."""

from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexes.errors import SnapshotCorrupt

_VALUES_FILE = "values"
_ENDS_FILE = "ends"
_ENDS_TYPE = np.dtype("<i8")

Value = TypeVar("Value", bound=np.generic)


class RaggedWriter:
    """Rows in the making, for use with ``with``: on disk as they come, 8 bytes each in memory."""

    def __init__(self, folder: Path) -> None:
        """Makes ``folder``. OSError where the disk does not take it, here and below."""
        folder.mkdir(parents=True)
        self._folder = folder
        self._ends: list[int] = []
        self._written = 0
        self._file = (folder / _VALUES_FILE).open("wb")

    def add(self, row: bytes) -> None:
        """Append a row by its bytes, little-endian."""
        self._written += self._file.write(row)
        self._ends.append(self._written)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            np.array(self._ends, _ENDS_TYPE).tofile(self._folder / _ENDS_FILE)


class RaggedRows(Generic[Value]):
    """What a RaggedWriter left in a folder, as values of one type, shape (values, *width)."""

    def __init__(self, folder: Path, dtype: "np.dtype[Value]", width: tuple[int, ...] = ()) -> None:
        """SnapshotCorrupt when ``folder`` holds something else."""
        try:
            values = _mapped(folder / _VALUES_FILE, dtype)
            ends = _mapped(folder / _ENDS_FILE, _ENDS_TYPE)
            self._values: NDArray[Value] = values.reshape(-1, *width)
        except (OSError, ValueError) as exc:
            raise SnapshotCorrupt(f"{folder} is not readable: {exc}") from exc
        size = dtype.itemsize * int(np.prod(width, dtype=np.int64))
        if (int(ends[-1]) if len(ends) else 0) != len(self._values) * size or (ends % size).any():
            raise SnapshotCorrupt(f"{folder} holds other rows than it says")
        self._bounds = np.concatenate(([0], ends // size))

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def take(self, rows: NDArray[np.int64]) -> tuple[NDArray[Value], NDArray[np.int64]]:
        """The values of ``rows`` end to end, and how many each has."""
        starts, ends = self._bounds[rows], self._bounds[rows + 1]
        bounds = zip(starts.tolist(), ends.tolist(), strict=True)
        parts = [self._values[start:end] for start, end in bounds]
        return np.concatenate(parts) if parts else self._values[:0], ends - starts


def _mapped(path: Path, dtype: "np.dtype[Any]") -> NDArray[Any]:
    if path.stat().st_size == 0:  # which cannot be mapped
        return np.empty(0, dtype)
    # A plain array over the map: slicing a memmap costs ten times as much as slicing an array.
    return np.asarray(np.memmap(path, dtype, "r"))
