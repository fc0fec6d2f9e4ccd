"""Encoding beside sentence-transformers, in turns: texts a second, milliseconds a question."""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from evals.bench.markdown import table, verdict
from evals.bench.texts import paragraphs
from evals.jsonl import records
from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.embedding.batching import BatchingEmbedder
from indexes.embedding.model import ModelFolder, open_model
from indexes.embedding.torch_encoder import cuda_is_there
from indexes.errors import UsageError

# The goals of issue 4: times sentence-transformers in float32 on the same device.
TIMES_DOCUMENTS = 2.5
TIMES_QUERY = 8.0
_PEER = "sentence-transformers float32"
_QUERIES_FILE = "queries.jsonl"
_GEMM = 1024  # rows of the matrices by which the processor's own rate is measured
_PASSAGES = 2  # paragraphs of a text: about 190 tokens, as a chunk has

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoder:
    """One way to encode; ``embedder`` is None for the peer."""

    name: str
    documents: Callable[[list[str]], Rows]
    queries: Callable[[list[str]], Rows]
    embedder: Embedder | None = None


@dataclass(slots=True)
class Taken:
    """Seconds of one encoder: of all texts in each round, of each question."""

    documents: list[float] = field(default_factory=list)
    queries: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Work:
    """What is encoded, and what of arithmetic it takes at least."""

    texts: list[str]
    questions: list[str]
    tokens: int
    operations: float  # multiplications and additions of all texts

    @classmethod
    def of(cls, texts: list[str], questions: list[str], model: ModelFolder) -> "Work":
        """By the model's shape: its matrices, and each token's attention to each other one."""
        lengths = np.array([len(read.ids) for read in model.tokenizer.read_all(texts)], float)
        hidden, inner, layers = (
            float(str(model.config[name]))
            for name in ("hidden_size", "intermediate_size", "num_hidden_layers")
        )
        matrices = 2 * lengths * (4 * hidden**2 + 2 * hidden * inner)
        attention = 4 * lengths**2 * hidden
        operations = float(layers * (matrices + attention).sum())
        return cls(texts, questions, int(lengths.sum()), operations)


def main(arguments: Sequence[str]) -> int:
    """Print documents, questions and cosines of every precision, measured in turns."""
    options = _parser().parse_args(arguments)
    model = open_model(options.model)
    runs = paragraphs(options.folders)[: _PASSAGES * options.texts]
    texts = [" ".join(runs[i : i + _PASSAGES]) for i in range(0, len(runs), _PASSAGES)]
    questions = [
        record.string("text")
        for folder in options.folders
        for record in records(folder / _QUERIES_FILE)
    ][: options.questions]
    if not questions:
        raise UsageError(f"no question in {', '.join(map(str, options.folders))}")
    work = Work.of(texts, questions, model)
    with tempfile.TemporaryDirectory() as made:
        cache = options.cache or Path(made)
        for device in ("cpu", *(["cuda"] if cuda_is_there() else [])):
            encoders = _encoders(options.model, model.folder, device, cache)
            print(report(work, device, encoders, options.rounds, options.callers))
    return 0


def _encoders(name: str, folder: Path, device: str, cache: Path) -> list[Encoder]:
    from evals.bench.peers.sentence_transformer import StockEncoder  # noqa: PLC0415 (slow)

    stock = StockEncoder(folder, device)
    encoders = [Encoder(_PEER, stock.encode, stock.encode)]
    for precision in ("bfloat16", "float32", "int8") if device == "cpu" else ("auto",):
        embedder = open_embedder(
            EmbedderSettings(model=name, precision=precision, device=device, cache=cache)
        )
        encoders.append(_encoder(embedder))
    return encoders


def _encoder(embedder: Embedder) -> Encoder:
    return Encoder(
        f"Footnote {embedder.description['precision']}",
        lambda texts: embedder.embed_passages(texts).values,
        lambda texts: embedder.embed_queries(texts).values,
        embedder,
    )


def report(work: Work, device: str, encoders: list[Encoder], rounds: int, callers: int) -> str:
    """The tables of one device."""
    exact = encoders[0].documents(work.texts), encoders[0].queries(work.questions)
    cosines = {  # the first texts through an encoder, which load it, are not timed
        encoder.name: _cosines(encoder, work, exact) for encoder in encoders[1:]
    }
    taken = _in_turns(work, encoders, rounds)
    rate = _processor_rate() if device == "cpu" else 0.0
    floor = f" The processor multiplies float32 matrices at {rate:.0f} GFLOP/s." if rate else ""
    done = (
        f"{len(work.texts)} texts of {work.tokens / len(work.texts):.0f} tokens, "
        f"{work.operations / len(work.texts) / 1e9:.1f} GFLOP each; {len(work.questions)} "
        f"questions; {rounds} rounds in turns.{floor}\n"
    )
    tables = _documents(work, taken, cosines), _questions(taken)
    return "\n".join(
        [f"## Encoding on {device}\n", done, *tables, _together(work, encoders[1:], callers)]
    )


def _in_turns(work: Work, encoders: list[Encoder], rounds: int) -> dict[str, Taken]:
    """Each round goes round all encoders, and begins with another one.

    The first question of a turn is not timed: it finds the caches, and the threads that torch
    leaves spinning, as the encoder before left them.
    """
    taken = {encoder.name: Taken() for encoder in encoders}
    for turn in range(rounds):
        order = encoders[turn % len(encoders) :] + encoders[: turn % len(encoders)]
        for encoder in order:
            taken[encoder.name].documents.append(_seconds(encoder.documents, work.texts))
        for encoder in order:
            encoder.queries(work.questions[:1])
            taken[encoder.name].queries.extend(
                _seconds(encoder.queries, [question]) for question in work.questions
            )
    return taken


def _seconds(encode: Callable[[list[str]], Rows], texts: list[str]) -> float:
    start = perf_counter()
    encode(texts)
    return perf_counter() - start


def _cosines(encoder: Encoder, work: Work, exact: tuple[Rows, Rows]) -> Rows:
    made = np.concatenate([encoder.documents(work.texts), encoder.queries(work.questions)])
    cosines: Rows = np.sum(made * np.concatenate(exact), axis=1)
    return cosines


def _documents(work: Work, taken: dict[str, Taken], cosines: dict[str, Rows]) -> str:
    peer = float(np.median(taken[_PEER].documents))
    best = min(taken, key=lambda name: float(np.median(taken[name].documents)))
    rows = []
    for name, seconds in taken.items():
        middle = float(np.median(seconds.documents))
        near = cosines.get(name)
        rows.append(
            [
                name,
                f"{len(work.texts) / middle:.1f}",
                f"{work.tokens / middle:.0f}",
                f"{work.operations / middle / 1e9:.0f}",
                f"{peer / middle:.2f}",
                "" if near is None else f"{near.min():.4f} / {near.mean():.4f}",
                _goal(peer / middle, TIMES_DOCUMENTS) if name == best else "",
            ]
        )
    header = ("documents", "texts/s", "tokens/s", "GFLOP/s", "times", "cosine least / mean", "goal")
    return table(header, rows)


def _questions(taken: dict[str, Taken]) -> str:
    peer = float(np.median(taken[_PEER].queries))
    best = min(taken, key=lambda name: float(np.median(taken[name].queries)))
    rows = []
    for name, seconds in taken.items():
        middle, late = np.percentile(seconds.queries, [50, 95])
        reached = _goal(peer / middle, TIMES_QUERY) if name == best else ""
        rows.append(
            [name, f"{1e3 * middle:.2f}", f"{1e3 * late:.2f}", f"{peer / middle:.1f}", reached]
        )
    return table(("one question", "p50 ms", "p95 ms", "times", "goal"), rows)


def _goal(reached: float, goal: float) -> str:
    return f"at least {goal:g}: {verdict(reached=reached >= goal)}"


def _together(work: Work, encoders: list[Encoder], callers: int) -> str:
    """Questions a second of several callers: each by itself, and gathered into batches."""
    rows = []
    for encoder in encoders:
        if encoder.embedder is None:
            continue
        alone, gathered = (
            _rate(embedder, work.questions, callers)
            for embedder in (encoder.embedder, BatchingEmbedder(encoder.embedder))
        )
        rows.append([encoder.name, f"{alone:.0f}", f"{gathered:.0f}"])
    return table((f"{callers} callers", "questions/s", "questions/s in batches"), rows)


def _rate(embedder: Embedder, questions: list[str], callers: int) -> float:
    with ThreadPoolExecutor(callers) as threads:
        start = perf_counter()
        for _ in threads.map(lambda question: embedder.embed_queries([question]), questions):
            pass
        return len(questions) / (perf_counter() - start)


def _processor_rate() -> float:
    """GFLOP/s of float32 matrix products through NumPy, on all cores: the best of ten."""
    matrix = np.ones((_GEMM, _GEMM), np.float32)
    best = min(_seconds(lambda _: matrix @ matrix, []) for _ in range(10))
    return float(2 * _GEMM**3 / best / 1e9)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals bench encoder", description=__doc__)
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="corpus.jsonl and queries.jsonl"
    )
    parser.add_argument("--model", default="", help="a directory (default: the built-in model)")
    parser.add_argument("--texts", type=int, default=128, help="passages (default 128)")
    parser.add_argument("--questions", type=int, default=64, help="questions (default 64)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    parser.add_argument("--callers", type=int, default=8, help="at once (default 8)")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="exported models (default: made anew)"
    )
    return parser
