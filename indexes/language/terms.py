"""Text to terms: what compares texts, what a passage is found by, what a question asks for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, pairwise
from operator import attrgetter
from typing import NamedTuple

from indexes.language import chinese, english, identifiers, vietnamese
from indexes.language.folding import without_marks

_TOKEN = re.compile(rf"[{chinese.IDEOGRAPHS}]+|[^\W_{chinese.IDEOGRAPHS}]+")
_ASCII_TOKEN = re.compile("[0-9A-Za-z]+")
_STOP_WORDS = {"en": english.STOP_WORDS, vietnamese.CODE: vietnamese.STOP_WORDS}
# Before what Vietnamese is found by without its marks; no other term holds this character.
BARE = "~"
# Most tokens of a text were seen before; longer ones are data, or clauses in Chinese.
_REMEMBERED = 2**17
_REMEMBERED_LETTERS, _REMEMBERED_IDEOGRAPHS = 32, 5

# What the terms of a question weigh that are not its very words. Chosen on the even halves.
_WHOLE = 0.7
_PART = 0.3
_CHARACTER = 0.05
_SYLLABLE, _PAIR = 0.05, 0.35
# A name that a question in another language leaves its marks off.
_NAME = 0.5
# The same where the question was typed without marks.
_TYPED_SYLLABLE, _TYPED_PAIR = 0.7, 0.7
# Where marks were typed, more than this share of the syllables carries one.
_MARKED_SHARE = 0.4


class _Syllable(NamedTuple):
    """A Vietnamese syllable without its marks, and whether it had any; "" for anything else."""

    bare: str
    marked: bool


_BREAK = _Syllable("", marked=False)


class _Token(NamedTuple):
    """A run of ideographs, or of other letters and digits; a tuple, for millions are looked up.

    ``words`` are what texts are compared by, none for a stop word, and ``indexed`` what finds it
    however a question is typed; ``parts`` find it besides, once in a passage.
    """

    words: tuple[str, ...]
    parts: tuple[str, ...]
    syllable: _Syllable
    indexed: tuple[str, ...]


_STOP = _Token((), (), _BREAK, ())
_words, _parts = attrgetter("words"), attrgetter("parts")
_syllable, _indexed = attrgetter("syllable"), attrgetter("indexed")


class _Memory(dict[str, _Token]):
    """The tokens of one language as they were written; a new one is read when it is looked up."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._stop_words = _STOP_WORDS.get(language, frozenset[str]())

    def __missing__(self, written: str) -> _Token:
        if chinese.is_ideograph(written[0]):
            words = chinese.bigrams(written)
            token, longest = _Token(words, (), _BREAK, words), _REMEMBERED_IDEOGRAPHS
        else:
            token, longest = self._read(written), _REMEMBERED_LETTERS
        if len(written) <= longest:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[written] = token
        return token

    def _read(self, written: str) -> _Token:
        word = bare = written.lower()
        if not word.isascii():
            word = vietnamese.with_tone_on_vowel(word)
            bare = without_marks(word)
        if word in self._stop_words:
            return _STOP
        legal = bare in vietnamese.SYLLABLES
        syllable = _Syllable(bare, marked=bare != word) if legal else _BREAK
        parts = [part for part in identifiers.parts(written) if part not in self._stop_words]
        if bare != word and bare.isascii() and not legal:
            parts.append(bare)
        words, stems = (_stem(word),), tuple(map(_stem, parts))
        found_bare = (BARE + bare,) if syllable.marked else ()
        return _Token(words, stems, syllable, words + found_bare)


def analyze(text: str, language: str) -> list[str]:
    """The words of ``text`` in reading order, stop words of ``language`` left out.

    Words are folded (NFKC, lower case) and ASCII words take their English stem in every language,
    so that an English word in a Vietnamese page is found by an English question. Chinese becomes
    Simplified, and its runs overlapping bigrams, which need no dictionary; Vietnamese syllables
    keep their diacritics. The language only decides the stop words.
    """
    return list(chain.from_iterable(map(_words, _tokens(_fold(text, language), language))))


def index_terms(text: str, language: str) -> list[str]:
    """What a passage is found by: its words and, besides, names whole and in part.

    Vietnamese is found without its diacritics too, by syllables and by pairs of neighbours;
    Chinese by single characters.
    """
    folded = _fold(text, language)
    tokens = _tokens(folded, language)
    terms = list(chain.from_iterable(map(_indexed, tokens)))
    # However often a page says "useEffect", it says "effect" no more than once.
    terms += dict.fromkeys(chain.from_iterable(map(_parts, tokens)))
    terms += _wholes(folded)
    terms += chinese.characters(folded)
    in_vietnamese = language == vietnamese.CODE
    if in_vietnamese or not folded.isascii():
        terms += _pairs(map(_syllable, tokens), marked=not in_vietnamese)
    return terms


def query_terms(text: str, language: str) -> dict[str, float]:
    """What a question asks for, and what each term weighs: a word as often as it occurs.

    What finds a name by its parts, or a Vietnamese word whatever its marks, weighs less, so that an
    exact match ranks first. A Vietnamese question typed without marks has no exact words.
    """
    folded = _fold(text, language)
    tokens = _tokens(folded, language)
    weights: defaultdict[str, float] = defaultdict(float)
    _add(weights, chain.from_iterable(map(_words, tokens)), 1.0)
    _add(weights, chain.from_iterable(map(_parts, tokens)), _PART)
    _add(weights, _wholes(folded), _WHOLE)
    _add(weights, chinese.characters(folded), _CHARACTER)
    syllables = list(map(_syllable, tokens))
    if language == vietnamese.CODE and _typed_bare(syllables):
        for word in vietnamese.BARE_STOP_WORDS & weights.keys():
            del weights[word]
        content = (each for each in syllables if each.bare and not _is_bare_stop_word(each))
        _add(weights, (BARE + each.bare for each in content), _TYPED_SYLLABLE)
        _add(weights, _pairs(syllables), _TYPED_PAIR)
    else:
        _add_bare(weights, syllables, language)
        _add(weights, _pairs(syllables), _PAIR)
    return dict(weights)


def _fold(text: str, language: str) -> str:
    """``text`` in one width and script, in the case it was written in."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    if chinese.occurs(folded):
        folded = chinese.simplified(folded)
    return chinese.without_function_words(folded) if language == chinese.CODE else folded


def _tokens(folded: str, language: str) -> list[_Token]:
    pattern = _ASCII_TOKEN if folded.isascii() else _TOKEN
    return list(map(_memory(language).__getitem__, pattern.findall(folded)))


@cache
def _memory(language: str) -> _Memory:
    return _Memory(language)


def _wholes(folded: str) -> Iterator[str]:
    return map(_stem, identifiers.wholes(folded))


def _stem(word: str) -> str:
    return english.stem(word) if word.isascii() else word


def _add(weights: defaultdict[str, float], terms: Iterable[str], weight: float) -> None:
    for term in terms:
        weights[term] += weight


def _add_bare(
    weights: defaultdict[str, float], syllables: Iterable[_Syllable], language: str
) -> None:
    for each in syllables:
        if each.marked or (each.bare and language == vietnamese.CODE):
            weights[BARE + each.bare] += _SYLLABLE
        elif each.bare and each.bare not in vietnamese.ENGLISH_TOO:
            weights[BARE + each.bare] += _NAME
        if each.marked:
            # For pages that were typed without marks.
            weights[each.bare] += _SYLLABLE


def _typed_bare(syllables: Iterable[_Syllable]) -> bool:
    marked = [each.marked for each in syllables if each.bare]
    return sum(marked) <= _MARKED_SHARE * len(marked)


def _is_bare_stop_word(syllable: _Syllable) -> bool:
    return not syllable.marked and syllable.bare in vietnamese.BARE_STOP_WORDS


def _pairs(syllables: Iterable[_Syllable], *, marked: bool = False) -> Iterator[str]:
    """Neighbours as one term: most Vietnamese words have two syllables.

    ``marked`` leaves out those that may be of another language.
    """
    for one, other in pairwise(syllables):
        if one.bare and other.bare and (not marked or one.marked or other.marked):
            yield f"{BARE}{one.bare}{BARE}{other.bare}"
