"""One form for what is written alike: width, case, composition and accents."""

import unicodedata

# Letters whose mark is part of the letter, so that decomposing does not take it off.
_UNMARKED = str.maketrans(
    {"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"}
)


def normalise(text: str) -> str:
    """``text`` folded for comparison: NFKC and lower case. Offsets do not survive it."""
    return unicodedata.normalize("NFKC", text).lower()


def without_marks(word: str) -> str:
    """A lower-case ``word`` as typed on a keyboard that has no accents."""
    letters = unicodedata.normalize("NFD", word.translate(_UNMARKED))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)
