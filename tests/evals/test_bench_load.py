"""The measurement of load against a real service, and what is told of made-up figures."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from evals.bench.arrivals import Outcome, Query, queries
from evals.bench.load import carry_out, main, plan_of
from evals.bench.loadreport import Figures, Rates, report
from evals.bench.mixups import difference, fault
from evals.bench.soaking import Holding, Sample, processes, sample, watch
from evals.bench.wire import BROKEN, HUNG, Pool, Reply, post
from indexes.errors import UsageError
from tests.service.server import eventually

PONDS = 12
MIB = 2**20


@pytest.fixture(scope="module")
def question_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "pond"
    folder.mkdir()
    documents = [
        {"id": str(n), "title": f"Pond {n}", "text": f"The pond number {n} is {n + 2} metres deep."}
        for n in range(PONDS)
    ]
    asked = [{"id": f"q{n}", "text": f"How deep is the pond number {n}?"} for n in range(PONDS)]
    for name, records in (("corpus", documents), ("queries", asked)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    (folder / "qrels.tsv").write_text("query-id\tdoc-id\tscore\nq0\t0\t1\n")
    return folder


@pytest.fixture(scope="module")
def figures(question_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    made = tmp_path_factory.mktemp("load")
    plan, entries = plan_of(question_set, made / "data", seconds=1.0, soak_minutes=0.02)
    (made / "keys.toml").write_text(entries)
    return carry_out(plan, made / "keys.toml")


def test_every_request_of_an_overload_is_accounted_for(figures: Figures) -> None:
    statuses = {outcome.reply.status for outcome in figures.overload}
    assert 200 in statuses
    assert statuses <= {200, 429, 503}
    assert figures.lost == 0
    assert figures.faults == ()
    assert figures.compared > 0
    assert figures.rate == pytest.approx(4 * max(figures.saturation.values()))


def test_a_snapshot_is_published_midway_and_the_cache_answers_only_where_it_is_measured(
    figures: Figures,
) -> None:
    def snapshots(outcomes: Any) -> set[str]:
        return {o.reply.json()["snapshot"] for o in outcomes if o.reply.answered}

    (first,), (second,) = snapshots(figures.before), snapshots(figures.after)
    assert first != second
    assert snapshots(figures.overload) <= {first, second}
    assert first in snapshots(figures.overload)
    calm = (*figures.before, *figures.after)
    assert not any("cached" in outcome.reply.json() for outcome in calm)
    assert [o.query for o in figures.before] == [o.query for o in figures.after]


def test_the_cache_stands_beside_an_empty_route_and_the_soak_is_sampled(figures: Figures) -> None:
    assert min(*figures.rates.cached, *figures.rates.empty) > 0
    assert figures.holding is not None
    assert figures.holding.early("resident") > MIB
    assert figures.holding.late("threads") >= 1


QUERY = Query("How deep?", 8, "strict")
TEXTS = {"a": "It is deep."}
ANSWER: dict[str, Any] = {
    "question": "How deep?",
    "snapshot": "s1",
    "answer": "It is deep.",
    "citations": [{"document_id": "a", "start": 6, "end": 10, "quote": "deep"}],
    "request_id": "1",
}


def outcome(status: int = 200, seconds: float = 0.1, **fields: Any) -> Outcome:
    headers = {"retry-after": "1"} if status in {429, 503} else {}
    body = json.dumps(ANSWER | fields).encode()
    return Outcome(QUERY, Reply(status, headers, body, seconds))


def test_a_right_answer_and_a_polite_refusal_are_no_fault() -> None:
    for right in (outcome(), outcome(429), outcome(503)):
        assert fault(right, TEXTS, {"s1"}) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (outcome(500), "status 500"),
        (outcome(HUNG), "status -1"),
        (Outcome(QUERY, Reply(429, {}, b"", 0.1)), "without Retry-After"),
        (outcome(question="How wide?"), "was answered as 'How wide\\?'"),
        (outcome(snapshot="s2"), "never published"),
        (
            outcome(citations=[{"document_id": "a", "start": 5, "end": 9, "quote": "deep"}]),
            "not the words of a",
        ),
        (
            outcome(citations=[{"document_id": "b", "start": 6, "end": 10, "quote": "deep"}]),
            "not the words of b",
        ),
    ],
)
def test_a_wrong_or_mixed_reply_is_a_fault(wrong: Outcome, told: str) -> None:
    found = fault(wrong, TEXTS, {"s1"})
    assert found is not None
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(found)


def test_two_answers_to_one_query_differ_in_nothing_but_what_passes() -> None:
    assert difference(outcome(), outcome(snapshot="s2", request_id="2", cached="exact")) is None
    assert difference(outcome(cached="similar"), outcome(answer="It is wide.")) is None
    found = difference(outcome(), outcome(answer="It is wide."))
    assert found is not None
    assert "answer differ" in found


def test_no_query_comes_twice_and_no_question_twice_in_a_row() -> None:
    made = queries(["a", "b"])
    assert len(set(made)) == len(made) == 44
    assert all(first.question != second.question for first, second in pairwise(made))
    assert made[0] == Query("a", 8, "strict")


def test_goals_are_held_to_what_was_measured() -> None:
    good = Figures(
        saturation={1: 10.0},
        rate=40.0,
        overload=[outcome(), outcome(429, 0.2), outcome(503, 0.99)],
        before=[outcome(seconds=0.100)],
        after=[outcome(seconds=0.110)],
        rates=Rates((50.0, 60.0), (100.0, 100.0)),
        holding=Holding([Sample(100 * MIB, 10, 5)] * 20),
        compared=7,
    )
    told = "".join(report(good))
    assert "**missed**" not in told
    assert "Memory after" not in told
    for line in ("| answered | 1 | 100 |", "| 503, no room for all | 1 | 990 |", "| 0.55 (55"):
        assert line in told
    several = "".join(report(replace(good, memory=(120 * MIB, 60 * MIB, 70 * MIB))))
    assert "MiB: parent 120, workers 60, 70; together 250" in several
    growing = [Sample(n * MIB, n, n) for n in range(100, 120)]
    bad = replace(
        good,
        overload=[outcome(seconds=1.01), outcome(HUNG), outcome(BROKEN)],
        after=[outcome(seconds=0.111)],
        rates=Rates((49.0,), (100.0,)),
        holding=Holding(growing),
        faults=("a mixed answer",),
    )
    told = "".join(report(bad))
    assert told.count("**missed**") == 8
    # The 20 samples in tenths, each by its median.
    assert "| 1 | 100.5 | 100 | 100 |" in told
    assert "| 10 | 118.5 | 118 | 118 |" in told
    assert "wrong: a mixed answer" in told


def test_a_service_is_watched_with_all_its_processes_until_the_end() -> None:
    # Other tests of this process may have left some at work.
    before = set(processes(os.getpid()))
    mine = sample(os.getpid())
    assert mine.resident > MIB
    assert mine.files >= 3
    assert mine.threads >= 1

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert set(processes(os.getpid())) - before == {child.pid}
        eventually(lambda: sample(child.pid).resident > MIB)
        together = sample(os.getpid())
        assert together.resident > mine.resident
        assert together.files >= mine.files + sample(child.pid).files
        assert together.threads > mine.threads
        child.communicate(b"\n")

    async def run() -> Holding:
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, over.set)
        return await watch(os.getpid(), over)

    assert len(asyncio.run(run()).samples) == 2


@pytest.fixture
def closing_server() -> Iterator[int]:
    """Answers each connection once, in two parts, and closes it; the third it drops at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for number in range(3):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    if number < 2:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}")
                        connection.sendall(b"  ")

        thread = Thread(target=serve)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


def test_a_connection_that_was_closed_while_idle_is_replaced(closing_server: int) -> None:
    async def run() -> list[Reply]:
        pool = Pool(closing_server)
        return [await pool.ask(post("/", "key", {})) for _ in range(3)]

    first, second, third = asyncio.run(run())
    assert first.json() == second.json() == {}
    assert first.headers == {"content-length": "4"}
    assert third.status == BROKEN


def test_a_set_without_questions_is_told(question_set: Path, tmp_path: Path) -> None:
    for name in ("corpus.jsonl", "qrels.tsv"):
        (tmp_path / name).write_bytes((question_set / name).read_bytes())
    (tmp_path / "queries.jsonl").write_text("")
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\tscore\n")
    with pytest.raises(UsageError, match="holds no question"):
        main([str(tmp_path)])
