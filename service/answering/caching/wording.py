"""The words of a question: one width, one script, one form for what is written alike."""

import re
import unicodedata
from dataclasses import dataclass

from indexes.language.chinese import IDEOGRAPHS, occurs, simplified
from indexes.language.folding import without_marks
from indexes.language.vietnamese import with_tone_on_vowel
from service.answering.caching.english import FUNCTION_WORDS

COMMA = ","

_QUOTED = re.compile(r"“[^”]*”|«[^»]*»|「[^」]*」|『[^』]*』|《[^》]*》|\"[^\"]*\"")
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ`´", "'") | dict.fromkeys("‐‑‒–—−", "-"))
_LETTERS = rf"[^\W_{IDEOGRAPHS}]"
_LETTER = rf"[^\W\d_{IDEOGRAPHS}]"
# Marks that only part words and sentences; a sign before a number or a "!" behind it is no such,
# nor is the "!" of "!=" and "!done", or a mark that stands alone.
_PARTING = r"'\"“”«»「」『』《》〈〉()\[\]{}【】·\-"
_ENDING = ".!?:;。"
DENYING = rf"!(?={_LETTERS}|[_=~])"
# "-p", "--port": no dash between two words.
_OPTION = rf"(?:(?<!{_LETTERS})(?<![_-])--?(?={_LETTER}))"
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,:/-]\d+)*)"
    rf"|(?P<ideograph>[{IDEOGRAPHS}])"
    rf"|(?P<name>{_OPTION}?\.?{_LETTERS}+(?:['.\-/@&+_]+{_LETTERS}+)*(?:\++|\#)?|_+)"
    r"|(?P<comma>[,、])"
    rf"|(?P<symbol>{DENYING}|(?<=\d)!|(?<=\s)[{_ENDING}](?=\s)|-(?=\s*\d)|[^\w\s{_ENDING}{_PARTING}])"
    rf"|(?P<end>[{_ENDING}])"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_SMALLEST_ACRONYM = 2
# One letter that is a word, which may be a capital only for its place: "ở" at the start, too.
_ONE_LETTER_WORDS = frozenset("ai")
_VOWELS = frozenset("aeiouy")
# "x²" is no "x2", "10²" no "102", "1½" no "11/2".
_RAISED = ("<super>", "<fraction>")
_NOT_HAS = r"(?! (?:\w+ed|\w+en|got|become|done|gone|had|made)\b)"
# Contractions, written out. "What's happened" has another verb than "what's new".
_CONTRACTIONS = tuple(
    (re.compile(pattern, re.IGNORECASE), full)
    for pattern, full in (
        (rf"\b(what|who|where|when|why|how)'?s\b{_NOT_HAS}", r"\1 is"),
        (rf"\b(which|that|there|it|he|she)'s\b{_NOT_HAS}", r"\1 is"),
        (r"\bcan(?:'?t|not)\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"\b(is|are|was|were|do|does|did|could|would|should|has|have|had)n'?t\b", r"\1 not"),
        (r"\b(you|we|they)'re\b", r"\1 are"),
        (r"\b(i)'m\b", r"\1 am"),
        (r"\b(i|you|we|they|he|she|it)'ll\b", r"\1 will"),
        (r"\b(i|you|we|they)'ve\b", r"\1 have"),
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and what its writing tells of it.

    ``capital`` is None where a capital would tell nothing: at the start of a sentence, or in a
    question all in one case. A ``quoted`` word is taken to the letter.
    """

    text: str
    capital: bool | None = None
    quoted: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it may be an ordinary word, and no name."""
        return not (self.quoted or self.capital)


def folded(text: str) -> str:
    """``text`` in NFKC and Simplified characters, without what is invisible; case is kept."""
    if not text.isascii():
        # What is in order already, as most is that people type, need not be looked at letter by
        # letter: nothing raised is in NFKC, and nothing invisible can be printed.
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", "".join(map(_raised, text)))
        if not text.isprintable():
            text = "".join(each for each in text if unicodedata.category(each) != "Cf")
        if occurs(text):
            text = simplified(text)
    return text.translate(_APOSTROPHES)


def words(text: str, language: str) -> list[Word]:
    """The words of a folded ``text`` in their order, commas among them, other marks left out."""
    if language == "en":
        for contraction, full in _CONTRACTIONS:
            text = contraction.sub(full, text)
    quotes = [found.span() for found in _QUOTED.finditer(text)]
    capitals = any(each.isupper() for each in text) and any(each.islower() for each in text)
    found: list[Word] = []
    at_start = True
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "end":
            at_start = True
            continue
        quoted = any(start < token.start() < end for start, end in quotes)
        tells = capitals and not at_start and token.lastgroup == "name"
        opens = at_start and language == "vi"
        found.append(_word(token, tells=tells, quoted=quoted, mixed=capitals, opens=opens))
        at_start = False
    return found


def _word(token: re.Match[str], *, tells: bool, quoted: bool, mixed: bool, opens: bool) -> Word:
    written = token.group()
    match token.lastgroup:
        case "comma":
            return Word(COMMA)
        case "number" if _THOUSANDS.fullmatch(written):
            return Word(written.replace(",", ""), quoted=quoted)
        case "name":
            small = with_tone_on_vowel(written.lower())
            acronym = mixed and written.isupper() and len(written) >= _SMALLEST_ACRONYM
            told = (acronym and small in FUNCTION_WORDS) or _is_sign(written, opens=opens)
            text = written if told else small
            return Word(text, written != written.lower() if tells else None, quoted)
        case _:
            return Word(written, quoted=quoted)


def _is_sign(written: str, *, opens: bool) -> bool:
    """Whether a name is an option or a letter, of which "p" and "P" are two.

    ``opens`` tells that a Vietnamese sentence begins with it.
    """
    if written.startswith("-"):
        return True
    small = written.lower()
    word = small in _ONE_LETTER_WORDS or (opens and without_marks(small) in _VOWELS)
    return len(written) == 1 and written.isalpha() and not word


def _raised(character: str) -> str:
    kind = unicodedata.decomposition(character).partition(" ")[0]
    return f"^{character}" if kind in _RAISED else character


def without_commas(found: list[Word]) -> tuple[Word, ...]:
    """The words alone."""
    return tuple(word for word in found if word.text != COMMA)
