"""Typing errors: which word is another one, mistyped, and which is another word."""

from collections.abc import Callable

from indexes.language.folding import without_marks
from indexes.language.vietnamese import SYLLABLES
from service.answering.caching.wording import Word

# Letters. In shorter words too many others are as near; Vietnamese syllables are short.
_LEAST, _LEAST_SYLLABLE = 6, 4
_LEAST_STEM = 3
_ENDINGS = ("s", "es", "d", "ed", "ing", "r", "er", "rs", "ers", "ly", "al", "ion", "ions", "able")
_BEGINNINGS = ("un", "in", "de", "re", "dis", "mis", "non", "pre", "sub", "over", "under", "inter")


def is_misspelt(a: Word, b: Word, language: str, known: Callable[[str], bool]) -> bool:
    """Whether one of two words is the other with a slip of the fingers.

    They are ordinary words, written small where a name would not be; one of them is known, and the
    other is no word. The slip leaves the first and the last letter, and is one of two that seldom
    make another word: neighbouring letters exchanged, or one letter doubled or no longer so. Of
    letters left out or mistaken every seventh made another word ("station", "statin"), of which a
    collection need not know both.
    """
    if not (a.is_plain and b.is_plain) or (a.capital is None and b.capital is None):
        return False
    right, wrong = (a.text, b.text) if known(a.text) else (b.text, a.text)
    if not known(right):
        return False
    if language == "vi":
        return _is_slip_of_syllable(right, wrong)
    if language != "en" or not (right + wrong).isascii() or not (right + wrong).isalpha():
        return False
    return _is_slip(right, wrong) and not _is_word(wrong, known)


def _is_word(text: str, known: Callable[[str], bool]) -> bool:
    """Whether ``text`` is known, or made of a known word by a common ending or beginning."""
    if known(text):
        return True
    for ending in _ENDINGS:
        stem = text.removesuffix(ending)
        if stem != text and len(stem) >= _LEAST_STEM:
            single = stem[:-1] if stem[-1] == stem[-2] else stem
            plain = f"{stem[:-1]}y" if stem.endswith("i") else stem
            if any(map(known, (stem, f"{stem}e", single, plain))):
                return True
    return any(
        text.startswith(beginning) and known(text[len(beginning) :]) for beginning in _BEGINNINGS
    )


def _is_slip_of_syllable(right: str, wrong: str) -> bool:
    """The same slips, where they leave no syllable."""
    if len(right) < _LEAST_SYLLABLE or not wrong.isalpha():
        return False
    if without_marks(right) not in SYLLABLES or without_marks(wrong) in SYLLABLES:
        return False
    return _is_exchange(right, wrong) or _is_doubled(wrong, right)


def _is_slip(right: str, wrong: str) -> bool:
    if min(len(right), len(wrong)) < _LEAST or right[0] != wrong[0] or right[-1] != wrong[-1]:
        return False
    return _is_exchange(right, wrong) or _is_doubled(wrong, right) or _is_doubled(right, wrong)


def _is_exchange(a: str, b: str) -> bool:
    """Whether two neighbouring letters of ``a`` stand the other way round in ``b``."""
    place = next(
        (place for place, pair in enumerate(zip(a, b, strict=False)) if len({*pair}) > 1), 0
    )
    return a != b and a[:place] + a[place : place + 2][::-1] + a[place + 2 :] == b


def _is_doubled(longer: str, shorter: str) -> bool:
    """Whether ``longer`` is ``shorter`` with one letter twice."""
    return len(longer) == len(shorter) + 1 and any(
        longer[place - 1] == longer[place] and longer[:place] + longer[place + 1 :] == shorter
        for place in range(1, len(longer))
    )
