"""What a nightly run costs by what changed: all, nothing, one document in a hundred."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from evals.bench.markdown import table, verdict
from evals.bench.process import MeasurementFailed, ingestion, wait, with_model
from evals.bench.texts import chosen, paragraphs, path_of, write_documents

NOTHING_FLOOR, CHANGED_FLOOR, CHANGED_SHARE = 0.01, 0.03, 0.01  # issue 3
_FULL_FILE = "full.json"


@dataclass(frozen=True, slots=True)
class Cost:
    """One whole run, as a process: seconds, and what its report counted."""

    seconds: float
    cpu_seconds: float
    documents: int
    changed: int
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class Nights:
    """A folder of documents below ``work``, the data directory beside it, and runs over it."""

    work: Path
    model: Path | None

    @property
    def docs(self) -> Path:
        """The source."""
        return self.work / "docs"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.work / "data"

    def run(self) -> Cost:
        """One run; MeasurementFailed where it fails, or a document does."""
        ended = wait(ingestion(self.docs, self.data), with_model(self.model))
        report = ended.report()
        if report["failures"]:
            raise MeasurementFailed(f"documents failed: {report['failures'][:3]}")
        documents, chunks = report["documents"], report["chunks"]
        return Cost(
            ended.seconds,
            ended.cpu_seconds,
            documents["seen"],
            documents["added"] + documents["changed"] + documents["deleted"],
            chunks["total"],
            chunks["embedded"],
        )

    def full(self, folders: Sequence[Path], documents: int) -> Cost:
        """The first run over new documents, or what it cost when it was measured before."""
        kept = self.work / _FULL_FILE
        if kept.exists():
            cost = Cost(**json.loads(kept.read_text("utf-8")))
            if cost.documents != documents:
                raise MeasurementFailed(
                    f"{self.work} holds {cost.documents} documents, not {documents}; "
                    "name another --work folder"
                )
            return cost
        write_documents(self.docs, paragraphs(folders), documents)
        cost = self.run()
        kept.write_text(json.dumps(asdict(cost)), "utf-8")
        return cost

    def change(self, documents: int, night: str) -> int:
        """Add a sentence to one document in a hundred; how many those are."""
        numbers = chosen(documents, CHANGED_SHARE, night)
        for number in numbers:
            with (self.docs / path_of(number)).open("a", encoding="utf-8") as file:
                file.write(f"\nSince the night {night} the register counts {number} entries.\n")
        return len(numbers)


def measure(
    nights: Nights, folders: Sequence[Path], documents: int, rounds: int
) -> dict[str, list[Cost]]:
    """A full run, then ``rounds`` times a run with nothing changed and one with a hundredth."""
    resumed = nights.data.exists()
    costs: dict[str, list[Cost]] = {"all": [nights.full(folders, documents)], "none": [], "1 %": []}
    if resumed:
        nights.run()  # a measurement that was cut off may have left changes
    for _ in range(rounds):
        costs["none"].append(nights.run())
        changed = nights.change(documents, night=f"of {_size(nights)} bytes")
        costs["1 %"].append(nights.run())
        _check(costs["none"][-1], 0)
        _check(costs["1 %"][-1], changed)
    return costs


def _size(nights: Nights) -> int:
    return sum(file.stat().st_size for file in nights.docs.rglob("*.md"))


def _check(cost: Cost, changed: int) -> None:
    if cost.changed != changed:
        raise MeasurementFailed(f"{changed} documents changed, the run says {cost.changed}")


def report(costs: dict[str, list[Cost]]) -> str:
    """Medians of each kind of run, and their shares of the full one."""
    (full,) = costs["all"]
    floors = {"none": NOTHING_FLOOR, "1 %": CHANGED_FLOOR}
    rows = []
    for kind, runs in costs.items():
        seconds = median(run.seconds for run in runs)
        share = seconds / full.seconds
        floor = ""
        if kind in floors:
            floor = f"at most {floors[kind]:.0%}: {verdict(reached=share <= floors[kind])}"
        rows.append(
            [
                kind,
                str(len(runs)),
                f"{runs[-1].documents} documents, {runs[-1].chunks} chunks",
                f"{median(run.embedded for run in runs):g}",
                f"{seconds:.2f}",
                f"{median(run.cpu_seconds for run in runs):.2f}",
                f"{share:.2%}",
                floor,
            ]
        )
    header = ("changed", "runs", "over", "embedded", "seconds", "processor", "of a full run")
    return table((*header, "floor"), rows)


def main(arguments: Sequence[str]) -> int:
    """Print what runs cost, each measured as a whole process from start to end."""
    parser = argparse.ArgumentParser(prog="python -m evals bench changes", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="question sets with corpus.jsonl")
    parser.add_argument("--documents", type=int, default=20_000, help="default 20000")
    parser.add_argument("--rounds", type=int, default=3, help="of changes (default 3)")
    parser.add_argument("--embedder", type=Path, metavar="DIR", help="default: the built-in model")
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="keep all here, and go on from it the next time"
    )
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nights = Nights(work, options.embedder)
        costs = measure(nights, options.folders, options.documents, options.rounds)
    print(report(costs), end="")
    return 0
