"""Runs killed at random instants: what is published stays whole, and the next run completes."""

import argparse
import os
import random
import re
import select
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import monotonic

from evals.bench.markdown import table, verdict
from evals.bench.nightly import change
from evals.bench.process import COLLECTION, MeasurementFailed, ingestion, start, with_model
from evals.bench.published import Published, read_published
from indexes.embedder import Embedder, open_embedder
from indexes.snapshot import SnapshotStore
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.settings import IngestionSettings
from ingestion.sources import FolderSource
from ingestion.types import Parser

LEAST_COSINE = 0.9999  # issue 3
SEED = 2003
_STAGE = re.compile(rb"stage (\w+)")
_STARTING = "starting"
_MODELS_FOLDER = "models"
_BOTH = ("killed", "undisturbed")
_UNIFORM = 0.5  # of the kills fall uniformly in time
_BEYOND = 1.1  # of what a stage took once: its end must be reached on a busy machine, too
_NEVER = 3600.0  # seconds; a run is over long before


@dataclass(frozen=True, slots=True)
class Kill:
    """One attempt: the last stage that had begun, and whether the run was still going."""

    stage: str
    killed: bool


@dataclass(slots=True)
class Tally:
    """What came of all kills."""

    stages: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    embedded: int = 0
    least_cosine: float = 1.0

    def count(self, kill: Kill, *, published: bool) -> None:
        """Take in one attempt, and whether its snapshot was out by then."""
        if kill.killed:
            self.stages[kill.stage] += 1
            self.published[kill.stage] += published
        else:
            self.ended += 1


@dataclass(slots=True)
class Observed:
    """A run that was watched until a moment came, or it ended: when each stage began, by name."""

    process: "subprocess.Popen[bytes]"
    stages: dict[str, float]
    said: bytes = b""

    @property
    def last(self) -> str:
        """The stage that had begun last."""
        return list(self.stages)[-1]


def observe(
    command: Sequence[str], environment: Mapping[str, str], after: str, seconds: float
) -> Observed:
    """Start a run and watch it, at most until so many seconds after the begin of a stage."""
    process = start(command, environment, stderr=subprocess.PIPE)
    if process.stderr is None:
        raise ValueError("the run was started with a pipe")
    run = Observed(process, {_STARTING: monotonic()})
    while True:
        left = max(0.0, run.stages[after] + seconds - monotonic()) if after in run.stages else None
        if not select.select([process.stderr], [], [], left)[0]:
            return run
        part = os.read(process.stderr.fileno(), 1 << 16)
        if not part:
            return run
        run.said += part
        for stage in _STAGE.findall(run.said):
            run.stages.setdefault(stage.decode(), monotonic())


def interrupt(
    command: Sequence[str], environment: Mapping[str, str], after: str, seconds: float
) -> Kill:
    """Start a run and kill it so many seconds after the begin of a stage.

    MeasurementFailed where it ended before, otherwise than well.
    """
    run = observe(command, environment, after, seconds)
    run.process.kill()
    run.process.communicate()
    ended = run.process.returncode
    if ended not in {0, -signal.SIGKILL}:
        said = run.said.decode(errors="replace")[-2000:]
        raise MeasurementFailed(f"a run ended with {ended}: {said}")
    return Kill(run.last, killed=ended != 0)


def durations(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds between the begins of the stages of one whole run, by the earlier one."""
    run = observe(command, environment, _STARTING, _NEVER)
    run.process.communicate()
    begins = [*run.stages.values(), monotonic()]
    return dict(zip(run.stages, (end - begin for begin, end in pairwise(begins)), strict=True))


def instant(stages: Mapping[str, float], chance: random.Random) -> tuple[str, float]:
    """A random moment: a stage, and seconds after its begin.

    Half of them fall uniformly in time; the others first choose a stage, as some are very short.
    """
    names = list(stages)
    weights = list(stages.values()) if chance.random() < _UNIFORM else None
    stage = chance.choices(names, weights)[0]
    return stage, chance.uniform(0, stages[stage] * _BEYOND)


@dataclass(frozen=True, slots=True)
class Nights:
    """One folder of documents and two collections of it: runs over ``killed`` are killed."""

    work: Path
    embedder: Embedder
    parser: Parser
    settings: RunSettings
    random: random.Random

    @property
    def docs(self) -> Path:
        """The source of both."""
        return self.work / "docs"

    @property
    def models(self) -> Path:
        """What the embedder becomes here is settled once, for all runs."""
        return self.work / _MODELS_FOLDER

    def data(self, name: str) -> Path:
        """The data directory of one of the two."""
        return self.work / name

    def run(self, name: str) -> int:
        """A run that nobody kills; how many passages it embedded."""
        report = run(
            [FolderSource(self.docs)],
            COLLECTION,
            self.data(name),
            embedder=self.embedder,
            parser=self.parser,
            settings=self.settings,
        )
        if report.failures or report.refused:
            raise MeasurementFailed(f"a run failed: {report.failures} {report.refused}")
        return report.chunks.embedded

    def published(self, name: str) -> Published:
        """What is published of one of the two, verified."""
        return read_published(self.data(name), COLLECTION)


def kill_often(nights: Nights, kills: int, command: Sequence[str], model: Path | None) -> Tally:
    """So many kills, a changed source before each; MeasurementFailed with the first harm done."""
    tally = Tally()
    environment = with_model(model) | {"FOOTNOTE_EMBEDDER_CACHE": str(nights.models)}
    for name in _BOTH:
        nights.run(name)
    change(nights.docs, 0, nights.random)
    stages = durations(command, environment)
    nights.run("undisturbed")
    night = 0
    while tally.stages.total() < kills:
        night += 1
        change(nights.docs, night, nights.random)
        before = nights.published("killed")
        nights.run("undisturbed")
        expected = nights.published("undisturbed")
        kill = interrupt(command, environment, *instant(stages, nights.random))
        after = nights.published("killed")
        _check_whole(night, kill, before, after, expected)
        tally.embedded += nights.run("killed")
        completed = nights.published("killed")
        _check_complete(night, kill, completed, expected)
        tally.count(kill, published=after.snapshot != before.snapshot)
        tally.least_cosine = min(tally.least_cosine, completed.least_cosine(expected))
        _prune(nights)
    return tally


def _check_whole(
    night: int, kill: Kill, before: Published, after: Published, expected: Published
) -> None:
    if after.snapshot == before.snapshot:
        return
    if not after.says_the_same(expected):
        raise MeasurementFailed(f"night {night}, killed at {kill.stage}: a mixture was published")


def _check_complete(night: int, kill: Kill, completed: Published, expected: Published) -> None:
    if not completed.says_the_same(expected):
        raise MeasurementFailed(f"night {night}, killed at {kill.stage}: the next run differs")
    cosine = completed.least_cosine(expected)
    if cosine < LEAST_COSINE:
        raise MeasurementFailed(f"night {night}, killed at {kill.stage}: a cosine is {cosine:.6f}")


def _prune(nights: Nights) -> None:
    for name in _BOTH:
        store = SnapshotStore(nights.data(name), COLLECTION)
        with store.lock():
            store.prune(2)


def report(tally: Tally) -> str:
    """Where the kills fell, and what came of them."""
    total = tally.stages.total()
    rows = [
        [stage, str(count), str(tally.published[stage])]
        for stage, count in tally.stages.most_common()
    ]
    rows.append(["all", str(total), str(tally.published.total())])
    reached = verdict(reached=tally.least_cosine >= LEAST_COSINE)
    facts = [
        ["published snapshot opened and verified after", f"{total} of {total} kills"],
        ["next run equal to an undisturbed one in ids, texts, permissions", f"{total} of {total}"],
        [
            "least cosine of a vector to the undisturbed one",
            f"{tally.least_cosine:.6f} ({reached})",
        ],
        ["passages that the next runs had still to embed", str(tally.embedded)],
        ["runs that ended before their kill (not counted)", str(tally.ended)],
    ]
    stages = table(("killed after the begin of", "kills", "already published"), rows)
    return "\n".join([stages, table(("what came of it", ""), facts)])


def main(arguments: Sequence[str]) -> int:
    """Print the stages that the kills fell into; fail with the first harm that one does."""
    parser = argparse.ArgumentParser(prog="python -m evals bench kills", description=__doc__)
    parser.add_argument("folder", type=Path, help="documents, with some Markdown (sample/docs)")
    parser.add_argument("--kills", type=int, default=200, help="default 200")
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    parser.add_argument("--embedder", type=Path, metavar="DIR", help="default: the built-in model")
    options = parser.parse_args(arguments)
    model = {"embedder_model": str(options.embedder)} if options.embedder else {}
    with tempfile.TemporaryDirectory() as made, ExitStack() as parts:
        work = Path(made)
        settings = IngestionSettings.read(**model, embedder_cache=work / _MODELS_FOLDER)
        sandbox = parts.enter_context(Sandbox(workers=settings.parsers))
        shutil.copytree(options.folder, work / "docs")
        nights = Nights(
            work,
            open_embedder(settings.embedder),
            sandbox,
            RunSettings(threads=settings.parsers, page_dpi=settings.page_dpi),
            # A measurement that can be repeated, and no secret.
            random.Random(options.seed),  # noqa: S311
        )
        command = ingestion(work / "docs", nights.data("killed"))
        tally = kill_often(nights, options.kills, command, options.embedder)
    print(report(tally), end="")
    return 0
