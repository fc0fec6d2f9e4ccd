"""Word documents: structure, lists' numbers, tables, and what stands outside the text's flow."""

import io
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from indexes.errors import ParseError
from ingestion.formats.numbering import written
from ingestion.formats.wordtables import WordTable
from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, rezipped, saved, texts

PAGE_BREAK = "<w:lastRenderedPageBreak/>"


def added(document: object, markup: str) -> None:
    """Put raw WordprocessingML at the end of the body."""
    namespaces = nsdecls("w", "r", "wp", "a")
    node = parse_xml(markup.replace("<w:p>", f"<w:p {namespaces}>", 1))
    document.element.body.insert(-1, node)  # type: ignore[attr-defined]


def test_structure() -> None:
    document = docx.Document()
    document.add_heading("Chính sách nghỉ phép", 1)
    document.add_paragraph("Nhân viên có 12 ngày phép.")
    document.add_heading("病假", 2)
    document.add_paragraph("Bring a doctor's note", style="List Bullet")
    document.add_paragraph("Sick Leave Policy")  # looks like a heading, is none
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Grade", "Days", "NA", "0.00000012"], strict=True):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    parsed = parse(saved(document), "a.docx")
    assert parsed.title == "Chính sách nghỉ phép"
    assert [(e.kind.value, e.text, e.section[-1:], e.page) for e in parsed.elements] == [
        ("heading", "Chính sách nghỉ phép", ("Chính sách nghỉ phép",), None),
        ("text", "Nhân viên có 12 ngày phép.", ("Chính sách nghỉ phép",), None),
        ("heading", "病假", ("病假",), None),
        ("list_item", "Bring a doctor's note", ("病假",), None),
        ("text", "Sick Leave Policy", ("病假",), None),
        ("table", "Grade | Days\nNA | 0.00000012", ("病假",), None),
    ]


def test_what_the_file_states_of_itself() -> None:
    document = docx.Document()
    document.add_paragraph("text")
    assert parse(saved(document), "a.docx").authors == ()  # the library's own name
    document.core_properties.title = "Stated & true"
    document.core_properties.author = "Lan; Minh"
    parsed = parse(saved(document), "a.docx")
    assert (parsed.title, parsed.authors) == ("Stated & true", ("Lan", "Minh"))
    document.core_properties.title = "Word Document"
    assert parse(saved(document), "a.docx").title == ""


def test_lists_are_numbered_as_word_shows_them() -> None:
    document = docx.Document()
    for text in ("one", "two"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("point", style="List Bullet")
    document.add_paragraph("three", style="List Number")
    assert texts(parse(saved(document), "a.docx"), Kind.LIST_ITEM) == [
        *("1. one", "2. two", "point", "3. three")
    ]


def test_numbered_headings_carry_their_number() -> None:
    level = (
        '<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="{text}"/></w:lvl>'
    )
    numbering = (
        f'<w:numbering {nsdecls("w")}><w:abstractNum w:abstractNumId="1">'
        f"{level.format(n=0, text='%1.')}{level.format(n=1, text='%1.%2')}</w:abstractNum>"
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    document = docx.Document()
    for text, depth in (("Term", 0), ("End", 1), ("Notice", 1), ("Law", 0), ("Courts", 1)):
        heading = document.add_heading(text, depth + 1)
        properties = heading._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_numId().val = 1
        properties.get_or_add_ilvl().val = depth
    content = rezipped(saved(document), {"word/numbering.xml": numbering})
    assert texts(parse(content, "a.docx"), Kind.HEADING) == [
        *("1. Term", "1.1 End", "1.2 Notice", "2. Law", "2.1 Courts")
    ]


@pytest.mark.parametrize(
    ("count", "number_format", "text"),
    [
        (4, "decimal", "4"),
        (4, "decimalZero", "04"),
        (28, "lowerLetter", "bb"),
        (2, "upperLetter", "B"),
        (1994, "upperRoman", "MCMXCIV"),
        (9, "lowerRoman", "ix"),
        (3, "japaneseCounting", "3"),
    ],
)
def test_number_formats(count: int, number_format: str, text: str) -> None:
    assert written(count, number_format) == text


def test_merged_nested_and_framing_tables() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    texts_of = ["Head", "a", "b", "side", "c", "d", "", "e", "f"]
    for cell, text in zip(table._cells, texts_of, strict=True):
        cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 1).add_table(1, 2).cell(0, 1).text = "nested"
    frame = document.add_table(rows=1, cols=1).cell(0, 0)
    frame.text = "framed"
    frame.add_paragraph("point", style="List Bullet")
    assert pairs(parse(saved(document), "a.docx")) == [
        ("table", "Head | a b | a b\nside | c nested | d\nside | e | f"),
        ("text", "framed"),
        ("list_item", "point"),
    ]


def test_text_that_stands_outside_the_flow() -> None:
    document = docx.Document()
    box = (
        "<w:p><w:r><w:t>Before</w:t></w:r><w:r><w:drawing><wp:inline><a:graphic><a:graphicData>"
        "<w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>"
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        "<w:r><w:t> and after</w:t></w:r></w:p>"
    )
    added(document, box)
    added(
        document,
        "<w:p><w:hyperlink r:id='x'><w:r><w:t>link</w:t></w:r></w:hyperlink>"
        "<w:ins><w:r><w:t> added</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r>"
        "</w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:sdt><w:sdtContent><w:r>"
        "<w:tab/><w:t>control</w:t></w:r></w:sdtContent></w:sdt></w:p>",
    )
    assert pairs(parse(saved(document), "a.docx")) == [
        ("text", "Before and after"),
        ("text", "Boxed"),
        ("text", "link added control"),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((None, False), ("1", False), ("true", False), ("on", False)),
        *(("0", True), ("false", True), ("off", True)),
    ],
)
def test_text_is_hidden_unless_its_property_is_turned_off(
    value: str | None, *, shown: bool
) -> None:
    document = docx.Document()
    stated = "" if value is None else f' w:val="{value}"'
    run = f"<w:r><w:rPr><w:vanish{stated}/></w:rPr><w:t>twelve days</w:t></w:r>"
    added(document, f"<w:p><w:r><w:t>Leave: </w:t></w:r>{run}</w:p>")
    assert pairs(parse(saved(document), "a.docx")) == [
        ("text", "Leave: twelve days" if shown else "Leave:")
    ]


@pytest.mark.parametrize(("value", "rows"), [("1", 2), ("0", None), ("false", None)])
def test_a_row_is_repeated_unless_its_property_is_turned_off(value: str, rows: int | None) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=2)
    for row in table.rows[:2]:
        mark = f'<w:tblHeader {nsdecls("w")} w:val="{value}"/>'
        row._tr.get_or_add_trPr().append(parse_xml(mark))
    assert WordTable(table._tbl, str).header == rows


def test_footnotes_stand_below_what_refers_to_them() -> None:
    document = docx.Document()
    added(
        document,
        "<w:p><w:r><w:t>Twelve days</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>",
    )
    document.add_paragraph("Next")
    notes = (
        f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="-1"><w:p>'
        '<w:r><w:t>-</w:t></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>'
        "In full years.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    content = saved(document)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    rels, types = "word/_rels/document.xml.rels", "[Content_Types].xml"
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    override = (
        '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.footnotes+xml"/></Types>'
    )
    parts = {
        "word/footnotes.xml": notes,
        rels: part(content, rels).replace("</Relationships>", relation),
        types: part(content, types).replace("</Types>", override),
    }
    assert pairs(parse(rezipped(content, parts), "a.docx")) == [
        ("text", "Twelve days[2]"),
        ("text", "[2] In full years."),
        ("text", "Next"),
    ]


def test_code_is_one_block() -> None:
    document = docx.Document()
    document.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    for line in ("def f():", "    return 1"):
        document.add_paragraph(line, style="Source Code")
    document.add_paragraph("text")
    assert pairs(parse(saved(document), "a.docx")) == [
        ("code", "def f():\n    return 1"),
        ("text", "text"),
    ]


def test_pages_are_those_that_the_writing_program_saw() -> None:
    document = docx.Document()
    document.add_paragraph("first")
    added(document, f"<w:p><w:r>{PAGE_BREAK}<w:t>second</w:t></w:r></w:p>")
    added(
        document,
        f"<w:p><w:r><w:t>still second, then</w:t>{PAGE_BREAK}<w:t> third</w:t></w:r></w:p>",
    )
    document.add_paragraph("third")
    assert [element.page for element in parse(saved(document), "a.docx").elements] == [1, 2, 2, 3]


def test_comments_are_left_out_and_said() -> None:
    document = docx.Document()
    run = document.add_paragraph("text").runs[0]
    document.add_comment(run, "why?", author="Lan")
    parsed = parse(saved(document), "a.docx")
    assert parsed.remarks == ("1 comment was left out",)
    assert pairs(parsed) == [("text", "text")]


def test_a_broken_package_says_so() -> None:
    document = docx.Document()
    broken = rezipped(saved(document), {"[Content_Types].xml": "<Types"})
    with pytest.raises(ParseError, match="damaged or not a real"):
        parse(broken, "a.docx")


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()
