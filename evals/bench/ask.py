"""What an extractive answer costs over HTTP, beside the search that it begins with.

The service runs as operators run it, in a process of its own; `/ask` and `/search` take turns at
each block of questions, so that what else the machine does slows both alike. Every question is put
to `/ask` once, so that none is answered from a cache.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from time import perf_counter
from typing import Any

from evals.bench.asking import serving
from evals.bench.contest import CALLERS, K, Speed, Turn, blocks_of
from evals.bench.markdown import table, verdict
from evals.bench.process import MeasurementFailed
from evals.cases import load_cases
from evals.corpus import open_corpus, scope_of
from indexes.embedder import open_embedder
from indexes.errors import UsageError
from indexes.settings import IndexSettings
from indexes.types import EVERYONE
from ingestion import pipeline
from ingestion.sandbox import Sandbox
from service.auth import new_key

_ALONE, _TOGETHER = CALLERS
_WARMING = 16  # questions before anything is timed: caches, threads and lazy imports
_TIMEOUT_SECONDS = 60.0
# Here it is measured how long an answer takes, not when the service turns somebody away.
_PATIENT = {"FOOTNOTE_WAIT_SECONDS": "60"}
# The median of one caller on two cores, and how many times that the 95th percentile of
# eight callers may be.
_LIMIT_MS, _LIMIT_TIMES = 40.0, 8.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route of a running service, asked over connections that stay open, one for each caller."""

    path: str
    port: int
    key: str
    collection: str

    def time(self, questions: Sequence[str], callers: int) -> Turn:
        """Ask all questions, ``callers`` at a time; MeasurementFailed where one is refused."""
        held = local()
        with ExitStack() as connections, ThreadPoolExecutor(callers) as threads:

            def ask(question: str) -> tuple[float, dict[str, float]]:
                if not hasattr(held, "connection"):
                    opened = HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
                    held.connection = connections.enter_context(closing(opened))
                began = perf_counter()
                reply = self._ask(held.connection, question)
                return (perf_counter() - began) * 1000, reply.get("timings_ms", {})

            began = perf_counter()
            asked = list(threads.map(ask, questions))
            seconds = perf_counter() - began
        return Turn(seconds, tuple(taken for taken, _ in asked), tuple(told for _, told in asked))

    def _ask(self, connection: HTTPConnection, question: str) -> dict[str, Any]:
        body: dict[str, Any] = {"collection": self.collection}
        if self.path == "/ask":
            body |= {"question": question}
        else:
            body |= {"query": question, "k": K}
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", self.path, json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != HTTPStatus.OK:
            raise MeasurementFailed(f"{self.path} replied {response.status}: {content[:500]!r}")
        reply: dict[str, Any] = json.loads(content)
        return reply


Speeds = dict[tuple[str, int], Speed]


def take_turns(endpoints: Sequence[Endpoint], questions: Sequence[str], blocks: int) -> Speeds:
    """Each endpoint alone over one half of the questions, and by many callers over the other.

    The first questions warm the service and are not timed.
    """
    for endpoint in endpoints:
        endpoint.time(questions[:_WARMING], _TOGETHER)
    turns: dict[tuple[str, int], list[Turn]] = {}
    for number, block in enumerate(blocks_of(questions[_WARMING:], blocks)):
        parts = {_ALONE: block[::2], _TOGETHER: block[1::2]}
        # Each block begins with another endpoint.
        for place in range(len(endpoints)):
            endpoint = endpoints[(place + number) % len(endpoints)]
            for callers, part in parts.items():
                taken = endpoint.time(part, callers)
                turns.setdefault((endpoint.path, callers), []).append(taken)
    return {name: Speed(tuple(taken)) for name, taken in turns.items()}


@contextmanager
def served(folder: Path, data_dir: Path) -> Iterator[list[Endpoint]]:
    """Both routes of a service over the set's corpus, indexed in ``data_dir`` unless it was."""
    name = folder.resolve().name
    with Sandbox() as parser:
        pipeline.run(
            [open_corpus(folder, name)],
            name,
            data_dir,
            embedder=open_embedder(IndexSettings.read().embedder),
            parser=parser,
        )
    key, entry = new_key("asker", scope_of({EVERYONE}).groups, front_end=False)
    with tempfile.TemporaryDirectory() as made:
        keys_file = Path(made) / "keys.toml"
        keys_file.write_text(entry, "utf-8")
        with serving(data_dir, keys_file, _PATIENT) as service:
            yield [Endpoint(path, service.port, key, name) for path in ("/ask", "/search")]


def report(speeds: Speeds) -> Iterator[str]:
    """The routes, the stages of `/ask`, and whether the limits of issue 5 were kept."""
    rows = [
        [
            path,
            str(callers),
            f"{speed.latency.p50:.1f}",
            f"{speed.latency.p95:.1f}",
            f"{speed.per_second:.1f}",
            str(sum(len(turn.milliseconds) for turn in speed.turns)),
        ]
        for (path, callers), speed in sorted(speeds.items())
    ]
    yield table(("route", "callers", "p50, ms", "p95, ms", "a second", "questions"), rows)
    stages = speeds["/ask", _ALONE].by_stage
    yield "\n" + table(
        ("stage of /ask, one caller", "p50, ms", "p95, ms"),
        [[name, f"{taken.p50:.2f}", f"{taken.p95:.2f}"] for name, taken in stages.items()],
    )
    alone, together = speeds["/ask", _ALONE].latency, speeds["/ask", _TOGETHER].latency
    floor = speeds["/search", _ALONE].latency
    times = together.p95 / alone.p50
    yield (
        f"\np50 of one caller at most {_LIMIT_MS:.0f} ms: {alone.p50:.1f}, "
        f"{verdict(reached=alone.p50 <= _LIMIT_MS)}; {alone.p50 / floor.p50:.2f} times that of a "
        f"search.\np95 of {_TOGETHER} callers at most {_LIMIT_TIMES:.0f} times that: {times:.1f}, "
        f"{verdict(reached=times <= _LIMIT_TIMES)}\n"
    )


def _questions(folder: Path, count: int, blocks: int) -> list[str]:
    """UsageError where there are too few to give every block one for each number of callers."""
    questions = [case.text for case in load_cases(folder)][:count]
    least = _WARMING + len(CALLERS) * blocks
    if len(questions) < least:
        raise UsageError(
            f"{len(questions)} questions of {folder} are too few to time; {blocks} blocks need "
            f"{least}"
        )
    return questions


def main(arguments: Sequence[str]) -> int:
    """Print how long answers and searches took, by one caller and by several."""
    parser = argparse.ArgumentParser(prog="python -m evals bench ask", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="SET", help="queries, qrels and corpus.jsonl")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="keep the index here")
    parser.add_argument("--questions", type=int, default=400, metavar="N", help="default 400")
    parser.add_argument("--blocks", type=int, default=8, help="turns of each route (default 8)")
    options = parser.parse_args(arguments)
    questions = _questions(options.folder, options.questions, options.blocks)
    with ExitStack() as stack:
        data_dir = options.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        endpoints = stack.enter_context(served(options.folder, data_dir))
        speeds = take_turns(endpoints, questions, options.blocks)
    print(f"{os.cpu_count()} cores; the caller runs on them too.\n")
    sys.stdout.writelines(report(speeds))
    return 0
