"""Search by meaning: the vectors of a snapshot, compared exactly or in clusters, also on a GPU."""

from indexes.dense.flat import Rows, Scores
from indexes.dense.index import DenseIndex
from indexes.dense.writer import VectorsWriter

__all__ = ["DenseIndex", "Rows", "Scores", "VectorsWriter"]
