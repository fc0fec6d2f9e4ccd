"""What the ways to ask one question are made of: politeness, synonyms, and words that matter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Phrasing:
    """How one language asks.

    ``greetings`` and ``frames`` match at the start of a question, ``closings`` at its end. A frame
    makes a question an indirect one, if what follows still ``asks``. ``synonyms`` are groups of
    phrases that mean the same wherever they stand in small letters, ``names`` are so for names, in
    any letters; ``spaced`` tells whether words are parted by spaces.
    """

    greetings: re.Pattern[str]
    frames: re.Pattern[str]
    closings: re.Pattern[str]
    asks: re.Pattern[str]
    synonyms: tuple[str, ...]
    names: tuple[str, ...] = ()
    spaced: bool = True

    @cached_property
    def replacements(self) -> Mapping[str, tuple[tuple[Phrase, Phrase, bool], ...]]:
        """By first word: a phrase, the one it is read as, and whether it may be a name.

        Longest phrases first, so that a part of a phrase is not taken for it.
        """
        found: dict[str, list[tuple[Phrase, Phrase, bool]]] = {}
        for groups, is_name in ((self.synonyms, False), (self.names, True)):
            for group in groups:
                chosen, *others = map(self._phrase, group.split("/"))
                for phrase in others:
                    found.setdefault(phrase[0], []).append((phrase, chosen, is_name))
        return {
            first: tuple(sorted(phrases, key=lambda each: -len(each[0])))
            for first, phrases in found.items()
        }

    def _phrase(self, text: str) -> Phrase:
        return tuple(text.split()) if self.spaced else tuple(text)


def compiled(pattern: str) -> re.Pattern[str]:
    """``pattern`` for text in any case. Lines are joined as they end; a space is white space."""
    joined = "".join(line.strip() for line in pattern.splitlines())
    return re.compile(joined.replace(" ", r"\s+"), re.IGNORECASE)
