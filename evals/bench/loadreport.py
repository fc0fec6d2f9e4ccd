"""What `python -m evals bench load` tells: every figure beside its goal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median

import numpy as np

from evals.bench.arrivals import Outcome
from evals.bench.markdown import table, verdict
from evals.bench.mixups import told
from evals.bench.soaking import Holding
from evals.bench.wire import BROKEN, HUNG

# The goals of issue 6.
_LATEST_SECONDS = 1.0
_RECOVERY = 1.10  # p50 after the overload over that before
_CACHED_SHARE = 0.5  # of the requests a second of an empty route
_GROWTH = 0.02  # of resident memory in a soak
_SHOWN = 5  # faults that are told in words
_MIB = 2**20
_STATUSES = {
    HTTPStatus.OK.value: "answered",
    HTTPStatus.TOO_MANY_REQUESTS.value: "429, one caller's share",
    HTTPStatus.SERVICE_UNAVAILABLE.value: "503, no room for all",
    HUNG: "no reply in 30 seconds",
    BROKEN: "broken connection",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a second, turn by turn: a cached answer, and an empty route."""

    cached: tuple[float, ...]
    empty: tuple[float, ...]

    @property
    def share(self) -> float:
        """The median of what each turn of the one was of the turn beside it."""
        return median(c / e for c, e in zip(self.cached, self.empty, strict=True))


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured.

    ``saturation`` is answers a second by callers at once, ``rate`` the requests a second of the
    overload. ``memory`` are the bytes of each process of the service, its parent first. ``faults``
    say what was wrong, ``compared`` how many answers were asked for again.
    """

    saturation: dict[int, float]
    rate: float
    overload: Sequence[Outcome]
    before: Sequence[Outcome]
    after: Sequence[Outcome]
    rates: Rates
    holding: Holding | None = None
    memory: tuple[int, ...] = ()
    compared: int = 0
    faults: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Requests of the overload that got no reply."""
        return sum(outcome.reply.status in {HUNG, BROKEN} for outcome in self.overload)

    @property
    def latest(self) -> float:
        """Seconds of the slowest reply."""
        return max((outcome.reply.seconds for outcome in self.overload), default=0.0)

    @property
    def recovery(self) -> float:
        """The median of one caller after the overload over that before."""
        return _median_ms(self.after) / _median_ms(self.before)


def report(figures: Figures) -> Iterator[str]:
    """Saturation, what became of each request of the overload, and whether goals were reached."""
    yield table(
        ("callers at once", "answers a second"),
        [[str(n), f"{rate:.1f}"] for n, rate in figures.saturation.items()],
    )
    yield f"\nOverload: {figures.rate:.0f} requests a second, {len(figures.overload)} in all.\n\n"
    yield table(("what became of it", "requests", *_MEASURES), _rows(figures.overload))
    yield _of_snapshots(figures.overload)
    yield _of_processes(figures.memory)
    if figures.holding:
        yield _over_time(figures.holding)
    yield "\n" + table(("goal", "reached", "verdict"), _goals(figures))
    for one in figures.faults[:_SHOWN]:
        yield f"\nwrong: {one}"
    yield "\n"


_MEASURES = ("p50, ms", "p95, ms", "p99, ms", "at most, ms")


def _rows(outcomes: Sequence[Outcome]) -> Iterator[list[str]]:
    counted = Counter(outcome.reply.status for outcome in outcomes)
    for status, number in sorted(counted.items(), reverse=True):
        late = [o.reply.seconds * 1000 for o in outcomes if o.reply.status == status]
        figures = np.percentile(late, (50, 95, 99, 100))
        name = _STATUSES.get(status, str(status))
        yield [name, str(number), *(f"{figure:.0f}" for figure in figures)]


def _of_snapshots(outcomes: Sequence[Outcome]) -> str:
    answers = told(outcomes)
    by_snapshot = Counter(answer["snapshot"] for answer in answers)
    cached = sum("cached" in answer for answer in answers)
    counts = ", then ".join(str(by_snapshot[name]) for name in sorted(by_snapshot))
    return f"\nAnswers by snapshot: {counts or 'none'}; {cached} from the cache.\n"


def _of_processes(memory: Sequence[int]) -> str:
    """Nothing of one process alone: the soak tells what that holds."""
    if len(memory) < 2:  # noqa: PLR2004 (a parent and a worker)
        return ""
    parent, *workers = (f"{held / _MIB:.0f}" for held in memory)
    shared = "each shared page divided among those that share it"
    return (
        f"\nMemory after the overload, MiB: parent {parent}, workers {', '.join(workers)}; "
        f"together {sum(memory) / _MIB:.0f} ({shared}).\n"
    )


def _over_time(holding: Holding) -> str:
    """Each tenth of the soak."""
    columns = [holding.over_time(measure) for measure in ("resident", "files", "threads")]
    rows = [
        [str(part), f"{resident / _MIB:.1f}", f"{files:.0f}", f"{threads:.0f}"]
        for part, (resident, files, threads) in enumerate(zip(*columns, strict=True), 1)
    ]
    return "\n" + table(("tenth of the soak", "memory, MiB", "open files", "threads"), rows)


def _goals(figures: Figures) -> Iterator[list[str]]:
    rates = figures.rates
    yield _row("no request without a reply", f"{figures.lost}", reached=not figures.lost)
    yield _row(
        f"every reply within {_LATEST_SECONDS:g} s",
        f"{figures.latest:.2f} s",
        reached=figures.latest < _LATEST_SECONDS,
    )
    yield _row(
        f"no reply wrong or mixed ({figures.compared} asked for again)",
        str(len(figures.faults)),
        reached=not figures.faults,
    )
    yield _row(
        f"p50 of one caller after it at most {_RECOVERY:g} times that before",
        f"{figures.recovery:.2f} ({_median_ms(figures.after):.1f} ms after, "
        f"{_median_ms(figures.before):.1f} before)",
        reached=figures.recovery <= _RECOVERY,
    )
    yield _row(
        f"cached answers a second at least {_CACHED_SHARE:g} of an empty route's",
        f"{rates.share:.2f} ({median(rates.cached):.0f} beside {median(rates.empty):.0f})",
        reached=rates.share >= _CACHED_SHARE,
    )
    if figures.holding:
        yield from _of_soak(figures.holding)


def _of_soak(holding: Holding) -> Iterator[list[str]]:
    early, late = holding.early("resident"), holding.late("resident")
    growth = late / early - 1
    yield _row(
        f"resident memory grows by less than {_GROWTH:.0%} in the soak",
        f"{growth:+.1%} ({early / _MIB:.0f} to {late / _MIB:.0f} MiB)",
        reached=growth < _GROWTH,
    )
    for name, measure in (("open files", "files"), ("threads", "threads")):
        first, last = holding.early(measure), holding.late(measure)
        yield _row(f"{name} constant", f"{first:.0f} to {last:.0f}", reached=last <= first)


def _row(goal: str, figure: str, *, reached: bool) -> list[str]:
    return [goal, figure, verdict(reached=reached)]


def _median_ms(outcomes: Sequence[Outcome]) -> float:
    return median(outcome.reply.seconds for outcome in outcomes) * 1000
