"""English words: their stems, and those that tell nothing of a text; owns PyStemmer."""

from functools import cache, lru_cache

import Stemmer

STOP_WORDS = frozenset(
    "a about am an and any are as at be been being but by can could did do does doing for from "
    "had has have having he her hers him his how i if in into is it its itself me my of on or "
    "our ours she should so than that the their theirs them then there these they this those "
    "to too us was we were what when where which while who whom whose why will with would you "
    "your yours".split()
)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a lower-case word (Porter's second algorithm, Snowball's "english")."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")
