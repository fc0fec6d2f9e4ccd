"""Whether two questions ask the same: word by word, with little that may differ.

Nothing is weighed. Two questions are the same where their forms are equal but for one typing error,
for an English auxiliary where an indirect question has it, or for Vietnamese marks that one of them
leaves off throughout. So whatever they name, count, date, deny or compare is equal, or they differ.
"""

from collections.abc import Callable

from indexes.language.folding import without_marks
from service.answering.caching.form import Form, form_of
from service.answering.caching.misspelling import is_misspelt
from service.answering.caching.order import auxiliary
from service.answering.caching.verbs import is_finite
from service.answering.caching.vietnamese import reads_unmarked
from service.answering.caching.wording import Word

Known = Callable[[str], bool]
Words = tuple[Word, ...]


def same_question(a: str, b: str, language: str, known: Known | None = None) -> bool:
    """Whether an answer to one of two questions in ``language`` answers the other.

    ``known`` tells whether a small word is one, in the documents or at all; without it no word
    counts as misspelt.
    """
    return same_form(form_of(a, language), form_of(b, language), known)


def same_form(a: Form, b: Form, known: Known | None = None) -> bool:
    """The same of two forms."""
    if a.language != b.language or not a.words or not b.words:
        return False
    if a.bare != b.bare:
        return _same_without_marks(a, b) if b.bare else _same_without_marks(b, a)
    if _same_words(a.words, b.words, a.language, known):
        return True
    return (a.indirect or b.indirect) and _same_but_for_auxiliary(a.words, b.words)


def traces(form: Form) -> frozenset[int]:
    """Numbers of which any two forms share one that `same_form` holds for.

    They stand for the words in any order, all of them and all but one of them.
    """
    words = auxiliary(form.words)[1] if form.language == "en" else form.words
    bag = tuple(sorted(without_marks(word.text) for word in words))
    rests = (bag[:place] + bag[place + 1 :] for place in range(len(bag)))
    return frozenset(hash((len(bag), rest)) for rest in (bag, *rests))


def _same_words(a: Words, b: Words, language: str, known: Known | None) -> bool:
    if len(a) != len(b):
        return False
    different = [
        (one, other) for one, other in zip(a, b, strict=True) if not _same_word(one, other)
    ]
    if not different:
        return True
    return len(different) == 1 and known is not None and is_misspelt(*different[0], language, known)


def _same_word(a: Word, b: Word) -> bool:
    """A name in capitals is not the word in small letters, where both are written with care."""
    cared = a.capital is not None and b.capital is not None
    return a.text == b.text and not (cared and a.capital != b.capital)


def _same_without_marks(marked: Form, bare: Form) -> bool:
    """Whether ``bare`` can only be ``marked`` without its marks."""
    if len(marked.words) != len(bare.words):
        return False
    texts = ["", *(word.text for word in marked.words), ""]
    return all(
        without_marks(word.text) == other.text
        and _same_word(Word(other.text, word.capital), other)
        and reads_unmarked(word.text, texts[place], texts[place + 2])
        for place, (word, other) in enumerate(zip(marked.words, bare.words, strict=True))
    )


def _same_but_for_auxiliary(a: Words, b: Words) -> bool:
    """Whether one is "when Denmark joined" and the other "when did Denmark join"."""
    (said, one), (other_said, other) = auxiliary(a), auxiliary(b)
    if len(one) != len(other):
        return False
    different = [(x, y) for x, y in zip(one, other, strict=True) if not _same_word(x, y)]
    if said == other_said:
        return not different
    if (said and other_said) or len(different) > 1:
        return False
    helping = said or other_said
    if not different:
        return helping == "do"
    bases = different[0] if said else different[0][::-1]
    return is_finite(bases[1].text, bases[0].text, helping)
