"""Which rows of a snapshot one search may look at, in the forms that the legs take."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray


class Allowed:
    """One truth value per chunk row, decided from a caller's Scope and Filters. Immutable."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask

    @cached_property
    def count(self) -> int:
        """How many rows are allowed."""
        return int(np.count_nonzero(self.mask))

    @property
    def everything(self) -> bool:
        """Whether no row is left out."""
        return self.count == len(self.mask)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The allowed rows, ascending. Not kept: eight bytes a row would outweigh the mask."""
        return np.flatnonzero(self.mask)

    @cached_property
    def bitmap(self) -> NDArray[np.uint8]:
        """One bit per row, the lowest bit of a byte first."""
        return np.packbits(self.mask, bitorder="little")
