"""How contestants came out: tables with ratios and floors, and what a chart shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.bench.chart import Panel
from evals.bench.contest import CALLERS, Built, Speeds
from evals.bench.floor import Machine, Work
from evals.bench.markdown import table, verdict
from evals.bootstrap import Estimate

# Better on these questions than another one by chance alone, as elsewhere in the house.
NDCG_SLACK = 0.005
_ALONE, _TOGETHER = CALLERS


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything measured of one contestant. ``work`` is what no such search can go below."""

    title: str
    built: Built
    opened_seconds: float
    quality: Estimate
    speeds: Speeds
    resident_bytes: int
    disk_bytes: int
    work: Work


def report(standings: Sequence[Standing], machine: Machine) -> str:
    """Quality, speed and cost of all, each beside the first: Footnote."""
    return "\n".join([_quality(standings), _speed(standings, machine), _cost(standings)])


def _quality(standings: Sequence[Standing]) -> str:
    ours = standings[0]
    rows = []
    for standing in standings:
        found = standing.quality
        floor = ""
        if standing is not ours:
            reached = ours.quality.value >= found.value - NDCG_SLACK
            floor = f"no more than {NDCG_SLACK} below it: {verdict(reached=reached)}"
        rows.append(
            [
                standing.title,
                str(standing.built.chunks),
                f"{found.value:.3f} [{found.low:.3f} {found.high:.3f}]",
                f"{ours.quality.value - found.value:+.3f}",
                floor,
            ]
        )
    header = (
        f"nDCG@10, {ours.quality.questions} questions",
        "chunks",
        "",
        "Footnote's is",
        "floor",
    )
    return table(header, rows)


def _speed(standings: Sequence[Standing], machine: Machine) -> str:
    ours = standings[0]
    rows = []
    for standing in standings:
        alone, together = (standing.speeds[count] for count in CALLERS)
        times = alone.latency.p50 / ours.speeds[_ALONE].latency.p50
        rate = ours.speeds[_TOGETHER].per_second / together.per_second
        rows.append(
            [
                standing.title,
                f"{alone.latency.p50:.2f} / {alone.latency.p95:.2f}",
                f"{alone.per_second:.1f}",
                f"{times:.2f}",
                f"{together.latency.p50:.2f} / {together.latency.p95:.2f}",
                f"{together.per_second:.1f}",
                f"{rate:.2f}",
                f"{standing.work.milliseconds(machine):.2f} ({standing.work})",
            ]
        )
    header = (
        "milliseconds of a search, p50 / p95",
        f"{_ALONE} caller",
        "searches/s",
        "times Footnote's p50",
        f"{_TOGETHER} callers",
        "searches/s",
        "Footnote's is times it",
        "floor beneath",
    )
    return table(header, rows)


def _cost(standings: Sequence[Standing]) -> str:
    ours = standings[0]
    rows = [
        [
            standing.title,
            f"{standing.built.seconds:.1f}",
            f"{standing.built.seconds / ours.built.seconds:.2f}",
            f"{standing.opened_seconds:.2f}",
            f"{standing.resident_bytes / 1e6:.0f}",
            f"{standing.resident_bytes / ours.resident_bytes:.2f}",
            f"{standing.disk_bytes / 1e6:.1f}" if standing.disk_bytes else "saves nothing",
        ]
        for standing in standings
    ]
    header = (
        "cost",
        "build, s",
        "times Footnote's",
        "open, s",
        "resident, MB",
        "times Footnote's",
        "index on disk, MB",
    )
    return table(header, rows)


def panels(standings: Sequence[Standing], name: str) -> list[Panel]:
    """The measures worth a picture, of the question set ``name``."""
    return [
        Panel(f"{name}: nDCG@10", {one.title: one.quality.value for one in standings}, 3),
        Panel(
            f"{name}: milliseconds of a search, {_ALONE} caller, p50",
            {one.title: one.speeds[_ALONE].latency.p50 for one in standings},
            2,
        ),
        Panel(
            f"{name}: searches a second, {_TOGETHER} callers",
            {one.title: one.speeds[_TOGETHER].per_second for one in standings},
        ),
        Panel(
            f"{name}: resident memory, MB",
            {one.title: one.resident_bytes / 1e6 for one in standings},
        ),
    ]
