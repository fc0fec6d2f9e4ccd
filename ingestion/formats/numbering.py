"""The numbers of a Word document's headings and list items, which the file only implies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ingestion.formats.properties import local_name

_LEVELS = 9  # of a list, ECMA-376 part 1, 17.9.6
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_ROMAN_BELOW = 4000


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level is numbered: ``text`` is "%1.%2" for "4.2"; a bullet has no format."""

    start: int
    format: str
    text: str


class Numbering:
    """Counts the items of every list of a document, which must be asked for in order.

    ``root`` is the numbering part as an ElementTree element, or None where there is none.
    """

    def __init__(self, root: Any) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract_of: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        for node in () if root is None else root:
            if local_name(node) == "abstractNum":
                abstract[_get(node, "abstractNumId")] = _levels(node)
        for node in () if root is None else root:
            if local_name(node) == "num":
                self._add(node, abstract)

    def _add(self, node: Any, abstract: Mapping[str, dict[int, _Level]]) -> None:
        number, based_on = _get(node, "numId"), ""
        for child in node:
            if local_name(child) == "abstractNumId":
                based_on = _get(child, "val")
        levels = dict(abstract.get(based_on, {}))
        overridden = False
        for child in node:
            if local_name(child) == "lvlOverride":
                overridden = True
                levels |= _overridden(child, levels)
        self._levels[number] = levels
        # A list that overrides its model starts anew; others go on counting together.
        self._abstract_of[number] = f"{based_on}/{number}" if overridden else based_on

    def marker(self, number: str, level: int) -> str | None:
        """What stands before the next item of a list: "4.2", "" for a bullet, None for no list."""
        if not number or number not in self._levels:
            return "" if number else None
        levels = self._levels[number]
        level = min(max(level, 0), _LEVELS - 1)
        counts = self._counts.setdefault(self._abstract_of[number], [0] * _LEVELS)
        for above in range(level + 1):
            if above == level or not counts[above]:
                start = levels[above].start if above in levels else 1
                counts[above] = counts[above] + 1 if counts[above] else start
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        shown = levels.get(level)
        if shown is None or shown.format in {"", "bullet", "none"}:
            return ""
        return _PLACE.sub(lambda found: self._one(levels, counts, int(found[1]) - 1), shown.text)

    @staticmethod
    def _one(levels: Mapping[int, _Level], counts: list[int], level: int) -> str:
        known = levels.get(level)
        return written(counts[level], known.format if known else "decimal")


def written(count: int, number_format: str) -> str:
    """A count in a number format of ECMA-376 part 1, 17.18.59; unknown ones are decimal."""
    match number_format:
        case "lowerLetter" | "upperLetter" if count > 0:
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return letter.upper() if number_format == "upperLetter" else letter
        case "lowerRoman" | "upperRoman" if 0 < count < _ROMAN_BELOW:
            roman = ""
            for value, digits in _ROMAN:
                roman += digits * (count // value)
                count %= value
            return roman.upper() if number_format == "upperRoman" else roman
        case "decimalZero":
            return f"{count:02}"
    return str(count)


def _levels(node: Any) -> dict[int, _Level]:
    return {
        int(_get(each, "ilvl") or 0): _level(each) for each in node if local_name(each) == "lvl"
    }


def _level(node: Any) -> _Level:
    said = {local_name(child): _get(child, "val") for child in node}
    start = said.get("start", "")
    return _Level(
        int(start) if start.isdigit() else 1, said.get("numFmt", "decimal"), said.get("lvlText", "")
    )


def _overridden(node: Any, levels: Mapping[int, _Level]) -> dict[int, _Level]:
    place = int(_get(node, "ilvl") or 0)
    changed = _levels(node)
    plain = _Level(1, "decimal", f"%{place + 1}.")
    for child in node:
        if local_name(child) == "startOverride" and _get(child, "val").isdigit():
            known = changed.get(place) or levels.get(place) or plain
            changed[place] = replace(known, start=int(_get(child, "val")))
    return changed


def _get(node: Any, name: str) -> str:
    """An attribute by its local name, or ""."""
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")
