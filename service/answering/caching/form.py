"""A question in the form in which it is compared: its words, without what asks politely."""

import re
from dataclasses import dataclass

from indexes.language.folding import without_marks
from service.answering.caching import order, vietnamese
from service.answering.caching.chinese import CHINESE
from service.answering.caching.english import ARTICLE_BEFORE, ENGLISH, INTERROGATIVES
from service.answering.caching.phrasing import Phrasing
from service.answering.caching.wording import COMMA, DENYING, Word, folded, without_commas, words

_PHRASINGS = {"en": ENGLISH, "vi": vietnamese.VIETNAMESE, "zh": CHINESE}
_POLAR = frozenset(("if", "whether"))
# A sign before a number, a dot or a dash before a name, what denies it, and a "!" behind a number
# belong to them.
_LEADING = re.compile(rf"^(?:[\s,?;:。~]|(?!{DENYING})!|-(?!-?\w)|\.(?!\w))+")
_TRAILING = re.compile(r"(?:[\s,.?;:。~-]|(?<!\d)!)+$")


@dataclass(frozen=True, slots=True)
class Form:
    """The words of a question, in one order for all that ask the same.

    In an ``indirect`` English question the auxiliary may stand elsewhere: "where X is". ``bare`` is
    a Vietnamese question without a single mark.
    """

    language: str
    words: tuple[Word, ...]
    indirect: bool = False
    bare: bool = False


def form_of(question: str, language: str) -> Form:
    """The form of ``question``. Where no words of a language are known, only its marks go."""
    text = folded(question)
    bare = language == "vi" and without_marks(text.lower()) == text.lower()
    phrasing = vietnamese.WITHOUT_MARKS if bare else _PHRASINGS.get(language)
    if phrasing is None:
        return Form(language, without_commas(words(text, language)))
    text, indirect = _without_politeness(text, phrasing)
    found = _in_one_wording(words(text, language), phrasing)
    if not found:
        return Form(language, ())
    match language:
        case "en":
            if indirect and _is_polar(found):
                found = found[1:]
            found = order.in_english(_without_articles(found))
        case "vi":
            grammar = vietnamese.GRAMMAR_WITHOUT_MARKS if bare else vietnamese.GRAMMAR
            found = order.in_vietnamese(found, grammar)
        case _:
            found = order.in_chinese(found)
    return Form(language, without_commas(found), indirect and language == "en", bare)


def _without_politeness(text: str, phrasing: Phrasing) -> tuple[str, bool]:
    """What is asked, and whether it was asked indirectly."""
    indirect = False
    while True:
        text = _TRAILING.sub("", _LEADING.sub("", text))
        rest = _after_opening(text, phrasing)
        if rest is not None:
            text, framed = rest
            indirect |= framed
            continue
        closing = phrasing.closings.search(text)
        if closing is None or not closing.start():
            return text, indirect
        text = text[: closing.start()]


def _after_opening(text: str, phrasing: Phrasing) -> tuple[str, bool] | None:
    """What follows a greeting or a frame, if it asks anything; and whether it was a frame."""
    for pattern, framed in ((phrasing.greetings, False), (phrasing.frames, True)):
        opening = pattern.match(text)
        if opening and opening.end():
            rest = _LEADING.sub("", text[opening.end() :])
            if rest and (not framed or phrasing.asks.search(rest)):
                return rest, framed
    return None


def _is_polar(found: list[Word]) -> bool:
    """Whether "if" brings in what is asked, and not a condition of it."""
    others = {word.text for word in found[1:]}
    return found[0].text in _POLAR and others.isdisjoint(INTERROGATIVES | {COMMA})


def _in_one_wording(found: list[Word], phrasing: Phrasing) -> list[Word]:
    """The first of its synonyms for each phrase; what is quoted or looks like a name stays."""
    said: list[Word] = []
    place = 0
    while place < len(found):
        for phrase, chosen, is_name in phrasing.replacements.get(found[place].text, ()):
            replaced = found[place : place + len(phrase)]
            if tuple(word.text for word in replaced) == phrase and all(
                not word.quoted and (is_name or word.is_plain) for word in replaced
            ):
                capital = None if is_name else replaced[0].capital
                said.extend(Word(text, capital) for text in chosen)
                place += len(phrase)
                break
        else:
            said.append(found[place])
            place += 1
    return said


def _without_articles(found: list[Word]) -> list[Word]:
    """Without "the", but where it tells what is meant or is part of a name."""
    following = [*(word.text for word in found[1:]), ""]
    return [
        word
        for word, after in zip(found, following, strict=True)
        if word.text != "the" or not word.is_plain or after in ARTICLE_BEFORE
    ]
