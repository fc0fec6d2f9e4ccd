"""Footnote beside other pipelines and BM25 alone: one corpus, one encoder, one machine, one run.

Every contestant builds, saves and opens its index in processes of its own. Then they take turns at
each block of questions, so that what else the machine does slows all alike. LlamaIndex and Haystack
cut documents with their own splitters; txtai, rank_bm25 and bm25s bring none with what their first
pages show, so they get the passages that Footnote cut. A question's chunks count by document, each
once, at its best rank.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from statistics import mean

from evals.bench.chart import draw
from evals.bench.contest import Built, Entrant, Player, Speeds, blocks_of, hold
from evals.bench.contestant import Given
from evals.bench.floor import (
    DIMENSIONS,
    Work,
    encoding,
    exact_pass,
    mean_postings,
    measure,
    postings,
)
from evals.bench.process import COLLECTION, MeasurementFailed, folder_bytes
from evals.bench.standings import Standing, panels, report
from evals.bootstrap import Estimate, ratio
from evals.cases import Case, Half, load_cases, select
from evals.corpus import CORPUS_FILE, CorpusSource
from evals.jsonl import lines
from evals.metrics import ndcg
from evals.retrieval import chunks_asked
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import UsageError

_K = 10
_BUILT_FILE = "built.json"
_PASSAGES_FILE = "passages.jsonl"


@dataclass(frozen=True, slots=True)
class Arena:
    """A question set as all contestants get it, and where their indexes are kept."""

    work: Path
    cases: tuple[Case, ...]

    @property
    def given(self) -> Given:
        """The corpus; Footnote writes its passages while it builds."""
        return Given(self.work / CORPUS_FILE, self.work / _PASSAGES_FILE)

    def folder(self, entrant: Entrant) -> Path:
        """Where an entrant saves its index."""
        return self.work / entrant.name


def entrants(haystack: Path | None, txtai: Path | None) -> list[Entrant]:
    """Who takes part, Footnote first; a peer with an interpreter of its own only if it is given.

    UsageError where an interpreter is not there.
    """
    for python in (haystack, txtai):
        if python is not None and not python.is_file():
            raise UsageError(f"{python} is no interpreter; name one, such as DIR/bin/python")
    peers = "evals.bench.peers"
    found = [
        Entrant("footnote", "Footnote", "evals.bench.footnote"),
        Entrant("llamaindex", "LlamaIndex hybrid", f"{peers}.llamaindex"),
    ]
    alone = [
        Entrant(name, f"{name} alone", f"{peers}.{name}_alone", encodes=False)
        for name in ("rank_bm25", "bm25s")
    ]
    if haystack:
        found.append(Entrant("haystack", "Haystack hybrid", f"{peers}.haystack_hybrid", haystack))
    if txtai:
        found.append(Entrant("txtai", "txtai hybrid", f"{peers}.txtai_hybrid", txtai))
    return found + alone


def prepare(folder: Path, work: Path, half: Half, documents: int | None) -> Arena:
    """Copy the corpus, or ``documents`` of it by the hash of their line, and pick the questions.

    Those are the judged ones of ``half`` all of whose relevant documents were taken. UsageError
    where there are none, or no corpus.jsonl.
    """
    corpus = folder / CORPUS_FILE
    if not corpus.is_file():
        raise UsageError(f"{folder} holds no {CORPUS_FILE}; every contestant reads that")
    found = sorted(
        (line for _, line in lines(corpus)), key=lambda line: sha256(line.encode()).digest()
    )[:documents]
    held = {str(json.loads(line)["id"]) for line in found}
    cases = [
        case
        for case in select(load_cases(folder), half, None)
        if case.relevant and case.relevant.keys() <= held
    ]
    if not cases:
        raise UsageError(f"no question of {folder} is judged by these documents alone; take more")
    work.mkdir(parents=True, exist_ok=True)
    (work / CORPUS_FILE).write_text("".join(f"{line}\n" for line in found), "utf-8")
    return Arena(work, tuple(cases))


def build(arena: Arena, entrant: Entrant) -> Built:
    """Have an entrant index the corpus, unless that was kept: MeasurementFailed if of another."""
    kept, folder = arena.work / f"{entrant.name}-{_BUILT_FILE}", arena.folder(entrant)
    corpus = sha256(arena.given.documents_file.read_bytes()).hexdigest()
    if kept.exists():
        said = json.loads(kept.read_text("utf-8"))
        if said.pop("corpus") != corpus:
            raise MeasurementFailed(f"{kept} is of another corpus; name another --keep folder")
        return Built(**said)
    rmtree(folder, ignore_errors=True)  # what an interrupted measurement left
    folder.mkdir()
    _say(f"{entrant.title}: indexing")
    with Player(entrant, arena.given, folder) as player:
        built = player.build()
        if entrant.name == "footnote":
            player.write_passages()
    kept.write_text(json.dumps(asdict(built) | {"corpus": corpus}), "utf-8")
    return built


def judge(player: Player, arena: Arena) -> Estimate:
    """nDCG@10 over the questions, folded by document."""
    source = CorpusSource(arena.given.documents_file, COLLECTION)
    found = player.find([case.text for case in arena.cases], chunks_asked(_K))
    scores = []
    for case, names in zip(arena.cases, found, strict=True):
        documents = list(dict.fromkeys(source.record_id(name) for name in names))
        scores.append((ndcg(documents, case.relevant, _K), 1.0))
    estimate = ratio(scores)
    if estimate is None:
        raise MeasurementFailed("no question was asked")
    return estimate


def contest(
    arena: Arena, taking_part: Sequence[Entrant], blocks: int, questions: int
) -> list[Standing]:
    """Build, open, judge and time all of them."""
    built = {entrant.name: build(arena, entrant) for entrant in taking_part}
    with ExitStack() as stack:
        players = [
            stack.enter_context(Player(entrant, arena.given, arena.folder(entrant)))
            for entrant in taking_part
        ]
        opened = {player.name: player.open() for player in players}
        quality = {}
        for player in players:
            _say(f"{player.entrant.title}: {len(arena.cases)} questions")
            quality[player.name] = judge(player, arena)
        texts = [case.text for case in arena.cases][:questions]
        _say(f"all in turns: {len(texts)} questions")
        speeds: dict[str, Speeds] = hold(players, blocks_of(texts, blocks))
        return [
            Standing(
                title=entrant.title,
                built=built[entrant.name],
                opened_seconds=opened[entrant.name],
                quality=quality[entrant.name],
                speeds=speeds[entrant.name],
                resident_bytes=player.resident()[0],
                disk_bytes=folder_bytes(arena.folder(entrant)),
                work=_work(arena, texts, built[entrant.name].chunks, encodes=entrant.encodes),
            )
            for entrant, player in zip(taking_part, players, strict=True)
        ]


def _work(arena: Arena, questions: Sequence[str], chunks: int, *, encodes: bool) -> Work:
    """What one search costs at least: a pass of the encoder, one over all vectors, postings."""
    language = Counter(case.language for case in arena.cases).most_common(1)[0][0]
    passages = [text for _, text in arena.given.passages()]
    least = postings(mean_postings(questions, passages, language))
    if not encodes:
        return least
    embedder = open_embedder(EmbedderSettings())
    tokens = mean(embedder.count_tokens(questions))
    return encoding(tokens) + exact_pass(chunks, DIMENSIONS) + least


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals bench retrieval",
        description=__doc__,
        epilog="Libraries that spin while they wait are many times slower beside other work: "
        "measure on a quiet machine.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="SET", help="with corpus.jsonl")
    for name in ("haystack", "txtai"):
        parser.add_argument(
            f"--{name}-python",
            type=Path,
            metavar="PATH",
            help=f"interpreter of an environment of evals/bench/peers/requirements-{name}.txt",
        )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep indexes here, use them again"
    )
    parser.add_argument("--half", choices=list(Half), default=Half.ALL, type=Half)
    parser.add_argument("--documents", type=int, metavar="N", help="take N documents of each set")
    parser.add_argument("--questions", type=int, default=200, help="to be timed (default 200)")
    parser.add_argument("--blocks", type=int, default=8, help="turns of each (default 8)")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="write an SVG here")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Print quality, speed and cost of all contestants for each question set, and draw them."""
    options = _parser().parse_args(arguments)
    taking_part = entrants(options.haystack_python, options.txtai_python)
    machine = measure()
    print(machine)
    drawn = []
    with ExitStack() as stack:
        keep = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for folder in options.folders:
            name = folder.resolve().name
            arena = prepare(folder, keep.resolve() / name, options.half, options.documents)
            standings = contest(arena, taking_part, options.blocks, options.questions)
            print(f"\n{name}\n\n{report(standings, machine)}", end="")
            drawn += panels(standings, name)
    for peer in ("haystack", "txtai"):
        if vars(options)[f"{peer}_python"] is None:
            print(f"\nNot taking part: {peer}, as --{peer}-python was not given.")
    if options.chart:
        options.chart.write_text(draw(drawn, taking_part[0].title), "utf-8")
    return 0
