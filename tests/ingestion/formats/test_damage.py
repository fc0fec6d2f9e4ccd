"""Damaged files: what can be told is read and remarked on, and a refusal names what is wrong."""

import io
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from indexes.errors import ParseError
from ingestion.formats.dates import stated
from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, rezipped, saved, texts, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
VIETNAMESE = "Nhân viên được nghỉ phép năm hưởng nguyên lương. " * 40
MAIL = "From: lan@example.com\nSubject: Leave\nDate: {}\nContent-Type: {}\n\n{}"


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("text")
    return saved(document)


def deck() -> bytes:
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "text"
    return saved(slides)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    return saved(book)


def open_document(**parts: str) -> bytes:
    content = "<d><body><text><p>kept</p></text></body></d>"
    return zipped({"content.xml": content, **{f"{name}.xml": part for name, part in parts.items()}})


def book(first: str = "<p>one</p>") -> bytes:
    items = "".join(f'<item id="{n}" href="{n}.html" media-type="text/html"/>' for n in "ab")
    spine = '<itemref idref="a"/><itemref idref="b"/>'
    container = '<container><rootfile full-path="p.opf"/></container>'
    package = f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>"
    parts = {"META-INF/container.xml": container, "p.opf": package}
    return zipped({**parts, "a.html": first, "b.html": "<p>second chapter</p>"})


def with_flipped(content: bytes, part: str) -> bytes:
    """An archive, one byte of a part changed behind its checksum's back."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(part)
    place = info.header_offset + 30 + len(part) + info.compress_size // 2
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def refusal(content: bytes, path: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(content, path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "path", "part"),
    [
        (word(), "a.docx", "word/document.xml"),
        (deck(), "a.pptx", "ppt/presentation.xml"),
        (workbook(), "a.xlsx", "xl/workbook.xml"),
    ],
)
def test_an_office_file_names_its_broken_part(content: bytes, path: str, part: str) -> None:
    extension = path.removeprefix("a")
    unpacked = refusal(with_flipped(content, part), path)
    assert unpacked.startswith(f"{path} is damaged or not a real {extension} (its part '{part}' c")
    assert "cannot be unpacked); save it again or restore it" in unpacked
    broken = refusal(rezipped(content, {part: "<a><b></a>"}), path)
    assert f"(its part {part} is not well-formed XML (from line 1, column 8 on))" in broken


def test_a_flag_that_says_encrypted_is_told() -> None:
    content = bytearray(word())
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    assert "is marked as encrypted" in refusal(bytes(content), "a.docx")


def test_an_office_file_without_its_table_of_parts() -> None:
    content = zipped({"word/document.xml": "<w/>"})
    assert "(its part '[Content_Types].xml' is missing)" in refusal(content, "a.docx")


def test_parts_that_are_whole_and_do_not_fit_name_no_address_in_memory() -> None:
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    other = f'{types}<Default Extension="xml" ContentType="a/b"/>'
    content = rezipped(
        word(),
        {"[Content_Types].xml": f'{other}<Default Extension="rels" ContentType="a/b"/></Types>'},
    )
    said = refusal(content, "a.docx")
    assert said.startswith("a.docx is damaged or not a real .docx (its parts do not fit together: ")
    assert "BytesIO" not in said


def test_a_part_that_is_empty_by_custom_is_not_blamed() -> None:
    content = rezipped(word(), {"a.xml": "", "word/document.xml": "<a><b></a>"})
    assert "(its part word/document.xml is not well-formed" in refusal(content, "a.docx")


def test_a_cut_archive_says_so_in_plain_words() -> None:
    content = word()
    assert refusal(content[: len(content) // 2], "a.docx") == (
        "a.docx is damaged or cut short (its ZIP directory cannot be read); restore it"
    )


def test_an_archive_cut_behind_one_within_it_is_not_taken_for_that() -> None:
    inner = workbook()
    content = zipped({"ppt/a.xml": "<a/>"})
    cut = content[: content.index(b"PK\x01\x02")]
    assert "is damaged or cut short" in refusal(cut + inner, "a.pptx")
    assert refusal(inner, "a.pptx") == "a.pptx is named .pptx but holds a .xlsx; rename it"


def test_a_document_whose_metadata_is_damaged_is_read() -> None:
    whole = open_document(meta="<m><title>Leave</title></m>")
    assert parse(whole, "a.odt").title == "Leave"
    for content in (with_flipped(whole, "meta.xml"), open_document(meta="<m><title>")):
        parsed = parse(content, "a.odt")
        assert (pairs(parsed), parsed.title) == ([("text", "kept")], "")


def test_a_book_with_a_damaged_chapter_is_read_without_it() -> None:
    parsed = parse(with_flipped(book(), "a.html"), "a.epub")
    assert texts(parsed, Kind.TEXT) == ["second chapter"]
    assert parsed.remarks == ("the chapter 'a.html' is damaged and was not read",)


def test_a_mail_whose_parts_cannot_be_told_apart_keeps_its_headers() -> None:
    mail = MAIL.format("Fri, 02 Jan 2026 09:00:00 +0000", "multipart/mixed", "--x\n\nlost\n")
    parsed = parse(mail, "a.eml")
    assert parsed.title == "Leave"
    assert parsed.attachments == ()
    assert parsed.remarks == (
        "parts of the mail cannot be told apart and were not read; save it again",
    )


def test_a_part_within_a_mail_that_cannot_be_divided_costs_only_itself() -> None:
    inner = "--x\nContent-Type: multipart/alternative\n\nlost\n"
    file = "--x\nContent-Disposition: attachment; filename=a.csv\n\na,b\n--x--\n"
    parsed = parse(MAIL.format("", 'multipart/mixed; boundary="x"', inner + file), "a.eml")
    assert [attachment.name for attachment in parsed.attachments] == ["a.csv"]
    assert any("cannot be told apart" in remark for remark in parsed.remarks)


def test_a_date_beyond_all_calendars_costs_no_mail() -> None:
    date = "Fri, 02 Jan 99999999999 09:00:00 +0000"
    parsed = parse(MAIL.format(date, "text/plain", "kept"), "a.eml")
    assert parsed.written_at is None
    assert ("text", "kept") in pairs(parsed)


def test_a_year_before_1000_has_four_digits() -> None:
    assert stated("Wed, 21 Dec 0255 16:28:53 +0000") == "0255-12-21T16:28:53Z"


@pytest.mark.parametrize("extension", ["txt", "csv", "html", "md"])
def test_text_with_stray_bytes_is_read_as_what_it_was(extension: str) -> None:
    content = bytearray(VIETNAMESE.encode())
    content[100:101], content[900:900] = b"\xff", b"\0\0"
    (said,) = (element.text for element in parse(bytes(content), f"a.{extension}").elements)
    assert "Nhân viên được nghỉ phép năm hưởng nguyên lương." in said
    assert 0 < said.count("\ufffd") <= 4
    assert "\0" not in said


def test_other_encodings_are_no_damaged_utf_8() -> None:
    text = "Der Überblick für Mitarbeiter: Größe, Straße, Öffnungszeiten. " * 30
    said = parse(text.encode("cp1252"), "a.txt").elements[0].text
    assert "Überblick für" in said
    chinese = "员工每年享有带薪年假二十五天，须提前两周申请。" * 30
    assert "带薪年假" in parse(chinese.encode("gb18030"), "a.txt").elements[0].text


def test_what_is_packed_is_still_binary() -> None:
    packed = bytes(range(1, 256)) * 8 + bytes(8)
    assert refusal(packed, "a.txt") == (
        "a.txt is named .txt but holds binary data; it is damaged or of another format: restore "
        "or rename it"
    )


def test_a_damaged_outlook_mail_is_not_told_to_be_renamed_alone() -> None:
    assert "holds an OLE container without a readable mail; it is damaged, or a DOC" in refusal(
        OLE + bytes(9000), "a.msg"
    )
    stream = "__properties_version1.0".encode("utf-16-le")
    assert refusal(OLE + stream + bytes(9000), "a.msg") == (
        "a.msg is damaged (its container does not hold together); restore it or save the mail again"
    )


def test_a_lost_stream_of_an_outlook_mail_costs_an_attachment_or_is_told() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    mails = [file.read_bytes() for file in sorted(folder.glob("*/docs/*.msg"))]
    if not mails:
        pytest.skip("no .msg file in ../shared/data")
    ends: set[str] = set()
    stream = "__properties_version1.0".encode("utf-16-le")
    for mail in mails:
        for found in re.finditer(re.escape(stream), mail):
            content = mail[: found.start()] + b"?" + mail[found.start() + 1 :]
            try:
                ends.update(parse(content, "a.msg").remarks)
            except ParseError as exc:
                ends.add(str(exc))
    assert "an attachment is damaged and was not read" in ends
    assert any(end.startswith("a.msg is damaged (its container") for end in ends)
    assert not any("Error" in end for end in ends)
