"""The measurement of /ask against a real service: what is asked, how often, and what is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.bench.ask import Endpoint, Speeds, main, report, served, take_turns
from evals.bench.contest import Speed, Turn
from evals.bench.process import MeasurementFailed
from indexes.errors import UsageError

# Sixteen to warm the service, and two blocks of one for each number of callers.
QUESTIONS = [f"How deep is the pond number {n % 3}, asked {n} times?" for n in range(16 + 4)]


@pytest.fixture(scope="module")
def question_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "pond"
    folder.mkdir()
    documents = [
        {"id": str(n), "title": "Pond", "text": f"The pond number {n} is {n} metres deep."}
        for n in range(3)
    ]
    questions = [{"id": f"q{n}", "text": text} for n, text in enumerate(QUESTIONS)]
    for name, records in (("corpus", documents), ("queries", questions)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    (folder / "qrels.tsv").write_text("query-id\tdoc-id\tscore\nq0\t0\t1\n")
    return folder


@pytest.fixture(scope="module")
def endpoints(
    question_set: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Endpoint]]:
    with served(question_set, tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture(scope="module")
def speeds(endpoints: list[Endpoint]) -> Speeds:
    return take_turns(endpoints, QUESTIONS, 2)


def test_each_route_is_asked_every_question_once(speeds: Speeds) -> None:
    assert speeds.keys() == {(path, n) for path in ("/ask", "/search") for n in (1, 8)}
    for speed in speeds.values():
        assert [len(turn.milliseconds) for turn in speed.turns] == [1, 1]
        assert speed.latency.p50 > 0


def test_stages_are_those_of_the_route(speeds: Speeds) -> None:
    assert {"embed", "read", "total"} <= speeds["/ask", 1].by_stage.keys()
    total = speeds["/ask", 1].by_stage["total"].p50
    assert 0 < total < speeds["/ask", 1].latency.p50


def test_what_is_refused_is_no_measurement(endpoints: list[Endpoint]) -> None:
    for endpoint in endpoints:
        with pytest.raises(MeasurementFailed, match=f"{endpoint.path} replied 401"):
            replace(endpoint, key="another key").time(QUESTIONS[:2], 2)


def test_the_figures_and_the_limits_are_told(speeds: Speeds) -> None:
    told = "".join(report(speeds))
    for line in ("| /ask | 1 |", "| /search | 8 |", "| read |"):
        assert line in told

    def speed(*milliseconds: float) -> Speed:
        return Speed((Turn(1.0, milliseconds),))

    fast = {("/ask", 1): speed(40.0), ("/ask", 8): speed(320.0), ("/search", 1): speed(10.0)}
    told = "".join(report(fast))
    assert "at most 40 ms: 40.0, reached; 4.00 times that of a search" in told
    assert "at most 8 times that: 8.0, reached" in told
    told = "".join(report(fast | {("/ask", 8): speed(321.0)}))
    assert "8.0, **missed**" in told
    told = "".join(report(fast | {("/ask", 1): speed(41.0)}))
    assert "41.0, **missed**" in told


def test_too_few_questions_are_told(question_set: Path) -> None:
    with pytest.raises(UsageError, match=r"20 questions .* are too few to time; 3 blocks need 22"):
        main([str(question_set), "--blocks", "3"])
