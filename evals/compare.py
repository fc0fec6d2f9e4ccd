"""Two evaluations side by side: what changed, set by set and on average."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from evals.bootstrap import Estimate
from evals.report import number, table
from evals.results import Evaluation


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric in both evaluations."""

    set: str
    measurement: str
    metric: str
    before: Estimate
    after: Estimate

    @property
    def change(self) -> float:
        """After less before."""
        return self.after.value - self.before.value

    @property
    def notable(self) -> bool:
        """Whether each value lies outside the other's 95 % interval.

        A guide for the eye, not a test: the two were asked the same questions.
        """
        return not (
            self.before.low <= self.after.value <= self.before.high
            or self.after.low <= self.before.value <= self.after.high
        )


def differences(before: Evaluation, after: Evaluation) -> list[Difference]:
    """Every metric that both evaluations have, in the order of the first."""
    later = dict(_estimates(after))
    return [
        Difference(*key, estimate, later[key])
        for key, estimate in _estimates(before)
        if key in later
    ]


def _estimates(evaluation: Evaluation) -> Iterator[tuple[tuple[str, str, str], Estimate]]:
    for result in evaluation.sets:
        for measurement in result.measurements:
            for metric, estimate in measurement.metrics.items():
                yield (result.name, measurement.name, metric), estimate


def render_comparison(before: Evaluation, after: Evaluation) -> str:
    """Both values and their difference, then each metric's mean change over the sets."""
    found = differences(before, after)
    rows = [
        [
            f"{one.set} {one.measurement} {one.metric}",
            number(one.before.value, one.metric),
            number(one.after.value, one.metric),
            _signed(one.change, one.metric) + ("*" if one.notable else " "),
        ]
        for one in found
    ]
    parts = [
        *_unequal_settings(before, after),
        table(("metric", "before", "after", "change "), rows),
        _mean_changes(found),
        "* each value lies outside the other's 95 % interval",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _signed(change: float, metric: str) -> str:
    return ("+" if change >= 0 else "") + number(change, metric)


def _mean_changes(found: list[Difference]) -> str:
    """The mean over sets of each set's own change, so that every set weighs the same."""
    changes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in found:
        changes[one.measurement, one.metric].append(one.change)
    rows = [
        [
            f"{measurement} {metric}",
            str(len(values)),
            _signed(sum(values) / len(values), metric),
        ]
        for (measurement, metric), values in changes.items()
    ]
    return table(("mean over sets", "sets", "change"), rows) if rows else ""


def _unequal_settings(before: Evaluation, after: Evaluation) -> list[str]:
    """What makes the two hard to compare."""
    earlier = {**before.settings, "embedder": before.embedder["fingerprint"]}
    later = {**after.settings, "embedder": after.embedder["fingerprint"]}
    unequal = [
        f"{name}: {earlier.get(name)} before, {later.get(name)} after"
        for name in sorted(earlier.keys() | later.keys())
        if earlier.get(name) != later.get(name)
    ]
    return ["Different settings:\n" + "\n".join(unequal)] if unequal else []
