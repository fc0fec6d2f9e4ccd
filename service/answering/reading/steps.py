"""Numbered steps that stand in several blocks of a passage, with commands between them."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_STEP = re.compile(r"^[ \t]*(\d{1,2})[.)、][ \t]*\S.*$", re.MULTILINE)
_BLOCK = re.compile(r"(?:.*\S.*\n?)+")
_ENDED = re.compile(r"[.!?。！？][\"'”’」』）)\]]*$")
_COLON = re.compile(r"[:：]$")
# What stands between two steps, such as a command, is at most about so long.
_BETWEEN_CHARS = 400


def runs_of_steps(text: str) -> list[Span]:
    """Where two steps or more follow each other by their numbers, first to last.

    Numbered headings are none: paragraphs stand between them.
    """
    runs: list[list[re.Match[str]]] = []
    for step in _STEP.finditer(text):
        if runs and _follows(text, runs[-1][-1], step):
            runs[-1].append(step)
        else:
            runs.append([step])
    return [(run[0].start(), _end(text, run[-1])) for run in runs if len(run) > 1]


def _follows(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    between = text[one.end() : other.start()]
    if int(other[1]) != int(one[1]) + 1 or len(between) > _BETWEEN_CHARS:
        return False
    # What the step's own lines say is its own; a block of sentences after it is a section's.
    _, *others = [block.group() for block in _blocks(f"{one.group()}{between}")]
    return not any(_ENDED.search(block.rstrip()) for block in others)


def _end(text: str, last: re.Match[str]) -> int:
    """Where the block of the last step ends or, where it announces one, that of its command."""
    own, *others = [*_blocks(text[last.start() :])][:2]
    announced = others and _COLON.search(own.group().rstrip())
    block = others[0] if announced else own
    return last.start() + block.start() + len(block.group().rstrip())


def _blocks(text: str) -> Iterator[re.Match[str]]:
    return _BLOCK.finditer(text)
