"""Numbers written in words: English, Vietnamese and Chinese."""

import re
from collections.abc import Sequence
from fractions import Fraction

_ENGLISH_ONES = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_ENGLISH_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_ENGLISH_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        start=1,
    )
} | {"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_VIETNAMESE_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_VIETNAMESE_TENS = {"mười": 10, "mươi": 10, "chục": 10}
_ONES = _ENGLISH_ONES | _ENGLISH_TENS | _VIETNAMESE_ONES
# What a number is multiplied by that stands before it; also behind digits: "2 million", "2 triệu".
SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "millions": 10**6, "billion": 10**9,
    "billions": 10**9, "trillion": 10**12, "dozen": 12, "trăm": 10**2, "nghìn": 10**3,
    "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9, "百": 10**2,
    "千": 10**3, "万": 10**4, "亿": 10**8,
}  # fmt: skip
_WITHIN = 1000  # a scale below this belongs to the group before it: "two hundred thousand"
_JOINTS = frozenset({"and", "-", "linh", "lẻ"})
# Words that as often are none: "one of them", "a second", "một", "năm 2024", "ba má".
_DOUBTFUL = frozenset({"one", "first", "second", "zero", "một", "năm", "không", "tư", "ba", "chín"})
_DOUBTFUL |= frozenset({"hundred", "thousand", "million", "millions", "billion", "billions"})
_DOUBTFUL |= frozenset({"trăm", "nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ", "chục", "dozen"})
NUMERALS = frozenset(_ONES) | frozenset(_ENGLISH_ORDINALS) | frozenset(_VIETNAMESE_TENS)
NUMERALS |= frozenset(word for word in SCALES if len(word) > 1)

_HAN_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
_HAN_MYRIADS = frozenset("万亿")
HAN_NUMERAL = re.compile("[零〇一二三四五六七八九十百千万亿两]+")


def value_of_words(words: Sequence[str]) -> Fraction | None:
    """What folded ``words`` that are NUMERALS or joints amount to; None if they make no number."""
    total = group = 0
    seen = False
    for word in words:
        if word in _JOINTS:
            continue
        if word in SCALES and SCALES[word] < _WITHIN:
            group = (group or 1) * SCALES[word]
        elif word in SCALES:
            total, group = total + (group or 1) * SCALES[word], 0
        elif word in _VIETNAMESE_TENS:
            ones = group % 10 if group and word != "mười" else 0
            group = group - ones + (ones or 1) * 10
        else:
            value = _ONES.get(word, _ENGLISH_ORDINALS.get(word))
            if value is None or (group % 10 and value) or (group % 100 and value >= 10):  # noqa: PLR2004
                return None
            group += value
        seen = True
    return Fraction(total + group) if seen else None


def is_certain(words: Sequence[str]) -> bool:
    """Whether the words can hardly be meant as anything but a number."""
    counted = [word for word in words if word not in _JOINTS]
    return len(counted) > 1 or (bool(counted) and counted[0] not in _DOUBTFUL)


def is_joint(word: str) -> bool:
    """Whether ``word`` may stand inside a number: "one hundred and five"."""
    return word in _JOINTS


def value_of_han(run: str) -> Fraction:
    """What a run of Chinese numerals amounts to: by scales, or digit by digit as in "二〇二四"."""
    if not any(mark in _HAN_SCALES or mark in _HAN_MYRIADS for mark in run):
        return Fraction(int("".join(str(_HAN_DIGITS[mark]) for mark in run)))
    high = middle = section = 0
    digit: int | None = None
    for mark in run:
        if mark in _HAN_DIGITS:
            digit = _HAN_DIGITS[mark]
            continue
        if mark in _HAN_SCALES:
            section += (1 if digit is None else digit) * _HAN_SCALES[mark]
        elif mark == "万":
            middle, section = (section + (digit or 0)) * 10**4, 0
        else:
            high, middle, section = (high + middle + section + (digit or 0)) * 10**8, 0, 0
        digit = None
    return Fraction(high + middle + section + (digit or 0))
