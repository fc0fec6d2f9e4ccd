"""Which language a text is in, its index terms, and where its sentences end.

Both sides of a search use one analysis. Words are folded (NFKC, lower case) and ASCII words take
their English stem in every language, so that an English word in a Vietnamese page is found by an
English question. Chinese and Japanese runs become overlapping character bigrams, which need no
dictionary; Vietnamese syllables keep their diacritics. The language only decides the stop words.
"""

import re
import unicodedata
from functools import cache, lru_cache

import Stemmer
from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

UNDETERMINED = "und"
_ISO_CODES = ("EN", "VI", "ZH", "JA", "KO", "FR", "DE", "ES", "PT", "IT", "NL", "ID")
# A page's language is plain from its first paragraphs; reading more costs time and adds nothing.
_DETECTION_CHARS = 1500
# Below this confidence a short text is mostly names; then the languages that people here ask in
# are believed before others, if they are at least this likely themselves.
_CONFIDENT = 0.6
_LIKELY = 0.15

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0002fa1f"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
# Letters that no other language of the list writes. A Vietnamese name may stand in a question in
# any language; in Vietnamese itself at least this share of the words carries a mark.
_VIETNAMESE = re.compile(r"[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)

_VIETNAMESE_MARKED = 0.25
_WORD = re.compile(r"[^\W\d_]+")

_STOP_WORDS = {
    "en": frozenset(
        "a about am an and any are as at be been being but by can could did do does doing for from "
        "had has have having he her hers him his how i if in into is it its itself me my of on or "
        "our ours she should so than that the their theirs them then there these they this those "
        "to too us was we were what when where which while who whom whose why will with would you "
        "your yours".split()
    ),
    "vi": frozenset(
        "ai anh bao bị bởi các cái cho chị chúng có cùng của cũng đã đang đâu đây đến để đều "
        "đi điều do đó được em gì hay hoặc không khi là lại làm lúc mà mấy một này nào nên "
        "nếu ngày những như nhưng ở ra rằng rất sao sẽ sự ta tại theo thì tôi từ và vào vẫn về "
        "vì việc với".split()
    ),
}
_CHINESE_FUNCTION_WORDS = re.compile(
    "为什么|什么时候|什么|怎么样|怎么办|怎么|怎样|如何|哪一|哪些|哪个|哪里|哪儿|哪|多少|几个|是否|"
    "请问|可以|我们|你们|他们|以及|或者|并且|因为|所以|但是|如果|[的了吗呢吧啊么是在和与及或就都也很谁]"
)

_SENTENCE_END = re.compile(
    r"""[。！？；]+[”’」』）》"')\]]*          # Chinese: the mark alone ends the sentence
      | (?<![.!?…])[.!?…]++["'”’»)\]]*+(?=\s)  # elsewhere: mark, quotes, space
      | \n+                                  # a line of a table or list stands alone
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Za-z]|[A-Za-z](?:\.[A-Za-z])+|mr|mrs|ms|dr|prof|st|sr|jr|no|vs|etc|fig|"
    r"inc|ltd|co|corp|dept|est|approx|gen|col|lt|sgt|rev|hon|vol|pp|ed|eds|cf|al|tp|ths|ts|gs|pgs|"
    r"jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)"
    r"\.$",
    re.IGNORECASE,
)
# "2." before a list item: the item's number, and no sentence of its own.
_LIST_NUMBER = re.compile(r"\s*\d{1,3}\.")


def detect(text: str) -> str:
    """The ISO 639-1 code of the language of ``text``, or "und" where it holds no letters."""
    # Composed, so that the letters of the list above are found however the text spells them.
    return _detect(unicodedata.normalize("NFC", text[:_DETECTION_CHARS]))


@lru_cache(maxsize=4096)
def _detect(text: str) -> str:
    letters = sum(character.isalpha() for character in text)
    if letters == 0:
        return UNDETERMINED
    # A Han character carries about as much as a syllable, hence the third.
    if len(_HAN.findall(text)) * 3 >= letters:
        return "ja" if len(_KANA.findall(text)) * 5 >= letters else "zh"
    words = _WORD.findall(text)
    marked = sum(not word.isascii() for word in words)
    if _VIETNAMESE.search(text) and marked >= _VIETNAMESE_MARKED * len(words):
        return "vi"
    confidences = {
        value.language.iso_code_639_1.name.lower(): value.value
        for value in _detector().compute_language_confidence_values(text)
    }
    best = max(confidences, key=lambda code: confidences[code])
    if confidences[best] < _CONFIDENT:
        if not text.isascii() and confidences["vi"] >= _LIKELY:
            return "vi"
        if text.isascii() or confidences["en"] >= _LIKELY:
            return "en"
    return best if best != "zh" else UNDETERMINED


@cache
def _detector() -> LanguageDetector:
    codes = (getattr(IsoCode639_1, code) for code in _ISO_CODES)
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def normalise(text: str) -> str:
    """``text`` folded for comparison: NFKC and lower case. Offsets do not survive it."""
    return unicodedata.normalize("NFKC", text).lower()


def analyze(text: str, language: str) -> list[str]:
    """The index terms of ``text`` in reading order, stop words of ``language`` left out."""
    folded = normalise(text)
    if language == "zh":
        folded = _CHINESE_FUNCTION_WORDS.sub(" ", folded)
    stop_words = _STOP_WORDS.get(language, frozenset[str]())
    terms: list[str] = []
    for token in _TOKEN.findall(folded):
        if _HAN.match(token) or _KANA.match(token):
            terms.extend(_bigrams(token))
        elif token not in stop_words:
            terms.append(_stem(token) if token.isascii() else token)
    return terms


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    stem: str = _stemmer().stemWord(word)
    return stem


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, white space outside them. Lines are never joined."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ends_sentence(text, start, match):
            _append_trimmed(spans, text, start, match.end())
            start = match.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    if match.group().startswith(("\n", "。", "！", "？", "；", "!", "?")):
        return True
    following = text[match.end() : match.end() + 2].lstrip()
    if following[:1].islower() or _LIST_NUMBER.fullmatch(text, start, match.end()):
        return False
    return match.group() != "." or not _ABBREVIATION.search(text[start : match.end()])


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        spans.append((start, end))
