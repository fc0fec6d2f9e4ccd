"""What a run found: measurements by question set, as they are shown, stored and compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.bootstrap import Estimate
from evals.metrics import Percentiles, percentiles
from indexes.errors import ConfigurationError, UsageError

FORMAT = 1
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing measured on one set: a search mode, the answers, or answers without the gold."""

    name: str
    metrics: Mapping[str, Estimate]
    timings_ms: Mapping[str, Percentiles]


@dataclass(frozen=True, slots=True)
class SetResult:
    """Everything measured on one set.

    ``failures`` are documents that could not be indexed; ``missing_relevant`` counts judged
    documents that the corpus does not hold, which no search can find.
    """

    name: str
    folder: str
    snapshot: str
    documents: int
    chunks: int
    questions: int
    missing_relevant: int
    failures: tuple[str, ...]
    seconds_indexing: float
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A whole run. ``created_at`` is an ISO 8601 timestamp in UTC."""

    created_at: str
    settings: Mapping[str, Any]
    embedder: Mapping[str, str]
    sets: tuple[SetResult, ...]
    format: int = FORMAT


def present(metrics: Mapping[str, Estimate | None]) -> dict[str, Estimate]:
    """The metrics that some question counted for."""
    return {name: estimate for name, estimate in metrics.items() if estimate is not None}


def stages(timings: Iterable[Mapping[str, float]]) -> dict[str, Percentiles]:
    """p50 and p95 of each stage over the questions that went through it, and of their total."""
    by_stage: dict[str, list[float]] = {}
    for timing in timings:
        for stage, milliseconds in {**timing, "total": _total(timing)}.items():
            by_stage.setdefault(stage, []).append(milliseconds)
    return {stage: percentiles(values) for stage, values in by_stage.items()}


def _total(timing: Mapping[str, float]) -> float:
    return timing["total"] if "total" in timing else sum(timing.values())


def save(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as JSON; UsageError when the file cannot be written."""
    _write(path, json.dumps(asdict(evaluation), indent=2, ensure_ascii=False) + "\n")


def save_rows(rows: Sequence[Row], path: Path) -> None:
    """Write one JSON line per question and measurement; UsageError when it cannot be written."""
    _write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    except OSError as exc:
        raise UsageError(f"{path} cannot be written: {exc}; name another file") from exc


def load(path: Path) -> Evaluation:
    """Read what `save` wrote.

    UsageError when it cannot be read, ConfigurationError when it is no evaluation of this format.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise ConfigurationError(
                f"{path} has format {content['format']}, this version reads {FORMAT}; "
                "run the evaluation again"
            )
        sets = tuple(_set_result(fields) for fields in content["sets"])
        return Evaluation(**content | {"sets": sets})
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc}") from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise ConfigurationError(
            f"{path} is not a file that `python -m evals run --json` wrote ({exc!r})"
        ) from exc


def _set_result(fields: dict[str, Any]) -> SetResult:
    measurements = tuple(_measurement(entry) for entry in fields["measurements"])
    failures = tuple(fields["failures"])
    return SetResult(**fields | {"measurements": measurements, "failures": failures})


def _measurement(fields: dict[str, Any]) -> Measurement:
    return Measurement(
        name=fields["name"],
        metrics={name: Estimate(**entry) for name, entry in fields["metrics"].items()},
        timings_ms={name: Percentiles(**entry) for name, entry in fields["timings_ms"].items()},
    )
