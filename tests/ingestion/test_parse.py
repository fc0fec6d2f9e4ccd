"""What holds for every format: encodings, structure of text formats, and true reasons."""

import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import docx
import pytest

from indexes.errors import ParseError
from ingestion.parse import FileParser
from ingestion.types import Element, Kind, Parsed
from tests.ingestion.formats.reading import saved

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
HANDBOOK = SHARED / "handbook-sourcegraph" / "docs"

MARKDOWN = """---
title: "Nghỉ phép"
nav: hidden
---

# Annual leave

Staff get **twenty-five
days** a year, see [the calendar](https://example.org/calendar).
Ask for:
- leave
- leave without pay
  - at most a month
  - after a talk

3. Fill in the form

   ```sh
   # not a heading
   leave --days 5
   ```
4. Send it

## 休假

员工每年有二十五天假期。

否

| Year | Days |
|------|------|
| first | **20**, later `25`. |
|  | |
| N/A | a<br>b |

<details><summary>Old rule</summary>

It was twenty days.

</details>

### Appeals
Write to <hr@example.org>.

## Contact
"""


def parse(content: bytes, path: str) -> Parsed:
    return FileParser().parse(content, path)


def of(kind: Kind, elements: tuple[Element, ...]) -> list[str]:
    return [element.text for element in elements if element.kind is kind]


def test_markdown_keeps_its_structure() -> None:
    parsed = parse(MARKDOWN.encode(), "hr/leave.md")
    assert parsed.title == "Nghỉ phép"
    assert of(Kind.HEADING, parsed.elements) == ["Annual leave", "休假", "Appeals", "Contact"]
    assert of(Kind.LIST_ITEM, parsed.elements) == [
        "leave",
        "leave without pay",
        "at most a month",
        "after a talk",
        "4. Send it",
    ]
    assert of(Kind.CODE, parsed.elements) == ["# not a heading\nleave --days 5"]
    assert of(Kind.TABLE, parsed.elements) == ["Year | Days\nfirst | 20, later 25.\nN/A | a b"]
    texts = of(Kind.TEXT, parsed.elements)
    assert texts == [
        "Staff get twenty-five days a year, see the calendar. Ask for:",
        "3. Fill in the form",
        "员工每年有二十五天假期。",
        "否",
        "Old rule",
        "It was twenty days.",
        "Write to hr@example.org.",
    ]


def test_headings_stand_over_what_follows() -> None:
    sections = {e.text: e.section for e in parse(MARKDOWN.encode(), "leave.md").elements}
    assert sections["Annual leave"] == ("Annual leave",)
    assert sections["员工每年有二十五天假期。"] == ("Annual leave", "休假")
    assert sections["Write to hr@example.org."] == ("Annual leave", "休假", "Appeals")
    assert sections["Contact"] == ("Annual leave", "Contact")


@pytest.mark.parametrize(
    ("text", "title", "elements"),
    [
        ("# Only a heading\n", "Only a heading", ["Only a heading"]),
        ("---\ntitle: Only matter\n---\n", "Only matter", ["Only matter"]),
        ("---\n\nA rule is not front matter: it ends nothing.\n", "", None),
        ("No heading\n", "", ["No heading"]),
        ("## Second level\n", "", ["Second level"]),
    ],
)
def test_a_short_markdown_file_is_not_lost(
    text: str, title: str, elements: list[str] | None
) -> None:
    parsed = parse(text.encode(), "short.md")
    assert parsed.title == title
    if elements is not None:
        assert [element.text for element in parsed.elements] == elements
    assert parsed.elements


def test_vietnamese_is_composed_and_control_characters_go() -> None:
    composed = "Nhân viên được nghỉ phép"
    text = unicodedata.normalize("NFD", composed) + "\x00\x07\x9f\ufeff một\u00ad tháng"
    content = b"\xff\xfe" + f"# {text}\r\n".encode("utf-16-le")
    assert parse(content, "a.md").elements[0].text == f"{composed} một tháng"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_encodings(encoding: str) -> None:
    chinese = "员工每年有二十五天假期,经理应在三个工作日内答复。请假须提前两周申请。" * 5
    assert parse(chinese.encode(encoding), "a.txt").elements[0].text == chinese


def test_a_page_declares_its_encoding() -> None:
    page = '<html><head><meta charset="windows-1252"><title>Café</title></head><body><p>Schön</p>'
    parsed = parse(page.encode("windows-1252"), "a.html")
    assert parsed.title == "Café"
    assert [element.text for element in parsed.elements] == ["Schön"]


def test_html_layout_lists_and_what_scripts_hold() -> None:
    page = """<html><head><title>Rules</title><style>p{}</style></head><body>
    <script>alert('never text')</script><!-- nor this -->
    <table><tr><td><h1>Rules</h1><p>First <i>rule</i>.</p>
      <table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea&nbsp;&amp;<br>milk</td><td>2</td></tr>
      </table></td></tr></table>
    <ol start="7"><li>seven</li><li><p>eight</p></li></ol>
    <figure><img src="x.png" alt="A map"><figcaption>Where we are</figcaption></figure>
    </body></html>"""
    parsed = parse(page.encode(), "a.html")
    assert parsed.title == "Rules"
    assert [(element.kind.value, element.text) for element in parsed.elements] == [
        ("heading", "Rules"),
        ("text", "First rule."),
        ("table", "Item | Price\nTea & milk | 2"),
        ("list_item", "7. seven"),
        ("list_item", "8. eight"),
        ("text", "A map"),
        ("text", "Where we are"),
    ]


def test_plain_text_has_paragraphs_and_no_guessed_headings() -> None:
    text = "ANNUAL REPORT\n\nStaff Handbook Overview\n\n- first point\n\nBáo cáo năm.\n"
    elements = parse(text.encode(), "a.txt").elements
    assert of(Kind.HEADING, elements) == []
    assert of(Kind.LIST_ITEM, elements) == ["first point"]
    assert len(elements) == 4


@pytest.mark.parametrize(
    ("content", "path", "reason"),
    [
        (b"", "a.pdf", "a.pdf is empty (0 bytes)"),
        (b"x", "a.xyz", "a.xyz has no parser"),
        (b"x", "a", "a has no parser"),
        (
            b"PK\x03\x04rest",
            "a.pdf",
            "named .pdf but holds a ZIP archive (DOCX, XLSX, PPTX); rename",
        ),
        (b"%PDF-1.7 rest", "a.docx", "named .docx but holds a PDF document; rename"),
        (b"%PDF-1.7 rest", "a.md", "named .md but holds a PDF document; rename"),
        (b"plain text", "a.docx", "named .docx but holds something else"),
        (b"plain text", "a.pdf", "named .pdf but holds something else"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a.docx", "holds an OLE container"),
        (b"some\x00binary\x01", "a.txt", "named .txt but holds binary data"),
        (b"PK\x03\x04 cut", "a.docx", "is damaged or cut short"),
        (b"  \n\n", "a.md", "a.md holds no text"),
        (b"<html><body><script>x</script></body></html>", "a.html", "a.html holds no text"),
        (b",,\n,,\n", "a.csv", "a.csv holds no text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a.doc", "read through LibreOffice"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a.msg", "named .msg but holds an OLE"),
        (b"Dear all,\n\nno header", "a.eml", "holds no mail"),
        (b"no mail here\n", "a.mbox", "holds no mail"),
        (b"From: a\nContent-Type: text/plain\n\nx", "a.mht", "holds no web page"),
        (b"{'a': 1}", "a.json", "is damaged or not a real .json"),
        (b"<a><b></a>", "a.xml", "is not well-formed XML"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "a.xml", "declares XML entities"),
        (b'{"a": 1}', "a.ipynb", "named .ipynb but holds other JSON"),
        (b"plain", "a.rtf", "named .rtf but holds something else"),
        (b"plain", "a.epub", "named .epub but holds something else"),
        (b"..\n", "a.rst", "a.rst holds no text"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, path: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content, path)
    assert reason in str(caught.value)


def test_an_office_file_under_another_office_name() -> None:
    document = docx.Document()
    document.add_paragraph("text")
    with pytest.raises(ParseError, match=r"a\.xlsx is named \.xlsx but holds a \.docx; rename it"):
        parse(saved(document), "a.xlsx")


def test_a_locked_office_file_is_called_encrypted() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(ParseError, match="encrypted"):
        parse(locked, "a.docx")


def test_every_tenth_handbook_page_keeps_its_words() -> None:
    if not HANDBOOK.is_dir():
        pytest.skip(f"{HANDBOOK} is not there")
    parser = FileParser()
    kept = lost = 0
    for file in sorted(HANDBOOK.rglob("*.md"))[::10]:
        parsed = parser.parse(file.read_bytes(), file.name)
        words = Counter(" ".join(element.text for element in parsed.elements).split())
        prose = [
            word
            for line in file.read_text("utf-8").splitlines()
            if line[:1].isalpha() and not set(line) & set("<>[]*_`|&\\=:")
            for word in line.replace("\x03", "").split()  # one page has a stray control character
        ]
        kept += len(prose)
        lost += sum((Counter(prose) - words).values())
    assert kept > 1000
    assert lost == 0


def test_what_only_guesses_need_is_neither_loaded_nor_left_replaced() -> None:
    check = """
import sys
from ingestion.parse import FileParser
for path in ("a.md", "a.txt", "a.html"):
    assert FileParser().parse(b"Leave is paid.\\n\\n* Ask early\\n", path).elements
print(sorted({"spacy", "iso639", "unstructured.nlp.english_words"} & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
