"""What a question counts ("how many weeks"), and whether a statement counts that."""

import re
from functools import lru_cache

from service.answering.reading.expectation import CARDINAL

# What stands before the counted word may say which of them: "how many different kinds".
_COUNTED = re.compile(
    r"(?i)\bhow many (?:(?:more|other|different|full|total|paid) )*(?P<en>[a-z]{3,})|"
    r"\b(?:bao nhi[êe]u|mấy) (?P<vi>[^\W\d_]+)|(?:多少|几)个?(?P<zh>[\u4e00-\u9fff])"
)
_LASTING = re.compile(r"(?i)\bhow (?:long|soon)\b|\bbao l[âa]u\b|多久|多长时间")
_TIME = re.compile(
    rf"(?i){CARDINAL}[\s-]*(?:[^\W\d_]+ )?(?:(?:second|minute|hour|day|week|month|year|decade)s?\b|"
    r"(?:giây|phút|giờ|tiếng|ngày|tuần|tháng|năm)\b|秒|分钟|个?小时|天|日|个?星期|周|个?月|年)"
)
# A word between a number and what it counts, such as "European" in "twelve European countries".
_DESCRIBING = r"(?!(?:the|of|and|or|in|on|to|for|a|an)\b)\w+"


def quantity(question: str) -> re.Pattern[str] | None:
    """What finds a number of what ``question`` counts, or a length of time; None if neither."""
    counted = _COUNTED.search(question)
    if counted and counted.lastgroup:
        return _numbers_of(counted.group(counted.lastgroup).lower(), counted.lastgroup)
    return _TIME if _LASTING.search(question) else None


def counts(statement: str, quantity: re.Pattern[str], question: str) -> bool:
    """Whether ``statement`` has such a number that ``question`` does not bring itself."""
    return any(found.group() not in question for found in quantity.finditer(statement))


@lru_cache(maxsize=256)
def _numbers_of(word: str, language: str) -> re.Pattern[str]:
    """A number with the word close behind it, in the singular or plural."""
    match language:
        case "en":
            one = word[:-3] if word.endswith("ies") else word.removesuffix("s")
            return re.compile(rf"(?i){CARDINAL}[\s-]+(?:{_DESCRIBING}[\s-]+){{0,2}}{one}")
        case "vi":
            return re.compile(rf"(?i){CARDINAL}\s+(?:\w+\s+)?{word}\b")
        case _:
            return re.compile(rf"{CARDINAL}\s*[多余]?个?[^\W\d_]?{word}")
