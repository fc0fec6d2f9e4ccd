"""The order of words: where a question may be turned round and still ask the same.

Each rule gives one order to all that may be exchanged. Words keep their places otherwise, so that
"A acquired B" and "from Paris to London" stay what they are.
"""

from collections.abc import Callable

from service.answering.caching import chinese, english
from service.answering.caching.vietnamese import Grammar
from service.answering.caching.wording import COMMA, Word

Words = list[Word]
# Words: a longer adjunct is a clause, a longer end of a question more than its interrogative.
_LONGEST_ADJUNCT = 10
_LONGEST_INTERROGATIVE = 3
_PAIR_WITH_EDGES = 5
_LEAST_TOLD = 3  # characters, of what a time is asked of


def in_english(words: Words) -> Words:
    """Adjuncts last, what is asked for first, and pairs around "and" by the alphabet."""
    words = _adjunct_last(words, english.FRONTING, english.BINDING, _english_core)
    return _coordinated(_interrogative_first(words))


def in_vietnamese(words: Words, grammar: Grammar) -> Words:
    """Adjuncts last, and "X là ai" for "Ai là X"."""
    words = _adjunct_last(words, grammar.fronting, grammar.binding, lambda _: True)
    match [word.text for word in words]:
        case [who, copula, _, *_] if who in grammar.subjects and copula == grammar.copula:
            return [*words[2:], *words[1::-1]]
        case [into, time, which, _, *_] if (
            into == grammar.into and time in grammar.times and which == grammar.which
        ):
            return [*words[3:], *words[:3]]
        case _:
            return words


def in_chinese(words: Words) -> Words:
    """A lone date last, "X是谁" for "谁是X", and the time that is asked for before the rest."""
    words = _date_last(words)
    text = "".join(word.text for word in words)
    for asked in ("谁", "什么"):
        rest = text.removeprefix(f"{asked}是")
        if rest not in {text, ""} and "是" not in rest:
            split = len(asked)
            return [*words[split + 1 :], words[split], *words[:split]]
    return _time_first(words)


def auxiliary(words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]]:
    """The first auxiliary of an English question, empty if it has none, and the other words."""
    for place, word in enumerate(words):
        if word.text in english.AUXILIARIES and word.is_plain:
            return word.text, words[:place] + words[place + 1 :]
    return "", words


def _adjunct_last(
    words: Words,
    fronting: frozenset[str],
    binding: frozenset[str],
    begins_core: Callable[[Words], bool],
) -> Words:
    """Make "who left in 2007" of "In 2007, who left?".

    Only where a comma ends the adjunct, and nothing in the rest would take it for its own.
    """
    commas = [place for place, word in enumerate(words) if word.text == COMMA]
    if len(commas) != 1 or words[0].text not in fronting or not 1 < commas[0] <= _LONGEST_ADJUNCT:
        return words
    adjunct, core = words[: commas[0]], words[commas[0] + 1 :]
    bound = any(word.text in binding for word in core[1:])
    return words if not core or bound or not begins_core(core) else core + adjunct


def _english_core(words: Words) -> bool:
    return words[0].text in english.INTERROGATIVES | english.AUXILIARIES


def _interrogative_first(words: Words) -> Words:
    """Make "what city is X in" of "in what city is X" and of "X is in what city"."""
    texts = [word.text for word in words]
    match texts:
        case [into, asked, of, *_] if (
            into in english.PREPOSITIONS and asked in english.INTERROGATIVES
        ):
            return words[1:] + _stranded(words[0], of)
    places = [place for place, text in enumerate(texts) if text in english.INTERROGATIVES]
    if len(places) != 1 or len(texts) - places[0] > _LONGEST_INTERROGATIVE or COMMA in texts:
        return words
    told, asked_for = words[: places[0]], words[places[0] :]
    verb = next((word for word in told[1:] if word.text in english.AUXILIARIES), None)
    named = english.AUXILIARIES.isdisjoint(texts[:1] + texts[places[0] :])
    if verb is None or not named or not english.BINDING.isdisjoint(texts[places[0] + 1 :]):
        return words
    preposition: Words = []
    if told[-1].text in english.PREPOSITIONS:
        preposition = _stranded(told[-1], "".join(texts[places[0] + 1 :][:1]))
        told = told[:-1]
    return [*asked_for, verb, *(word for word in told if word is not verb), *preposition]


def _stranded(preposition: Word, asked_of: str) -> Words:
    """The preposition for the end, or none where the time asked for needs none."""
    needless = preposition.text in {"in", "on", "at", "during"} and asked_of in english.TIMES
    return [] if needless else [preposition]


def _coordinated(words: Words) -> Words:
    """Two single words around a lone "and", by the alphabet, where function words bound them."""
    texts = ["", *(word.text for word in words), ""]
    if texts.count("and") != 1 or not english.IN_TURN.isdisjoint(texts):
        return words
    place = texts.index("and")
    around = texts[max(place - 2, 0) : place + 3]
    if len(around) < _PAIR_WITH_EDGES:
        return words
    before, one, _, other, after = around
    bounded = {before, after} <= english.EDGES and english.EDGES.isdisjoint((one, other))
    if not bounded or one <= other:
        return words
    left, both, right = words[place - 2 : place + 1]
    return [*words[: place - 2], right, both, left, *words[place + 1 :]]


def _date_last(words: Words) -> Words:
    """A question's only date, where it belongs to the whole question, at its end.

    It does where a comma parts it from the rest, or "在" brings it in and nothing that follows may
    own it; beside a word that makes a span of it, it stays where it is.
    """
    texts = [word.text for word in words]
    if texts.count("年") != 1:
        return words
    end = texts.index("年") + 1
    start = end - 2
    if start < 0 or not texts[start].isdecimal():
        return words
    while end + 1 < len(texts) and texts[end].isdecimal() and texts[end + 1] in "月日号":
        end += 2
    before = start - 1 if start and texts[start - 1] in "在于" else start
    beside = {*texts[max(before - 1, 0) : before], *texts[end : end + 1]}
    parted = before == 0 and texts[end : end + 1] == [COMMA]
    alone = 0 < before < start and chinese.OWNERS.isdisjoint(texts[end:])
    if not (parted or alone) or not chinese.BOUNDS.isdisjoint(beside):
        return words
    return [*words[:before], *words[end + parted :], *words[start:end]]


def _time_first(words: Words) -> Words:
    """Make "何时X" of "X是在何时"."""
    texts = [word.text for word in words]
    for asked in chinese.TIMES:
        if texts[: len(asked) + 1] == ["在", *asked]:
            return words[1:]
        rest, time = words[: -len(asked)], words[-len(asked) :]
        if texts[-len(asked) :] == list(asked) and len(rest) >= _LEAST_TOLD:
            for linking in ("在", "是"):
                if rest[-1].text == linking:
                    rest = rest[:-1]
            return time + rest
    return words
