"""Support by a model of entailment: whether a sentence follows from the words of a passage."""

from indexes.entailment import EntailmentModel
from service.answering.checking.quantities import missing
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import AT_MOST_WHEN_WRONG, Support, closest
from service.answering.types import Method

# Candidates that are read where a passage shares no word with the sentence, as one in another
# language does. The model takes some milliseconds for each.
_READ = 8


def entailed_support(
    sentence: Statement, passage: Passage, model: EntailmentModel
) -> Support | None:
    """The support that one passage gives as ``model`` reads it; a missing number is no support."""
    chosen = closest(sentence, passage.candidates) or list(passage.candidates[:_READ])
    spans = [passage.statement(candidate) for candidate in chosen]
    entailed = model.entailed([(span.text, sentence.text) for span in spans])
    supports = []
    for candidate, span, score in zip(chosen, spans, entailed, strict=True):
        lacks = bool(missing(sentence.quantities, span.quantities))
        kept = min(score, AT_MOST_WHEN_WRONG) if lacks else score
        supports.append(Support(passage, candidate, kept, Method.ENTAILMENT))
    return max(supports, key=lambda support: support.rank, default=None)
