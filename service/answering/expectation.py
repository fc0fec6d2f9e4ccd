"""What kind of thing a question asks for, and whether a sentence has one to offer."""

import re
from enum import StrEnum


class Expectation(StrEnum):
    """The kind of answer that a question's own words announce."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    ANYTHING = "anything"


_ASKED = {
    Expectation.DATE: re.compile(
        r"(?i)\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|khi nào|"
        r"bao giờ|năm (?:nào|bao nhiêu)|ngày (?:nào|mấy)|lúc nào|tháng (?:nào|mấy)|thế kỷ nào|"
        r"mấy giờ|何时|什么时候|什么时间|哪一?年|哪一?天|哪个月|几[年月号点日]"
    ),
    Expectation.NUMBER: re.compile(
        r"(?i)\bhow (?:many|much|long|old|far|often|large|big|tall|high|fast)\b|"
        r"\bwhat (?:percent|percentage|number|age|amount)\b|bao nhiêu|\bmấy\b|bao lâu|bao xa|"
        r"多少|几|多[长久大高远]"
    ),
    # "AI" is no Vietnamese "ai".
    Expectation.PERSON: re.compile(r"(?i)\b(?:who|whom|whose)\b|\b(?-i:[Aa]i)\b|谁|何人"),
}
_DATE = re.compile(
    r"\b1\d{3}\b|\b20\d\d\b|\d(?:st|nd|rd|th) century|\b\d{1,2}[:h]\d{2}\b|\b(?:january|february|"
    r"march|april|may|june|july|august|september|october|november|december|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|daily|weekly|monthly|yearly|annually)\b|"
    r"\b(?:năm|tháng|ngày|thứ) \w+|thế kỷ|"
    r"[\d一二三四五六七八九十]+[年月日号点]|世纪|星期|周[一二三四五六日]"
)
_NUMBER_WORD = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    r"hundred|thousand|million|billion|half|third|first|second|both|"
    r"một|hai|ba|bốn|năm|sáu|bảy|tám|chín|"
    r"mười|trăm|nghìn|triệu|tỷ)\b|[一二两三四五六七八九十百千万亿半]"
)
_CAPITALISED = re.compile(r"(?<=[\s(“\"])[^\W\d_a-z]\w+")
_WORD = re.compile(r"\w+")


def expects(question: str) -> Expectation:
    """The kind of answer ``question`` asks for; the first kind whose words it uses."""
    for expectation, asked in _ASKED.items():
        if asked.search(question):
            return expectation
    return Expectation.ANYTHING


def offers(sentence: str, expectation: Expectation, question: str) -> bool:
    """Whether ``sentence`` holds something of the expected kind that is not in the question."""
    match expectation:
        case Expectation.DATE:
            return _DATE.search(sentence.lower()) is not None
        case Expectation.NUMBER:
            return _NUMBER_WORD.search(sentence.lower()) is not None
        case Expectation.PERSON:
            # Chinese has no capitals to tell a name by.
            asked = set(_WORD.findall(question.lower()))
            names = (name.lower() for name in _CAPITALISED.findall(sentence))
            return any(name not in asked for name in names) or not sentence.isascii()
        case Expectation.ANYTHING:
            return True
