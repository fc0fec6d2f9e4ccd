"""What kind of thing a question asks for, and whether a sentence has one to offer."""

import re
from enum import StrEnum

from indexes.language.chinese import is_ideograph


class Expectation(StrEnum):
    """The kind of answer that a question's own words announce."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    ANYTHING = "anything"


# Vietnamese is also typed without its marks; "mấy" is not, for "may" is an English word.
_ASKED = {
    Expectation.DATE: re.compile(
        r"(?i)\b(?:since |until )?when\b|"
        r"\b(?:what|which) (?:year|date|day|month|century|decade|time|week)\b|"
        r"\b(?:khi n[àa]o|bao gi[ờo]|n[ăa]m (?:n[àa]o|bao nhi[êe]u)|ng[àa]y (?:n[àa]o|mấy)|"
        r"l[úu]c n[àa]o|th[áa]ng (?:n[àa]o|mấy)|th[ếe] k[ỷy] n[àa]o|th[ứu] mấy|mấy giờ)\b|"
        r"何时|什么时候|什么时间|哪一?年|哪一?天|哪个?月|几[年月号点日]|多久以?前"
    ),
    Expectation.NUMBER: re.compile(
        r"(?i)\bhow (?:many|much|long|old|far|often|large|big|tall|high|fast|quickly|soon|deep|"
        r"wide|thick|heavy)\b|"
        r"\b(?:what|which) (?:percent|percentage|number|age|amount|share|proportion)\b|"
        r"\b(?:bao nhi[êe]u|bao l[âa]u|bao xa|mấy)\b|"
        r"(?:多少|几)(?:[个天年月元人次周岁米名台条]|小时|分钟)?|多[长久大高远深宽厚重快]"
    ),
    # "AI" is no Vietnamese "ai".
    Expectation.PERSON: re.compile(r"(?i)\b(?:who|whom|whose)\b|\b(?-i:[Aa]i)\b|谁|何人"),
    Expectation.PLACE: re.compile(
        r"(?i)\bwhere\b|\b(?:what|which) (?:country|city|town|state|region|continent|place|"
        r"location|room|building)\b|\b(?:[ởo] (?:đ[âa]u|dau)|n[ơo]i n[àa]o|ch[ỗo] n[àa]o|"
        r"(?:đ[ếe]n|den|t[ừu]|t[ạa]i) (?:đ[âa]u|dau))\b|"
        r"哪里|哪儿|何处|何地|哪个(?:国家|城市|地方|省|市)"
    ),
    # What leads a question to something else; a "when" after it only says under which condition.
    Expectation.ANYTHING: re.compile(
        r"(?i)\b(?:what|which|why|how)\b|"
        r"^\W*(?:am|is|are|was|were|do|does|did|can|could|should|shall|will|would|has|have|had|may|"
        r"might|must|between|if)\b|^\W*(?:có phải|phải chăng)\b|"
        r"\b(?:t[ạa]i sao|v[ìi] sao|th[ếe] n[àa]o|l[àa]m sao|c[áa]i g[ìi])\b|"
        r"什么|为何|为什么|怎么|怎样|如何|是否|是不是|能不能|可不可以"
    ),
}
# It asks for yes or no, whatever else stands in it.
_YES_OR_NO = re.compile(r"吗\s*[?？]?\s*$|(?i:\b(?:phải )?không\s*\?\s*$)")

_DATE = re.compile(
    r"\b1\d{3}s?\b|\b20\d\ds?\b|\d(?:st|nd|rd|th) century|\b\d{1,2}[:h]\d{2}\b|\b(?:january|"
    r"february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|daily|weekly|monthly|yearly|annually)\b|"
    r"\b(?:năm|tháng|ngày|thứ) \w+|thế kỷ(?: \w+)?|"
    r"[\d一二三四五六七八九十〇]+[年月日号点]|[\d一二三四五六七八九十]*世纪|星期[一二三四五六日天]?|"
    r"周[一二三四五六日]"
)
# A number that counts, in figures or words.
CARDINAL = (
    r"(?:\d+(?:[.,]\d+)*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    r"hundred|thousand|million|billion|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|trăm|nghìn|triệu|"
    r"tỷ)\b|[一二两三四五六七八九十百千万亿半]+)"
)
_NUMBER = re.compile(rf"{CARDINAL}|\b(?:dozen|half|third|first|second|both)\b")
# Figures that count nothing: dates, years, the numbers of items; and Chinese words that a numeral
# is only a part of.
_NO_NUMBER = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b(?:in|since|until|from|of|năm) (?:19|20)\d\d\b|(?:19|20)\d\d年|"
    r"^\s*\d{1,2}[.)、](?!\d)|统一|唯一|一致|一般|一起|一样|一定|一些|一旦|一切|一律|一直|一种|进一步|"
    r"第一|同一|之一|万一|十分|三方"
)
# A word that does not begin its sentence, where a capital would say nothing.
_INSIDE = re.compile(r"(?<=[\s(“\"])[^\W\d_]\w+")
_WHERE = re.compile(
    r"\b(?:in|at|on|near|under|behind|inside|outside|between|beside|above|below|from|to|into|via|"
    r"here|there|online|https?)\b|\b(?:ở|tại|trong|ngoài|trên|dưới|phía|gần|cạnh|từ|đến)\b|"
    r"[在于到从省市县区国州镇村路街山河湖海岛洲]"
)
_WORD = re.compile(r"\w+")


def expects(question: str) -> Expectation:
    """The kind of answer ``question`` asks for; its first word that asks decides.

    Of two that begin together the longer: "how many" says more than "how".
    """
    if _YES_OR_NO.search(question):
        return Expectation.ANYTHING
    found = [(asked.search(question), kind) for kind, asked in _ASKED.items()]
    leading = [(match.start(), -match.end(), kind) for match, kind in found if match]
    return min(leading, key=lambda each: each[:2])[2] if leading else Expectation.ANYTHING


def interrogatives(question: str) -> list[tuple[int, int]]:
    """Where the words stand in ``question`` that only ask."""
    return [found.span() for asked in _ASKED.values() for found in asked.finditer(question)]


def offers(sentence: str, expectation: Expectation, question: str) -> bool:
    """Whether ``sentence`` holds something of the expected kind that is not in the question."""
    match expectation:
        case Expectation.DATE:
            return _has_new(_DATE, sentence, question)
        case Expectation.NUMBER:
            return _has_new(_NUMBER, _NO_NUMBER.sub(" ", sentence.lower()), question)
        case Expectation.PERSON:
            # Chinese has no capitals to tell a name by.
            return _names_anew(sentence, question) or any(map(is_ideograph, sentence))
        case Expectation.PLACE:
            return _names_anew(sentence, question) or _WHERE.search(sentence.lower()) is not None
        case Expectation.ANYTHING:
            return True


def _has_new(kind: re.Pattern[str], sentence: str, question: str) -> bool:
    asked = set(kind.findall(question.lower()))
    return any(found not in asked for found in kind.findall(sentence.lower()))


def _names_anew(sentence: str, question: str) -> bool:
    asked = set(_WORD.findall(question.lower()))
    names = (word for word in _INSIDE.findall(sentence) if word[0].isupper())
    return any(name.lower() not in asked for name in names)
