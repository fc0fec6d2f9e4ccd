"""Bytes to elements, chosen by extension and checked against the content; owns unstructured."""

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any, NoReturn

from indexes.errors import ParseError
from ingestion.formats.attached import named_apart
from ingestion.formats.delimited import read_delimited
from ingestion.formats.diagnosis import damage
from ingestion.formats.epub import read_book
from ingestion.formats.mail import read_mail, read_mailbox
from ingestion.formats.markdown import read_markdown
from ingestion.formats.mhtml import read_web_archive
from ingestion.formats.notebook import read_notebook
from ingestion.formats.opendocument import read_open_document
from ingestion.formats.outline import Outline
from ingestion.formats.outlook import read_outlook_mail
from ingestion.formats.page import Page
from ingestion.formats.plain_text import elements_of
from ingestion.formats.properties import stated_title
from ingestion.formats.records import read_json, read_xml
from ingestion.formats.restructured import read_restructured
from ingestion.formats.richtext import read_rich_text
from ingestion.formats.signature import PACKAGES, check_content
from ingestion.formats.slides import read_slides
from ingestion.formats.spreadsheet import read_spreadsheet
from ingestion.formats.text import clean, decode, one_line
from ingestion.formats.web import read_html
from ingestion.formats.word import read_word
from ingestion.pdf import read_pdf
from ingestion.table import html_rows, table
from ingestion.types import Element, Kind, Parsed

# What unstructured imports to guess languages and titles, and the names that it wants in them.
_ONLY_FOR_GUESSES: dict[str, dict[str, object]] = {
    "spacy": {},
    "iso639": {},
    "unstructured.nlp.english_words": {"ENGLISH_WORDS": frozenset()},
}
_KINDS = {"Title": Kind.HEADING, "ListItem": Kind.LIST_ITEM, "CodeSnippet": Kind.CODE}


class FileParser:
    """Reads one file in this process. Untrusted files are read through ``Sandbox``."""

    def parse(self, content: bytes, path: str) -> Parsed:
        """The elements of a file whose format ``path``'s extension names.

        Raises ParseError where the extension is unknown, the content is empty, damaged,
        encrypted or of another format, or holds no text. A scanned PDF has no text of its own: it
        comes with ``scanned`` pages instead.
        """
        extension = PurePosixPath(path).suffix.lower().removeprefix(".")
        if extension in _CONVERTED:
            raise ParseError(f"{path} is read through LibreOffice, which is not there; install it")
        if extension not in _READERS:
            raise ParseError(f"{path} has no parser; known are {', '.join(sorted(_READERS))}")
        if not content:
            raise ParseError(f"{path} is empty (0 bytes)")
        check_content(content, path, extension)
        parsed = _normalized(_read(content, path, extension))
        if not (parsed.elements or parsed.scanned or parsed.attachments):
            raise ParseError(f"{path} holds no text")
        return parsed


def _read(content: bytes, path: str, extension: str) -> Parsed:
    try:
        read = _READERS[extension](content, path)
        return _parsed(read) if isinstance(read, Page) else read
    except ParseError as exc:
        if str(exc).startswith(path):
            raise
        raise ParseError(f"{path} is damaged: its part {exc}") from exc
    except MemoryError as exc:
        raise ParseError(f"{path} needs more memory than it may use; split it") from exc
    except RecursionError as exc:
        raise ParseError(f"{path} is nested too deeply to be read; simplify it") from exc
    except Exception as exc:  # unstructured and what it stands on raise errors of every kind
        why = _why(exc, content, extension)
        raise ParseError(
            f"{path} is damaged or not a real .{extension} ({why}); save it again or restore it"
        ) from exc


def _why(exc: Exception, content: bytes, extension: str) -> str:
    """The part of a package that is broken, or what the library said of what it stumbled over."""
    kind = type(exc).__name__
    if extension not in PACKAGES:
        return f"{kind}: {exc}"[:200]
    return damage(content, extension) or f"its parts do not fit together: {kind}"


def _normalized(parsed: Parsed) -> Parsed:
    """Every text clean, every attachment under a safe name of its own.

    An element with places is clean already, or they would be wrong.
    """
    elements = (
        replace(
            element,
            text=element.text if element.places else _clean(element),
            section=tuple(one_line(heading) for heading in element.section),
        )
        for element in parsed.elements
    )
    return replace(
        parsed,
        title=one_line(parsed.title),
        elements=tuple(element for element in elements if element.text),
        attachments=tuple(named_apart(parsed.attachments)),
    )


def _clean(element: Element) -> str:
    return clean(element.text, code=element.kind is Kind.CODE)


@cache
def _partitioner(name: str) -> Callable[..., list[Any]]:
    """unstructured's function for one format, with its telemetry, notice and guesses off.

    It comes without what unstructured wraps around it (a copy of every element, a hash for each
    as its id, languages, telemetry), which takes longer than the function itself.
    """
    for variable in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "UNSTRUCTURED_DISABLE_NOTICE"):
        os.environ[variable] = "1"
    _take_structure_not_guesses()
    module = importlib.import_module(f"unstructured.partition.{name}")
    return inspect.unwrap(getattr(module, f"partition_{name}"))  # type: ignore[no-any-return]


@cache
def _take_structure_not_guesses() -> None:
    """Make unstructured go by a file's own structure, offline, and by all of it.

    It guesses whether a paragraph is a title from its words' tags, with a spaCy model that it
    downloads at first use. A guessed heading would misplace all that follows it; and the model,
    English only, must never be fetched: without guesses, nothing asks for it.
    """
    with _stand_ins():
        tokenize = importlib.import_module("unstructured.nlp.tokenize")
        text_type = importlib.import_module("unstructured.partition.text_type")
        page = importlib.import_module("unstructured.partition.html.parser")
        reader = importlib.import_module("unstructured.partition.html.partition")

    def no_model() -> NoReturn:
        raise RuntimeError("unstructured asks for a language model, which is never fetched")

    vars(tokenize)["_load_spacy_model"] = no_model
    vars(text_type)["is_possible_narrative_text"] = lambda *_, **__: True
    vars(text_type)["is_possible_title"] = lambda *_, **__: False

    def element_type(text: str) -> Any:
        # Of one character it would have no type and be dropped: "否" is an answer.
        return page.ListItem if page.is_bulleted_text(text) else page.Text

    vars(page)["derive_element_type_from_text"] = element_type
    # Its own stops, and says nothing, at the first text of 10 MB.
    parser = type(page.html_parser)(remove_comments=True, remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(page.element_class_lookup)
    vars(reader)["html_parser"] = parser


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Empty modules instead of those that only guesses use: to import them takes a second."""
    added = [name for name in _ONLY_FOR_GUESSES if name not in sys.modules]
    for name in added:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(_ONLY_FOR_GUESSES[name])
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def _partition(name: str, text: str) -> list[Any]:
    return _partitioner(name)(text=text)


def _elements(found: Iterable[Any]) -> Iterator[Element]:
    """unstructured's elements as ours, each under the path of headings above it."""
    outline = Outline()
    for item in found:
        text, kind = item.text or "", _KINDS.get(item.category, Kind.TEXT)
        if item.metadata.text_as_html:
            rows, header = html_rows(item.metadata.text_as_html)
            yield table(rows, header=header, section=outline.path)
            continue
        if kind is Kind.HEADING:
            if not text.strip():
                continue
            outline.enter(item.metadata.category_depth or 0, " ".join(text.split()))
        yield Element(kind, text, item.metadata.page_number, outline.path)


def _parsed(page: Page) -> Parsed:
    """A page as unstructured reads it; its title is the one stated, or its first outermost one."""
    found = _partition("html", f"<html><body>{page.markup}</body></html>")
    headings = (item for item in found if item.category == "Title")
    first = next((each.text for each in headings if not each.metadata.category_depth), "")
    return Parsed(
        stated_title(page.title) or first,
        tuple(_elements(found)),
        authors=page.authors,
        written_at=page.written_at,
        attachments=page.attachments,
        remarks=page.remarks,
    )


def _read_text(content: bytes, path: str) -> Parsed:
    return Parsed("", tuple(elements_of(clean(decode(content, path), code=True))))


def _read_pdf(content: bytes, path: str) -> Parsed:
    parsed = read_pdf(content, path)
    headings = (each.text for each in parsed.elements if each.kind is Kind.HEADING)
    return replace(parsed, title=stated_title(parsed.title) or next(headings, ""))


_CONVERTED = {"doc"}  # to DOCX, before a file comes here
_READERS: dict[str, Callable[[bytes, str], Parsed | Page]] = {
    "csv": read_delimited,
    "docx": read_word,
    "eml": read_mail,
    "epub": read_book,
    "htm": read_html,
    "html": read_html,
    "ipynb": read_notebook,
    "json": read_json,
    "markdown": read_markdown,
    "mbox": read_mailbox,
    "md": read_markdown,
    "mht": read_web_archive,
    "mhtml": read_web_archive,
    "msg": read_outlook_mail,
    "odt": read_open_document,
    "pdf": _read_pdf,
    "pptx": read_slides,
    "rst": read_restructured,
    "rtf": read_rich_text,
    "tsv": read_delimited,
    "txt": _read_text,
    "xlsx": read_spreadsheet,
    "xml": read_xml,
}
