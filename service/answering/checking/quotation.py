"""Whether words that a passage holds say there what they say alone."""

import re
from bisect import bisect_right

from indexes.language import sentences
from service.answering.checking.conditions import asks, restricts, unrestricted
from service.answering.checking.marks import marked_alike
from service.answering.checking.negation import denies

Span = tuple[int, int]

_SENTENCE_BEFORE = re.compile(r"[^.!?。！？\n]+$")
_SENTENCE_CHARS = 300


def says_alone(sought: str, text: str, found: Span) -> bool:
    """Whether ``text[found]`` is a quotation of ``sought``: same symbols, and nothing left out.

    What is left out of its sentence counts where it denies what was found, asks for it, or
    restricts it. A whole sentence leaves nothing out.
    """
    start, end = found
    if not marked_alike(sought, text, start, end) or _denied_before(text, start):
        return False
    first, last = _around(text, start, end)
    if asks(text[start:last]) and not asks(sought):
        return False
    return restricts(sought) or unrestricted(text[first:start], text[end:last])


def _around(text: str, start: int, end: int) -> Span:
    """Where the sentence begins that ``start`` is in, and that ends which ``end`` is in.

    No sentence goes over the end of a line, so no other lines are read.
    """
    line, behind = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    lines = text[line : behind if behind >= 0 else len(text)]
    units = [(line + first, line + last) for first, last in sentences(lines)]
    begins = [first for first, _ in units]
    one = max(bisect_right(begins, start) - 1, 0)
    other = max(bisect_right(begins, max(start, end - 1)) - 1, 0)
    if not units:
        return start, end
    return min(units[one][0], start), max(units[other][1], end)


def _denied_before(text: str, start: int) -> bool:
    """Whether the part of the sentence before ``start`` denies something."""
    before = _SENTENCE_BEFORE.search(text[max(0, start - _SENTENCE_CHARS) : start])
    return before is not None and denies(before.group())
