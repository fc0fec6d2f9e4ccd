"""English "What about X?": the earlier question asked of X, or X alone where it is another kind."""

import re
from dataclasses import replace

from service.answering.conversation.animacy import english_people, perhaps_english_people
from service.answering.conversation.english_phrases import NounPhrase, noun_phrases
from service.answering.conversation.phrases import (
    bare,
    beside,
    capital,
    is_number,
    names,
    with_another_value,
)

_PREPOSITION = re.compile(r"(?:for|in|on|at|with|from|of|to|by)\s+", re.IGNORECASE)
# "And for floats?" may as well follow on "a guarantee on gearboxes".
_ABOUT_ANYTHING = frozenset({"for", "of", "to", "with", "by"})
_PLACED = re.compile(r"\b(?:in|on|at|from)\s+$", re.IGNORECASE)
# What is counted: "how many days", and of what.
_COUNTED = re.compile(r"how (?:many|much)\s+(?P<of>\w+ of (?:\w+ )*)?$", re.IGNORECASE)
_UNITS = frozenset(
    "second minute hour day week month year percent euro dollar pound metre meter kilometre mile "
    "litre kilo kilogram time".split()
)


def asked_about(question: str, other: str) -> str:
    """``question`` asked of ``other``, in the place of the phrase that is most of its kind.

    What a preposition joins replaces what one joins; where there is nothing such, it is added.
    Where nothing is of its kind, ``other`` alone is asked about.
    """
    joined = _PREPOSITION.match(other)
    value = other[joined.end() :] if joined else other
    if swapped := with_another_value(question, value):
        return swapped
    phrases = [phrase for phrase in noun_phrases(question) if phrase.determiner != "which"]
    if joined and joined.group().strip().lower() not in _ABOUT_ANYTHING:
        phrases = [phrase for phrase in phrases if _PLACED.search(question[: phrase.start])]
    contrasted = noun_phrases(value)
    if not phrases or not contrasted or is_number(value):
        return _with(question, other, joined=joined is not None)
    new = replace(contrasted[0], text=value) if perhaps_english_people(value) else contrasted[0]
    alike = [phrase for phrase in phrases if _of_one_kind(question, phrase, new)]
    fitting = [phrase for phrase in alike if _fits(phrase, new)]
    if not fitting:
        belongs = alike or joined or english_people(new.text) or _is_named(new)
        return _with(question, other, joined=joined is not None) if belongs else _alone(other)
    chosen = max(fitting, key=lambda phrase: (_likeness(phrase, new), phrase.start))
    start, end = _name_or_phrase(chosen, value)
    return question[:start] + value + question[end:]


def _with(question: str, other: str, *, joined: bool) -> str:
    """``question`` with nothing replaced, and ``other`` joined to it or set beside it."""
    return f"{bare(question)} {other}?" if joined else beside(question, other)


def _alone(other: str) -> str:
    return f"{capital(other)}?"


def _of_one_kind(question: str, phrase: NounPhrase, new: NounPhrase) -> bool:
    """Whether what is asked of ``phrase`` can be asked of ``new``: people, amounts, or things."""
    if _head(phrase) == _head(new):
        return True
    if english_people(phrase.text):
        return perhaps_english_people(new.text)
    counted = _COUNTED.search(question[: phrase.start])
    if counted is None:
        return True
    if not counted["of"]:
        return _head(phrase).removesuffix("s") not in _UNITS
    return not (new.determiner or _is_named(new)) and phrase.plural == new.plural


def _fits(phrase: NounPhrase, new: NounPhrase) -> bool:
    """Whether ``new`` can stand where ``phrase`` does, with its article or without one."""
    if _head(phrase) == _head(new) or english_people(phrase.text):
        return True
    return not new.determiner or bool(phrase.determiner) or _is_named(phrase)


def _name_or_phrase(phrase: NounPhrase, value: str) -> tuple[int, int]:
    """Where ``value`` goes: a name takes the place of the name alone in "the Lemvig desk"."""
    inside = names(f"- {phrase.text}")
    if len(inside) == 1 and names(f"- {value}") == [(2, 2 + len(value))]:
        return phrase.start + inside[0][0] - 2, phrase.start + inside[0][1] - 2
    return phrase.start, phrase.end


def _likeness(phrase: NounPhrase, other: NounPhrase) -> int:
    """How much two phrases are of one kind: head noun first, then name, number and article."""
    people = english_people(phrase.text) and perhaps_english_people(other.text)
    return (
        4 * (_head(phrase) == _head(other) or people)
        + 2 * (_is_named(phrase) == _is_named(other))
        + (phrase.plural == other.plural)
        + (phrase.determiner[:1] == other.determiner[:1])
    )


def _head(phrase: NounPhrase) -> str:
    return phrase.text.lower().split()[-1]


def _is_named(phrase: NounPhrase) -> bool:
    return bool(names(f"- {phrase.text}"))
