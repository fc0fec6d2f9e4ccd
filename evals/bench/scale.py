"""Footnote's query path over very many chunks, stage by stage, beside LlamaIndex's up to 100,000.

The chunks are replicas of really encoded ones (see evals/bench/replicas.py). Footnote opens and
searches them in a process of its own, asked what people asked of the same documents: as 1 and 8
callers, with no filter, with one that allows every document, and with one that allows 1 %. Up to
100,000 chunks LlamaIndex's flat index and BM25 take turns with it over the same passages and the
same vectors, with the same encoder weights.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import mean
from time import perf_counter

import numpy as np

from evals.bench.contest import Entrant, K, Player, Turn, blocks_of, hold
from evals.bench.contestant import Given
from evals.bench.engine import engine
from evals.bench.floor import Work, encoding, exact_pass, mean_postings, measure, postings
from evals.bench.process import COLLECTION, MeasurementFailed, folder_bytes
from evals.bench.replicas import HUNDREDTH, TYPE, Encodings, Replicas, encode, made_of, write
from evals.bench.scalereport import ALL, NO_FILTER, ONE_PERCENT, PEER, PEER_CHUNKS, Scale, report
from evals.bench.texts import paragraphs
from evals.cases import load_cases
from indexes.embedder import Embedder, open_embedder
from indexes.errors import NoSnapshot, UsageError
from indexes.settings import IndexSettings
from indexes.snapshot import Manifest, SnapshotStore, read_manifest

FOOTNOTE = Entrant("footnote", "Footnote", "evals.bench.footnote")
_LLAMAINDEX = Entrant(PEER, PEER, "evals.bench.peers.llamaindex")
# Types and tags of documents, by what they allow.
_FILTERS: Mapping[str, tuple[list[str], list[str]]] = {
    NO_FILTER: ([], []),
    ALL: ([TYPE], []),
    ONE_PERCENT: ([], [HUNDREDTH]),
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Footnote asked through one filter: it takes its turns beside itself without."""

    name: str
    footnote: Player

    def time(self, questions: Sequence[str], callers: int) -> Turn:
        """Ask all questions through the filter, ``callers`` at a time."""
        types, tags = _FILTERS[self.name]
        self.footnote.ask("narrow", types=types, tags=tags)
        return self.footnote.time(questions, callers)


def replicas(
    folders: Sequence[Path], encoded: int, count: int, keep: Path, embedder: Embedder
) -> Replicas:
    """``count`` chunks of ``encoded`` paragraphs, taken evenly from all; encoded, or kept."""
    texts = _evenly(paragraphs(folders), encoded)
    identity = sha256("\0".join([embedder.fingerprint, *texts]).encode()).hexdigest()[:16]
    kept = keep / f"encoded-{identity}.npz"
    if not kept.exists():
        _say(f"encoding {len(texts)} paragraphs")
        encode(texts, embedder).save(kept)
    return Replicas(texts, Encodings.load(kept), count)


def collection(of: Replicas, keep: Path, embedder: Embedder) -> tuple[Manifest, float]:
    """The published snapshot of the replicas, and the seconds it took; 0 where it was kept.

    MeasurementFailed where another one was kept.
    """
    store = SnapshotStore(keep, COLLECTION)
    try:
        manifest = read_manifest(store.published())
    except NoSnapshot:
        _say(f"writing {of.count} chunks")
        began = perf_counter()
        return write(of, keep, embedder), perf_counter() - began
    if dict(manifest.chunker) != dict(made_of(of)):
        raise MeasurementFailed(
            f"{keep} holds {manifest.chunks} chunks that are made of other paragraphs or in "
            "another number; name another --keep folder"
        )
    return manifest, 0.0


def write_given(of: Replicas, folder: Path) -> Given:
    """The passages and vectors as a peer takes them."""
    folder.mkdir(exist_ok=True)
    given = Given(folder / "none", folder / "passages.jsonl", folder / "vectors.npy")
    with given.passages_file.open("w", encoding="utf-8") as file:
        for document, chunks in of.documents():
            for chunk in chunks:
                record = {"document": document.info.path, "text": chunk.text}
                file.write(json.dumps(record) + "\n")
    np.save(folder / "vectors.npy", of.rows(0, of.count))
    return given


def questions_of(folders: Sequence[Path], count: int) -> list[str]:
    """``count`` questions of the sets, taken evenly from all."""
    cases = [case for folder in folders for case in load_cases(folder)]
    return _evenly([case.text for case in cases if case.relevant], count)


def _evenly(texts: Sequence[str], count: int) -> list[str]:
    size = min(count, len(texts))
    return [texts[place * len(texts) // size] for place in range(size)]


def _opened(peer: Entrant, of: Replicas, keep: Path, stack: ExitStack) -> Player:
    """A peer over the replicas, built and opened anew."""
    folder = keep / "peer"
    given = write_given(of, folder)
    _say(f"{peer.title}: {of.count} chunks")
    with Player(peer, given, folder) as builder:
        builder.build()
    player = stack.enter_context(Player(peer, given, folder))
    player.open()
    return player


def search(
    of: Replicas,
    keep: Path,
    embedder: Embedder,
    blocks: Sequence[Sequence[str]],
    peer: Entrant | None,
) -> Scale:
    """Write, open and search the collection, in turns with the peer if there is one."""
    manifest, seconds = collection(of, keep, embedder)
    with ExitStack() as stack:
        nothing = Given(keep / "none", keep / "none")
        footnote = stack.enter_context(Player(FOOTNOTE, nothing, keep))
        opened = footnote.open()
        contestants: list[Narrowed | Player] = [Narrowed(name, footnote) for name in _FILTERS]
        # The very first search loads more than its filter, so it tells nothing of that.
        firsts = {one.name: one.time(blocks[0][:1], 1).milliseconds[0] for one in contestants}
        del firsts[NO_FILTER]
        if peer is not None:
            contestants.append(_opened(peer, of, keep, stack))
        _say(f"{sum(map(len, blocks))} questions, in turns")
        speeds = hold(contestants, blocks)
        now, most = footnote.resident()
        described = footnote.ask("described")
    return Scale(
        chunks=of.count,
        encoded=len(of.texts),
        speeds=speeds,
        first_ms=firsts,
        work=_work(of, [question for block in blocks for question in block], embedder),
        resident_bytes=now,
        peak_bytes=most,
        disk_bytes=folder_bytes(SnapshotStore(keep, COLLECTION).folder(manifest.id)),
        written_seconds=seconds,
        opened_seconds=opened,
        engine=engine(described),
        manifest=manifest,
    )


def _work(of: Replicas, asked: Sequence[str], embedder: Embedder) -> dict[str, Work]:
    """What each stage cannot go below, by its name in SearchResult.timings_ms."""
    copies = of.count / len(of.texts)
    passage_bytes = mean(len(text.encode()) for text in of.texts)
    code_bytes = mean(len(code) for code in of.encoded.codes)
    tokens = mean(embedder.count_tokens(asked))
    return {
        "scope": Work(of.count / 8),  # a bit a row
        "embed": encoding(tokens),
        "lexical": postings(mean_postings(asked, of.texts, "en") * copies),
        "dense": exact_pass(of.count, embedder.dimensions),
        # At least what is found meets the question: a product and a sum for each bit and token.
        "late": Work(K * code_bytes, K * code_bytes * 8 * 2 * tokens),
        "load": Work(K * passage_bytes),
    }


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Print the times of searches and of their stages, memory and size, each beside its floor."""
    parser = argparse.ArgumentParser(prog="python -m evals bench scale", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="SET", help="English question set")
    parser.add_argument("--chunks", type=int, default=100_000, help="default 100000")
    parser.add_argument("--encoded", type=int, default=2000, help="paragraphs (default 2000)")
    parser.add_argument("--questions", type=int, default=200, help="default 200")
    parser.add_argument("--blocks", type=int, default=8, help="turns of each (default 8)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep all here, use it again")
    options = parser.parse_args(arguments)
    settings = IndexSettings.read().embedder
    if settings.model:
        raise UsageError("the peer has the built-in model's weights; unset the embedder's model")
    embedder = open_embedder(settings)
    machine = measure()
    with ExitStack() as stack:
        keep = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keep.mkdir(parents=True, exist_ok=True)
        of = replicas(options.folders, options.encoded, options.chunks, keep, embedder)
        blocks = blocks_of(questions_of(options.folders, options.questions), options.blocks)
        peer = _LLAMAINDEX if options.chunks <= PEER_CHUNKS else None
        scale = search(of, keep.resolve(), embedder, blocks, peer)
    print(f"{machine}\n\n{report(scale, machine)}", end="")
    return 0
