"""The measured check: which precision keeps a model's vectors on this processor, and is faster."""

import logging
import platform
from pathlib import Path
from time import perf_counter

import numpy as np

from indexes.embedding.cache import Measured, ModelCache, Record
from indexes.embedding.engine import Engine, Rows
from indexes.embedding.export import NotExported, export, versions
from indexes.embedding.head import Head
from indexes.embedding.model import ModelFolder
from indexes.embedding.onnx_encoder import OnnxEncoder
from indexes.embedding.samples import SAMPLES
from indexes.embedding.torch_encoder import TorchEncoder

TORCH = "torch"
FLOAT32 = "float32"
INT8 = "int8"
# Largest difference of a component of two unit vectors that are still said to be the same.
SAME = 1e-4
# Two unit vectors at cosine c are sqrt(2 - 2c) apart, in no direction that a question prefers: in d
# dimensions that moves a score by about sqrt((2 - 2c) / d). At .995 and 384 dimensions it is .005,
# well below what tells neighbours in a ranking apart; a single text may be moved by .01. MiniLM has
# .998 and .994; quantised without `smoothing` .993 and .987, which cost .004 nDCG@10 on squad2-en.
KEPT_MEAN = 0.995
KEPT_LEAST = 0.98
# Below this a change of the vectors buys nothing that a user would see.
FASTER = 1.2
_ROUNDS = 3

_log = logging.getLogger(__name__)


def prepare(model: ModelFolder, head: Head, root: Path | None) -> tuple[Record, Path]:
    """What is chosen for a model here, and the folder of its files; measured at the first call.

    NotExported when a library is missing. EmbedderError when the model cannot be loaded.
    """
    cache = ModelCache(root, model.identity, f"{versions()}, {_processor()}")
    record = cache.read()
    if record is None:
        with cache.writing() as staging:
            # Another process may have made it while this one waited.
            record = cache.read() or cache.keep(_measure(model, head, staging), staging)
    return record, cache.folder


def encoder(model: ModelFolder, head: Head, folder: Path, precision: str) -> OnnxEncoder:
    """The engine of one precision out of its file in ``folder``."""
    return OnnxEncoder(folder / f"{precision}.onnx", model.tokenizer, head)


def _measure(model: ModelFolder, head: Head, staging: Path) -> Measured:
    reference = TorchEncoder(model, FLOAT32, "cpu")
    exact, _ = reference.encode(SAMPLES, "", tokens=False)
    files = staging / f"{FLOAT32}.onnx", staging / f"{INT8}.onnx"
    try:
        export(model, reference, *files)
        figures = _compare(exact, *(encoder(model, head, staging, p) for p in (FLOAT32, INT8)))
    except NotExported as exc:
        for file in files:
            file.unlink(missing_ok=True)
        _log.warning("the embedding model runs by torch: %s", exc)
        return Measured(TORCH, {}, str(exc))
    worth_it = keeps_vectors(figures) and figures["int8_speedup"] >= FASTER
    chosen = INT8 if worth_it else FLOAT32
    _log.info("the embedding model runs in %s by ONNX: %s", chosen, figures)
    return Measured(chosen, figures)


def _compare(exact: Rows, full: Engine, small: Engine) -> dict[str, float]:
    """NotExported where ``full`` gives other vectors than the exact ones."""
    difference = float(np.abs(_rows(full) - exact).max())
    if not difference <= SAME:
        raise NotExported(f"by ONNX its vectors are other ones, by up to {difference}")
    cosines = np.sum(_rows(small) * exact, axis=1)
    full_seconds, small_seconds = _seconds(full, small)
    return {
        "float32_largest_difference": difference,
        "float32_texts_per_second": len(SAMPLES) / full_seconds,
        "int8_texts_per_second": len(SAMPLES) / small_seconds,
        "int8_speedup": full_seconds / small_seconds,
        "int8_cosine_least": float(cosines.min()),
        "int8_cosine_mean": float(cosines.mean()),
    }


def keeps_vectors(measured: dict[str, float]) -> bool:
    """Whether int8 ranks as float32 does."""
    mean, least = measured["int8_cosine_mean"], measured["int8_cosine_least"]
    return mean >= KEPT_MEAN and least >= KEPT_LEAST


def _rows(engine: Engine) -> Rows:
    return engine.encode(SAMPLES, "", tokens=False)[0]


def _seconds(*engines: Engine) -> list[float]:
    """The least time of each over the samples, in turns, so that a busy moment hits all alike."""
    least = [float("inf")] * len(engines)
    for _ in range(_ROUNDS):
        for place, engine in enumerate(engines):
            start = perf_counter()
            _rows(engine)
            least[place] = min(least[place], perf_counter() - start)
    return least


def _processor() -> str:
    """What decides how fast and how exact 8-bit products are."""
    name = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass  # no Linux, or no such line: what Python knows has to do
    return f"{platform.machine()} {name}"
