"""How the sentences of an answer stand one behind the other."""

import re
from collections.abc import Sequence

_ENDED = re.compile(r"[.!?。！？…;；][^\w|]*$")
_PARAGRAPH = "\n\n"
# Languages written without spaces between words.
_UNSPACED = frozenset({"zh", "ja"})


def separator(before: str, language: str) -> str:
    """What stands between the sentence ``before`` and the next one.

    Rows of tables, items and lines that lead to a list end like no sentence: what comes next begins
    a paragraph, which text and Markdown both show as one.
    """
    if not _ENDED.search(before):
        return _PARAGRAPH
    return "" if language in _UNSPACED else " "


def joined(sentences: Sequence[str], language: str) -> str:
    """All of them as one text."""
    *before, last = sentences or [""]
    return "".join(text + separator(text, language) for text in before) + last
