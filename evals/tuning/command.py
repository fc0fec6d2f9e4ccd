"""`python -m evals tune`: learn the ranking's weights on even questions, judge them on odd ones."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.cases import Half, load_cases, select
from evals.corpus import open_corpus
from evals.tuning.judged import Judged, judge, mean_fused, mean_ndcg
from evals.tuning.learning import learn
from indexes.embedder import Embedder
from indexes.ranker import READABLE, READABLE_WITHOUT_TOKENS, UNREADABLE, Feature, Weights
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore

Sets = Mapping[str, Sequence[Judged]]


@dataclass(frozen=True, slots=True)
class Situation:
    """What the embedder can say of a question, and the weights that are used today."""

    name: str
    readable: bool
    tokens: bool
    today: Weights

    def of(self, judged: Sequence[Judged]) -> list[Judged]:
        """The questions that are asked in this situation."""
        asked = [each for each in judged if each.readable is self.readable]
        if self.tokens:
            return [each for each in asked if Feature.LATE in each.features]
        return [each.without(Feature.LATE) for each in asked]


SITUATIONS = (
    Situation(
        "the embedder reads the question and has vectors of tokens",
        readable=True,
        tokens=True,
        today=READABLE,
    ),
    Situation(
        "it reads the question and has none",
        readable=True,
        tokens=False,
        today=READABLE_WITHOUT_TOKENS,
    ),
    Situation("it does not read the question", readable=False, tokens=False, today=UNREADABLE),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``tune`` is asked for."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="that was run")
    parser.add_argument("--limit", type=int, metavar="N", help="take N questions of each half")


def tune(folders: Sequence[Path], data_dir: Path, embedder: Embedder, limit: int | None) -> str:
    """Learn and judge the weights of every situation; Markdown.

    NoSnapshot where `evals run` has not indexed a folder; see ``load_cases`` and ``open_corpus``.
    """
    sets = {_name(folder): _judged(folder, data_dir, embedder, limit) for folder in folders}
    return "\n".join(line for each in SITUATIONS for line in _situation(each, sets))


def _judged(folder: Path, data_dir: Path, embedder: Embedder, limit: int | None) -> list[Judged]:
    index = LocalIndex.open(SnapshotStore(data_dir, _name(folder)).published(), embedder)
    cases = [case for case in load_cases(folder) if case.relevant]
    chosen = [case for half in (Half.EVEN, Half.ODD) for case in select(cases, half, limit)]
    return judge(chosen, index, open_corpus(folder, _name(folder)))


def _name(folder: Path) -> str:
    return folder.resolve().name.lower()


def _situation(situation: Situation, sets: Sets) -> Iterator[str]:
    asked = {name: situation.of(judged) for name, judged in sets.items()}
    asked = {name: judged for name, judged in asked.items() if judged}
    if not asked:
        return
    learned = _learn(asked.values(), situation.today)
    yield f"\n## {situation.name}\n"
    yield "weights: " + ", ".join(f"{name.value} {share:.2f}" for name, share in learned.items())
    yield "\n| set | questions | legs fused | today | learned | learned without this set |"
    yield "|---|---|---|---|---|---|"
    for name, judged in asked.items():
        others = [other for known, other in asked.items() if known != name]
        elsewhere = _learn(others, situation.today) if others else None
        yield _row(name, judged, [situation.today, learned, elsewhere])


def _learn(sets: Iterable[Sequence[Judged]], today: Weights) -> Weights:
    """From the even halves, for the features that have a weight today."""
    even = [[each for each in judged if each.half is Half.EVEN] for judged in sets]
    return learn([judged for judged in even if judged], list(today))


def _row(name: str, judged: Sequence[Judged], weighted: Sequence[Weights | None]) -> str:
    fused = f"{mean_fused(judged, Half.ODD):.3f}"
    scores = [
        "" if weights is None else f"{mean_ndcg(judged, Half.ODD, weights):.3f}"
        for weights in weighted
    ]
    odd = sum(each.half is Half.ODD for each in judged)
    return f"| {name} | {odd} | {fused} | {' | '.join(scores)} |"
