"""The symbols of a text that change what it says: signs, currencies, comparisons, operators."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from indexes.language.chinese import is_ideograph
from service.answering.checking.words import Word

_LAST_SYMBOL = 0x3000  # full-width forms beyond have a plain one below
_SYMBOLS = "".join(
    character
    for character in map(chr, range(_LAST_SYMBOL))
    if unicodedata.category(character) in {"Sc", "Sm"} and character not in "|~<>=+\u2212"
)
CURRENCIES = "".join(mark for mark in _SYMBOLS if unicodedata.category(mark) == "Sc")
_TELLING = frozenset(f"{_SYMBOLS}~<>=+!&#*/\\%‰°-")
_HYPHENS = frozenset("‐‑‒–−﹘﹣－")
# "word*" has a footnote and "*word*" stress; only between two operands it multiplies.
_TIMES = r"(?<=[\w)])\*(?=[\w(])|(?<=[\w)] )\*(?= [\w(])"
# What stands for nothing first: rules, fences, headings, strong print, bullets, quotation marks.
_MARK = re.compile(
    r"={3,}|[+]{3,}|~{2,}|(?<!\d)[*]{2,}|[*]{2,}(?!\d)|[#]{2,}|^[ \t]*(?:>+|[+#*-](?=[ \t]))"
    r"|(?P<unequal>!==?|<>)|(?P<most><=|≦|⩽)|(?P<least>>=|≧|⩾)|(?P<arrow>[-=]>)|(?P<equal>==?)"
    rf"|(?P<either>[+]/?-(?=\.?\d))|(?P<minus>-(?=[{re.escape(CURRENCIES)}]?\.?\d))"
    r"|(?P<about>[~≈∼](?= ?\d))"
    rf"|(?P<plain>[+<>&/%‰°]|{_TIMES}|\*\*|(?<=[A-Za-z])\#|\#(?=\w)|(?<!\w)!(?=[A-Za-z(])"
    rf"|\\(?=\w)|[{re.escape(_SYMBOLS)}])",
    re.MULTILINE,
)
_SAME = {"unequal": "≠", "most": "≤", "least": "≥", "arrow": "→", "equal": "=", "either": "±",
         "minus": "-", "about": "~"}  # fmt: skip
# What may stand directly before a minus; after anything else a hyphen joins, or means "to".
_BEFORE_MINUS = frozenset("\"'“‘「『《（([{（,，、;；:：=<>≤≥≠≈~±*`/|。")
_COUNTED = re.compile(r"\d[^\W\d]{0,2}$")
_FIGURE_BEFORE = re.compile(r"\d[^\W\d]{0,2}[%°]?\s$")
# Marks that belong to a number beside them although a space stands between.
_BEFORE_NUMBER = frozenset(f"{CURRENCIES}<>≤≥=≠±+~")
_AFTER_NUMBER = frozenset(f"{CURRENCIES}%‰°")
_OPERATORS = frozenset("=≠<>≤≥±+#")
_NAME_ENDS = re.compile(r"\+\+|#")


class Mark(NamedTuple):
    """``text[start:end]`` is a symbol, ``said`` what it says in one way of writing it."""

    start: int
    end: int
    said: str


class _Plain(dict[int, str]):
    """One symbol for another way to write it, full-width or as another hyphen."""

    def __missing__(self, code: int) -> str:
        written = chr(code)
        plain = "-" if written in _HYPHENS else unicodedata.normalize("NFKC", written)[:1]
        self[code] = plain if plain in _TELLING else written
        return self[code]


_PLAIN = _Plain()


@lru_cache(maxsize=4096)
def marks(text: str) -> tuple[Mark, ...]:
    """The symbols of ``text`` that tell something, in order; none that only set it in type."""
    return tuple(_marks(text.translate(_PLAIN)))


def _marks(text: str) -> Iterator[Mark]:
    for match in _MARK.finditer(text):
        kind = match.lastgroup
        start, end = match.span()
        if kind is None or (kind == "minus" and not _is_minus(text, start)):
            continue
        said = _SAME.get(kind, match.group())
        if said == "~" and text[:start].rstrip(" ")[-1:].isdecimal():
            continue
        if said == "*" and (is_ideograph(text[start - 1]) or is_ideograph(text[end])):
            continue
        yield Mark(start, end, said)


def _is_minus(text: str, place: int) -> bool:
    """Whether the hyphen there makes the number behind it negative; "5-10" and "COVID-19" do not.

    An ideograph may stand before it, but none that counts: "5月-10月".
    """
    before = text[max(0, place - 4) : place]
    if not before or before[-1].isspace():
        return not _FIGURE_BEFORE.search(before)
    if is_ideograph(before[-1]):
        return not _COUNTED.search(before)
    if before[-1] in CURRENCIES:
        return not before[:-1].rstrip()[-1:].isdecimal()
    return before[-1] in _BEFORE_MINUS


def marked_alike(sought: str, text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]``, with the marks that touch it, has those of ``sought``."""
    found = marks(text)
    inside = [mark for mark in found if start <= mark.start and mark.end <= end]
    if not inside and not found and not marks(sought):
        return True
    first, last = start, end
    before: list[Mark] = []
    for mark in reversed([mark for mark in found if mark.end <= start]):
        if not _touches(text[mark.end : first], mark, _BEFORE_NUMBER, text[first : first + 1]):
            break
        before.insert(0, mark)
        first = mark.start
    after: list[Mark] = []
    for mark in (mark for mark in found if mark.start >= end):
        if not _touches(text[last : mark.start], mark, _AFTER_NUMBER, text[last - 1 : last]):
            break
        after.append(mark)
        last = mark.end
    mine = [mark.said for mark in (*before, *inside, *after)]
    return mine == [mark.said for mark in marks(sought)]


def _touches(between: str, mark: Mark, apart: frozenset[str], beside: str) -> bool:
    if not between:
        return True
    return between in {" ", "\u00a0"} and mark.said in apart and beside.isdecimal()


def marked_otherwise(text: str, words: Sequence[Word], other: str, others: Sequence[Word]) -> bool:
    """Whether two words that stand side by side in both are joined by another operator.

    So are "C" and "C++". Signs of currency and per cent belong to a number and are none.
    """
    if not marks(text) and not marks(other):
        return False
    stated = _joined(other, others)
    return any(
        key in stated and not operators <= stated[key] and _differ(operators, stated[key])
        for key, operators in _joined(text, words).items()
    )


def _joined(text: str, words: Sequence[Word]) -> dict[tuple[str, ...], set[str]]:
    """What stands between neighbours, and what ends the name that a word is."""
    found = marks(text)
    joined: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for word, following in pairwise(words):
        between = (m.said for m in found if word.end <= m.start and m.end <= following.start)
        joined[word.stem, following.stem].add("".join(m for m in between if m in _OPERATORS))
    for word in words:
        ends = _NAME_ENDS.match(text, word.end)
        joined[(word.stem,)].add(ends.group() if ends else "")
    return joined


def _differ(mine: set[str], theirs: set[str]) -> bool:
    """Whether that makes another statement, and does not only leave something out."""
    return ("" not in mine and "" not in theirs) or any(
        mark in operators for operators in mine | theirs for mark in ("≠", "++", "#")
    )
