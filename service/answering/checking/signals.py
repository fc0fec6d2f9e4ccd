"""What is measured of a sentence and a span that it may rest on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log1p

from service.answering.checking.alignment import NOWHERE, Alignment, align
from service.answering.checking.borrowing import borrowed
from service.answering.checking.contradiction import contradicts, opposed, swapped
from service.answering.checking.displacement import displaced
from service.answering.checking.replacement import replaced
from service.answering.checking.roles import exchanged
from service.answering.checking.statement import Statement

# A word that stands in the title or a heading above the span, and not in the span.
_ABOVE = 0.8
_CELL = " | "
_FIRST_PERSON = frozenset("i me my mine myself tôi mình 我 咱".split())


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured; shares are 0 to 1.

    ``coverage``: the share of the telling words that the span says. ``density``: of the span's
    telling words between the first and the last that the sentence has, those that it has.
    ``unsaid``: the logarithm of one more than the number of words that do not stand there.
    ``personal``: whether it speaks as "I" where the span does not. ``asks``: likewise whether it
    asks. ``swapped``: whether a name stands where the span has another. ``wrong``: whether a
    number, a name, a denial, a side or a role is not the span's. ``displaced``: whether a part of
    another clause stands in the place of one. ``worst``: the cosine of the telling word that the
    span's tokens come least near to, 0 where no embedder has read both.
    """

    coverage: float
    density: float
    unsaid: float
    personal: float
    asks: float
    swapped: float
    wrong: float
    displaced: float = 0.0
    worst: float = 0.0


def measure(sentence: Statement, span: Statement, above: Statement) -> Signals:
    """The signals of words alone; ``above`` is the title and the headings over the span."""
    alignment = _with_numbers(sentence, span, align(sentence.words, span.lookup))
    known_above = above.lookup.by_stem
    strengths = [
        _ABOVE if not strength and word.stem in known_above else strength
        for word, strength in zip(sentence.words, alignment.strengths, strict=True)
    ]
    told = [strengths[place] for place in sentence.told]
    # "A is above B" says that B is below A.
    reversed_, other_side = exchanged(sentence, span, alignment), opposed(sentence, span)
    forms = {word.form for word in sentence.words}
    known = {word.form for word in span.words}
    return Signals(
        coverage=sum(told) / len(told) if told else 0.0,
        density=_density(sentence, span, alignment),
        unsaid=log1p(_unsaid(sentence, span, strengths)),
        personal=float(bool(forms & _FIRST_PERSON - known)),
        asks=float(_asks(sentence.text) and not _asks(span.text)),
        swapped=float(
            swapped(sentence, span, alignment)
            or borrowed(sentence, span)
            or replaced(sentence, span, alignment)
        ),
        wrong=float(contradicts(sentence, span, alignment, above) or reversed_ is not other_side),
        displaced=float(displaced(sentence, span)),
    )


def _with_numbers(sentence: Statement, span: Statement, alignment: Alignment) -> Alignment:
    """Numbers that are written otherwise in the span stand where it has them."""
    strengths, places = list(alignment.strengths), list(alignment.places)
    for claimed in sentence.quantities:
        stated = next((each for each in span.quantities if each.says(claimed)), None)
        if stated is None:
            continue
        place = next(
            (i for i, word in enumerate(span.words) if stated.start <= word.start < stated.end),
            NOWHERE,
        )
        for i, word in enumerate(sentence.words):
            if claimed.start <= word.start < claimed.end and strengths[i] < 1:
                strengths[i], places[i] = 1.0, place
    return replace(alignment, strengths=tuple(strengths), places=tuple(places))


def _density(sentence: Statement, span: Statement, alignment: Alignment) -> float:
    places = {alignment.places[place] for place in sentence.told} - {NOWHERE}
    if not places:
        return 0.0
    inside = [place for place in span.told if min(places) <= place <= max(places)]
    return sum(place in places for place in inside) / len(inside) if inside else 0.0


def _unsaid(sentence: Statement, span: Statement, strengths: Sequence[float]) -> int:
    """Words that do not stand in the span; a row of a table has none that only hold together."""
    is_row = _CELL in span.text
    return sum(
        not strength and (word.tells or not is_row)
        for word, strength in zip(sentence.words, strengths, strict=True)
    )


def _asks(text: str) -> bool:
    return "?" in text or "？" in text
