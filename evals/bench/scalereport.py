"""What was measured of searches over very many chunks, as tables with floors and verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass

from evals.bench.contest import CALLERS, Speeds
from evals.bench.floor import Machine, Work
from evals.bench.markdown import table, verdict
from indexes.snapshot import Manifest

NO_FILTER, ALL, ONE_PERCENT = "no filter", "a filter that allows all", "a filter that allows 1 %"
PEER = "LlamaIndex hybrid"
PEER_CHUNKS = 100_000  # the most that the peer is measured at
# Issue 4. Up to PEER_CHUNKS chunks: milliseconds, and times the peer's p50 and rate.
P50_MS, P95_MS, TIMES_FASTER, TIMES_RATE = 8.0, 20.0, 10.0, 15.0
# Beyond: milliseconds with either filter, and bytes of the process.
LARGE_P50_MS, LARGE_BYTES = 15.0, 4_000_000_000
_ALONE, _TOGETHER = CALLERS


@dataclass(frozen=True, slots=True)
class Scale:
    """Everything measured of one collection.

    ``speeds`` are by filter, and the peer's by PEER; ``first_ms`` a search that is the first with
    its filter; ``work`` by stage; ``engine`` how the encoder ran.
    """

    chunks: int
    encoded: int
    speeds: Mapping[str, Speeds]
    first_ms: Mapping[str, float]
    work: Mapping[str, Work]
    resident_bytes: int
    peak_bytes: int
    disk_bytes: int
    written_seconds: float
    opened_seconds: float
    engine: str
    manifest: Manifest


def report(scale: Scale, machine: Machine) -> str:
    """All tables, and before them what the chunks are."""
    copies = scale.chunks / scale.encoded
    said = (
        f"{scale.chunks:,} chunks: {scale.encoded:,} paragraphs, really encoded, each "
        f"{copies:.1f} times. In all copies but the first, three words in ten are others and the "
        "vector is perturbed to a cosine of about .95; one bit in eight of a token's code is "
        "flipped.\n"
    )
    parts = [said, _searches(scale), _stages(scale, machine), _costs(scale), _floors(scale)]
    return "\n".join(parts)


def _searches(scale: Scale) -> str:
    rows = []
    for name, speeds in scale.speeds.items():
        alone, together = (speeds[count] for count in CALLERS)
        first = scale.first_ms.get(name)
        rows.append(
            [
                name,
                f"{alone.latency.p50:.2f} / {alone.latency.p95:.2f}",
                f"{alone.per_second:.1f}",
                f"{together.latency.p50:.2f} / {together.latency.p95:.2f}",
                f"{together.per_second:.1f}",
                "" if first is None else f"{first:.1f}",
            ]
        )
    header = (
        "milliseconds of a search, p50 / p95",
        f"{_ALONE} caller",
        "searches/s",
        f"{_TOGETHER} callers",
        "searches/s",
        "first of its filter",
    )
    return table(header, rows)


def _stages(scale: Scale, machine: Machine) -> str:
    """By filter, alone; the floor of `dense` is that of an index that looks at everything."""
    found = {name: speeds[_ALONE].by_stage for name, speeds in scale.speeds.items() if name != PEER}
    names = dict.fromkeys(stage for stages in found.values() for stage in stages)
    rows = []
    for stage in sorted(names, key=lambda name: name == "total"):
        cells = [
            f"{stages[stage].p50:.2f} / {stages[stage].p95:.2f}" if stage in stages else ""
            for stages in found.values()
        ]
        least = scale.work.get(stage)
        floor = f"{least.milliseconds(machine):.2f} ({least})" if least else ""
        rows.append([stage, *cells, floor])
    return table(("milliseconds by stage, p50 / p95", *found, "looking at everything once"), rows)


def _costs(scale: Scale) -> str:
    written = f"{scale.written_seconds:.0f}" if scale.written_seconds else "kept from before"
    chosen = scale.manifest.vectors
    rows = [
        ["resident, MB", f"{scale.resident_bytes / 1e6:.0f}, at most {scale.peak_bytes / 1e6:.0f}"],
        ["snapshot on disk, MB", f"{scale.disk_bytes / 1e6:.0f}"],
        ["written in, s", written],
        ["verified and opened in, s", f"{scale.opened_seconds:.1f}"],
        ["vectors", ", ".join(f"{name} {value}" for name, value in chosen.items())],
        ["encoder", scale.engine],
    ]
    return table(("cost", ""), rows)


@dataclass(frozen=True, slots=True)
class Floor:
    """What was to be reached: at least or at most a value."""

    name: str
    measured: float
    limit: float
    at_least: bool = False

    def row(self) -> list[str]:
        """As a table has it."""
        reached = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        said = f"at {'least' if self.at_least else 'most'} {self.limit:g}"
        return [self.name, f"{self.measured:.2f}", f"{said}: {verdict(reached=reached)}"]


def floors(scale: Scale) -> list[Floor]:
    """Those of issue 4 for a collection of this size, without those of a peer that was left out."""
    alone = {name: speeds[_ALONE].latency for name, speeds in scale.speeds.items()}
    if scale.chunks > PEER_CHUNKS:
        return [
            Floor("p50 with a filter that allows 1 %, ms", alone[ONE_PERCENT].p50, LARGE_P50_MS),
            Floor("p50 with a filter that allows all, ms", alone[ALL].p50, LARGE_P50_MS),
            Floor("largest resident set, GB", scale.peak_bytes / 1e9, LARGE_BYTES / 1e9),
        ]
    ours = alone[NO_FILTER]
    found = [Floor("p50, ms", ours.p50, P50_MS), Floor("p95, ms", ours.p95, P95_MS)]
    if PEER in alone:
        rates = {name: speeds[_TOGETHER].per_second for name, speeds in scale.speeds.items()}
        faster, more = alone[PEER].p50 / ours.p50, rates[NO_FILTER] / rates[PEER]
        found.append(Floor(f"{PEER}'s p50 over Footnote's", faster, TIMES_FASTER, at_least=True))
        rated = f"Footnote's searches/s over {PEER}'s, {_TOGETHER} callers"
        found.append(Floor(rated, more, TIMES_RATE, at_least=True))
    return found


def _floors(scale: Scale) -> str:
    return table(("floor", "measured", ""), [floor.row() for floor in floors(scale)])
