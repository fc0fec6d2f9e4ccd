"""The largest resident set of an ingestion of very many chunks.

Encoding 200,000 chunks takes hours on two cores, so only some paragraphs are really encoded; every
other passage gets the vector of one of them, perturbed. All else is real: the files, the worker
process, the token counts, the ledger, the indexes, and the encoder in memory.
"""

import argparse
import json
import resource
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.markdown import table, verdict
from evals.bench.process import COLLECTION, MeasurementFailed, wait, with_model
from evals.bench.texts import paragraphs, write_documents
from indexes.embedder import Embedder, Encoded, open_embedder
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.snapshot import SnapshotStore
from indexes.types import Vectors
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.settings import IngestionSettings
from ingestion.sources import FolderSource

FLOOR_BYTES = 2_000_000_000  # 2 GB resident (issue 3)
SECTIONS = 20  # of a document; each becomes a chunk
ENCODED = 256  # paragraphs that are really encoded
# Length of what is added to a unit vector: its cosine to where it came from is about .95.
_NOISE = 0.33
_SAID = "peak_bytes"
_VECTOR_BYTES = 384 * 4  # of the built-in model, in float32


class Replicating(WrappedEmbedder):
    """An Embedder that encodes some texts, and gives every passage one of their vectors, perturbed.

    Which one, and how it is perturbed, follows from the passage's SHA-256: the same text has the
    same vector. Tokens are counted by ``inner``.
    """

    def __init__(self, inner: Embedder, texts: Sequence[str]) -> None:
        super().__init__(inner)
        encoded = inner.encode_passages(texts)
        self._base, self._tokens = encoded.vectors.values, encoded.tokens

    @property
    def description(self) -> Mapping[str, str]:
        """The inner one's, and that so few of its vectors stand for all."""
        inner = self._inner.description
        model = f"{inner['model']}, {len(self._base)} vectors replicated"
        return {**inner, "model": model}

    @property
    def fingerprint(self) -> str:
        """Another than the inner one's: the vectors are not its own."""
        return sha256(f"replicated {self._inner.fingerprint}".encode()).hexdigest()[:32]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), about .95 from one that was encoded."""
        rows = [self._perturbed(text) for text in texts]
        values = np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)
        return Vectors(values, self.fingerprint)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """The same, with the token vectors of the one that was encoded as they are."""
        tokens = [self._tokens[_seed(text) % len(self._tokens)] for text in texts if self._tokens]
        return Encoded(self.embed_passages(texts), tuple(tokens))

    def _perturbed(self, text: str) -> NDArray[np.float32]:
        seed = _seed(text)
        noise = np.random.default_rng(seed).standard_normal(self.dimensions, dtype=np.float32)
        row = self._base[seed % len(self._base)] + noise * (_NOISE / np.linalg.norm(noise))
        return np.asarray(row / np.linalg.norm(row), np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The inner one's vectors."""
        return Vectors(self._inner.embed_queries(texts).values, self.fingerprint)


def _seed(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])


def ingest(work: Path, texts: Sequence[str]) -> None:
    """One run over ``work``'s documents, then what it came to as a line of JSON."""
    settings = IngestionSettings.read()
    embedder = Replicating(open_embedder(settings.embedder), texts[:ENCODED])
    with Sandbox(workers=settings.parsers) as parser:
        report = run(
            [FolderSource(work / "docs")],
            COLLECTION,
            work / "data",
            embedder=embedder,
            parser=parser,
            settings=RunSettings(threads=settings.parsers),
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts KiB
    print(json.dumps(report.as_json() | {_SAID: peak}))


def _rows(report: Mapping[str, int], seconds: float, work: Path) -> list[list[str]]:
    store = SnapshotStore(work / "data", COLLECTION)
    manifest = store.verify(store.current() or "")
    size = sum(file.stat().st_size for file in (work / "docs").rglob("*.md"))
    peak = report[_SAID]
    return [
        ["documents", f"{manifest.documents}, {size / 1e6:.0f} MB"],
        ["chunks", str(manifest.chunks)],
        ["seconds", f"{seconds:.0f}"],
        ["vectors alone, as float32", f"{manifest.chunks * _VECTOR_BYTES / 1e6:.0f} MB"],
        ["largest resident set of the run", f"{peak / 1e6:.0f} MB"],
        ["at most 2000 MB", verdict(reached=peak <= FLOOR_BYTES)],
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the largest resident set of a run, in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m evals bench memory", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="question sets with corpus.jsonl")
    parser.add_argument("--chunks", type=int, default=200_000, help="default 200000")
    parser.add_argument("--embedder", type=Path, metavar="DIR", help="default: the built-in model")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the documents and data here")
    parser.add_argument("--here", action="store_true", help="run in this process, over --work")
    options = parser.parse_args(arguments)
    texts = paragraphs(options.folders)
    if options.here:
        ingest(options.work, texts)
        return 0
    with ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_documents(work / "docs", texts, max(1, options.chunks // SECTIONS), SECTIONS)
        folders = [str(folder.resolve()) for folder in options.folders]
        command = ["evals", "bench", "memory", *folders, "--here", "--work", str(work.resolve())]
        ended = wait(command, with_model(options.embedder))
        report = ended.report()
        if report["failures"]:
            raise MeasurementFailed(f"documents failed: {report['failures'][:3]}")
        print(table(("memory", ""), _rows(report, ended.seconds, work)), end="")
    return 0
