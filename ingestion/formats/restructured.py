"""reStructuredText to a Page; owns docutils."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers.rst import Directive, directives, roles

from ingestion.formats.page import Page
from ingestion.formats.text import clean, decode, one_line
from ingestion.formats.web import page_of, part_of

_ROLE = re.compile(r":([a-zA-Z][\w.+-]*(?::[\w.+-]+)*):`([^`]+)`")
_TARGET = re.compile(r"(.+?)\s*<[^<>]+>", re.DOTALL)
# What Sphinx, in which most reStructuredText is written, adds to docutils.
_KEPT = (
    *("versionadded", "versionchanged", "deprecated", "seealso", "centered", "glossary", "rubric"),
    *("function", "class", "method", "classmethod", "staticmethod", "attribute", "data", "module"),
    *("exception", "property", "decorator", "option", "program", "envvar", "confval", "describe"),
    *("object", "productionlist", "hlist", "tabs", "tab", "tab-set", "tab-item", "group-tab"),
    *("dropdown", "grid", "grid-item", "grid-item-card", "card", "details", "collapse", "todo"),
    *("py:function", "py:class", "py:method", "py:attribute", "py:data", "py:module"),
    *("py:exception", "c:function", "cpp:function", "js:function", "http:get", "http:post"),
)
_CHANGES = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_CODE = (
    "literalinclude",
    "code-block",
    "sourcecode",
    "prompt",
    "doctest",
    "testcode",
    "parsed-code",
)
_GENERATED = (
    *("toctree", "automodule", "autoclass", "autofunction", "automethod", "autosummary", "index"),
    *("currentmodule", "py:currentmodule", "highlight", "only", "tabularcolumns", "include", "raw"),
    *("codeauthor", "sectionauthor", "graphviz", "mermaid", "argparse", "click", "literalinclude"),
)
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,  # none
    "halt_level": 5,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "stylesheet": "",
    "math_output": "LaTeX",
    "syntax_highlight": "none",
    "doctitle_xform": True,
    "initial_header_level": 2,
    "line_length_limit": 1 << 20,  # characters; the default refuses a table of long lines
    "table_style": "colwidths-auto",
}


class _Open(dict[str, Callable[[str], Any]]):
    """Takes every option that a directive is given."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Callable[[str], Any]:
        unchanged: Callable[[str], Any] = directives.unchanged
        return unchanged


class _Kept(Directive):  # type: ignore[misc]  # docutils has no types
    """What an unknown directive holds: its argument as a paragraph, then its content."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = _Open()

    def run(self) -> list[nodes.Node]:
        inner = nodes.container()
        if self.arguments:
            said = " ".join([*filter(None, [_CHANGES.get(self.name)]), self.arguments[0]])
            found, _ = self.state.inline_text(said, self.lineno)
            inner += nodes.paragraph("", "", *found)
        self.state.nested_parse(self.content, self.content_offset, inner)
        return [inner]


class _Code(_Kept):
    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        return [nodes.literal_block(text, text)] if text else []


class _Generated(_Kept):
    """What only a build of the whole documentation can fill."""

    def run(self) -> list[nodes.Node]:
        return []


def read_restructured(content: bytes, path: str) -> Page:
    """A document as docutils reads it, with Sphinx's directives and roles as plain text.

    Nothing is included from other files, and no raw markup.
    """
    _know_sphinx()
    text = _ROLE.sub(_without_role, clean(decode(content, path)))
    parts = publish_parts(text, writer="html5", settings_overrides=_SETTINGS)
    page = page_of(parts["whole"])
    title = one_line(page_of(f"<title>{parts['title']}</title>").title) if parts["title"] else ""
    return Page(part_of(parts["html_body"]), title, page.authors, page.written_at)


@cache
def _know_sphinx() -> None:
    for names, directive in ((_KEPT, _Kept), (_CODE, _Code), (_GENERATED, _Generated)):
        for name in names:
            directives.register_directive(name, directive)


def _without_role(found: re.Match[str]) -> str:
    """The text of a role that docutils does not know; a target or an abbreviation's sign goes."""
    name, text = found[1], found[2]
    if name in roles._role_registry:  # noqa: SLF001 - docutils offers no other look at it
        return found[0]
    said = _TARGET.fullmatch(text)
    return said[1] if said else text.lstrip("~!")
