"""Decision 7 by brute force: which passage of a newer document stands for one of an older."""

import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from indexes.ages import ages
from indexes.copies import Candidate
from indexes.editions import edition
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


def is_later(one: Candidate, than: Candidate, family: Sequence[Candidate]) -> bool:
    told = ages(document for _, document in family)
    new, old = told[one[1].id], told[than[1].id]
    alike = new.numbered == old.numbered and old.known
    if new.order > old.order and (new.old != old.old or alike):
        return True
    if not same(one, than) or new.order < old.order:
        return False
    return new.order > old.order or (one[1].path < than[1].path)


def superseding(old: Candidate, found: Sequence[Candidate], asked: set[str]) -> Candidate | None:
    """The passage of a later document that says what ``old`` says, if one does."""
    family = [one for one in found if one[1].family == old[1].family]
    later = [one for one in family if is_later(one, old, family)]
    if not old[1].family or not later:
        return None
    told = ages(document for _, document in family)
    later.sort(key=lambda one: one[1].path)
    later.sort(key=lambda one: told[one[1].id].order, reverse=True)
    new = max(later, key=lambda one: likeness(old, one))
    equal, share = likeness(old, new)
    beside = [one for one in found if one[1].id == old[1].id]
    counterparts = all(likeness(one, new) <= likeness(old, new) for one in beside)
    says_as_much = asked & words(old) <= words(new)
    named = asked & (edition(old[1]).terms - edition(new[1]).terms)
    alike = equal or share >= Fraction(1, 2)
    return new if alike and counterparts and says_as_much and not named else None


def newest(one: Candidate, found: Sequence[Candidate], asked: set[str]) -> Candidate:
    new = superseding(one, found, asked)
    return one if new is None else newest(new, found, asked)
