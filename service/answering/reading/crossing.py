"""Pairs of Chinese characters in a question that are no word, but reach from one into the next."""

from collections.abc import Callable
from operator import add

from indexes.language.chinese import is_ideograph, simplified

# Characters that ask, permit, compare or relate. They also stand in words that mean something
# ("性能", "有效"), but a collection that speaks of those holds their pairs.
_RELATING = frozenset(
    "能会要应该需得有没可想最多少几怎么把被从对给向到去来做办才还再又只不很太吧呢吗以之时前后将已"
)


def crossings(question: str, known: Callable[[str], bool]) -> frozenset[str]:
    """The pairs of ``question`` that probably span two words, so that it says nothing to miss them.

    ``known`` tells whether the collection holds a pair. One that it does not hold spans two words
    if it has a character that relates words, or if the pairs before and behind it are known: they
    leave it no character of its own.
    """
    text = simplified(question)
    pairs = ["", *map(add, text, text[1:]), ""]
    words = [pair != "" and all(map(is_ideograph, pair)) for pair in pairs]
    held = [word and known(pair) for pair, word in zip(pairs, words, strict=True)]
    spanning, telling = set[str](), set[str]()
    for place in range(1, len(pairs) - 1):
        if words[place] and not held[place]:
            between = held[place - 1] and held[place + 1]
            spans = between or not _RELATING.isdisjoint(pairs[place])
            (spanning if spans else telling).add(pairs[place])
    return frozenset(spanning - telling)
