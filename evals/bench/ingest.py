"""Whole ingestion of a question set beside the encoder's own rate and a LlamaIndex pipeline.

The documents are parted into blocks, and all three take their turn at each block before the next
one, so that what else the machine does slows them alike. Models are loaded before any turn.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np

from evals.bench.engine import engine
from evals.bench.markdown import table, verdict
from evals.bench.peers.llamaindex import Pipeline
from evals.bench.remembering import Remembering
from evals.cases import Case, load_cases
from evals.corpus import Corpus, open_corpus
from evals.metrics import ndcg
from evals.retrieval import chunks_asked
from indexes.catalog import CATALOG_FILE, Catalog
from indexes.embedder import open_embedder
from indexes.errors import UsageError
from indexes.passage import passage
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from indexes.types import Filters, Mode, Scope
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.settings import IngestionSettings
from ingestion.sources import FolderSource
from ingestion.types import Parser

OF_ENCODER, TIMES_PEER, NDCG_SLACK = 0.90, 3.0, 0.005  # issue 3
_COLLECTION = "bench"
_BATCH = 128  # passages that the encoder gets at a time when it is measured alone
_K = 10


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contestant did with one block."""

    chunks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """What one contestant did with all blocks."""

    turns: tuple[Turn, ...]

    @property
    def chunks(self) -> int:
        """Chunks in all."""
        return sum(turn.chunks for turn in self.turns)

    @property
    def seconds(self) -> float:
        """Wall seconds in all."""
        return sum(turn.seconds for turn in self.turns)

    @property
    def per_second(self) -> float:
        """Chunks a second."""
        return self.chunks / self.seconds


@dataclass(frozen=True, slots=True)
class Blocks:
    """Folders of files, and by their paths the ids that judgements know them by."""

    folders: tuple[Path, ...]
    record_ids: Mapping[str, str]


def write_blocks(source: Corpus, root: Path, blocks: int, limit: int | None) -> Blocks:
    """The documents as files, parted by the hash of their path; with ``limit``, so many of them."""
    files = sorted(source.files(), key=lambda file: sha256(file.path.encode()).hexdigest())[:limit]
    folders = [root / f"block-{number}" for number in range(min(blocks, len(files)))]
    for place, file in enumerate(files):
        target = folders[place % len(folders)] / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read(file))
    return Blocks(tuple(folders), {file.path: source.record_id(file.path) for file in files})


class Contest:
    """The three contestants over the same blocks."""

    def __init__(self, work: Path, parser: Parser, settings: IngestionSettings) -> None:
        self._work = work
        self._parser = parser
        self._run = RunSettings(threads=settings.parsers)
        self.encoder = open_embedder(settings.embedder)
        self.encoder.embed_passages(["The weights are loaded by the first text."])
        self.remembering = Remembering(self.encoder)
        self.pipeline = Pipeline()
        self.stages: dict[str, float] = {}  # Footnote's seconds by stage, over all blocks

    def hold(self, blocks: Sequence[Path]) -> dict[str, Rate]:
        """All contestants over all blocks, in turns."""
        turns: dict[str, list[Turn]] = {"footnote": [], "encoder": [], "llamaindex": []}
        for number, block in enumerate(blocks):
            if number % 2:
                turns["llamaindex"].append(self._theirs(block))
            # The encoder alone embeds the chunks that Footnote cut, so it comes after it.
            turns["footnote"].append(self._ours(block))
            turns["encoder"].append(self._encode(block))
            if not number % 2:
                turns["llamaindex"].append(self._theirs(block))
        began = perf_counter()
        self.pipeline.finish()
        turns["llamaindex"].append(Turn(0, perf_counter() - began))
        return {name: Rate(tuple(taken)) for name, taken in turns.items()}

    def _ours(self, block: Path) -> Turn:
        source, data = FolderSource(block), self._data(block)
        began = perf_counter()
        report = run(
            [source],
            _COLLECTION,
            data,
            embedder=self.encoder,
            parser=self._parser,
            settings=self._run,
        )
        seconds = perf_counter() - began
        for stage, spent in report.seconds.items():
            self.stages[stage] = self.stages.get(stage, 0.0) + spent
        return Turn(report.chunks.total, seconds)

    def _encode(self, block: Path) -> Turn:
        passages = _passages(SnapshotStore(self._data(block), _COLLECTION).published())
        batches = [passages[start : start + _BATCH] for start in range(0, len(passages), _BATCH)]
        began = perf_counter()
        encoded = [self.encoder.encode_passages(batch) for batch in batches]
        seconds = perf_counter() - began
        for batch, made in zip(batches, encoded, strict=True):
            self.remembering.remember(batch, made)
        return Turn(len(passages), seconds)

    def _data(self, block: Path) -> Path:
        return self._work / f"data-{block.name}"

    def _theirs(self, block: Path) -> Turn:
        began = perf_counter()
        chunks = self.pipeline.ingest(block)
        return Turn(chunks, perf_counter() - began)

    def index(self, blocks: Sequence[Path]) -> LocalIndex:
        """Footnote's index of all blocks as one collection, its vectors those computed before."""
        data = self._work / "data-all"
        sources = [FolderSource(block) for block in blocks]
        run(sources, _COLLECTION, data, embedder=self.remembering, parser=self._parser)
        return LocalIndex.open(SnapshotStore(data, _COLLECTION).published(), self.encoder)


def _passages(snapshot: Path) -> list[str]:
    """What was embedded of a snapshot, longest first."""
    stored = Catalog(snapshot / CATALOG_FILE).passages()
    return sorted(
        (passage(one.document, one.section, one.text) for one in stored), key=len, reverse=True
    )


def judge(
    cases: Sequence[Case], index: LocalIndex, pipeline: Pipeline, record_ids: Mapping[str, str]
) -> dict[str, list[float]]:
    """Mean nDCG@10 of Footnote and of the pipeline, by mode, over questions with judgements."""
    scope, depth = Scope.of(()), chunks_asked(_K)
    scores: dict[str, list[list[float]]] = {mode.value: [] for mode in Mode}
    for case in cases:
        theirs = pipeline.search(case.text, depth)
        for mode in Mode:
            hits = index.search(case.text, scope, Filters(), depth, mode).hits
            rankings = ([hit.document.path for hit in hits], theirs[mode.value])
            folded = [list(dict.fromkeys(record_ids[path] for path in paths)) for paths in rankings]
            scores[mode.value].append([ndcg(ids, case.relevant, _K) for ids in folded])
    return {mode: np.mean(pairs, axis=0).tolist() for mode, pairs in scores.items()}


def _rates(rates: Mapping[str, Rate], ran: str) -> str:
    ours, encoder, theirs = (rates[name] for name in ("footnote", "encoder", "llamaindex"))
    of_encoder, times_peer = (ours.per_second / one.per_second for one in (encoder, theirs))
    rows = [_row(f"Footnote, whole run, {ran}", ours)]
    for name, rate, ratio, floor in (
        ("the encoder alone, same chunks", encoder, of_encoder, OF_ENCODER),
        ("LlamaIndex pipeline, float32", theirs, times_peer, TIMES_PEER),
    ):
        reached = verdict(reached=ratio >= floor)
        rows.append([*_row(name, rate)[:-2], f"{ratio:.2f}", f"at least {floor}: {reached}"])
    return table(("what", "chunks", "seconds", "chunks/s", "Footnote is times it", "floor"), rows)


def _row(name: str, rate: Rate) -> list[str]:
    return [name, str(rate.chunks), f"{rate.seconds:.1f}", f"{rate.per_second:.1f}", "1.00", ""]


def _quality(scores: Mapping[str, Sequence[float]], questions: int) -> str:
    rows = []
    for mode, (ours, theirs) in scores.items():
        floor = ""
        if mode == Mode.HYBRID:
            reached = verdict(reached=ours >= theirs - NDCG_SLACK)
            floor = f"no more than {NDCG_SLACK} below: {reached}"
        rows.append([mode, f"{ours:.3f}", f"{theirs:.3f}", floor])
    return table((f"nDCG@10, {questions} questions", "Footnote", "LlamaIndex", "floor"), rows)


def main(arguments: Sequence[str]) -> int:
    """Print chunks a second of all three, Footnote's stages, and nDCG@10 of both indexes."""
    parser = argparse.ArgumentParser(prog="python -m evals bench ingest", description=__doc__)
    parser.add_argument("folder", type=Path, help="a question set (handbook-sourcegraph)")
    parser.add_argument("--limit", type=int, metavar="N", help="take N documents")
    parser.add_argument("--blocks", type=int, default=6, help="turns of each (default 6)")
    options = parser.parse_args(arguments)
    source = open_corpus(options.folder, _COLLECTION)
    settings = IngestionSettings.read()
    with tempfile.TemporaryDirectory() as work, Sandbox(workers=settings.parsers) as sandbox:
        blocks = write_blocks(source, Path(work), options.blocks, options.limit)
        held = set(blocks.record_ids.values())
        cases = [c for c in load_cases(options.folder) if c.relevant and c.relevant.keys() <= held]
        if not cases:
            raise UsageError("no question is judged by these documents alone; take more of them")
        contest = Contest(Path(work), sandbox, settings)
        rates = contest.hold(blocks.folders)
        index = contest.index(blocks.folders)
        scores = judge(cases, index, contest.pipeline, blocks.record_ids)
    stages = [[stage, f"{seconds:.1f}"] for stage, seconds in contest.stages.items()]
    tables = [
        _rates(rates, engine(contest.encoder.description)),
        table(("Footnote's stage", "seconds"), stages),
    ]
    print("\n".join([*tables, _quality(scores, len(cases))]), end="")
    return 0
