"""Which words are words: those of the collection, and those that the embedder knows whole."""

from collections.abc import Callable

from indexes.embedder import Embedder
from indexes.language import analyze
from indexes.search import LocalIndex


def words_of(index: LocalIndex, language: str) -> Callable[[str], bool]:
    """Tells whether a small word in ``language`` stands in the collection or is one at all.

    A word may be known by another of its forms; what is not known is a typing error or very rare.
    """
    whole = whole_words(index.embedder, language)

    def known(word: str) -> bool:
        return all(index.rarity(term) < 1 for term in analyze(word, language)) or whole(word)

    return known


def whole_words(embedder: Embedder, language: str) -> Callable[[str], bool]:
    """Tells whether the embedder reads a word as one token: its vocabulary holds frequent words."""
    if not embedder.reads(language):
        return lambda _: False
    around = embedder.count_tokens([""])[0]
    return lambda word: embedder.count_tokens([word])[0] == around + 1
