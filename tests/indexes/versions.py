"""Decision 7 by brute force: which passage of a newer document stands for one of an older."""

import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from indexes.copies import Candidate
from indexes.language import analyze
from indexes.passage import passage


def words(one: Candidate) -> set[str]:
    chunk, document = one
    return set(analyze(passage(document, chunk.section, chunk.text), document.language))


def same(one: Candidate, other: Candidate) -> bool:
    first, second = (
        unicodedata.normalize("NFKC", chunk.text).lower().split() for chunk, _ in (one, other)
    )
    return first == second


def likeness(one: Candidate, other: Candidate) -> tuple[bool, Fraction]:
    either = words(one) | words(other)
    both = words(one) & words(other)
    return same(one, other), Fraction(len(both), len(either) or 1)


def is_later(one: Candidate, than: Candidate) -> bool:
    if than[1].dated and one[1].dated > than[1].dated:
        return True
    if not same(one, than) or one[1].dated < than[1].dated:
        return False
    return one[1].dated > than[1].dated or (one[1].path < than[1].path)


def superseding(old: Candidate, found: Sequence[Candidate], asked: set[str]) -> Candidate | None:
    """The passage of a later document that says what ``old`` says, if one does."""
    later = [one for one in found if one[1].family == old[1].family and is_later(one, old)]
    if not old[1].family or not later:
        return None
    later.sort(key=lambda one: one[1].path)
    later.sort(key=lambda one: one[1].dated, reverse=True)
    new = max(later, key=lambda one: likeness(old, one))
    equal, share = likeness(old, new)
    beside = [one for one in found if one[1].id == old[1].id]
    counterparts = all(likeness(one, new) <= likeness(old, new) for one in beside)
    says_as_much = asked & words(old) <= words(new)
    return new if (equal or share >= Fraction(1, 2)) and counterparts and says_as_much else None


def newest(one: Candidate, found: Sequence[Candidate], asked: set[str]) -> Candidate:
    new = superseding(one, found, asked)
    return one if new is None else newest(new, found, asked)
