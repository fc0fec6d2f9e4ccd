"""Which way a number is bounded: "at most 5", "5 or more", in three languages."""

import re
from enum import Enum

from service.answering.checking.quantities import Quantity
from service.answering.checking.statement import Statement

# What may stand between such words and their number.
_GAP = r"\s*[$€£¥₫]?$"
_MOST_BEFORE = re.compile(
    r"(?:\b(?:up to|at most|(?:no|not) (?:more|longer|later) than|(?:maximum|max) of|"
    r"(?<!no )(?<!not )(?:less|fewer) than|under|below|within|(?:not|n't) exceed|not exceeding|"
    r"tối đa|nhiều nhất|không (?:quá|hơn)|(?<!không )dưới|(?<!không )ít hơn|trong vòng|chưa đến)"
    r"|最多|至多|不超过|不多于|不高于|(?<!不)少于|(?<!不)低于|不到|不足|(?<!不)小于"
    r"|(?<![<＜])[<＜≤≦⩽]=?|=<)" + _GAP,
    re.IGNORECASE,
)
_LEAST_BEFORE = re.compile(
    r"(?:\b(?:at least|(?:no|not) (?:less|fewer) than|(?:minimum|min) of|"
    r"(?<!no )(?<!not )more than|over|above|exceed(?:s|ed|ing)?|"
    r"tối thiểu|ít nhất|không (?:dưới|ít hơn)|trên|(?<!không )hơn)"
    r"|至少|最少|(?<!不)超过|(?<!不)高于|(?<!不)多于|(?<!不)大于|不少于|不低于"
    r"|(?<![-=>＞<])[>＞≥≧⩾]=?)" + _GAP,
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(
    r"\s*(?:or (?:less|fewer|under)\b|trở xuống\b|以下|以内|之内|内(?!容))", re.IGNORECASE
)
_LEAST_AFTER = re.compile(r"\s*(?:or (?:more|over|above)\b|trở lên\b|以上)", re.IGNORECASE)
_BEFORE_CHARS = 24
# Of a time, a date or a length of time these are bounds too; where a point of time stands in the
# same place, "on", "after" and "before" cannot both be right.
_DAY = r"\s*(?:(?:the|ngày|mùng|mồng|tháng|năm|lúc|end of)\s+)*$"
_UNTIL = re.compile(
    rf"(?:\b(?:until|till|by|đến|tới|hạn chót)|截至|截止到?|直到|到|至){_DAY}", re.IGNORECASE
)
_BEFORE = re.compile(rf"\b(?:before|prior to|(?<!hôm )trước){_DAY}", re.IGNORECASE)
_SINCE = re.compile(rf"(?:\b(?:from|since|từ|kể từ)|自从?|从){_DAY}", re.IGNORECASE)
_AFTER = re.compile(rf"\b(?:after|later than|sau){_DAY}", re.IGNORECASE)
_ON = re.compile(rf"(?:\b(?:on|at|vào|lúc)|于|在){_DAY}", re.IGNORECASE)
_BEFORE_BEHIND = re.compile(r"\s*(?:(?:之|以)?前)")
_AFTER_BEHIND = re.compile(r"\s*(?:(?:之|以)?[后後])(?![天年来])")
_SINCE_BEHIND = re.compile(r"\s*(?:onwards?\b|trở đi\b|起)", re.IGNORECASE)
_LENGTHS = frozenset({"time", "months"})


class Bound(Enum):
    """A number is the most, the least, or simply the value.

    Of times, ``BEFORE`` and ``AFTER`` are a most and a least that leave the time itself out, and
    ``ON`` is the time itself.
    """

    MOST = "most"
    LEAST = "least"
    VALUE = "value"
    BEFORE = "before"
    AFTER = "after"
    ON = "on"


_OF_TIME = (
    (Bound.AFTER, _AFTER, _AFTER_BEHIND),
    (Bound.BEFORE, _BEFORE, _BEFORE_BEHIND),
    (Bound.LEAST, _SINCE, _SINCE_BEHIND),
    (Bound.MOST, _UNTIL, None),
    (Bound.ON, _ON, None),
)
_UPPER = frozenset({Bound.MOST, Bound.BEFORE})
_LOWER = frozenset({Bound.LEAST, Bound.AFTER})


def bound(text: str, start: int, end: int) -> Bound:
    """That of the number ``text[start:end]``."""
    before = text[max(0, start - _BEFORE_CHARS) : start]
    if _MOST_AFTER.match(text, end) or _MOST_BEFORE.search(before):
        return Bound.MOST
    if _LEAST_AFTER.match(text, end) or _LEAST_BEFORE.search(before):
        return Bound.LEAST
    return Bound.VALUE


def bound_in_time(text: str, found: Quantity) -> Bound:
    """That of a time, a date or a length of time; VALUE for any other number."""
    known = bound(text, found.start, found.end)
    is_length = found.unit_name in _LENGTHS and not found.is_year
    if known is not Bound.VALUE or not (is_length or found.is_year or found.unit_name == "clock"):
        return known
    before = text[max(0, found.start - _BEFORE_CHARS) : found.start]
    # "by two days", "30天前" and "trước 2 tuần" say how far away something is.
    ways = _OF_TIME[:1] if is_length else _OF_TIME
    return next(
        (
            way
            for way, ahead, behind in ways
            if ahead.search(before) or (behind and behind.match(text, found.end))
        ),
        Bound.VALUE,
    )


def bounded_otherwise(sentence: Statement, span: Statement) -> bool:
    """Whether a number is the most in one of the texts and the least in the other.

    So is a time by which, and one after which. Where one of the two denies, these change sides.
    """
    turned = bool(sentence.denied) != bool(span.denied)
    for claimed in sentence.quantities:
        same = [each for each in span.quantities if each.says(claimed)]
        mine = bound(sentence.text, claimed.start, claimed.end)
        theirs = {bound(span.text, each.start, each.end) for each in same}
        if mine is not Bound.VALUE and theirs == {Bound.MOST, Bound.LEAST} - {mine}:
            return True
        if not turned and same:
            when = bound_in_time(sentence.text, claimed)
            if all(_exclude(when, bound_in_time(span.text, each)) for each in same):
                return True
    return False


def _exclude(one: Bound, other: Bound) -> bool:
    """Whether no time is both."""
    return (
        (one in _UPPER and other in _LOWER)
        or (one in _LOWER and other in _UPPER)
        or {one, other} in ({Bound.ON, Bound.BEFORE}, {Bound.ON, Bound.AFTER})
    )
