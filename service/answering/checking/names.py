"""The names in a sentence: capitalised words, acronyms, identifiers with figures in them."""

import re
from collections.abc import Iterable, Sequence

from indexes.language.folding import without_marks
from service.answering.checking.words import Word

# Names in a sentence whose every word is capitalised cannot be told from the rest.
_HEADLINE = 0.7
_SENTENCE_START = re.compile(r"(?:^|[.!?:。！？：\n]|[\"“(«])\W*$")
# "MPEG-2", "X.25", "E1234", "v1.2.3": other figures make another name.
_IDENTIFIER = re.compile(
    r"[A-Z]+[-_.]?\d[0-9A-Za-z.-]*|[A-Za-z]+\d[0-9A-Za-z.]*|\d+[A-Z]+\w*", re.ASCII
)
_SEPARATORS = re.compile(r"[-_.]")
# Letters that a name and what is called after it begin with: Persia, Persian; Britain, British.
_ROOT = 4


def names(text: str, words: Sequence[Word]) -> tuple[int, ...]:
    """The places in ``words`` of those that are names, or part of one.

    The first word of a sentence counts where the next one is capitalised too; among ideographs
    every word in other letters does.
    """
    latin = [place for place, word in enumerate(words) if not word.ideograph]
    capital = {place for place in latin if text[words[place].start].isupper()}
    in_ideographs = len(latin) < len(words) / 2
    headline = not in_ideographs and len(capital) > max(_HEADLINE * len(latin), 3)
    return tuple(
        place
        for place in latin
        if words[place].tells
        and (
            (in_ideographs and words[place].form.isalpha())
            or (place in capital and not headline and _is_name(text, words, place, capital))
        )
    )


def identifiers(text: str, numbers: Sequence[tuple[int, int]]) -> frozenset[str]:
    """Names with figures in them, folded and without what joins their parts.

    ``numbers`` are the spans of what is a number with its unit, and no name.
    """
    return frozenset(
        _SEPARATORS.sub("", match.group()).lower()
        for match in _IDENTIFIER.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in numbers)
    )


def _is_name(text: str, words: Sequence[Word], place: int, capital: set[int]) -> bool:
    word = words[place]
    if sum(letter.isupper() for letter in text[word.start : word.end]) > 1:
        return True
    return place + 1 in capital or not _SENTENCE_START.search(text, 0, word.start)


def unnamed(claimed: Iterable[Word], stated: Sequence[Word]) -> list[Word]:
    """The names of ``claimed`` that ``stated`` does not hold, with or without marks or initials."""
    known = {word.stem for word in stated} | {word.form for word in stated}
    bare = {without_marks(form) for form in known}
    initials = "".join(word.form[0] for word in stated if word.tells)
    spoken = [word for word in claimed if word.stem not in known and word.form not in known]
    roots = {form[:_ROOT] for form in known if len(form) > _ROOT}
    own = "".join(word.form[0] for word in spoken)
    return [
        word
        for word in spoken
        if without_marks(word.form) not in bare
        and not (len(word.form) > _ROOT and word.form[:_ROOT] in roots)
        and not (len(word.form) > 1 and word.form in initials)
        and not any(form in own for form in known if 1 < len(form) <= len(own))
    ]
