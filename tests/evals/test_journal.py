"""Replies that are kept: asked once, read again after a cut, and measured without a model."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.journal import Journal, Journaled, NotKept
from indexes.errors import ConfigurationError, GenerationError, UsageError
from service.answering.writing.chat import ChatRequest, Message, Piece, Tokens
from service.answering.writing.deadline import Deadline
from service.answering.writing.opening import open_server
from service.answering.writing.settings import LLMSettings
from tests.evals.test_run import QUERIES, Ran, command, evaluate, write_set
from tests.service.model_server import Behaviour, Request, answering, deciding, refusing, serving

HELLO = ChatRequest((Message("user", "Hello?"),), 16)
AGAIN = ChatRequest((Message("user", "Hello again?"),), 16)


def asked(
    journal: Journal, address: str, request: ChatRequest = HELLO, name: str = "m"
) -> list[Piece]:
    server = open_server(LLMSettings(address, name)) if address else None
    return list(Journaled(journal, name, server).stream(request, Deadline.after(30)))


def test_a_request_is_asked_once_and_its_reply_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "replies.jsonl"
    requests: list[Request] = []
    with serving(answering("Good day to you.", usage=(7, 4)), requests) as address:
        first = asked(Journal(path), address)
        again = asked(Journal(path), address)
    offline = asked(Journal(path), "")
    assert first == again == offline == [Piece("Good day to you.", "stop", Tokens(7, 4))]
    assert len(requests) == 1
    (line,) = path.read_text("utf-8").splitlines()
    assert json.loads(line)["seconds"] > 0


def test_other_words_and_other_models_are_other_requests(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "replies.jsonl")
    requests: list[Request] = []
    with serving(answering("Yes."), requests) as address:
        for request, name in ((HELLO, "m"), (AGAIN, "m"), (HELLO, "n"), (AGAIN, "m")):
            asked(journal, address, request, name)
    assert len(requests) == len(journal) == 3


def test_short_texts_are_kept_too() -> None:
    journal = Journal()
    with serving(answering("Brief.")) as address:
        server = open_server(LLMSettings(address, "m"))
        assert Journaled(journal, "m", server).complete(HELLO.messages, 16) == "Brief."
    offline = Journaled(journal, "m", None)
    assert offline.complete(HELLO.messages, 16) == "Brief."
    with pytest.raises(NotKept):
        offline.complete(AGAIN.messages, 16)


def test_what_is_not_kept_is_not_asked_for_offline() -> None:
    with pytest.raises(NotKept):
        asked(Journal(), "")


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "replies.jsonl")
    with serving(refusing("403 Forbidden")) as address, pytest.raises(GenerationError):
        asked(journal, address)
    assert len(journal) == 0
    assert not (tmp_path / "replies.jsonl").exists()


def test_the_line_that_a_kill_tore_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with serving(answering("Whole.")) as address:
        asked(Journal(path), address)
        whole = path.read_text("utf-8")
        path.write_text(whole + whole[:-9], "utf-8")
        journal = Journal(path)
        assert (len(journal), path.read_text("utf-8")) == (1, whole)
        asked(journal, address, AGAIN)
    assert len(Journal(path)) == 2


@pytest.mark.parametrize("line", ['{"request": "a"}', '{"request": "a", "text": 1}', "[]", "{"])
def test_another_file_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(ConfigurationError, match="line 1"):
        Journal(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serving(answering("Yes.")) as address, pytest.raises(UsageError, match="another file"):
        asked(Journal(tmp_path / "file" / "replies.jsonl"), address)


FALSE = "The moon of the bakery is made of cheese."


FIRST = re.compile(r"(.*)\n\[1\] end")


def replying(request: Request) -> Behaviour:
    """The last line of the first passage, and one that is made up, both as said by passage 1.

    Of the founder nothing but what is made up.
    """
    prompt = request.body["messages"][-1]["content"]
    true = [] if "Who founded" in prompt else FIRST.findall(prompt)
    sentences = [{"text": said, "citations": [1]} for said in (*true, FALSE)]
    return answering(json.dumps({"sentences": sentences}, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Runs:
    """A run that the server cut, the same continued, and what was so far."""

    cut: tuple[int, str, str]
    continued: Ran
    so_far: Ran
    asked: list[int]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    base = tmp_path_factory.mktemp("journal")
    bakery, journal = write_set(base / "bakery"), base / "replies.jsonl"
    options: list[object] = ["--modes", "hybrid", "--answers", 20, "--removed", 3, "--model"]
    options += ["--journal", journal]
    requests: list[Request] = []
    asked: list[int] = []

    def tiring(request: Request) -> Behaviour:
        return refusing("403 Forbidden") if len(requests) > 3 else replying(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_LLM_MODEL", "m")
        with deciding(tiring, requests) as address:
            patch.setenv("FOOTNOTE_LLM_BASE_URL", address)
            cut = command("run", bakery, "--data-dir", base / "data", *options)
            asked.append(len(requests))
        so_far = evaluate(bakery, base / "data", base / "so-far", *options, "--so-far")
        requests.clear()
        with deciding(replying, requests) as address:
            patch.setenv("FOOTNOTE_LLM_BASE_URL", address)
            continued = evaluate(bakery, base / "data", base / "whole", *options)
            asked.append(len(requests))
    return Runs(cut, continued, so_far, asked)


def test_a_run_that_was_cut_goes_on_where_it_stood(runs: Runs) -> None:
    code, _, errors = runs.cut
    assert code == 3
    assert "403" in errors
    assert runs.continued.code == 0
    assert len(list(runs.continued.rows_of("answers"))) == len(QUERIES)
    cut, continued = runs.asked
    # The three replies that came before the refusal are not asked for again: nine questions and
    # three without their documents, each asked once though it is measured checked and unchecked.
    assert (cut, continued) == (4, len(QUERIES) + 3 - 3)


def test_so_far_measures_what_is_kept_and_nothing_else(runs: Runs) -> None:
    assert runs.so_far.code == 0
    assert len(list(runs.so_far.rows_of("answers"))) == 3
    assert not list(runs.so_far.rows_of("removed"))


def test_what_is_made_up_stands_in_the_raw_answer_alone(runs: Runs) -> None:
    rows = list(runs.continued.rows_of("answers"))
    written = [row for row in rows if row["generator"] == "m" and not row["abstained"]]
    assert written
    for row in runs.continued.rows_of("answers"):
        assert [each["text"] for each in row["raw"]][-1] == FALSE
        assert FALSE not in row["answer"]
    assert all(row["withheld"] == 1 for row in written)


def test_where_nothing_holds_it_is_told_that_extraction_stood_in(runs: Runs) -> None:
    rows = {row["id"]: row for row in runs.continued.rows_of("answers")}
    assert rows["q-founder"]["generator"] == "extractive"
    metrics = runs.continued.measurement("answers")["metrics"]
    assert metrics["stood_in"]["value"] == 1 / metrics["stood_in"]["questions"] > 0
    assert metrics["stood_in_right"]["value"] == 1


def test_the_unchecked_answers_are_measured_on_every_question(runs: Runs) -> None:
    raw = runs.continued.measurement("raw")["metrics"]
    assert raw["contains_answer"]["questions"] == len(QUERIES) - 1
    assert raw["abstention"]["value"] == raw["false_abstention"]["value"] == 0
    checked = runs.continued.measurement("answers")["metrics"]
    assert checked["sentence_backed"]["value"] == raw["sentence_backed"]["value"] == 1
    assert runs.continued.measurement("raw removed")["metrics"]["abstention"]["questions"] == 3
    assert "nobody to check it" in runs.continued.screen


def test_times_of_replies_that_were_kept_are_not_told(runs: Runs) -> None:
    assert runs.continued.measurement("answers")["timings_ms"] == {}


def test_a_reply_that_ran_out_is_the_models_failure_and_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "m")
    with serving(answering('{"sentences": [{"text": "An employ', "length")) as address:
        monkeypatch.setenv("FOOTNOTE_LLM_BASE_URL", address)
        options = ("--modes", "hybrid", "--answers", 20, "--model")
        ran = evaluate(
            write_set(tmp_path / "bakery"), tmp_path / "data", tmp_path / "out", *options
        )
    assert ran.code == 0
    rows = list(ran.rows_of("answers"))
    assert len(rows) == len(QUERIES)
    assert {row["generator"] for row in rows if not row["abstained"]} == {"extractive"}
    assert ran.measurement("raw")["metrics"]["contains_answer"]["value"] == 0
    assert ran.measurement("answers")["metrics"]["stood_in_right"]["value"] > 0
