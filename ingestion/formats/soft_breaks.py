"""Line breaks in HTML that stand within a sentence of a script without spaces: none to a reader."""

import re
from typing import Any

from ingestion.layout.lines import runs_on

_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_LINE_BY_LINE = {"pre", "textarea"}
_PHRASES = {
    *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font"),
    *("i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub"),
    *("sup", "time", "tt", "u", "var"),
}


def join_soft_breaks(tree: Any) -> None:
    """Take such breaks out of an lxml page, those at the edges of phrases too.

    Otherwise each would become a space: 带薪 年假.
    """
    for text in tree.xpath(".//text()[contains(., '\n')]"):
        node = text.getparent()
        outer, after = (node.getparent(), node.getnext()) if text.is_tail else (node, _first(node))
        if (
            outer.tag in _LINE_BY_LINE
            or next(outer.iterancestors(*_LINE_BY_LINE), None) is not None
        ):
            continue
        left = _said(node)[-1:] if text.is_tail else ""
        right = _said(after)[:1]
        whole = _BREAK.sub(_unbroken, f"{left}{text}{right}")
        joined = whole[len(left) : len(whole) - len(right)]
        if text.is_tail:
            node.tail = joined
        else:
            node.text = joined


def _unbroken(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    return "" if runs_on(text[max(start - 1, 0) : start], text[end : end + 1]) else found[0]


def _first(node: Any) -> Any:
    return node[0] if len(node) else None


def _said(node: Any) -> str:
    """The text of a phrase; what is no phrase ends the line."""
    return str(node.text_content()) if node is not None and node.tag in _PHRASES else ""
