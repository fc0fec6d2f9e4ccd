"""What is shown of a right answer: by the answer's quotes, or by what is named in its place."""

from dataclasses import replace

from evals.answers import Asked
from evals.cases import Case
from evals.judging import measure_answers
from service.answering.types import Answer, Nearest
from tests.service.dialects.told import LEAVE, abstained, told

CASE = Case(
    id="q",
    text="How long?",
    language="en",
    answers=("twenty weeks",),
    answerable=True,
    relevant={"leave": 1},
    groups=frozenset({"*"}),
)


def asked(answer: Answer) -> Asked:
    return Asked(CASE, answer, ("leave",) * len(answer.citations), (True,) * len(answer.citations))


def declined(quote: str) -> Asked:
    nearest = (Nearest(LEAVE, "Ask.", 0, 4, None), Nearest(LEAVE, quote, 0, len(quote), None))
    return asked(replace(abstained(LEAVE).answer, nearest=nearest))


def test_a_hint_counts_where_the_question_was_declined_and_an_answer_where_it_was_not() -> None:
    telling, other = declined("Twenty weeks of leave."), declined("A month of leave.")
    metrics = measure_answers([asked(told("en").answer), telling, other]).metrics
    assert (metrics["hint_contains_answer"].value, metrics["hint_contains_answer"].questions) == (
        0.5,
        2,
    )
    assert metrics["shown"].value == 2 / 3
    assert metrics["false_abstention"].value == 2 / 3
