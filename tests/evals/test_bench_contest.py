"""Contestants in turns: the lines of JSON between processes, times, ratios, floors, the chart."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from evals.bench import floor, retrieval
from evals.bench.chart import Panel, draw
from evals.bench.contest import (
    Built,
    Entrant,
    Player,
    Speed,
    Speeds,
    Turn,
    blocks_of,
    hold,
)
from evals.bench.contestant import Found, Given, timed
from evals.bench.dialogue import PartnerEnded
from evals.bench.floor import Machine, Work
from evals.bench.peers.llamaindex import LlamaIndex
from evals.bench.process import MeasurementFailed
from evals.bench.standings import Standing, panels, report
from evals.bootstrap import Estimate
from evals.cases import Half
from evals.metrics import Percentiles
from indexes.errors import UsageError
from tests.evals.test_run import QUERIES, RECORDS, write_set
from tests.evals.word_contestant import LAST_WORDS

WORDS = Entrant("words", "Words", "tests.evals.word_contestant", encodes=False)
PEERS = "evals.bench.peers"


@pytest.fixture
def given(tmp_path: Path) -> Given:
    folder = write_set(tmp_path / "set")
    passages = tmp_path / "passages.jsonl"
    lines = [{"document": name, "text": f"{title}\n{text}"} for name, title, text in RECORDS]
    passages.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return Given(folder / "corpus.jsonl", passages)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    return folder


def test_a_process_builds_opens_finds_and_is_timed(given: Given, folder: Path) -> None:
    with Player(WORDS, given, folder) as player:
        built = player.build()
        assert built.chunks == len(RECORDS)
        assert built.seconds > 0
    with Player(WORDS, given, folder) as player:
        assert player.open() > 0
        found = player.find(["stone ovens steam Thursday", "350 xe máy"], 3)
        assert [names[0] for names in found] == ["ovens", "gui-xe"]
        assert {len(names) for names in found} == {3}
        for callers in (1, 8):
            turn = player.time(["ovens"] * 20, callers)
            assert len(turn.milliseconds) == 20
            assert 0 < min(turn.milliseconds) / 1000 < turn.seconds
            assert {told["words"] for told in turn.stages} == {0.25}
            assert {told["process"] for told in turn.stages} != {0.0}
        now, most = player.resident()
        assert 1_000_000 < now <= most


def test_a_process_that_ends_says_why(given: Given, folder: Path) -> None:
    with Player(WORDS, given, folder) as player:
        player.build()
        player.open()
        with pytest.raises(PartnerEnded, match=f"(?s)ended with 1: .*{LAST_WORDS}"):
            player.find([LAST_WORDS], 1)
        with pytest.raises(PartnerEnded, match=LAST_WORDS):
            player.find(["again"], 1)


@pytest.mark.parametrize(("module", "library"), [("haystack", "haystack"), ("txtai", "txtai")])
def test_a_peer_without_its_library_says_what_is_missing(
    module: str, library: str, given: Given, folder: Path
) -> None:
    if find_spec(library) is not None:
        pytest.skip(f"{library} is installed")
    entrant = Entrant(module, module, f"{PEERS}.{module}_hybrid")
    with (
        Player(entrant, given, folder) as player,
        pytest.raises(PartnerEnded, match=f"No module named '{library}'"),
    ):
        player.build()


@pytest.mark.parametrize("name", ["rank_bm25", "bm25s"])
def test_bm25_alone_finds_and_is_read_again(name: str, given: Given, folder: Path) -> None:
    entrant = Entrant(name, name, f"{PEERS}.{name}_alone")
    with Player(entrant, given, folder) as player:
        assert player.build().chunks == len(RECORDS)
    with Player(entrant, given, folder) as player:
        player.open()
        (found,) = player.find(["ovens cleaned with steam every Thursday"], 4)
        assert (found[0], len(found)) == ("ovens", 4)


def test_llamaindex_saves_what_it_loads(given: Given, folder: Path) -> None:
    pipeline = LlamaIndex()
    assert pipeline.build(given, folder) == len(RECORDS)
    question = "When are the stone ovens cleaned?"
    before = pipeline.search(question, 5)
    assert before.documents[0] == "ovens"
    pipeline.open(given, folder)
    assert pipeline.search(question, 5) == before
    vectors = np.eye(384, dtype=np.float32)[: len(RECORDS)]
    np.save(folder / "vectors.npy", vectors)
    again = LlamaIndex()
    replicated = Given(given.documents_file, given.passages_file, folder / "vectors.npy")
    assert again.build(replicated, folder) == len(RECORDS)
    lexical = again.search("stone ovens steam Thursday evening", 3).documents
    assert "ovens" in lexical


class InTurn:
    """Writes down when it is asked."""

    def __init__(self, name: str, asked: list[tuple[str, int, int]]) -> None:
        self.name = name
        self._asked = asked

    def time(self, questions: Sequence[str], callers: int) -> Turn:
        self._asked.append((self.name, callers, len(questions)))
        return Turn(2.0, (1.0,) * len(questions))


def test_all_take_their_turns_at_a_block_and_another_begins_each() -> None:
    asked: list[tuple[str, int, int]] = []
    blocks = blocks_of([str(n) for n in range(7)], 3)
    assert blocks == [["0", "3", "6"], ["1", "4"], ["2", "5"]]
    speeds = hold([InTurn("a", asked), InTurn("b", asked)], blocks)
    warming, turns = asked[:4], asked[4:]
    assert [name for name, *_ in warming] == ["a", "a", "b", "b"]
    assert [name for name, callers, _ in turns if callers == 1] == ["a", "b", "b", "a", "a", "b"]
    assert [size for name, callers, size in turns if (name, callers) == ("b", 8)] == [3, 2, 2]
    assert len(speeds["a"][8].turns) == 3
    assert speeds["a"][1].per_second == 7 / 6.0


def test_fewer_questions_than_blocks_leave_no_empty_block() -> None:
    assert blocks_of(["a", "b"], 5) == [["a"], ["b"]]


def test_a_speed_is_of_all_turns() -> None:
    stages = ({"dense": 1.0, "total": 3.0}, {"dense": 2.0, "total": 5.0})
    speed = Speed((Turn(1.0, tuple(float(n) for n in range(1, 51)), stages), Turn(3.0, (101.0,))))
    assert speed.latency == Percentiles(26.0, 48.5)
    assert speed.per_second == 51 / 4
    assert speed.by_stage["dense"] == Percentiles(1.5, 1.95)
    assert speed.by_stage["total"].p50 == 4.0


def test_several_callers_ask_at_once() -> None:
    from threading import Barrier  # noqa: PLC0415

    class Together:
        def __init__(self) -> None:
            self._all_there = Barrier(8, timeout=20)

        def build(self, given: Given, folder: Path) -> int:
            raise NotImplementedError

        def open(self, given: Given, folder: Path) -> None:
            raise NotImplementedError

        def search(self, question: str, k: int) -> Found:
            self._all_there.wait()  # breaks, and so fails, unless eight are here
            return Found([question] * k)

    assert len(timed(Together(), ["?"] * 16, 1, 8)["milliseconds"]) == 16


def test_the_work_of_a_search_is_counted() -> None:
    # 10,616,832 weights are multiplied with and added for each token, four at once.
    assert floor.encoding(10) == Work(10_616_832, 2 * 10_616_832 * 10 / 4)
    assert floor.exact_pass(1000, 384) == Work(1_536_000, 768_000)
    assert floor.postings(50) == Work(400, 50)
    both = floor.exact_pass(1000, 384) + floor.postings(50)
    assert both == Work(1_536_400, 768_050)
    assert str(Work(1_536_400, 999)) == "1.5 MB, 999.0 op"
    assert str(Work(12e9, 4000)) == "12.0 GB, 4.0 kop"
    machine = Machine(bytes_per_second=1e9, operations_per_second=1e8)
    assert Work(2e6, 1e3).milliseconds(machine) == 2.0
    assert Work(2e6, 1e6).milliseconds(machine) == 10.0


def test_postings_are_of_the_distinct_terms_of_a_question() -> None:
    passages = ["the pond is deep", "a deep deep pond", "trains"]
    assert floor.mean_postings(["deep deep pond", "trains and ships"], passages, "en") == 2.5


def test_the_machine_is_measured() -> None:
    machine = floor.measure()
    assert 1e8 < machine.bytes_per_second < 1e13
    assert 1e8 < machine.operations_per_second < 1e15


def standing(title: str, quality: float, ms: float, rate: float) -> Standing:
    speeds: Speeds = {
        1: Speed((Turn(1.0, (ms, ms)),)),
        8: Speed((Turn(1.0, (2 * ms,) * int(rate)),)),
    }
    estimate = Estimate(quality, quality - 0.1, quality + 0.1, 40)
    built = Built(300, 20.0 * ms)
    work = Work(2e6, 1e6)
    return Standing(title, built, 0.5, estimate, speeds, int(ms * 1e8), int(quality * 1e7), work)


def test_ratios_and_verdicts_are_of_footnote_over_the_others() -> None:
    ours, theirs = standing("Footnote", 0.80, 2.0, 90), standing("Peer", 0.70, 20.0, 10)
    better = standing("Better", 0.81, 2.0, 90)
    screen = report([ours, theirs, better], Machine(1e9, 1e9))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in screen.splitlines()]
    peer = [row for row in rows if row and row[0] == "Peer"]
    assert peer[0][1:] == [
        "300",
        "0.700 [0.600 0.800]",
        "+0.100",
        "no more than 0.005 below it: reached",
    ]
    assert peer[1][1:] == [
        "20.00 / 20.00",
        "2.0",
        "10.00",
        "40.00 / 40.00",
        "10.0",
        "9.00",
        "2.00 (2.0 MB, 1.0 Mop)",
    ]
    assert peer[2][1:] == ["400.0", "10.00", "0.50", "2000", "10.00", "7.0"]
    assert "no more than 0.005 below it: **missed**" in screen


def test_a_chart_has_a_bar_for_each_as_long_as_its_value() -> None:
    ours, theirs = standing("Footnote", 0.80, 2.0, 90), standing("<Peer>", 0.70, 20.0, 10)
    root = ET.fromstring(draw(panels([ours, theirs], "set"), "Footnote"))  # noqa: S314 (our own)
    space = "{http://www.w3.org/2000/svg}"
    bars = root.findall(f"{space}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert len(bars) == 8
    assert widths[1] / widths[0] == pytest.approx(0.7 / 0.8, abs=0.001)
    assert widths[2] / widths[3] == pytest.approx(0.1, abs=0.001)
    assert [bar.attrib["class"] for bar in bars[:2]] == ["bar ours", "bar"]
    texts = [text.text for text in root.findall(f"{space}text")]
    assert {"<Peer>", "0.800", "20.00"} <= set(texts)


def test_nothing_to_draw_is_drawn_as_nothing() -> None:
    assert "<rect" not in draw([Panel("empty", {})], "Footnote")


def test_the_same_documents_are_given_to_all(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    arena = retrieval.prepare(folder, tmp_path / "work", Half.ALL, None)
    assert len(list(arena.given.documents())) == len(RECORDS)
    assert len(arena.cases) == sum(bool(document) for *_, document in QUERIES)
    fewer = retrieval.prepare(folder, tmp_path / "fewer", Half.ALL, 6)
    held = {name for name, *_ in fewer.given.documents()}
    assert len(held) == 6
    assert 0 < len(fewer.cases) < len(arena.cases)
    assert all(case.relevant.keys() <= held for case in fewer.cases)
    with pytest.raises(UsageError, match="holds no corpus"):
        retrieval.prepare(tmp_path, tmp_path / "none", Half.ALL, None)


def test_an_interpreter_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no interpreter"):
        retrieval.entrants(tmp_path / "absent", None)
    names = [entrant.name for entrant in retrieval.entrants(None, None)]
    assert names == ["footnote", "llamaindex", "rank_bm25", "bm25s"]


def test_footnote_and_a_peer_over_one_corpus(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(tiny_model))
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PRECISION", "float32")
    ours, *_ = retrieval.entrants(None, None)
    arena = retrieval.prepare(write_set(tmp_path / "set"), tmp_path / "work", Half.ALL, None)
    first, second = retrieval.contest(arena, [ours, WORDS], 2, 6)
    assert first.built.chunks == second.built.chunks == len(RECORDS)
    assert first.quality.questions == len(arena.cases)
    assert first.quality.value > 0.8
    assert second.quality.value > 0.5
    assert first.disk_bytes > 10_000 < first.resident_bytes
    assert {count: len(speed.turns) for count, speed in first.speeds.items()} == {1: 2, 8: 2}
    assert "total" in first.speeds[1].by_stage
    kept = retrieval.build(arena, ours)
    assert kept == first.built
    arena.given.documents_file.write_text('{"id": "a", "text": "another corpus"}\n')
    with pytest.raises(MeasurementFailed, match="another corpus"):
        retrieval.build(arena, ours)
