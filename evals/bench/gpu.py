"""Exact search and embedding on a GPU, each beside what its memory and arithmetic allow at best."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from evals.bench.markdown import table, verdict
from indexes.dense import cuda, gpu
from indexes.dense.device import NoDevice
from indexes.dense.flat import FlatIndex, FlatWriter
from indexes.dense.gpu import GpuSearch
from indexes.embedder import EmbedderSettings, open_embedder

DIMENSIONS = 384
BATCHES = (1, 64, 1024, 10_000)
DEPTH = 10
# The goals of issue 4.
TIMES_FLOOR = 1.5
QUERIES_A_SECOND = 100_000
RECALL = 0.999

_HALF = 2  # bytes of a number in half precision
_ROUNDS = 15
_CHECKED = 100
_WINDOW = 65_536
_COPIED = 2**30
# Half-precision products a second of the tensor cores, dense, in 1e12 (NVIDIA's data sheets).
_TERAFLOPS = {"H200": 989, "H100 PCIe": 756, "H100": 989, "A100": 312, "L40S": 362, "L4": 121}


@dataclass(frozen=True, slots=True)
class Floor:
    """What a GPU can do at best: bytes a second, and operations a second or 0 if not known."""

    name: str
    bandwidth: float
    operations: float

    @classmethod
    def of(cls, number: int, teraflops: float) -> "Floor":
        """Measured by a copy of 1 GiB, which reads and writes every byte."""
        name = cuda.name(number)
        known = next((rate for part, rate in _TERAFLOPS.items() if part in name), 0)
        bandwidth = 2 * _COPIED / cuda.copy_seconds(number, _COPIED)
        return cls(name, bandwidth, 1e12 * (teraflops or known))

    def memory_seconds(self, rows: int) -> float:
        """Reading every vector once."""
        return rows * DIMENSIONS * _HALF / self.bandwidth

    def arithmetic_seconds(self, rows: int, queries: int) -> float:
        """Multiplying every number of every query with every row's, and adding."""
        return 2 * rows * DIMENSIONS * queries / self.operations if self.operations else 0.0


def vectors(rows: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Random unit rows: how fast exact search is does not depend on what they say."""
    generator = np.random.default_rng(seed)
    for start in range(0, rows, _WINDOW):
        values = generator.standard_normal((min(_WINDOW, rows - start), DIMENSIONS), np.float32)
        yield values / np.linalg.norm(values, axis=1, keepdims=True)


def _write(path: Path, rows: int, queries: NDArray[np.float32]) -> NDArray[np.int64]:
    """Store ``rows`` vectors; the ten nearest of each query, in single precision."""
    writer = FlatWriter(path, DIMENSIONS)
    best = np.empty((len(queries), 0), np.int64)
    scores = np.empty((len(queries), 0), np.float32)
    start = 0
    for window in vectors(rows, seed=1):
        writer.add(window)
        products = queries @ window.T
        places = np.argpartition(-products, DEPTH, axis=1)[:, :DEPTH]
        scores = np.hstack([scores, np.take_along_axis(products, places, 1)])
        best = np.hstack([best, start + places])
        order = np.argsort(-scores, axis=1)[:, :DEPTH]
        scores, best = np.take_along_axis(scores, order, 1), np.take_along_axis(best, order, 1)
        start += len(window)
    writer.close()
    return best


def _seconds(measured: Callable[[], object]) -> float:
    """The median of some runs, after one that is not counted."""
    times = []
    for _ in range(_ROUNDS + 1):
        start = perf_counter()
        measured()
        times.append(perf_counter() - start)
    return median(times[1:])


def _search(rows: int, floor: Floor) -> str:
    """The table of one size: every batch beside both floors, and the recall."""
    queries = next(vectors(max(BATCHES), seed=2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.faiss"
        expected = _write(path, rows, queries[:_CHECKED])
        device = gpu.open_gpu(FlatIndex(path), None)
        found = device.candidates(queries[:_CHECKED], DEPTH)[0]
        lines = [_line(device, queries[:batch], rows, floor) for batch in BATCHES]
    same = sum(len(np.intersect1d(*pair)) for pair in zip(found, expected, strict=True))
    recall = same / expected.size
    header = ("batch", "ms", "queries/s", "memory floor ms", "arithmetic floor ms", "goal")
    return (
        f"{rows:,} x {DIMENSIONS} on {device}; recall@{DEPTH} against single precision "
        f"{recall:.4f} (at least {RECALL}: {verdict(reached=recall >= RECALL)})\n\n"
        + table(header, lines)
    )


def _line(
    device: GpuSearch, queries: NDArray[np.float32], rows: int, floor: Floor
) -> tuple[str, ...]:
    seconds = _seconds(lambda: device.candidates(queries, DEPTH))
    memory = floor.memory_seconds(rows)
    arithmetic = floor.arithmetic_seconds(rows, len(queries))
    if len(queries) == 1:
        times = seconds / memory
        goal = f"{times:.2f} times the memory floor: {verdict(reached=times <= TIMES_FLOOR)}"
    elif len(queries) == max(BATCHES):
        goal = f"100,000 queries/s: {verdict(reached=len(queries) / seconds >= QUERIES_A_SECOND)}"
    else:
        goal = ""
    cells = (seconds * 1e3, len(queries) / seconds, memory * 1e3, arithmetic * 1e3)
    return (f"{len(queries):,}", *(f"{cell:,.2f}" for cell in cells), goal)


def _embedding(texts: Sequence[str]) -> str:
    """Tokens a second from raw text, the model loaded before."""
    embedder = open_embedder(EmbedderSettings(device="cuda"))
    tokens = sum(embedder.count_tokens(texts))
    embedder.embed_passages(texts[:64])
    start = perf_counter()
    embedder.embed_passages(texts)
    seconds = perf_counter() - start
    model = embedder.description["model"]
    line = (model, f"{len(texts):,}", f"{len(texts) / seconds:,.0f}", f"{tokens / seconds:,.0f}")
    return table(("model", "texts", "texts/s", "tokens/s"), [line])


def _texts(corpus: Path, limit: int) -> list[str]:
    with corpus.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return (texts * (limit // max(len(texts), 1) + 1))[:limit]


def main(arguments: Sequence[str]) -> int:
    """Print the tables; without a GPU, that there is none."""
    parser = argparse.ArgumentParser(prog="python -m evals bench gpu", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--teraflops", type=float, default=0, help="half precision, of this GPU")
    parser.add_argument("--corpus", type=Path, help="JSON lines with a text each, to be embedded")
    parser.add_argument("--texts", type=int, default=20_000, help="how many, repeated if need be")
    options = parser.parse_args(arguments)
    try:
        gpu.seen()
    except NoDevice as exc:
        print(f"No GPU was measured: {exc}.")
        return 0
    floor = Floor.of(0, options.teraflops)
    print(f"{floor.name}, {floor.bandwidth / 1e9:,.0f} GB/s by a copy in its memory.\n")
    for rows in options.rows:
        print(_search(rows, floor))
    if options.corpus:
        print(_embedding(_texts(options.corpus, options.texts)))
    return 0
