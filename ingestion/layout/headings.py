"""Which paragraphs are headings, by how they are set and numbered, and how they nest."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LARGER = 1.15  # a heading is set at least this much larger than the body, or bold, or numbered
SAME = 0.96  # ratio of two sizes down to which they are one
LENGTH = 200  # code points; longer text is a paragraph, however large
BOLD_LENGTH = 120  # the same for text that is only bold or numbered
LINES = 4

_NUMBERED = re.compile(r"(?:[A-Z]|\d{1,3})((?:\.\d{1,3})+)\.?\s+\S|\d{1,3}\.?\s+\S")
_CAPITALS = re.compile(r"(?:[IVX]{1,5}|[A-Z]|\d{1,3})\.?\s+[^a-z]*[A-Z]{3}[^a-z]*")  # "IV. RESULTS"
_SENTENCE_END = re.compile(r"[.,;。,;]$")
_LETTERS = re.compile(r"[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a paragraph is set: its text, its font's size in points and its lines."""

    text: str
    size: float
    bold: bool
    lines: int


def heading_depths(settings: Sequence[Setting]) -> list[int | None]:
    """How deep each paragraph is as a heading (0 is the outermost), None where it is none."""
    if not settings:
        return []
    body = _body(settings)
    ranks = [_rank(each) if _is_heading(each, body) else None for each in settings]
    sizes = sorted({rank[0] for rank in ranks if rank}, reverse=True)
    classes = dict(zip(sizes, _classes(sizes), strict=True))
    keys = [(classes[rank[0]], *rank[1:]) if rank else None for rank in ranks]
    order = {key: depth for depth, key in enumerate(sorted({key for key in keys if key}))}
    return [order[key] if key else None for key in keys]


def _body(settings: Sequence[Setting]) -> Setting:
    letters: Counter[tuple[float, bool]] = Counter()
    for each in settings:
        letters[round(each.size, 1), each.bold] += len(each.text)
    (size, bold), _ = letters.most_common(1)[0]
    return Setting("", size, bold, 0)


def _is_heading(each: Setting, body: Setting) -> bool:
    if len(each.text) > LENGTH or each.lines > LINES or not _LETTERS.search(each.text):
        return False
    if each.size >= LARGER * body.size:
        return True
    if len(each.text) > BOLD_LENGTH or _SENTENCE_END.search(each.text):
        return False
    stands_out = each.bold and not body.bold and each.size >= SAME * body.size
    if stands_out:
        return each.lines <= LINES // 2
    numbered = _numbering(each.text) > 1 or _CAPITALS.fullmatch(each.text)
    return bool(numbered) and each.lines == 1 and each.size >= SAME * body.size


def _rank(each: Setting) -> tuple[float, bool, int]:
    """What orders headings: the larger, then the bolder, then the shorter number is above."""
    return each.size, not each.bold, max(_numbering(each.text), 1)


def _numbering(text: str) -> int:
    """How many parts the number has that ``text`` begins with: 2 for "3.1 Scope", 0 for none."""
    number = _NUMBERED.match(text)
    return 1 + (number[1] or "").count(".") if number else 0


def _classes(sizes: Sequence[float]) -> list[int]:
    """The rank of each of ``sizes`` (from the largest), those that look the same sharing one."""
    ranks: list[int] = []
    for place, size in enumerate(sizes):
        if place and size >= SAME * sizes[place - 1]:
            ranks.append(ranks[-1])
        else:
            ranks.append(ranks[-1] + 1 if ranks else 0)
    return ranks
