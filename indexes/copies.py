"""Versions of one passage among the candidates of a search, and which of them speaks for the rest.

Documents of one family say nearly the same. A passage of one is superseded by its counterpart in a
newer one, unless it alone says something that the question asks for; decision 0007 tells why.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from indexes.ages import ages, newest_first
from indexes.editions import edition
from indexes.language import normalise
from indexes.types import Chunk, DocumentInfo

# The least Jaccard similarity of the index terms of two versions of one passage.
_ALIKE = 0.5

Candidate = tuple[Chunk, DocumentInfo]
Terms = frozenset[str]


class Versions:
    """The candidates of one search, to the question that has the terms ``asked``.

    ``terms`` gives the index terms of the candidates at some places. No place is asked for twice,
    and only those of a family of which several documents were found.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        terms: Callable[[list[int]], Sequence[Sequence[str]]],
        asked: Iterable[str],
    ) -> None:
        self._candidates = candidates
        self._terms = terms
        self._asked = frozenset(asked)
        self._families: dict[str, list[int]] = {}
        for place, (_, document) in enumerate(candidates):
            self._families.setdefault(document.family, []).append(place)
        self._newest: dict[int, int] = {}

    def newest(self, place: int) -> int:
        """The place of the newest version of the passage at ``place``; itself if none is newer."""
        family = self._candidates[place][1].family
        if not family:
            return place
        if place not in self._newest:
            self._settle(self._families[family])
        return self._newest[place]

    def _settle(self, places: list[int]) -> None:
        documents = {self._candidates[place][1].id: self._candidates[place][1] for place in places}
        self._newest.update(zip(places, places, strict=True))
        if len(documents) == 1:
            return
        ranks = {document.id: n for n, document in enumerate(newest_first(documents.values()))}
        # Stable, so that a document's better hits stay before its others.
        places = sorted(places, key=lambda place: ranks[self._candidates[place][1].id])
        terms = [frozenset(some) for some in self._terms(places)]
        found = [self._candidates[place] for place in places]
        for place, newer in zip(places, _successors(found, terms, self._asked), strict=True):
            if newer is not None:  # it stands before this one, so its own newest is known
                self._newest[place] = self._newest[places[newer]]


def _successors(
    found: Sequence[Candidate], terms: Sequence[Terms], asked: Terms
) -> list[int | None]:
    """For each passage of a family, the newest document's first, the one that supersedes it.

    That is the passage of a later document that is most like it, if they are alike at all, if no
    other passage of its own document is more like that one, if what it holds of ``asked`` the
    other holds too, and if none of ``asked`` names the version that it is of. Where it is not told
    which of two documents is later, only a passage that reads the same in both is superseded: by
    the dated one's, else by that of the first path.
    """
    documents = _numbered(document.id for _, document in found)
    texts = _numbered(_plain(chunk.text) for chunk, _ in found)
    same = texts[:, None] == texts
    later = _later(found) | same & (documents < documents[:, None])
    likeness = _jaccard(terms) + same
    closest = np.where(later, likeness, -1).argmax(axis=1).tolist()
    names = [edition(document).terms for _, document in found]
    return [
        new
        if later[old, new]
        and likeness[old, new] >= _ALIKE
        and likeness[old, new] == likeness[documents == documents[old], new].max()
        and asked & terms[old] <= terms[new]
        and not asked & (names[old] - names[new])
        else None
        for old, new in enumerate(closest)
    ]


def _later(found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Whether it is told that the second's document is later, shape (n, n); newest come first."""
    by_id = ages(document for _, document in found)
    told = [by_id[document.id] for _, document in found]
    order = _numbered(age.order for age in told)
    old, numbered, known = np.array([(age.old, age.numbered, age.known) for age in told]).T
    comparable = (old[:, None] != old) | (numbered[:, None] == numbered) & known[:, None]
    return np.asarray((order < order[:, None]) & comparable)


def _jaccard(terms: Sequence[Terms]) -> NDArray[np.float32]:
    """The Jaccard similarity of every two sets, shape (n, n); 0 for two empty ones."""
    columns = {term: column for column, term in enumerate(frozenset[str]().union(*terms))}
    held = np.zeros((len(terms), len(columns)), np.float32)
    for row, some in enumerate(terms):
        held[row, [columns[term] for term in some]] = 1
    shared = held @ held.T
    sizes = held.sum(axis=1)
    either = sizes[:, None] + sizes - shared
    return np.asarray(shared / np.maximum(either, 1), np.float32)


def _numbered(values: Iterable[Hashable]) -> NDArray[np.intp]:
    """A number for each value, equal for equal ones, in the order of their first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.intp)


def _plain(text: str) -> str:
    """Text as two copies of it share it, whatever their typography, case and line breaks."""
    return " ".join(normalise(text).split())
