"""English words that stand for something said before, where the question does not say what."""

import re
from dataclasses import dataclass
from enum import StrEnum

from service.answering.conversation.english_phrases import (
    AUXILIARIES,
    CLAUSE_OPENERS,
    DETERMINERS,
    NounPhrase,
    noun_phrases,
)
from service.answering.conversation.phrases import words

# Points at nothing: "is it possible to", "how long does it take to", "there is".
_EMPTY = re.compile(
    r"\bit (?:(?:is|was|be|will be) )?(?:\w+ly )?(?:possible|allowed|permitted|necessary|required|"
    r"safe|ok|okay|true|normal|mandatory|legal|worth|better|best|important|enough|advisable|"
    r"forbidden|common|usual|compulsory|called|\w+able) ?(?:to|that|if|for|when|\w+ing)\b"
    r"|\b(?:is|was) it (?:(?!\w+ed\b)\w+ ){0,2}to\b|\bit'|\b(?-i:IT)\b"
    r"|\bit (?:take|takes|cost|costs|mean|means|matter|matters)(?: \w+){0,8} (?:to|if|when|that)\b"
    r"|\b(?:there (?:is|are|was|were|will|be|has|have|exist|might|may|can|could|should|must)"
    r"|(?:is|are|was|were|be) there)\b"
    r"|\b(?:this|that) (?:year|month|week|quarter|morning|evening|time|page|handbook|company"
    r"|season|site)\b"
    r"|\bwhat time is it\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(?P<thing>it|they|them|these|those|this|that|ones?)\b|\b(?P<owner>its|their|his|hers?)\b"
    r"|\b(?P<person>he|she|him)\b|\b(?P<vague>there|(?:the same|the former|the latter)(?=\W*$))\b",
    re.IGNORECASE,
)
PLURAL = frozenset({"they", "them", "their", "these", "those", "ones"})
# "Does that apply": elsewhere, "that" joins clauses.
_BEFORE_THAT = frozenset("is was does did may can will should must".split())
# "Those of last year": what follows says which.
_AFTER_THOSE = frozenset("who that which of in at on for from with without".split())
_SUBJECTS = frozenset({"they", "he", "she"})
_NEVER_SUBJECTS = frozenset({"them", "him", "one", "ones"})
_SINGULAR_THEY = frozenset({"a", "an", "each", "every", "any", "some", "another"})

# What is asked for is the object of its clause: "How many days do they get?"
_WANTED = re.compile(
    r"(?:how many|how much|which|what)\b(?:(?!\b(?:and|or|but)\b)[^,.;:?!])*?"
    r"\b(?:do|does|did|can|may|must|should|will|would)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[,.;:?!…]+\s")
_INFINITIVE = re.compile(
    rf"\bto (?!(?:{'|'.join(sorted(DETERMINERS))})\b)[a-z]+|\b[a-z]{{3,}}ing\b"
)


class Kind(StrEnum):
    """What a word stands for: a thing, whose something is, a person, or all that was said."""

    THING = "thing"
    OWNER = "owner"
    PERSON = "person"
    VAGUE = "vague"


@dataclass(frozen=True, slots=True)
class Reference:
    """A word at ``start`` that stands for something said before."""

    start: int
    end: int
    word: str
    kind: Kind


def reference_in(text: str) -> Reference | None:
    """The first word that stands for something which ``text`` itself does not name."""
    empty = [found.span() for found in _EMPTY.finditer(text)]
    for found in PRONOUN.finditer(text):
        if any(start <= found.start() < end for start, end in empty):
            continue
        kind = Kind(found.lastgroup or Kind.THING)
        reference = Reference(found.start(), found.end(), found.group().lower(), kind)
        if _points_back(text, reference) and not _explained(text, reference):
            return reference
    return None


def _points_back(text: str, reference: Reference) -> bool:
    """Whether a word that has other uses is one that points back here."""
    following = [word.group().lower() for word in words(text[reference.end :])]
    preceding = [word.group().lower() for word in words(text[: reference.start])]
    after = following[0] if following else ""
    before = preceding[-1] if preceding else ""
    match reference.word:
        case "that":
            return not after or before in _BEFORE_THAT
        case "this":
            return True
        case "one" | "ones":
            return not after and before not in DETERMINERS and bool(before)
        case "those":
            return not after.endswith(("ing", "ed")) and after not in _AFTER_THOSE
        case "there":
            return not after or before not in {"", "and", "but"}
    return True


def _explained(text: str, reference: Reference) -> bool:
    """Whether a phrase before the word can be what it stands for (Chomsky's binding principles).

    The object of a clause is never its own subject, so for an object only phrases of a clause
    before count.
    """
    before = text[: reference.start]
    phrases = noun_phrases(before)
    marks = [found.end() for found in _MARK.finditer(before)]
    if any(each.end <= max(marks, default=0) for each in phrases):
        return True
    if reference.word in {"this", "that"}:
        return False
    wanted = _WANTED.match(before)
    after = wanted.end() if wanted else 0
    candidates = [
        each
        for each in phrases
        if each.start >= after and each.definite and _agrees(each, reference)
    ]
    if reference.kind is Kind.OWNER:
        return bool(candidates) or before.lower().startswith("who ")
    if _is_subject(before, reference):
        return bool(candidates)
    opened = _last_clause(before)
    return any(each.end <= opened for each in candidates)


def _agrees(phrase: NounPhrase, reference: Reference) -> bool:
    if reference.word in PLURAL:
        plural = any(word.endswith("s") for word in phrase.text.split())
        return plural or phrase.determiner in _SINGULAR_THEY or phrase.named
    return not phrase.plural or phrase.named or phrase.determiner in {"a", "an"}


def _is_subject(before: str, reference: Reference) -> bool:
    if reference.word in _SUBJECTS:
        return True
    preceding = [word.group().lower() for word in words(before)]
    opens = not preceding or preceding[-1] in AUXILIARIES | CLAUSE_OPENERS
    return opens and reference.word not in _NEVER_SUBJECTS


def _last_clause(before: str) -> int:
    """Where the clause begins that ``before`` ends in; "to dine" and "granting" begin one too."""
    said = words(before)
    openers = [word.start() for word in said if word.group().lower() in CLAUSE_OPENERS]
    infinitives = [found.start() for found in _INFINITIVE.finditer(before)]
    return max([0, *openers, *infinitives])
