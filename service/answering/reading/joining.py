"""Statements of several documents that answer together what none of them answers alone."""

from collections.abc import Sequence

from service.answering.reading.measured import Candidate
from service.answering.reading.question import Asked

# Documents that an answer joins at most; on the even half of multihop-rag-evidence answers then
# cite .58 of the gold documents instead of .42, and .87 of what is cited is gold.
_DOCUMENTS = 3
# What a further statement must add: so many terms of the question, and this share of its rarity.
_NEW_TERMS = 2
_NEW_RARITY = 0.15
# How far below the best a statement may score; beyond that it is about something else.
_BELOW_BEST = 0.28


def complements(asked: Asked, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best statement, and of each further document the best one that adds to those before."""
    ranked = sorted(candidates, key=lambda c: (-c.score, c.passage.hit.rank, c.start))
    if not ranked:
        return []
    chosen = [ranked[0]]
    held = ranked[0].held
    documents = {ranked[0].passage.hit.document.id}
    for each in ranked[1:]:
        document = each.passage.hit.document.id
        if len(chosen) == _DOCUMENTS or each.score < ranked[0].score - _BELOW_BEST:
            break
        if document not in documents and _adds(asked, each.held - held):
            chosen.append(each)
            held |= each.held
            documents.add(document)
    return chosen


def _adds(asked: Asked, new: frozenset[str]) -> bool:
    total = sum(asked.rarity.values())
    rarity = sum(asked.rarity[term] for term in new)
    return len(new) >= _NEW_TERMS and rarity >= _NEW_RARITY * total
