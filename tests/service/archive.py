"""An archive as a company has one, ingested for real: pages, sheets, mails, copies, a bad file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

from fpdf import FPDF
from openpyxl import Workbook

from indexes.embedder import Embedder
from indexes.types import document_id
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.sources import FolderSource
from ingestion.types import RunReport
from tests.service.wiki import ACL

COLLECTION = "archive"
DPI = 72

HANDBOOK = "harbour/handbook.pdf"
HANDBOOK_TITLE = "Harbour handbook"
PAGES = [
    "Ships register at the northern quay before they moor.",
    "The gantry crane is inspected every seven months by the port engineer.",
    "Lost cargo is kept for ninety days in the eastern shed.",
]
CRANE_QUESTION = "How often is the gantry crane inspected?"

SHEET = "harbour/prices.xlsx"
ROWS = [["Article", "Price"], ["Mooring rope", "forty euros"], ["Fender", "twelve euros"]]
ROPE_QUESTION = "What does a mooring rope cost?"

MAIL = "mail/lighthouse.eml"
SUBJECT = "The lighthouse report"
ATTACHMENT = f"{MAIL}!/report.txt"
ATTACHED = "The lighthouse needs a new lens before the winter storms."
LENS_QUESTION = "What does the lighthouse need before the winter storms?"

_RULES = """# Pilot rules

A pilot boards every vessel that is longer than sixty metres. The pilot ladder hangs on the lee
side and is lit at night. Captains announce the vessel on channel twelve an hour before arrival.

The pilot leaves the vessel only after it has moored at the quay and the gangway is secured. Tugs
are ordered by the pilot and paid for by the owner of the vessel, whatever the weather.
"""
OLD_RULES, NEW_RULES = "old/pilots.md", "rules/pilots.md"
LAST_YEAR = 1_735_732_800  # 2025-01-01, in seconds since 1970
PILOT_QUESTION = "Which vessels does a pilot board?"

FERRY = "harbour/ferry.pdf"
FERRY_SENTENCE = "The ferry to the lighthouse island leaves at noon on Sundays."
FERRY_QUESTION = "When does the ferry to the lighthouse island leave on Sundays?"

HIDDEN = "hr/stokers.pdf"
HIDDEN_SENTENCE = "Stokers earn eleven thousand quatloos for each voyage."


def identity(path: str) -> str:
    return document_id(COLLECTION, "docs", path)


def pdf(title: str, pages: list[str]) -> bytes:
    """A page for each text, which stands under a heading and over much white."""
    made = FPDF()
    made.set_title(title)
    for number, text in enumerate(pages, 1):
        made.add_page()
        made.set_font("Helvetica", "B", 20)
        made.cell(0, 14, f"Chapter {number}", new_x="LMARGIN", new_y="NEXT")
        made.set_font("Helvetica", size=12)
        made.multi_cell(0, 8, text)
    return bytes(made.output())


def _sheet() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in ROWS:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = SUBJECT
    mail["From"] = "Ann <ann@harbour.example>"
    mail["To"] = "bob@harbour.example"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    mail.set_content("Dear Bob,\n\nplease find the report on the lighthouse attached.\n")
    mail.add_attachment(f"{ATTACHED}\n", filename="report.txt")
    return mail.as_bytes()


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of documents and the data directory that it is ingested into."""

    root: Path
    data_dir: Path
    embedder: Embedder
    sandbox: Sandbox

    def write(self, path: str, content: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def ingest(self) -> RunReport:
        """Ingest and publish, with pictures of the pages."""
        report = run(
            [FolderSource(self.root, "docs")],
            COLLECTION,
            self.data_dir,
            embedder=self.embedder,
            parser=self.sandbox,
            settings=RunSettings(page_dpi=DPI),
        )
        assert report.published, report
        return report


@contextmanager
def archive(folder: Path, embedder: Embedder) -> Iterator[Archive]:
    """The archive after two nights: in the second the ferry's file was broken."""
    with Sandbox() as sandbox:
        made = Archive(folder / "docs", folder / "data", embedder, sandbox)
        made.data_dir.mkdir()
        made.write(HANDBOOK, pdf(HANDBOOK_TITLE, PAGES))
        made.write(HIDDEN, pdf("Stokers", [HIDDEN_SENTENCE]))
        made.write(FERRY, pdf("Ferry", [FERRY_SENTENCE]))
        made.write(SHEET, _sheet())
        made.write(MAIL, _mail())
        made.write(OLD_RULES, _RULES.encode())
        os.utime(made.root / OLD_RULES, (LAST_YEAR, LAST_YEAR))
        made.write(NEW_RULES, _RULES.replace("lit at night", "lit  AT NIGHT").encode())
        made.write(".footnote-acl.toml", ACL.encode())
        report = made.ingest()
        assert report.failures == (), report
        made.write(FERRY, b"%PDF-1.7 and then nothing")
        assert made.ingest().documents.stale == 1
        yield made
