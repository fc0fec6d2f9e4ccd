"""The numbers of a text, however they are written: values with their units, times and dates."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from indexes.language.chinese import IDEOGRAPHS, is_ideograph
from service.answering.checking.dates import Date, dates
from service.answering.checking.marks import marks
from service.answering.checking.numerals import (
    HAN_NUMERAL,
    NUMERALS,
    SCALES,
    is_certain,
    is_joint,
    value_of_han,
    value_of_words,
)
from service.answering.checking.units import CURRENCY_SIGNS, PERCENT, TOUCHING, UNITS, Unit
from service.answering.checking.words import fold

_LETTER = rf"[^\W\d_{IDEOGRAPHS}]"
_FIGURES = re.compile(r"\d+(?:[.,:]\d+)*")
# Of "v1", "COVID-19" and "X.25" the figures are part of a name; of "pre-1974" they are not.
_IN_NAME = re.compile(r"(?:[^\W\d]|[A-Z][-.]?|_)$")
_AFTER = re.compile(rf"({_LETTER}+)")
_NEXT = re.compile(
    rf"[ \u00a0-]?(?:([%％‰℃℉$€£¥₫₩₹฿₽￥￡]{_LETTER}?|° ?{_LETTER}?)|({_LETTER}+(?:-{_LETTER}+)*)"
    rf"|([{IDEOGRAPHS}]{{1,4}}))"
)
_WORDS = re.compile(rf"{_LETTER}+")
_TWO_WORDS = re.compile(r"[ \u00a0](?:per cent|phần trăm)\b", re.IGNORECASE)
_SHARE_BEFORE = re.compile(r"百分之\s*$")
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SCALE_LETTERS = {"k": 10**3, "m": 10**6, "bn": 10**9, "tr": 10**6}
_MEASURE = frozenset("个個名位人次项条种家间座部本篇张件只岁分度点期届级层倍块成门所年月日天周")
_VAGUE = frozenset("几数多若")  # "几十" is some tens
# "minus 5", "5 degrees below zero"; what fell by 5 may stand as -5 elsewhere.
_MINUS_BEFORE = re.compile(r"(?:\b(?:minus|negative|âm)\s+|零下|[负負])$", re.IGNORECASE)
_MINUS_AFTER = re.compile(
    r"(?:\s*(?:°\s?[CF]?|℃|degrees?|độ(?: C)?)\s*)?\s(?:below zero|dưới (?:0|không))\b",
    re.IGNORECASE,
)
_LESS_BEFORE = re.compile(
    r"(?:\b(?:loss(?:es)?|lost|down|discount|deficit|reduction|decrease|drop|decline)"
    r"(?: (?:of|by|was|is))?|\b(?:fell|falls?|fallen|decreased?s?|declined?s?|dropped|reduced) by"
    r"|\b(?:giảm|lỗ|thâm hụt)|下降了?|减少了?|亏损了?|下跌了?|跌了?)[ :：]*[$€£¥₫]?$",
    re.IGNORECASE,
)
_BEFORE_CHARS = 24

_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
# Languages that group thousands with points. Several groups can mean nothing else anywhere.
_GROUP_WITH_POINTS = frozenset("vi de es fr id it nl pt".split())
_CLOCK_UNIT = Unit("clock", Fraction(1))
_HALVES = {"am": 0, "pm": 12}
_HALF_DAY = 12
_YEAR_DIGITS = 4
_YEARS = range(1000, 2101)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``text[start:end]`` is a number: ``values`` are what it may mean, ``dates`` likewise.

    ``certain`` is False for a word that may be none, as "one" or "năm".
    """

    start: int
    end: int
    values: frozenset[Fraction]
    unit: Unit | None = None
    dates: tuple[Date, ...] = ()
    certain: bool = True

    def says(self, other: "Quantity") -> bool:
        """Whether this one holds all that ``other`` says: its value in its unit, or its date."""
        if other.dates:
            return any(mine.names(its) for mine in self.dates for its in other.dates)
        if self.unit is PERCENT and other.unit is None and other.certain:
            return False
        if self.unit is None or other.unit is None:
            return not self.values.isdisjoint(other.values)
        if self.unit.dimension != other.unit.dimension:
            return False
        mine = {value * self.unit.size for value in self.values}
        return any(value * other.unit.size in mine for value in other.values)

    def rivals(self, other: "Quantity") -> bool:
        """Whether this could be mistaken for ``other``: of the same kind, and another value."""
        return (
            self.certain
            and not self.says(other)
            and self.unit_name == other.unit_name
            and self.is_year == other.is_year
        )

    @property
    def unit_name(self) -> str:
        """What it is counted in, whatever its size."""
        return self.unit.dimension if self.unit else ""

    @property
    def is_year(self) -> bool:
        """Whether it is a date, or a number that is a year as a rule."""
        counted = self.unit_name in {"", "months"}
        return bool(self.dates) or (
            counted
            and any(value.denominator == 1 and int(value) in _YEARS for value in self.values)
        )


def quantities(text: str, language: str) -> tuple[Quantity, ...]:
    """The numbers of ``text`` in order; ``language`` decides what a point between figures means.

    A minus is part of its number.
    """
    dated = [
        Quantity(each.start, each.end, frozenset(_years(each.readings)), dates=each.readings)
        for each in dates(text)
    ]
    minuses = {mark.end: mark.start for mark in marks(text) if mark.said == "-"}
    plain = [*_in_figures(text, language), *_in_words(text), *_in_han(text)]
    others = [_signed(text, each, minuses) for each in plain]
    kept = [
        each
        for each in others
        if not any(a < each.end and each.start < b for a, b in _spans(dated))
    ]
    ordered = sorted([*dated, *kept], key=lambda each: (each.start, -each.end))
    return tuple(
        each for i, each in enumerate(ordered) if not any(o.end > each.start for o in ordered[:i])
    )


def missing(claimed: Sequence[Quantity], stated: Sequence[Quantity]) -> list[Quantity]:
    """The certain ones of ``claimed`` that none of ``stated`` says."""
    return [
        each for each in claimed if each.certain and not any(other.says(each) for other in stated)
    ]


def _spans(found: Sequence[Quantity]) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in found]


def _years(readings: Sequence[Date]) -> Iterator[Fraction]:
    return (Fraction(date.year) for date in readings if date.year)


def _signed(text: str, found: Quantity, minuses: Mapping[int, int]) -> Quantity:
    """The number with the sign before it, also before its currency."""
    start = found.start
    money = start - 1 if fold(text[max(0, start - 1) : start]) in CURRENCY_SIGNS else start
    sign = minuses.get(start, minuses.get(money))
    before = text[max(0, start - _BEFORE_CHARS) : start]
    spoken = _MINUS_BEFORE.search(before)
    negative = frozenset(-value for value in found.values)
    if sign is not None:
        return replace(found, start=sign, values=negative)
    if spoken:
        return replace(found, start=start - len(spoken.group()), values=negative)
    if _MINUS_AFTER.match(text, found.end):
        return replace(found, values=negative)
    if _LESS_BEFORE.search(before):
        return replace(found, values=found.values | negative)
    return found


def _in_figures(text: str, language: str) -> Iterator[Quantity]:
    for match in _FIGURES.finditer(text):
        start, end = match.span()
        if _IN_NAME.search(text, max(0, start - 2), start) and not is_ideograph(text[start - 1]):
            continue
        after = _AFTER.match(text, end)
        suffix = after[1] if after else ""
        clock = _clock(match.group(), text, end)
        if clock:
            yield Quantity(start, end, clock, _CLOCK_UNIT)
        elif ":" in match.group():  # a ratio: each side counts
            for part in re.finditer(r"[^:]+", match.group()):
                a, b = start + part.start(), start + part.end()
                yield Quantity(a, b, _values(part.group(), language))
        elif not suffix or _is_decade(match.group(), suffix) or _touches(suffix):
            yield _with_unit(text, start, end, _values(match.group(), language), suffix)


def _is_decade(figures: str, suffix: str) -> bool:
    """Whether it is "1990s"."""
    return suffix == "s" and len(figures) == _YEAR_DIGITS


def _touches(suffix: str) -> bool:
    """Whether letters that follow figures directly are a unit or a scale, and no part of a name."""
    if suffix.lower() in _ORDINALS:
        return True
    if len(suffix) == 1:
        return suffix in TOUCHING or suffix in _SCALE_LETTERS
    folded = fold(suffix)
    return folded in UNITS or folded in SCALES or folded in _SCALE_LETTERS


@lru_cache(maxsize=4096)
def _values(figures: str, language: str) -> frozenset[Fraction]:
    """What figures may mean: "1.000" is a thousand in Vietnamese and one in English."""
    if ":" in figures:
        return frozenset(
            Fraction(part) for part in figures.replace(",", ".").split(":") if _plain(part)
        )
    readings: set[str] = set()
    several = figures.count(".") > 1
    if _COMMAS.fullmatch(figures):
        readings.add(figures.replace(",", ""))
    if _POINTS.fullmatch(figures) and (several or language in _GROUP_WITH_POINTS):
        readings.add(figures.replace(".", "").replace(",", "."))
    if not readings or (language in _GROUP_WITH_POINTS and figures.count(",") == 1):
        readings.add(figures.replace(",", "."))
    return frozenset(Fraction(reading) for reading in readings if _plain(reading))


def _plain(figures: str) -> bool:
    """Whether it is a number: a version ("1.2.3") is none."""
    return figures.count(".") <= 1 and figures.replace(".", "").isdecimal()


def _clock(figures: str, text: str, end: int) -> frozenset[Fraction]:
    """Minutes since midnight of "6:30", "6.30 pm", "6pm" or "18h30"; empty for anything else."""
    half = re.compile(r"[ \u00a0]?([ap])\.?m\b", re.IGNORECASE).match(text, end)
    match = _CLOCK.fullmatch(figures)
    vietnamese = re.compile(r"(?:h|[ \u00a0]giờ[ \u00a0])(\d{2})(?!\d)").match(text, end)
    if half and (match or figures.isdecimal()):
        hour = int(match[1] if match else figures) % _HALF_DAY + _HALVES[f"{half[1].lower()}m"]
        return frozenset({Fraction(60 * hour + (int(match[2]) if match else 0))})
    if vietnamese and figures.isdecimal():
        return frozenset({Fraction(60 * int(figures) + int(vietnamese[1]))})
    if match and ":" in figures:
        minutes = 60 * int(match[1]) + int(match[2])
        later = [minutes + 60 * _HALF_DAY] if int(match[1]) <= _HALF_DAY else []
        return frozenset(map(Fraction, [minutes, *later]))
    return frozenset()


def _with_unit(
    text: str, start: int, end: int, values: frozenset[Fraction], touching: str = ""
) -> Quantity:
    """The number with the scale and the unit that stand around it."""
    before = fold(text[max(0, start - 2) : start].rstrip()[-1:])
    money = UNITS[before] if before in CURRENCY_SIGNS and before else None
    if touching.lower() in _ORDINALS or _is_decade(text[start:end], touching):
        scale, unit, end = _scale_and_unit(text, end + len(touching))
        return Quantity(start, end, _times(values, scale), unit)
    if touching:
        scale = SCALES.get(fold(touching)) or (
            _SCALE_LETTERS.get(touching.lower(), 1) if money or touching in {"k", "bn", "tr"} else 1
        )
        unit = money if scale > 1 else UNITS.get(fold(touching))
        return Quantity(start, end + len(touching), _times(values, scale), unit)
    if _TWO_WORDS.match(text, end) or _SHARE_BEFORE.search(text, 0, start):
        return Quantity(start, end, values, PERCENT)
    scale, unit, end = _scale_and_unit(text, end)
    return Quantity(start, end, _times(values, scale), unit or money)


def _scale_and_unit(text: str, end: int) -> tuple[int, Unit | None, int]:
    """What a number that ends there is multiplied by, its unit, and where both end."""
    scale = 1
    for _ in range(3):  # "2 million US dollars" has one word too many, "5 nghìn tỷ đồng" has not
        match = _NEXT.match(text, end)
        if match is None:
            break
        sign, word, han = match.groups()
        if han:
            mark = next((han[:n] for n in (1,) if han[:n] in SCALES), "")
            unit = next((UNITS[han[:n]] for n in (3, 2, 1) if han[:n] in UNITS), None)
            if unit or not mark:
                return scale, unit, end + (1 if unit else 0)
            scale, end = scale * SCALES[mark], match.end() - len(han) + 1
            continue
        name = fold(sign or word).replace(" ", "")
        if name not in SCALES:
            unit = UNITS.get(name) if len(name) > 1 or sign else None
            return scale, unit, match.end() if unit else end
        scale, end = scale * SCALES[name], match.end()
    return scale, None, end


def _times(values: frozenset[Fraction], scale: int) -> frozenset[Fraction]:
    return frozenset(value * scale for value in values)


def _in_words(text: str) -> Iterator[Quantity]:
    """Runs of English or Vietnamese numerals; "a week" may be one week."""
    run: list[re.Match[str]] = []
    for match in _WORDS.finditer(text):
        word = fold(match.group())
        near = bool(run) and text[run[-1].end() : match.start()] in {" ", "-", "\u00a0"}
        if run and not (near and (word in NUMERALS or is_joint(word))):
            yield from _of_run(text, run)
            run = []
        begins = word in NUMERALS and not (word in SCALES and _after_figures(text, match.start()))
        if begins or (run and near):
            run.append(match)
        elif word in {"a", "an"}:
            quantity = _with_unit(text, match.start(), match.end(), frozenset({Fraction(1)}))
            if quantity.unit:
                yield Quantity(
                    quantity.start, quantity.end, quantity.values, quantity.unit, certain=False
                )
    yield from _of_run(text, run)


def _after_figures(text: str, start: int) -> bool:
    return text[max(0, start - 2) : start].rstrip(" -\u00a0")[-1:].isdecimal()


def _of_run(text: str, run: list[re.Match[str]]) -> Iterator[Quantity]:
    while run and is_joint(fold(run[-1].group())):
        run.pop()
    if not run:
        return
    words = [fold(match.group()) for match in run]
    value = value_of_words(words)
    if value is None:
        for match in run:
            yield from _of_run(text, [match])
        return
    start, end = run[0].start(), run[-1].end()
    found = _with_unit(text, start, end, frozenset({value}))
    certain = is_certain(words) or found.unit is not None
    yield Quantity(start, found.end, found.values, found.unit, certain=certain)


def _in_han(text: str) -> Iterator[Quantity]:
    """Chinese numerals; certain where something is counted with them, or in "第三"."""
    for match in HAN_NUMERAL.finditer(text):
        start, end = match.span()
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        # "200万" is read with its figures, "百分之五" with its share.
        if before.isdecimal() or text.startswith("分之", end):
            continue
        counted = before == "第" or (bool(after) and after in _MEASURE)
        found = _with_unit(text, start, end, frozenset({value_of_han(match.group())}))
        certain = found.unit is PERCENT or (
            counted and match.group()[0] not in "万亿" and not (before and before in _VAGUE)
        )
        yield Quantity(start, found.end, found.values, found.unit, certain=certain)
