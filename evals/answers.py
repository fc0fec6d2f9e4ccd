"""Asks questions end to end and measures the answers, their footnotes and when there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.bootstrap import Estimate, median, ratio
from evals.cases import Case
from evals.corpus import Corpus, scope_of
from evals.metrics import SPACELESS_LANGUAGES, contains_answer, length, token_f1
from evals.recorder import Raw, Recorder
from evals.results import Measurement, Row, present, stages
from indexes.errors import GenerationError, UnknownDocument
from indexes.search import LocalIndex
from indexes.types import Scope
from service.answering.answer import Answerer
from service.answering.types import Answer, Citation, Question

Shares = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's answer, with the record id and the soundness of each of its citations.

    ``raw`` is what the generator wrote before it was checked, None where it was not asked or not
    overheard, and ``pointed`` the record ids that each of its sentences points at.
    """

    case: Case
    answer: Answer
    cited: tuple[str, ...]
    valid: tuple[bool, ...]
    raw: Raw | None = None
    pointed: tuple[frozenset[str], ...] = ()

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
        case = self.case
        return any(
            contains_answer(citation.quote, case.answers, case.language)
            for citation in self.answer.citations
        )


def ask(
    cases: Iterable[Case],
    answerer: Answerer,
    index: LocalIndex,
    corpus: Corpus,
    *,
    without_relevant: bool = False,
    recorder: Recorder | None = None,
) -> list[Asked]:
    """Ask every case over the whole corpus, or over one without what is relevant to it.

    ``recorder`` is the answerer's generator where its drafts are to be measured, too.
    """
    asked = []
    for case in cases:
        scope = scope_of(case.groups, case.relevant if without_relevant else ())
        answer = _answer(case, answerer, index, scope)
        cited = tuple(corpus.record_id(citation.document.path) for citation in answer.citations)
        valid = tuple(_is_valid(citation, index, scope) for citation in answer.citations)
        raw = recorder.take() if recorder else None
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
    for event in answerer.ask(Question(case.text), index, scope):
        if isinstance(event, Answer):
            return event
    raise GenerationError(f"the question {case.id!r} ended without an answer")


def _is_valid(citation: Citation, index: LocalIndex, scope: Scope) -> bool:
    """Whether the quote is the document's own text, in a document that the asker may see."""
    try:
        text = index.catalog.document(citation.document.id, scope).text
    except UnknownDocument:
        return False
    return citation.quote == text[citation.start : citation.end] != ""


def measure_answers(asked: Sequence[Asked]) -> Measurement:
    """Right answers, footnotes, lengths and abstention over answerable and unanswerable cases.

    Right: `contains_answer`, `answer_f1`, over answerable cases that state answers; an abstention
    is not right. Footnotes: `citation_valid`, the share of citations whose quote stands at its
    offsets; `sentence_cited`, the share of sentences with one; then, over answerable cases that
    were answered, `citation_precision`, the share of citations of a relevant document;
    `citation_recall`, of answers that cite one; `sentence_right`, of sentences that do;
    `quote_contains_answer`, of answers with a quote that holds a right answer.
    `false_abstention` is over answerable cases, `abstention` over unanswerable ones.
    """
    answerable = [one for one in asked if one.case.answerable]
    answered = [one for one in answerable if not one.answer.abstained]
    judged = [one for one in answered if one.case.relevant]
    metrics = {
        **_rightness([one for one in answerable if one.case.answers]),
        "citation_valid": ratio([(sum(one.valid), len(one.valid)) for one in asked]),
        "sentence_cited": ratio([_cited_sentences(one.answer) for one in asked]),
        "citation_precision": ratio([(one.relevant_citations, len(one.cited)) for one in judged]),
        "citation_recall": ratio([(one.relevant_citations > 0, 1) for one in judged]),
        "sentence_right": ratio(
            [(one.right_sentences, len(one.answer.sentences)) for one in judged]
        ),
        "quote_contains_answer": ratio(
            [(one.quote_contains_answer, 1) for one in answered if one.case.answers]
        ),
        "false_abstention": _abstentions(answerable),
        "abstention": _abstentions([one for one in asked if not one.case.answerable]),
        **_median_lengths(answered),
    }
    return Measurement("answers", present(metrics), stages(one.answer.timings_ms for one in asked))


def measure_removed(asked: Sequence[Asked]) -> Measurement:
    """Abstention where the relevant documents are gone.

    What was answered may still be right, from another document: `contains_answer` tells.
    """
    metrics = {
        "abstention": _abstentions(asked),
        "contains_answer": ratio([(one.contains_answer, 1) for one in asked if one.case.answers]),
    }
    return Measurement("removed", present(metrics), {})


def measure_raw(asked: Sequence[Asked]) -> Measurement:
    """What the generator wrote of the same questions, before anything was checked or withheld.

    Where it was not asked, because the evidence was judged not to answer, nothing of it counts.
    `contains_answer` is over answerable cases with stated answers, `sentence_right` the share of
    sentences that point at a relevant document, `silent` the share of cases it wrote nothing for.
    """
    overheard = [(one, one.raw) for one in asked if one.raw is not None]
    answerable = [(one, raw) for one, raw in overheard if one.case.answerable]
    metrics = {
        "contains_answer": ratio(
            [
                (contains_answer(raw.text, one.case.answers, one.case.language), 1)
                for one, raw in answerable
                if one.case.answers
            ]
        ),
        "contains_answer_checked": ratio(
            [(one.contains_answer, 1) for one, _ in answerable if one.case.answers]
        ),
        "sentence_right": ratio(
            [
                (
                    sum(not records.isdisjoint(one.case.relevant) for records in one.pointed),
                    len(one.pointed),
                )
                for one, _ in answerable
                if one.case.relevant
            ]
        ),
        "silent": ratio([(not raw.drafts, 1) for _, raw in overheard]),
    }
    return Measurement("raw", present(metrics), {})


def _rightness(asked: Sequence[Asked]) -> dict[str, Estimate | None]:
    f1: Shares = [(token_f1(one.text, one.case.answers, one.case.language), 1) for one in asked]
    return {
        "contains_answer": ratio([(one.contains_answer, 1) for one in asked]),
        "answer_f1": ratio(f1),
    }


def _abstentions(asked: Sequence[Asked]) -> Estimate | None:
    return ratio([(one.answer.abstained, 1) for one in asked])


def _cited_sentences(answer: Answer) -> tuple[int, int]:
    labels = {citation.label for citation in answer.citations}
    cited = sum(not labels.isdisjoint(sentence.citations) for sentence in answer.sentences)
    return cited, len(answer.sentences)


def _median_lengths(answered: Sequence[Asked]) -> dict[str, Estimate | None]:
    by_unit: dict[str, list[float]] = {}
    for one in answered:
        by_unit.setdefault(_unit(one.case.language), []).append(length(one.text, one.case.language))
    return {f"median_{unit}": median(lengths) for unit, lengths in by_unit.items()}


def _unit(language: str) -> str:
    if language in SPACELESS_LANGUAGES:
        return "characters"
    return "syllables" if language == "vi" else "words"


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
            "reason": one.answer.reason,
            "sentences": [
                {"text": each.text, "verdict": each.verdict.value, "citations": each.citations}
                for each in one.answer.sentences
            ],
            "raw": [
                {"text": draft.text, "documents": sorted(records)}
                for draft, records in zip(
                    one.raw.drafts if one.raw else (), one.pointed, strict=True
                )
            ],
            "contains_answer": one.contains_answer,
            "citations": [
                {"document": record_id, "quote": citation.quote, "valid": valid}
                for record_id, citation, valid in zip(
                    one.cited, one.answer.citations, one.valid, strict=True
                )
            ],
        }
        for one in asked
    ]
