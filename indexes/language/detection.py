"""Which language a text is in, and how sure that is; owns lingua."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from indexes.language.chinese import HAN, KANA
from indexes.language.vietnamese import BARE_SHARE, bare_share

UNDETERMINED = "und"
_ISO_CODES = ("EN", "VI", "ZH", "JA", "KO", "FR", "DE", "ES", "PT", "IT", "NL", "ID")
# A page's language is plain from its first paragraphs; reading more costs time and adds nothing.
_DETECTION_CHARS = 1500
# Below this confidence a short text is mostly names; then the languages that people here ask in
# are believed before others, if they are at least this likely themselves.
_CONFIDENT = 0.6
_LIKELY = 0.15

_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile(f"[{KANA}]")
# Letters that no other language of the list writes. In Vietnamese itself at least this share of the
# words carries a mark.
_VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_VIETNAMESE_MARKED = 0.25
_WORD = re.compile(r"[^\W\d_]+")
# Fewer words beside Vietnamese names tell no language: "Cài Microsoft Teams" has none.
_BESIDE_NAMES = 2


# Words that no other language of the list has. A page of which so many of the words are among them
# is English without a closer look, which takes 6 ms.
_ENGLISH_ALONE = frozenset("the and that with this are from your you which have their".split())
_ENGLISH_SHARE = 0.1
_PLENTY = 40


@dataclass(frozen=True, slots=True)
class Detection:
    """An ISO 639-1 code, or "und", and how likely it is to be right, 0 to 1.

    1 where the letters alone tell, the share of Vietnamese syllables where they stand without their
    marks, else lingua's estimate, which is low for names and commands.
    """

    language: str
    confidence: float


def identify(text: str) -> Detection:
    """The language of ``text``; "und" with confidence 0 where it holds no letters."""
    # Composed, so that the letters of the list above are found however the text spells them.
    return _identify(unicodedata.normalize("NFC", text[:_DETECTION_CHARS]))


def detect(text: str) -> str:
    """The ISO 639-1 code of the language of ``text``, or "und" where it holds no letters."""
    return identify(text).language


@lru_cache(maxsize=4096)
def _identify(text: str) -> Detection:
    letters = sum(character.isalpha() for character in text)
    if letters == 0:
        return Detection(UNDETERMINED, 0.0)
    # A Han character carries about as much as a syllable, hence the third.
    if len(_HAN.findall(text)) * 3 >= letters:
        return Detection("ja" if len(_KANA.findall(text)) * 5 >= letters else "zh", 1.0)
    words = _WORD.findall(text)
    if _VIETNAMESE.search(text):
        beside = _beside_names(words)
        if len(beside) >= _BESIDE_NAMES and bare_share(beside) < BARE_SHARE:
            return _most_likely(" ".join(beside), beside)
        if sum(not word.isascii() for word in words) >= _VIETNAMESE_MARKED * len(words):
            return Detection("vi", 1.0)
    if len(words) >= _PLENTY and not _HAN.search(text) and _is_plainly_english(words):
        return Detection("en", 1.0)
    return _most_likely(text, words)


def _beside_names(words: list[str]) -> list[str]:
    """What else is said where marks stand on names alone, which any language may speak of.

    Empty where a word that is no name has a mark. The first word may be capitalised for being that.
    """
    first, *others = words
    if any(not word.isascii() and not word[0].isupper() for word in words):
        return []
    said = [word for word in others if word[0].islower()]
    return [first, *said] if first.isascii() else said


def _is_plainly_english(words: list[str]) -> bool:
    found = sum(word.lower() in _ENGLISH_ALONE for word in words)
    return found >= _ENGLISH_SHARE * len(words)


def _most_likely(text: str, words: list[str]) -> Detection:
    confidences = {
        value.language.iso_code_639_1.name.lower(): value.value
        for value in _detector().compute_language_confidence_values(text)
    }
    best = max(confidences, key=lambda code: confidences[code])
    if confidences[best] < _CONFIDENT:
        bare = bare_share(words)
        if bare >= BARE_SHARE:
            return Detection("vi", bare)
        if not text.isascii() and confidences["vi"] >= _LIKELY:
            best = "vi"
        elif text.isascii() or confidences["en"] >= _LIKELY:
            best = "en"
    # No Han character stands in it, whatever its letters look like.
    return Detection(UNDETERMINED if best == "zh" else best, confidences[best])


@cache
def _detector() -> LanguageDetector:
    codes = (getattr(IsoCode639_1, code) for code in _ISO_CODES)
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
