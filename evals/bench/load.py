"""A service under four times the load that saturates it, and after it; what a cached answer costs.

The service runs in a process of its own, the load comes from this one. Every query is new to the
answer cache, except where the cache itself is measured. In the middle of the overload a snapshot
is published that holds the same text under another id.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path

from evals.bench.arrivals import Crowd, Outcome, Query, queries, rate_of
from evals.bench.asking import Service, serving
from evals.bench.loadreport import Figures, Rates, report
from evals.bench.mixups import difference, fault
from evals.bench.peers.empty_route import PATH
from evals.bench.process import MeasurementFailed, start
from evals.bench.soaking import Holding, processes, proportional_bytes, watch
from evals.bench.wire import Pool, post
from evals.cases import load_cases
from evals.corpus import Corpus, open_corpus, scope_of
from indexes.catalog import CATALOG_FILE, Catalog
from indexes.embedder import open_embedder
from indexes.errors import UsageError
from indexes.settings import IndexSettings
from indexes.snapshot import SnapshotStore
from indexes.types import EVERYONE
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.types import SourceFile
from service.auth import new_key

_TIMES = 4  # the overload, over the rate that saturates
_CALLERS = 8  # keys among which the load is spread
_LEVELS = (1, 2, 4, 8, 16)  # callers at once, in search of the most answers a second
_LEVEL_SHARE = 1 / 12  # of the seconds of the overload, for each level and each turn of the cache
_TURNS = 3  # of the cached question and the empty route, one after the other
_WARMING = 16
_CALM = 200  # queries, one by one, before and after the overload
_COMPARED = 40  # answers of each snapshot that are asked for again, alone
_SETTLING_SECONDS = 2.0
_WITHOUT_CACHE = {"FOOTNOTE_CACHE_ENTRIES": "0"}
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class _Regrouped:
    """The same corpus, but that one document may also be read by a group that has no member."""

    corpus: Corpus

    @property
    def name(self) -> str:
        return self.corpus.name

    @property
    def location(self) -> str:
        return self.corpus.location

    def files(self) -> Iterator[SourceFile]:
        for number, file in enumerate(self.corpus.files()):
            yield file if number else replace(file, groups=file.groups | {_NOBODY})

    def read(self, file: SourceFile) -> bytes:
        return self.corpus.read(file)


@dataclass(frozen=True, slots=True)
class Collection:
    """What is asked: the published snapshot, and one that is ready to be, over the same text."""

    data_dir: Path
    name: str
    snapshots: tuple[str, str]

    @classmethod
    def of(cls, folder: Path, data_dir: Path) -> "Collection":
        """Index the set's corpus in ``data_dir`` unless it was, and once more to be published."""
        name = folder.resolve().name
        corpus, store = open_corpus(folder, name), SnapshotStore(data_dir, name)
        embedder = open_embedder(IndexSettings.read().embedder)
        with Sandbox() as parser:
            run([corpus], name, data_dir, embedder=embedder, parser=parser)
            other = run(
                [_Regrouped(corpus)],
                name,
                data_dir,
                embedder=embedder,
                parser=parser,
                settings=RunSettings(publish=False),
            )
        current = store.current()
        if current is None or other.snapshot is None:
            raise MeasurementFailed("the two snapshots were not built")
        return cls(data_dir, name, (current, other.snapshot))

    def texts(self) -> dict[str, str]:
        """The text of every document by id."""
        folder = SnapshotStore(self.data_dir, self.name).folder(self.snapshots[0])
        everything = Catalog(folder / CATALOG_FILE).everything()
        return {document.info.id: document.text for document, _ in everything}

    async def publish_other(self) -> None:
        """Publish the second snapshot."""
        await asyncio.to_thread(self._publish)

    def _publish(self) -> None:
        store = SnapshotStore(self.data_dir, self.name)
        with store.lock():
            store.publish(self.snapshots[1])


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, by whom, and for how long. ``seconds`` are those of the overload.

    ``settings`` are environment variables of the service that is asked.
    """

    collection: Collection
    keys: tuple[str, ...]
    calm: tuple[Query, ...]
    fresh: Iterator[Query]
    seconds: float
    soak_minutes: float
    settings: Mapping[str, str] = field(default_factory=dict)


async def measure(plan: Plan, service: Service, empty_port: int) -> Figures:
    """Calm, saturation, overload, calm again, the soak, and the cache beside an empty route."""
    pool = Pool(service.port)
    crowd = Crowd(pool, plan.collection.name, plan.keys)
    await crowd.one_by_one(list(islice(plan.fresh, _WARMING)))
    before = await crowd.one_by_one(plan.calm)
    saturation = {callers: await _answers_a_second(crowd, plan, callers) for callers in _LEVELS}
    rate = _TIMES * max(saturation.values())
    overload = await crowd.arriving(plan.fresh, rate, plan.seconds, plan.collection.publish_other)
    await asyncio.sleep(_SETTLING_SECONDS)
    memory = tuple(proportional_bytes(process) for process in processes(service.pid))
    after = await crowd.one_by_one(plan.calm)
    holding = await _soak(crowd, plan, service, max(saturation.values()) / 2)
    rates = await _cached_beside_empty(plan, crowd, pool, empty_port)
    pool.close()
    return Figures(
        saturation=saturation,
        rate=rate,
        overload=overload,
        before=before,
        after=after,
        rates=rates,
        holding=holding,
        memory=memory,
    )


async def _answers_a_second(crowd: Crowd, plan: Plan, callers: int) -> float:
    seconds = plan.seconds * _LEVEL_SHARE
    outcomes = await crowd.together(plan.fresh, callers, seconds)
    return sum(outcome.reply.answered for outcome in outcomes) / seconds


async def _soak(crowd: Crowd, plan: Plan, service: Service, rate: float) -> Holding | None:
    if not plan.soak_minutes:
        return None
    over = asyncio.Event()
    watching = asyncio.create_task(watch(service.pid, over))
    await crowd.arriving(plan.fresh, rate, plan.soak_minutes * 60)
    over.set()
    return await watching


async def _cached_beside_empty(plan: Plan, crowd: Crowd, pool: Pool, empty_port: int) -> Rates:
    """Requests a second of one question, answered before, and of the empty route, in turns."""
    ask = plan.calm[0].request(plan.collection.name, plan.keys[0])
    nothing, empty = post(PATH, plan.keys[0], {}), Pool(empty_port)
    seconds = plan.seconds * _LEVEL_SHARE
    # Every worker keeps answers of its own: each must have been asked.
    await crowd.together(cycle(plan.calm[:1]), _CALLERS, seconds / 2)
    await rate_of(empty, nothing, 1, seconds / 10)
    cached, bare = [], []
    for _ in range(_TURNS):
        cached.append(await rate_of(pool, ask, _CALLERS, seconds))
        bare.append(await rate_of(empty, nothing, _CALLERS, seconds))
    empty.close()
    return Rates(tuple(cached), tuple(bare))


async def differences(plan: Plan, overload: Sequence[Outcome], port: int) -> tuple[int, list[str]]:
    """Ask some of what was answered under load again, of a service that has nothing else to do.

    How many were compared, and in what they differ.
    """
    answered = [outcome for outcome in overload if outcome.reply.answered]
    by_snapshot: dict[str, list[Outcome]] = {}
    for outcome in answered:
        by_snapshot.setdefault(outcome.reply.json()["snapshot"], []).append(outcome)
    # Spread over the whole time, not the calm beginning.
    chosen = [
        outcome
        for outcomes in by_snapshot.values()
        for outcome in outcomes[:: max(len(outcomes) // _COMPARED, 1)]
    ]
    pool = Pool(port)
    crowd = Crowd(pool, plan.collection.name, plan.keys)
    alone = await crowd.one_by_one([outcome.query for outcome in chosen])
    pool.close()
    found = (difference(loaded, calm) for loaded, calm in zip(chosen, alone, strict=True))
    return len(chosen), [one for one in found if one]


@contextmanager
def _empty_route() -> Iterator[int]:
    """The port of an empty FastAPI route in a process of its own."""
    process = start(["evals.bench.peers.empty_route"], stdout=subprocess.PIPE)
    try:
        if process.stdout is None:
            raise MeasurementFailed("the empty route has no output to tell its port on")
        port = int(process.stdout.readline())
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", PATH, b"{}")
        connection.getresponse().read()
        connection.close()
        yield port
    finally:
        process.terminate()
        process.communicate()


def carry_out(plan: Plan, keys_file: Path) -> Figures:
    """The whole measurement, and whether what was told was right."""
    data_dir = plan.collection.data_dir
    with serving(data_dir, keys_file, plan.settings) as service, _empty_route() as empty_port:
        figures = asyncio.run(measure(plan, service, empty_port))
    texts, snapshots = plan.collection.texts(), plan.collection.snapshots
    judged = (
        fault(outcome, texts, snapshots)
        for outcome in (*figures.before, *figures.overload, *figures.after)
    )
    faults = [one for one in judged if one]
    with serving(data_dir, keys_file, _WITHOUT_CACHE) as alone:
        compared, differing = asyncio.run(differences(plan, figures.overload, alone.port))
    return replace(figures, compared=compared, faults=(*faults, *differing))


def plan_of(folder: Path, data_dir: Path, seconds: float, soak_minutes: float) -> tuple[Plan, str]:
    """What is asked of the set in ``folder``, and a keys file. UsageError without a question."""
    questions = [case.text for case in load_cases(folder)]
    asked = queries(questions)
    if not asked:
        raise UsageError(f"{folder} holds no question to ask")
    groups = scope_of({EVERYONE}).groups
    made = [new_key(f"caller-{n}", groups, front_end=False) for n in range(_CALLERS)]
    calm = min(_CALM, len(questions))
    plan = Plan(
        collection=Collection.of(folder, data_dir),
        keys=tuple(key for key, _ in made),
        calm=tuple(asked[:calm]),
        fresh=cycle(asked[calm:]),
        seconds=seconds,
        soak_minutes=soak_minutes,
    )
    return plan, "\n".join(entry for _, entry in made)


def main(arguments: Sequence[str]) -> int:
    """Print what the service did; 1 where an answer was wrong or a request got none."""
    parser = argparse.ArgumentParser(prog="python -m evals bench load", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="SET", help="queries, qrels and corpus.jsonl")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep the index here")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the overload (default 60)")
    parser.add_argument(
        "--soak", type=float, default=0.0, metavar="MINUTES", help="at half load (default: none)"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes that answer (default 1)")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data_dir = options.data_dir or made / "data"
        plan, entries = plan_of(options.folder, data_dir, options.seconds, options.soak)
        plan = replace(plan, settings={"FOOTNOTE_WORKERS": str(options.workers)})
        keys_file = made / "keys.toml"
        keys_file.write_text(entries, "utf-8")
        figures = carry_out(plan, keys_file)
    print(f"{os.cpu_count()} cores, {options.workers} workers; the load comes from them too.\n")
    sys.stdout.writelines(report(figures))
    return 1 if figures.lost or figures.faults else 0
