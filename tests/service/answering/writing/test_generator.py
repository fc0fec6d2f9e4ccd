"""From a brief to Drafts and Usage: how a reply is read, and what is tried when it is refused."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.types import Author, Draft, Usage, Written
from service.answering.writing.deadline import Deadline
from service.answering.writing.failures import PromptTooLong, RequestRefused
from service.answering.writing.generator import ModelGenerator
from service.answering.writing.opening import open_model
from service.answering.writing.prompts import NO_ANSWER
from service.answering.writing.retrying import RetrySettings
from service.answering.writing.settings import LLMSettings, Output, Patience, Prices
from service.answering.writing.structured import as_json
from tests.service.answering.writing.briefs import (
    JSON,
    LONG,
    PAID,
    brief,
    drafts,
    drafts_of,
    passages,
    usage_of,
)
from tests.service.model_server import (
    LONG_SECONDS,
    NOWHERE,
    SHORT_SECONDS,
    STREAM,
    Behaviour,
    Request,
    answering,
    complaining,
    deciding,
    event,
    hanging,
    in_turn,
    refusing,
    sending,
    serving,
    trickling,
)

QUICK = RetrySettings(attempts=2, first_pause_seconds=0.01, longest_pause_seconds=0.02)
TEXT = "Leave is paid [2]. It is long [1]."


def generator(address: str, **changes: Any) -> ModelGenerator:
    settings = LLMSettings(address, "model", timeout_seconds=LONG_SECONDS, retry=QUICK)
    return open_model(replace(settings, **changes)).generator


def generated(address: str, **changes: Any) -> list[Written]:
    return list(generator(address, **changes).generate(brief()))


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("text", [JSON, f"```json\n{JSON}\n```", TEXT])
def test_an_answer_is_read_whatever_it_is_written_as(text: str, output: Output) -> None:
    with serving(answering(text, usage=(700, 9))) as address:
        written = generated(address, output=output)
    assert written == [Author("model", "answer-2"), PAID, LONG, Usage(700, 9)]


@pytest.mark.parametrize(
    ("output", "asks"), [(Output.AUTO, True), (Output.JSON, True), (Output.TEXT, False)]
)
def test_a_schema_is_asked_for_unless_text_is_set(output: Output, *, asks: bool) -> None:
    requests: list[Request] = []
    with serving(answering(JSON), requests) as address:
        generated(address, output=output)
    body = requests[0].body
    assert ("response_format" in body) is asks
    assert ("as JSON" in body["messages"][-1]["content"]) is asks
    if asks:
        stated = json.dumps(body["response_format"])
        assert '"enum": [1, 2, 3]' in stated


def test_a_sentence_is_there_before_the_next_is_written() -> None:
    item = JSON[: JSON.index("}") + 1]
    with serving(hanging(STREAM, event(item))) as address:
        written = iter(generator(address).generate(brief()))
        assert [next(written), next(written)] == [Author("model", "answer-2"), PAID]


def refusing_schema(
    request: Request,
    otherwise: Behaviour = answering(TEXT),  # noqa: B008 (it is not changed)
) -> Behaviour:
    if "response_format" in request.body:
        return complaining("response_format of type json_schema is not supported")
    return otherwise


def test_a_server_without_schemas_is_asked_for_text_and_that_is_remembered() -> None:
    requests: list[Request] = []
    with deciding(refusing_schema, requests) as address:
        asked = generator(address)
        before = asked.version
        for _ in range(2):
            assert drafts_of(asked.generate(brief())) == [PAID, LONG]
        assert asked.version != before
    assert ["response_format" in request.body for request in requests] == [True, False, False]
    assert NO_ANSWER in requests[1].body["messages"][0]["content"]


def test_a_server_without_schemas_is_an_error_where_json_must_be() -> None:
    with deciding(refusing_schema) as address, pytest.raises(RequestRefused):
        generated(address, output=Output.JSON)


def test_a_request_that_is_refused_in_any_way_is_an_error_and_nothing_is_remembered() -> None:
    requests: list[Request] = []
    with serving(complaining("This topic is against the rules."), requests) as address:
        asked = generator(address)
        before = asked.version
        with pytest.raises(RequestRefused, match="HTTP 400"):
            list(asked.generate(brief()))
        assert asked.version == before
    assert len(requests) == 4


def holding(tokens: int) -> Callable[[Request], Behaviour]:
    """A server whose context is so small; a token is four characters here."""

    def decide(request: Request) -> Behaviour:
        length = sum(len(message["content"]) for message in request.body["messages"]) // 4
        if length > tokens:
            return complaining(f"maximum context length is {tokens} tokens, not {length}")
        return answering(JSON)

    return decide


LARGE = brief(evidence=passages([f"Leave {number} is long. " * 60 for number in range(8)]))


def test_a_prompt_that_is_too_long_is_sent_once_more_at_half_the_size() -> None:
    requests: list[Request] = []
    with deciding(holding(1700), requests) as address:
        written = drafts_of(generator(address).generate(LARGE))
    assert written == [PAID, LONG]
    shown = [request.body["messages"][-1]["content"].count("] begin ") for request in requests]
    assert len(shown) == 2
    assert shown[0] > shown[1] > 1
    assert "response_format" in requests[1].body


def test_a_prompt_that_is_too_long_at_half_the_size_is_an_error() -> None:
    requests: list[Request] = []
    with (
        deciding(holding(300), requests) as address,
        pytest.raises(PromptTooLong, match="4096 tokens of context"),
    ):
        list(generator(address).generate(LARGE))
    assert len(requests) == 2


def test_a_schema_refused_and_a_prompt_too_long_are_both_got_over() -> None:
    holds = holding(1700)
    with deciding(lambda request: refusing_schema(request, holds(request))) as address:
        assert drafts_of(generator(address).generate(LARGE)) == [PAID, LONG]


@pytest.mark.parametrize(
    "text",
    [
        *(NO_ANSWER, f" {NO_ANSWER}.", f"{NO_ANSWER} [1]", "No answer.", f'"{NO_ANSWER}"'),
        *('{"sentences": []}', as_json([Draft(NO_ANSWER, ())]), "[]"),
    ],
)
def test_a_model_that_does_not_know_writes_nothing(text: str) -> None:
    with serving(answering(text, usage=(700, 4))) as address:
        written = generated(address)
    assert drafts_of(written) == []
    assert usage_of(written).completion_tokens > 0


def test_what_follows_no_answer_is_left_out() -> None:
    text = f"No answer is due [2]. {NO_ANSWER}. Ask the office."
    with serving(answering(text)) as address:
        written = generated(address)
    assert drafts_of(written) == drafts(("No answer is due.", (2,)))


def test_a_repeated_fence_is_left_out() -> None:
    def decide(request: Request) -> Behaviour:
        fences = {
            message["content"].partition('"[number] begin ')[2][:12]
            for message in request.body["messages"]
            if message["role"] == "user"
        }
        assert len(fences) == 3
        lines = "".join(f"[1] begin {fence}\n" for fence in fences)
        return answering(f"{lines}It is paid [2].")

    with deciding(decide) as address:
        written = drafts_of(generated(address, output=Output.TEXT))
    assert written == drafts(("It is paid.", (2,)))


def test_without_evidence_no_server_is_asked() -> None:
    assert list(generator(NOWHERE).generate(brief(evidence=()))) == [Author("model", "answer-2")]


@pytest.mark.parametrize("text", ["Leave is paid [2]. It is tw", JSON[: JSON.index("long")]])
def test_a_sentence_beyond_the_limit_of_tokens_is_left_out(text: str) -> None:
    with serving(answering(text, "length")) as address:
        assert drafts_of(generated(address)) == [PAID]


@pytest.mark.parametrize("text", ["Leave is tw", JSON[:30], "<think>Hm. So. And"])
def test_an_answer_without_one_whole_sentence_is_an_error(text: str) -> None:
    with (
        serving(answering(text, "length")) as address,
        pytest.raises(GenerationError, match="raise its limit of answer tokens"),
    ):
        generated(address)


def test_an_answer_that_does_not_end_is_an_error() -> None:
    with (
        serving(trickling(STREAM, event("endless " * 50))) as address,
        pytest.raises(GenerationError, match="beyond its limit") as caught,
    ):
        generated(address)
    assert not isinstance(caught.value, GenerationTimeout)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (JSON[: JSON.rindex("}, {") + 4], Output.AUTO),
        ("Leave is paid [2]. It", Output.TEXT),
    ],
)
def test_drafts_before_the_break_are_kept(text: str, output: Output) -> None:
    with serving(sending(STREAM, event(text))) as address:
        written = generator(address, output=output).generate(brief())
        assert [next(written), next(written)] == [Author("model", "answer-2"), PAID]
        with pytest.raises(GenerationError, match="broke its answer off"):
            next(written)


@pytest.mark.parametrize(
    "behave",
    [
        *(hanging(), hanging(STREAM), hanging(STREAM, event("Leave is paid [2]. It"))),
        trickling(STREAM, event("word ")),
        refusing("503 Busy", header="Retry-After: 1"),
    ],
    ids=["silent", "no event", "half", "slow drip", "busy"],
)
def test_nobody_waits_beyond_the_deadline(behave: Behaviour) -> None:
    with serving(behave) as address, pytest.raises(GenerationError, match=r"0\.5 seconds|busy|503"):
        generated(address, timeout_seconds=SHORT_SECONDS, patience=Patience())
    with serving(behave) as address, pytest.raises(GenerationError):
        list(generator(address).write(brief(), Deadline.after(SHORT_SECONDS)))


def test_a_server_that_recovers_at_once_answers() -> None:
    requests: list[Request] = []
    broken = refusing("500 Internal Server Error")
    with deciding(in_turn(broken, answering(JSON)), requests) as address:
        assert drafts_of(generated(address)) == [PAID, LONG]
    assert len(requests) == 2


def test_letting_go_of_an_answer_closes_the_connection() -> None:
    gone = Event()

    def behave(stream: Any, over: Event) -> None:
        try:
            trickling(STREAM + event("Leave is paid [2]. It"), event(" is"))(stream, over)
        except OSError:
            gone.set()

    with serving(behave) as address:
        written = iter(generator(address, output=Output.TEXT).generate(brief()))
        assert isinstance(next(written), Author)
        assert next(written) == PAID
        del written
        assert gone.wait(LONG_SECONDS)


def test_an_answer_can_be_read_inside_an_event_loop_and_from_many_threads() -> None:
    async def each_in_a_thread(written: Iterator[Written]) -> list[Written]:
        items = [next(written)]
        while (item := await asyncio.to_thread(partial(next, written, None))) is not None:
            items.append(item)
        return items

    with serving(answering(JSON)) as address:
        written = asyncio.run(each_in_a_thread(generator(address).generate(brief())))
    assert drafts_of(written) == [PAID, LONG]


def test_tokens_are_estimated_where_the_server_does_not_count_them() -> None:
    with serving(answering(JSON)) as address:
        usage = usage_of(generated(address))
    assert 900 < usage.prompt_tokens < 1200
    assert 30 < usage.completion_tokens < 60


def test_tokens_cost_what_the_prices_say() -> None:
    prices = Prices(prompt=2.0, completion=8.0)
    with serving(answering(JSON, usage=(500_000, 250_000))) as address:
        assert usage_of(generated(address, prices=prices)).cost == 3.0


WORDS = """
system = "Rules. $rule $silence"
user = "$passages $fence $question $reminder"
text = { rule = "1", silence = "2", reminder = "3" }
json = { rule = "1", silence = "2", reminder = "3" }
"""


def test_whatever_changes_answers_changes_the_version(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(WORDS, encoding="utf-8")
    line = {"language": "en", "question": "Why?", "passages": ["So."], "answer": []}
    (tmp_path / "own.jsonl").write_text(json.dumps(line), encoding="utf-8")
    changes: list[dict[str, Any]] = [
        *({}, {"model": "other"}, {"max_tokens": 99}, {"context_tokens": 9999}, {"shots": 1}),
        *({"output": Output.TEXT}, {"examples": tmp_path / "own.jsonl"}),
        {"prompt": str(tmp_path / "own.toml")},
    ]
    versions = [generator(NOWHERE, **each).version for each in changes]
    assert len(set(versions)) == len(changes)
    assert generator(NOWHERE, timeout_seconds=1.0, patience=Patience(idle=1.0)).version in versions


def test_a_prompt_of_ones_own_is_named_in_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(WORDS, encoding="utf-8")
    requests: list[Request] = []
    with serving(answering(JSON), requests) as address:
        author, *_ = generated(address, prompt=str(path))
    assert isinstance(author, Author)
    assert author.prompt.startswith("own@")
    assert requests[0].body["messages"][0]["content"] == "Rules. 1 2"
