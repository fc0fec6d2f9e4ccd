"""An evaluation as plain text: one aligned table per kind of measurement."""

from collections.abc import Iterable, Sequence

from evals.bootstrap import RESAMPLES, Estimate
from evals.corpus import BUCKETS
from evals.results import Evaluation, Measurement, SetResult
from evals.retrieval import chunks_asked

_SEARCHED = ("hybrid", "dense", "lexical")


def render(evaluation: Evaluation) -> str:
    """Every measurement of an evaluation, then what a reader has to know to trust it."""
    searches = _measurements(evaluation, _SEARCHED)
    parts = [
        _overview(evaluation),
        _across("Retrieval, judged by document", searches),
        _down("Answers", _measurements(evaluation, ("answers",))),
        _down(
            "Answers with the relevant documents removed", _measurements(evaluation, ("removed",))
        ),
        _down("What the model wrote, with nobody to check it", _measurements(evaluation, ("raw",))),
        _down(
            "What it wrote with the relevant documents removed",
            _measurements(evaluation, ("raw removed",)),
        ),
        _timings(_measurements(evaluation, (*_SEARCHED, "answers"))),
        _notes(evaluation),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns wide enough for what they hold; the first is flush left, the others flush right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def number(value: float, name: str) -> str:
    """A share with three decimals; a length with one."""
    return f"{value:.1f}" if name.startswith("median_") else f"{value:.3f}"


Measured = list[tuple[SetResult, Measurement]]


def _measurements(evaluation: Evaluation, names: Sequence[str]) -> Measured:
    return [
        (result, measurement)
        for result in evaluation.sets
        for measurement in result.measurements
        if measurement.name in names and measurement.metrics
    ]


def _overview(evaluation: Evaluation) -> str:
    rows = [
        [
            result.name,
            str(result.documents),
            str(result.chunks),
            str(result.questions),
            f"{result.seconds_indexing:.1f}",
            result.snapshot,
        ]
        for result in evaluation.sets
    ]
    return table(("set", "documents", "chunks", "questions", "indexing s", "snapshot"), rows)


def _across(title: str, measured: Measured) -> str:
    """One line per set and mode, one column per metric: all share the same metrics."""
    if not measured:
        return ""
    names = list(measured[0][1].metrics)
    rows = [
        [f"{result.name} {measurement.name}", _questions(measurement)]
        + [_cell(measurement.metrics[name], name) for name in names]
        for result, measurement in measured
    ]
    return f"{title}\n{table(('set', 'questions', *names), rows)}"


def _down(title: str, measured: Measured) -> str:
    """One line per metric, one column per set: not every set has every metric."""
    if not measured:
        return ""
    names = dict.fromkeys(name for _, measurement in measured for name in measurement.metrics)
    rows = [
        [name, *(_counted_cell(measurement.metrics.get(name), name) for _, measurement in measured)]
        for name in names
    ]
    return f"{title}\n{table(('metric', *(result.name for result, _ in measured)), rows)}"


def _questions(measurement: Measurement) -> str:
    return str(max(estimate.questions for estimate in measurement.metrics.values()))


def _cell(estimate: Estimate, name: str) -> str:
    low, high = number(estimate.low, name), number(estimate.high, name)
    return f"{number(estimate.value, name)} [{low} {high}]"


def _counted_cell(estimate: Estimate | None, name: str) -> str:
    return "-" if estimate is None else f"{_cell(estimate, name)} of {estimate.questions}"


def _timings(measured: Measured) -> str:
    met = dict.fromkeys(stage for _, measurement in measured for stage in measurement.timings_ms)
    stages = sorted(met, key=lambda stage: stage == "total")  # the others as they were met
    rows = [
        [f"{result.name} {measurement.name}"]
        + [
            f"{timing.p50:.1f} / {timing.p95:.1f}"
            if (timing := measurement.timings_ms.get(stage))
            else "-"
            for stage in stages
        ]
        for result, measurement in measured
    ]
    return f"Milliseconds by stage, p50 / p95\n{table(('set', *stages), rows)}" if rows else ""


def _notes(evaluation: Evaluation) -> str:
    settings, embedder = evaluation.settings, evaluation.embedder
    notes = [
        f"Questions: half {settings['half']}, k = {settings['k']}.",
        f"A search asks for {chunks_asked(settings['k'])} chunks; a document ranks as its best.",
        f"In brackets: 95 % bootstrap interval over questions ({RESAMPLES} resamples, fixed seed).",
        f"Embedder: {embedder['model']} ({embedder['precision']}), {embedder['fingerprint']}.",
    ]
    if settings["removed"]:
        notes.append(
            f"Removed: the corpus is parted by hash into {BUCKETS} buckets; out of reach "
            "are those of the relevant documents, and with each about one other document in "
            f"{BUCKETS}. What is answered all the same may be right, from another document."
        )
    notes += [
        f"{result.name}: {result.missing_relevant} judged document(s) are not in the corpus and "
        "count as not found."
        for result in evaluation.sets
        if result.missing_relevant
    ]
    notes += [
        f"{result.name}: not indexed: {failure}"
        for result in evaluation.sets
        for failure in result.failures
    ]
    return "\n".join(notes)
