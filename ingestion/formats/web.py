"""HTML to a Page of what a reader of it sees; owns lxml."""

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
from lxml import etree

from indexes.errors import ParseError
from ingestion.formats.cells import plain_tables
from ingestion.formats.dates import stated
from ingestion.formats.nesting import flatten
from ingestion.formats.page import Page
from ingestion.formats.soft_breaks import join_soft_breaks
from ingestion.formats.text import clean, decode, one_line

_DECLARED_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_DECLARED_WITHIN = 2048  # bytes of a page in which its charset is looked for

_AUTHOR = ("author", "dc.creator", "dcterms.creator", "article:author", "citation_author")
# What speaks of the last change stands before what speaks of the first publication.
_DATES = (
    *("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified"),
    *("datemodified", "article:published_time", "dcterms.date", "dc.date", "dcterms.created"),
    "date",
)

# unstructured skips these as boilerplate; in a document they are content.
_SHOWN = {"details": "div", "figure": "div", "form": "div", "summary": "p", "label": "span"}
_SHOWN |= {"main": "div"}  # of several, unstructured would read the first alone
_SHOWN |= {"nav": "div", "menu": "ul"}
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
_CLOSED_AT_ONCE = re.compile(rf"<(?!(?:{_VOID})[\s/>])([A-Za-z][\w:-]*)((?:\s[^<>]*?)?)\s*/>")

_BLOCKS = ("p", "ul", "ol", "dl", "pre", "table", "div")
_NEVER_SHOWN = ("script", "style", "template", "noscript")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all")
_NOTICE = re.compile(r"cookie|consent|gdpr|onetrust", re.IGNORECASE)
_NOTICE_CHARACTERS = 1500
_CONTENT = {"html", "body", "main", "article", "h1", "h2", "h3", "h4", "h5", "h6", "p", "code"}
_ASIDE = 0.5  # of a page's text at most is navigation, or hidden; beyond it, it is the content
_MOST = 0.6  # of a page's text at least stands in what is marked as its main part


def read_html(content: bytes, path: str, declared: str | None = None) -> Page:
    """An HTML file; ``declared`` is the charset that what it came in states."""
    found = _DECLARED_CHARSET.search(content[:_DECLARED_WITHIN])
    return page_of(decode(content, path, declared or (found[1].decode("ascii") if found else None)))


def states_charset(content: bytes, path: str) -> bool:
    """Whether a file is a page that says itself in which charset it is."""
    page = path.lower().endswith((".htm", ".html"))
    return page and _DECLARED_CHARSET.search(content[:_DECLARED_WITHIN]) is not None


def page_of(markup: str) -> Page:
    """A page, and what its head states of it. ParseError where it cannot be read whole."""
    tree = _tree(markup)
    if tree is None:
        return Page("")
    said = _said(tree)
    authors = (one_line(said[name]) for name in _AUTHOR if name in said)
    dates = (stated(said[name]) for name in _DATES if name in said)
    title = tree.findtext(".//title") or said.get("og:title", "")
    _leave_out(tree)
    _keep_main(tree)
    return Page(
        _simplified(tree),
        one_line(title),
        tuple(dict.fromkeys(name for name in authors if name and "://" not in name)),
        next(filter(None, dates), None),
    )


def part_of(markup: str) -> str:
    """What a part of a document (a mail's body, a chapter) shows, to stand in another page.

    ParseError where it cannot be read whole.
    """
    tree = _tree(markup)
    if tree is None:
        return ""
    _leave_out(tree)
    body = tree.find("body")
    return "" if body is None else re.sub(r"\A<body[^>]*>|</body>\s*\Z", "", _simplified(body))


def _tree(markup: str) -> Any:
    markup = clean(markup)
    if not markup:
        return None
    if markup.startswith("<?xml"):  # XHTML; to an HTML parser, "<title/>" opens a title
        markup = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup)
    # Without "huge", what follows 256 levels or a text of 10 MB is left out, and no error raised.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        tree = lxml.html.document_fromstring(markup.encode(), parser=parser)
    except etree.ParserError:  # nothing but comments
        tree = None
    for error in parser.error_log:
        if error.type_name == "ERR_RESOURCE_LIMIT":
            raise ParseError(
                "HTML is nested too deeply or too long to be read whole "
                f"({error.message.partition(',')[0]}); simplify or split it"
            )
    return tree


def _said(tree: Any) -> dict[str, str]:
    """The page's metadata by name, in lower case."""
    said: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = node.get("name") or node.get("property") or node.get("http-equiv") or ""
        said.setdefault(name.lower(), node.get("content") or "")
    for node in tree.iterfind(".//*[@itemprop]"):
        value = node.get("content") or node.get("datetime") or ""
        said.setdefault(node.get("itemprop").lower(), value)
    return said


def _length(node: Any) -> int:
    return len("".join(node.text_content().split()))


def _leave_out(tree: Any) -> None:
    """Drop what is never shown, then navigation, notices and what is hidden, unless they are most.

    Frameworks hide what a click shows: a panel of answers is content.
    """
    for node in [*tree.iter(*_NEVER_SHOWN)]:
        node.drop_tree()
    for kind in (_hidden, _navigation, _notices):
        found = [*kind(tree)]
        inner = set(found)
        outermost = [node for node in found if inner.isdisjoint(node.iterancestors())]
        if found and sum(map(_length, outermost)) <= _ASIDE * _length(tree):
            for node in outermost:
                node.drop_tree()


def _hidden(tree: Any) -> Iterator[Any]:
    for node in tree.xpath("//*[@hidden or @style]"):
        if node.tag in {"html", "body"} or node.get("role") in {"tabpanel", "region"}:
            continue
        attribute = node.get("hidden")
        if (attribute is not None and attribute != "until-found") or _HIDDEN.search(
            node.get("style", "").lower()
        ):
            yield node


def _navigation(tree: Any) -> Iterator[Any]:
    yield from tree.xpath("//nav | //*[@role='navigation'] | //menu[@role]")
    for links in tree.xpath("//ul[count(.//a[@hreflang]) > 2]"):
        if len(links.findall(".//a")) == len(links.findall(".//a[@hreflang]")):
            yield links  # the same page in other languages


def _notices(tree: Any) -> Iterator[Any]:
    for node in tree.xpath("//*[@id or @class]"):
        name = f"{node.get('id', '')} {node.get('class', '')}"
        if node.tag in _CONTENT or not _NOTICE.search(name):
            continue
        text = node.text_content()
        if len(text) <= _NOTICE_CHARACTERS and "cookie" in text.lower():
            yield node


def _keep_main(tree: Any) -> None:
    """Leave only what is marked as the page's main part, with its title, if that is most of it."""
    body = tree.find("body")
    if body is None:
        return
    for marked in ("//main | //*[@role='main']", "//article"):
        parts = tree.xpath(marked)
        if len(parts) == 1 and _length(parts[0]) >= _MOST * _length(body):
            (main,) = parts
            above = [] if main.find(".//h1") is not None else tree.xpath("//h1")[:1]
            body[:] = [*above, main]
            body.text = None
            main.tail = None
            return


def _simplified(tree: Any) -> str:
    """The markup, with what unstructured would lose written so that it stays."""
    join_soft_breaks(tree)
    for node in tree.iter(*_SHOWN):
        node.tag = _SHOWN[node.tag]
    for button in tree.xpath("//h1//button|//h2//button|//h3//button|//h4//button|//dt//button"):
        button.tag = "span"  # it opens the answer below the question that it is
    plain_tables(tree)
    for definitions in tree.iter("dl"):
        _join_terms(definitions)
    for ordered in tree.iter("ol"):
        _number(ordered)
    flatten(tree)
    return str(etree.tostring(tree, encoding="unicode", method="html", with_tail=False))


def _join_terms(definitions: Any) -> None:
    """A list of terms as items "term: definition"; longer definitions stand below their term."""
    definitions.tag = "ul"
    terms: list[Any] = []
    for node in [*definitions.iterdescendants("dt", "dd")]:
        if node.tag == "dt":
            terms.append(node)
            continue
        if len(node) == 1 and node[0].tag == "p" and not one_line(node.text or ""):
            node[0].drop_tag()
        blocks = next(node.iterdescendants(*_BLOCKS), None) is not None
        if blocks or not terms:
            node.tag = "div" if blocks else "li"
        else:
            said = ", ".join(one_line(term.text_content()).rstrip(" :") for term in terms)
            node.tag, node.text = "li", f"{said}: {(node.text or '').lstrip()}"
            for term in terms:
                term.drop_tree()
        terms = []
    for term in definitions.iterdescendants("dt"):
        term.tag = "p"


def _number(ordered: Any) -> None:
    """Write an ordered list's numbers, which readers refer to, in front of its items."""
    number = _whole(ordered.get("start", ""), 1)
    for item in ordered.iterchildren("li"):
        number = _whole(item.get("value", ""), number)
        inner = (
            item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
        )
        inner.text = f"{number}. {(inner.text or '').lstrip()}"
        number += 1


def _whole(stated_number: str, default: int) -> int:
    return int(stated_number) if re.fullmatch(r"-?\d{1,9}", stated_number) else default
