"""What the answers to a question set amount to: rightness, footnotes, lengths and abstention."""

from collections.abc import Iterable, Sequence

from evals.answers import Asked
from evals.bootstrap import Estimate, median, ratio
from evals.cases import Case
from evals.metrics import SPACELESS_LANGUAGES, contains_answer, length, token_f1
from evals.results import Measurement, present, stages
from service.answering.types import Answer

Shares = list[tuple[float, float]]


def measure_answers(asked: Sequence[Asked]) -> Measurement:
    """Right answers, footnotes, lengths and abstention over answerable and unanswerable cases.

    Right: `contains_answer`, `answer_f1`, over answerable cases that state answers; an abstention
    is not right. Footnotes: `citation_valid`, the share of citations whose quote stands at its
    offsets; `sentence_cited`, the share of sentences with one; then, over answerable cases that
    were answered, `citation_precision`, the share of citations of a relevant document;
    `citation_recall`, of answers that cite one; `sentence_right`, of sentences that do;
    `quote_contains_answer`, of answers with a quote that holds a right answer; `sentence_backed`,
    of sentences that hold a right answer, those whose own quote does.
    `false_abstention` is over answerable cases, `abstention` over unanswerable ones;
    `hint_contains_answer` is of answerable cases that were declined those where what is named as
    nearest holds a right answer, and `shown` of all that state answers those that either shows;
    `stood_in` is where extraction answered as nothing that the model wrote could be confirmed,
    and `stood_in_right` the share of those that hold a right answer.
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
        "sentence_backed": ratio(
            [_backed(one.case, _cited(one.answer)) for one in answered if one.case.answers]
        ),
        "quote_contains_answer": ratio(
            [(one.quote_contains_answer, 1) for one in answered if one.case.answers]
        ),
        "false_abstention": _abstentions(answerable),
        "abstention": _abstentions([one for one in asked if not one.case.answerable]),
        **_shown([one for one in answerable if one.case.answers]),
        **_stood_in(answerable),
        **_median_lengths(answered),
    }
    return Measurement("answers", present(metrics), stages(one.answer.timings_ms for one in asked))


def _shown(stated: Sequence[Asked]) -> dict[str, Estimate | None]:
    declined = [one for one in stated if one.answer.abstained]
    return {
        "hint_contains_answer": ratio([(one.hint_contains_answer, 1) for one in declined]),
        "shown": ratio(
            [(one.quote_contains_answer or one.hint_contains_answer, 1) for one in stated]
        ),
    }


def measure_removed(asked: Sequence[Asked]) -> Measurement:
    """Abstention where the relevant documents are gone.

    What was answered may still be right, from another document: `contains_answer` tells.
    """
    metrics = {
        "abstention": _abstentions(asked),
        "contains_answer": ratio([(one.contains_answer, 1) for one in asked if one.case.answers]),
        **_stood_in(asked),
    }
    return Measurement("removed", present(metrics), {})


def measure_raw(asked: Sequence[Asked]) -> Measurement:
    """The same of what the model wrote from the same evidence, with nothing judged or withheld.

    The metrics are those of `measure_answers`; a sentence is right that points at a relevant
    document, and it abstains where it writes nothing.
    """
    overheard = [(one.case, one.raw, one.pointed) for one in asked if one.raw is not None]
    answerable = [(case, raw, pointed) for case, raw, pointed in overheard if case.answerable]
    stated = [(case, raw) for case, raw, _ in answerable if case.answers]
    silent = [(case, not raw.drafts) for case, raw, _ in overheard]
    metrics = {
        "contains_answer": ratio(
            [(contains_answer(raw.text, case.answers, case.language), 1) for case, raw in stated]
        ),
        "answer_f1": ratio(
            [(token_f1(raw.text, case.answers, case.language), 1) for case, raw in stated]
        ),
        "sentence_right": ratio(
            [
                (sum(not records.isdisjoint(case.relevant) for records in pointed), len(pointed))
                for case, _, pointed in answerable
                if case.relevant and pointed
            ]
        ),
        "sentence_backed": ratio([_backed(case, raw.cited) for case, raw in stated]),
        "false_abstention": ratio([(mute, 1) for case, mute in silent if case.answerable]),
        "abstention": ratio([(mute, 1) for case, mute in silent if not case.answerable]),
    }
    return Measurement("raw", present(metrics), {})


def measure_raw_removed(asked: Sequence[Asked]) -> Measurement:
    """How often the model by itself writes nothing where the relevant documents are gone."""
    silent = ratio([(not one.raw.drafts, 1) for one in asked if one.raw is not None])
    return Measurement("raw removed", present({"abstention": silent}), {})


def _cited(answer: Answer) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each sentence with the quotes that it cites."""
    quotes = {citation.label: citation.quote for citation in answer.citations}
    return [
        (each.text, tuple(quotes[label] for label in each.citations)) for each in answer.sentences
    ]


def _backed(case: Case, cited: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[int, int]:
    """Of the sentences that hold a right answer, those that cite words that hold one, too."""
    answers, language = case.answers, case.language
    telling = [quotes for text, quotes in cited if contains_answer(text, answers, language)]
    backed = sum(any(contains_answer(q, answers, language) for q in qs) for qs in telling)
    return backed, len(telling)


def _stood_in(asked: Sequence[Asked]) -> dict[str, Estimate | None]:
    """Where a model writes: how often extraction spoke for it, and was right."""
    stated = [one for one in asked if one.stood_in and one.case.answers]
    return {
        "stood_in": ratio([(one.stood_in, 1) for one in asked if one.model]),
        "stood_in_right": ratio([(one.contains_answer, 1) for one in stated]),
    }


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
