"""The words of a text as a multiset, and how much of one text another holds."""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

# Written without spaces: every character counts as a word of its own.
_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+")
# Whether a list's number is text or drawn by the program differs between formats and parsers.
_ORDINAL = re.compile(r"^[ \t]*\(?(?:\d{1,3}|[a-z])[.)][ \t]+", re.MULTILINE | re.IGNORECASE)
_SOFT_HYPHEN = "\u00ad"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
# Text in brackets and a target in parentheses, either with a pair of its own kind inside.
_BRACKETS = r"\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((?:[^()\\]|\\.|\([^()]*\))*\)"
_IMAGE = re.compile(f"!{_BRACKETS}")
_LINK = re.compile(_BRACKETS)
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+](?: \[[ x]\])?)[ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:```\w*|\|?[ :|-]*-{3,}[ :|-]*)[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{2,3}|~~)")
_ESCAPE = re.compile(r"\\([^\w\s])")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares of shared words, and the words that only one of the two texts has.

    ``recall`` is the share of the reference's words that are found, ``precision`` the share of
    found words that are the reference's: the intersection of multisets over each.
    """

    recall: float
    precision: float
    missing: Counter[str]
    beyond: Counter[str]


def words(text: str) -> Counter[str]:
    """How often each word occurs: NFKC, case folded, runs of letters and digits.

    Characters of scripts without spaces count one by one; the number of a list item is left out.
    """
    folded = unicodedata.normalize("NFKC", text).replace(_SOFT_HYPHEN, "").casefold()
    return Counter(_WORD.findall(_ORDINAL.sub("", folded)))


def from_markdown(markdown: str) -> str:
    """The text of a Markdown file without what only marks it up.

    Dropped are comments, HTML tags, images, the targets of links, heading and list marks, table
    rules, fences, emphasis and escapes; entities become what they stand for.
    """
    text = _IMAGE.sub(" ", _TAG.sub(" ", _COMMENT.sub(" ", markdown)))
    text = _RULE.sub("", _LINE_MARK.sub("", _LINK.sub(r"\1", text)))
    return html.unescape(_ESCAPE.sub(r"\1", _EMPHASIS.sub("", text)))


def compare(found: Counter[str], reference: Counter[str]) -> Overlap:
    """How much of ``reference`` is in ``found``, and the other way round; 1 of nothing."""
    shared = (found & reference).total()
    return Overlap(
        recall=shared / reference.total() if reference else 1.0,
        precision=shared / found.total() if found else 1.0,
        missing=reference - found,
        beyond=found - reference,
    )
