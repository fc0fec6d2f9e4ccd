"""Where the sentences of a text end."""

import re

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
