"""A document is deleted, another one withdrawn: no endpoint tells, nor after a rollback."""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.bench.asking import Service, lines_of, serving, tells
from evals.bench.markdown import table, verdict
from evals.bench.process import COLLECTION, MeasurementFailed, ingestion, wait, with_model
from indexes.catalog import CATALOG_FILE, Catalog
from indexes.errors import UsageError
from indexes.snapshot import SnapshotStore
from indexes.types import EVERYONE, Document
from ingestion.acl import ACL_FILE
from ingestion.rollback import publish
from service.auth import new_key

_INSIDERS, _READER = "insiders", "reader"
_QUESTION_CHARS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """In one phase: of how many replies to a reader, and to an insider, told of a document."""

    phase: str
    document: str
    replies: int
    to_reader: int
    to_insider: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of documents and what is published of it."""

    work: Path
    model: Path | None

    @property
    def docs(self) -> Path:
        """The source."""
        return self.work / "docs"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.work / "data"

    def run(self) -> Sequence[str]:
        """A run; the paths that its report names as deleted."""
        report = wait(ingestion(self.docs, self.data), with_model(self.model)).report()
        return tuple(report["deleted"])

    def rollback(self, snapshot: str, *, as_it_was: bool = False) -> None:
        """Publish a snapshot, as far as its sources still allow, or as it was."""
        publish(SnapshotStore(self.data, COLLECTION), snapshot, as_it_was=as_it_was)

    @property
    def snapshot(self) -> str:
        """The id of the published one."""
        return SnapshotStore(self.data, COLLECTION).published().name

    def documents(self) -> dict[str, Document]:
        """Every published document by its path."""
        catalog = Catalog(SnapshotStore(self.data, COLLECTION).published() / CATALOG_FILE)
        return {document.info.path: document for document, _ in catalog.everything()}

    def withdraw(self, path: str) -> None:
        """From now on only insiders may read it."""
        with (self.docs / ACL_FILE).open("a", encoding="utf-8") as file:
            file.write(f'\n[[rule]]\npath = "{path}"\ngroups = ["{_INSIDERS}"]\n')


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Two documents, and two callers that want them: one who may read what all may, one more."""

    collection: Collection
    service: Service
    keys: dict[str, str]
    wanted: dict[str, Document]
    lines: dict[str, list[str]]

    def ask(self, phase: str) -> list[Told]:
        """Every endpoint, by both, for both documents, once the service is up to date."""
        for key in self.keys.values():
            self.service.follow(self.collection.snapshot, key)
        return [self._ask_for(phase, path) for path in self.wanted]

    def _ask_for(self, phase: str, path: str) -> Told:
        document, lines = self.wanted[path], self.lines[path]
        asked = dict.fromkeys((document.info.title, lines[0], lines[-1]))
        questions = [line[:_QUESTION_CHARS] for line in asked]
        counts = {}
        for name, key in self.keys.items():
            replies = self.service.ask_everything(document, questions, key)
            counts[name] = sum(tells(reply, document, lines) for reply in replies)
        return Told(phase, path, len(replies), counts[_READER], counts[_INSIDERS])


def measure(collection: Collection, deleted: str, withdrawn: str) -> list[Told]:
    """All phases, from before the deletion to a rollback that is asked to bring all back."""
    for path in (deleted, withdrawn):
        if not (collection.docs / path).is_file():
            raise UsageError(f"{path} is none of the documents; name others")
    collection.run()
    first = collection.snapshot
    documents = collection.documents()
    if not all(EVERYONE in documents[path].info.groups for path in (deleted, withdrawn)):
        raise UsageError(f"{deleted} and {withdrawn} must be documents that all may read")
    lines = {
        path: lines_of(documents[path], [d for p, d in documents.items() if p != path])
        for path in (deleted, withdrawn)
    }
    keys, keys_file = _make_keys(collection.work)
    with serving(collection.data, keys_file) as service:
        wanted = {path: documents[path] for path in (deleted, withdrawn)}
        inquiry = Inquiry(collection, service, keys, wanted, lines)
        told = inquiry.ask("before")
        (collection.docs / deleted).unlink()
        collection.withdraw(withdrawn)
        receipt = collection.run()
        if list(receipt) != [deleted]:
            raise MeasurementFailed(f"{deleted} was deleted, the report says {receipt}")
        told += inquiry.ask("after the run")
        collection.rollback(first)
        told += inquiry.ask("after a rollback")
        collection.rollback(first, as_it_was=True)
        told += inquiry.ask("after a rollback --as-it-was")
    return told


def _make_keys(work: Path) -> tuple[dict[str, str], Path]:
    made = {name: new_key(name, [name], front_end=False) for name in (_READER, _INSIDERS)}
    file = work / "keys.toml"
    file.write_text("\n".join(text for _, text in made.values()), "utf-8")
    return {name: key for name, (key, _) in made.items()}, file


def kept_secret(told: Sequence[Told], deleted: str) -> bool:
    """Whether each was told of before, and after it to nobody who may not read it."""
    before = [one for one in told if one.phase == "before"]
    gone = [one for one in told if one.phase in {"after the run", "after a rollback"}]
    shown = all(one.to_reader > 0 and one.to_insider > 0 for one in before)
    hidden = all(one.to_reader == 0 for one in gone)
    from_all = all(one.to_insider == 0 for one in gone if one.document == deleted)
    return shown and hidden and from_all


def main(arguments: Sequence[str]) -> int:
    """Print how many replies told of the two documents, phase by phase."""
    parser = argparse.ArgumentParser(prog="python -m evals bench deletions", description=__doc__)
    parser.add_argument("folder", type=Path, help="documents (sample/docs)")
    parser.add_argument("--delete", default="products/strider-s2-manual.pdf", metavar="PATH")
    parser.add_argument("--withdraw", default="support/warranty.html", metavar="PATH")
    parser.add_argument("--embedder", type=Path, metavar="DIR", help="default: the built-in model")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        collection = Collection(Path(made), options.embedder)
        shutil.copytree(options.folder, collection.docs)
        told = measure(collection, options.delete, options.withdraw)
    rows = [
        [one.phase, one.document, str(one.replies), str(one.to_reader), str(one.to_insider)]
        for one in told
    ]
    header = ("phase", "document", "requests each", "replies that tell a reader", "an insider")
    print(table(header, rows), end="")
    reached = kept_secret(told, options.delete)
    said = verdict(reached=reached)
    print(f"\nTold to nobody who may not read it, and a receipt in the report: {said}")
    return 0 if reached else 1
