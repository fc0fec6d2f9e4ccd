"""What is measured of a question and its evidence to judge whether the evidence answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from math import exp, inf, log1p

import numpy as np

from indexes.language import analyze
from indexes.language.chinese import is_ideograph
from indexes.types import Hit
from service.answering.reading.expectation import Expectation
from service.answering.reading.measured import Candidate, Passage
from service.answering.reading.question import Asked
from service.answering.reading.similarity import anywhere, closest, maxsim

# Terms at least so rare count alike: what was learned where a document was hidden, whose words the
# collection's statistics still count, has to hold where there never was one.
_RARE = 0.8
# A term above this share of the greatest rarity names something; others describe.
_TELLING = 0.7
# Terms of a question no farther apart than this are held together in what answers it.
_REACH = 3
# Terms of a passage after which two of its words have little to do with each other.
_NEAR = 8
# Candidates whose own words are looked at closely.
_CLOSELY = 5
_NAME = re.compile(r"(?<!\w)(?:[A-Z\u00c0-\u00de\u0110\u01a0\u01af\u1ea0-\u1ef9]|\d)[^\W_]*")
# A token that is no term counts a little where tokens are weighted by rarity.
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured of a question and its evidence; each about 0 to 1.

    Shares of the question's rarity, squared: ``anywhere_coverage`` in all passages together,
    ``passage_coverage`` in the best one, word forms included. ``statement_coverage`` and
    ``bigrams`` are the best of any statement; ``proximity`` is how near terms that are neighbours
    in the question stand in a passage, ``run`` the share of the question's terms in the longest
    run that a passage has too, ``names`` how far the best passage holds the question's names and
    numbers. ``missing`` and ``nowhere`` are the logarithm of the rarity that the best passage, and
    all of them, lack.

    ``lexical_lead`` is how far BM25's best hit stands above the mean of the others,
    ``document_lead`` above the best of another document, both over the best; ``score`` the first
    hit's. ``terms`` is the logarithm of the number of the question's terms, ``telling`` the number
    of rare ones, over 4, ``ideographs`` the share of its characters that are: their terms are
    pairs. ``news`` is the share of the best statement's terms that the question does not bring;
    ``mismatch`` whether it lacks the kind of thing asked for.

    The rest is MaxSim, 0 without vectors: of the best statement with the one before it, of the best
    passage, the same by rarity, of the best statement by rarity; how close the rarest words at
    least come; leads of the best passage over the mean of the others and over the best of another
    document; lead of the best statement over the second.
    """

    anywhere_coverage: float
    passage_coverage: float
    statement_coverage: float
    bigrams: float
    proximity: float
    run: float
    names: float
    missing: float
    nowhere: float
    lexical_lead: float
    document_lead: float
    score: float
    top_rarity: float
    mean_rarity: float
    terms: float
    telling: float
    news: float
    mismatch: float
    asks_for_person: float
    ideographs: float
    context_similarity: float = 0.0
    passage_similarity: float = 0.0
    rare_similarity: float = 0.0
    statement_similarity: float = 0.0
    weakest: float = 0.0
    passage_lead: float = 0.0
    similarity_lead: float = 0.0
    sentence_lead: float = 0.0


_OF_TOKENS = tuple(each.name for each in fields(Signals) if each.default == 0.0)


def measure(
    asked: Asked,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
) -> Signals:
    """The signals of at least one candidate; ``hits`` are all that the search found."""
    ranked = sorted(candidates, key=lambda c: (-c.score, c.passage.hit.rank, c.start))
    rarity = {term: min(value, _RARE) / _RARE for term, value in asked.rarity.items()}
    return Signals(
        **_words(asked, rarity, passages, candidates),
        **_of_hits(hits),
        **_of_question(asked, rarity),
        news=_news(asked, ranked[0]),
        mismatch=float(ranked[0].mismatch),
        **(_similarities(asked, passages, ranked) if _matched(passages) else {}),
    )


def words_alone(signals: Signals) -> Signals:
    """The signals as they are where nothing is known of tokens."""
    return replace(signals, **dict.fromkeys(_OF_TOKENS, 0.0))


def _words(
    asked: Asked,
    rarity: Mapping[str, float],
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
) -> dict[str, float]:
    values = np.array(list(rarity.values()))
    likeness = np.array([asked.likeness(passage.terms) for passage in passages])
    everywhere = asked.likeness(frozenset().union(*(passage.terms for passage in passages)))
    squared = values**2
    total = float(squared.sum()) or 1.0
    coverages = likeness @ squared / total
    order = np.array([passage.hit.score for passage in passages])
    best = int(np.argmax(coverages + 0.3 * order))
    layouts = [_places(asked, passage) for passage in passages]
    return {
        "anywhere_coverage": float((np.array(everywhere) == 1) @ squared) / total,
        "passage_coverage": float(coverages.max()),
        "statement_coverage": max(c.soft_coverage for c in candidates),
        "bigrams": max(c.bigrams for c in candidates),
        "proximity": max(_proximity(rarity, places) for places in layouts),
        "run": max(_run(asked, places) for places in layouts),
        "names": _names(asked, passages[best]),
        "missing": log1p(float(values @ (1 - likeness[best]))),
        "nowhere": log1p(float(values @ (1 - np.array(everywhere)))),
    }


def _places(asked: Asked, passage: Passage) -> dict[str, list[int]]:
    """Where the question's terms stand among the passage's, for those that do."""
    chunk, language = passage.hit.chunk, passage.hit.document.language
    places: dict[str, list[int]] = {}
    for place, term in enumerate(asked.words(chunk.text, language)):
        if term in asked.rarity:
            places.setdefault(term, []).append(place)
    return places


def _proximity(rarity: Mapping[str, float], places: Mapping[str, Sequence[int]]) -> float:
    """How near each pair of neighbours in the question stands in a passage, by their rarity.

    A pair counts exp(-d / 8) of the product of its rarities, d terms lying between them.
    """
    near = total = 0.0
    for (i, one), (j, other) in combinations(enumerate(rarity), 2):
        if j - i <= _REACH:
            weight = rarity[one] * rarity[other]
            total += weight
            near += weight * exp(-_gap(places.get(one, []), places.get(other, [])) / _NEAR)
    return near / total if total else 0.0


def _gap(one: Sequence[int], other: Sequence[int]) -> float:
    """The fewest terms between any two places; infinite where there is none."""
    return min((abs(a - b) - 1 for a in one for b in other), default=inf)


def _run(asked: Asked, places: Mapping[str, Sequence[int]]) -> float:
    """The share of the question's terms in the longest run of them that the passage has too."""
    longest = 0
    before: dict[int, int] = {}
    for term in asked.terms:
        here = {place: before.get(place - 1, 0) + 1 for place in places.get(term, ())}
        longest = max(longest, *here.values()) if here else longest
        before = here
    return longest / len(asked.terms) if asked.terms else 0.0


def _names(asked: Asked, passage: Passage) -> float:
    """How far the passage holds the name or number of the question that it holds least; 1 of none.

    A name begins with a capital and does not begin the question.
    """
    likeness = dict(zip(asked.rarity, asked.likeness(passage.terms), strict=True))
    named = (
        term
        for word in _NAME.finditer(asked.text)
        if word.start() > 0 or word.group()[0].isdigit()
        for term in analyze(word.group(), "")
        if term in likeness
    )
    return min((likeness[term] for term in named), default=1.0)


def _of_hits(hits: Sequence[Hit]) -> dict[str, float]:
    lexical = [hit.legs.get("lexical", 0.0) for hit in hits]
    documents = [hit.document.id for hit in hits]
    largest = max(lexical) or 1.0
    return {
        "lexical_lead": _lead(lexical) / largest,
        "document_lead": _lead_of_document(lexical, documents) / largest,
        "score": hits[0].score,
    }


def _of_question(asked: Asked, rarity: Mapping[str, float]) -> dict[str, float]:
    values = list(rarity.values())
    return {
        "top_rarity": max(values, default=0.0),
        "mean_rarity": sum(values) / len(values) if values else 0.0,
        "terms": log1p(len(values)),
        "telling": sum(value > _TELLING for value in values) / 4,
        "ideographs": sum(map(is_ideograph, asked.text)) / (len(asked.text) or 1),
        "asks_for_person": float(asked.expectation is Expectation.PERSON),
    }


def _news(asked: Asked, best: Candidate) -> float:
    chunk = best.passage.hit.chunk
    text = chunk.text[best.start - best.passage.offset : best.end - best.passage.offset]
    terms = set(asked.words(text, best.passage.hit.document.language))
    return sum(term not in asked.rarity for term in terms) / len(terms) if terms else 0.0


def _matched(passages: Sequence[Passage]) -> bool:
    return any(passage.matches for passage in passages)


def _similarities(
    asked: Asked, passages: Sequence[Passage], ranked: Sequence[Candidate]
) -> dict[str, float]:
    plain = [passage.similarity for passage in passages]
    documents = [passage.hit.document.id for passage in passages]
    statements = sorted((c.similarity for c in ranked), reverse=True)
    best = passages[int(np.argmax(plain))]
    return {
        "context_similarity": max(c.context_similarity for c in ranked),
        "passage_similarity": max(plain),
        "rare_similarity": max(passage.rare_similarity for passage in passages),
        "statement_similarity": max(_by_rarity(asked, c) for c in ranked[:_CLOSELY]),
        "weakest": _weakest(asked, best),
        "passage_lead": _lead(plain),
        "similarity_lead": _lead_of_document(plain, documents),
        "sentence_lead": statements[0] - statements[1] if len(statements) > 1 else 0.0,
    }


def _by_rarity(asked: Asked, candidate: Candidate) -> float:
    passage = candidate.passage
    if passage.matches is None:
        return 0.0
    place = candidate.start - passage.offset, candidate.end - passage.offset
    return maxsim(closest(passage.matches, place), asked.token_rarity + np.float32(_LEAST))


def _weakest(asked: Asked, passage: Passage) -> float:
    """1 less what the token that the passage misses most lacks, by its rarity."""
    if passage.matches is None:
        return 0.0
    return float((1 - asked.token_rarity * (1 - anywhere(passage.matches))).min())


def _lead(scores: Sequence[float]) -> float:
    """How far the best score stands above the mean of the others."""
    best, *others = sorted(scores, reverse=True)
    return best - (sum(others) / len(others) if others else 0.0)


def _lead_of_document(scores: Sequence[float], documents: Sequence[str]) -> float:
    """How far the best score stands above the best of another document."""
    best = max(range(len(scores)), key=scores.__getitem__)
    others = (score for score, of in zip(scores, documents, strict=True) if of != documents[best])
    return scores[best] - max(others, default=0.0)
