"""Which way a number is bounded: "at most 5", "5 or more", in three languages."""

import re
from enum import Enum

from service.answering.checking.statement import Statement

# What may stand between such words and their number.
_GAP = r"\s*[$€£¥₫]?$"
_MOST_BEFORE = re.compile(
    r"(?:\b(?:up to|at most|(?:no|not) (?:more|longer|later) than|(?:maximum|max) of|"
    r"(?<!no )(?<!not )(?:less|fewer) than|under|below|within|(?:not|n't) exceed|not exceeding|"
    r"tối đa|nhiều nhất|không (?:quá|hơn)|(?<!không )dưới|(?<!không )ít hơn|trong vòng|chưa đến)"
    r"|最多|至多|不超过|不多于|不高于|(?<!不)少于|(?<!不)低于|不到|不足|(?<!不)小于)" + _GAP,
    re.IGNORECASE,
)
_LEAST_BEFORE = re.compile(
    r"(?:\b(?:at least|(?:no|not) (?:less|fewer) than|(?:minimum|min) of|"
    r"(?<!no )(?<!not )more than|over|above|exceed(?:s|ed|ing)?|"
    r"tối thiểu|ít nhất|không (?:dưới|ít hơn)|trên|(?<!không )hơn)"
    r"|至少|最少|(?<!不)超过|(?<!不)高于|(?<!不)多于|(?<!不)大于|不少于|不低于)" + _GAP,
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(
    r"\s*(?:or (?:less|fewer|under)\b|trở xuống\b|以下|以内|之内)", re.IGNORECASE
)
_LEAST_AFTER = re.compile(r"\s*(?:or (?:more|over|above)\b|trở lên\b|以上)", re.IGNORECASE)
_BEFORE_CHARS = 24


class Bound(Enum):
    """A number is the most, the least, or simply the value."""

    MOST = "most"
    LEAST = "least"
    VALUE = "value"


def bound(text: str, start: int, end: int) -> Bound:
    """That of the number ``text[start:end]``."""
    before = text[max(0, start - _BEFORE_CHARS) : start]
    if _MOST_AFTER.match(text, end) or _MOST_BEFORE.search(before):
        return Bound.MOST
    if _LEAST_AFTER.match(text, end) or _LEAST_BEFORE.search(before):
        return Bound.LEAST
    return Bound.VALUE


def bounded_otherwise(sentence: Statement, span: Statement) -> bool:
    """Whether a number is the most in one of the texts and the least in the other."""
    for claimed in sentence.quantities:
        mine = bound(sentence.text, claimed.start, claimed.end)
        theirs = {
            bound(span.text, each.start, each.end) for each in span.quantities if each.says(claimed)
        }
        if mine is not Bound.VALUE and theirs == {Bound.MOST, Bound.LEAST} - {mine}:
            return True
    return False
