"""EPUB, ODT, RTF and reStructuredText: structure, and what they state of themselves."""

from pathlib import Path

import pytest

from indexes.errors import ParseError
from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, texts, zipped

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
<metadata><dc:title>Mùa đông</dc:title><dc:creator>Lan</dc:creator><dc:creator>Minh</dc:creator>
<dc:date>2019</dc:date><meta property="dcterms:modified">2026-01-31T09:30:00Z</meta></metadata>
<manifest><item id="b" href="text/second%20part.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/first.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="x" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="x"/></spine>
</package>"""
XHTML = (
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
)
BOOK = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/nav.xhtml": f"{XHTML}<p>Contents</p></body></html>",
    "OEBPS/text/first.xhtml": f"{XHTML}<h1><a id='x'/>Một</h1><p>First.</p></body></html>",
    "OEBPS/text/second part.xhtml": f"{XHTML}<h1>Hai</h1><p>Second.</p></body></html>",
}


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    parsed = parse(zipped(BOOK), "a.epub")
    assert (parsed.title, parsed.authors) == ("Mùa đông", ("Lan", "Minh"))
    assert parsed.written_at == "2026-01-31T09:30:00Z"
    assert [(element.text, element.section) for element in parsed.elements] == [
        ("Một", ("Một",)),
        ("First.", ("Một",)),
        ("Hai", ("Hai",)),
        ("Second.", ("Hai",)),
    ]
    assert parsed.remarks == ("the chapter 'OEBPS/gone.xhtml' is not in the book",)


def test_a_locked_book_is_called_encrypted() -> None:
    lock = '<encryption><CipherReference URI="OEBPS/text/first.xhtml"/></encryption>'
    with pytest.raises(ParseError, match="encrypted"):
        parse(zipped(BOOK | {"META-INF/encryption.xml": lock}), "a.epub")
    fonts = '<encryption><CipherReference URI="OEBPS/font.otf"/></encryption>'
    assert parse(zipped(BOOK | {"META-INF/encryption.xml": fonts}), "a.epub").elements


def test_a_book_without_a_package_says_so() -> None:
    with pytest.raises(ParseError, match="names no package"):
        parse(zipped(BOOK | {"META-INF/container.xml": "<container/>"}), "a.epub")


NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
    )
)
ODT = f"""<office:document-content {NAMES}><office:body><office:text>
<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
<text:h text:outline-level="1">Nghỉ phép</text:h>
<text:table-of-content><text:index-body><text:p>Nghỉ phép 1</text:p></text:index-body>
</text:table-of-content>
<text:p>Twelve<text:s/>days<text:note><text:note-citation>1</text:note-citation><text:note-body>
<text:p>In full years.</text:p></text:note-body></text:note> &amp; more.<office:annotation>
<text:p>why?</text:p></office:annotation></text:p>
<text:h text:outline-level="2">Lists</text:h>
<text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p>
</text:list-item></text:list>
<text:p><draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box></draw:frame></text:p>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Year</text:p>
</table:table-cell><table:table-cell><text:p>Days</text:p></table:table-cell></table:table-row>
</table:table-header-rows><table:table-row><table:table-cell table:number-rows-spanned="2">
<text:p>2026</text:p></table:table-cell><table:table-cell><text:p>12</text:p></table:table-cell>
</table:table-row>
<table:table-row><table:covered-table-cell/><table:table-cell><text:p>13</text:p></table:table-cell>
</table:table-row></table:table></office:text></office:body></office:document-content>"""
META = """<m xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Leave</dc:title>
<dc:creator>Lan</dc:creator><dc:date>2026-01-31T09:30:00.123</dc:date></m>"""


def test_an_open_document() -> None:
    parsed = parse(zipped({"content.xml": ODT, "meta.xml": META}), "a.odt")
    assert (parsed.title, parsed.authors) == ("Leave", ("Lan",))
    assert parsed.written_at == "2026-01-31T09:30:00Z"
    assert parsed.remarks == ("1 comment was left out",)
    assert pairs(parsed) == [
        ("heading", "Nghỉ phép"),
        ("text", "Twelve days[1] & more."),
        ("heading", "Lists"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("text", "Boxed"),
        ("table", "Year | Days\n2026 | 12\n2026 | 13"),
        ("text", "[1] In full years."),
    ]


def test_a_locked_open_document_is_called_encrypted() -> None:
    manifest = "<manifest:encryption-data/>"
    with pytest.raises(ParseError, match="encrypted"):
        parse(zipped({"content.xml": "junk", "META-INF/manifest.xml": manifest}), "a.odt")


RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Caf\'e9}{\author Lan}
{\revtim\yr2026\mo1\dy31\hr9\min30}}{\stylesheet{\s1\outlinelevel0 heading 1;}}{\header Secret}
\pard\outlinelevel0 Leave\par
\pard Twelve\line days {\*\generator x}\u8364?{\footnote  in full years}.\par
{\pntext\f0\bullet\tab}one\par{\listtext\'b7\tab}two\par
\trowd\cellx1\cellx2 Year\cell Days\cell\row
\trowd\cellx1\cellx2 2026\cell 12\cell\row\pard end\par}"""


def test_rich_text() -> None:
    parsed = parse(RTF, "a.rtf")
    assert (parsed.title, parsed.authors) == ("Café", ("Lan",))
    assert parsed.written_at == "2026-01-31T09:30:00Z"
    assert [(kind, " ".join(text.split())) for kind, text in pairs(parsed)][:1] == [
        ("heading", "Leave")
    ]
    assert texts(parsed, Kind.LIST_ITEM) == ["one", "two"]
    assert texts(parsed, Kind.TABLE) == ["Year | Days\n2026 | 12"]
    assert [text.split() for text in texts(parsed, Kind.TEXT)] == [
        *(["Twelve"], ["days", "€", "in", "full", "years."], ["end"])
    ]


RST = """=====
Guide
=====
:Author: Lan
:Date: 2026-01-31

Call :func:`~a.run` as in :ref:`the guide <guide>`.

.. toctree::

   other

Install
=======
.. deprecated:: 2.0
   Use **pip**.

.. code-block:: sh
   :linenos:

   pip install x
       --quiet

.. csv-table::
   :header: Year, Days

   2026, 12

Term
   Its definition.

#. one
#. two

.. include:: {path}

.. csv-table::
   :file: {path}

.. raw:: html

   <p>raw</p>
"""


def test_restructured_text(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("never included")
    parsed = parse(RST.format(path=secret), "a.rst")
    assert (parsed.title, parsed.authors) == ("Guide", ("Lan",))
    assert parsed.written_at == "2026-01-31T00:00:00Z"
    assert pairs(parsed) == [
        ("heading", "Guide"),
        ("list_item", "Author: Lan"),
        ("list_item", "Date: 2026-01-31"),
        ("text", "Call a.run as in the guide."),
        ("heading", "Install"),
        ("text", "Deprecated since version 2.0 Use pip."),
        ("code", "pip install x\n    --quiet"),
        ("table", "Year | Days\n2026 | 12"),
        ("list_item", "Term: Its definition."),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
    ]
    assert parsed.elements[-1].section == ("Guide", "Install")
