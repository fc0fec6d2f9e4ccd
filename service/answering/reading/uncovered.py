"""The words of a question that no passage speaks of, as they were asked."""

import re
from collections.abc import Iterator, Sequence

from indexes.language import analyze, vietnamese
from indexes.language.chinese import is_ideograph, simplified
from indexes.language.folding import without_marks
from service.answering.reading.expectation import interrogatives
from service.answering.reading.measured import Passage
from service.answering.reading.question import Asked
from service.answering.reading.similarity import anywhere

# Less rare words describe; that one of them is missing says little. Where there is an answer all
# the same, it mostly says so in other words, unless the word is a very rare one.
_TELLING = 0.5
_STRIKING = 0.8
# A token at least so close to one of a passage is spoken of in other words. Names have no others.
_SPOKEN_OF = 0.5
_NAMED = 0.7
_WORD = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*")
_TOGETHER = re.compile(r"\s?")
# A name that is spoken of as a place or time, and how many words a question has at most that asks
# for one thing; those of multihop-rag-evidence, which name sources and people besides, have more.
_PLACE = re.compile(
    r"\b(?i:to|in|into|at|near|ở|tại|vào|đến|tới) (?:(?i:the) )?"
    r"([^\W\d_][^\s,;?!]*(?: [^\W\d_]\w*)*)"
)
_SHORT = 15

Span = tuple[int, int]


def uncovered(
    asked: Asked, passages: Sequence[Passage], *, answered: bool = False
) -> tuple[str, ...]:
    """Rare words, names and numbers that no passage holds, nor anything like them; in order.

    Neighbours are one entry. They are words of the question alone, never of a document. Of a
    question that is ``answered`` only the rarest are told.
    """
    least = _STRIKING if answered else _TELLING
    asking = interrogatives(asked.text)
    known = frozenset().union(*(passage.terms for passage in passages))
    if asked.text.isascii():
        # Typed without marks, it finds words that have them; and stop words are not known as such.
        known |= {without_marks(term) for term in known if not term.isascii()}
        if any(passage.hit.document.language == vietnamese.CODE for passage in passages):
            known |= vietnamese.BARE_STOP_WORDS
    missing: list[Span] = []
    for match in _WORD.finditer(asked.text):
        if any(map(is_ideograph, match.group())):
            missing.extend(_of_ideographs(asked, match, known, least))
        elif _is_missing(asked, match, known, least) and not _spoken_of(asked, match, passages):
            missing.append(match.span())
    told = [span for span in missing if not any(_meet(span, other) for other in asking)]
    return tuple(asked.text[start:end] for start, end in _joined(asked.text, told))


def asks_elsewhere(question: str, words: Sequence[str]) -> bool:
    """Whether any of these words of a short ``question`` names the place that it asks about.

    What is said of other places answers nothing about this one. A long question names much that a
    passage need not.
    """
    asked = [found.group() for found in _WORD.finditer(question)]
    if len(asked) > _SHORT or not any(word[0].islower() for word in asked[1:]):
        return False
    places = (found.group(1) for found in _PLACE.finditer(question))
    return any(word[0].isupper() and place.startswith(word) for place in places for word in words)


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _is_missing(asked: Asked, word: re.Match[str], known: frozenset[str], least: float) -> bool:
    terms = [term for term in analyze(word.group(), "") if term in asked.rarity]
    if not terms or max(asked.rarity[term] for term in terms) < least:
        return False
    likeness = dict(zip(asked.rarity, asked.likeness(known), strict=True))
    return not any(likeness[term] for term in terms)


def _spoken_of(asked: Asked, word: re.Match[str], passages: Sequence[Passage]) -> bool:
    """Whether some passage comes close to the word by its vectors; to a number nothing does."""
    if any(character.isdigit() for character in word.group()):
        return False
    named = word.start() > 0 and word.group()[0].isupper()
    return _closeness(asked, word.span(), passages) >= (_NAMED if named else _SPOKEN_OF)


def _closeness(asked: Asked, word: Span, passages: Sequence[Passage]) -> float:
    """How close the tokens of a word come, on the mean, to those of the passage nearest to it."""
    if asked.vectors is None:
        return 0.0
    tokens = [
        place
        for place, (start, end) in enumerate(asked.vectors.spans)
        if word[0] <= start and end <= word[1]
    ]
    matched = [passage.matches for passage in passages if passage.matches]
    if not tokens or not matched:
        return 0.0
    return max(float(anywhere(matches)[tokens].mean()) for matches in matched)


def _of_ideographs(
    asked: Asked, run: re.Match[str], known: frozenset[str], least: float
) -> Iterator[Span]:
    """Runs of characters that stand in missing pairs alone."""
    text = simplified(run.group())
    held, lacking = set[int](), set[int]()
    for place in range(len(text) - 1):
        pair = text[place : place + 2]
        if pair in asked.rarity:
            found = pair in known or asked.rarity[pair] < least
            (held if found else lacking).update((place, place + 1))
    open_places = lacking - held
    for place in sorted(open_places):
        if place - 1 not in open_places:
            end = place
            while end in open_places:
                end += 1
            if end - place > 1:
                yield run.start() + place, run.start() + end


def _joined(text: str, spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and _TOGETHER.fullmatch(text, joined[-1][1], start):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
