"""A text as words with their places: folded, stemmed, and told apart by how much they say."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from indexes.language.chinese import IDEOGRAPHS, is_ideograph, occurs, simplified
from indexes.language.english import STOP_WORDS as ENGLISH
from indexes.language.english import stem
from indexes.language.vietnamese import CODE as VIETNAMESE_CODE
from indexes.language.vietnamese import STOP_WORDS as VIETNAMESE
from indexes.language.vietnamese import with_tone_on_vowel

# Soft hyphens and zero-width characters stand inside words and are no part of them.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LETTER = rf"[^\W_{IDEOGRAPHS}]"
_WORD = re.compile(
    rf"[{IDEOGRAPHS}]"
    rf"|\d+(?:[.,:/]\d+)*(?!{_LETTER})"
    rf"|(?:{_LETTER}|[{_INVISIBLE}])+(?:['’]{_LETTER}+)*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_MARKS = re.compile(f"[{_INVISIBLE}]")
# What Chinese sentences are held together by; no character of them says anything alone.
CHINESE = frozenset(
    "的了吗呢吧啊么是在和与及或就都也很着过地得之其把被让给从对于而且但则若以为这那此"
)
# Words that English sentences are held together by beside the stop words of a search.
_MORE_ENGLISH = frozenset(
    "as also such may might must shall very just well yes yeah no not nor more most much many "
    "other some only own same both each few between through during before after above below up "
    "down out off over under again further once here all s t ll re ve d m".split()
)


class Word(NamedTuple):
    """``text[start:end]`` as it is compared: its folded ``form``, the ``stem`` of that.

    A tuple, for thousands are made for an answer.

    ``tells`` is False for a word that only holds a sentence together. An ideograph is a word of
    its own.
    """

    start: int
    end: int
    form: str
    stem: str
    tells: bool
    ideograph: bool


def read(text: str, language: str) -> tuple[Word, ...]:
    """The words of ``text`` in order, a number as one; ``language`` says what tells little."""
    return tuple(
        Word(found.start(), found.end(), *_look_up(found.group(), language))
        for found in _WORD.finditer(text)
    )


@lru_cache(maxsize=2**16)
def _look_up(written: str, language: str) -> tuple[str, str, bool, bool]:
    """Form, stem, whether it tells anything, whether it is an ideograph."""
    form = fold(written)
    if is_ideograph(written[0]):
        return form, form, form not in CHINESE, True
    form = _POSSESSIVE.sub("", form) or form
    stemmed = stem(form) if form.isascii() else with_tone_on_vowel(form)
    return form, stemmed, not _is_function_word(form, language), False


def fold(written: str) -> str:
    """One width, case and script, without what cannot be seen."""
    if written.isascii():
        return written.lower()
    folded = unicodedata.normalize("NFKC", _MARKS.sub("", written)).lower().replace("’", "'")
    return simplified(folded) if occurs(folded) else folded


def _is_function_word(form: str, language: str) -> bool:
    if language == VIETNAMESE_CODE:
        return form in VIETNAMESE
    return form in ENGLISH or form in _MORE_ENGLISH
