"""HTML nested deeper than it can be read, such as a long thread of replies, made flat."""

from collections.abc import Iterator
from typing import Any

DEEPEST = 150  # levels; what reads a page calls itself for each, a few hundred times at most

_BLOCKS = {
    *("div", "p", "blockquote", "center", "section", "article", "aside", "header", "footer"),
    *("main", "nav", "form", "fieldset", "figure", "figcaption", "details", "summary", "address"),
    *("hgroup", "ul", "ol", "dl", "menu", "dir", "li", "dd", "dt", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "pre"),
}
_STAYING = {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "li"}  # what their text is, it must stay
# Not text alone, or not shown: moved as they are.
_WHOLE = {
    *("table", "img", "math", "svg", "hr", "input", "select", "textarea", "button", "iframe"),
    *("object", "video", "audio", "canvas", "datalist", "dialog", "noembed", "noframes"),
}


def flatten(tree: Any) -> None:
    """Dissolve what only wraps text beyond ``DEEPEST`` levels of an lxml page.

    Each run of text stays a paragraph, heading, list item or code block, in its order.
    """
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node]
    for top in level:
        if len(top):
            _flatten(top)


def _flatten(top: Any) -> None:
    flat = _Flat(top)
    for node, left in _walk(top):
        if left:
            flat.leave(node)
        else:
            flat.enter(node)
    if not flat.has_blocks:  # phrases in phrases
        top[:] = []
        top.text = flat.text
        return
    flat.close()
    for block in flat.blocks:
        block.tail = None
        top.addprevious(block)
    top.drop_tree()


def _walk(top: Any) -> Iterator[tuple[Any, bool]]:
    """Every node below ``top``, and itself, as it is entered and as it is left."""
    stack = [(top, False)]
    while stack:
        node, left = stack.pop()
        yield node, left
        if not left:
            stack.append((node, True))
            if node.tag not in _WHOLE:
                stack.extend((child, False) for child in reversed(node))


class _Flat:
    """The blocks of a tree one behind the other, and the text of the one not yet closed."""

    def __init__(self, top: Any) -> None:
        self._top = top
        self._within: list[str] = []
        self.blocks: list[Any] = []
        self.text = ""
        self.has_blocks = False

    def enter(self, node: Any) -> None:
        if node.tag in _WHOLE:
            self.has_blocks = True
            self.close()
            self.blocks.append(node)
            return
        if node.tag in _BLOCKS:
            self.has_blocks = True
            self.close()
            self._within.append(node.tag)
        self.text += "\n" if node.tag == "br" else node.text or ""

    def leave(self, node: Any) -> None:
        if node.tag in _BLOCKS:
            self.close()
            self._within.pop()
        if node is not self._top:
            self.text += node.tail or ""

    def close(self) -> None:
        """Make a block of the text so far."""
        if self.text.strip():
            tag = self._within[-1] if self._within else ""
            block = self._top.makeelement(tag if tag in _STAYING else "div")
            block.text = self.text
            self.blocks.append(block)
        self.text = ""
