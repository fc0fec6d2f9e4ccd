"""Asks questions end to end, and keeps what was answered beside what is true."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from evals.cases import Case
from evals.corpus import Corpus, scope_of
from evals.journal import NotKept
from evals.metrics import contains_answer
from evals.results import Row
from evals.unchecked import Raw, write
from indexes.errors import GenerationError, UnknownDocument
from indexes.search import LocalIndex
from indexes.types import Scope
from service.answering.answer import Answerer
from service.answering.types import Answer, Citation, Generator, Nearest, Question
from service.answering.writing.failures import RanOut


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's answer, with the record id and the soundness of each of its citations.

    ``raw`` is what a language model wrote from the same evidence with nobody to check it, None
    where there is no model, and ``pointed`` the record ids that each of its sentences points at.
    """

    case: Case
    answer: Answer
    cited: tuple[str, ...]
    valid: tuple[bool, ...]
    raw: Raw | None = None
    pointed: tuple[frozenset[str], ...] = ()

    @property
    def model(self) -> str:
        """The language model's name; empty where there is none."""
        return self.raw.author if self.raw else ""

    @property
    def stood_in(self) -> bool:
        """Whether extraction answered, as nothing that the model wrote could be confirmed."""
        speaks = not self.answer.abstained
        return speaks and bool(self.model) and self.answer.generator != self.model

    @property
    def relevant_citations(self) -> int:
        """Citations of a document that is relevant to the question."""
        return sum(record_id in self.case.relevant for record_id in self.cited)

    @property
    def right_sentences(self) -> int:
        """Sentences with a footnote to a relevant document."""
        right = {
            citation.label
            for citation, record_id in zip(self.answer.citations, self.cited, strict=True)
            if record_id in self.case.relevant
        }
        return sum(not right.isdisjoint(each.citations) for each in self.answer.sentences)

    @property
    def text(self) -> str:
        """The answer; empty where there is none, whatever an abstention says in its place."""
        return "" if self.answer.abstained else self.answer.text

    @property
    def contains_answer(self) -> bool:
        """Whether the answer holds a right one."""
        return contains_answer(self.text, self.case.answers, self.case.language)

    @property
    def quote_contains_answer(self) -> bool:
        """Whether the quote of some citation holds a right answer."""
        return self._any_contains_answer(self.answer.citations)

    @property
    def hint_contains_answer(self) -> bool:
        """Whether what is named in place of an answer holds a right one."""
        return self._any_contains_answer(self.answer.nearest)

    def _any_contains_answer(self, quoted: Iterable[Citation | Nearest]) -> bool:
        case = self.case
        return any(contains_answer(each.quote, case.answers, case.language) for each in quoted)


def ask(
    cases: Iterable[Case],
    answerer: Answerer,
    index: LocalIndex,
    corpus: Corpus,
    *,
    without_relevant: bool = False,
    model: Generator | None = None,
) -> list[Asked]:
    """Ask every case over the whole corpus, or over one without what is relevant to it.

    ``model`` is the answerer's generator where what it writes unchecked is to be measured, too.
    A case whose replies are not kept, where no model may be asked, is left out.
    """
    asked = []
    for case in cases:
        scope = scope_of(case.groups, case.relevant if without_relevant else ())
        try:
            answer = _answer(case, answerer, index, scope)
            raw = write(model, Question(case.text), answer) if model else None
        except NotKept:
            continue
        cited = tuple(corpus.record_id(citation.document.path) for citation in answer.citations)
        valid = tuple(_is_valid(citation, index, scope) for citation in answer.citations)
        asked.append(Asked(case, answer, cited, valid, raw, _pointed(raw, corpus)))
    return asked


def _pointed(raw: Raw | None, corpus: Corpus) -> tuple[frozenset[str], ...]:
    if raw is None:
        return ()
    records = {item.number: corpus.record_id(item.document.path) for item in raw.evidence}
    return tuple(
        frozenset(records[number] for number in draft.numbers if number in records)
        for draft in raw.drafts
    )


def _answer(case: Case, answerer: Answerer, index: LocalIndex, scope: Scope) -> Answer:
    """The answer; where the model's reply ran out, by whoever stands in for it in the service."""
    try:
        for event in answerer.ask(Question(case.text), index, scope):
            if isinstance(event, Answer):
                return event
    except RanOut:
        if answerer.otherwise is None:
            raise
        return _answer(case, replace(answerer, generator=answerer.otherwise), index, scope)
    raise GenerationError(f"the question {case.id!r} ended without an answer")


def _is_valid(citation: Citation, index: LocalIndex, scope: Scope) -> bool:
    """Whether the quote is the document's own text, in a document that the asker may see."""
    try:
        text = index.catalog.document(citation.document.id, scope).text
    except UnknownDocument:
        return False
    return citation.quote == text[citation.start : citation.end] != ""


def answer_rows(asked: Iterable[Asked], measurement: str) -> list[Row]:
    """One row per question: what was right, what was said, what it rests on."""
    return [
        {
            "measurement": measurement,
            "id": one.case.id,
            "question": one.case.text,
            "answers": list(one.case.answers),
            "answerable": one.case.answerable,
            "relevant": dict(one.case.relevant),
            "answer": one.answer.text,
            "abstained": one.answer.abstained,
            "generator": one.answer.generator,
            "silence": one.answer.silence,
            "withheld": one.answer.withheld,
            "reason": one.answer.reason,
            "sentences": [
                {"text": each.text, "verdict": each.verdict.value, "citations": each.citations}
                for each in one.answer.sentences
            ],
            "raw": [
                {
                    "text": draft.text,
                    "numbers": list(draft.numbers),
                    "documents": sorted(records),
                }
                for draft, records in zip(
                    one.raw.drafts if one.raw else (), one.pointed, strict=True
                )
            ],
            "contains_answer": one.contains_answer,
            "nearest": [found.quote for found in one.answer.nearest],
            "citations": [
                {"document": record_id, "quote": citation.quote, "valid": valid}
                for record_id, citation, valid in zip(
                    one.cited, one.answer.citations, one.valid, strict=True
                )
            ],
        }
        for one in asked
    ]
