"""How well the checker tells claims that a text supports from others, beside the plain overlap."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.claims import EXCHANGED, Claim, judged, made
from evals.bench.markdown import table
from evals.bootstrap import RESAMPLES, SEED
from evals.cases import Half
from evals.tuning.support import Example, fit, nearest
from indexes.embedder import Embedder, open_embedder
from indexes.language import analyze
from indexes.settings import IndexSettings
from indexes.types import EVERYONE, Chunk, DocumentInfo, Hit
from service.answering.checking.calibration import PARTIAL, SUPPORTED
from service.answering.checking.similarity import Similarity
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import best_support, verdict_of
from service.answering.types import Evidence, Method, Verdict

_DOCUMENTS = 300
# A claim that a person judged counts as so many made ones.
_JUDGED_WEIGHT = 4.0
_PERCENT = (2.5, 97.5)

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
Figure = Callable[[Labels, Scores], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A claim, the share of its content words in its text, and what the checker says of it."""

    claim: Claim
    overlap: float
    score: float
    method: Method

    @property
    def verdict(self) -> Verdict:
        """By the thresholds of today."""
        return verdict_of(self.score)


def auroc(supported: Labels, scores: Scores) -> float:
    """The probability that a supported claim scores above another one, ties counting half.

    The area under the ROC curve as the Mann-Whitney statistic (Hanley & McNeil 1982).
    """
    order = np.sort(scores[~supported])
    above = np.searchsorted(order, scores[supported], side="left")
    level = np.searchsorted(order, scores[supported], side="right")
    return float((above + level).mean() / (2 * len(order)))


def balanced_accuracy(supported: Labels, said: Labels) -> float:
    """The mean of the shares of supported and of other claims that are told as such."""
    return float((said[supported].mean() + (~said[~supported]).mean()) / 2)


def best_threshold(supported: Labels, scores: Scores) -> float:
    """Where ``scores`` must stand for the best balanced accuracy."""
    return float(max(np.unique(scores), key=lambda t: balanced_accuracy(supported, scores >= t)))


def main(arguments: Sequence[str]) -> int:
    """Print the figures for the half that nothing was fitted on, or the fit; 0."""
    options = _parser().parse_args(arguments)
    claims = judged(options.folder)
    for folder in options.sets:
        claims += made(folder, options.documents)
    embedder = open_embedder(IndexSettings.read().embedder)
    if options.fit:
        print(_fitted(claims, embedder), end="")
        return 0
    outcomes = [_outcome(claim, embedder) for claim in claims]
    print(_report(outcomes), end="")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals bench verification", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds pairs.jsonl")
    parser.add_argument(
        "--sets",
        nargs="*",
        type=Path,
        default=[],
        metavar="SET",
        help="question sets with corpus.jsonl and queries.jsonl, to make claims of",
    )
    parser.add_argument(
        "--documents", type=int, default=_DOCUMENTS, metavar="N", help="of each set (default 300)"
    )
    parser.add_argument("--fit", action="store_true", help="fit the calibrations and print them")
    return parser


def _passage(claim: Claim) -> Passage:
    """The context of a claim as evidence."""
    info = DocumentInfo(
        id="0" * 32,
        collection="claims",
        source="claims",
        path="context",
        uri="",
        title=claim.title,
        type="txt",
        language=claim.language,
        content_hash="",
        updated_at=None,
        groups=frozenset({EVERYONE}),
    )
    text = claim.context
    chunk = Chunk(f"{info.id}-00000", info.id, 0, text, 0, len(text), None, ())
    return Passage(Evidence(1, text, 0, len(text), (Hit(1, 1.0, chunk, info),)))


def _outcome(claim: Claim, embedder: Embedder) -> Outcome:
    readable = embedder.has_tokens and embedder.reads(claim.language)
    similarity = Similarity(embedder) if readable else None
    sentence = Statement.of(claim.text, claim.language)
    support = best_support(sentence, _passage(claim), similarity)
    words = set(analyze(claim.text, claim.language))
    shared = words & set(analyze(claim.context, claim.language))
    return Outcome(
        claim=claim,
        overlap=len(shared) / len(words) if words else 0.0,
        score=support.score if support else 0.0,
        method=support.method if support else Method.WORDS,
    )


def _report(outcomes: Sequence[Outcome]) -> str:
    groups = [("judged by people", [o for o in outcomes if o.claim.kind == "judged"])]
    others = [o for o in outcomes if o.claim.kind not in {"judged", *EXCHANGED}]
    for language in dict.fromkeys(o.claim.language for o in outcomes):
        mine = [o for o in others if o.claim.language == language]
        groups.append((f"made, {language}", mine))
    groups = [(name, group) for name, group in groups if group]
    header = ("claims", "AUROC overlap", "AUROC checker", "more", "balanced overlap")
    rows = [_row(name, group) for name, group in groups]
    odd = [o for o in outcomes if o.claim.half is Half.ODD]
    return (
        f"Claims whose context has an odd SHA-256: {len(odd)}. The overlap's threshold is the best "
        f"on the even ones; the checker's are {PARTIAL} (partial) and {SUPPORTED} (supported).\n\n"
        f"{table((*header, 'balanced checker', 'more', 'verdicts'), rows)}\n"
        f"{table(('method', 'claims', 'supported in truth', 'verdicts'), _methods(odd))}\n"
        f"{table(('claims made', 'number', 'released', 'partial'), _kinds(odd))}"
    )


def _row(name: str, group: Sequence[Outcome]) -> tuple[str, ...]:
    even = [o for o in group if o.claim.half is Half.EVEN]
    odd = [o for o in group if o.claim.half is Half.ODD]
    threshold = best_threshold(_labels(even), _column(even, "overlap"))
    labels, overlap, score = _labels(odd), _column(odd, "overlap"), _column(odd, "score")

    def by_overlap(truth: Labels, scores: Scores) -> float:
        return balanced_accuracy(truth, scores >= threshold)

    def by_checker(truth: Labels, scores: Scores) -> float:
        return balanced_accuracy(truth, scores >= PARTIAL)

    released = [o for o in odd if o.verdict is Verdict.SUPPORTED]
    return (
        f"{name} ({len(odd)})",
        *_compared(labels, (overlap, auroc), (score, auroc)),
        *_compared(labels, (overlap, by_overlap), (score, by_checker)),
        f"supported: {_share(released)} right, {len(released)} of {int(labels.sum())}",
    )


def _compared(
    labels: Labels, before: tuple[Scores, Figure], after: tuple[Scores, Figure]
) -> tuple[str, str, str]:
    """Both figures and their difference, each with its 95 % interval by the same resamples."""
    random = np.random.default_rng(SEED)
    drawn = random.integers(len(labels), size=(RESAMPLES, len(labels)))
    values = [
        np.array([figure(labels, scores), *(figure(labels[d], scores[d]) for d in drawn)])
        for scores, figure in (before, after)
    ]
    one, other = values
    return _interval(one), _interval(other), _interval(other - one, signed=True)


def _interval(values: Scores, *, signed: bool = False) -> str:
    low, high = np.percentile(values[1:], _PERCENT)
    form = "{:+.3f}" if signed else "{:.3f}"
    return f"{form.format(values[0])} ({form.format(low)} to {form.format(high)})"


def _methods(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    return [
        (method.value, str(len(mine)), _share(mine), _verdicts(mine))
        for method in Method
        if (mine := [o for o in outcomes if o.method is method])
    ]


def _kinds(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    kinds = dict.fromkeys((o.claim.kind, o.claim.supported) for o in outcomes)
    return [
        (f"{kind} ({'true' if supported else 'false'})", str(len(mine)), *_rates(mine))
        for kind, supported in kinds
        if (mine := [o for o in outcomes if (o.claim.kind, o.claim.supported) == (kind, supported)])
    ]


def _rates(outcomes: Sequence[Outcome]) -> tuple[str, str]:
    verdicts = [o.verdict for o in outcomes]
    released, partly = (verdicts.count(v) for v in (Verdict.SUPPORTED, Verdict.PARTIAL))
    return f"{released / len(verdicts):.3f}", f"{partly / len(verdicts):.3f}"


def _verdicts(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(
        f"{verdict.value} {len(mine)} ({_share(mine)} true)"
        for verdict in Verdict
        if (mine := [o for o in outcomes if o.verdict is verdict])
    )


def _share(outcomes: Sequence[Outcome]) -> str:
    return f"{np.mean([o.claim.supported for o in outcomes]):.3f}" if outcomes else "none"


def _labels(outcomes: Sequence[Outcome]) -> Labels:
    return np.array([o.claim.supported for o in outcomes], np.bool_)


def _column(outcomes: Sequence[Outcome], name: str) -> Scores:
    return np.array([getattr(o, name) for o in outcomes], np.float64)


def _fitted(claims: Sequence[Claim], embedder: Embedder) -> str:
    """Both calibrations, fitted on the even half; quotes teach nothing."""
    words: list[Example] = []
    meaning: list[Example] = []
    learnt = (c for c in claims if c.half is Half.EVEN and c.kind not in EXCHANGED)
    for claim in learnt:
        passage, weight = _passage(claim), _JUDGED_WEIGHT if claim.kind == "judged" else 1.0
        sentence = Statement.of(claim.text, claim.language)
        if passage.verbatim(sentence):
            continue
        readable = embedder.has_tokens and embedder.reads(claim.language)
        for similarity, examples in ((None, words), (Similarity(embedder), meaning)):
            if similarity and not readable:
                continue
            signals = nearest(sentence, passage, similarity)
            if signals:
                examples.append(Example(signals, claim.supported, weight))
    return f"WORDS = {fit(words)}\nMEANING = {fit(meaning)}\n"
