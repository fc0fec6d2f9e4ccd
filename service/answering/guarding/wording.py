"""How an instruction to a machine is told from one to a person, in any language.

Documents are full of orders to people. What tells an order to a machine is what it speaks of: the
rules that the machine was given, its role, its own answer, its sources, or what it may not tell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import add

from indexes.language.folding import without_marks


class Kind(StrEnum):
    """What an instruction tries; of one that tries several things, the first of these."""

    HIDDEN = "hidden"
    OVERRIDE = "override"
    ROLE = "role"
    TOOL = "tool"
    DISCLOSURE = "disclosure"
    CITATION = "citation"
    ANSWER = "answer"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Wording:
    """A ``pattern`` over folded text that matches only where one of ``words`` stands, if any."""

    kind: Kind
    pattern: re.Pattern[str]
    words: frozenset[str] = frozenset()


# Between words of one sentence, white space and light punctuation; bounded, as all repeats here
# are, so that a search takes time by the length of the text and not by its square.
_GAP = r"(?:[^\w.!?。！？]{1,4})"
# A full stop inside an address ends no sentence.
_STRETCH = r"(?:[^.!?。！？\n]|[.!?](?=\w)){0,160}?"
_WORD = re.compile(r"\w+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARKED = re.compile(r"[^\W\d_]*[^\x00-\x7f\W][^\W\d_]*")


def spaced(parts: Mapping[str, str], kind: Kind, words: str, pattern: str) -> Wording:
    """A wording in words with spaces between them; a word with accents also matches without.

    ``{name}`` in it stands for that part. "~" is a stretch of one sentence, at most 160 characters.
    """
    spelled = _MARKED.sub(lambda word: _with_bare(word.group()), _filled(pattern, parts))
    spelled = spelled.replace(" ", _GAP).replace("~", _STRETCH)
    anchors = set(words.split())
    anchors |= {without_marks(word) for word in anchors}
    return Wording(kind, re.compile(rf"\b(?:{spelled})"), frozenset(anchors))


def han(parts: Mapping[str, str], kind: Kind, words: str, pattern: str) -> Wording:
    """A wording in Chinese, where ``words`` are pairs of characters.

    ``{name}`` in it stands for that part, "." for any character of the same sentence.
    """
    filled = _filled(pattern, parts).replace(".", r"[^。！？!?\n]")
    return Wording(kind, re.compile(filled), frozenset(words.split()))


def words(folded: str) -> set[str]:
    """The words of a folded text; where there is Chinese, also each two neighbouring characters."""
    found = set(_WORD.findall(folded))
    if _HAN.search(folded):
        found.update(map(add, folded, folded[1:]))
    return found


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """``pattern`` with its parts in place; a part may name those before it."""
    for name, part in reversed(list(parts.items())):
        pattern = pattern.replace(f"{{{name}}}", f"(?:{part})")
    return pattern


def _with_bare(word: str) -> str:
    """``word`` or the same typed without accents."""
    bare = without_marks(word)
    return word if bare == word else f"(?:{word}|{bare})"
