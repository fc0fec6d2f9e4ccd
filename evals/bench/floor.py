"""What no search can go below on this machine: bytes that must be read, operations to be done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from time import perf_counter

import numpy as np

from indexes.language import analyze

# all-MiniLM-L6-v2: six layers of four 384 x 384 and two 384 x 1536 matrices. Embeddings are looked
# up and not multiplied.
DIMENSIONS = 384
ENCODER_PARAMETERS = 6 * (4 * DIMENSIONS * DIMENSIONS + 2 * DIMENSIONS * 4 * DIMENSIONS)
# In its smallest form a parameter is a byte, and a processor does four 8-bit products where it does
# one of 32 bits (VNNI). A slower form cannot go below it either.
_INT8_TIMES = 4
# A posting is a row and a score, four bytes each.
_POSTING_BYTES = 8
_FLOAT_BYTES = 4
_MATRIX = 1024
_STREAM_FLOATS = 48_000_000  # 192 MB: more than any cache of last level that is common
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine was measured at: bytes read, and float32 operations done, a second."""

    bytes_per_second: float
    operations_per_second: float

    def __str__(self) -> str:
        return (
            f"This machine reads {self.bytes_per_second / 1e9:.1f} GB a second and does "
            f"{self.operations_per_second / 1e9:.0f} G float32 operations a second."
        )


@dataclass(frozen=True, slots=True)
class Work:
    """Bytes to be read from memory at least, and operations to be done at least."""

    bytes: float = 0.0
    operations: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.bytes + other.bytes, self.operations + other.operations)

    def milliseconds(self, machine: Machine) -> float:
        """The least time: the slower of reading and computing (roofline, Williams et al. 2009)."""
        reading = self.bytes / machine.bytes_per_second
        computing = self.operations / machine.operations_per_second
        return max(reading, computing) * 1000

    def __str__(self) -> str:
        return f"{_scaled(self.bytes)}B, {_scaled(self.operations)}op"


def _scaled(value: float) -> str:
    """A number with one decimal and the SI prefix that makes it 1 to 999."""
    for prefix in ("", "k", "M"):
        if value < 1000:  # noqa: PLR2004 (a prefix is for a thousand of the one before)
            return f"{value:.1f} {prefix}"
        value /= 1000
    return f"{value:.1f} G"


def encoding(tokens: float) -> Work:
    """One pass of MiniLM over a question of so many tokens.

    A product and a sum for each parameter and token, counted as float32 ones.
    """
    operations = 2 * ENCODER_PARAMETERS * tokens / _INT8_TIMES
    return Work(ENCODER_PARAMETERS, operations)


def exact_pass(rows: int, dimensions: int) -> Work:
    """One pass over all vectors in float32: what an index that is not exact can go below."""
    return Work(rows * dimensions * _FLOAT_BYTES, 2 * rows * dimensions)


def postings(count: float) -> Work:
    """Reading the postings of a question's terms, and a sum for each."""
    return Work(count * _POSTING_BYTES, count)


def mean_postings(questions: Sequence[str], passages: Iterable[str], language: str) -> float:
    """How many postings the terms of a question have in all, on the average."""
    frequencies: Counter[str] = Counter()
    for text in passages:
        frequencies.update(set(analyze(text, language)))
    return mean(
        sum(frequencies[term] for term in set(analyze(question, language)))
        for question in questions
    )


def measure() -> Machine:
    """The best of some passes over a large array, and of some products of large matrices."""
    stream = np.ones((_STREAM_FLOATS // _MATRIX, _MATRIX), np.float32)
    vector = np.ones(_MATRIX, np.float32)
    square = np.ones((_MATRIX, _MATRIX), np.float32)
    reading, computing = [], []
    for _ in range(_ROUNDS):
        began = perf_counter()
        stream @ vector
        reading.append(perf_counter() - began)
        began = perf_counter()
        square @ square
        computing.append(perf_counter() - began)
    return Machine(stream.nbytes / min(reading), 2 * _MATRIX**3 / min(computing))
