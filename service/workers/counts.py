"""How many requests of each caller are under way, over all worker processes."""

from mmap import mmap
from zlib import crc32

# Two callers whose names fall together share one count; of 50 that ask at one moment, two do so
# in one moment of fifty. 128 KiB of each worker, of which only what is used takes memory.
_SLOTS = 1 << 16
_CELL_BYTES = 2


class Counts:
    """A count for each name, as the sum of what every worker counts.

    Each worker writes its own row alone and reads all, so none waits for another. What one has
    just counted the next sees a moment later: together they may exceed a limit by as many as there
    are other workers. For one thread of each process.
    """

    def __init__(self, workers: int = 1) -> None:
        """Made before the workers are forked, and seen by all of them."""
        self._workers = workers
        self._cells = memoryview(mmap(-1, workers * _SLOTS * _CELL_BYTES)).cast("H")
        self._row = 0

    def become(self, worker: int) -> None:
        """Count as this worker, from 0. What one that died under this number counted is gone."""
        self._row = worker * _SLOTS
        self._cells[self._row : self._row + _SLOTS] = memoryview(bytes(_SLOTS * _CELL_BYTES)).cast(
            "H"
        )

    def of(self, name: str) -> int:
        """How many there are of ``name``."""
        slot = _slot(name)
        return sum(self._cells[worker * _SLOTS + slot] for worker in range(self._workers))

    def add(self, name: str) -> None:
        """One more of ``name``."""
        self._cells[self._row + _slot(name)] += 1

    def subtract(self, name: str) -> None:
        """One of ``name``, added before, is no more."""
        self._cells[self._row + _slot(name)] -= 1


def _slot(name: str) -> int:
    return crc32(name.encode()) % _SLOTS
