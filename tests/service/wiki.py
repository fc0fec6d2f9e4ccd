"""A small wiki with permissions, the keys of its readers, its ingestion and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from indexes.embedder import Embedder
from indexes.types import document_id
from ingestion.pipeline import run
from ingestion.sources import FolderSource
from ingestion.types import Element, Kind, Parsed
from service.settings import Settings

COLLECTION = "wiki"

PUBLIC = {
    "guide/leave.md": (
        "# Parental leave\n\nEvery parent gets twenty weeks of paid parental leave.\n\n"
        "Leave is requested from the team lead four weeks ahead.\n"
    ),
    "guide/travel.md": (
        "# Travel\n\nTrains are booked through the travel desk.\n\n"
        "The daily allowance is forty euros.\n"
    ),
    "vi/nghi-phep.md": "# Nghỉ phép\n\nNhân viên được nghỉ phép mười hai ngày mỗi năm. 😀\n",
}
HIDDEN_PATH = "hr/zanzibar-payroll.md"
HIDDEN_TITLE = "Zanzibar payroll"
HIDDEN = (
    f"# {HIDDEN_TITLE}\n\nThe salary band of a zoologist is ninety thousand quatloos.\n\n"
    "Severance pay is eleven months of quatloos.\n"
)
ACL = '[[rule]]\npath = "**"\ngroups = ["*"]\n\n[[rule]]\npath = "hr/**"\ngroups = ["hr"]\n'
# Beside other documents, one that only hr may read.
RESTRICTED = {HIDDEN_PATH: HIDDEN, ".footnote-acl.toml": ACL}
HIDDEN_ID = document_id(COLLECTION, "docs", HIDDEN_PATH)
QUESTION = "How many weeks of paid parental leave does a parent get?"
HIDDEN_QUESTION = "What is the salary band of a zoologist?"
LEAVE_ID = document_id(COLLECTION, "docs", "guide/leave.md")

KEYS = {"hr": "key-of-hr", "staff": "key-of-staff", "front": "key-of-the-front-end"}
KEYS_FILE = "".join(
    f'[[key]]\nname = "{name}"\nsha256 = "{sha256(key.encode()).hexdigest()}"\n'
    f"groups = {['hr', 'staff'] if name == 'front' else [name]}\n"
    f"front_end = {str(name == 'front').lower()}\n"
    for name, key in KEYS.items()
)


class PlainParser:
    """Paragraphs apart by a blank line; one that begins with ``#`` is the title."""

    def parse(self, content: bytes, path: str) -> Parsed:  # noqa: ARG002 (one format only)
        paragraphs = [text.strip() for text in content.decode().split("\n\n") if text.strip()]
        title = next((text.lstrip("# ") for text in paragraphs if text.startswith("#")), "")
        elements = (
            Element(Kind.HEADING, text.lstrip("# "), section=(text.lstrip("# "),))
            if text.startswith("#")
            else Element(Kind.TEXT, text, section=(title,) if title else ())
            for text in paragraphs
        )
        return Parsed(title, tuple(elements))


@dataclass(frozen=True, slots=True)
class Wiki:
    """A folder of documents and the data directory it is ingested into."""

    root: Path
    data_dir: Path
    embedder: Embedder

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def ingest(self, collection: str = COLLECTION) -> str:
        """Ingest and publish; the snapshot's id."""
        report = run(
            [FolderSource(self.root, "docs")],
            collection,
            self.data_dir,
            embedder=self.embedder,
            parser=PlainParser(),
        )
        assert report.failures == ()
        assert report.snapshot is not None
        return report.snapshot


def ingested(folder: Path, documents: Mapping[str, str], embedder: Embedder) -> Wiki:
    """A wiki of these files below ``folder``, published."""
    made = Wiki(folder / "docs", folder / "data", embedder)
    made.root.mkdir()
    for path, text in documents.items():
        made.write(path, text)
    made.ingest()
    return made


def keyed_settings(data_dir: Path, **others: Any) -> Settings:
    """The settings of a service over ``data_dir`` for callers with keys, and ``others``."""
    keys_file = data_dir / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    return Settings.read(data_dir=data_dir, keys_file=keys_file, **others)


def key(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[name]}"}
