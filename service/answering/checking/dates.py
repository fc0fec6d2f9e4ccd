"""Dates as they are written in English, Vietnamese, Chinese and figures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_NAMES = {name: number for number, name in enumerate(_MONTHS, start=1)}
_NAMES |= {name[:3]: number for name, number in _NAMES.items()} | {"sept": 9}
_MONTH = "(?P<name>" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?P<month>0?[1-9]|1[0-2])"
_YEAR = r"(?P<year>\d{4})"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}-{_MONTH_NUMBER}-{_DAY}(?!\d)",
        rf"(?<!\d){_YEAR}/{_MONTH_NUMBER}/{_DAY}(?!\d)",
        rf"(?<![\d-]){_YEAR}-(?P<month>0[1-9]|1[0-2])(?![\d-])",
        rf"(?<!\d){_YEAR}\s*年\s*{_MONTH_NUMBER}\s*月(?:\s*{_DAY}\s*[日号])?",
        rf"(?<!\d){_MONTH_NUMBER}\s*月\s*{_DAY}\s*[日号]",
        rf"(?:ngày|mùng|mồng)\s+{_DAY}\s+tháng\s+{_MONTH_NUMBER}\b(?:[\s,]+(?:năm\s+)?{_YEAR})?",
        rf"tháng\s+{_MONTH_NUMBER}\b(?:[\s,/]+(?:năm\s+)?{_YEAR})",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR}\b)?",
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\b(?!:)(?:,?\s+{_YEAR}\b)?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b",
    )
)
# 05/03/2024 is March in most of the world and May in the United States: both readings stand.
_SLASHED = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\d/-])")
_MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Date:
    """A day, a month of a year or a day of any year; 0 for a part that is not named."""

    year: int
    month: int
    day: int

    def names(self, other: "Date") -> bool:
        """Whether this date says all that ``other`` says."""
        return (
            other.year in {0, self.year}
            and other.month in {0, self.month}
            and other.day in {0, self.day}
        )


@dataclass(frozen=True, slots=True)
class Dated:
    """``text[start:end]`` and the dates that it may mean."""

    start: int
    end: int
    readings: tuple[Date, ...]


def dates(text: str) -> list[Dated]:
    """The dates in ``text``, in order; of those that overlap, the longest."""
    found = sorted(_all(text), key=lambda dated: (dated.start, -dated.end))
    kept: list[Dated] = []
    for dated in found:
        if not kept or dated.start >= kept[-1].end:
            kept.append(dated)
        elif dated.end - dated.start > kept[-1].end - kept[-1].start:
            kept[-1] = dated
    return kept


def _all(text: str) -> Iterator[Dated]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            name = (parts.get("name") or "").lower()
            # "may 5" is no date where nothing else says so, "May 5" is.
            if name == "may" and match.group("name") == "may" and not parts.get("year"):
                continue
            month = _NAMES[name] if name else int(parts["month"] or 0)
            date = Date(int(parts.get("year") or 0), month, int(parts.get("day") or 0))
            yield Dated(match.start(), match.end(), (date,))
    for match in _SLASHED.finditer(text):
        one, other, year = int(match[1]), int(match[3]), int(match[4])
        readings = {
            Date(year, month, day)
            for day, month in ((one, other), (other, one))
            if 1 <= month <= _MONTHS_OF_A_YEAR and 1 <= day <= 31  # noqa: PLR2004
        }
        if readings:
            ordered = sorted(readings, key=lambda date: (date.month, date.day))
            yield Dated(match.start(), match.end(), tuple(ordered))
