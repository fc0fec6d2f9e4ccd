"""Conversations that end in a follow-up question, with that question written out by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from evals.jsonl import Record, records
from service.answering.types import Question, Turn

FILE = Path(__file__).with_name("conversations.jsonl")
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Conversation:
    """``follow_up`` after ``history``, about the document ``gold`` of ``corpus``.

    ``standalone`` is how a person would ask it alone; ``depends`` says that it cannot be asked as
    it is. ``half`` says whether it was written before the rules were or after.
    """

    id: str
    language: str
    half: str
    corpus: str
    history: tuple[Turn, ...]
    follow_up: str
    standalone: str
    gold: str
    depends: bool

    @property
    def question(self) -> Question:
        return Question(self.follow_up, self.history)


def conversations() -> list[Conversation]:
    return [_conversation(record) for record in records(FILE)]


def _conversation(record: Record) -> Conversation:
    return Conversation(
        id=record.string("id"),
        language=record.string("lang"),
        half=record.string("half"),
        corpus=record.string("corpus"),
        history=tuple(
            Turn(cast('Literal["user", "assistant"]', turn["role"]), turn["content"])
            for turn in record.fields["history"]
        ),
        follow_up=record.string("question"),
        standalone=record.string("standalone"),
        gold=record.string("gold"),
        depends=record.flag("depends", default=True),
    )
