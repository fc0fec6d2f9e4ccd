"""Bytes in any encoding to text, and text to what a reader sees of it."""

import codecs
import re
import unicodedata

import charset_normalizer

from indexes.errors import ParseError

# UTF-32 stands first: its little-endian mark begins with that of UTF-16.
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BYTE_ORDER_MARKS = tuple(mark for mark, _ in _ENCODINGS)
# Labels that stand for another encoding (WHATWG Encoding Standard, names and labels).
_LABELS = {
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "windows-1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-9": "windows-1254",
    "tis-620": "windows-874",
}
# Charsets that write other scripts in the bytes of ASCII, so that all of it is valid UTF-8 too.
_SEVEN_BIT = re.compile(r"(?:cs)?iso-?2022-?[\w-]+|hz(?:-gb(?:-2312)?)?|utf-7")
_GUESSED_FROM = 1 << 16  # bytes; a guess from more is no better and takes seconds

STRAY = 1e-3  # of a text's bytes at most are zeros; what is packed has four times as many
_MENDED = 1e-2  # of a text's characters at most are lost
_VALID_TO_STRAY = 10
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters but tab and line feed, soft hyphens, byte order marks, lone surrogates.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufeff\ud800-\udfff]")


def decode(content: bytes, path: str, declared: str | None = None) -> str:
    """Text by its byte order mark, as UTF-8, as it declares, or by charset-normalizer's guess.

    A declared charset of seven bits goes before UTF-8. Raises ParseError where it is in no known
    encoding.
    """
    if (text := _as_declared(content, declared or "")) is not None:
        return text
    if (text := _mended(content, _VALID_TO_STRAY)) is not None:
        return text
    guess = charset_normalizer.from_bytes(content[:_GUESSED_FROM]).best()
    if guess is None:
        if (text := _mended(content, 0)) is not None:
            return text
        raise ParseError(
            f"{path} is text in no known encoding, or damaged; restore it or save it as UTF-8"
        )
    return content.decode(guess.encoding, "replace")


def recoded(content: bytes, declared: str) -> bytes:
    """The same text in UTF-8, where it is in the charset that is declared of it; or ``content``."""
    text = _as_declared(content, declared)
    return content if text is None else text.encode("utf-8", "surrogatepass")


def _as_declared(content: bytes, declared: str) -> str | None:
    marks = (name for mark, name in _ENCODINGS if content.startswith(mark))
    label = declared.strip().lower().replace("_", "-")
    seven_bit = label if content.isascii() and _SEVEN_BIT.fullmatch(label) else None
    for encoding in (next(marks, None), seven_bit, "utf-8", _LABELS.get(label, label)):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return None


def _mended(content: bytes, valid_to_stray: int) -> str | None:
    """UTF-8 with U+FFFD for the stray bytes in it, or None where they are too many.

    ``valid_to_stray`` characters beyond ASCII must stand to each of them: in another encoding
    hardly any are valid, and what has many is UTF-8 that was damaged.
    """
    text = content.decode("utf-8", "replace")
    stray = text.count("\ufffd")
    valid = len(_BEYOND_ASCII.findall(text)) - stray
    return text if stray <= len(text) * _MENDED and valid >= stray * valid_to_stray else None


def clean(text: str, *, code: bool = False) -> str:
    """NFC without control characters; surrounding white space goes, but a code block's indent."""
    if not text.isprintable():  # most elements are, and hold nothing of either kind
        text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub("\n", text))
    text = unicodedata.normalize("NFC", text)
    return text.strip("\n").rstrip() if code else text.strip()


def one_line(text: str) -> str:
    """The text on one line, clean, with single spaces."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")  # as most cells of a large table are
    return " ".join(clean(text).split())


def comments_left_out(count: int) -> str:
    """The remark of a document whose comments are no part of its text."""
    return "1 comment was left out" if count == 1 else f"{count} comments were left out"
