"""Who writes when the first cannot, who gets which question, and how every turn is counted."""

from collections.abc import Iterator
from dataclasses import replace
from inspect import GEN_CLOSED, getgeneratorstate
from threading import Event
from time import monotonic
from typing import Any

import pytest

from indexes.errors import GenerationError, GenerationTimeout
from service.answering.types import Author, Brief, Draft, Question, Usage, Written
from service.answering.writing.breaker import BreakerSettings
from service.answering.writing.opening import open_model
from service.answering.writing.retrying import RetrySettings
from service.answering.writing.routing import Canary, Chain, Outcome, Turn
from service.answering.writing.settings import LLMSettings, Output
from tests.service.answering.writing.briefs import (
    JSON,
    LEAVE,
    LONG,
    PAID,
    authors_of,
    brief,
    drafts_of,
)
from tests.service.model_server import (
    LONG_SECONDS,
    NOWHERE,
    SHORT_SECONDS,
    STREAM,
    Behaviour,
    answering,
    complaining,
    event,
    hanging,
    refusing,
    resetting,
    sending,
    serving,
    trickling,
)


class Quoting:
    """Needs no server and no time."""

    name = "quoting"
    version = "1"

    def generate(self, brief: Brief) -> Iterator[Written]:
        yield Author(self.name)
        yield Draft(brief.evidence[0].text, (1,))


class Counter:
    """Keeps the turns that it is told of."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def turn(self, turn: Turn) -> None:
        self.turns.append(turn)

    @property
    def outcomes(self) -> list[tuple[str, Outcome]]:
        return [(turn.author.name, turn.outcome) for turn in self.turns]


def model(address: str, name: str = "model", **changes: Any) -> Any:
    settings = LLMSettings(
        address,
        name,
        timeout_seconds=LONG_SECONDS,
        retry=RetrySettings(attempts=1),
    )
    return open_model(replace(settings, **changes)).generator


QUOTED = Draft("Leave is twenty weeks.", (1,))


def test_the_first_that_can_writes_and_nobody_else() -> None:
    counter = Counter()
    with serving(answering(JSON, usage=(700, 9))) as address:
        chain = Chain([model(address), Quoting()], LONG_SECONDS, counter)
        written = list(chain.generate(brief()))
    assert written == [Author("model", "answer-2"), PAID, LONG, Usage(700, 9)]
    assert counter.outcomes == [("model", Outcome.ANSWERED)]
    assert counter.turns[0].usage == Usage(700, 9)
    assert counter.turns[0].seconds > 0


@pytest.mark.parametrize(
    ("behave", "said", "outcome"),
    [
        (hanging(), "took too long", Outcome.LATE),
        (hanging(STREAM, event("Leave is")), "took too long", Outcome.LATE),
        (trickling(STREAM, event("word ")), "took too long", Outcome.LATE),
        (refusing("500 x"), "failed", Outcome.FAILED),
        (refusing("429 x", header="Retry-After: 60"), "failed", Outcome.FAILED),
        (complaining("maximum context length is 8 tokens"), "failed", Outcome.FAILED),
        (resetting(STREAM, event("Leave is")), "failed", Outcome.FAILED),
        (sending(b"nonsense\r\n\r\n"), "failed", Outcome.FAILED),
    ],
    ids=["hangs", "hangs midway", "drips", "500", "429", "too long", "dies midway", "nonsense"],
)
def test_where_one_cannot_the_next_stands_in_and_says_why(
    behave: Behaviour, said: str, outcome: Outcome
) -> None:
    counter = Counter()
    with serving(behave) as address:
        chain = Chain([model(address), Quoting()], SHORT_SECONDS, counter)
        written = list(chain.generate(brief()))
    assert drafts_of(written) == [QUOTED]
    assert authors_of(written)[-1] == Author("quoting", trouble=f"model {said}; quoting stood in")
    assert counter.outcomes == [("model", outcome), ("quoting", Outcome.ANSWERED)]


def test_a_model_stands_in_for_a_model() -> None:
    counter = Counter()
    with serving(refusing("500 x")) as broken, serving(answering(JSON)) as whole:
        chain = Chain(
            [model(NOWHERE, "gone"), model(broken, "broken"), model(whole, "whole"), Quoting()],
            LONG_SECONDS,
            counter,
        )
        written = list(chain.generate(brief()))
    assert drafts_of(written) == [PAID, LONG]
    assert [author.name for author in authors_of(written)] == ["gone", "broken", "whole"]
    trouble = "gone failed; broken failed; whole stood in"
    assert authors_of(written)[-1] == Author("whole", "answer-2", trouble)


def test_after_a_draft_nobody_stands_in() -> None:
    counter = Counter()
    with serving(sending(STREAM, event("Leave is paid [2]. It"))) as address:
        chain = Chain([model(address, output=Output.TEXT), Quoting()], LONG_SECONDS, counter)
        written = chain.generate(brief())
        assert [next(written), next(written)] == [Author("model", "answer-2"), PAID]
        with pytest.raises(GenerationError, match="broke its answer off"):
            next(written)
    assert counter.outcomes == [("model", Outcome.FAILED)]


def test_a_model_that_does_not_know_has_answered() -> None:
    counter = Counter()
    with serving(answering('{"sentences": []}')) as address:
        written = list(Chain([model(address), Quoting()], LONG_SECONDS, counter).generate(brief()))
    assert drafts_of(written) == []
    assert counter.outcomes == [("model", Outcome.SILENT)]


def test_the_last_ones_failure_is_the_chains() -> None:
    with serving(hanging()) as address:
        chain = Chain([model(NOWHERE, "gone"), model(address)], SHORT_SECONDS)
        with pytest.raises(GenerationTimeout, match=r"within 0\.5 seconds"):
            list(chain.generate(brief()))


def test_all_together_keep_to_one_deadline() -> None:
    """Three servers that hang take no longer than one."""
    with serving(hanging()) as address:
        servers = [model(address, str(number)) for number in range(3)]
        began = monotonic()
        written = list(Chain([*servers, Quoting()], SHORT_SECONDS).generate(brief()))
        taken = monotonic() - began
    assert drafts_of(written) == [QUOTED]
    assert SHORT_SECONDS <= taken < LONG_SECONDS / 2


def test_a_server_that_keeps_failing_is_passed_over() -> None:
    counter = Counter()
    requests: list[Any] = []
    with serving(refusing("500 x"), requests) as address:
        failing = model(address, breaker=BreakerSettings(failures=2, rest_seconds=3600))
        chain = Chain([failing, Quoting()], LONG_SECONDS, counter)
        written = [list(chain.generate(brief())) for _ in range(4)]
    assert len(requests) == 2
    assert [turn.outcome for turn in counter.turns if turn.author.name == "model"] == [
        *(Outcome.FAILED, Outcome.FAILED, Outcome.RESTING, Outcome.RESTING)
    ]
    assert "left alone" in authors_of(written[-1])[-1].trouble


def test_a_reader_who_leaves_stops_the_writing() -> None:
    counter, gone = Counter(), Event()

    def behave(stream: Any, over: Event) -> None:
        try:
            trickling(STREAM + event("Leave is paid [2]. It"), event(" is"))(stream, over)
        except OSError:
            gone.set()

    with serving(behave) as address:
        chain = Chain([model(address, output=Output.TEXT), Quoting()], LONG_SECONDS, counter)
        written = chain.generate(brief())
        assert [next(written), next(written)] == [Author("model", "answer-2"), PAID]
        written.close()  # type: ignore[attr-defined]
        assert gone.wait(LONG_SECONDS)
    assert counter.outcomes == [("model", Outcome.ABANDONED)]


def test_a_writer_that_others_hold_on_to_is_closed_all_the_same() -> None:
    begun: list[Iterator[Written]] = []

    class Held(Quoting):
        def generate(self, brief: Brief) -> Iterator[Written]:
            begun.append(super().generate(brief))
            return begun[0]

    written = Chain([Held()], LONG_SECONDS).generate(brief())
    assert next(written) == Author("quoting")
    written.close()  # type: ignore[attr-defined]
    assert getgeneratorstate(begun[0]) == GEN_CLOSED  # type: ignore[arg-type]


def test_a_chain_is_named_for_its_first_and_changes_with_any() -> None:
    one, other = model(NOWHERE, "one"), model(NOWHERE, "other")
    assert Chain([one, Quoting()], LONG_SECONDS).name == "one"
    orders: list[list[Any]] = [[one, other], [other, one], [one], [one, Quoting()]]
    assert len({Chain(order, LONG_SECONDS).version for order in orders}) == len(orders)


def canary(share: float) -> Canary:
    trial = Chain([model(NOWHERE, "trial"), Quoting()], LONG_SECONDS)
    return Canary(Chain([Quoting()], LONG_SECONDS), trial, share)


def tried(share: float, question: str) -> bool:
    asked = brief(Question(question))
    return authors_of(canary(share).generate(asked))[0].name == "trial"


def test_a_canary_gets_its_share_and_always_the_same_questions() -> None:
    sends = canary(0.25)
    asked = [brief(Question(f"Question {number}?")) for number in range(400)]
    names = [authors_of([next(sends.generate(each))])[0].name for each in asked]
    share = names.count("trial") / 400
    assert 0.18 < share < 0.32
    questions = [f"Question {number}?" for number in range(30)]
    first = [tried(0.25, question) for question in questions]
    assert first == [tried(0.25, question) for question in questions]
    wider = [tried(0.5, question) for question in questions]
    assert all(more or not less for less, more in zip(first, wider, strict=True))


@pytest.mark.parametrize(("share", "trial"), [(0.0, False), (1.0, True)])
def test_a_share_of_nothing_or_all(share: float, *, trial: bool) -> None:
    assert tried(share, LEAVE.text) is trial


def test_who_stands_in_for_a_canary_says_so() -> None:
    written = list(canary(1.0).generate(brief()))
    assert drafts_of(written) == [QUOTED]
    assert authors_of(written)[-1].trouble == "trial failed; quoting stood in"


def test_a_canary_is_named_for_the_usual_and_changes_with_its_share() -> None:
    assert canary(0.5).name == "quoting"
    assert canary(0.5).version == canary(0.5).version != canary(0.25).version
