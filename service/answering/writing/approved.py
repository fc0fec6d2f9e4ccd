"""Examples drawn from answers that people approved of, as far as they hold today."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Protocol, Self

from service.answering.types import Answer, Brief, Draft, Question, Verdict
from service.answering.writing.examples import Example, NearestExamples

# Longer answers and paragraphs would take the room of the passages that the answer rests on.
_SENTENCES = 4
_QUOTES = 3
_PASSAGE_CHARS = 600
_DIGEST_DIGITS = 12

Text = Callable[[str], str | None]
"""The text of a document that everyone may read today, by its id; None where there is none."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document that an answer cited."""

    document_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Approved:
    """An answer worth showing to a model: sentences that cite ``quotes`` by number, from 1."""

    language: str
    question: str
    quotes: tuple[Quote, ...]
    answer: tuple[Draft, ...]

    @classmethod
    def of(cls, answer: Answer, question: Question) -> Self | None:
        """``answer`` as an example, if it is short, stands alone, and every sentence of it holds.

        None of an answer with personal data hidden in it, and of one that a model did not write:
        quotations show no model how to write.
        """
        fits = 0 < len(answer.sentences) <= _SENTENCES and len(answer.citations) <= _QUOTES
        holds = all(each.verdict is Verdict.SUPPORTED for each in answer.sentences)
        if question.mask or not (answer.prompt and fits and holds):
            return None
        numbers = {each.label: number for number, each in enumerate(answer.citations, 1)}
        drafts = (
            Draft(each.text, tuple(numbers[label] for label in each.citations if label in numbers))
            for each in answer.sentences
        )
        return cls(
            answer.language,
            answer.question,
            tuple(Quote(each.document.id, each.quote) for each in answer.citations),
            tuple(drafts),
        )

    @classmethod
    def read(cls, written: str) -> Self:
        """What ``as_json`` wrote."""
        fields = json.loads(written)
        return cls(
            fields["language"],
            fields["question"],
            tuple(Quote(**each) for each in fields["quotes"]),
            tuple(Draft(each["text"], tuple(each["numbers"])) for each in fields["answer"]),
        )

    def as_json(self) -> str:
        """For whoever keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def example(self, text: Text) -> Example | None:
        """It as it is shown; None where a quote is no longer said, or not to everyone."""
        passages = [_around(quote, text(quote.document_id)) for quote in self.quotes]
        if not all(passages):
            return None
        shown = tuple(passage for passage in passages if passage)
        return Example(self.language, self.question, shown, self.answer)


class Approvals(Protocol):
    """Where approved answers are kept."""

    @property
    def version(self) -> str:
        """Changes whenever there are others."""
        ...

    def standing(self, collection: str) -> Sequence[Example]:
        """Those to a collection whose citations hold in what is served of it now."""
        ...


class ApprovedExamples:
    """The nearest of the approved answers to the asked collection and of the examples of a file."""

    def __init__(self, approvals: Approvals, written: Sequence[Example], shots: int) -> None:
        self._approvals = approvals
        self._written = tuple(written)
        self._shots = shots

    @property
    def version(self) -> str:
        """Changes with every approval: an answer remembered may be given other examples now."""
        own = NearestExamples(self._written, self._shots).version
        return sha256(f"{own}\0{self._approvals.version}".encode()).hexdigest()[:_DIGEST_DIGITS]

    def for_brief(self, brief: Brief) -> Sequence[Example]:
        """As NearestExamples; of equally near ones, those that people approved of."""
        asked = {passage.document.collection for passage in brief.evidence}
        standing = (each for name in sorted(asked) for each in self._approvals.standing(name))
        return NearestExamples([*standing, *self._written], self._shots).for_brief(brief)


def _around(quote: Quote, text: str | None) -> str | None:
    """The lines that the quote stands in, or the quote alone where they are long."""
    at = text.find(quote.text) if text and quote.text else -1
    if text is None or at < 0 or len(quote.text) > _PASSAGE_CHARS:
        return None
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at + len(quote.text))
    lines = text[begin : end if end >= 0 else len(text)].strip()
    return lines if len(lines) <= _PASSAGE_CHARS else quote.text
