"""Whether a sentence puts a name into what a span says of somebody else."""

import re

from indexes.language import sentences
from service.answering.checking.statement import Statement

_TWO = 2
# Words by which a sentence speaks of a name in the one before it.
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|these|that|those|who|which|both|"
    r"ông|bà|anh|chị|cô|nó|họ|này|đó|ấy)\b|[他她它其该此这]",
    re.IGNORECASE,
)
_LEAD = re.compile(r"[:：]\s*$")
_CELL = " | "


def borrowed(sentence: Statement, span: Statement) -> bool:
    """Whether only a name of ``sentence`` needs the second of the span's two sentences.

    That is right where the name stands before a sentence that points back to it, and else the name
    was put in the place of another. Rows and items belong to what stands over them.
    """
    if not sentence.names or _CELL in span.text:
        return False
    parts = sentences(span.text)
    if len(parts) != _TWO or _LEAD.search(span.text[slice(*parts[0])]):
        return False
    told = {sentence.words[place].stem for place in sentence.told}
    named = {sentence.words[place].stem for place in sentence.names}
    first, second = (
        {word.stem for word in span.words if start <= word.start < end} & told
        for start, end in parts
    )
    if len(first) >= len(second):
        return bool(second - first) and second - first <= named
    points_back = _POINTS_BACK.search(span.text[slice(*parts[1])])
    return bool(first - second) and first - second <= named and not points_back
