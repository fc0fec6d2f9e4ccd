"""What a reader does not see: characters without a shape, comments, and words written as base64."""

import re
import unicodedata
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]

# Zero-width spaces and joiners, soft hyphens, direction marks, variation selectors, tags.
_SHAPELESS = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef"
)
_ANY_SHAPELESS = re.compile(f"[{_SHAPELESS}]")
_UNSEEN = re.compile(
    # A waving black flag with tags is the flag of a region (Unicode TS 51): shown, and short.
    r"\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f|(?P<unseen>"
    # Tags repeat ASCII without a shape. One letter of text hidden in zero-width characters takes
    # eight of them, and in variation selectors, of which real text never has two in a row, one.
    r"[\U000e0000-\U000e007f]+|[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]{8,}"
    r"|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}"
    # Overrides show text in another order than it is read in; marks and isolates only arrange it.
    r"|[\u202d\u202e])"
)
_COMMENT_BEGINS, _COMMENT_ENDS = "<!--", "-->"
# Shorter than 18 bytes of text, which is about three words, nothing commands anything.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_URL_SAFE = str.maketrans("-_", "+/")
# Cyrillic and Greek letters that look like a Latin one.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝүАВЕКМНОРСТУХІЈЅοανρικτυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwyabekmhopctyxijsoavpiktuabezhikmnoptyx",
)
# Characters of a few scripts; nobody's document makes the service remember all of Unicode.
_FORMS_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is read: lower case, one form for what looks alike, nothing without a shape.

    ``places`` are the offsets of its characters in the text; None where each kept its own.
    """

    text: str
    places: list[int] | None

    def span(self, start: int, end: int) -> Span:
        """Where ``folded.text[start:end]``, which is not empty, stands in the text itself."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


class _Forms(dict[int, int | None]):
    """One character for one character, so that offsets stay; None for those without a shape."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        form: int | None = None
        if not _ANY_SHAPELESS.match(character):
            plain = unicodedata.normalize("NFKC", character).translate(_LOOK_ALIKES).lower()
            form = ord(plain) if len(plain) == 1 else code
        if len(self) < _FORMS_KEPT:
            self[code] = form
        return form


_FORMS = _Forms()


def fold(text: str) -> Folded:
    """``text`` as its reader sees it."""
    if text.isascii():
        return Folded(text.lower(), None)
    places = None
    if _ANY_SHAPELESS.search(text):
        places = [place for place, each in enumerate(text) if _FORMS[ord(each)] is not None]
    return Folded(text.translate(_FORMS), places)


def unseen(text: str) -> Iterator[Span]:
    """Runs of characters that show nothing, or show other words than they are."""
    if not text.isascii():
        for match in _UNSEEN.finditer(text):
            if match["unseen"]:
                yield match.span()


def comments(text: str) -> Iterator[Span]:
    """HTML comments, marks included; one that never ends is none."""
    end = 0
    while (start := text.find(_COMMENT_BEGINS, end)) >= 0:
        closed = text.find(_COMMENT_ENDS, start + len(_COMMENT_BEGINS))
        if closed < 0:
            return
        end = closed + len(_COMMENT_ENDS)
        yield start, end


def encoded(text: str) -> Iterator[tuple[Span, str]]:
    """Where base64 stands that is the UTF-8 of a text, and that text."""
    for match in _BASE64.finditer(text):
        letters = match.group().rstrip("=").translate(_URL_SAFE)
        try:
            plain = b64decode(letters + "=" * (-len(letters) % 4)).decode()
        except (Base64Error, UnicodeDecodeError):
            continue
        yield match.span(), plain
