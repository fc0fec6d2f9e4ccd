"""Whether a sentence puts a name or a number into what a span says of something else."""

import re

from indexes.language import sentences
from service.answering.checking.statement import Statement

_TWO = 2
# Words by which a sentence speaks of what the one before it named.
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|these|that|those|who|which|both|"
    r"ông|bà|anh|chị|cô|nó|họ|này|đó|ấy)\b|[他她它其该此这]",
    re.IGNORECASE,
)
_LEAD = re.compile(r"[:：]\s*$")
_CELL = " | "


def points_back(text: str) -> bool:
    """Whether ``text`` speaks of something that was named before it."""
    return _POINTS_BACK.search(text) is not None


def borrowed(sentence: Statement, span: Statement) -> bool:
    """Whether only names and numbers of ``sentence`` need the second of the span's two sentences.

    That is right where they stand before a sentence that points back to them, and else they were
    put in the place of others. Rows and items belong to what stands over them.
    """
    if not (sentence.names or sentence.quantities) or _CELL in span.text:
        return False
    parts = sentences(span.text)
    if len(parts) != _TWO or _LEAD.search(span.text[slice(*parts[0])]):
        return False
    told = {sentence.words[place].stem for place in sentence.told}
    lent = {sentence.words[place].stem for place in sentence.names} | {
        word.stem
        for word in sentence.words
        if any(each.start <= word.start < each.end for each in sentence.quantities)
    }
    first, second = (
        {word.stem for word in span.words if start <= word.start < end} & told
        for start, end in parts
    )
    if len(first) >= len(second):
        return bool(second - first) and second - first <= lent
    return (
        bool(first - second)
        and first - second <= lent
        and not points_back(span.text[slice(*parts[1])])
    )
