"""Learns when to stay silent from even questions, asked with their documents and without them."""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.cases import QUERIES_FILE, Case, Half, load_cases, select
from evals.corpus import scope_of
from evals.metrics import contains_answer
from evals.tuning.silence import fit, grouped
from indexes.embedder import Embedder
from indexes.errors import UsageError
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from indexes.types import Filters, Mode, Scope
from service.answering.evidence import gather
from service.answering.reading.answerability import WEIGHTS_FILE, Calibration, Situation
from service.answering.reading.measured import measure_passage, measure_statements
from service.answering.reading.question import take_apart
from service.answering.reading.reader import PASSAGES_READ
from service.answering.reading.signals import Signals, measure, words_alone

_TOP_K = 8
# Of the answerable questions of each set so many may be declined.
_BUDGET = 0.05
# Of questions as people ask them, whose words are seldom those of the page: what is declined of
# them is told where to look.
_BUDGET_AS_ASKED = 0.3
# Of those so many may be kept from a language model, which can tell for itself what answers.
_HOPELESS = 0.1
# In a wiki another page often says the same, so that its removed questions teach little.
_WIKI_REMOVED = 0.3
# Fewer questions of a set say nothing about its twentieth.
_ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Example:
    """A question as it was asked: its signals, and whether the corpus held what is relevant.

    ``as_asked`` says that its set was written by people who had not the page before them; ``group``
    is a document that it is about; ``still`` says whether a passage that was read holds
    a right answer all the same; ``answerable`` is False for a question that no corpus answers;
    ``stripped`` says that matches of tokens were there and were left out.
    """

    name: str
    half: Half
    group: str
    signals: Signals
    removed: bool
    answerable: bool
    still: bool
    stripped: bool = False
    as_asked: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``tune-answers`` is asked for."""
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="that was run, or holds such"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="take N questions of each half")
    parser.add_argument(
        "--wiki",
        nargs="*",
        default=[],
        metavar="NAME",
        help="sets in which a removed document seldom takes the answer away",
    )


def tune(
    folders: Sequence[Path],
    data_dir: Path,
    embedder: Embedder,
    limit: int | None,
    wikis: Sequence[str] = (),
    file: Path = WEIGHTS_FILE,
) -> str:
    """Learn every calibration from the even halves, write them to ``file``; Markdown of the odd.

    Sets that lie in one folder count as one set, of questions as people ask them.
    NoSnapshot where `evals run` has not indexed a folder; UsageError where there is nothing to
    learn one of them from; see ``load_cases``.
    """
    examples = [one for folder in folders for one in gathered(folder, data_dir, embedder, limit)]
    of_each = {each: of(examples, each) for each in Situation}
    for each, found in of_each.items():
        if not any(one.half is Half.EVEN and not one.stripped for one in found):
            raise UsageError(
                f"no even question of these sets is judged by {each.value}; add one that is: in "
                "English, in Vietnamese and in Chinese, with the built-in embedder"
            )
    learned = {each: learn(found, wikis) for each, found in of_each.items()}
    stored = {each.value: found.as_json() for each, found in learned.items()}
    file.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return "\n".join(
        line for each in Situation for line in table(of_each[each], learned[each], each, wikis)
    )


def of(examples: Iterable[Example], situation: Situation) -> list[Example]:
    """The examples of a situation; those with matches are examples of words alone, too."""
    found = []
    for one in examples:
        if Situation.of(one.signals) is situation:
            found.append(one)
        elif Situation.of(bare := words_alone(one.signals)) is situation:
            found.append(replace(one, signals=bare, stripped=True))
    return found


def gathered(
    folder: Path, data_dir: Path, embedder: Embedder, limit: int | None
) -> Iterator[Example]:
    """The examples of a set; of sets in one folder, as one set of questions as people ask them."""
    inside = sorted(path.parent for path in folder.glob(f"*/{QUERIES_FILE}"))
    if not inside:
        yield from asked(folder, data_dir, embedder, limit)
    for part in inside:
        for one in asked(part, data_dir, embedder, limit):
            yield replace(one, name=folder.resolve().name.lower(), as_asked=True)


def asked(folder: Path, data_dir: Path, embedder: Embedder, limit: int | None) -> Iterator[Example]:
    """Every question with what is relevant and, where something is, without it."""
    name = folder.resolve().name.lower()
    index = LocalIndex.open(SnapshotStore(data_dir, name).published(), embedder)
    cases = load_cases(folder)
    for half in (Half.EVEN, Half.ODD):
        for case in select(cases, half, limit):
            yield from _asked_with(name, half, case, index, removed=False)
            if case.answerable and case.relevant:
                yield from _asked_with(name, half, case, index, removed=True)


def _asked_with(
    name: str, half: Half, case: Case, index: LocalIndex, *, removed: bool
) -> Iterator[Example]:
    scope = scope_of(case.groups, case.relevant if removed else ())
    signals, texts = _measured(case.text, index, scope)
    if signals is None:
        return
    yield Example(
        name=name,
        half=half,
        group=f"{name} {next(iter(case.relevant), case.id)}",
        signals=signals,
        removed=removed,
        answerable=case.answerable,
        still=any(contains_answer(text, case.answers, case.language) for text in texts),
    )


def _measured(
    question: str, index: LocalIndex, scope: Scope
) -> tuple[Signals | None, Sequence[str]]:
    """What the reader measures, and the passages it reads."""
    result = index.search(question, scope, Filters(), _TOP_K, Mode.HYBRID)
    asking = take_apart(question, result.language, index, result.tokens)
    rows = {hit.chunk.id: row for hit, row in zip(result.hits, result.rows, strict=True)}
    kept = [(hit, item) for item in gather(result, index.catalog) for hit in item.hits]
    kept = sorted(kept, key=lambda pair: pair[0].rank)[:PASSAGES_READ]
    hits = [hit for hit, _ in kept]
    matches = (
        [None] * len(hits)
        if asking.vectors is None
        else index.matches(asking.vectors, hits, [rows[hit.chunk.id] for hit in hits])
    )
    passages = [
        measure_passage(asking, hit, of_hit, item.number, hit.chunk.start - item.start)
        for (hit, item), of_hit in zip(kept, matches, strict=True)
    ]
    candidates = [one for passage in passages for one in measure_statements(asking, passage)]
    texts = [hit.chunk.text for hit in hits]
    if not candidates:
        return None, texts
    return measure(asking, passages, candidates, result.hits), texts


def learn(examples: Sequence[Example], wikis: Sequence[str] = ()) -> Calibration:
    """From the even half; the threshold by what each question gets from a fit without its group."""
    even = [one for one in examples if one.half is Half.EVEN and one.answerable]
    values, labels = _values(even), np.array([not one.removed for one in even])
    counts = _counts(even, wikis)
    groups = [one.group for one in even]
    unseen = np.empty(len(even))
    for inside, outside in grouped(groups):
        part = fit(values[inside], labels[inside], counts[inside])
        unseen[outside] = [part.probability(even[place].signals) for place in outside]
    least = threshold(even, unseen)
    found = fit(values, labels, counts)
    return replace(found, threshold=least, hopeless=min(least, hopeless(even, unseen)))


def _values(examples: Sequence[Example]) -> NDArray[np.float64]:
    return np.array([astuple(one.signals) for one in examples], np.float64)


def _counts(examples: Sequence[Example], wikis: Sequence[str]) -> NDArray[np.float64]:
    """Sets count by the root of their size; what was answered elsewhere teaches no silence."""
    sizes: dict[str, int] = {}
    for one in examples:
        sizes[one.name] = sizes.get(one.name, 0) + 1
    counts = np.array([sizes[one.name] ** -0.5 for one in examples])
    counts[[one.removed and one.name in wikis for one in examples]] *= _WIKI_REMOVED
    counts[[one.removed and one.still for one in examples]] *= _WIKI_REMOVED
    return np.asarray(counts / counts.mean(), np.float64)


def threshold(examples: Sequence[Example], probabilities: NDArray[np.float64]) -> float:
    """The highest that declines no more than the budget of any set's answerable questions.

    Of questions in their own situation, that is: what was stripped only teaches. Other questions
    of the same kind may fall otherwise, so that a standard error of the budget is kept free.
    """
    held: dict[tuple[str, float], list[float]] = {}
    for one, probability in zip(examples, probabilities, strict=True):
        if not one.removed and not one.stripped:
            budget = _BUDGET_AS_ASKED if one.as_asked else _BUDGET
            held.setdefault((one.name, budget), []).append(float(probability))
    enough = {each: found for each, found in held.items() if len(found) >= _ENOUGH} or held
    return min(
        float(np.quantile(found, _level(budget, len(found))))
        for (_, budget), found in enough.items()
    )


def hopeless(examples: Sequence[Example], probabilities: NDArray[np.float64]) -> float:
    """Below it are a tenth of what is answerable as people ask it; of all, where nobody asks so."""
    held = [not one.removed and not one.stripped for one in examples]
    asked_so = [one.as_asked and mine for one, mine in zip(examples, held, strict=True)]
    return float(np.quantile(probabilities[asked_so if any(asked_so) else held], _HOPELESS))


def _level(budget: float, questions: int) -> float:
    return max(0.0, budget - sqrt(budget * (1 - budget) / questions))


def table(
    examples: Sequence[Example], found: Calibration, situation: Situation, wikis: Sequence[str]
) -> Iterator[str]:
    """How ``found`` does on the odd halves of its examples, a row a set; Markdown.

    Beside it what is learned without a set does on it: how it may do on documents of another kind.
    """
    yield f"\n## {situation.value}\n"
    yield (
        "| set | questions | AUROC | declined at 5 % false | declined wrongly | declined with the "
        "document removed | of those with no right answer in what is read | of its unanswerable "
        "questions | learned without it: AUROC | at 5 % false | wrongly | removed |"
    )
    yield "|---" * 12 + "|"
    odd = [one for one in examples if one.half is Half.ODD]
    for name in dict.fromkeys(one.name for one in odd):
        part = [one for one in odd if one.name == name]
        cells = [name, str(sum(one.answerable and not one.removed for one in part))]
        others = [one for one in examples if one.name != name]
        yield f"| {' | '.join([*cells, *_how(part, found), *_elsewhere(part, others, wikis)])} |"


def _how(examples: Sequence[Example], found: Calibration) -> list[str]:
    scores = np.array([found.probability(one.signals) for one in examples])
    gone = scores[[one.removed and not one.still for one in examples]]
    never = scores[[not one.answerable for one in examples]]
    return [*_parted(examples, scores, found.threshold)] + [
        _share(part, found.threshold) for part in (gone, never)
    ]


def _elsewhere(
    examples: Sequence[Example], others: Sequence[Example], wikis: Sequence[str]
) -> list[str]:
    """How what ``others`` teach does on these; empty where they hold no even example of their own.

    Their threshold goes with it.
    """
    if not any(one.half is Half.EVEN and not one.stripped for one in others):
        return [""] * 4
    found = learn(others, wikis)
    scores = np.array([found.probability(one.signals) for one in examples])
    return _parted(examples, scores, found.threshold)


def _parted(examples: Sequence[Example], scores: NDArray[np.float64], least: float) -> list[str]:
    """AUROC, the share declined at the budget, and below ``least`` wrongly and rightly."""
    held = scores[[one.answerable and not one.removed for one in examples]]
    removed = scores[[one.removed for one in examples]]
    budget = float(np.quantile(held, _BUDGET)) if len(held) else 0.0
    return [f"{auroc(held, removed):.3f}", _share(removed, budget)] + [
        _share(part, least) for part in (held, removed)
    ]


def _share(scores: NDArray[np.float64], threshold: float) -> str:
    return f"{np.mean(scores < threshold):.3f}" if len(scores) else ""


def auroc(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """The share of pairs in which the first of both is above, ties half (Hanley & McNeil 1982)."""
    if not len(higher) or not len(lower):
        return float("nan")
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(below.mean() / (2 * len(lower)))
