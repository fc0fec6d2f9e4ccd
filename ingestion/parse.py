"""Bytes to elements, chosen by extension and checked against the content; owns unstructured."""

import email
import html
import importlib
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default as email_policy
from functools import cache
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, cast

from indexes.errors import ParseError
from ingestion.markup import BYTE_ORDER_MARKS, clean, decode, from_html, from_markdown
from ingestion.pdf import Outline, read_pdf
from ingestion.table import html_rows, read_delimited, read_spreadsheet, table_text
from ingestion.types import Element, Kind, Parsed

_KINDS = {"Title": Kind.HEADING, "ListItem": Kind.LIST_ITEM, "CodeSnippet": Kind.CODE}
_RUNNING = {"Header", "Footer"}  # repeated on every page of a DOCX

# What a file starts with, whatever its name says.
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (DOCX, XLSX, PPTX)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE container (DOC, XLS, PPT)"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "a GZIP archive"),
)
_PDF_HEADER_WITHIN = 1024  # bytes; readers accept junk before the header (ISO 32000-1, annex H)
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")  # the stream's name, MS-OFFCRYPTO 2.3.4
_OFFICE_PARTS = {"docx": "word/", "pptx": "ppt/", "xlsx": "xl/"}

_CORE_TITLE = re.compile(rb"<dc:title[^>]*>(.*?)</dc:title>", re.DOTALL)
# What programs and libraries write where nobody stated a title.
_PLACEHOLDER_TITLE = re.compile(
    r"(untitled.*|(powerpoint|word|excel) (presentation|document|workbook)|microsoft \w+ - .*)?",
    re.IGNORECASE,
)


class FileParser:
    """Reads one file in this process. Untrusted files are read through ``Sandbox``."""

    def parse(self, content: bytes, path: str) -> Parsed:
        """The elements of a file whose format ``path``'s extension names.

        Raises ParseError where the extension is unknown, the content is empty, damaged,
        encrypted or of another format, or holds no text.
        """
        extension = PurePosixPath(path).suffix.lower().removeprefix(".")
        if extension not in _READERS:
            raise ParseError(f"{path} has no parser; known are {', '.join(sorted(_READERS))}")
        if not content:
            raise ParseError(f"{path} is empty (0 bytes)")
        _check_content(content, path, extension)
        try:
            parsed = _READERS[extension](content, path)
        except ParseError:
            raise
        except MemoryError as exc:
            raise ParseError(f"{path} needs more memory than it may use; split it") from exc
        except RecursionError as exc:
            raise ParseError(f"{path} is nested too deeply to be read; simplify it") from exc
        except Exception as exc:  # unstructured and what it stands on raise errors of every kind
            reason = f"{type(exc).__name__}: {exc}"[:200]
            raise ParseError(f"{path} is damaged or not a real .{extension} ({reason})") from exc
        parsed = _normalized(parsed)
        if not parsed.elements:
            raise ParseError(f"{path} holds no text")
        return parsed


def _check_content(content: bytes, path: str, extension: str) -> None:
    held = next((name for start, name in _SIGNATURES if content.startswith(start)), None)
    if extension == "pdf" and b"%PDF-" in content[:_PDF_HEADER_WITHIN]:
        return
    if extension in _OFFICE_PARTS and content.startswith(b"PK\x03\x04"):
        _check_office(content, path, extension)
        return
    if _ENCRYPTED_OFFICE in content and extension in _OFFICE_PARTS:
        raise ParseError(f"{path} is encrypted (password-protected); save it unprotected")
    marked = content.startswith(BYTE_ORDER_MARKS)
    if extension in _OFFICE_PARTS or extension == "pdf":
        held = held or "something else"
    elif b"\0" in content and not marked:
        held = held or "binary data"
    if held:
        raise ParseError(f"{path} is named .{extension} but holds {held}; rename it")


def _check_office(content: bytes, path: str, extension: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        raise ParseError(f"{path} is damaged or cut short ({exc}); save it again") from exc
    for kind, folder in _OFFICE_PARTS.items():
        if kind != extension and any(name.startswith(folder) for name in names):
            raise ParseError(f"{path} is named .{extension} but holds a .{kind}; rename it")


def _normalized(parsed: Parsed) -> Parsed:
    elements = (
        replace(
            element,
            text=clean(element.text, code=element.kind is Kind.CODE),
            section=tuple(clean(heading) for heading in element.section),
        )
        for element in parsed.elements
    )
    return Parsed(
        " ".join(clean(parsed.title).split()),
        tuple(element for element in elements if element.text),
    )


@cache
def _partitioner(name: str) -> Callable[..., list[Any]]:
    """unstructured's function for one format, with its telemetry, notice and guesses off."""
    for variable in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "UNSTRUCTURED_DISABLE_NOTICE"):
        os.environ[variable] = "1"
    _take_structure_not_guesses()
    module = importlib.import_module(f"unstructured.partition.{name}")
    return getattr(module, f"partition_{name}")  # type: ignore[no-any-return]


@cache
def _take_structure_not_guesses() -> None:
    """Make unstructured go by a file's own structure, offline.

    It guesses whether a paragraph is a title from its words' tags, with a spaCy model that it
    downloads at first use. A guessed heading would misplace all that follows it; and the model,
    English only, must never be fetched: what still asks for one gets a blank pipeline.
    """
    spacy = importlib.import_module("spacy")
    tokenize = importlib.import_module("unstructured.nlp.tokenize")
    text_type = importlib.import_module("unstructured.partition.text_type")
    page = importlib.import_module("unstructured.partition.html.parser")
    element_type = page.derive_element_type_from_text

    def blank_pipeline() -> Any:
        pipeline = spacy.blank("en")
        pipeline.add_pipe("sentencizer")
        return pipeline

    vars(tokenize)["_load_spacy_model"] = blank_pipeline
    for module in (text_type, page):
        vars(module)["is_possible_narrative_text"] = lambda *_, **__: True
    vars(text_type)["is_possible_title"] = lambda *_, **__: False
    # A paragraph of one character has no type and would be dropped: "否" is an answer.
    vars(page)["derive_element_type_from_text"] = lambda text: element_type(text) or page.Text


def _partition(name: str, **source: Any) -> list[Any]:
    return _partitioner(name)(languages=[""], **source)  # [""]: no language detection


def _elements(found: Iterable[Any]) -> Iterator[Element]:
    """unstructured's elements as ours, each under the path of headings above it."""
    outline, running = Outline(), set()
    for item in found:
        text, kind = item.text or "", _KINDS.get(item.category, Kind.TEXT)
        if item.metadata.text_as_html:
            text, kind = _rows(text, item.metadata.text_as_html), Kind.TABLE
        if item.category in _RUNNING and text in running:
            continue
        running.add(text)
        if kind is Kind.HEADING:
            outline.enter(item.metadata.category_depth or 0, " ".join(text.split()))
        yield Element(kind, text, item.metadata.page_number, section=outline.path)


def _rows(text: str, markup: str) -> str:
    """A table row by row, or its plain text where unstructured's rows lack some of it."""
    rows = table_text(html_rows(markup))
    return rows if set(text.split()) <= set(rows.split()) else text


def _slides(found: Iterable[Any]) -> Iterator[Element]:
    """A slide's title stands over all that is on the slide, wherever its shape was put."""
    for _, slide in groupby(found, key=lambda item: item.metadata.page_number):
        items = list(slide)
        title = next((item.text for item in items if item.category == "Title"), "")
        for element in _elements(items):
            yield replace(element, section=(title,) if title else ())


def _parsed(title: str, found: Sequence[Any], elements: Iterable[Element]) -> Parsed:
    """With the title that the file states, or else its first outermost heading."""
    if _PLACEHOLDER_TITLE.fullmatch(title.strip()):
        headings = (item for item in found if item.category == "Title")
        title = next((each.text for each in headings if not each.metadata.category_depth), "")
    return Parsed(title, tuple(elements))


def _read_markdown(content: bytes, path: str) -> Parsed:
    title, page = from_markdown(content, path)
    found = _partition("html", text=page)
    parsed = _parsed(title, found, _elements(found))
    if parsed.elements or not title:
        return parsed
    return Parsed(title, (Element(Kind.HEADING, title, section=(title,)),))


def _read_html(content: bytes, path: str) -> Parsed:
    title, page = from_html(content, path)
    found = _partition("html", text=page)
    return _parsed(title, found, _elements(found))


def _read_text(content: bytes, path: str) -> Parsed:
    return Parsed("", tuple(_elements(_partition("text", text=clean(decode(content, path))))))


def _read_csv(content: bytes, path: str) -> Parsed:
    return read_delimited(decode(content, path), path)


def _read_docx(content: bytes, _path: str) -> Parsed:
    found = _partition("docx", file=io.BytesIO(content))
    return _parsed(_core_title(content), found, _elements(found))


def _read_pptx(content: bytes, _path: str) -> Parsed:
    found = _partition("pptx", file=io.BytesIO(content), include_slide_notes=True)
    return _parsed(_core_title(content), found, _slides(found))


def _core_title(content: bytes) -> str:
    """The title among an Office file's properties (ECMA-376 part 2, core properties)."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return ""
        stated = _CORE_TITLE.search(archive.read("docProps/core.xml"))
    return html.unescape(stated[1].decode(errors="replace")) if stated else ""


def _read_email(content: bytes, path: str) -> Parsed:
    """The headers as one element, then the body. Attachments are not read."""
    if content.startswith(BYTE_ORDER_MARKS):
        content = decode(content, path).encode()
    message = email.message_from_bytes(content, _class=EmailMessage, policy=email_policy)
    names = ("From", "To", "Cc", "Date")
    lines = [f"{name}: {message[name]}" for name in names if message[name]]
    elements = [Element(Kind.TEXT, "\n".join(lines))]
    body = message.get_body(("html", "plain"))
    if body is not None:
        payload = cast("bytes", body.get_payload(decode=True))  # a body is never multipart
        text = decode(payload, path, body.get_content_charset())
        read = _read_html if body.get_content_subtype() == "html" else _read_text
        elements.extend(read(text.encode(), path).elements)
    return Parsed(str(message["Subject"] or ""), tuple(elements))


def _read_pdf(content: bytes, path: str) -> Parsed:
    parsed = read_pdf(content, path)
    stated = not _PLACEHOLDER_TITLE.fullmatch(parsed.title.strip())
    headings = (each.text for each in parsed.elements if each.kind is Kind.HEADING)
    return parsed if stated else replace(parsed, title=next(headings, ""))


_READERS: dict[str, Callable[[bytes, str], Parsed]] = {
    "csv": _read_csv,
    "docx": _read_docx,
    "eml": _read_email,
    "htm": _read_html,
    "html": _read_html,
    "markdown": _read_markdown,
    "md": _read_markdown,
    "pdf": _read_pdf,
    "pptx": _read_pptx,
    "tsv": _read_csv,
    "txt": _read_text,
    "xlsx": read_spreadsheet,
}
