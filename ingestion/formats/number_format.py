"""Numbers as a spreadsheet's number format shows them (ECMA-376 part 1, 18.8.31).

What a format leaves out is kept: a number is neither rounded nor grouped, save a percentage, which
is as long as it is shown. So it is found by its digits, and says all that the sheet knows.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from itertools import takewhile
from string import ascii_letters

SIGNIFICANT_DIGITS = 15  # what a spreadsheet keeps of a number
LONGEST = 255  # characters of a format that a spreadsheet program takes

_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<symbol>[^\]-]*)[^\]]*\]'
    r"|\[(?P<relation><=|>=|<>|<|>|=)(?P<bound>-?\d+(?:\.\d+)?)\]"
    r"|[_*].|\[[^\]]*\]|(?P<general>General)|(?P<mark>[0#?.,%;])|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_NOT_FOLLOWED = frozenset(f"{ascii_letters}@/")  # powers of ten, texts, fractions
_SIGNS = re.compile(r"[\s()+-]+")
_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


@dataclass(frozen=True, slots=True)
class _Token:
    """The place of a digit, a point or a comma; or a text that is shown as it is."""

    text: str
    literal: bool = False

    @property
    def is_place(self) -> bool:
        return not self.literal and self.text in "0#?"


_POINT, _COMMA, _PERCENT = _Token("."), _Token(","), _Token("%")


@dataclass(frozen=True, slots=True)
class _Section:
    """How a format shows numbers: between ``prefix`` and ``suffix``, times 10 to the ``shift``.

    ``whole`` are the places before the point and what stands between them, of which places
    ``least`` are always filled; ``decimals`` the fewest and the most places behind the point.
    """

    prefix: str
    suffix: str
    whole: tuple[_Token, ...]
    least: int
    decimals: tuple[int, int]
    shift: int
    percent: bool

    @property
    def is_code(self) -> bool:
        """Whether digits are filled up or parted, as of a postal code or a telephone number."""
        return self.least > 1 or any("-" in token.text for token in self.whole)

    @property
    def beside(self) -> str:
        """What stands beside the number, signs and brackets left out."""
        return _SIGNS.sub("", self.prefix + self.suffix)


@dataclass(frozen=True, slots=True)
class _Case:
    """A section of a format, and of which numbers it says that they are shown by it, if it does.

    ``section`` is None where it shows no number, or shows it in a way that is not followed here.
    """

    section: _Section | None
    relation: str
    bound: float


def number_text(value: float, shown: str) -> str:
    """``value`` under the format ``shown``: its leading zeros, percent sign, scale and unit.

    A format that shows it otherwise (a fraction, a power of ten) gives the plain number.
    """
    plain = str(value) if isinstance(value, int) else f"{value:.{SIGNIFICANT_DIGITS}g}"
    if shown in {"", "General"} or len(shown) > LONGEST or not math.isfinite(value):
        return plain
    cases = _cases(shown)
    section = _section_for(value, cases)
    digits = section and _digits(section, plain.removeprefix("-"))
    if not section or not digits:
        return plain
    sign = "-" if value < 0 and any(digit in digits for digit in "123456789") else ""
    if sign and _says_otherwise_below_zero(section, cases):
        return f"{sign}{digits}{'%' * section.percent}"
    return f"{sign}{section.prefix}{digits}{section.suffix}"


def _section_for(value: float, cases: Sequence[_Case]) -> _Section | None:
    if not any(case.relation for case in cases):
        return cases[0].section
    fitting = (c for c in cases if not c.relation or _RELATIONS[c.relation](value, c.bound))
    return next((case.section for case in fitting), None)


def _says_otherwise_below_zero(section: _Section, cases: Sequence[_Case]) -> bool:
    """Whether negative numbers have other words beside them, to which a sign would add a second."""
    if len(cases) == 1 or any(case.relation for case in cases):
        return False
    below = cases[1].section
    return below is None or below.beside != section.beside


def _digits(section: _Section, plain: str) -> str:
    """The number without what stands beside it; "" where the section cannot show it faithfully."""
    if not (section.shift or section.is_code):
        return f"{Decimal(plain):f}" if "e" in plain else plain
    number = Decimal(plain)
    number = number.scaleb(section.shift) if section.shift else number
    least, most = section.decimals
    with localcontext(rounding=ROUND_HALF_UP):  # as spreadsheet programs do
        text = f"{number:.{most}f}" if section.percent else f"{number:f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if section.percent or section.is_code:
        fraction = fraction.ljust(least, "0")
    if section.is_code:
        if len(fraction) > most and any(token.literal for token in section.whole):
            return ""
        whole = _filled(section, whole)
    return f"{whole}.{fraction}" if whole and fraction else whole


def _filled(section: _Section, whole: str) -> str:
    """The digits in their places; "" where none is left for what comes before a part."""
    digits = whole.lstrip("0").zfill(section.least)
    parts: list[str] = []
    for token in reversed(section.whole[1:]):
        if token.literal and not digits:
            return ""
        parts.append(token.text if token.literal else digits[-1:])
        digits = digits if token.literal else digits[:-1]
    return digits + "".join(reversed(parts))


@lru_cache(maxsize=1024)
def _cases(shown: str) -> tuple[_Case, ...]:
    """The sections of a format that are for numbers; a fourth one would be for texts."""
    sections: list[list[re.Match[str]]] = [[]]
    for part in _PART.finditer(shown):
        if part["mark"] == ";":
            sections.append([])
        else:
            sections[-1].append(part)
    return tuple(_case(parts) for parts in sections[:3])


def _case(parts: Sequence[re.Match[str]]) -> _Case:
    relation, bound = next(
        ((part["relation"], float(part["bound"])) for part in parts if part["relation"]), ("", 0.0)
    )
    return _Case(_section(parts), relation, bound)


def _section(parts: Sequence[re.Match[str]]) -> _Section | None:
    if any(part["other"] in _NOT_FOLLOWED for part in parts):
        return None
    tokens = [token for part in parts if (token := _token(part)).text]
    digits = [n for n, token in enumerate(tokens) if token.is_place or token == _POINT]
    if not digits:
        return None
    before, after = tokens[: digits[0]], tokens[digits[-1] + 1 :]
    number = tokens[digits[0] : digits[-1] + 1]
    if _PERCENT in number:
        return None
    point = number.index(_POINT) if _POINT in number else len(number)
    whole, fraction = number[:point], _places(number[point:])
    # A comma within the number groups its digits; one that ends it makes them thousands.
    thousands = [*takewhile(_COMMA.__eq__, reversed(whole)), *takewhile(_COMMA.__eq__, after)]
    percents = tokens.count(_PERCENT)
    section = _Section(
        _literals(before).lstrip(),
        _literals(after).rstrip(),
        tuple(token for token in whole if token != _COMMA),
        least=len(_places(whole).lstrip("#?")),
        decimals=(len(fraction.rstrip("#?")), len(fraction)),
        shift=2 * percents - 3 * len(thousands),
        percent=percents > 0,
    )
    return section if section.is_code else _without_signs(section)


def _token(part: re.Match[str]) -> _Token:
    if part["mark"] or part["general"]:
        return _Token(part["mark"] or "#")
    texts = (part[name] for name in ("quoted", "escaped", "symbol", "other"))
    return _Token(next(filter(None, texts), ""), literal=True)


def _places(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens if token.is_place)


def _literals(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens if token.literal or token == _PERCENT)


def _without_signs(section: _Section) -> _Section:
    """Without a sign or brackets that the format writes itself: the value has a sign already."""
    prefix, suffix = section.prefix, section.suffix
    if prefix.startswith("(") and suffix.endswith(")"):
        prefix, suffix = prefix[1:], suffix[:-1]
    if not re.search(r"\d", prefix):  # as "+84" has, the code of a country
        prefix = prefix.lstrip("+- ")
    return replace(section, prefix=prefix, suffix=suffix)
